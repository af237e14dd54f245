//! The order of the queue: when it is asked for, and when it is taken in.

use std::sync::Arc;

use super::bench::{Bench, head};
use crate::active_learning::{Cost, DEFAULT, Strategy, by_name};
use crate::domain::{Cell, Decision, Verdict};
use crate::inference::protocol::{RankOrder, RankedDocument, Ranking};
use crate::inference::{Command, Reply};
use crate::store::protocol::ReviewState;
use crate::store::{self, Request};
use crate::tui::state::Mode;

/// A ranking of these documents, best first; the second was drawn by lot.
fn ranked(bench: &mut Bench, strategy: &'static Strategy, documents: &[usize]) {
    let place = |(place, &document): (usize, &usize)| RankedDocument {
        document,
        score: Some(1.0 / (place + 1) as f64),
        cost: Cost::default(),
        reason: format!("reason {place}"),
        random: place == 1,
    };
    let documents = documents.iter().enumerate().map(place).collect();
    bench.worker(Reply::Ranked(Box::new(Ranking { version: 0, strategy, documents })));
}

/// The rankings that were asked for: strategy and documents done.
fn asked(bench: &mut Bench) -> Vec<(&'static str, Vec<usize>)> {
    let asked = |command: &Command| match command {
        Command::Rank(RankOrder { strategy, done }) => Some((strategy.name, done.clone())),
        _ => None,
    };
    let found = bench.told.iter().filter_map(asked).collect();
    bench.told.clear();
    found
}

/// The documents whose decisions the worker was told, with how many cells of their first word are decided.
fn told(bench: &Bench) -> Vec<(usize, usize)> {
    let cells = |annotations: &crate::domain::Annotations| {
        (0..3).filter(|&label| annotations.decision(Cell::new(0, label)) != Decision::Unknown).count()
    };
    let told = bench.told.iter().filter_map(|command| match command {
        Command::Decided(documents) => Some(documents.iter().map(|(document, known)| (*document, cells(known)))),
        _ => None,
    });
    told.flatten().collect()
}

fn bench() -> Bench {
    Bench::new(&["a b", "c d", "e f", "g h"])
}

#[test]
fn the_queue_follows_the_ranking_and_so_do_its_keys() {
    let mut bench = bench();
    assert!(asked(&mut bench).iter().all(|asked| *asked == (DEFAULT.name, vec![])));
    bench.press("1");
    ranked(&mut bench, DEFAULT, &[2, 3, 0]);
    assert_eq!((&*bench.state.queue.order, bench.word()), (&[2, 3, 0, 1][..], "a"), "nothing jumps");
    bench.press("[");
    assert_eq!(bench.word(), "g");
    bench.press("[ ]");
    assert_eq!(bench.word(), "g");
    // Done: on with the best that is left, and the ranking is asked for anew.
    bench.press("D");
    assert_eq!((bench.kept[3].entry.review, bench.word()), (ReviewState::Done, "e"));
    assert_eq!(asked(&mut bench), [(DEFAULT.name, vec![3])]);
    ranked(&mut bench, DEFAULT, &[1, 2, 3, 0]);
    assert_eq!(bench.state.queue.order, [1, 2, 0, 3], "what is done goes last");
    let reasons: Vec<_> = bench.state.queue.rows.iter().map(|row| row.ranked.as_ref().map(|it| it.reason.as_str())).collect();
    assert_eq!(reasons, [Some("reason 3"), Some("reason 0"), Some("reason 1"), Some("reason 2")]);
}

