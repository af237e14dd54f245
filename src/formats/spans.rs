//! From spans of text to label sets of words, and back.
//!
//! A label set cannot tell touching or overlapping spans of one label apart, so a round trip may join spans; going
//! round a second time changes nothing more.

use crate::domain::spans::{breaks_line, ends_sentence};
use crate::domain::{LabelScheme, LabelSet, Span, Words};

/// The label set of each word: a word has a label if a span of it overlaps the word. `spans` are in bytes; labels that
/// are not in `scheme` are passed over (see [`unknown_labels`]).
pub fn word_sets(words: &Words, spans: &[Span], scheme: &LabelScheme) -> Vec<LabelSet> {
    let mut sets = vec![LabelSet::EMPTY; words.len()];
    for span in spans {
        if let Some(label) = scheme.meant(&span.label) {
            sets[words.overlapping(span.start..span.end)].iter_mut().for_each(|set| set.insert(label));
        }
    }
    sets
}

/// The names of labels in `spans` that `scheme` does not have, each once, in order of appearance.
pub fn unknown_labels<'a>(spans: impl IntoIterator<Item = &'a Span>, scheme: &LabelScheme) -> Vec<&'a str> {
    let unknown = spans.into_iter().map(|span| span.label.as_str()).filter(|label| scheme.meant(label).is_none());
    let mut seen = std::collections::HashSet::new();
    unknown.filter(|label| seen.insert(*label)).collect()
}

/// The spans (in bytes, sorted) that say what the label sets of the words say: one span a label for each run of
/// neighbouring words that have it.
///
/// Punctuation *between* two words that share a label joins them ("nausea, vomiting" is one span), whether or not it
/// has the label itself. Three things end a run:
/// - a line break, because lists and headings stand on lines of their own;
/// - unlabelled punctuation that ends a sentence: `!`, `?`, `;`, or a full stop with a capital letter after the space;
/// - a word with an alphanumeric character that does not have the label.
///
/// `sets` holds a set a word; labels beyond `scheme` are passed over.
pub fn spans_of(text: &str, words: &Words, sets: &[LabelSet], scheme: &LabelScheme) -> Vec<Span> {
    let used = sets.iter().fold(LabelSet::EMPTY, |used, set| used.union(*set));
    let labels = scheme.names().enumerate().filter(|(label, _)| used.contains(*label));
    let mut spans: Vec<Span> = labels.flat_map(|(label, name)| runs(text, words, sets, label, name)).collect();
    spans.sort();
    spans
}

/// The runs of one label.
fn runs(text: &str, words: &Words, sets: &[LabelSet], label: usize, name: &str) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    // The last word of the run, while it can still go on.
    let mut last: Option<usize> = None;
    for (index, (word, set)) in words.iter().zip(sets).enumerate() {
        let breaks = index > 0 && breaks_line(&text[words[index - 1].end..word.start]);
        if breaks {
            last = None;
        }
        match (set.contains(label), last, spans.last_mut()) {
            (true, Some(_), Some(span)) => span.end = word.end,
            (true, ..) => spans.push(Span { start: word.start, end: word.end, label: name.to_owned() }),
            (false, ..) if word.alphanumeric || ends_sentence(text, words, index) => last = None,
            (false, ..) => {}
        }
        if set.contains(label) {
            last = Some(index);
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::notation;
    use crate::tokenization::segment;

    fn scheme() -> LabelScheme {
        LabelScheme::from_names("s", &["a", "b"]).unwrap()
    }

    /// Reads notation, goes through word sets, and writes the spans as slices.
    #[track_caller]
    fn check(labelled: &str, expected: &[(&str, &str)]) {
        let (text, spans) = notation::parse(labelled);
        let words = segment(&text);
        let sets = word_sets(&words, &spans, &scheme());
        let found = spans_of(&text, &words, &sets, &scheme());
        let found: Vec<(&str, &str)> = found.iter().map(|span| (&text[span.start..span.end], span.label.as_str())).collect();
        assert_eq!(found, expected, "{labelled}");
    }

    #[test]
    fn runs_of_words_become_spans() {
        check("", &[]);
        check("no label", &[]);
        check("[chest](a) pain", &[("chest", "a")]);
        check("[chest](a) [pain](a)", &[("chest pain", "a")]);
        check("[chest](a) [pain](a,b) [now](b)", &[("chest pain", "a"), ("pain now", "b")]);
        check("[nausea](a), [vomiting](a) and [fever](a)", &[("nausea, vomiting", "a"), ("fever", "a")]);
        check("([nausea](a)), fever", &[("nausea", "a")]);
        check("[pain](a)\n[nausea](a)", &[("pain", "a"), ("nausea", "a")]);
        check("[pain,](a)\r\n[nausea](a)", &[("pain,", "a"), ("nausea", "a")]);
        check("[pain](a). [Nausea](a)", &[("pain", "a"), ("Nausea", "a")]);
        check("[St. John's](a)", &[("St. John's", "a")]);
        check("[approx](a). [five](a)", &[("approx. five", "a")]);
        check("[pain](a); [nausea](a)", &[("pain", "a"), ("nausea", "a")]);
        check("p[ai](a)n [x](unheard)", &[("pain", "a")]);
    }

    #[test]
    fn labels_outside_the_scheme_are_named_once() {
        let (_, spans) = notation::parse("[x](q) [y](a,z) [z](q)");
        assert_eq!(unknown_labels(&spans, &scheme()), ["q", "z"]);
    }

    proptest! {
        #[test]
        fn going_round_twice_changes_nothing(
            text in r"([a-zA-Zé患。👩‍⚕️ .,;!?\n\r-]|[a-z]{1,5}[ .,])*",
            marks in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0usize..2), 0..8),
        ) {
            let (words, scheme) = (segment(&text), scheme());
            prop_assume!(!words.is_empty());
            let spans: Vec<Span> = marks
                .iter()
                .map(|(x, y, label)| (x.get(&words), y.get(&words), label))
                .map(|(x, y, label)| Span { start: x.start.min(y.start), end: x.end.max(y.end), label: scheme.labels[*label].name.clone() })
                .collect();
            let sets = word_sets(&words, &spans, &scheme);
            let once = spans_of(&text, &words, &sets, &scheme);
            let again = word_sets(&words, &once, &scheme);
            prop_assert_eq!(&once, &spans_of(&text, &words, &again, &scheme));
            for ((word, before), after) in words.iter().zip(&sets).zip(&again) {
                prop_assert!(!word.alphanumeric || before == after, "only punctuation gains labels");
            }
        }
    }
}
