//! What a version has changed: kept by the project, and there again in the next session.

use std::sync::Arc;

use super::bench::{Bench, head};
use crate::domain::{Changes, Document, Flip, LabelSet, TextHash, Turned, Verdict};
use crate::inference::Command;
use crate::inference::Reply;
use crate::store;
use crate::tokenization::segment;
use crate::tui::state::Mode;

fn flip(document: usize, word: usize, text: &str, before: &[usize], after: &[usize]) -> Flip {
    let set = |labels: &[usize]| labels.iter().copied().collect::<LabelSet>();
    Flip { document, word, text: text.into(), before: set(before), after: set(after) }
}

/// What an earlier session has kept of version 1: changes in the notes "a b" and "c d".
fn kept() -> Changes {
    let flips = vec![flip(0, 1, "b", &[], &[1]), flip(1, 0, "c", &[0], &[]), flip(1, 1, "d", &[], &[0])];
    let mut turned = Turned { documents: 2, ..Turned::new(3) };
    flips.iter().for_each(|flip| turned.count(flip.before, flip.after));
    let texts = [(0, TextHash::of("a b")), (1, TextHash::of("c d"))].into();
    Changes { from: 0, to: 1, turned, flips, texts }
}

/// A session with version 1 in use.
fn session() -> Bench {
    let mut bench = Bench::unopened(&["a b", "c d"]);
    let queue = bench.kept.iter().map(|kept| kept.entry).collect();
    let scheme = super::bench::scheme();
    bench.store(store::Reply::Ready { scheme, active: 1, head: Some([1].into()), queue, notice: None });
    bench.model_ready(1);
    bench
}

#[test]
fn what_is_told_is_kept_as_it_is_shown() {
    let mut bench = Bench::new(&["a b", "c d"]);
    bench.press("1 T");
    bench.worker(Reply::Trained(head(0, Verdict::Activated)));
    bench.uses(1);
    bench.flipped(0, 1, vec![flip(0, 0, "a", &[], &[0]), flip(1, 0, "c", &[0], &[2])]);
    let kept = bench.changes.take().unwrap();
    assert_eq!((kept.from, kept.to, &kept.flips[..]), (0, 1, &[flip(1, 0, "c", &[0], &[2])][..]), "the first word is decided");
    assert_eq!((kept.turned.words, &kept.turned.labels[..]), (1, &[(0, 1), (0, 0), (1, 0)][..]));
    assert!(bench.notice().starts_with("Version 1: 1 word changed"), "{}", bench.notice());
    bench.press("R");
    bench.uses(0);
    bench.flipped(1, 0, vec![flip(1, 0, "c", &[2], &[0])]);
    assert_eq!(bench.changes.take().map(|kept| (kept.from, kept.to)), Some((1, 0)));
    // What nobody has asked for is no news, and not kept.
    bench.flipped(0, 0, Vec::new());
    assert_eq!(bench.changes, None);
}

#[test]
fn what_has_changed_in_notes_that_were_read_again_joins_the_list() {
    let mut bench = Bench::new(&["a b", "c d", "e f"]);
    bench.press("1 T");
    bench.worker(Reply::Trained(head(0, Verdict::Activated)));
    bench.uses(1);
    let beyond = |from, flips: Vec<Flip>| {
        let mut turned = Turned { documents: 1, read: 1, ..Turned::new(3) };
        flips.iter().for_each(|flip| turned.count(flip.before, flip.after));
        Reply::FlippedBeyond(Changes { from, to: 1, turned, flips, ..Changes::default() }.into())
    };
    bench.flipped(0, 1, vec![flip(0, 1, "b", &[], &[0]), flip(2, 0, "e", &[0], &[2])]);
    bench.press("F F");
    assert!(bench.notice().starts_with("2 of 2: 'e'"), "{}", bench.notice());
    bench.press("esc");
    // Of another change than the last: too late.
    bench.changes = None;
    bench.worker(beyond(7, vec![flip(1, 1, "d", &[0], &[])]));
    assert_eq!(bench.changes, None);
    bench.worker(beyond(0, vec![flip(1, 0, "c", &[], &[1]), flip(1, 1, "d", &[0], &[])]));
    assert!(bench.notice().starts_with("Version 1: 4 words changed in all, 2 of them"), "{}", bench.notice());
    let kept = bench.changes.take().unwrap();
    assert_eq!((kept.turned.words, kept.flips.iter().map(|flip| &*flip.text).collect::<String>()), (4, "bcde".to_owned()));
    bench.press("F");
    assert!(bench.notice().starts_with("1 of 4: 'b'"), "the last one stays it: {}", bench.notice());
}

