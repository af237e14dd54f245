//! What `config` is called with.

use clap::Subcommand;

use super::ScreenFlags;

/// `config`.
#[derive(Clone, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Write config.toml, keymap.toml and a theme to begin with. Files that are there stay as they are.
    Init,
    /// Tell every setting's value, and where it comes from.
    Show {
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        screen: ScreenFlags,
    },
    /// Tell what is wrong with the files, with the lines.
    Check,
}
