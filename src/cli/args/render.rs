//! `render`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use crate::tui::keymap::Key;
use crate::tui::panes::{MIN_HEIGHT, MIN_WIDTH};

/// `render`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("form").required(true).args(["svg", "html", "ansi"])))]
pub struct RenderArguments {
    /// A note, a folder, a JSONL file or a project; `-` is one note on standard input.
    #[arg(required_unless_present = "screen")]
    pub path: Option<PathBuf>,
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
    /// Draw the screen instead, of so many columns and rows; without a path with the sample corpus on it.
    #[arg(long, value_name = "COLUMNSxROWS", conflicts_with_all = ["document", "blank", "width"])]
    pub screen: Option<Size>,
    /// Keys to press on that screen first, apart by spaces: `w 1 enter shift+right`. The project stays as it is.
    #[arg(long, requires = "screen", value_delimiter = ' ')]
    pub keys: Vec<Key>,
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

/// `--screen`: columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u16, pub u16);

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let size = text.split_once('x').and_then(|(columns, rows)| Some(Self(columns.parse().ok()?, rows.parse().ok()?)));
        size.filter(|&Self(columns, rows)| (MIN_WIDTH..=500).contains(&columns) && (MIN_HEIGHT..=200).contains(&rows))
            .ok_or_else(|| format!("write columns and rows as 110x32; at least {MIN_WIDTH}x{MIN_HEIGHT}, at most 500x200"))
    }
}
