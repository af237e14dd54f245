//! What the command line looks like. Parsing only; the subcommands do the work.

mod agreement;
mod bench_head;
mod bench_predict;
mod bench_ui;
mod config;
mod head;
mod import;
mod rank;
mod render;
mod review;
mod scheme;
mod screen;
mod simulate;
mod study;
mod suspects;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use agreement::AgreementArguments;
pub use bench_head::BenchHeadArguments;
pub use bench_predict::BenchPredictArguments;
pub use bench_ui::{BenchPart, BenchUiArguments};
pub use config::ConfigCommand;
pub use head::HeadArgument;
pub use import::{ImportArguments, ImportFormat};
pub use rank::{PerArgument, RankArguments};
pub use render::{RenderArguments, Size};
pub use review::ReviewArguments;
pub use scheme::{ChangeArguments, SchemeCommand};
pub use screen::ScreenFlags;
pub use simulate::SimulateArguments;
pub use study::StudyArgument;
pub use suspects::SuspectsArguments;

use super::examples;
use crate::encoder::{DeviceChoice, Pooling, Precision};

/// Label medical notes word by word, with a model that learns from each correction.
#[derive(Debug, Parser)]
#[command(version, after_help = examples::CHARTMARK)]
pub struct Arguments {
    /// What to do; the screen if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// A note, a folder of notes, a JSONL file or a project to open; the sample corpus if left out.
    pub path: Option<PathBuf>,
    /// The project's guidelines, in Markdown, to be shown beside the notes (default: guidelines.md in their folder).
    #[arg(long, value_name = "FILE")]
    pub guidelines: Option<PathBuf>,
    #[command(flatten)]
    pub screen: ScreenFlags,
    #[command(flatten)]
    pub shared: Shared,
}

/// Options that go with every command.
#[derive(Debug, Args)]
pub struct Shared {
    /// Where the model computes (default: auto).
    #[arg(long, global = true, value_enum)]
    pub device: Option<DeviceArgument>,
    /// What the encoder computes in when it predicts (default: what suits the device).
    #[arg(long, global = true, value_enum)]
    pub precision: Option<PrecisionArgument>,
    /// Number of threads (default: one a core).
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Neither keep word vectors on disk nor use those that are there.
    #[arg(long, global = true)]
    pub no_cache: bool,
    /// A model directory instead of the bundled model.
    #[arg(long, global = true, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// The labels: the name of one of the model's schemes (default: its first), or a scheme file, see `chartmark scheme`.
    #[arg(long, global = true, value_name = "NAME")]
    pub scheme: Option<String>,
    /// The project file (default: .chartmark/project.db beside the notes).
    #[arg(long, global = true, value_name = "FILE")]
    pub project: Option<PathBuf>,
    /// Who decides (default: the login name).
    #[arg(long, global = true, value_name = "NAME")]
    pub annotator: Option<String>,
    /// The labels where `--scheme` and the project name none: those that a person has set.
    #[arg(skip)]
    pub usual_scheme: Option<String>,
    /// The folder that word vectors are kept in, where a person has set one.
    #[arg(skip)]
    pub cache: Option<PathBuf>,
    /// How much of them is kept.
    #[arg(skip)]
    pub cache_size: Option<String>,
}

/// `--precision`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PrecisionArgument {
    /// Single precision.
    Fp32,
    /// Eight bits: about twice as fast on a CPU.
    Int8,
}

impl From<PrecisionArgument> for Precision {
    fn from(argument: PrecisionArgument) -> Self {
        match argument {
            PrecisionArgument::Fp32 => Self::Fp32,
            PrecisionArgument::Int8 => Self::Int8,
        }
    }
}

/// `--device`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DeviceArgument {
    Auto,
    Cpu,
    Cuda,
    Metal,
}

