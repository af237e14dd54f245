//! What `rank` is called with.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueEnum};

use crate::active_learning::{DEFAULT, Per, STRATEGIES, Strategy, by_name};

/// `--per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PerArgument {
    /// Words to read.
    Words,
    /// Keys to press.
    Keys,
    /// Seconds by a keystroke-level model, which holds both.
    Seconds,
}

impl From<PerArgument> for Per {
    fn from(argument: PerArgument) -> Self {
        match argument {
            PerArgument::Words => Self::Words,
            PerArgument::Keys => Self::Keys,
            PerArgument::Seconds => Self::Seconds,
        }
    }
}

/// `rank`.
#[derive(Debug, Args)]
pub struct RankArguments {
    /// Notes, folders, JSONL files, a project; `-` is one note on standard input.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// The acquisition function.
    #[arg(long, value_name = "NAME", default_value = DEFAULT.name,
        value_parser = PossibleValuesParser::new(STRATEGIES.iter().map(|strategy| strategy.name))
            .try_map(|name| by_name(&name).ok_or("there is no strategy of this name")))]
    pub strategy: &'static Strategy,
    /// Print so many (default: all).
    #[arg(long, value_name = "N")]
    pub limit: Option<NonZeroUsize>,
    /// Rank passages of about fifty words instead of whole documents.
    #[arg(long)]
    pub passages: bool,
    /// What usefulness is divided by.
    #[arg(long, value_enum, default_value = "words")]
    pub per: PerArgument,
    /// Share of places, from 0 to 1, that are drawn by lot whatever the strategy says, so that figures on what is
    /// reviewed stay honest.
    #[arg(long, value_name = "X", default_value_t = 0.0, value_parser = share)]
    pub random_share: f64,
    /// Seed of everything random.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// A share: a number from 0 to 1.
fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share: &f64| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "a share is a number from 0 to 1, such as 0.2".into())
}
