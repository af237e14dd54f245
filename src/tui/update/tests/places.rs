//! Searching by expression and label, and labelling all places that read alike.

use super::bench::Bench;
use crate::domain::{Cell, Scope};
use crate::tui::state::Mode;

/// What is found while one types, by the text of each hit.
fn hits(bench: &Bench) -> Vec<&str> {
    let text = &bench.open().document.text;
    bench.state.search.iter().flat_map(|search| &search.hits).map(|hit| &text[hit.clone()]).collect()
}

#[test]
fn a_search_is_an_expression_or_a_label() {
    let check = |query: &str, found: &[&str], word: &str, said: &str| {
        let mut bench = Bench::new(&["Pain in the [chest](ANA). No [pain](SYM) (today), [painless](SYM)\n[walk](SYM)."]);
        bench.press("/");
        bench.type_in(query);
        assert_eq!((hits(&bench), bench.word()), (found.to_vec(), word), "{query}");
        bench.press("enter");
        assert!(bench.notice().contains(said), "{query}: {}", bench.notice());
    };
    check("pain", &["Pain", "pain", "pain"], "Pain", "");
    check("Pain", &["Pain"], "Pain", "");
    check(r"\bpain\b", &["Pain", "pain"], "Pain", "");
    check(r"pain\w+|walk$", &["painless"], "painless", "");
    check("(t", &["(t"], "today", "No regular expression (unclosed group at character 1), so searched as plain text: 1 place");
    check("[zebra", &[], "Pain", "unclosed character class at character 1");
    check("label:ANA", &["chest"], "chest", "");
    check("label:sy", &["pain", "painless", "walk"], "pain", "");
    check("label:sev", &[], "Pain", "No word of this note has that label");
    check("label:dose", &[], "Pain", "no label is called 'dose'");
}

#[test]
fn hits_of_a_label_follow_the_labels() {
    let mut bench = Bench::new(&["a [b](SYM) [c](SYM) d [e](SYM)"]);
    bench.press("/");
    bench.type_in("label:SYM");
    bench.press("enter");
    assert_eq!(hits(&bench), ["b c", "e"]);
    bench.press("1 n");
    assert_eq!((hits(&bench), bench.word()), (vec!["c", "e"], "c"));
    bench.press("n 1 n n");
    assert_eq!((hits(&bench), bench.word()), (vec!["c"], "c"));
}

#[test]
fn a_label_is_set_on_all_places_that_read_alike_in_one_step() {
    let check = |note: &str, keys: &str, after: &str, said: &str| {
        let mut bench = Bench::new(&[note]);
        bench.press(keys);
        assert_eq!(bench.shown(), after, "{keys} in {note}: {}", bench.notice());
        assert!(bench.notice().contains(said), "{keys} in {note}: {}", bench.notice());
        assert_eq!((bench.on_disk(0), &bench.state.mode), (bench.on_disk(0), &Mode::Note));
    };
    let note = "Chest pain. No chest pain; CHEST PAIN, chest pains, chest [pain](SYM).";
    let first = "[Chest pain](SYM). No chest pain; CHEST PAIN, chest pains, chest [pain](SYM).";
    let all = "[Chest pain](SYM). No [chest pain](SYM); [CHEST PAIN](SYM), chest pains, [chest pain](SYM).";
    let but_one = "[Chest pain](SYM). No chest pain; [CHEST PAIN](SYM), chest pains, [chest pain](SYM).";
    check(note, "L 1 * enter", all, "SYM set on 3 places; u takes all of it back");
    check(note, "L 1 * enter u", first, "");
    check(note, "L 1 * enter u ctrl+y", all, "");
    check(note, "L 1 * space enter", but_one, "SYM set on 2 places");
    check(note, "L 1 * x k x j enter", all, "");
    check(note, "L 1 * esc", first, "");
    check(note, "L 1 * space space space enter", first, "nothing was changed");
    check(note, "L 1 * enter * enter", all, "nothing was changed");
    // Where nothing was toggled, the label is asked for; the place at hand takes part.
    check("a b A", "* s enter", "[a](SYM) b [A](SYM)", "SYM set on 2 places");
    check("a b A", "* esc", "a b A", "");
    // A label taken away is taken from all.
    check("[no](SYM) a [No](SYM) [b](SYM)", "1 * enter", "no a No [b](SYM)", "SYM taken from 1 place");

    let mut bench = Bench::new(&["a b a"]);
    bench.press("1 * enter");
    let scope = |word| bench.open().annotations.decided(Cell::new(word, 0)).map(|decided| decided.scope);
    assert_eq!((scope(0), scope(2)), (Some(Scope::Single), Some(Scope::Matches)), "weaker evidence, recorded as such");
}

