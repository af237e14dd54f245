//! Terms that suggest labels: words and phrases to be found in notes, before any model has learned a label.
//!
//! A term is cut into words as a note is, so that both agree on what a word is. Upper and lower case are the same, and
//! how much white space stands between two words does not matter: `Type 2  diabetes` finds "type 2 diabetes" across the
//! end of a line. `*` at the end of a word stands for any ending: `aspirin*` finds "aspirins".

use std::collections::HashMap;

use super::segment;
use crate::domain::{LabelScheme, LabelSet, SeedError, Words, seed_parts};

/// One word of a term, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    word: String,
    /// Whether any ending may follow.
    open: bool,
}

impl Part {
    fn finds(&self, word: &str) -> bool {
        if self.open { word.starts_with(&self.word) } else { word == self.word }
    }
}

/// The words of a term.
fn parts(term: &str) -> Result<Vec<Part>, SeedError> {
    let mut parts = Vec::new();
    for (chunk, open) in seed_parts(term)? {
        let words = segment(chunk);
        parts.extend(words.iter().map(|word| Part { word: folded(word.slice(chunk)), open: false }));
        if let Some(last) = parts.last_mut() {
            last.open = open;
        }
    }
    Ok(parts)
}

/// A word without the difference of upper and lower case, letter by letter: what stands around it must not matter.
fn folded(word: &str) -> String {
    word.chars().flat_map(char::to_lowercase).collect()
}

/// The terms of a scheme's labels, ready to be looked for.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// Terms by their first word, where it is whole.
    whole: HashMap<String, Vec<(Vec<Part>, usize)>>,
    /// Terms of which already the first word has any ending, by its first character.
    open: HashMap<char, Vec<(Vec<Part>, usize)>>,
}

impl Terms {
    /// The terms of all labels. One that can find nothing is passed over; a scheme is checked for such before it is used.
    pub fn new(scheme: &LabelScheme) -> Self {
        let mut terms = Self::default();
        for (label, term) in scheme.labels.iter().enumerate().flat_map(|(at, label)| label.seeds.iter().map(move |it| (at, it))) {
            let Ok(parts) = parts(term) else { continue };
            let Some(first) = parts.first() else { continue };
            if !first.open {
                terms.whole.entry(first.word.clone()).or_default().push((parts, label));
            } else if let Some(letter) = first.word.chars().next() {
                terms.open.entry(letter).or_default().push((parts, label));
            }
        }
        terms
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.open.is_empty()
    }

    /// The words of a text that terms find, ascending, with the labels that these suggest. Only words with an
    /// alphanumeric character are among them.
    pub fn find(&self, text: &str, words: &Words) -> Vec<(usize, LabelSet)> {
        if self.is_empty() {
            return Vec::new();
        }
        let folded: Vec<String> = words.iter().map(|word| folded(word.slice(text))).collect();
        let mut found: Vec<LabelSet> = vec![LabelSet::EMPTY; words.len()];
        for (at, word) in folded.iter().enumerate() {
            let letter = word.chars().next().unwrap_or_default();
            let terms = self.whole.get(word).into_iter().chain(self.open.get(&letter)).flatten();
            for (parts, label) in terms {
                let there = folded.get(at..at + parts.len());
                if there.is_some_and(|there| parts.iter().zip(there).all(|(part, word)| part.finds(word))) {
                    found[at..at + parts.len()].iter_mut().for_each(|set| set.insert(*label));
                }
            }
        }
        let alphanumeric = |(word, set): &(usize, LabelSet)| !set.is_empty() && words[*word].alphanumeric;
        found.into_iter().enumerate().filter(alphanumeric).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::notation;

    fn scheme(seeds: &[(&str, &[&str])]) -> LabelScheme {
        let names: Vec<&str> = seeds.iter().map(|(name, _)| *name).collect();
        let mut scheme = LabelScheme::from_names("s", &names).unwrap();
        for (label, (_, terms)) in scheme.labels.iter_mut().zip(seeds) {
            label.seeds = terms.iter().map(|&term| term.to_owned()).collect();
        }
        scheme
    }

    /// The note with what the terms of `DRUG` and `DIS` find, in the notation.
    #[track_caller]
    fn check(drugs: &[&str], disorders: &[&str], expected: &str) {
        let scheme = scheme(&[("DRUG", drugs), ("DIS", disorders)]);
        let (text, _) = notation::parse(expected);
        let words = segment(&text);
        let mut sets = vec![LabelSet::EMPTY; words.len()];
        Terms::new(&scheme).find(&text, &words).into_iter().for_each(|(word, set)| sets[word] = set);
        assert_eq!(notation::format(&text, &words, &sets, &["DRUG", "DIS"]), expected);
    }

    #[test]
    fn terms_find_whole_words_and_phrases_in_any_case() {
        check(&["metformin"], &[], "[Metformin](DRUG), [METFORMIN](DRUG) and metformine");
        check(&["aspirin*"], &[], "[aspirin Aspirins aspirin](DRUG)-like aspir");
        check(&[], &["type 2 diabetes", "chest pain*"], "[Type](DIS)\n[2  diabetes](DIS), chest [chest pains](DIS)");
        check(&["beta-blocker*"], &[], "[beta](DRUG)-[blockers](DRUG), beta blockers");
        check(&["ÄTHER"], &["äther rausch"], "[Äther](DRUG) [äther](DRUG,DIS) [Rausch](DIS)");
        check(&["b.i.d."], &["pain"], "[b.i.d](DRUG). for backpain");
        check(&["*", "a*b", "", "-"], &["insulin glar* daily"], "a b - insulin [insulin glargine daily](DIS) insulin glar");
    }

    proptest! {
        #[test]
        fn any_stretch_of_a_note_finds_itself(text in "[a-zä0-9 .,'/\n-]{0,60}", from in 0usize..20, count in 1usize..5) {
            let words = segment(&text);
            let stretch = from..(from + count).min(words.len());
            prop_assume!(!stretch.is_empty());
            let term = &text[words[from].start..words[stretch.end - 1].end];
            // Out of its surroundings it may be cut elsewhere; then it is another term.
            prop_assume!(parts(term).is_ok_and(|parts| parts.len() == stretch.len()));
            let (upper, scheme) = (text.to_uppercase(), scheme(&[("DRUG", &[term])]));
            let found: Vec<usize> = Terms::new(&scheme).find(&upper, &segment(&upper)).into_iter().map(|(word, _)| word).collect();
            for word in stretch.filter(|&word| words[word].alphanumeric) {
                prop_assert!(found.contains(&word), "{term:?} in {text:?}: {found:?}");
            }
        }
    }
}
