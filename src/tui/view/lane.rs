//! The lanes beneath a line of text: the key letters of every label of every word, and a bar whose form tells what
//! its decisions amount to. Nothing in them depends on colour.
//!
//! ```text
//! severe abdominal pain on exertion, no fever
//! sv┄┄┄┄┄sa┄┄┄┄┄┄┄┄s┄┄┄             n━┄s══?
//! ```

use std::collections::BTreeMap;
use std::ops::Range;

use super::look::{Look, look};
use crate::domain::{Anchor, LabelSet, WordState};
use crate::tui::state::{OpenDocument, Reading};

/// A line has at most so many rows of letters; what does not fit is shown as `+`.
const MOST_LANES: usize = 4;

/// Words further apart than this (the columns of a table) are not joined by a bar, whatever they share.
const WIDEST_GAP: u16 = 3;

/// One word's part of a line, as far as it says something.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    /// The word.
    pub(super) word: usize,
    /// The columns it covers on this line.
    pub(super) columns: Range<u16>,
    /// What there is to say of it.
    pub(super) look: Look,
    /// The sign of a comment or mark that begins on the word.
    pub(super) comment: Option<Sign>,
}

/// What one cell of a lane shows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LaneCell {
    /// Row beneath the text, from 0.
    pub(super) row: u16,
    /// Column, from 0.
    pub(super) column: u16,
    /// What to draw, one column wide.
    pub(super) sign: Sign,
    /// Whether the decision behind it is not durable yet.
    pub(super) pending: bool,
}

/// What a lane's cell stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sign {
    /// The key letter of a label.
    Letter(usize),
    /// The bar of a word, or between two words that share this label.
    Bar(usize, WordState),
    /// The model is unsure.
    Unsure,
    /// The model predicts something else than what is decided.
    Disagrees,
    /// The model's labels were rejected, and none was given.
    Rejected,
    /// There are more labels than fit.
    More,
    /// A comment begins on the word.
    Comment,
    /// The word is marked.
    Place,
}

/// The character of a bar.
pub(super) fn bar(state: WordState) -> &'static str {
    match state {
        WordState::Undecided | WordState::Predicted => "┄",
        WordState::Accepted => "━",
        WordState::Corrected => "═",
        WordState::Imported => "─",
    }
}

/// What there is to say of the words on a line. Words without an alphanumeric character have no part: they show what
/// the words around them share.
pub(super) fn marks(open: &OpenDocument, line: usize) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for glyph in open.layout.glyphs(&open.document.text, &open.words, line) {
        let Some(word) = glyph.word.filter(|&word| open.words[word].alphanumeric) else { continue };
        let end = glyph.column + glyph.width;
        match marks.last_mut().filter(|mark| mark.word == word) {
            Some(mark) => mark.columns.end = end,
            None => marks.push(Mark { word, columns: glyph.column..end, look: look(open, word), comment: comment(open, word) }),
        }
    }
    marks
}

/// The sign of the comments and marks that begin on a word.
fn comment(open: &OpenDocument, word: usize) -> Option<Sign> {
    let begins = |anchor: &Anchor| anchor.range().is_some_and(|words| words.start == word);
    let here = open.annotations.comments_on(word).filter(|(anchor, _)| begins(anchor));
    here.map(|(_, comment)| if comment.is_mark() { Sign::Place } else { Sign::Comment }).reduce(|sign, _| sign)
}

/// Neighbouring words with the same labels in the same state: one bar.
struct Run<'a> {
    marks: &'a [Mark],
    columns: Range<u16>,
}

impl Run<'_> {
    fn labels(&self) -> LabelSet {
        self.marks.first().map(|mark| mark.look.labels).unwrap_or_default()
    }

    /// How many lanes it needs: those of its letters, and one for comments.
    fn lanes(&self) -> usize {
        self.letters() + usize::from(self.marks.iter().any(|mark| mark.comment.is_some()))
    }

    /// How many lanes its letters need, or its sign.
    fn letters(&self) -> usize {
        match self.labels().len() {
            0 => usize::from(self.marks.iter().any(|mark| signs(&mark.look).next().is_some())),
            letters => letters.div_ceil(self.columns.len().max(1)).min(MOST_LANES),
        }
    }
}

/// The signs of a word beside its letters, in order.
fn signs(look: &Look) -> impl Iterator<Item = Sign> {
    let rejected = (look.labels.is_empty() && look.state == WordState::Corrected).then_some(Sign::Rejected);
    let disagrees = look.disagrees.then_some(Sign::Disagrees);
    rejected.into_iter().chain(disagrees).chain(look.unsure.then_some(Sign::Unsure))
}