#[test]
fn a_label_is_set_on_the_places_of_all_notes_and_taken_back_in_one_step() {
    let notes = ["a b", "x A [a](SYM)", "none", "a"];
    let mut bench = Bench::new(&notes);
    let on_disk = |bench: &Bench| (0..4).map(|document| bench.on_disk(document)).collect::<Vec<_>>();
    bench.press("1 * tab");
    assert_eq!(bench.state.matches.as_ref().unwrap().list.len(), 3);
    bench.press("space enter");
    assert_eq!(bench.notice(), "SYM set on 2 places in 2 notes; u takes all of it back.");
    let set = ["[a](SYM) b", "x A [a](SYM)", "none", "[a](SYM)"];
    assert_eq!(on_disk(&bench), set);
    // None of them is in the note on screen, and undo means them all the same.
    bench.press("u");
    assert_eq!(
        (on_disk(&bench), bench.notice()),
        (["[a](SYM) b", "x A a", "none", "a"].map(str::to_owned).to_vec(), "Taken back in the other notes.")
    );
    bench.press("ctrl+y");
    assert_eq!((on_disk(&bench), bench.notice()), (set.map(str::to_owned).to_vec(), "Done again in the other notes."));
    bench.press("u u ctrl+y * tab space enter");
    assert_eq!(on_disk(&bench), set);
    bench.press("]");
    assert_eq!((bench.shown().as_str(), bench.open().history.undoable()), ("x A [a](SYM)", 1));
    // What the model showed there is recorded.
    let decided = bench.open().annotations.decided(Cell::new(2, 0)).copied().unwrap();
    assert_eq!((decided.predicted, decided.probability, decided.scope), (true, Some(0.9), Scope::Matches));
    // With the note on screen among them, undo leads back everywhere, and redo forward.
    bench.press("[ 2 * tab enter");
    assert_eq!(bench.notice(), "SEV set on 3 places in 2 notes; u takes all of it back.");
    let all = ["[a](SYM,SEV) b", "x [A](SEV) [a](SYM,SEV)", "none", "[a](SYM,SEV)"];
    assert_eq!(on_disk(&bench), all);
    let rows = |bench: &Bench| [0, 1, 3].map(|row: usize| bench.state.queue.rows[row].entry.decided);
    assert_eq!(rows(&bench), [2, 3, 2]);
    bench.press("] u");
    assert_eq!(rows(&bench), [2, 1, 1], "the queue tells it of all of them");
    assert_eq!(on_disk(&bench), ["[a](SYM,SEV) b", "x A [a](SYM)", "none", "[a](SYM)"]);
    bench.press("ctrl+y");
    assert_eq!((on_disk(&bench), bench.shown().as_str()), (all.map(str::to_owned).to_vec(), "x [A](SEV) [a](SYM,SEV)"));
}

