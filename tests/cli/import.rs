//! `import`: decisions from elsewhere.

use chartmark::store::Project;
use serde_json::{Value, json};

use super::desk::{Desk, check};

/// Two notes, and gold that knows one of them, one with another text, one under another id, and one from elsewhere.
fn desk() -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("notes")).unwrap();
    for (name, text) in [("a.txt", "bad pain"), ("b.txt", "no ache"), ("c.txt", "mild cough")] {
        desk.write(&format!("notes/{name}"), text);
    }
    let span = json!({"start": 4, "end": 8, "label": "symptom"});
    let line = |id: &str, text: &str| json!({"id": id, "text": text, "spans": [span]}).to_string();
    let unlabelled = json!({"id": "b.txt", "text": "no ache"}).to_string();
    let lines = [
        line("a.txt", "bad pain"),
        line("c.txt", "bad cough"),
        line("patient 7", "mild cough"),
        line("z", "not here"),
        unlabelled,
    ];
    desk.write("decided.jsonl", lines.join("\n"));
    desk
}

/// The id and the number of spans of each exported document.
fn exported(desk: &Desk, place: &str) -> Vec<(String, usize)> {
    let out = desk.call(&format!("export {place} --to gold"));
    check(&out, 0, &[]);
    let line = |line: &str| -> (String, usize) {
        let line: Value = serde_json::from_str(line).unwrap();
        (line["id"].as_str().unwrap().to_owned(), line["spans"].as_array().unwrap().len())
    };
    out.stdout.lines().map(line).collect()
}

#[test]
fn documents_are_matched_by_id_and_text_and_the_others_are_named() {
    let desk = desk();
    let out = desk.call("import decided.jsonl notes --from gold --annotator ann");
    let expected = [
        "2 documents with 2 spans imported into notes/.chartmark/project.db",
        "1 document found by text",
        "1 document without \"spans\" left out",
        "as they have another text in the notes: c.txt",
        "as they are not in the notes: z",
    ];
    check(&out, 0, &expected);
    assert_eq!(out.stdout, "");
    assert_eq!(exported(&desk, "notes"), [("a.txt".to_owned(), 1), ("c.txt".to_owned(), 1)]);
    let events = || Project::look(&desk.path("notes/.chartmark/project.db")).unwrap().last_event().unwrap();
    let before = events();
    check(&desk.call("import decided.jsonl notes --from gold"), 0, &["0 documents", "2 documents had been imported before"]);
    assert_eq!(events(), before, "importing again changes nothing");
    check(&desk.call("doctor notes --model tiny"), 0, &[]);
}

#[test]
fn complete_gold_decides_every_word_and_partial_gold_only_those_with_a_span() {
    for (how, undecided) in [("", None), ("--complete", None), ("--partial", Some("undecided"))] {
        let desk = desk();
        check(&desk.call(&format!("import decided.jsonl notes --from gold {how}")), 0, &[]);
        let project = Project::look(&desk.path("notes/.chartmark/project.db")).unwrap();
        let scheme = chartmark::domain::LabelScheme::from_names("s", &["symptom"]).unwrap();
        let note = chartmark::domain::Document::new("a.txt", "bad pain");
        let decisions = project.decisions(&scheme, |id| (*id == note.id).then(|| (0, note.clone()))).unwrap();
        let cells: Vec<_> = decisions[0].cells.iter().map(|cell| (cell.word, cell.present)).collect();
        let expected: &[(u32, bool)] = if undecided.is_some() { &[(1, true)] } else { &[(0, false), (1, true)] };
        assert_eq!(cells, expected, "{how}");
    }
}

#[test]
fn where_a_span_cannot_be_read_nothing_is_taken_to_be_absent() {
    // Offsets that count one too many at the end of a text are the commonest fault of a converter.
    let spans = json!([{"start": 4, "end": 8, "label": "symptom"}, {"start": 0, "end": 9, "label": "severity"}]);
    let line = json!({"id": "a.txt", "text": "bad pain", "spans": spans}).to_string();
    let left_out = "span 2: it reaches to 9, but the text has 8 characters; it was left out, and no label of this document is taken to be absent";
    let decided = |desk: &Desk| {
        let project = Project::look(&desk.path("notes/.chartmark/project.db")).unwrap();
        let scheme = chartmark::domain::LabelScheme::from_names("s", &["symptom", "severity"]).unwrap();
        let note = chartmark::domain::Document::new("a.txt", "bad pain");
        let decisions = project.decisions(&scheme, |id| (*id == note.id).then(|| (0, note.clone()))).unwrap();
        decisions[0].cells.iter().map(|cell| (cell.word, cell.label, cell.present)).collect::<Vec<_>>()
    };
    let notes = || {
        let desk = Desk::new();
        std::fs::create_dir(desk.path("notes")).unwrap();
        desk.write("notes/a.txt", "bad pain");
        desk
    };
    let asked = notes();
    asked.write("gold.jsonl", &line);
    check(&asked.call("import gold.jsonl notes --from gold"), 0, &["1 document with 1 span", left_out]);
    assert_eq!(decided(&asked), [(1, 0, true)]);
    let beside = notes();
    beside.write("notes/gold.jsonl", &line);
    beside.write("other.jsonl", json!({"id": "a.txt", "text": "bad pain", "spans": []}).to_string());
    check(&beside.call("import other.jsonl notes --from gold --partial"), 0, &[left_out]);
    let model = beside.trained();
    check(&beside.call_that_ends(&format!("train notes --model {model}")), 0, &[left_out]);
    assert_eq!(decided(&beside), [(1, 0, true)]);
    // Where a document counts as a whole, it is left out.
    let whole = json!({"id": "b", "text": "bad leg", "spans": [{"start": 0, "end": 3, "label": "severity"}]}).to_string();
    beside.write("both.jsonl", [&*line, &*whole].join("\n"));
    let said = "1 document with spans that can't be read left out";
    let found = beside.call(&format!("evaluate --gold both.jsonl --model {model} --json"));
    check(&found, 0, &[said]);
    let words: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(words["words"], 2, "{found:?}");
}

