//! Windows: how a document of any length is cut for an encoder of limited length.

use std::ops::Range;

use super::align::Alignment;
use crate::domain::Words;

/// How long windows are and how far they overlap, in subwords without special tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WindowOptions {
    /// At most this many subwords a window; the encoder's `max_position_embeddings` less two at the most.
    pub length: usize,
    /// How many subwords neighbouring windows share, half a window at the most; fewer where a word doesn't divide so.
    pub overlap: usize,
}

/// The part of a word that takes its vector from one window. All but absurdly long words have one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Index of the word.
    pub word: usize,
    /// First subword, counted in the document.
    pub start: usize,
    /// One past the last subword.
    pub end: usize,
}

/// The windows of one document and which pieces take their vectors from which of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowPlan {
    /// Subwords of each window, as ranges of the alignment's ids.
    pub windows: Vec<Range<usize>>,
    /// For each window the pieces it gives vectors to, in order. Every word has its pieces in exactly one place.
    pub pieces: Vec<Vec<Piece>>,
}

impl WindowPlan {
    /// Plans the windows of a document.
    ///
    /// A window ends at a line end where one lies in its last quarter, else at the end of a sentence, else where it
    /// is full. A piece takes its vector from the window in which it stands furthest from an edge that cuts text off.
    pub fn new(text: &str, words: &Words, alignment: &Alignment, options: WindowOptions) -> Self {
        let length = options.length.max(1);
        let overlap = options.overlap.min(length / 2);
        let pieces = pieces(alignment, length);
        let windows = windows(text, words, &pieces, length, overlap);
        let mut plan = Self { pieces: vec![Vec::new(); windows.len()], windows: Vec::with_capacity(windows.len()) };
        let total = alignment.ids.len();
        let subwords = |window: &Range<usize>| pieces[window.start].start..pieces[window.end - 1].end;
        plan.windows.extend(windows.iter().map(subwords));
        let margin = |window: &Range<usize>, piece: &Piece| {
            let left = if window.start == 0 { usize::MAX } else { piece.start - window.start };
            let right = if window.end == total { usize::MAX } else { window.end - piece.end };
            left.min(right)
        };
        let mut first = 0;
        for (index, piece) in pieces.iter().enumerate() {
            while windows[first].end <= index {
                first += 1;
            }
            let holding = (first..windows.len()).take_while(|&window| windows[window].start <= index);
            let best = holding.filter(|&window| windows[window].contains(&index)).max_by_key(|&window| {
                // The earlier of two equally good windows, so that the choice does not depend on the iteration's order.
                (margin(&plan.windows[window], piece), usize::MAX - window)
            });
            plan.pieces[best.unwrap_or(first)].push(*piece);
        }
        plan
    }
}

/// Words, cut where one is longer than a whole window.
fn pieces(alignment: &Alignment, length: usize) -> Vec<Piece> {
    let cut = |word: usize| {
        let subwords = alignment.subwords(word);
        let end = subwords.end;
        subwords.step_by(length).map(move |start| Piece { word, start, end: end.min(start + length) })
    };
    (0..alignment.words()).flat_map(cut).collect()
}

/// The windows, as ranges of pieces.
fn windows(text: &str, words: &Words, pieces: &[Piece], length: usize, overlap: usize) -> Vec<Range<usize>> {
    let mut windows = Vec::new();
    let mut start = 0;
    while start < pieces.len() {
        let limit = pieces[start].start + length;
        let full = start + pieces[start..].partition_point(|piece| piece.end <= limit);
        if full == pieces.len() {
            windows.push(start..full);
            break;
        }
        let earliest = pieces[start].start + length - length / 4;
        let candidates = (start + 1..=full).rev().take_while(|&cut| pieces[cut - 1].end >= earliest);
        let end = candidates.max_by_key(|&cut| (strength(text, words, pieces, cut), cut)).unwrap_or(full);
        windows.push(start..end);
        // Step back for the overlap, but not so far that the next window would end where this one does.
        let back = pieces[end - 1].end.saturating_sub(overlap).max(pieces[end].end.saturating_sub(length));
        start += pieces[start..end].partition_point(|piece| piece.start < back).max(1);
    }
    windows
}

/// How good a place before piece `cut` is for a window to end: 2 at a line end, 1 behind a full stop, 0 elsewhere.
fn strength(text: &str, words: &Words, pieces: &[Piece], cut: usize) -> u8 {
    let (before, after) = (pieces[cut - 1].word, pieces[cut].word);
    if before == after {
        return 0;
    }
    let previous = words[before];
    if text[previous.end..words[after].start].contains('\n') {
        return 2;
    }
    u8::from(matches!(previous.slice(text), "." | "!" | "?" | "。" | "！" | "？"))
}
