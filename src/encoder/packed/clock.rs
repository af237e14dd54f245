//! Where the time goes, for `bench encoder`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// What a stretch of time is spent on.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Products with weights, bias and activation included.
    Products,
    /// Scores, softmax and the weighted sums of values.
    Attention,
    /// Layer normalisation, embeddings, laying out keys and values, bringing rows to eight bits.
    Rest,
}

/// Seconds of all threads together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shares {
    /// [`Step::Products`].
    pub products: f64,
    /// [`Step::Attention`].
    pub attention: f64,
    /// [`Step::Rest`].
    pub rest: f64,
}

/// Adds up the time of each kind of step while it runs; costs nothing worth mentioning while it doesn't.
#[derive(Debug, Default)]
pub struct Clock {
    running: AtomicBool,
    nanoseconds: [AtomicU64; 3],
}

impl Clock {
    /// Does `work` and counts its time, if the clock runs.
    pub fn time<R>(&self, step: Step, work: impl FnOnce() -> R) -> R {
        if !self.running.load(Relaxed) {
            return work();
        }
        let start = Instant::now();
        let result = work();
        self.nanoseconds[step as usize].fetch_add(start.elapsed().as_nanos() as u64, Relaxed);
        result
    }

    /// The shares of what `work` does.
    pub fn during<R>(&self, work: impl FnOnce() -> R) -> (R, Shares) {
        self.nanoseconds.iter().for_each(|sum| sum.store(0, Relaxed));
        self.running.store(true, Relaxed);
        let result = work();
        self.running.store(false, Relaxed);
        let seconds = |step: Step| self.nanoseconds[step as usize].load(Relaxed) as f64 / 1e9;
        let [products, attention, rest] = [Step::Products, Step::Attention, Step::Rest].map(seconds);
        (result, Shares { products, attention, rest })
    }
}
