use proptest::prelude::*;

use super::*;
use crate::active_learning::Strategy;
use crate::active_learning::{Stretch, Survey};
use crate::domain::{Annotations, EditId, LabelSet, Predictions, Scope, Shown};
use crate::tokenization::segment;

/// A document of one-letter words, with the same probabilities for each and the same vector.
fn item(words: usize, probabilities: &[f32], vector: &[f32], decided: &DecidedWords) -> Item {
    doubted(words, probabilities, vector, 0.0, decided)
}

/// The same, with copies of the head that disagree on each word by so many bits.
fn doubted(words: usize, probabilities: &[f32], vector: &[f32], disagreement: f32, decided: &DecidedWords) -> Item {
    let text = vec!["a"; words].join(" ");
    let words = segment(&text);
    let predictions = Predictions::new(1, probabilities.len(), probabilities.repeat(words.len()));
    Survey::new(&vec![0.5; probabilities.len()], decided).item(&Stretch {
        words: &words,
        range: &(0..words.len()),
        annotations: &Annotations::default(),
        predictions: &predictions,
        vectors: &vector.repeat(words.len()),
        disagreement: &vec![disagreement; words.len()],
    })
}

/// The order in which a strategy puts items, taken per word.
fn ordered(strategy: &Strategy, items: &[Item], decided: &DecidedWords, first: usize) -> Vec<usize> {
    let pool = Pool { items, decided, per: Per::Words };
    rank(strategy, &pool, first, 7).into_iter().map(|ranked| ranked.item).collect()
}

fn set(labels: &[usize]) -> LabelSet {
    labels.iter().copied().collect()
}

#[test]
fn strategies_are_found_by_their_names() {
    for (index, strategy) in STRATEGIES.into_iter().enumerate() {
        assert_eq!(by_name(strategy.name).map(|found| found.about), Some(strategy.about));
        assert!(STRATEGIES[..index].iter().all(|other| other.name != strategy.name), "{}", strategy.name);
    }
    assert!(by_name("entropy ").is_none());
}

#[test]
fn uncertainty_looks_at_sets_each_in_its_way() {
    let none = DecidedWords::default();
    // Two labels a word: sure; one label unsure; both a little; one shown wrong for sure is not a case: the model can't know.
    let items = [&[0.01, 0.01], &[0.45, 0.01], &[0.25, 0.25], &[0.9, 0.9]].map(|p: &[f32; 2]| item(4, p, &[], &none));
    let rows: [(&Strategy, [usize; 4]); 4] = [
        (&least_confidence::STRATEGY, [1, 2, 3, 0]),
        (&margin::STRATEGY, [1, 2, 3, 0]),
        (&entropy::STRATEGY, [2, 1, 3, 0]),
        (&expected_edits::STRATEGY, [2, 1, 3, 0]),
    ];
    for (strategy, expected) in rows {
        assert_eq!(ordered(strategy, &items, &none, 1), expected, "{strategy:?}");
    }
}

#[test]
fn unusual_sets_come_first_where_sets_are_compared_with_decided_ones() {
    let mut decided = DecidedWords::default();
    (0..10).for_each(|_| decided.add(set(&[0])));
    let shown = |p: &[f32; 3]| item(2, p, &[], &decided);
    let items = [shown(&[0.8, 0.2, 0.2]), shown(&[0.8, 0.8, 0.8]), shown(&[0.2, 0.8, 0.2])];
    assert_eq!(ordered(&cardinality::STRATEGY, &items, &decided, 1)[0], 1, "three labels where one is usual");
    assert_eq!(*ordered(&cvirs::STRATEGY, &items, &decided, 1).last().unwrap(), 0, "the usual set is last");
}

#[test]
fn core_set_goes_far_and_then_elsewhere() {
    let mut decided = DecidedWords::default();
    decided.add_centroid(vec![0.0, 0.0]);
    let at = |vector: &[f32; 2]| item(3, &[0.5], vector, &decided);
    let items = [at(&[1.0, 0.0]), at(&[9.0, 0.0]), at(&[9.1, 0.0]), at(&[0.0, 5.0])];
    assert_eq!(ordered(&core_set::STRATEGY, &items, &decided, 2)[..2], [2, 3], "not the twin of the first");
}

#[test]
fn clustering_takes_the_middle_of_each_cluster_the_largest_first() {
    let none = DecidedWords::default();
    let at = |vector: &[f32; 2]| item(3, &[0.5], vector, &none);
    let items =
        [at(&[50.0, 1.0]), at(&[0.0, 0.0]), at(&[1.0, 0.0]), at(&[2.0, 0.1]), at(&[50.0, 0.0]), at(&[50.0, 2.1])].to_vec();
    let items = [items, vec![at(&[1.0, 0.5])]].concat();
    let order = ordered(&clustering::STRATEGY, &items, &none, 2);
    assert_eq!(order[..2], [2, 0], "{order:?}");
}

