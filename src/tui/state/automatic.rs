//! When trainings begin by themselves.

use std::time::Duration;

/// How long nobody may have done anything before a training begins, where it waits for that and nothing else is set.
pub const IDLE: Duration = Duration::from_secs(60);

/// What a person has set of trainings that begin by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usual {
    /// After decisions on so many words.
    pub after: Option<usize>,
    /// Once nobody has done anything for so many seconds.
    pub idle: Option<usize>,
}

impl Usual {
    /// What holds at first: the decisions, if both are set.
    pub fn first(self) -> Automatic {
        let idle = || self.idle.map(|_| Automatic::Idle);
        self.after.map(Automatic::After).or_else(idle).unwrap_or_default()
    }
}

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
    /// The next choice: with what is set, where something is.
    pub fn next(self, usual: Usual) -> Self {
        match self {
            Self::Off => Self::After(usual.after.unwrap_or(25)),
            Self::After(25) if usual.after.is_none() => Self::After(100),
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
    /// What is set.
    pub usual: Usual,
    /// On how many words something was decided since the last training began.
    pub decided: usize,
    /// Whether the run loop has an alarm set.
    pub armed: bool,
}

impl Automation {
    /// How long nobody may have done anything before a training begins that waits for that.
    pub fn idle(&self) -> Duration {
        self.usual.idle.map_or(IDLE, |seconds| Duration::from_secs(seconds as u64))
    }

    /// For the status line: nothing while it is off.
    pub fn sign(&self) -> Option<String> {
        match self.when {
            Automatic::Off => None,
            Automatic::After(words) => Some(format!("auto {}/{words}", self.decided.min(words))),
            Automatic::Idle => Some(format!("auto when idle: {} words", self.decided)),
        }
    }
}
