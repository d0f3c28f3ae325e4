//! The one source of chance: seeded, so that the same sandbox gives the same ids every time.

/// Splitmix64: small, fast, and good enough for ids that only have to look real.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below 1, for shares of requests.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 48 & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff
        )
    }

    /// An account id in one of the forms that exist side by side.
    pub(crate) fn account_id(&mut self) -> String {
        match self.next() % 3 {
            0 => format!("557058:{}", self.uuid()),
            1 => format!("{:016x}{:08x}", self.next(), self.next() >> 32),
            _ => format!("712020:{}", self.uuid()),
        }
    }

    /// Eight hex digits, as errors carry.
    pub(crate) fn short(&mut self) -> String {
        format!("{:08x}", self.next() >> 32)
    }
}