#[test]
fn hybrid_goes_from_clusters_to_what_is_unsure() {
    let none = DecidedWords::default();
    let at = |x: f32, p: f32| item(3, &[p], &[x], &none);
    let items = [at(0.0, 0.1), at(1.0, 0.01), at(2.0, 0.2), at(3.1, 0.5), at(1.2, 0.4)];
    assert_eq!(ordered(&hybrid::STRATEGY, &items, &none, 1), ordered(&clustering::STRATEGY, &items, &none, 1));
    let mut many = DecidedWords::default();
    (0..1_000_000).for_each(|_| many.add(set(&[])));
    assert_eq!(ordered(&hybrid::STRATEGY, &items, &many, 1), ordered(&entropy::STRATEGY, &items, &many, 1));
    assert_ne!(ordered(&hybrid::STRATEGY, &items, &none, 1), ordered(&hybrid::STRATEGY, &items, &many, 1));
}

#[test]
fn length_alone_is_no_merit_and_keys_are_a_cost() {
    let none = DecidedWords::default();
    let items = [item(5, &[0.3, 0.2], &[], &none), item(50, &[0.3, 0.2], &[], &none)];
    let scores = |per| {
        let pool = Pool { items: &items, decided: &none, per };
        let mut order = order(&entropy::STRATEGY, &pool, 1, 0);
        order.sort_by_key(|(item, _)| *item);
        [order[0].1, order[1].1]
    };
    let [short, long] = scores(Per::Words);
    assert!((short - long).abs() < 1e-9, "{short} {long}");
    let [short, long] = scores(Per::Keys);
    assert!(short < long, "a short note takes as many keys to be accepted: {short} {long}");
}

#[test]
fn decided_words_leave_the_pool() {
    let words = segment("a b c d");
    let predictions = Predictions::new(1, 2, vec![0.5; 8]);
    let shown = Shown { predictions: Some(&predictions), thresholds: &[0.5; 2] };
    let (none, mut annotations) = (DecidedWords::default(), Annotations::default());
    let survey = |annotations: &Annotations| {
        let (range, vectors) = (0..4, [1.0, 2.0, 3.0, 8.0]);
        let stretch = Stretch {
            words: &words,
            range: &range,
            annotations,
            predictions: &predictions,
            vectors: &vectors,
            disagreement: &[],
        };
        Survey::new(&[0.5; 2], &none).item(&stretch)
    };
    let whole = survey(&annotations);
    assert_eq!((whole.words, whole.sums.entropy, whole.centroid[0]), (4, 8.0, 3.5));
    annotations.apply(&annotations.accept(EditId(1), [1, 2], Scope::Selection, &shown));
    annotations.apply(&annotations.toggle(EditId(2), [3], 0, &shown));
    let part = survey(&annotations);
    assert_eq!((part.words, part.sums.entropy, part.centroid[0]), (2, 3.0, 4.5), "of the last word one cell is left");
    assert!(part.cost.seconds() < whole.cost.seconds());
    annotations.apply(&annotations.accept(EditId(3), 0..4, Scope::Document, &shown));
    let items = [survey(&annotations), whole];
    for strategy in STRATEGIES {
        assert_eq!(ordered(strategy, &items, &none, 2), [1], "{strategy:?}");
    }
}

#[test]
fn the_reason_says_what_to_expect() {
    let none = DecidedWords::default();
    let items = [item(40, &[0.2, 0.05], &[], &none)];
    let pool = Pool { items: &items, decided: &none, per: Per::default() };
    let ranked = rank(&expected_edits::STRATEGY, &pool, 1, 0);
    assert_eq!(ranked[0].reason, "25 in 100 words need an edit; hardly a correction expected in 40 undecided words");
    let doubted = [doubted(40, &[0.2, 0.05], &[], 0.01, &none)];
    for strategy in STRATEGIES {
        let reason = &rank(strategy, &Pool { items: &doubted, ..pool }, 1, 0)[0].reason;
        assert!(reason.ends_with("in 40 undecided words") && !reason.contains("NaN"), "{strategy:?}: {reason}");
    }
}

#[test]
fn before_anything_is_decided_the_reason_compares_with_nothing() {
    let mut decided = DecidedWords::default();
    for (known, expected) in [(false, true), (true, false)] {
        if known {
            decided.add(set(&[0]));
        }
        let items = [item(4, &[0.2, 0.05], &[], &decided)];
        for strategy in [&cvirs::STRATEGY, &cardinality::STRATEGY] {
            let reason = &rank(strategy, &Pool { items: &items, decided: &decided, per: Per::Words }, 1, 0)[0].reason;
            assert_eq!(reason.contains(NOTHING_DECIDED), expected, "{reason}");
        }
    }
}