#[test]
fn a_project_of_its_own_holds_what_is_imported() {
    let desk = desk();
    check(&desk.call("import decided.jsonl --project own.db --from gold"), 0, &["4 documents with 4 spans"]);
    assert_eq!(exported(&desk, "own.db").len(), 4);
    desk.write("new.jsonl", r#"{"id":"n","text":"weak leg","spans":[{"start":0,"end":4,"label":"unheard"}]}"#);
    check(&desk.call("import new.jsonl own.db --from gold"), 0, &["1 document with 1 span", "label scheme: unheard"]);
    assert_eq!(exported(&desk, "own.db").len(), 5);
}

#[test]
fn a_project_of_its_own_keeps_its_texts() {
    let desk = Desk::new();
    let line = |text: &str| json!({"text": text, "spans": [{"start": 0, "end": 3, "label": "severity"}]}).to_string();
    desk.write("one.jsonl", line("bad pain"));
    desk.write("other.jsonl", [line("bad ache"), line("bad leg")].join("\n"));
    check(&desk.call("import one.jsonl --project own.db --from gold"), 0, &["1 document with 1 span"]);
    let left_out = "1 document of other.jsonl left out, as they have another text in the project: line-1";
    check(&desk.call("import other.jsonl own.db --from gold"), 0, &["1 document with 1 span", left_out]);
    desk.write("other.jsonl", line("bad ache"));
    check(&desk.call("import other.jsonl own.db --from gold"), 1, &[left_out, "nothing of other.jsonl was imported"]);
    let out = desk.call("export own.db --to gold");
    assert!(out.stdout.contains("bad pain") && out.stdout.contains("bad leg") && !out.stdout.contains("ache"), "{out:?}");
}

#[test]
fn what_was_asked_for_holds_over_the_gold_beside_the_notes_also_if_that_was_never_looked_at() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("notes")).unwrap();
    desk.write("notes/a.txt", "bad pain");
    let gold = |start: usize, end: usize| {
        let span = json!({"start": start, "end": end, "label": "symptom"});
        json!({"id": "a.txt", "text": "bad pain", "spans": [span]}).to_string()
    };
    desk.write("notes/gold.jsonl", gold(0, 3));
    desk.write("corrected.jsonl", gold(4, 8));
    check(&desk.call("import corrected.jsonl notes --from gold"), 0, &["1 document with 1 span"]);
    // A training takes in what lies beside the notes; so it does when another note has brought another label there.
    let pain = |when: &str| {
        check(&desk.call("train notes"), 0, &[]);
        let out = desk.call("export notes --to gold");
        let note = out.stdout.lines().find(|line| line.contains("\"a.txt\"")).unwrap_or_default();
        let note: Value = serde_json::from_str(note).unwrap();
        assert_eq!(note["spans"], json!([{"start": 4, "end": 8, "label": "symptom"}]), "{when}");
    };
    pain("beside gold that was there");
    desk.write("notes/b.txt", "weak leg");
    let other = json!({"id": "b.txt", "text": "weak leg", "spans": [{"start": 5, "end": 8, "label": "anatomy"}]});
    desk.write("notes/more.jsonl", other.to_string());
    pain("beside gold with more labels");
}

#[test]
fn of_two_lines_for_one_note_the_first_counts_and_the_other_is_named() {
    let desk = desk();
    let line = |id: &str, start: usize, end: usize| {
        json!({"id": id, "text": "bad pain", "spans": [{"start": start, "end": end, "label": "symptom"}]}).to_string()
    };
    desk.write("two.jsonl", [line("first", 0, 3), line("second", 4, 8)].join("\n"));
    let expected = ["1 document with 1 span", "left out, as they are of notes that stand before them in it: second"];
    check(&desk.call("import two.jsonl notes --from gold"), 0, &expected);
    check(&desk.call("import two.jsonl notes --from gold"), 0, &["1 document had been imported before"]);
    assert!(desk.call("export notes --to gold").stdout.contains(r#""start":0,"end":3"#));
}

#[test]
fn what_can_not_be_imported_changes_nothing() {
    let desk = desk();
    let elsewhere = r#"{"id":"n","text":"weak leg","spans":[{"start":0,"end":4,"label":"unheard"}]}"#;
    desk.write("elsewhere.jsonl", elsewhere);
    for (call, expected) in [
        ("import nowhere.jsonl notes --from gold", "nowhere.jsonl can't be opened"),
        ("import note.txt notes --from gold", "note.txt holds no decisions"),
        ("import elsewhere.jsonl notes --from gold", "nothing was imported"),
        ("import elsewhere.jsonl --from gold", "nothing was imported"),
        ("import decided.jsonl nonotes --from gold", "nothing at nonotes"),
    ] {
        check(&desk.call(call), 1, &[expected]);
    }
    assert!(!desk.path("notes/.chartmark").exists(), "no project is made for nothing");
    let held = {
        let mut project = Project::open(&desk.path("notes/.chartmark/project.db"), "b").unwrap();
        project.hold().unwrap();
        project
    };
    check(&desk.call("import elsewhere.jsonl notes --from gold"), 1, &["another"]);
    check(&desk.call("import decided.jsonl notes --from gold"), 1, &["another"]);
    drop(held);
}
