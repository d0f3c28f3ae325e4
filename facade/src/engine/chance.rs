//! Random numbers for pauses: splitmix64, seeded, so that tests decide them.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
pub(super) struct Chance(AtomicU64);

impl Chance {
    /// With this seed, or with one of the standard library's random keys.
    pub(super) fn new(seed: Option<u64>) -> Self {
        let seed = seed.unwrap_or_else(|| RandomState::new().hash_one(0));
        Self(AtomicU64::new(seed))
    }

    /// Where others can start from.
    pub(super) fn seed(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// A number from 0 to just below 1.
    pub(super) fn share(&self) -> f64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut x = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^= x >> 31;
        // 53 bits are what an f64 holds exactly.
        (x >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_spread_evenly_and_repeatable() {
        let draw = |seed| {
            let chance = Chance::new(Some(seed));
            (0..10_000).map(|_| chance.share()).collect::<Vec<_>>()
        };
        let shares = draw(7);
        assert!(shares.iter().all(|s| (0.0..1.0).contains(s)));
        let mean = shares.iter().sum::<f64>() / 10_000.0;
        assert!((0.48..0.52).contains(&mean), "{mean}");
        assert_eq!(shares, draw(7));
        assert_ne!(shares, draw(8));
    }
}
