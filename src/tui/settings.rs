//! What a person has set for the screen: read before it opens, and again whenever they ask for it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::active_learning::DEFAULT;
use crate::formats::Problem;
use crate::tui::keymap::Keymap;
use crate::tui::state::Order;
use crate::tui::state::automatic::Usual;
use crate::tui::theme::Theme;

/// What is set, but for the keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The colours.
    pub theme: Theme,
    /// Whether the screen takes the mouse.
    pub mouse: bool,
    /// Whether the queue stands beside the note.
    pub queue: bool,
    /// Whether the inspector is shown.
    pub inspector: bool,
    /// The order of the queue.
    pub order: Order,
    /// When trainings begin by themselves.
    pub automatic: Usual,
    /// Settings that hold from the start of the program on: name and value.
    pub fixed: Vec<(&'static str, String)>,
    /// The folder of the files that this was read from; `None` if there is none yet.
    pub folder: Option<String>,
    /// Where the files lie, or would.
    pub place: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::detect(|_| None),
            mouse: true,
            queue: true,
            inspector: true,
            order: Order::Ranked(DEFAULT),
            automatic: Usual::default(),
            fixed: Vec::new(),
            folder: None,
            place: None,
        }
    }
}

/// All that was read in one go.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The settings.
    pub settings: Settings,
    /// The keys.
    pub keymap: Arc<Keymap>,
}

/// Reads everything again; what is wrong, if anything is.
pub type Reader = Box<dyn FnMut() -> Result<Reading, Vec<Problem>>>;

/// The first of some problems in a sentence for one line of the screen, and how many there are besides.
pub fn sentence(problems: &[Problem], outcome: &str) -> Option<String> {
    let first = problems.first()?;
    // The folder is known, and takes the room that the advice needs.
    let file = first.file.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let more = match problems.len() - 1 {
        0 => String::new(),
        more => format!(" · {more} more: chartmark config check"),
    };
    Some(format!("{} ({outcome}){more}", Problem { file, ..first.clone() }))
}