impl From<Option<DeviceArgument>> for DeviceChoice {
    fn from(argument: Option<DeviceArgument>) -> Self {
        match argument {
            None | Some(DeviceArgument::Auto) => Self::Auto,
            Some(DeviceArgument::Cpu) => Self::Cpu,
            Some(DeviceArgument::Cuda) => Self::Cuda,
            Some(DeviceArgument::Metal) => Self::Metal,
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
    #[command(after_help = examples::PREDICT)]
    Predict(PredictArguments),
    /// Train a head on a project's decisions or on gold, or a whole encoder on gold.
    #[command(after_help = examples::TRAIN)]
    Train(TrainArguments),
    /// Tell how good a model is on gold, or which of two is better.
    #[command(after_help = examples::EVALUATE)]
    Evaluate(EvaluateArguments),
    /// Replay gold to see what acquisition functions would have saved.
    #[command(after_help = examples::SIMULATE)]
    Simulate(SimulateArguments),
    /// Tell which documents to review next, the most useful first.
    #[command(after_help = examples::RANK)]
    Rank(RankArguments),
    /// Bring decisions that were made elsewhere into a project.
    #[command(after_help = examples::IMPORT)]
    Import(ImportArguments),
    /// Write a project's decisions for other programs.
    #[command(after_help = examples::EXPORT)]
    Export(ExportArguments),
    /// Draw notes with their labels for a paper, a slide or a bug report.
    #[command(after_help = examples::RENDER)]
    Render(RenderArguments),
    /// Review notes line by line, as screen readers need it.
    #[command(after_help = examples::REVIEW)]
    Review(ReviewArguments),
    /// Copy a project to a new file, also while it is open.
    #[command(after_help = examples::BACKUP)]
    Backup(BackupArguments),
    /// The model versions of a project.
    #[command(subcommand, after_help = examples::MODEL)]
    Model(ModelCommand),
    /// Label schemes: those that there are, and one of your own.
    #[command(subcommand, after_help = examples::SCHEME)]
    Scheme(SchemeCommand),
    /// List the decisions that are most likely wrong, with why.
    #[command(after_help = examples::SUSPECTS)]
    Suspects(SuspectsArguments),
    /// Tell how far annotators agree, label by label, and list the words on which they don't.
    #[command(after_help = examples::AGREEMENT)]
    Agreement(AgreementArguments),
    /// Your own settings, keys and colours.
    #[command(subcommand, after_help = examples::CONFIG)]
    Config(ConfigCommand),
    /// Check that everything Chartmark needs is there and sound.
    #[command(after_help = examples::DOCTOR)]
    Doctor(DoctorArguments),
    /// Measure speed.
    #[command(subcommand)]
    Bench(BenchCommand),
}

/// What `train` adjusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScopeArgument {
    /// The classification head, over the frozen encoder: seconds.
    Head,
    /// The encoder and a fresh head: an hour or so on two cores.
    Encoder,
    /// Calibration and thresholds of a model's heads, on gold that it has not learned from: seconds.
    Thresholds,
}

/// `train`.
#[derive(Debug, Args)]
pub struct TrainArguments {
    /// The notes or project whose decisions to learn from (default: the sample corpus's project).
    pub path: Option<PathBuf>,
    /// Gold JSONL to learn from instead of a project. With --scope encoder it can be given again: each file has a label
    /// scheme and a head of its own above the one encoder.
    #[arg(long, value_name = "FILE", conflicts_with = "path")]
    pub gold: Vec<PathBuf>,
    /// Gold JSONL to report on after each epoch; the best epoch is kept. One for each --gold.
    #[arg(long, value_name = "FILE", requires = "gold")]
    pub dev: Vec<PathBuf>,
    /// What to train.
    #[arg(long, value_enum, default_value = "head")]
    pub scope: ScopeArgument,
    /// The model directory to start from (default: the bundled model).
    #[arg(long, value_name = "DIR", requires = "gold")]
    pub base: Option<PathBuf>,
    /// Passes over the data.
    #[arg(long, value_name = "N", requires = "gold")]
    pub epochs: Option<NonZeroUsize>,
    /// Peak learning rate.
    #[arg(long, value_name = "X", requires = "gold", value_parser = rate)]
    pub lr: Option<f32>,
    /// Windows a step (encoder) or words a step (head).
    #[arg(long, value_name = "N", requires = "gold")]
    pub batch: Option<NonZeroUsize>,
    /// Share of activations dropped in each step (--scope encoder).
    #[arg(long, value_name = "SHARE", requires = "gold", value_parser = share)]
    pub dropout: Option<f32>,
    /// Share of words hidden from the encoder in each step, so that it learns from what stands around them (--scope
    /// encoder).
    #[arg(long, value_name = "SHARE", requires = "gold", value_parser = share)]
    pub mask: Option<f32>,
    /// Begin with fresh heads, also where the base has heads for these labels (--scope encoder).
    #[arg(long, requires = "gold")]
    pub fresh_heads: bool,
    /// Each layer learns at this share of the rate of the one above it (--scope encoder).
    #[arg(long, value_name = "SHARE", requires = "gold", value_parser = decay)]
    pub layer_decay: Option<f32>,
    /// Which subwords make a word's vector.
    #[arg(long, value_enum, requires = "gold")]
    pub pooling: Option<PoolingArgument>,
    /// The head of --scope head: linear, or mlp:WIDTH with a hidden layer (default: mlp:256).
    #[arg(long, value_name = "KIND", requires = "gold", value_parser = head::head)]
    pub head: Option<HeadArgument>,
    /// Try a dozen heads, rates and batches, each on five held-out parts of the gold, and keep the best (--scope head): 60 fits
    /// besides the 6 of every training.
    #[arg(long, requires = "gold", conflicts_with_all = ["head", "lr", "batch", "epochs"])]
    pub tune: bool,
    /// Seed of everything random (default: 0).
    #[arg(long, value_name = "N", requires = "gold")]
    pub seed: Option<u64>,
    /// Where to write the model (default: chartmark-model in the current folder).
    #[arg(long, value_name = "DIR", requires = "gold")]
    pub out: Option<PathBuf>,
}

/// A learning rate: a finite number above 0.
fn rate(text: &str) -> Result<f32, String> {
    let rate = text.parse().ok().filter(|rate: &f32| rate.is_finite() && *rate > 0.0);
    rate.ok_or_else(|| "a learning rate is a number above 0, such as 3e-4".into())
}

/// A share: a number from 0 to 1.
fn share(text: &str) -> Result<f32, String> {
    let share = text.parse().ok().filter(|share: &f32| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "a share is a number from 0 to 1, such as 0.1".into())
}

/// The rate's share from layer to layer: at 0 all but the last would stand still.
fn decay(text: &str) -> Result<f32, String> {
    let decay = share(text).ok().filter(|share| *share > 0.0);
    decay.ok_or_else(|| "a layer learns at a share above 0, and at most 1, of the rate of the one above it, such as 0.9".into())
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

/// `evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArguments {
    /// Gold JSONL to hold predictions against.
    #[arg(long, value_name = "FILE")]
    pub gold: PathBuf,
    /// A model directory instead of the one that is set, or else bundled; give it twice to compare two.
    #[arg(long, value_name = "DIR")]
    pub model: Vec<PathBuf>,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// `--to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Gold JSONL: one document a line, with labelled spans.
    Gold,
}

/// `export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The notes or project whose decisions to write (default: the sample corpus's project).
    pub path: Option<PathBuf>,
    /// How to write.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub to: ExportFormat,
    /// Where to write (default: standard output).
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `backup`.
#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The file to make.
    pub file: PathBuf,
    /// The notes or project to copy (default: the sample corpus's project).
    pub path: Option<PathBuf>,
}

