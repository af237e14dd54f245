//! What `scheme` is called with.

use std::path::PathBuf;

use clap::Subcommand;

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
    /// Give a project other labels. Decisions are kept by the name of their label.
    Use {
        /// The scheme's name or file.
        name: String,
        /// The notes or project (default: the sample corpus's project).
        path: Option<PathBuf>,
    },
}
