//! What the command line looks like. Parsing only; the subcommands do the work.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::encoder::{DeviceChoice, Pooling};

/// Label medical notes word by word, with a model that learns from each correction.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to do; the screen if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// A note, a folder of notes, a JSONL file or a project to open; the sample corpus if left out.
    pub path: Option<PathBuf>,
    #[command(flatten)]
    pub shared: Shared,
}

/// Options that go with every command.
#[derive(Debug, Args)]
pub struct Shared {
    /// Where the model computes.
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub device: DeviceArgument,
    /// Number of threads (default: one a core).
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// A model directory instead of the bundled model.
    #[arg(long, global = true, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// The project file (default: .chartmark/project.db beside the notes).
    #[arg(long, global = true, value_name = "FILE")]
    pub project: Option<PathBuf>,
    /// Who decides (default: the login name).
    #[arg(long, global = true, value_name = "NAME")]
    pub annotator: Option<String>,
}

/// `--device`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum DeviceArgument {
    Auto,
    Cpu,
    Cuda,
    Metal,
}

impl From<DeviceArgument> for DeviceChoice {
    fn from(argument: DeviceArgument) -> Self {
        match argument {
            DeviceArgument::Auto => Self::Auto,
            DeviceArgument::Cpu => Self::Cpu,
            DeviceArgument::Cuda => Self::Cuda,
            DeviceArgument::Metal => Self::Metal,
        }
    }
}

/// `--pooling`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PoolingArgument {
    Mean,
    First,
    Last,
}

impl From<PoolingArgument> for Pooling {
    fn from(argument: PoolingArgument) -> Self {
        match argument {
            PoolingArgument::Mean => Self::Mean,
            PoolingArgument::First => Self::First,
            PoolingArgument::Last => Self::Last,
        }
    }
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Label notes and print them.
    Predict(PredictArguments),
    /// Train a head on a project's decisions or on gold, or a whole encoder on gold.
    Train(TrainArguments),
}

/// What `train` adjusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScopeArgument {
    /// The classification head, over the frozen encoder: seconds.
    Head,
    /// The encoder and a fresh head: an hour or so on two cores.
    Encoder,
}

/// `train`.
#[derive(Debug, Args)]
pub struct TrainArguments {
    /// The notes or project whose decisions to learn from (default: the sample corpus's project).
    pub path: Option<PathBuf>,
    /// Gold JSONL to learn from instead of a project.
    #[arg(long, value_name = "FILE", conflicts_with = "path")]
    pub gold: Option<PathBuf>,
    /// Gold JSONL to report on after each epoch; the best epoch is kept.
    #[arg(long, value_name = "FILE", requires = "gold")]
    pub dev: Option<PathBuf>,
    /// What to train.
    #[arg(long, value_enum, default_value = "head")]
    pub scope: ScopeArgument,
    /// The model directory to start from (default: the bundled model).
    #[arg(long, value_name = "DIR")]
    pub base: Option<PathBuf>,
    /// Passes over the data.
    #[arg(long, value_name = "N")]
    pub epochs: Option<usize>,
    /// Peak learning rate.
    #[arg(long, value_name = "X")]
    pub lr: Option<f32>,
    /// Windows a step (encoder) or words a step (head).
    #[arg(long, value_name = "N")]
    pub batch: Option<NonZeroUsize>,
    /// Which subwords make a word's vector.
    #[arg(long, value_enum)]
    pub pooling: Option<PoolingArgument>,
    /// Seed of everything random.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Where to write the model (required with --gold).
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PredictFormat {
    /// One JSON object a document: every word with its labels and all probabilities.
    Jsonl,
    /// The note with its labels in brackets.
    Text,
    /// Gold JSONL: the predicted labels as spans.
    Gold,
}

/// `predict`.
#[derive(Debug, Args)]
pub struct PredictArguments {
    /// Notes, folders, JSONL files; `-` is one note on standard input.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// How to write.
    #[arg(long, value_enum, default_value = "text")]
    pub format: PredictFormat,
    /// Where to write (default: standard output).
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