#[test]
fn the_note_that_was_first_by_chance_is_followed_by_the_best() {
    let mut bench = bench();
    ranked(&mut bench, DEFAULT, &[2, 3, 1, 0]);
    assert_eq!((&*bench.state.queue.order, bench.word()), (&[0, 2, 3, 1][..], "a"), "the text stays where it is");
    bench.press("l");
    ranked(&mut bench, DEFAULT, &[3, 2, 1, 0]);
    assert_eq!((&*bench.state.queue.order, bench.word()), (&[0, 3, 2, 1][..], "b"), "to read is not to decide");
    bench.press("]");
    assert_eq!(bench.word(), "g");
    bench.press("[");
    assert_eq!(bench.word(), "b", "and back");
    // Something is decided in it: from now on it has its place.
    bench.press("1");
    ranked(&mut bench, DEFAULT, &[3, 2, 0, 1]);
    assert_eq!(bench.state.queue.order, [3, 2, 0, 1]);

    // Nor is it first for somebody who has come back to it, or gone elsewhere.
    let mut bench = Bench::unopened(&["a b", "c d", "e f"]);
    bench.state.work.place = Some((1, 0));
    bench.open_project();
    ranked(&mut bench, DEFAULT, &[2, 1, 0]);
    assert_eq!((&*bench.state.queue.order, bench.word()), (&[2, 1, 0][..], "c"));
    let mut bench = self::bench();
    bench.press("]");
    ranked(&mut bench, DEFAULT, &[3, 2, 1, 0]);
    assert_eq!((&*bench.state.queue.order, bench.word()), (&[3, 2, 1, 0][..], "c"));
}

#[test]
fn a_cursor_in_the_list_does_not_jump() {
    let mut bench = bench();
    bench.press("1 Q j");
    ranked(&mut bench, DEFAULT, &[3, 2, 1, 0]);
    assert_eq!((&*bench.state.queue.order, bench.state.queue.cursor), (&[0, 1, 2, 3][..], 1), "it waits");
    bench.press("esc");
    assert_eq!((&*bench.state.queue.order, bench.word()), (&[3, 2, 1, 0][..], "a"));
    // Asked for by key it comes at once, and the cursor stays on its document.
    bench.press("Q g r");
    ranked(&mut bench, DEFAULT, &[2, 3, 1, 0]);
    assert_eq!((&*bench.state.queue.order, bench.state.queue.cursor), (&[2, 3, 1, 0][..], 1));
    ranked(&mut bench, DEFAULT, &[0, 1, 2, 3]);
    assert_eq!(bench.state.queue.order, [2, 3, 1, 0], "once");
}

#[test]
fn a_key_chooses_the_strategy() {
    let mut bench = bench();
    bench.told.clear();
    bench.press("o");
    assert_eq!((asked(&mut bench), bench.notice()), (vec![], "The queue is in the order of the files."));
    ranked(&mut bench, DEFAULT, &[3, 2, 1, 0]);
    assert_eq!(bench.state.queue.order, [0, 1, 2, 3], "nobody wants that one any more");
    bench.press("o o");
    assert_eq!(asked(&mut bench), [("random", vec![])]);
    assert!(bench.notice().contains("random"), "{}", bench.notice());
    bench.press("o");
    let next = asked(&mut bench)[0].0;
    ranked(&mut bench, by_name("random").unwrap(), &[3, 2, 1, 0]);
    assert_eq!(bench.state.queue.ordered_by.map(|strategy| strategy.name), None, "the one before");
    ranked(&mut bench, by_name(next).unwrap(), &[3, 2, 1, 0]);
    assert_eq!((&*bench.state.queue.order, bench.state.queue.ordered_by.unwrap().name), (&[3, 2, 1, 0][..], next));
    bench.press("O O O r");
    assert_eq!((asked(&mut bench), &*bench.state.queue.order), (vec![("random", vec![])], &[0, 1, 2, 3][..]));
    assert!(bench.notice().contains("nothing is to be ranked"), "{}", bench.notice());
}

#[test]
fn the_worker_hears_what_is_decided_before_it_matters() {
    let mut bench = bench();
    bench.told.clear();
    bench.press("1");
    assert_eq!(told(&bench), [], "not at every key");
    for (keys, expected) in [("]", &[(0, 1)][..]), ("[ ]", &[]), ("[ 2 r", &[(0, 2)]), ("3 D", &[(0, 3)]), ("] [", &[])] {
        bench.told.clear();
        bench.press(keys);
        assert_eq!(told(&bench), expected, "{keys}");
    }
    bench.press("[ u u T");
    let training = bench.told.iter().position(|command| matches!(command, Command::Train(_)));
    let decided = bench.told.iter().position(|command| matches!(command, Command::Decided(_)));
    assert!(decided.is_some() && decided < training && told(&bench) == [(0, 2)], "{decided:?} {training:?}");
    bench.worker(Reply::Trained(head(0, Verdict::Activated)));
    assert!(bench.told.iter().any(|command| matches!(command, Command::UseHead { version: 1, .. })), "it ranks by itself then");
}