#[test]
fn while_nothing_is_learned_the_order_is_by_lot_and_says_so() {
    let none = DecidedWords::default();
    // What a head that has learned nothing says of every cell, and what a seed term makes of one.
    let (blank, seeded): (&'static [f32], &'static [f32]) = (&[0.018, 0.018], &[0.018, 0.6]);
    let of = |rows: &[(&[f32], f32)]| -> Vec<Item> {
        (0..24).map(|at| rows[at % rows.len()]).map(|(p, bits)| doubted(4, p, &[], bits, &none)).collect()
    };
    /// Probabilities of a word's cells, and how much copies of the head disagree on it.
    type Word = (&'static [f32], f32);
    let rows: [(&Strategy, &[Word], bool); 9] = [
        (&bald::STRATEGY, &[(blank, 0.0)], true),
        (&bald::STRATEGY, &[(blank, 0.0), (seeded, 0.0)], true),
        (&bald::STRATEGY, &[(blank, 0.0), (blank, 0.01)], false),
        (&entropy::STRATEGY, &[(blank, 0.0)], true),
        (&entropy::STRATEGY, &[(blank, 0.0), (seeded, 0.0)], false),
        (&cvirs::STRATEGY, &[(blank, 0.0)], true),
        (&cardinality::STRATEGY, &[(blank, 0.0)], true),
        (&core_set::STRATEGY, &[(blank, 0.0)], false),
        (&random::STRATEGY, &[(blank, 0.0)], false),
    ];
    for (strategy, rows, expected) in rows {
        for per in [Per::Words, Per::Seconds] {
            let items = of(rows);
            let pool = Pool { items: &items, decided: &none, per };
            let ranked = rank(strategy, &pool, 5, 1);
            let told = ranked.iter().all(|it| it.reason == format!("{NOTHING_LEARNED}; 4 undecided words") && it.score == 0.0);
            assert_eq!(told, expected, "{strategy:?} {rows:?}: {ranked:?}");
            let places = |seed| order(strategy, &pool, 5, seed).into_iter().map(|(item, _)| item).collect::<Vec<_>>();
            assert_eq!(places(1), ranked.iter().map(|it| it.item).collect::<Vec<_>>(), "both by one rule");
            if expected {
                assert!(places(1) != places(2) && places(1) != (0..24).collect::<Vec<_>>(), "{strategy:?}: {:?}", places(1));
            }
        }
    }
}

#[test]
fn a_note_that_is_decided_in_part_does_not_pass_for_learning() {
    let words = segment("a b c");
    let predictions = Predictions::new(1, 2, vec![0.018; 6]);
    let shown = Shown { predictions: Some(&predictions), thresholds: &[0.5; 2] };
    let (none, mut annotations) = (DecidedWords::default(), Annotations::default());
    annotations.apply(&annotations.toggle(EditId(1), [1], 0, &shown));
    let (range, vectors) = (0..3, [0.0; 0]);
    let part = Survey::new(&[0.5; 2], &none).item(&Stretch {
        words: &words,
        range: &range,
        annotations: &annotations,
        predictions: &predictions,
        vectors: &vectors,
        disagreement: &[],
    });
    assert_eq!(part.span, Some((0.018, 0.018)));
    let items = [part, item(3, &[0.018, 0.018], &[], &none)];
    let pool = Pool { items: &items, decided: &none, per: Per::Words };
    assert!(rank(&entropy::STRATEGY, &pool, 1, 0).iter().all(|it| it.reason.starts_with(NOTHING_LEARNED)));
}

proptest! {
    #[test]
    fn every_undecided_item_is_ranked_once_and_the_same_way_again(
        rows in prop::collection::vec((0usize..4, 0.0f32..=1.0, 0.0f32..=1.0, -3.0f32..3.0), 1..30),
        first in 0usize..12,
        sets in prop::collection::vec(0usize..4, 0..5),
    ) {
        let mut decided = DecidedWords::default();
        sets.iter().for_each(|&bits| decided.add((0..2).filter(|bit| bits >> bit & 1 == 1).collect()));
        // Of a document that nothing is left of, or that was not read yet, nothing is known.
        let summed = |&(words, p, q, x): &(usize, f32, f32, f32)| match words {
            0 => Item::default(),
            _ => item(words, &[p, q], &[x], &decided),
        };
        let items: Vec<Item> = rows.iter().map(summed).collect();
        let expected: Vec<usize> = (0..items.len()).filter(|&index| rows[index].0 > 0).collect();
        for strategy in STRATEGIES {
            let order = ordered(strategy, &items, &decided, first);
            prop_assert_eq!(&order, &ordered(strategy, &items, &decided, first), "{:?}", strategy);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(&sorted, &expected, "{:?}", strategy);
        }
    }
}
