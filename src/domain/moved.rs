//! The words of a text, found again in what the text has become.
//!
//! A note may be changed outside of the program: a line is put before it, a typing error mended. What was decided on its words
//! is to stay with them. A word is found again where it stands among the same words as before: in a run of [`CONTEXT`] words
//! that stands in either text once, in what begins and ends both where that is as much, or beside such a run. Nothing is guessed
//! from a word alone, which another note may hold as well.

use std::collections::HashMap;

/// So many words in a row tell a place.
const CONTEXT: usize = 4;

/// For each word of `old` its place in `new`, if it is found there. Places ascend.
pub fn found_again(old: &[&str], new: &[&str]) -> Vec<Option<usize>> {
    let mut found = vec![None; old.len()];
    let context = CONTEXT.min(old.len()).max(1);
    let begin = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let rest = (&old[begin..], &new[begin..]);
    let end = rest.0.iter().rev().zip(rest.1.iter().rev()).take_while(|(old, new)| old == new).count();
    let (begin, end) = if begin + end < context.min(old.len().div_ceil(2)) { (0, 0) } else { (begin, end) };
    let middle = (begin..old.len() - end, begin..new.len() - end);
    (0..begin).for_each(|word| found[word] = Some(word));
    (0..end).for_each(|word| found[old.len() - 1 - word] = Some(new.len() - 1 - word));
    let runs = (once(&old[middle.0.clone()], context), once(&new[middle.1.clone()], context));
    let mut pairs: Vec<(usize, usize)> =
        runs.0.iter().filter_map(|(run, at)| Some((begin + at, begin + runs.1.get(run)?))).collect();
    pairs.sort_unstable();
    let mut last: Option<(usize, usize)> = None;
    for (old, new) in ascending(&pairs) {
        // Runs that overlap in one text have to in the other, by as much.
        let fits =
            |(before, place): (usize, usize)| old - before == new - place || (old >= before + context && new >= place + context);
        if last.is_none_or(fits) {
            (0..context).for_each(|word| found[old + word] = Some(new + word));
            last = Some((old, new));
        }
    }
    beside(&mut found, old, new);
    found
}

/// The runs of so many words that stand in a text once, and where.
fn once<'a, 'b>(words: &'b [&'a str], length: usize) -> HashMap<&'b [&'a str], usize> {
    let mut places: HashMap<&[&str], Option<usize>> = HashMap::new();
    for (at, run) in words.windows(length).enumerate() {
        places.entry(run).and_modify(|place| *place = None).or_insert(Some(at));
    }
    places.into_iter().filter_map(|(run, place)| Some((run, place?))).collect()
}

/// The most of these pairs, in order of their first numbers, whose second numbers ascend too (patience sorting).
fn ascending(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // By length of a chain, the pair with the least second number that ends one; and what comes before each pair in its chain.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::with_capacity(pairs.len()));
    for (at, &(_, second)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs[end].1 < second);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() { ends.push(at) } else { ends[length] = at }
    }
    let mut chain: Vec<_> = std::iter::successors(ends.last().copied(), |&at| before[at]).map(|at| pairs[at]).collect();
    chain.reverse();
    chain
}

/// Goes on from what is found, to either side, as far as the words are the same.
fn beside(found: &mut [Option<usize>], old: &[&str], new: &[&str]) {
    let mut taken = vec![false; new.len()];
    found.iter().flatten().for_each(|&place| taken[place] = true);
    let mut go = |word: usize, next: Option<usize>, found: &mut [Option<usize>]| {
        if let Some(next) =
            next.filter(|&next| found[word].is_none() && next < new.len() && !taken[next] && old[word] == new[next])
        {
            found[word] = Some(next);
            taken[next] = true;
        }
    };
    for word in 1..found.len() {
        go(word, found[word - 1].map(|place| place + 1), found);
    }
    for word in (1..found.len()).rev() {
        go(word - 1, found[word].and_then(|place| place.checked_sub(1)), found);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    /// The words that are found again, the others as `_`.
    fn kept(old: &str, new: &str) -> String {
        let (old, new) = (words(old), words(new));
        let found = found_again(&old, &new);
        let word = |(word, place): (usize, &Option<usize>)| {
            place.map_or("_", |place| {
                assert_eq!(old[word], new[place]);
                old[word]
            })
        };
        found.iter().enumerate().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_are_found_among_the_same_words() {
        let check = |old: &str, new: &str, expected: &str| assert_eq!(kept(old, new), expected, "{old} → {new}");
        check("fever and cough 1", "Hx : fever and cough 1", "fever and cough 1");
        check("fever and cough 1", "fever and cough 1 since noon", "fever and cough 1");
        check("no pain", "Pt : no pain today", "no pain");
        check("no pain in the chest or arm", "no pain in the left chest or arm", "no pain in the chest or arm");
        check("a b c d e f g h i j", "a b c d X f g h i j", "a b c d _ f g h i j");
        check("one two three four five six x y", "so one two three four and five six x y too", "one two three four five six x y");
        check(
            "today denies pain in chest . no pain in chest or arm . plan",
            "pt denies pain in chest or arm . follow",
            "_ denies pain in chest _ _ _ _ _ _ _ _ _",
        );
        // Of two parts that changed places one stays.
        check("a b c d e f g h i j", "f g h i j a b c d e f2", "_ _ _ _ _ f g h i j");
        // Single words of another note are not the same places.
        check("no chest pain today but severe cough", "severe pain of the chest no fever", "_ _ _ _ _ _ _");
        check("normal normal normal normal normal", "x normal normal normal normal normal", "normal normal normal normal normal");
        check("", "a", "");
        check("a", "", "_");
    }

    proptest! {
        #[test]
        fn places_ascend_and_read_the_same(
            old in prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 0..30),
            new in prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 0..30),
        ) {
            let found = found_again(&old, &new);
            let places: Vec<usize> = found.iter().flatten().copied().collect();
            prop_assert!(places.is_sorted_by(|a, b| a < b), "{:?}", found);
            prop_assert!(found.iter().enumerate().all(|(word, place)| place.is_none_or(|place| old[word] == new[place])));
        }

        #[test]
        fn what_is_put_in_somewhere_costs_no_word(at in 0usize..40, more in 0usize..9) {
            let old: Vec<String> = (0..40).map(|word| format!("w{word}")).collect();
            let put = (0..more).map(|word| format!("x{word}"));
            let new: Vec<String> = old[..at].iter().cloned().chain(put).chain(old[at..].iter().cloned()).collect();
            let (old, new): (Vec<&str>, Vec<&str>) = (old.iter().map(|w| &**w).collect(), new.iter().map(|w| &**w).collect());
            let found = found_again(&old, &new);
            let lost = found.iter().filter(|place| place.is_none()).count();
            prop_assert_eq!(lost, 0);
        }
    }
}
