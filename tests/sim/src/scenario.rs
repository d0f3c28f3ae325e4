//! The table of servers.

use crate::server::{Quota, Server, Style};

/// What is asked of the limiter there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Goodput of at least 0.97 with at most 2 refusals per 100 successes.
    Told,
    /// Goodput of at least 0.95 with at most 12.
    Hidden,
    /// Reported only.
    Report,
}

/// One server and one job.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// A short name.
    pub name: String,
    /// What counts; with several, each must have room.
    pub quotas: Vec<Quota>,
    /// What the headers say.
    pub style: Style,
    /// Refused calls count too.
    pub charged: bool,
    /// Another client's calls a second.
    pub other: Option<f64>,
    /// From then on the first quota is this.
    pub change: Option<(f64, Quota)>,
    /// Calls of the job.
    pub calls: u64,
    /// Workers.
    pub width: u32,
    /// How many times as slow as usual the way to the server is.
    pub latency: f64,
    /// What is asked.
    pub demand: Demand,
}

impl Scenario {
    fn new(name: &str, quota: Quota, style: Style, demand: Demand) -> Self {
        Self {
            name: name.to_owned(),
            quotas: vec![quota],
            style,
            charged: false,
            other: None,
            change: None,
            calls: 2000,
            width: 16,
            latency: 1.0,
            demand,
        }
    }

    fn charged(mut self) -> Self {
        self.charged = true;
        self
    }

    fn other(mut self, rate: f64) -> Self {
        self.other = Some(rate);
        self
    }

    fn change(mut self, at: f64, quota: Quota) -> Self {
        self.change = Some((at, quota));
        self
    }

    fn calls(mut self, calls: u64) -> Self {
        self.calls = calls;
        self
    }

    fn latency(mut self, factor: f64) -> Self {
        self.latency = factor;
        self
    }

    fn and(mut self, quota: Quota) -> Self {
        self.quotas.push(quota);
        self
    }

    /// The row's name.
    pub fn label(&self) -> String {
        let by_the_clock = |quota: &Quota| matches!(quota, Quota::Window { aligned: true, .. });
        let start = if self.quotas.iter().any(by_the_clock) {
            ", by the clock"
        } else {
            ""
        };
        format!("{}{start} ({:?})", self.name, self.style)
    }

    /// The same with that many workers.
    #[must_use]
    pub fn width(&self, width: u32) -> Self {
        Self {
            width,
            ..self.clone()
        }
    }

    pub(crate) fn server(&self, seed: u64) -> Server {
        Server::new(&self.quotas, seed)
            .charged(self.charged)
            .other(self.other)
            .change(self.change)
    }

    /// The server that the ideal is computed with. In a window first come is first served, also for the
    /// ideal; a bucket's ideal leaves the other client what it wants, since whoever takes each token
    /// at once would starve it.
    pub(crate) fn fair_server(&self, seed: u64) -> Server {
        let taken = self.other.unwrap_or(0.0);
        let mut shared = false;
        let mut less = |quota: Quota| match quota {
            Quota::Bucket { rate, burst } => Quota::Bucket {
                rate: rate - taken,
                burst,
            },
            other => {
                shared = true;
                other
            }
        };
        let quotas: Vec<Quota> = self.quotas.iter().map(|&quota| less(quota)).collect();
        let change = self.change.map(|(at, quota)| (at, less(quota)));
        let other = self.other.filter(|_| shared);
        Server::new(&quotas, seed).change(change).other(other)
    }
}

fn window(limit: f64, period: f64) -> Quota {
    Quota::Window {
        limit,
        period,
        aligned: false,
    }
}

fn aligned(limit: f64, period: f64) -> Quota {
    Quota::Window {
        limit,
        period,
        aligned: true,
    }
}

fn bucket(rate: f64, burst: f64) -> Quota {
    Quota::Bucket { rate, burst }
}

