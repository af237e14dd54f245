//! What was written and decided on a word, by whom and when: what stands, then what does not any more. There may be thousands of
//! lines; only those that are drawn are put into words.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::comments::{COMMENT, MARK};
use super::inspector::moment;
use crate::domain::{Anchor, EditId, Fate, Scope, Trace};
use crate::tui::state::{OpenDocument, State};

/// A line of it.
pub(super) enum Told {
    /// A comment or mark: its sign, and what it says.
    Written(&'static str, String),
    /// An edit.
    Decided {
        /// The keys of the labels that it decided.
        letters: String,
        /// Which edit.
        edit: EditId,
        /// How it decided.
        how: &'static str,
        /// What became of it, behind that.
        fate: &'static str,
    },
}

impl Told {
    /// What stands before the sentence.
    pub(super) fn letters(&self) -> &str {
        match self {
            Self::Written(sign, _) => sign,
            Self::Decided { letters, .. } => letters,
        }
    }

    /// Who did it, when, and how.
    pub(super) fn sentence(&self, open: &OpenDocument) -> Cow<'_, str> {
        match self {
            Self::Written(_, sentence) => Cow::Borrowed(sentence),
            Self::Decided { edit, how, fate, .. } => Cow::Owned(match open.annotations.stamp(*edit) {
                Some(stamp) => format!("{} {} {how}{fate}", stamp.annotator, moment(stamp.at)),
                None => format!("{how}, being saved{fate}"),
            }),
        }
    }
}

/// All lines of a word.
pub(super) fn told(state: &State, open: &OpenDocument, word: usize) -> Vec<Told> {
    let mut lines = written(open, word);
    lines.extend(standing(state, open, word));
    lines.extend(gone(state, open, word));
    lines
}

/// What is written on the word and on the document.
fn written(open: &OpenDocument, word: usize) -> Vec<Told> {
    let whole = open.annotations.comments.get_key_value(&Anchor::Document).map(|(&anchor, comment)| (anchor, comment));
    let said = open.annotations.comments_on(word).chain(whole).map(|(anchor, comment)| {
        let stamp = open.annotations.stamp(comment.edit);
        let who = stamp.map_or_else(|| "being saved".to_owned(), |stamp| format!("{} {}", stamp.annotator, moment(stamp.at)));
        match (comment.is_mark(), anchor) {
            (true, _) => Told::Written(MARK, format!("marked, {who}")),
            (false, Anchor::Words { .. }) => Told::Written(COMMENT, format!("{} ({who})", comment.text)),
            (false, Anchor::Document) => Told::Written(COMMENT, format!("on the note: {} ({who})", comment.text)),
        }
    });
    said.collect()
}

/// The human edits behind the word's decisions, latest first.
fn standing(state: &State, open: &OpenDocument, word: usize) -> Vec<Told> {
    let mut edits: BTreeMap<EditId, (String, Scope)> = BTreeMap::new();
    for (label, decided) in open.annotations.on_word(word) {
        let (letters, _) = edits.entry(decided.edit).or_insert_with(|| (String::new(), decided.scope));
        letters.push_str(&key(state, label));
    }
    let line = |(edit, (letters, scope)): (EditId, (String, Scope))| Told::Decided {
        letters: all_or(state, letters),
        edit,
        how: how(scope),
        fate: "",
    };
    edits.into_iter().rev().map(line).collect()
}

/// What was decided on the word and stands no more, and that something was taken back; latest first.
fn gone(state: &State, open: &OpenDocument, word: usize) -> Vec<Told> {
    let mut lines: Vec<((EditId, &'static str, Fate), String)> = Vec::new();
    for Trace { edit, cell, after, fate } in open.history.of_word(word).into_iter().rev() {
        if after.is_some() && fate == Fate::Stands {
            continue;
        }
        let how = match after {
            None => "took back",
            // What was accepted is so both ways; else it says whether the label was set.
            Some(decided) if !decided.present && matches!(decided.scope, Scope::Single | Scope::Matches) => "not",
            Some(decided) => how(decided.scope),
        };
        let key = key(state, cell.label.into());
        // Traces of one edit stand side by side.
        let mut own = lines.iter_mut().rev().take_while(|((known, ..), _)| *known == edit);
        match own.find(|(known, _)| *known == (edit, how, fate)) {
            Some((_, letters)) => letters.insert_str(0, &key),
            None => lines.push(((edit, how, fate), key)),
        }
    }
    let line = |((edit, how, fate), letters): ((EditId, &'static str, Fate), String)| {
        let fate = match fate {
            Fate::Stands => "",
            Fate::Undone => ", undone",
            Fate::Overruled => ", overruled",
            Fate::TakenBack => ", taken back",
        };
        Told::Decided { letters: all_or(state, letters), edit, how, fate }
    };
    lines.into_iter().map(line).collect()
}

fn key(state: &State, label: usize) -> String {
    super::key_sign(state.scheme.labels.get(label).map_or('?', |label| label.key))
}

/// The letters, or that they are those of all labels.
fn all_or(state: &State, letters: String) -> String {
    let all = state.scheme.len() > 3 && letters.chars().count() == state.scheme.len();
    if all { "all".to_owned() } else { letters }
}

fn how(scope: Scope) -> &'static str {
    match scope {
        Scope::Single => "set",
        Scope::Word => "accepted",
        Scope::Selection => "accepted, selection",
        Scope::Document => "accepted, document",
        Scope::Matches => "set, all matches",
    }
}
