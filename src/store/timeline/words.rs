//! What a step did, in words.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::domain::{Disposition, EditId, Scope};
use crate::store::payload::{CommentPayload, EditPayload, ImportPayload, Payload, SchemePayload};

/// So many characters of the words that a step concerns are told.
const QUOTED: usize = 40;

/// What a step did; `text` is that of its document. Undos and redos are told by what they undid and redid.
pub(super) fn what(payload: &Payload, text: &str) -> String {
    match payload {
        Payload::Edit(edit) => decided(edit, text),
        Payload::Review { state } => said(state.disposition()).to_owned(),
        Payload::Comment(comment) => written(comment, text),
        Payload::Import(import) => imported(import),
        Payload::Version(version) => format!("version {} was trained and kept aside: {}", version.id, version.reason),
        Payload::Activate { version, rollback: true } => format!("rolled back to {}", version_name(*version)),
        Payload::Activate { version, .. } => format!("{} came into use", version_name(*version)),
        Payload::Scheme(SchemePayload { change: Some(change), .. }) => format!("of the labels, {change}"),
        Payload::Scheme(SchemePayload { undoes: Some(_), .. }) => "the last change of the labels was taken back".to_owned(),
        Payload::Scheme(SchemePayload { scheme, .. }) => {
            format!("the labels of '{}' were taken: {} labels", scheme.name, scheme.len())
        }
        Payload::Document(_) | Payload::Undo(_) | Payload::Redo(_) | Payload::Jump { .. } => payload.kind().to_owned(),
    }
}

/// How a version is called.
pub fn version_name(version: u64) -> String {
    if version == 0 { "the original model".to_owned() } else { format!("version {version}") }
}

fn said(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Open => "the note is open again",
        Disposition::Done => "the note is done",
        Disposition::Skipped => "the note is skipped",
        Disposition::Discuss => "the note needs to be discussed",
    }
}