/// The servers that the limiter was tuned on.
pub fn table() -> Vec<Scenario> {
    use Demand::{Hidden, Report, Told};
    use Style::{
        Both, Early, Exact, Minute, Next, Refusal, Remaining, RetryAfter, Second, Short, Silent,
    };
    let new = Scenario::new;
    vec![
        new("window 100/60", window(100., 60.), Exact, Told),
        new("window 100/60", aligned(100., 60.), Exact, Told),
        new("window 200/60", aligned(200., 60.), Second, Told),
        new("window 500/300", window(500., 300.), Exact, Told),
        new("window 500/300", aligned(500., 300.), Both, Told),
        new(
            "window 500/300 + other .5/s",
            aligned(500., 300.),
            Exact,
            Told,
        )
        .other(0.5),
        new("window 200/60 to 100", window(200., 60.), Exact, Told).change(250., window(100., 60.)),
        new("window 100/60", window(100., 60.), Minute, Hidden),
        new("window 100/60", aligned(100., 60.), Minute, Hidden),
        new("window 500/300", window(500., 300.), Minute, Hidden),
        new("window 500/300", aligned(500., 300.), Minute, Hidden),
        new("window 100/60", window(100., 60.), RetryAfter, Hidden),
        new("window 500/300", aligned(500., 300.), RetryAfter, Hidden),
        new("window 100/60", window(100., 60.), Silent, Hidden),
        new("window 100/60", aligned(100., 60.), Silent, Hidden),
        new("window 500/300", window(500., 300.), Silent, Hidden),
        new("window 500/300", aligned(500., 300.), Silent, Hidden),
        new("window 500/300", aligned(500., 300.), Remaining, Hidden),
        new("window 1000/3600", window(1000., 3600.), Silent, Hidden),
        new(
            "window 500/300 + other .5/s",
            window(500., 300.),
            Silent,
            Hidden,
        )
        .other(0.5),
        new("window 500/300 to 250", window(500., 300.), Silent, Hidden)
            .change(700., window(250., 300.)),
        new("window 10/60", aligned(10., 60.), Minute, Report).calls(200),
        new("window 10/60", window(10., 60.), Silent, Report).calls(200),
        new("bucket 10/s b20", bucket(10., 20.), Silent, Told),
        new("bucket 10/s b20 charged", bucket(10., 20.), Silent, Told).charged(),
        new("bucket 10/s b20", bucket(10., 20.), RetryAfter, Told),
        new("bucket 10/s b20", bucket(10., 20.), Exact, Told),
        new("bucket 10/s b20", bucket(10., 20.), Minute, Told),
        new(
            "bucket 10/s b20, 400 calls",
            bucket(10., 20.),
            Silent,
            Report,
        )
        .calls(400),
        new(
            "bucket 10/s b20 + other 4/s",
            bucket(10., 20.),
            Silent,
            Told,
        )
        .other(4.),
        new("bucket 10/s b20 + other 5/s", bucket(10., 20.), Exact, Told).other(5.),
        new("bucket 3/s b5", bucket(3., 5.), Silent, Told),
        new("bucket 50/s b100", bucket(50., 100.), Silent, Told),
        new("bucket 50/s b100", bucket(50., 100.), Exact, Told),
        new("bucket 10/s b20 to 5/s", bucket(10., 20.), Silent, Report)
            .change(80., bucket(5., 20.)),
        new("bucket 5/s b20 to 10/s", bucket(5., 20.), Silent, Report)
            .change(100., bucket(10., 20.)),
        new("bucket 5/s b1 charged", bucket(5., 1.), RetryAfter, Report).charged(),
        new("bucket 5/s b1", bucket(5., 1.), Silent, Report),
        new("bucket .5/s b30, 300 calls", bucket(0.5, 30.), Silent, Told).calls(300),
        new("bucket 30/s b15", bucket(30., 15.), Silent, Told),
        new("bucket 8/s b30 + other 4/s", bucket(8., 30.), Silent, Told).other(4.),
        new("bucket 8/s b30 + other 4/s", bucket(8., 30.), Second, Told).other(4.),
        new(
            "sliding 60/30",
            Quota::Sliding {
                limit: 60.,
                period: 30.,
            },
            Silent,
            Report,
        ),
        new(
            "sliding 60/30",
            Quota::Sliding {
                limit: 60.,
                period: 30.,
            },
            Exact,
            Report,
        ),
        new(
            "fading 200/60",
            Quota::Fading {
                limit: 200.,
                period: 60.,
            },
            Silent,
            Report,
        ),
        new(
            "fading 200/60",
            Quota::Fading {
                limit: 200.,
                period: 60.,
            },
            Exact,
            Report,
        ),
        new("window 40/8", aligned(40., 8.), Silent, Report),
        new("window 80/12", aligned(80., 12.), Silent, Report),
        new("window 80/15", window(80., 15.), Silent, Report),
        new("window 60/20", aligned(60., 20.), Silent, Report),
        new("window 30/2", aligned(30., 2.), Silent, Report),
        new(
            "bucket 10/s b20, no latency",
            bucket(10., 20.),
            Silent,
            Told,
        )
        .latency(0.01),
        new("bucket 10/s b20, no latency", bucket(10., 20.), Exact, Told).latency(0.01),
        new("window 100/60, no latency", aligned(100., 60.), Exact, Told).latency(0.01),
        new(
            "window 100/60, no latency",
            aligned(100., 60.),
            Silent,
            Hidden,
        )
        .latency(0.01),
        new(
            "bucket 10/s b20, latency x6",
            bucket(10., 20.),
            Silent,
            Report,
        )
        .latency(6.),
        new("window 100/60, latency x6", aligned(100., 60.), Exact, Told).latency(6.),
        new(
            "window 100/60, latency x6",
            aligned(100., 60.),
            Silent,
            Hidden,
        )
        .latency(6.),
        new(
            "window 100/60, 300 calls",
            window(100., 60.),
            Silent,
            Hidden,
        )
        .calls(300),
        new(
            "window 100/60, 300 calls",
            aligned(100., 60.),
            Silent,
            Hidden,
        )
        .calls(300),
        new(
            "window 100/60, 300 calls",
            aligned(100., 60.),
            RetryAfter,
            Hidden,
        )
        .calls(300),
        new(
            "window 100/60, 300 calls",
            aligned(100., 60.),
            Minute,
            Hidden,
        )
        .calls(300),
        new("window 100/60, 300 calls", window(100., 60.), Exact, Told).calls(300),
        new("window 400/60 + other 3/s", aligned(400., 60.), Exact, Told).other(3.),
        new(
            "window 400/60 + other 3/s",
            aligned(400., 60.),
            Silent,
            Hidden,
        )
        .other(3.),
        new(
            "window 400/60 + other 3/s",
            aligned(400., 60.),
            RetryAfter,
            Hidden,
        )
        .other(3.),
        new("window 100/60", window(100., 60.), Refusal, Hidden),
        new("window 100/60", window(100., 60.), Short, Hidden),
        new("window 100/60 charged", aligned(100., 60.), Silent, Hidden).charged(),
        new(
            "window 200/60 to 100",
            aligned(200., 60.),
            RetryAfter,
            Hidden,
        )
        .change(250., window(100., 60.)),
        new("window 100/60 to 200", window(100., 60.), Minute, Hidden)
            .change(350., window(200., 60.)),
        new("window 100/60 to 200", window(100., 60.), Silent, Hidden)
            .change(350., window(200., 60.)),
        new("window 100/60", aligned(100., 60.), Early, Hidden),
        new("window 500/300", window(500., 300.), Early, Hidden),
        new("bucket 10/s b20", bucket(10., 20.), Next, Told),
        new("bucket 10/s b20", bucket(10., 20.), Refusal, Told),
        new("bucket 10/s b20", bucket(10., 20.), Remaining, Told),
        new("bucket 10/s b20", bucket(10., 20.), Both, Told),
        new("bucket 10/s b20", bucket(10., 20.), Short, Told),
        new(
            "bucket 10/s b20 charged",
            bucket(10., 20.),
            RetryAfter,
            Told,
        )
        .charged(),
        new("bucket 10/s b20 charged", bucket(10., 20.), Exact, Told).charged(),
        new("bucket 10/s b20 to 5/s", bucket(10., 20.), Exact, Told).change(80., bucket(5., 20.)),
        new("bucket 5/s b20 to 10/s", bucket(5., 20.), Exact, Told).change(100., bucket(10., 20.)),
        new(
            "bucket 10/s b20 + other 5/s",
            bucket(10., 20.),
            RetryAfter,
            Told,
        )
        .other(5.),
        new(
            "bucket 10/s b20 + other 5/s",
            bucket(10., 20.),
            Minute,
            Told,
        )
        .other(5.),
        new("bucket 10/s b20 + other 5/s", bucket(10., 20.), Next, Told).other(5.),
        new("bucket 10/s b20 + other 5/s", bucket(10., 20.), Both, Told).other(5.),
        new("bucket 5/s b1", bucket(5., 1.), Exact, Report),
        new("bucket 3/s b5", bucket(3., 5.), Exact, Told),
        new("bucket 200/s b200", bucket(200., 200.), Silent, Report).calls(8000),
        new("bucket 200/s b200", bucket(200., 200.), Exact, Report).calls(8000),
    ]
}

