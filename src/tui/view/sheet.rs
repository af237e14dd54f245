//! A note on paper: all its lines as on the screen, each with its lanes, beneath its name and above a legend.
//!
//! It is made of frames of one line each, so that a note of any length has a picture.

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::document::{SETTLED, strips};
use super::lane::bar;
use super::paint::{Pen, columns};
use crate::domain::{Annotations, Document, History, LabelScheme, LabelSet, Predictions, WordState, Words};
use crate::tui::keymap::Keymap;
use crate::tui::layout::Layout;
use crate::tui::state::{OpenDocument, Reading, State};
use crate::tui::theme::Theme;

pub use blank::blanked;

mod blank;

/// A note with all that is known of its words.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// The note; one without a name has none on paper.
    pub document: Document,
    /// Its words.
    pub words: Words,
    /// What is decided.
    pub annotations: Annotations,
    /// What the model says.
    pub predictions: Predictions,
    /// The thresholds that belong to it, one a label of the scheme.
    pub thresholds: Arc<[f32]>,
}

impl Labelled {
    /// The same note without anything that could be read of it: see [`blanked`].
    pub fn blanked(self) -> Self {
        let (text, words) = blanked(&self.document.text, &self.words);
        Self { document: Document::new("", text), words, ..self }
    }
}

/// The note on paper, `width` columns wide: frames to be put one beneath the other.
pub fn sheet(note: Labelled, scheme: &Arc<LabelScheme>, theme: &Theme, width: u16) -> Vec<Buffer> {
    let Labelled { document, words, annotations, predictions, thresholds } = note;
    let mut state = State::new(String::new(), Vec::new(), scheme.clone(), Arc::new(Keymap::default()), (width, 0));
    let layout = Layout::new(&document.text, &words, width.saturating_sub(2));
    let open = OpenDocument {
        index: 0,
        document: Arc::new(document),
        // No word is under the cursor.
        cursor: words.len(),
        words: Arc::new(words),
        annotations,
        history: History::default(),
        predictions: Some(predictions),
        thresholds,
        incoming: None,
        reading: Reading::Lanes,
        tagged: None,
        blind: false,
        right_to_left: false,
        layout,
        goal_column: 0,
        anchor: None,
        scroll: 0,
        covered: 0,
        pending: Default::default(),
    };
    let mut frames = vec![heading(&open, theme, width), row(width)];
    let used = labels(&open);
    state.open = Some(open);
    let lines = strips(&state, theme, width);
    let legend = legend(scheme, used, &signs(&lines), theme, width);
    frames.extend(lines);
    if !legend.is_empty() {
        let mut rule = row(width);
        Pen::new(&mut rule, inside(width), 0).rule("─", 0, theme.quiet());
        frames.extend([row(width), rule]);
    }
    frames.extend(legend);
    frames
}

/// An empty frame of one row.
fn row(width: u16) -> Buffer {
    Buffer::empty(Rect::new(0, 0, width, 1))
}

/// Where text stands in it.
fn inside(width: u16) -> Rect {
    Rect::new(1, 0, width.saturating_sub(2), 1)
}

fn heading(open: &OpenDocument, theme: &Theme, width: u16) -> Buffer {
    let words = open.words.iter().filter(|word| word.alphanumeric).count();
    let facts = format!(" {words} words");
    let keep = columns(&facts);
    let mut frame = row(width);
    let mut pen = Pen::new(&mut frame, inside(width), 0);
    let name = open.document.id.as_str();
    if !name.is_empty() {
        let room = pen.room().saturating_sub(keep + 2);
        pen.put_in(name, room, theme.strong()).skip(1);
    }
    pen.rule("─", keep, theme.quiet()).put(&facts, theme.quiet());
    frame
}

/// The labels that some word shows.
fn labels(open: &OpenDocument) -> LabelSet {
    let words = (0..open.words.len()).filter(|&word| open.words[word].alphanumeric);
    words.flat_map(|word| open.labels(word).iter()).collect()
}

/// The symbols that stand in the lanes and at the edge.
fn signs(lines: &[Buffer]) -> BTreeSet<&str> {
    let beside = |line: &Buffer, x: u16, y: u16| y > 0 || x == 0 && line.area.width > 0;
    let cells = lines.iter().flat_map(|line| line.area.positions().map(move |place| (line, place)));
    cells.filter(|(line, at)| beside(line, at.x, at.y)).filter_map(|(line, at)| Some(line.cell(at)?.symbol())).collect()
}

/// What the signs of the lanes mean.
const SIGNS: [(&str, &str); 5] = [
    ("?", "the model is unsure"),
    ("≠", "the model predicts otherwise"),
    ("×", "all labels rejected"),
    ("+", "and more labels"),
    (SETTLED, "all decided"),
];

/// The rows that explain the letters of the labels and the signs that are used.
fn legend(scheme: &LabelScheme, used: LabelSet, signs: &BTreeSet<&str>, theme: &Theme, width: u16) -> Vec<Buffer> {
    let styles = theme.labels(scheme);
    let style = |label: usize| styles.get(label).copied().unwrap_or_default();
    let named = scheme.labels.iter().enumerate().filter(|(label, _)| used.contains(*label));
    let letters = named
        .map(|(at, label)| (super::key_sign(label.key), label.name.as_str(), style(at).add_modifier(Modifier::BOLD), style(at)));
    let forms = [
        (WordState::Predicted, "predicted"),
        (WordState::Accepted, "accepted"),
        (WordState::Corrected, "corrected"),
        (WordState::Imported, "imported"),
    ];
    let forms = forms.map(|(state, meaning)| (bar(state), meaning));
    let forms = forms.into_iter().chain(SIGNS).filter(|(sign, _)| signs.contains(sign));
    let forms = forms.map(|(sign, meaning)| (sign.to_owned(), meaning, theme.strong(), theme.quiet()));
    let mut rows = flow(letters, width);
    rows.extend(flow(forms, width));
    rows
}

/// Signs with their meanings, as many in a row as fit.
fn flow<'a>(entries: impl Iterator<Item = (String, &'a str, Style, Style)>, width: u16) -> Vec<Buffer> {
    let mut rows: Vec<Buffer> = Vec::new();
    let mut reached = 0;
    for (sign, meaning, of_sign, of_meaning) in entries {
        let meaning = super::paint::clean(meaning);
        let needed = columns(&sign) + 1 + columns(&meaning);
        if rows.is_empty() || reached + needed > inside(width).width {
            rows.push(row(width));
            reached = 0;
        }
        if let Some(last) = rows.last_mut() {
            Pen::new(last, inside(width), 0).skip(reached).put(&sign, of_sign).skip(1).put(&meaning, of_meaning);
        }
        reached += needed + 3;
    }
    rows
}

#[cfg(test)]
mod tests;
