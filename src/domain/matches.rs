//! Where else the same words stand.

use std::ops::RangeInclusive;

use super::annotation::{Annotations, Cell, Decision};
use super::word::Words;

/// So many bytes before and behind a place are looked at for the words around it.
const AROUND: usize = 200;

/// A place where a label is to be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The words there that are not decided so yet.
    pub words: Vec<usize>,
    /// What stands before it on its line.
    pub before: String,
    /// What stands there.
    pub text: String,
    /// What stands behind it on its line.
    pub after: String,
}

/// The places where [`folded`] words stand and the label is not decided as `present` says.
pub fn places(
    text: &str,
    words: &Words,
    phrase: &[String],
    annotations: &Annotations,
    label: usize,
    present: bool,
) -> Vec<Place> {
    let differs = |word: usize| annotations.decision(Cell::new(word, label)) != Decision::from(present);
    let place = |range: RangeInclusive<usize>| {
        let (start, end) = (words[*range.start()].start, words[*range.end()].end);
        let from = text.floor_char_boundary(start.saturating_sub(AROUND));
        let to = text.ceil_char_boundary((end + AROUND).min(text.len()));
        Place {
            words: range.filter(|&word| words[word].alphanumeric && differs(word)).collect(),
            before: text[from..start].rsplit('\n').next().unwrap_or_default().to_owned(),
            text: text[start..end].to_owned(),
            after: text[end..to].split('\n').next().unwrap_or_default().to_owned(),
        }
    };
    matches(text, words, phrase).into_iter().map(place).filter(|place| !place.words.is_empty()).collect()
}

/// Words as they are compared: each in lower case, punctuation included.
pub fn folded(text: &str, words: &Words, range: RangeInclusive<usize>) -> Vec<String> {
    range.filter_map(|word| Some(words.get(word)?.slice(text).to_lowercase())).collect()
}

/// Every place where these [`folded`] words follow one another, from the left, without overlaps. White space between
/// them doesn't matter.
pub fn matches(text: &str, words: &Words, phrase: &[String]) -> Vec<RangeInclusive<usize>> {
    let Some(last) = phrase.len().checked_sub(1) else { return Vec::new() };
    let same = |word: usize, part: &String| words[word].slice(text).to_lowercase() == *part;
    let mut found: Vec<RangeInclusive<usize>> = Vec::new();
    for first in 0..words.len().saturating_sub(last) {
        let apart = found.last().is_none_or(|before| *before.end() < first);
        if apart && phrase.iter().zip(first..).all(|(part, word)| same(word, part)) {
            found.push(first..=first + last);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenization::segment::segment;

    #[test]
    fn whole_words_match_whatever_their_case() {
        let check = |text: &str, phrase: &str, expected: &[&str]| {
            let (words, parts) = (segment(text), segment(phrase));
            let parts = folded(phrase, &parts, 0..=parts.len() - 1);
            let found = matches(text, &words, &parts);
            let found: Vec<&str> = found.iter().map(|hit| &text[words[*hit.start()].start..words[*hit.end()].end]).collect();
            assert_eq!(found, expected, "{phrase} in {text}");
        };
        check("Pain, pain; painful PAIN", "pain", &["Pain", "pain", "PAIN"]);
        check("chest  pain, Chest\npain, chest", "chest pain", &["chest  pain", "Chest\npain"]);
        check("a, a, a, a", "a, a", &["a, a", "a, a"]);
        check("ache", "chest pain now", &[]);
    }
}