#[test]
fn what_the_project_has_is_read_in_portions() {
    let mut bench = Bench::unopened(&["a", "b"]);
    bench.prompt = false;
    bench.open_project();
    assert!(matches!(bench.asked.back(), Some(Request::Decided { from: 0 })), "after the note to be shown");
    bench.asked.clear();
    bench.told.clear();
    let decided = |next| store::Reply::Decided { documents: vec![(1, Arc::default())], next };
    bench.store(decided(Some(16)));
    assert!(matches!(bench.asked.pop_back(), Some(Request::Decided { from: 16 })));
    bench.store(decided(None));
    assert!(bench.asked.is_empty());
    assert_eq!((told(&bench).len(), asked(&mut bench).len()), (2, 1), "ranked when all is known");
}

#[test]
fn a_filter_narrows_the_queue_and_the_keys_follow_it() {
    let mut bench = Bench::new(&["pain at night", "no fever", "back pain", "chills", "Pain again"]);
    bench.press("o Q /");
    assert_eq!(bench.state.mode, Mode::Filter);
    bench.type_in("text:PAIN");
    assert_eq!(bench.state.queue.list(), [0, 2, 4]);
    bench.press("enter");
    assert_eq!(bench.state.mode, Mode::Queue);
    bench.press("j enter");
    assert_eq!(bench.word(), "back");
    bench.press("]");
    assert_eq!(bench.word(), "Pain");
    bench.press("]");
    assert_eq!(bench.notice(), "This is the last note of the queue that the filter shows.");
    // Done leads round to the next that is shown, and what is done leaves a filter that does not want it.
    bench.press("D");
    assert_eq!(bench.word(), "pain");
    bench.press("Q /");
    bench.type_in(" -state:done");
    assert_eq!(bench.state.queue.list(), [0, 2]);
    bench.press("enter esc");
    assert_eq!((bench.state.queue.list().len(), &bench.state.mode), (5, &Mode::Queue), "the first Esc shows all notes again");
    bench.press("esc");
    assert_eq!(bench.state.mode, Mode::Note);
}

#[test]
fn a_filter_asks_for_what_it_does_not_know_and_stops_when_nobody_waits() {
    let mut bench = Bench::new(&["pain", "fever", "cough", "chills", "rash"]);
    bench.prompt = false;
    let asked = |bench: &mut Bench| {
        let asked = bench.asked.iter().filter_map(|request| match request {
            Request::Contents { documents, .. } => Some(documents.clone()),
            _ => None,
        });
        asked.collect::<Vec<_>>()
    };
    bench.press("Q /");
    bench.type_in("r");
    assert_eq!(asked(&mut bench), [[0, 1, 2, 3, 4]], "no name has it");
    bench.type_in("a");
    assert_eq!(asked(&mut bench).len(), 1, "one question at a time");
    bench.answer();
    assert_eq!(asked(&mut bench), [vec![1, 2, 3, 4]], "what lacks a part lacks the whole");
    bench.press("esc");
    bench.answer();
    assert!(asked(&mut bench).is_empty() && bench.state.queue.list().len() == 5);
    bench.press("/");
    bench.type_in("label:SYM by:ann uncertain>0");
    assert!(matches!(bench.asked.pop_back(), Some(Request::Annotators)));
    bench.asked.clear();
    let failed = store::Reply::Failed { asked: store::Asked::Annotators, why: "The disk fails; nothing was lost.".into() };
    bench.store(failed);
    assert!(bench.state.queue.filter.is_none() && bench.asked.is_empty(), "not again and again");
}