fn runs(marks: &[Mark]) -> impl Iterator<Item = Run<'_>> {
    let same = |a: &Mark, b: &Mark| {
        (a.look.labels, a.look.state) == (b.look.labels, b.look.state) && (a.look.labels.is_empty() || !shared(a, b).is_empty())
    };
    marks.chunk_by(same).filter_map(|marks| {
        let columns = marks.first()?.columns.start..marks.last()?.columns.end;
        Some(Run { marks, columns })
    })
}

/// How many lanes the marks of a line need; 0 for a line without any label.
pub(super) fn lanes(marks: &[Mark]) -> usize {
    runs(marks).map(|run| run.lanes()).max().unwrap_or(0)
}

/// The rows of the screen that a line of the document's layout takes: one for the text and one a lane. `update` and
/// the view both give it to [`crate::tui::layout::window`].
pub fn rows(open: &OpenDocument, line: usize) -> usize {
    if open.reading == Reading::Tags { 1 } else { height(open, &marks(open, line)) }
}

/// The same of a line whose marks are known.
pub(super) fn height(open: &OpenDocument, marks: &[Mark]) -> usize {
    if open.reading == Reading::Tags { 1 } else { 1 + lanes(marks) }
}

/// The labels that join two neighbouring words.
fn shared(left: &Mark, right: &Mark) -> LabelSet {
    let near = right.columns.start.saturating_sub(left.columns.end) <= WIDEST_GAP;
    if near { left.look.labels.intersection(right.look.labels) } else { LabelSet::EMPTY }
}

/// The cells of a line's lanes, by row, then column. `strongest` gives the label whose colour a word's bar has.
pub(super) fn cells(marks: &[Mark], strongest: impl Fn(&Mark) -> Option<usize>) -> Vec<LaneCell> {
    let mut cells: BTreeMap<(u16, u16), (Sign, bool)> = BTreeMap::new();
    let runs: Vec<Run<'_>> = runs(marks).collect();
    for (index, run) in runs.iter().enumerate() {
        let next = runs.get(index + 1).and_then(|run| run.marks.first());
        let labels = run.labels();
        let first = run.columns.start;
        let width = run.columns.len().max(1);
        let places = width * MOST_LANES;
        // Bars first: letters and signs stand over them.
        for (at, mark) in run.marks.iter().enumerate() {
            let Some(color) = strongest(mark) else {
                let places = mark.columns.clone().zip(signs(&mark.look));
                cells.extend(places.map(|(column, sign)| ((0, column), (sign, mark.look.pending))));
                continue;
            };
            let mut bar = |columns: Range<u16>, label| {
                cells.extend(columns.map(|column| ((0, column), (Sign::Bar(label, mark.look.state), mark.look.pending))));
            };
            bar(mark.columns.clone(), color);
            if let Some(next) = run.marks.get(at + 1).or(next) {
                let shared = shared(mark, next);
                let label = if shared.contains(color) { Some(color) } else { shared.iter().next() };
                label.into_iter().for_each(|label| bar(mark.columns.end..next.columns.start, label));
            }
        }
        let pending = run.marks.iter().any(|mark| mark.look.pending);
        for (at, label) in labels.iter().enumerate().take(places) {
            let more = at + 1 == places && labels.len() > places;
            let place = ((at / width) as u16, first + (at % width) as u16);
            cells.insert(place, (if more { Sign::More } else { Sign::Letter(label) }, pending));
        }
        let below = run.letters() as u16;
        for (mark, sign) in run.marks.iter().filter_map(|mark| Some((mark, mark.comment?))) {
            cells.insert((below, mark.columns.start), (sign, false));
        }
        // Signs stand at the end of their word, or behind it where letters fill the word.
        let letters_end = first + labels.len().min(width) as u16;
        for mark in run.marks.iter().filter(|_| !labels.is_empty()) {
            let signs: Vec<Sign> = signs(&mark.look).collect();
            let behind = next.is_none_or(|next| next.columns.start > mark.columns.end);
            let free = |column: &u16| *column >= letters_end.max(mark.columns.start) && (*column < run.columns.end || behind);
            let from = mark.columns.end.saturating_sub(signs.len() as u16);
            let places = (from..=mark.columns.end).filter(free);
            cells.extend(places.zip(signs).map(|(column, sign)| ((0, column), (sign, mark.look.pending))));
        }
    }
    cells.into_iter().map(|((row, column), (sign, pending))| LaneCell { row, column, sign, pending }).collect()
}
