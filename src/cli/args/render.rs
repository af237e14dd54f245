//! `render`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

/// `render`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("form").required(true).args(["svg", "html", "ansi"])))]
pub struct RenderArguments {
    /// A note, a folder, a JSONL file or a project; `-` is one note on standard input.
    pub path: PathBuf,
    /// Draw an SVG picture.
    #[arg(long)]
    pub svg: bool,
    /// Write an HTML page.
    #[arg(long)]
    pub html: bool,
    /// Write text with the colour codes of terminals, as many colours as this terminal has.
    #[arg(long)]
    pub ansi: bool,
    /// Draw this document alone (default: all of them, one beneath the other).
    #[arg(long, value_name = "ID")]
    pub document: Option<String>,
    /// Leave nothing that can be read: blanks of the same shape for all text, and no name.
    #[arg(long)]
    pub blank: bool,
    /// Light letters on a dark ground (SVG and HTML).
    #[arg(long, conflicts_with = "ansi")]
    pub dark: bool,
    /// Columns.
    #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(u16).range(20..=500))]
    pub width: u16,
    /// Where to write (default: standard output).
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