/// The notes that a filter shows; it is dropped again.
fn shown(bench: &mut Bench, query: &str) -> Vec<usize> {
    bench.press("Q /");
    bench.type_in(query);
    bench.press("enter");
    let list = bench.state.queue.list().to_vec();
    bench.press("esc esc");
    list
}

#[test]
fn notes_are_found_by_what_is_decided_predicted_and_by_whom() {
    let mut bench = Bench::new(&["[pain](SYM)", "mild", "[arm](ANA) ache"]);
    let summary = |document, labels: &[usize], unsure| Reply::Summary {
        document,
        version: 0,
        uncertainty: 0.1,
        words: 2,
        unsure,
        predicted: labels.iter().copied().collect(),
    };
    bench.worker(summary(0, &[0], 0));
    bench.worker(summary(2, &[2], 1));
    assert_eq!(shown(&mut bench, "label:SYM"), [0]);
    assert_eq!(shown(&mut bench, "label:s"), [0], "of SYM and SEV");
    assert_eq!(shown(&mut bench, "uncertain>0"), [2]);
    assert_eq!(shown(&mut bench, "uncertain>=50%"), [2]);
    assert!(shown(&mut bench, "by:ann").is_empty());
    // The second note gets a label by hand, the first one loses its own.
    bench.press("1 ] 2 [");
    assert_eq!(shown(&mut bench, "label:SEV"), [1]);
    assert!(shown(&mut bench, "label:SYM").is_empty());
    assert_eq!(shown(&mut bench, "by:ANN"), [0, 1]);
    assert_eq!(shown(&mut bench, "state:started -by:bob"), [0, 1]);
    bench.press("B Q /");
    bench.type_in("label:ANA");
    assert!(bench.state.queue.list().is_empty(), "blind, a list must not tell what is predicted");
    bench.press("esc esc B");
}

#[test]
fn the_order_of_names_is_one_of_the_orders() {
    let mut bench = bench();
    bench.state.queue.rows.iter_mut().zip(["b10", "b9", "a", "B1"]).for_each(|(row, name)| row.name = name.into());
    bench.press("o o");
    assert_eq!((bench.notice(), &*bench.state.queue.order), ("The queue is ordered by name.", &[2, 3, 1, 0][..]));
    bench.press("]");
    assert_eq!(bench.notice(), "This is the last note of the queue.");
}

#[test]
fn a_filter_that_shows_no_other_open_note_is_not_taken_for_the_end() {
    let mut bench = Bench::new(&["[pain](SYM)", "mild", "ache"]);
    let predicted = std::iter::once(0).collect();
    bench.worker(Reply::Summary { document: 0, version: 0, uncertainty: 0.1, words: 1, unsure: 0, predicted });
    bench.press("Q /");
    bench.type_in("label:SYM");
    bench.press("enter enter D");
    assert!(bench.notice().contains("marked done; the filter shows no other that is open"), "{}", bench.notice());
}

#[test]
fn the_queue_tells_how_many_words_are_uncertain_as_it_is_now() {
    let mut bench = Bench::new(&["a b c", "d"]);
    let mut probabilities = vec![0.02; 9];
    (probabilities[0], probabilities[4], probabilities[5]) = (0.45, 0.55, 0.5);
    bench.probabilities.insert(0, probabilities);
    bench.uses(1);
    let unsure = |bench: &Bench| bench.state.queue.rows[0].unsure;
    assert_eq!(unsure(&bench), 2, "words, not cells");
    for (key, expected) in [("enter", 1), ("2", 1), ("3", 0), ("u", 1), ("u", 1), ("u", 2), ("D", 0), ("u", 2)] {
        bench.press(key);
        assert_eq!(unsure(&bench), expected, "{key}");
    }
    // The worker has looked before the last decision.
    bench.press("enter");
    let stale = Reply::Summary { document: 0, version: 1, uncertainty: 0.3, words: 3, unsure: 2, predicted: Default::default() };
    bench.worker(stale);
    assert_eq!(unsure(&bench), 1);
}
