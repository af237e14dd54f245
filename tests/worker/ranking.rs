//! The order of the queue, as the worker makes it.

use std::sync::Arc;

use chartmark::active_learning::{DEFAULT, Strategy, by_name};
use chartmark::domain::{Annotations, EditId, Imported, Scope, Shown};
use chartmark::inference::protocol::{RankOrder, RankedDocument, Ranking};

use super::*;

fn rank(strategy: &'static Strategy, done: &[usize]) -> Command {
    Command::Rank(RankOrder { strategy, done: done.to_vec() })
}

/// The next ranking.
fn ranking(bench: &Bench) -> Ranking {
    match bench.until(|reply| matches!(reply, Reply::Ranked(_))).pop() {
        Some(Reply::Ranked(ranking)) => *ranking,
        other => panic!("{other:?}"),
    }
}

fn sorted(ranking: &Ranking) -> Vec<usize> {
    let mut documents: Vec<usize> = ranking.documents.iter().map(|ranked| ranked.document).collect();
    documents.sort_unstable();
    documents
}

/// Every word of `text`, or the first alone, accepted as having no label.
fn accepted(text: &str, all: bool) -> Arc<Annotations> {
    let mut annotations = Annotations::default();
    let words = if all { segment(text).len() } else { 1 };
    let shown = Shown { predictions: None, thresholds: &[0.5; 3] };
    annotations.apply(&annotations.accept(EditId(1), 0..words, Scope::Document, &shown));
    Arc::new(annotations)
}

#[test]
fn documents_are_ranked_when_all_are_read_and_when_asked() {
    let texts = texts();
    let entropy = by_name("entropy").unwrap();
    let bench = Bench::new(MODEL.path(), corpus(&texts), [focus(2, 0, &[]), rank(entropy, &[])]);
    bench.until(all_encoded);
    let first = ranking(&bench);
    assert_eq!((sorted(&first), first.version, first.strategy.name), (vec![0, 1, 2, 4], 0, "entropy"), "3 has no word");
    let ranked: Vec<_> = first.documents.iter().filter(|ranked| !ranked.random).collect();
    assert!(ranked.windows(2).all(|pair| pair[0].score >= pair[1].score), "{first:?}");
    assert!(
        first
            .documents
            .iter()
            .all(|ranked| ranked.reason.contains("bits") && ranked.score.is_some() && ranked.cost.seconds() > 0.0)
    );

    // What is decided, reviewed elsewhere or done leaves the pool; a word that is decided costs nothing any more.
    let mut reviewed = Annotations::default();
    reviewed.imported = Some(Imported { reviewed: true, ..Imported::default() });
    let decided = [(1, accepted(&texts[1], true)), (2, accepted(&texts[2], false)), (4, Arc::new(reviewed))];
    bench.order(Command::Decided(decided.to_vec()));
    bench.order(rank(entropy, &[0]));
    let second = ranking(&bench);
    assert_eq!(sorted(&second), [2]);
    let words = |ranking: &Ranking| ranking.documents.iter().find(|it| it.document == 2).unwrap().cost.words;
    assert_eq!((words(&first), words(&second)), (5.0, 4.0));
    // Taken up again.
    bench.order(Command::Decided(vec![(1, Arc::default())]));
    bench.order(rank(entropy, &[]));
    assert_eq!(sorted(&ranking(&bench)), [0, 1, 2]);
    // An order that looks at copies of the head: they are made when it is asked for.
    bench.order(rank(by_name("bald").unwrap(), &[]));
    let disagreeing = ranking(&bench);
    assert_eq!(sorted(&disagreeing), [0, 1, 2]);
    let found = |it: &RankedDocument| it.score.is_some_and(|score| score > 0.0) && it.reason.contains("thinned");
    assert!(disagreeing.documents.iter().all(found), "{disagreeing:?}");
    bench.finish();
}

#[test]
fn a_new_version_is_ranked_without_being_asked() {
    let texts = texts();
    let bench = Bench::new(BEGINNER.path(), corpus(&texts), [focus(1, 0, &[]), rank(DEFAULT, &[])]);
    let before = ranking(&bench);
    let head = bench.train(&job(1, &as_gold(60)));
    bench.order(Command::UseHead { version: 1, head: Some(head.head) });
    let after = ranking(&bench);
    assert_eq!((after.version, sorted(&after)), (1, sorted(&before)));
    let costs = |ranking: &Ranking| {
        let mut costs: Vec<_> = ranking.documents.iter().map(|it| (it.document, it.cost.seconds().to_bits())).collect();
        costs.sort_unstable();
        costs
    };
    assert_ne!(costs(&after), costs(&before));
    bench.finish();
}

#[test]
fn one_in_five_is_drawn_by_lot_whatever_was_reviewed_before() {
    let texts: Vec<String> = (0..25).map(|index| note(10 + index)).collect();
    let bench = Bench::new(MODEL.path(), corpus(&texts), [focus(0, 0, &[]), rank(DEFAULT, &[])]);
    bench.until(all_encoded);
    let places = |ranking: &Ranking| {
        ranking.documents.iter().enumerate().filter(|(_, it)| it.random).map(|(place, _)| place).collect::<Vec<_>>()
    };
    let first = ranking(&bench);
    assert_eq!(places(&first), [4, 9, 14, 19, 24]);
    bench.order(rank(DEFAULT, &[3]));
    bench.order(Command::Decided(vec![(5, accepted(&texts[5], true))]));
    bench.order(rank(DEFAULT, &[3]));
    let mut last = ranking(&bench);
    if last.documents.len() == 24 {
        last = ranking(&bench);
    }
    assert_eq!((last.documents.len(), places(&last)), (23, vec![2, 7, 12, 17, 22]), "two places were worked through");
    bench.finish();
}
