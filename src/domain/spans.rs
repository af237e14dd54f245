//! Runs of neighbouring words that share a label: what an export writes as one span, and what a reader takes for one
//! thing. Punctuation between two words is passed over; a line break ends a run, and so does what ends a sentence.

use std::ops::RangeInclusive;

use super::label::LabelSet;
use super::word::Words;

/// Whether a line ends in what stands between two words.
pub fn breaks_line(between: &str) -> bool {
    between.contains(['\n', '\r', '\u{2028}', '\u{2029}'])
}

/// Whether the punctuation at `index` ends a sentence, and with it a run: `!`, `?`, `;`, or a full stop with a capital
/// letter after the space.
pub fn ends_sentence(text: &str, words: &Words, index: usize) -> bool {
    let slice = words[index].slice(text);
    if slice.contains(['!', '?', ';', '。', '！', '？', '；']) {
        return true;
    }
    let next = words.get(index + 1).filter(|next| next.start > words[index].end);
    slice.ends_with(['.', '…']) && next.is_some_and(|next| next.slice(text).starts_with(char::is_uppercase))
}

/// A document's words with the labels that each of them carries.
#[derive(Clone, Copy)]
pub struct Labelled<'a, F> {
    /// The text.
    pub text: &'a str,
    /// Its words.
    pub words: &'a Words,
    /// The labels of a word.
    pub labels: F,
}

impl<F: Fn(usize) -> LabelSet> Labelled<'_, F> {
    /// The alphanumeric word that a run could have taken in before `word`.
    fn before(&self, word: usize) -> Option<usize> {
        let before = (0..word).rev().find(|&other| self.words[other].alphanumeric)?;
        self.joined(before, word).then_some(before)
    }

    /// The alphanumeric word that a run could go on with behind `word`.
    fn after(&self, word: usize) -> Option<usize> {
        let after = (word + 1..self.words.len()).find(|&other| self.words[other].alphanumeric)?;
        self.joined(word, after).then_some(after)
    }

    fn joined(&self, first: usize, second: usize) -> bool {
        !breaks_line(&self.text[self.words[first].end..self.words[second].start])
            && !(first + 1..second).any(|between| ends_sentence(self.text, self.words, between))
    }

    /// The labels whose runs begin at this alphanumeric word.
    pub fn begins(&self, word: usize) -> LabelSet {
        let own = (self.labels)(word);
        if own.is_empty() {
            return own;
        }
        let before = self.before(word).map(&self.labels).unwrap_or_default();
        own.iter().filter(|&label| !before.contains(label)).collect()
    }

    /// The runs of a label, in order.
    pub fn runs(&self, label: usize) -> Vec<RangeInclusive<usize>> {
        let carries = |&word: &usize| self.words[word].alphanumeric && (self.labels)(word).contains(label);
        let mut runs: Vec<RangeInclusive<usize>> = Vec::new();
        for word in (0..self.words.len()).filter(carries) {
            match runs.last_mut().filter(|run| self.before(word) == Some(*run.end())) {
                Some(run) => *run = *run.start()..=word,
                None => runs.push(word..=word),
            }
        }
        runs
    }

    /// The longest run that holds all of `selection`; `None` where its words share no label.
    pub fn phrase(&self, selection: RangeInclusive<usize>) -> Option<RangeInclusive<usize>> {
        let mut words = selection.clone().filter(|&word| self.words[word].alphanumeric);
        let first = (self.labels)(words.next()?);
        let shared = words.fold(first, |shared, word| {
            let own = (self.labels)(word);
            shared.iter().filter(|&label| own.contains(label)).collect()
        });
        let runs = shared.iter().map(|label| self.run(selection.clone(), label));
        runs.reduce(|longest, run| if run.clone().count() > longest.clone().count() { run } else { longest })
    }

    fn run(&self, selection: RangeInclusive<usize>, label: usize) -> RangeInclusive<usize> {
        let carries = |word: &usize| (self.labels)(*word).contains(label);
        let (mut first, mut last) = selection.into_inner();
        while let Some(before) = self.before(first).filter(carries) {
            first = before;
        }
        while let Some(after) = self.after(last).filter(carries) {
            last = after;
        }
        first..=last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::notation;
    use crate::tokenization::segment::segment;

    #[test]
    fn runs_begin_where_a_label_does_and_end_with_the_line() {
        let check = |notation: &str, begins: &[&str], at: &str, phrase: Option<&str>| {
            let (text, spans) = notation::parse(notation);
            let words = segment(&text);
            let of = |word: usize| {
                let over = |span: &&crate::domain::Span| span.start < words[word].end && words[word].start < span.end;
                spans.iter().filter(over).map(|span| usize::from(span.label == "B")).collect()
            };
            let labelled = Labelled { text: &text, words: &words, labels: of };
            let alphanumeric = || (0..words.len()).filter(|&word| words[word].alphanumeric);
            let found: Vec<&str> =
                alphanumeric().filter(|&word| !labelled.begins(word).is_empty()).map(|word| words[word].slice(&text)).collect();
            assert_eq!(found, begins, "{notation}");
            let at = alphanumeric().find(|&word| words[word].slice(&text) == at).unwrap();
            let found = labelled.phrase(at..=at).map(|run| &text[words[*run.start()].start..words[*run.end()].end]);
            assert_eq!(found, phrase, "{at} in {notation}");
        };
        check("[a, b](A) c [d](B)", &["a", "d"], "b", Some("a, b"));
        check("[a](A) [b](A,B) [c](B) d", &["a", "b"], "b", Some("a b"));
        check("[a](A) [b](A,B) [c d](B)", &["a", "b"], "b", Some("b c d"));
        check("[a\nb](A) c", &["a", "b"], "a", Some("a"));
        check("a [b](A)", &["b"], "a", None);
        check("[a. B, c](A) d", &["a", "B"], "c", Some("B, c"));
    }
}
