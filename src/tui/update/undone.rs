//! What an edit did, in the few words in which its undoing is told.

use std::collections::BTreeSet;

use crate::domain::{Edit, LabelScheme, Scope, Words, visible};

/// So many words are read out, and so many characters of them.
const READ_OUT: (usize, usize) = (4, 30);
/// So many labels are named.
const NAMED: usize = 3;

/// `'chest pain': symptom, not drug`, `12 words, as shown`, `a comment on 'pain'`; nothing where it only says something of the
/// note.
pub(super) fn what(edit: &Edit, text: &str, words: &Words, scheme: &LabelScheme) -> Option<String> {
    let touched: BTreeSet<usize> = edit.changes.iter().map(|change| change.cell.word as usize).collect();
    if touched.is_empty() {
        let comment = edit.comments.first()?;
        let place = comment.anchor.range().map_or("the note".to_owned(), |range| place(&range.collect(), text, words));
        return Some(format!("a comment on {place}"));
    }
    let is = |scope: &[Scope]| edit.changes.iter().any(|change| change.after.is_some_and(|after| scope.contains(&after.scope)));
    let place = place(&touched, text, words);
    if is(&[Scope::Word, Scope::Selection, Scope::Document]) {
        return Some(format!("{place}, as shown"));
    }
    let mut named = BTreeSet::new();
    for change in &edit.changes {
        let name = scheme.labels.get(usize::from(change.cell.label)).map_or("", |label| &*label.name);
        // What was set comes before what was taken.
        match change.after {
            Some(after) if after.present => named.insert((0, visible(name))),
            Some(_) => named.insert((1, visible(name))),
            None => false,
        };
    }
    if named.is_empty() {
        return Some(format!("decisions on {place}"));
    }
    let more = if named.len() > NAMED { ", …" } else { "" };
    let told = named.iter().take(NAMED).map(|(taken, name)| if *taken == 0 { name.to_string() } else { format!("not {name}") });
    Some(format!("{place}: {}{more}", told.collect::<Vec<_>>().join(", ")))
}

/// The words as they read, where they are few; else how many.
fn place(touched: &BTreeSet<usize>, text: &str, words: &Words) -> String {
    let whole = touched.first().zip(touched.last()).and_then(|(&first, &last)| {
        let piece = text.get(words.get(first)?.start..words.get(last)?.end)?;
        let all = (first..=last).all(|word| touched.contains(&word) || !words[word].alphanumeric);
        let few = all && touched.len() <= READ_OUT.0 && piece.chars().count() <= READ_OUT.1;
        few.then(|| piece.split_whitespace().collect::<Vec<_>>().join(" "))
    });
    match whole {
        Some(whole) => format!("'{}'", visible(&whole)),
        None if touched.len() == 1 => "a word".to_owned(),
        None => format!("{} words", touched.len()),
    }
}