#[test]
fn the_list_of_places_covers_this_note_the_queue_or_all_notes() {
    let mut bench = Bench::new(&["pain a", "pain b", "c pain b", "no pain"]);
    bench.press("Q /");
    bench.type_in("text:b");
    bench.press("enter enter");
    assert_eq!((bench.state.queue.list(), bench.open().index), (&[1, 2][..], 1));
    bench.press("1 *");
    let listed = |bench: &Bench| {
        let matches = bench.state.matches.as_ref().unwrap();
        matches.list.iter().map(|found| found.document).collect::<Vec<_>>()
    };
    assert!(listed(&bench).is_empty(), "this note's own place is decided");
    let mut seen = Vec::new();
    for _ in 0..4 {
        bench.press("tab");
        seen.push(listed(&bench));
    }
    assert_eq!(seen, [vec![2], vec![0, 2, 3], vec![], vec![2]]);
    // A place that was left out stays so, also where the list has not shown it meanwhile.
    bench.press("x tab tab tab enter");
    assert!(bench.notice().starts_with("No place was left"), "{}", bench.notice());
    bench.press("* tab tab enter");
    let all: Vec<String> = (0..4).map(|note| bench.on_disk(note)).collect();
    assert_eq!(all, ["[pain](SYM) a", "[pain](SYM) b", "c [pain](SYM) b", "no [pain](SYM)"]);
}

#[test]
fn places_are_not_decided_while_a_change_is_taken_back() {
    let mut bench = Bench::new(&["a b a"]);
    (bench.prompt, bench.failures) = (false, 1);
    bench.press("2 *");
    bench.answer();
    // The disk is full, and the note is on its way as it is there.
    bench.press("enter");
    assert!(bench.notice().ends_with("Decide this after that."), "{}", bench.notice());
    bench.answer_all();
    bench.press("enter");
    bench.answer_all();
    assert_eq!((bench.on_disk(0).as_str(), bench.shown().as_str()), ("a b [a](SEV)", "a b [a](SEV)"));
}

#[test]
fn what_is_found_is_counted_and_walked_by_words() {
    // Several hits in one word are one place; a hit between words is one beside it.
    let mut bench = Bench::new(&["banana an ban - no", "other banana"]);
    let said = |bench: &Bench| (bench.word().to_owned(), bench.notice().to_owned());
    bench.press("/");
    bench.type_in("an");
    bench.press("enter");
    assert_eq!(said(&bench), ("banana".into(), "1 of 3; n goes to the next, p to the one before.".into()));
    for (key, word, notice) in
        [("n", "an", "2 of 3: 'an'"), ("n", "ban", "3 of 3: 'an'"), ("n", "banana", "1 of 3: 'an'"), ("p", "ban", "3 of 3: 'an'")]
    {
        bench.press(key);
        assert_eq!(said(&bench), (word.into(), notice.into()), "{key}");
    }
    // In another note they are others, also while one types, and Esc goes back to where that note was begun.
    bench.press("]");
    assert_eq!(bench.state.search.as_ref().unwrap().places, [1]);
    bench.press("n");
    assert_eq!(said(&bench), ("banana".into(), "1 of 1: 'an'".into()));
    bench.press("[ l l");
    bench.prompt = false;
    bench.press("] /");
    bench.answer_all();
    bench.type_in("oth");
    assert_eq!(bench.word(), "other");
    bench.press("esc");
    assert_eq!(bench.word(), "banana", "where the cursor was left");
    // Nothing but a dash: the word beside it.
    bench.prompt = true;
    bench.press("[ g /");
    bench.type_in("-");
    bench.press("enter");
    assert_eq!(said(&bench), ("no".into(), "1 of 1; n goes to the next, p to the one before.".into()));
}

#[test]
fn hits_of_a_label_follow_what_is_read_again() {
    let mut bench = Bench::new(&["a b"]);
    bench.press("1 l 2 /");
    bench.type_in("label:SEV");
    bench.press("enter");
    assert_eq!(hits(&bench), ["b"]);
    // A jump back to before both, and forward to another end: as many edits as before, with the same last one.
    bench.press("U");
    bench.press("G enter");
    assert_eq!(hits(&bench), Vec::<&str>::new());
    bench.press("n");
    assert!(bench.notice().starts_with("No word of this note has that label"), "{}", bench.notice());
}
