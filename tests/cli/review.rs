//! `chartmark review --plain`, answered from a pipe.

use super::desk::{Desk, check};
use serde_json::{Value, json};

/// What the project of `note.txt` has decided to be present.
fn spans(desk: &Desk) -> Value {
    let out = desk.call("export note.txt --to gold");
    let line: Value = serde_json::from_str(out.stdout.lines().next().unwrap_or("null")).unwrap();
    line["spans"].clone()
}

#[test]
fn answers_are_saved_one_by_one_and_can_be_undone() {
    let desk = Desk::new();
    let model = desk.trained();
    let review = |answers: &str| desk.answered(&format!("review --plain note.txt --all --model {model}"), answers);
    // "bad" is neither; "pain" has `sym` and nothing else: what the little model thinks of it does not matter here.
    let out = review("\nfrobnicate\n?\ns\nq\n");
    check(&out, 0, &[]);
    for said in [
        "Note note.txt: 5 words, 5 places to look at; the last note.",
        "bad pain in the leg.",
        "1 of 5. bad: ",
        "2 of 5. pain: ",
        "'frobnicate' is neither a label nor an answer",
        "1. sym, letter s",
        "1 decision is saved in",
    ] {
        assert!(out.stdout.contains(said), "{said}: {}", out.stdout);
    }
    assert!(!out.stdout.contains('\u{1b}'), "no colour and no cursor movement");
    let before = spans(&desk);

    // Whatever is shown of "in", it is the other way round afterwards, and is so again once that is undone.
    let toggled = review("\n\nsym\n\n");
    check(&toggled, 0, &[]);
    assert!(
        toggled.stdout.contains("3 of 5. in: sym, decided; corrected") || toggled.stdout.contains("corrected"),
        "{}",
        toggled.stdout
    );
    let after = spans(&desk);
    assert_ne!(after, before);
    check(&desk.call("export note.txt --to gold --out kept.jsonl"), 0, &["1 document with"]);
    let kept = desk.read("kept.jsonl");
    let undone = review("\n\nb\nu\nu\nu\nu\nu\nu\nq\n");
    check(&undone, 0, &[]);
    assert!(undone.stdout.contains("Undone.") && undone.stdout.contains("There is nothing to undo"), "{}", undone.stdout);
    check(&desk.call("export note.txt --to gold"), 0, &["0 documents with 0 spans"]);
    check(&desk.call("export note.txt --to gold --out kept.jsonl"), 1, &["what stands in kept.jsonl was left as it is"]);
    assert_eq!(desk.read("kept.jsonl"), kept);
    let names = std::fs::read_dir(desk.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().contains("part")), "no half file is left");
}

#[test]
fn labels_are_toggled_by_name_number_and_letter() {
    let desk = Desk::new();
    let model = desk.trained();
    // The labels of "leg" are decided, whatever they were: each name is put on exactly if it was not there.
    let call = format!("review --plain note.txt --all --model {model}");
    let first = desk.answered(&call, "sym\nq\n");
    let has = first.stdout.lines().rfind(|line| line.contains("1 of 5. bad:")).unwrap().contains("sym, decided");
    for answer in ["1", " s", "SY"] {
        desk.answered(&call, &format!("{answer}\n{answer}\n{answer}\nq\n"));
    }
    let present = spans(&desk) != json!([]);
    // Three times three toggles after the first: an odd number.
    assert_eq!(present, !has);
}

#[test]
fn a_note_that_is_done_is_not_asked_about_again() {
    let desk = Desk::new();
    let model = desk.trained();
    let call = format!("review --plain note.txt --model {model}");
    let out = desk.answered(&call, "d\n");
    check(&out, 0, &[]);
    assert!(out.stdout.contains("This note is done."), "{}", out.stdout);
    assert!(desk.answered(&call, "").stdout.contains("Every note is done or skipped already."));
    assert!(desk.answered(&format!("{call} --all"), "").stdout.contains("1 of 5. bad"));
    // A label is an answer too, though its place is asked about until one goes on.
    let answered = desk.answered(&format!("{call} --all"), "sym\nd\n");
    assert!(answered.stdout.contains("4 places were not answered"), "{}", answered.stdout);
    check(&desk.answered(&format!("{call} --document other"), ""), 1, &["no document 'other'"]);
}
