//! What `simulate` is told.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{PerArgument, StudyArgument};
use crate::active_learning::{STRATEGIES, Strategy, by_name};
use crate::simulation::Unit;

/// `simulate`.
#[derive(Debug, Args)]
pub struct SimulateArguments {
    /// Gold JSONL that the simulated annotator picks from; all but the study of keys need it.
    #[arg(long, value_name = "FILE", required_unless_present = "study")]
    pub pool: Option<PathBuf>,
    /// Gold JSONL that the model is judged on after each round, or that keys are counted for.
    #[arg(long, value_name = "FILE")]
    pub test: PathBuf,
    /// Measure what corrections are worth, what they cost elsewhere, or how many keys they take, instead of comparing
    /// acquisition functions.
    #[arg(long, value_enum, conflicts_with_all = ["strategy", "unit", "per", "batch", "until"])]
    pub study: Option<StudyArgument>,
    /// Acquisition functions to compare, or `all` (default: random and the one of the queue).
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = strategies)]
    pub strategy: Vec<Strategies>,
    /// How often each is replayed, with another seed.
    #[arg(long, value_name = "N", default_value = "1")]
    pub seeds: NonZeroUsize,
    /// What is picked at a time.
    #[arg(long, value_enum, default_value = "document")]
    pub unit: UnitArgument,
    /// By which cost usefulness is divided.
    #[arg(long, value_enum, default_value = "words")]
    pub per: PerArgument,
    /// Words of the first batch; later ones grow with what is decided.
    #[arg(long, value_name = "N", default_value = "60")]
    pub batch: NonZeroUsize,
    /// End a replay at this share of the F1 that the whole pool gives; 2 reads the whole pool.
    #[arg(long, value_name = "SHARE", default_value = "0.99", value_parser = share)]
    pub until: f64,
    /// Print JSON instead of a table and a chart.
    #[arg(long)]
    pub json: bool,
}

/// A share of the full F1: a number above 0.
fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share: &f64| *share > 0.0);
    share.ok_or_else(|| "a share is a number above 0, such as 0.99; 2 reads the whole pool".into())
}

/// One strategy, or all.
#[derive(Clone, Debug)]
pub struct Strategies(pub Vec<&'static Strategy>);

/// Reads the name of a strategy, or `all`.
pub fn strategies(name: &str) -> Result<Strategies, String> {
    match (name, by_name(name)) {
        ("all", _) => Ok(Strategies(STRATEGIES.to_vec())),
        (_, Some(strategy)) => Ok(Strategies(vec![strategy])),
        _ => {
            let names: Vec<&str> = STRATEGIES.iter().map(|strategy| strategy.name).collect();
            Err(format!("there is none of this name; choose from {}, or all", names.join(", ")))
        }
    }
}

/// `--unit`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum UnitArgument {
    /// Whole documents.
    Document,
    /// Passages of about fifty words.
    Passage,
}

impl From<UnitArgument> for Unit {
    fn from(argument: UnitArgument) -> Self {
        match argument {
            UnitArgument::Document => Self::Document,
            UnitArgument::Passage => Self::Passage,
        }
    }
}
