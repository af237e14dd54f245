//! What `scheme` is called with.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `scheme change`.
#[derive(Debug, Args)]
pub struct ChangeArguments {
    /// The notes or project (default: the sample corpus's project).
    pub path: Option<PathBuf>,
    /// What is changed.
    #[command(flatten)]
    pub change: LabelChange,
}

/// One of these changes.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct LabelChange {
    /// Add a label behind the others.
    #[arg(long, value_name = "NAME")]
    pub add: Option<String>,
    /// Rename a label; its decisions and what the model knows stay with it.
    #[arg(long, num_args = 2, value_names = ["LABEL", "NAME"])]
    pub rename: Option<Vec<String>>,
    /// Give a label up for another: words that have the first have the second then.
    #[arg(long, num_args = 2, value_names = ["LABEL", "INTO"])]
    pub merge: Option<Vec<String>>,
    /// Delete a label; its decisions stay in the project and come back with the name.
    #[arg(long, value_name = "LABEL")]
    pub delete: Option<String>,
    /// Take the last change back.
    #[arg(long)]
    pub undo: bool,
}

/// `scheme`.
#[derive(Debug, Subcommand)]
pub enum SchemeCommand {
    /// List the label schemes to choose from, and say which one a project has.
    List {
        /// The notes or project (default: the sample corpus's project).
        path: Option<PathBuf>,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Print a scheme as a file that can be edited.
    Show {
        /// Its name or file (default: the one that the project has).
        name: Option<String>,
        /// The notes or project (default: the sample corpus's project).
        path: Option<PathBuf>,
    },
    /// Write a file to start a scheme of your own from.
    Init {
        /// The scheme to start from; `empty` for none.
        #[arg(long, value_name = "NAME", default_value = "empty")]
        from: String,
        /// The file to make; its name names the scheme.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Tell what is wrong with a scheme file, with the lines.
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Change one label of a project, or take the last such change back.
    Change(ChangeArguments),
    /// Give a project other labels. Decisions are kept by the name of their label.
    Use {
        /// The scheme's name or file.
        name: String,
        /// The notes or project (default: the sample corpus's project).
        path: Option<PathBuf>,
    },
}