fn count(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn decided(edit: &EditPayload, text: &str) -> String {
    let words: BTreeSet<(u32, u32)> = edit.groups.iter().flat_map(|group| &group.words).map(|row| (row.0, row.1)).collect();
    let is = |scope: Scope| edit.groups.iter().any(|group| group.scope == Some(scope));
    let place = place(&words, text);
    let mut sentence = if is(Scope::Document) {
        format!("accepted the rest of the note: {}", count(words.len(), "word"))
    } else if is(Scope::Selection) || is(Scope::Word) {
        format!("accepted {place} as shown")
    } else if edit.groups.iter().all(|group| group.scope.is_none()) {
        format!("took back what was decided on {place}")
    } else {
        let labels = labels(edit);
        let alike = if is(Scope::Matches) { " that read alike" } else { "" };
        format!("{place}{alike}: {labels}")
    };
    if !edit.edits.is_empty() {
        sentence = format!("{sentence}, and so in {} other notes", edit.edits.len());
    }
    if let Some(state) = edit.review {
        sentence = format!("{sentence}; {}", said(state.disposition()));
    }
    sentence
}

/// The labels that an edit has set, and those that it has taken, by name.
fn labels(edit: &EditPayload) -> String {
    let (mut set, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for (_, column, after) in edit.cells(EditId(0)) {
        match after {
            Some(decided) if decided.present => set.insert(column),
            Some(_) => taken.insert(column),
            None => false,
        };
    }
    let name = |column: &usize| edit.labels.get(*column).map_or("", String::as_str);
    let names = set.iter().map(|column| name(column).to_owned());
    names.chain(taken.iter().map(|column| format!("not {}", name(column)))).collect::<Vec<_>>().join(", ")
}

/// The words that a step concerns: as they read where they are few, else how many.
fn place(words: &BTreeSet<(u32, u32)>, text: &str) -> String {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return "nothing".to_owned() };
    let whole = quote(text, first.0 as usize..last.1 as usize);
    match whole {
        Some(whole) if whole.chars().count() <= QUOTED => format!("'{whole}'"),
        _ if words.len() == 1 => "one word".to_owned(),
        _ => {
            let first = quote(text, first.0 as usize..first.1 as usize).unwrap_or_default();
            format!("{} from '{}'", count(words.len(), "word"), first.chars().take(QUOTED).collect::<String>())
        }
    }
}

/// A piece of the text on one line.
fn quote(text: &str, bytes: Range<usize>) -> Option<String> {
    // What is beyond will not be shown.
    let piece = text.get(bytes)?;
    let mut cut = piece.chars().take(QUOTED * 4).collect::<String>();
    if cut.len() < piece.len() {
        cut.push('…');
    }
    Some(cut.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn written(comment: &CommentPayload, text: &str) -> String {
    let place = match comment.at {
        None => "the note".to_owned(),
        Some((first, last)) => match quote(text, first..last) {
            Some(words) if words.chars().count() <= QUOTED => format!("'{words}'"),
            Some(words) => format!("'{}…'", words.chars().take(QUOTED).collect::<String>()),
            None => "some words".to_owned(),
        },
    };
    match comment.text.as_deref() {
        None => format!("took away what was written on {place}"),
        Some("") => format!("marked {place}"),
        Some(text) => format!("wrote on {place}: {}", text.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

fn imported(import: &ImportPayload) -> String {
    let spans = count(import.spans.len(), "span");
    let labels = count(import.labels.len(), "label");
    format!("imported {spans} of {labels}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Annotations, Document, LabelScheme, Predictions, Shown, Span};
    use crate::store::protocol::ReviewState;
    use crate::tokenization::segment::segment;

    #[test]
    fn a_step_is_told_as_people_say_it() {
        let text = "Severe chest\n pain, then dizziness.";
        let (words, scheme) = (segment(text), LabelScheme::from_names("s", &["symptom", "severity"]).unwrap());
        let predictions = Predictions::new(1, 2, vec![0.25; words.len() * 2]);
        let shown = Shown { predictions: Some(&predictions), thresholds: &[0.5; 2] };
        let (id, mut annotations) = (EditId(1), Annotations::default());
        let check = |edit: &crate::domain::Edit, expected: &str| {
            assert_eq!(what(&Payload::Edit(EditPayload::new(edit, &words, &scheme).unwrap()), text), expected);
        };
        check(&annotations.toggle(id, [1, 2], 0, &shown), "'chest pain': symptom");
        check(
            &annotations.set(id, [0, 5], 1, true, Scope::Matches, &shown),
            "'Severe chest pain, then dizziness' that read alike: severity",
        );
        check(&annotations.accept(id, [0], Scope::Word, &shown), "accepted 'Severe' as shown");
        check(&annotations.accept(id, 0..6, Scope::Document, &shown), "accepted the rest of the note: 6 words");
        let done = crate::domain::Edit {
            disposition: annotations.dispose(id, Disposition::Done).disposition,
            ..annotations.accept(id, [0], Scope::Document, &shown)
        };
        check(&done, "accepted the rest of the note: 1 word; the note is done");
        annotations.apply(&annotations.toggle(id, [2], 0, &shown));
        check(&annotations.toggle(id, [2], 0, &shown), "'pain': not symptom");
        check(&annotations.clear(id, [2]), "took back what was decided on 'pain'");
    }

    #[test]
    fn long_places_and_the_rest_are_told_in_few_words() {
        let text = "word ".repeat(30);
        let (words, scheme) = (segment(&text), LabelScheme::from_names("s", &["symptom"]).unwrap());
        let shown = Shown { predictions: None, thresholds: &[0.5] };
        let edit = Annotations::default().toggle(EditId(1), 0..30, 0, &shown);
        let edit = Payload::Edit(EditPayload::new(&edit, &words, &scheme).unwrap());
        assert_eq!(what(&edit, &text), "30 words from 'word': symptom");
        let comment = |at, text: Option<&str>| Payload::Comment(CommentPayload { at, text: text.map(str::to_owned) });
        assert_eq!(what(&comment(None, Some("ask\nher")), &text), "wrote on the note: ask her");
        assert_eq!(what(&comment(Some((0, 4)), Some("")), &text), "marked 'word'");
        assert_eq!(what(&comment(Some((0, 4)), None), &text), "took away what was written on 'word'");
        assert_eq!(what(&comment(Some((0, 900)), None), &text), "took away what was written on some words");
        let import =
            ImportPayload::new(&Document::new("a", text.as_str()), &[Span { start: 0, end: 4, label: "x".into() }], None, true);
        assert_eq!(what(&Payload::Import(import), &text), "imported 1 span of 1 label");
        assert_eq!(what(&Payload::Review { state: ReviewState::Discuss }, &text), "the note needs to be discussed");
        assert_eq!(what(&Payload::Activate { version: 0, rollback: true }, &text), "rolled back to the original model");
        assert_eq!(what(&Payload::Activate { version: 2, rollback: false }, &text), "version 2 came into use");
    }
}
