//! When trainings begin by themselves.

use std::time::Duration;

/// How long nobody may have done anything before a training begins, where it waits for that.
pub const IDLE: Duration = Duration::from_secs(60);

/// When a training begins that nobody asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Automatic {
    /// Never.
    #[default]
    Off,
    /// After decisions on so many words.
    After(usize),
    /// Once nobody has done anything for a while, if something was decided.
    Idle,
}

impl Automatic {
    /// The next choice.
    pub fn next(self) -> Self {
        match self {
            Self::Off => Self::After(25),
            Self::After(25) => Self::After(100),
            Self::After(_) => Self::Idle,
            Self::Idle => Self::Off,
        }
    }
}

/// Trainings that begin by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Automation {
    /// When.
    pub when: Automatic,
    /// On how many words something was decided since the last training began.
    pub decided: usize,
    /// Whether the run loop has an alarm set.
    pub armed: bool,
}

impl Automation {
    /// For the status line: nothing while it is off.
    pub fn sign(&self) -> Option<String> {
        match self.when {
            Automatic::Off => None,
            Automatic::After(words) => Some(format!("auto {}/{words}", self.decided.min(words))),
            Automatic::Idle => Some(format!("auto idle {}", self.decided)),
        }
    }
}
