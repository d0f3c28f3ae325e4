//! Every behaviour that can be one way or the other, as one row of one table.
//!
//! A row has a name, what it is about, the sources that say so (the tags of the project's page on how the service
//! behaves; `UNKNOWN` where no source settles it), its positions, and its default in both profiles.

/// What the sandbox takes as its model where the document and the measured service differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Every answer satisfies the published OpenAPI document.
    #[default]
    Published,
    /// Answers as they were measured on the real service, where somebody measured them.
    Live,
}

/// One row of the table: a behaviour, its positions and its defaults.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Behaviour {
    /// Its name, as the command line takes it.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// Where it is from; `UNKNOWN` if no source settles it.
    pub sources: &'static [&'static str],
    /// The positions of the switch.
    pub positions: &'static [&'static str],
    /// What each position means.
    pub meanings: &'static [&'static str],
    /// The default of [`Profile::Published`].
    pub published: &'static str,
    /// The default of [`Profile::Live`].
    pub live: &'static str,
}

/// A switch: one type for each row of the table, one value for each position.
pub trait Switch: Copy {
    #[doc(hidden)]
    const ROW: usize;
    #[doc(hidden)]
    fn position(self) -> usize;
    #[doc(hidden)]
    fn at(position: usize) -> Self;
}

/// The positions of all switches.
#[derive(Clone, Debug)]
pub struct Behaviours {
    positions: Vec<usize>,
}

impl Behaviours {
    /// All switches at the defaults of a profile.
    pub fn new(profile: Profile) -> Self {
        let default = |row: &Behaviour| match profile {
            Profile::Published => row.published,
            Profile::Live => row.live,
        };
        let position = |row: &Behaviour| {
            row.positions
                .iter()
                .position(|p| *p == default(row))
                .unwrap_or(0)
        };
        Self {
            positions: BEHAVIOURS.iter().map(position).collect(),
        }
    }

    /// Sets one switch.
    pub fn set<S: Switch>(&mut self, switch: S) {
        self.positions[S::ROW] = switch.position();
    }

    /// Sets one switch by the names in the table. `Err` names what is not in it.
    pub fn set_by_name(&mut self, name: &str, position: &str) -> Result<(), String> {
        let row = BEHAVIOURS
            .iter()
            .position(|row| row.name == name)
            .ok_or_else(|| format!("no behaviour is called `{name}`"))?;
        let found = BEHAVIOURS[row]
            .positions
            .iter()
            .position(|p| *p == position);
        self.positions[row] = found.ok_or_else(|| {
            format!(
                "`{name}` has no position `{position}`; it has {}",
                BEHAVIOURS[row].positions.join(", ")
            )
        })?;
        Ok(())
    }

    /// The position of one switch.
    pub fn get<S: Switch>(&self) -> S {
        S::at(self.positions[S::ROW])
    }
}

/// Makes a row and its switch from one description.
macro_rules! behaviours {
    ($(
        $(#[doc = $about:literal])+
        $switch:ident = $name:literal [$($source:literal),+] published $published:ident live $live:ident {
            $( #[doc = $meaning:literal] $position:ident = $text:literal, )+
        }
    )+) => {
        enum Index { $($switch),+ }

        $(
            $(#[doc = $about])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub enum $switch { $( #[doc = $meaning] $position ),+ }

            impl $switch {
                const NAMES: &'static [&'static str] = &[$($text),+];
            }

            impl Switch for $switch {
                const ROW: usize = Index::$switch as usize;
                fn position(self) -> usize {
                    self as usize
                }
                fn at(position: usize) -> Self {
                    const ALL: &[$switch] = &[$($switch::$position),+];
                    ALL[position]
                }
            }
        )+

        /// The table of behaviours.
        pub const BEHAVIOURS: &[Behaviour] = &[$(
            Behaviour {
                name: $name,
                about: concat!($($about),+),
                sources: &[$($source),+],
                positions: $switch::NAMES,
                meanings: &[$($meaning),+],
                published: $switch::NAMES[$switch::$published as usize],
                live: $switch::NAMES[$switch::$live as usize],
            }
        ),+];
    };
}

// After the macro, which is known only from there on.
mod table;

pub use table::*;