/// Servers that nobody tuned for: written before tuning began, and not changed since.
pub fn frozen() -> Vec<Scenario> {
    use Demand::{Hidden, Report, Told};
    use Style::{Both, Exact, Minute, RetryAfter, Second, Silent};
    let new = Scenario::new;
    vec![
        new("window 300/120", aligned(300., 120.), Exact, Told),
        new("window 60/30", window(60., 30.), Exact, Told),
        new("window 1000/600", window(1000., 600.), Both, Told),
        new("window 150/60 + other 1/s", aligned(150., 60.), Exact, Told).other(1.),
        new("window 120/60 to 240", window(120., 60.), Second, Told)
            .change(400., window(240., 60.)),
        new("window 250/180", aligned(250., 180.), Minute, Hidden),
        new(
            "window 150/60 + other .8/s",
            window(150., 60.),
            Minute,
            Hidden,
        )
        .other(0.8),
        new("window 400/240", window(400., 240.), RetryAfter, Hidden),
        new("window 300/120", aligned(300., 120.), Silent, Hidden),
        new("window 120/90", window(120., 90.), Silent, Hidden),
        new("window 700/420", aligned(700., 420.), Silent, Hidden),
        new("window 200/60 to 120", window(200., 60.), Silent, Hidden)
            .change(300., window(120., 60.)),
        new("bucket 7/s b30", bucket(7., 30.), Silent, Told),
        new("bucket 20/s b40", bucket(20., 40.), RetryAfter, Told),
        new("bucket 20/s b40", bucket(20., 40.), Second, Told),
        new("bucket 1/s b60", bucket(1., 60.), Silent, Told).calls(600),
        new("bucket 40/s b10", bucket(40., 10.), Silent, Told).calls(4000),
        new(
            "bucket 12/s b25 + other 6/s",
            bucket(12., 25.),
            Silent,
            Told,
        )
        .other(6.),
        new("bucket 12/s b25 + other 6/s", bucket(12., 25.), Exact, Told).other(6.),
        new("bucket 80/s b160", bucket(80., 160.), Silent, Told).calls(4000),
        new("bucket 4/s b1", bucket(4., 1.), RetryAfter, Report),
        new("bucket 8/s b16 to 14/s", bucket(8., 16.), Silent, Report)
            .change(100., bucket(14., 16.)),
        new(
            "bucket 10/s b20 and window 400/120",
            bucket(10., 20.),
            Silent,
            Report,
        )
        .and(window(400., 120.)),
        new(
            "bucket 10/s b20 and window 400/120",
            bucket(10., 20.),
            Exact,
            Report,
        )
        .and(window(400., 120.)),
        new(
            "sliding 100/60",
            Quota::Sliding {
                limit: 100.,
                period: 60.,
            },
            Silent,
            Report,
        ),
        new(
            "sliding 100/60",
            Quota::Sliding {
                limit: 100.,
                period: 60.,
            },
            Exact,
            Report,
        ),
        new(
            "sliding 100/60",
            Quota::Sliding {
                limit: 100.,
                period: 60.,
            },
            RetryAfter,
            Report,
        ),
        new(
            "fading 100/60",
            Quota::Fading {
                limit: 100.,
                period: 60.,
            },
            Silent,
            Report,
        ),
        new(
            "fading 100/60",
            Quota::Fading {
                limit: 100.,
                period: 60.,
            },
            Exact,
            Report,
        ),
        new("window 20/1", aligned(20., 1.), Silent, Report),
        new("window 50/10", aligned(50., 10.), Silent, Report),
        new("window 10/60", aligned(10., 60.), RetryAfter, Report).calls(200),
    ]
}