#[test]
fn the_first_changed_word_is_the_next_one_from_the_cursor() {
    for (keys, said) in
        [("F", "2 of 3: 'd'"), ("f", "1 of 3: 'b'"), ("l F", "2 of 3: 'd'"), ("l f", "1 of 3: 'b'"), ("F F", "3 of 3")]
    {
        let mut bench = Bench::new(&["a b", "c d", "e f"]);
        bench.press("] T");
        bench.worker(Reply::Trained(head(0, Verdict::Activated)));
        bench.uses(1);
        let flips = [(0, 1, "b"), (1, 1, "d"), (2, 0, "e")].map(|(document, word, text)| flip(document, word, text, &[], &[0]));
        bench.flipped(0, 1, flips.to_vec());
        bench.press(keys);
        assert!(bench.notice().starts_with(said), "{keys}: {}", bench.notice());
    }
}

#[test]
fn the_worker_knows_what_is_decided_before_it_compares() {
    let mut bench = Bench::new(&["a b", "c d"]);
    bench.press("1 T");
    bench.press("l 2");
    bench.told.clear();
    bench.worker(Reply::Trained(head(0, Verdict::Activated)));
    assert!(matches!(bench.told[..], [Command::Decided(_), Command::UseHead { version: 1, .. }]), "{:?}", bench.told);
}

#[test]
fn the_words_are_listed_and_walked_in_the_next_session() {
    let mut bench = session();
    bench.press("C");
    assert!(
        bench.state.mode == Mode::Note && bench.notice() == "No list was kept of which words version 1 has changed.",
        "{}",
        bench.notice()
    );
    bench.store(store::Reply::Changes(Box::new(kept())));
    bench.press("F");
    assert_eq!((bench.word(), bench.notice()), ("b", "1 of 3: 'b' no label → SEV"));
    bench.press("F F");
    assert_eq!((bench.word(), bench.notice()), ("d", "3 of 3: 'd' no label → SYM"));
    bench.press("C");
    assert_eq!(bench.state.mode, Mode::Changes);
    bench.press("k enter");
    assert_eq!(bench.word(), "c");
    // Those of another version than the one in use are of no use.
    let mut bench = session();
    bench.store(store::Reply::Changes(Box::new(Changes { to: 2, ..kept() })));
    assert_eq!(bench.state.flips, None);
}

#[test]
fn a_note_that_was_edited_since_is_told_and_left_out() {
    let mut bench = session();
    bench.kept[1].document = Some(Arc::new(Document::new("note 1", "other c d")));
    bench.kept[1].words = Arc::new(segment("other c d"));
    bench.probabilities.insert(1, vec![0.1; 9]);
    bench.store(store::Reply::Changes(Box::new(kept())));
    bench.press("F F");
    let said = "This note was edited since 2 words of it changed, so the list of changed words leaves them out.";
    assert_eq!((bench.open().index, bench.notice()), (1, said));
    assert_eq!(bench.state.flips.as_ref().unwrap().changes.flips, [flip(0, 1, "b", &[], &[1])]);
    bench.press("F");
    assert_eq!((bench.word(), bench.notice()), ("b", "1 of 1: 'b' no label → SEV"));
}

#[test]
fn nothing_is_said_of_changed_words_before_the_model_is_known() {
    let check = |active: u64, then: fn(&mut Bench), said: &str| {
        for key in ["C", "F"] {
            let mut bench = Bench::unopened(&["a b", "c d"]);
            let queue = bench.kept.iter().map(|kept| kept.entry).collect();
            let scheme = super::bench::scheme();
            let head = (active > 0).then(|| [1].into());
            bench.store(store::Reply::Ready { scheme, active, head, queue, notice: None });
            then(&mut bench);
            bench.press(key);
            assert!(bench.state.mode == Mode::Note && bench.notice().starts_with(said), "{key}: {}", bench.notice());
        }
    };
    let fails = |bench: &mut Bench| bench.worker(Reply::Failed("The model's file is damaged.".into()));
    check(3, |_| (), "It is not known yet which words version 3 has changed: the model is still being loaded.");
    check(0, |_| (), "It is not known yet which words have changed: the model is still being loaded.");
    check(3, fails, "It can't be told which words version 3 has changed without the model");
    check(0, |bench| bench.model_ready(0), "No word has changed: no other version has become active yet.");
}
