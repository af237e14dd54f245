//! What is said of a note and its places: whole sentences, no colour, one thing a line.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::active_learning::{UNCERTAIN, cell_uncertainty};
use crate::domain::{Annotations, Cell, Decision, LabelScheme, Shown, WordState, Words, visible};

/// `text` in one line, with what a terminal would obey made visible.
pub(super) fn line(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The sentence that byte `at` of a note stands in; a line break ends one too.
pub(super) fn sentence(text: &str, at: usize) -> Range<usize> {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let end = text.get(at..).and_then(|after| after.find('\n')).map_or(text.len(), |end| at + end);
    let line = text.get(start..end).unwrap_or_default();
    let sentences = line.split_sentence_bound_indices().map(|(from, part)| start + from..start + from + part.len());
    sentences.filter(|part| part.contains(&at)).last().unwrap_or(start..end)
}

/// What is known of the labels of a place: those that it shows with how probable they are, what was decided, and what the
/// model is unsure of.
pub(super) fn labels(
    place: &Range<usize>,
    words: &Words,
    annotations: &Annotations,
    shown: &Shown<'_>,
    scheme: &LabelScheme,
) -> String {
    let own: Vec<usize> = place.clone().filter(|&word| words[word].alphanumeric).collect();
    let Some(&first) = own.first() else { return "no label".to_owned() };
    let set = annotations.shown(first, shown.labels(), shown.predicted(first));
    let decided = |label: usize| own.iter().all(|&word| annotations.decision(Cell::new(word, label)) != Decision::Unknown);
    // Of several words the one that is least sure.
    let probability = |label: usize| {
        let all = own.iter().filter_map(|&word| shown.probability(word, label));
        let threshold = shown.thresholds.get(label).copied().unwrap_or(0.5);
        all.max_by(|&a, &b| cell_uncertainty(a, threshold).total_cmp(&cell_uncertainty(b, threshold)))
    };
    let unsure = |label: usize| {
        let threshold = shown.thresholds.get(label).copied().unwrap_or(0.5);
        !decided(label) && probability(label).is_some_and(|p| cell_uncertainty(p, threshold) >= UNCERTAIN)
    };
    let percent = |label: usize| probability(label).map_or_else(String::new, |p| format!(" {:.0} percent", p * 100.0));
    let name = |label: usize| scheme.labels.get(label).map_or("?", |label| label.name.as_str());
    let told = |label: usize| match (decided(label), unsure(label)) {
        (true, _) => format!("{}, decided", name(label)),
        (false, true) => format!("{}{}, unsure", name(label), percent(label)),
        (false, false) => format!("{}{}", name(label), percent(label)),
    };
    let mut parts: Vec<String> = set.iter().map(told).collect();
    if parts.is_empty() {
        parts.push("no label".to_owned());
    }
    let perhaps = (0..scheme.len()).filter(|&label| !set.contains(label) && unsure(label));
    parts.extend(perhaps.map(|label| format!("perhaps {}{}", name(label), percent(label))));
    match annotations.word_state(first, shown.predicted(first)) {
        WordState::Undecided | WordState::Predicted => {}
        WordState::Accepted => parts.push("accepted".to_owned()),
        WordState::Corrected => parts.push("corrected".to_owned()),
        WordState::Imported => parts.push("imported".to_owned()),
    }
    line(&parts.join("; "))
}

/// The answers, and the labels with their numbers and letters.
pub(super) fn help(scheme: &LabelScheme) -> String {
    let mut out = "\
Enter: right as it is said, go on.
A label: puts it on, or takes it off. Type its number, its name or the beginning of its name; several with commas between
them. Its letter does too, with a space before it where the letter is also one of these:
n: next note. b: back. u: undo the last decision in this note. s: say the sentence again. d: this note is done, next note.
q: quit. ?: this help.
Every decision is saved at once.
"
    .to_owned();
    for (at, label) in scheme.labels.iter().enumerate() {
        let about = if label.description.is_empty() { String::new() } else { format!(": {}", label.description) };
        out.push_str(&line(&format!("{}. {}, letter {}{about}", at + 1, label.name, label.key)));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_at_its_stop_or_at_the_line() {
        let text = "Chest pain. No fever today.\nPlan: aspirin";
        for (word, expected) in [("pain", "Chest pain."), ("fever", "No fever today."), ("aspirin", "Plan: aspirin")] {
            let found = sentence(text, text.find(word).unwrap());
            assert_eq!(line(&text[found]), expected);
        }
        assert_eq!(line("a\u{1b}[2J\n\tb\u{202e}"), "a␛[2J b‹U+202E›");
    }
}
