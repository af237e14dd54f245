//! Agreement on words, by hand and by what has to hold whatever is decided.

use proptest::prelude::*;

use super::*;

/// A word: for each rater a letter a label, `+` present, `-` absent, `.` open.
fn word(raters: &[&str]) -> Vec<Rating> {
    let set = |letters: &str, of: &str| (0..letters.len()).filter(|&at| of.contains(&letters[at..=at])).collect();
    let rating = |(rater, letters): (usize, &&str)| Rating { rater, decided: set(letters, "+-"), present: set(letters, "+") };
    raters.iter().enumerate().map(rating).filter(|rating| !rating.decided.is_empty()).collect()
}

fn agreement(labels: usize, words: &[Vec<Rating>]) -> Agreement {
    Agreement::of(labels, words.iter().map(Vec::as_slice))
}

/// Whether two figures are the same but for rounding.
fn same(one: Option<f64>, other: Option<f64>) -> bool {
    one.zip(other).map_or(one == other, |(one, other)| (one - other).abs() < 1e-9)
}

fn figures(of: &LabelAgreement) -> [Option<f64>; 4] {
    [of.agreement, of.kappa, of.alpha, of.f1]
}

#[test]
fn figures_of_words_by_hand() {
    let check = |words: &[&[&str]], (cells, disputed): (u64, u64), expected: [Option<f64>; 4]| {
        let words: Vec<_> = words.iter().map(|raters| word(raters)).collect();
        let found = agreement(1, &words).labels[0];
        assert_eq!((found.cells, found.disputed), (cells, disputed), "{words:?}");
        assert!(figures(&found).iter().zip(expected).all(|(one, other)| same(*one, other)), "{found:?} is not {expected:?}");
    };
    // Of four words one is disputed. κ: pₒ = 3/4, pₑ = 1/2 · 1/4 + 1/2 · 3/4; α: three present and five absent, 1 − 7 · 2 / 30.
    let four: [&[&str]; 4] = [&["+", "+"], &["+", "-"], &["-", "-"], &["-", "-"]];
    check(&four, (4, 1), [Some(0.75), Some(0.5), Some(1.0 - 14.0 / 30.0), Some(2.0 / 3.0)]);
    // What one leaves open is not compared.
    check(&[&["+", "."], &[".", "-"], &["."]], (0, 0), [None; 4]);
    // Nothing varies: they agree, and no coefficient says more.
    check(&[&["-", "-"], &["-", "-"]], (2, 0), [Some(1.0), None, None, None]);
    check(&[&["+", "+"], &["+", "+"]], (2, 0), [Some(1.0), None, None, Some(1.0)]);
    // Three raters: κ of the first two is 1, that of each with the third 0 (she says yes to both). Four values are present and
    // two absent, and of the second word two pairs of three differ: α = 1 − 5 · 2 / 16.
    check(&[&["+", "+", "+"], &["-", "-", "+"]], (2, 1), [Some(4.0 / 6.0), Some(1.0 / 3.0), Some(1.0 - 10.0 / 16.0), Some(0.75)]);
    // The third has decided one word alone: κ 0 with each of the others weighs one cell, the κ 1 of these two. Three present
    // and two absent: α = 1 − 4 · 2 / 12.
    check(&[&["+", "+", "."], &["-", "-", "+"]], (2, 1), [Some(0.5), Some(0.5), Some(1.0 / 3.0), Some(0.5)]);
}

#[test]
fn sets_are_compared_where_they_are_whole() {
    let check = |words: &[&[&str]], words_whole: u64, exact: Option<f64>, alpha: Option<f64>| {
        let words: Vec<_> = words.iter().map(|raters| word(raters)).collect();
        let found = agreement(2, &words).sets;
        assert_eq!(found.words, words_whole, "{words:?}");
        assert!(same(found.exact_match, exact) && same(found.alpha, alpha), "{found:?}");
    };
    // {1,2} beside {1} has the distance 2/3, {} beside {} none. Of the four values, {1,2} is 2/3 from {1} and 1 from {}, as {1}
    // is: α = 1 − 3 · (2 · 2/3) / (2 · (2/3 + 2 + 2)).
    check(&[&["++", "+-"], &["--", "--"]], 2, Some(0.5), Some(1.0 - 4.0 / (28.0 / 3.0)));
    // A word of which a label is open on one side is passed over, but for the label that is not.
    check(&[&["++", "+-"], &["--", "--"], &["+.", "++"]], 2, Some(0.5), Some(1.0 - 4.0 / (28.0 / 3.0)));
    // A label that nobody can be compared on is not asked for.
    check(&[&["+.", "+."], &["-+", "-."]], 2, Some(1.0), Some(1.0));
    check(&[&["+.", ".+"]], 0, None, None);
}