/// `model`.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// List the versions, and say which is active.
    List {
        /// The notes or project (default: the sample corpus's project).
        path: Option<PathBuf>,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Tell how a version was made and judged.
    Show {
        /// Its number.
        version: u64,
        /// The notes or project (default: the sample corpus's project).
        path: Option<PathBuf>,
        /// Print JSON instead of lines.
        #[arg(long)]
        json: bool,
    },
    /// Use a version from now on.
    Activate {
        /// Its number; 0 is the model as it came.
        version: u64,
        /// The notes or project (default: the sample corpus's project).
        path: Option<PathBuf>,
    },
    /// Write the mean of models that were trained from one start, which is often better than any of them.
    Average {
        /// Their directories.
        #[arg(required = true, num_args = 2..)]
        models: Vec<PathBuf>,
        /// The directory to write.
        #[arg(long)]
        out: PathBuf,
    },
    /// Go back to the version that was active before.
    Rollback {
        /// The notes or project (default: the sample corpus's project).
        path: Option<PathBuf>,
    },
}

/// `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// The notes or project to check (default: the sample corpus's project).
    pub path: Option<PathBuf>,
    /// Remove the word vectors that are kept on disk, and do nothing else.
    #[arg(long, conflicts_with = "path")]
    pub clear_cache: bool,
}

/// `bench`.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Subwords a second through the encoder.
    #[command(after_help = examples::BENCH)]
    Encoder(BenchEncoderArguments),
    /// Subwords a second through the steps of `train --scope encoder`.
    #[command(after_help = examples::BENCH_TRAINING)]
    Training(BenchTrainingArguments),
    /// Seconds to learn from decisions, and to colour notes again.
    #[command(after_help = examples::BENCH_HEAD)]
    Head(BenchHeadArguments),
    /// Subwords a second of `predict`, from notes to output, beside those of the encoder alone.
    #[command(after_help = examples::BENCH_PREDICT)]
    Predict(BenchPredictArguments),
    /// Milliseconds from a key to its frame, to open notes, and how time and memory grow with them.
    #[command(after_help = examples::BENCH_UI)]
    Ui(BenchUiArguments),
}

/// `bench encoder`.
#[derive(Debug, Args)]
pub struct BenchEncoderArguments {
    /// JSON list of lists of subword ids to encode.
    #[arg(long, value_name = "FILE")]
    pub ids: Option<PathBuf>,
    /// Print JSON instead of lines.
    #[arg(long)]
    pub json: bool,
}

/// `bench training`.
#[derive(Debug, Args)]
pub struct BenchTrainingArguments {
    /// JSON list of lists of subword ids to train on.
    #[arg(long, value_name = "FILE")]
    pub ids: Option<PathBuf>,
    /// Print JSON instead of lines.
    #[arg(long)]
    pub json: bool,
}