#[test]
fn pairs_are_told_by_all_their_cells() {
    let words = [word(&["++", "+-", ".."]), word(&["--", "--", "+."])];
    let found: Vec<_> = agreement(2, &words).pairs.iter().map(|pair| (pair.raters, pair.cells, pair.agreement)).collect();
    assert_eq!(found, [((0, 1), 4, Some(0.75)), ((0, 2), 1, Some(0.0)), ((1, 2), 1, Some(0.0))]);
}

#[test]
fn disputes_are_between_those_who_have_decided() {
    let check = |raters: &[&str], both: &[usize], against: &[usize]| {
        let word = word(raters);
        let found = |set: LabelSet| set.iter().collect::<Vec<_>>();
        assert_eq!((found(compared(&word)), found(disputed(&word))), (both.to_vec(), against.to_vec()), "{raters:?}");
    };
    check(&["+-.", "--+"], &[0, 1], &[0]);
    check(&["+..", ".-."], &[], &[]);
    check(&["+-+", "...", "+--"], &[0, 1, 2], &[2]);
    check(&["+"], &[], &[]);
}

const LABELS: usize = 3;

/// Words with decisions of four raters, some of them open.
fn words() -> impl Strategy<Value = Vec<Vec<Rating>>> {
    let rating = (0u8..1 << LABELS, 0u8..1 << LABELS).prop_map(|(decided, present)| {
        let set = |bits: u8| (0..LABELS).filter(|label| bits >> label & 1 == 1).collect::<LabelSet>();
        (set(decided), set(decided & present))
    });
    let word = prop::collection::vec(rating, 4).prop_map(|ratings| {
        let numbered = ratings.into_iter().enumerate();
        numbered.map(|(rater, (decided, present))| Rating { rater, decided, present }).collect()
    });
    prop::collection::vec(word, 0..12)
}

/// All figures but those of the pairs.
fn all_figures(of: &Agreement) -> Vec<Option<f64>> {
    let labels = of.labels.iter().chain([&of.all]).flat_map(figures);
    labels.chain([of.sets.exact_match, of.sets.alpha]).collect()
}

proptest! {
    #[test]
    fn who_is_called_what_makes_no_difference(words in words(), seed in any::<u64>()) {
        let mut order = [0, 1, 2, 3];
        for at in 1..4 {
            order.swap(at, (seed >> (at * 8)) as usize % (at + 1));
        }
        let renamed: Vec<Vec<Rating>> = words.iter().map(|word| {
            let mut word: Vec<Rating> = word.iter().map(|rating| Rating { rater: order[rating.rater], ..*rating }).collect();
            word.sort_by_key(|rating| rating.rater);
            word
        }).collect();
        let (one, other) = (agreement(LABELS, &words), agreement(LABELS, &renamed));
        let (a, b) = (all_figures(&one), all_figures(&other));
        prop_assert!(a.iter().zip(&b).all(|(a, b)| same(*a, *b)), "{a:?} {b:?}");
        for pair in &one.pairs {
            let (x, y) = (order[pair.raters.0], order[pair.raters.1]);
            let twin = other.pairs.iter().find(|pair| pair.raters == (x.min(y), x.max(y))).unwrap();
            prop_assert_eq!(pair.cells, twin.cells);
            prop_assert!(same(pair.kappa, twin.kappa));
        }
    }

    #[test]
    fn who_says_the_same_agrees_wholly(words in words()) {
        let copies: Vec<Vec<Rating>> =
            words.iter().map(|word| (0..3).map(|rater| Rating { rater, ..word[0] }).collect()).collect();
        let found = agreement(LABELS, &copies);
        prop_assert!(all_figures(&found).iter().flatten().all(|figure| (figure - 1.0).abs() < 1e-9), "{found:?}");
        prop_assert!(found.labels.iter().all(|label| label.disputed == 0));
    }

    #[test]
    fn every_figure_is_a_number_and_no_more_than_one(words in words()) {
        let found = agreement(LABELS, &words);
        let pairs = found.pairs.iter().flat_map(|pair| [pair.agreement, pair.kappa]);
        for figure in all_figures(&found).into_iter().chain(pairs).flatten() {
            prop_assert!(figure.is_finite() && figure <= 1.0 + 1e-9, "{found:?}");
        }
        prop_assert_eq!(found.all.cells, found.labels.iter().map(|label| label.cells).sum::<u64>());
    }
}
