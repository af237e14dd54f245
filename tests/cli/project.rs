//! Commands that work on a project.

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use chartmark::domain::{Annotations, Document, EditId, LabelScheme, Relabel, Scope, Shown, Span, TrainedHead, Verdict};
use chartmark::store::Project;
use chartmark::tokenization::segment;
use serde_json::{Value, json};

use super::desk::{Desk, NOTE, check};

/// A project beside `note.txt`: "pain" decided to be `sym`, "bad" decided not to be, another document imported.
pub fn decide(desk: &Desk) -> Project {
    let mut project = Project::open(&desk.path(".chartmark/project.db"), "Dr. Grey").unwrap();
    let scheme = LabelScheme::from_names("s", &["sym", "sev"]).unwrap();
    let shown = Shown { predictions: None, thresholds: &[0.5; 2] };
    let (note, words) = (Document::new("note.txt", NOTE), segment(NOTE));
    let toggle = Annotations::default().toggle(EditId(1), [1], 0, &shown);
    project.edit(&note, &words, &scheme, &toggle).unwrap();
    let accept = Annotations::default().accept(EditId(2), [0], Scope::Word, &shown);
    project.edit(&note, &words, &scheme, &accept).unwrap();
    let imported = Document::new("z", "é ache");
    project.import_gold(&imported, &[Span { start: 3, end: 7, label: "other".into() }], None).unwrap();
    project
}

fn version(verdict: Verdict, reason: &str) -> TrainedHead {
    let head = [1u8, 2, 3].into();
    TrainedHead { base: 0, through: 2, seed: 7, head, verdict, reason: reason.into(), metrics: json!({"decided": 12}) }
}

#[test]
fn export_writes_gold_and_says_what_it_could_not_hold() {
    let desk = Desk::new();
    decide(&desk).close().unwrap();
    let out = desk.call("export note.txt --to gold");
    check(&out, 0, &["2 documents with 2 spans", "2 decisions that a label is absent", "backup"]);
    let lines: Vec<Value> = out.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines,
        [
            json!({"id": "note.txt", "text": NOTE, "spans": [{"start": 4, "end": 8, "label": "sym"}]}),
            json!({"id": "z", "text": "é ache", "spans": [{"start": 2, "end": 6, "label": "other"}]}),
        ]
    );
    let to_file = desk.call("export --project .chartmark/project.db --to gold --out out.jsonl");
    check(&to_file, 0, &[]);
    assert_eq!((to_file.stdout.as_str(), desk.read("out.jsonl")), ("", out.stdout));
    check(&desk.call("export note.txt --to gold --out .chartmark/project.db"), 1, &["left untouched"]);
    check(&desk.call("doctor note.txt --model tiny"), 0, &[]);
}

#[test]
fn an_output_never_takes_the_place_of_a_note() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("notes")).unwrap();
    for name in ["notes/a.txt", "notes/b.txt", "letter.txt", "other.txt"] {
        desk.write(name, NOTE);
    }
    desk.write("found.jsonl", "{\"text\": \"bad pain\"}\n");
    let (notes, found) = (desk.path("notes"), desk.path("found.jsonl"));
    for (place, corpus) in [("notes/.chartmark/project.db", &notes), ("ward.db", &notes), ("found.db", &found)] {
        let mut project = Project::open(&desk.path(place), "Dr. Grey").unwrap();
        project.set_corpus(corpus.to_str().unwrap()).unwrap();
        let gold = Document::new("a.txt", NOTE);
        project.import_gold(&gold, &[Span { start: 4, end: 8, label: "sym".into() }], None).unwrap();
        project.close().unwrap();
    }
    let ward = desk.path("ward.db.lock");
    std::fs::write(&ward, "7").unwrap();
    for (call, status, says) in [
        ("export notes --to gold --out notes/b.txt", 2, "notes are never overwritten"),
        ("export --project ward.db --to gold --out notes/b.txt", 2, "notes are never overwritten"),
        ("export --project found.db --to gold --out found.jsonl", 2, "notes are never overwritten"),
        ("export --project found.db --to gold --out notes/b.txt", 2, "notes are never overwritten"),
        ("export --project ward.db --to gold --out letter.txt", 1, "no earlier export"),
        ("export --project ward.db --to gold --out ward.db", 1, "left untouched"),
        ("export --project ward.db --to gold --out ward.db.lock", 1, "left untouched"),
        // It would come back as gold when the notes are opened again.
        ("export notes --to gold --out notes/new.jsonl", 2, "would be read as one of the notes"),
        ("export --project ward.db --to gold --out notes/new.jsonl", 2, "would be read as one of the notes"),
        ("predict other.txt --model tiny --out notes/b.txt", 2, "notes are never overwritten"),
        ("predict notes --model tiny --format gold --out notes/gold.jsonl", 2, "would be read as one of the notes"),
        ("predict other.txt notes/ --model tiny --out ./notes/new.txt", 2, "would be read as one of the notes"),
        ("export notes --project found.db --to gold --out notes/out.jsonl", 2, "would be read as one of the notes"),
        ("render other.txt --svg --out notes/b.txt", 2, "notes are never overwritten"),
        ("scheme init --from empty --out notes/b.txt", 1, "never overwritten"),
        ("backup notes/b.txt --project ward.db", 1, "exists already"),
    ] {
        check(&desk.call(call), status, &[says]);
    }
    for name in ["notes/a.txt", "notes/b.txt", "letter.txt", "other.txt"] {
        assert_eq!(desk.read(name), NOTE, "{name}");
    }
    assert_eq!((desk.read("found.jsonl").as_str(), desk.read("ward.db.lock").as_str()), ("{\"text\": \"bad pain\"}\n", "7"));
    assert!(!desk.path("notes/new.jsonl").exists());
    // An earlier export is written anew, and what can be no note; that to the standard output is no file.
    for _ in 0..2 {
        check(&desk.call("export --project ward.db --to gold --out out.jsonl"), 0, &["1 document with 1 span"]);
        check(&desk.call("render notes/a.txt --model tiny --svg --out notes/a.svg"), 0, &[]);
        check(&desk.call("render notes --model tiny --svg --out notes/all.svg"), 0, &[]);
    }
    check(&desk.call("export --project ward.db --to gold --out -"), 0, &["1 document with 1 span"]);
}

#[test]
fn a_project_that_cannot_be_asked_guards_the_notes_beside_it_alone() {
    let desk = Desk::new();
    decide(&desk).close().unwrap();
    for name in ["other.txt", "notes/b.txt", "table.svg", "notes/out.jsonl"] {
        std::fs::create_dir_all(desk.path("notes")).unwrap();
        desk.write(name, NOTE);
    }
    // The schema's version, in the header: that of a newer program.
    let mut project = std::fs::OpenOptions::new().write(true).open(desk.path(".chartmark/project.db")).unwrap();
    project.seek(SeekFrom::Start(60)).and_then(|_| project.write_all(&[0, 0, 0, 99])).unwrap();
    drop(project);
    let refused = desk.call("predict notes/b.txt --model tiny --out other.txt");
    check(&refused, 1, &["may be a note of a project", "left untouched"]);
    assert_eq!(desk.read("other.txt"), NOTE);
    // Others are written anew, which comes no further than that: the model has no labels.
    for name in ["notes/out.jsonl", "table.svg"] {
        check(&desk.call(&format!("predict notes/b.txt --model tiny --out {name}")), 1, &["has learned no labels"]);
        assert_ne!(desk.read(name), NOTE);
    }
}

#[test]
fn deleted_labels_are_left_out_of_an_export_and_told() {
    let desk = Desk::new();
    let mut project = decide(&desk);
    let scheme = LabelScheme::from_names("ward", &["sym", "sev", "other"]).unwrap();
    project.set_scheme(&scheme).unwrap();
    project.relabel(&scheme, &Relabel::Delete { label: "sym".into() }, &[]).unwrap();
    project.close().unwrap();
    let out = desk.call("export note.txt --to gold");
    check(&out, 0, &["with 'ward' 2 decisions are in labels that it lacks (sym 2)", "not written"]);
    assert!(!out.stdout.contains("\"sym\"") && out.stdout.contains("\"other\""), "{}", out.stdout);
    // Those of a scheme that was put aside are still there.
    let mut project = Project::open(&desk.path(".chartmark/project.db"), "Dr. Grey").unwrap();
    project.undo_relabel().unwrap();
    project.set_scheme(&LabelScheme::from_names("next", &["sev"]).unwrap()).unwrap();
    project.close().unwrap();
    let out = desk.call("export note.txt --to gold");
    assert!(out.stdout.contains("\"sym\"") && !out.stderr.contains("not written"), "{out:?}");
}

#[test]
fn looking_at_a_project_changes_nothing() {
    let desk = Desk::new();
    let project = decide(&desk);
    let doctor = desk.call("doctor note.txt --model tiny");
    assert!(doctor.stdout.contains("5 events"), "what another process has not folded back is seen: {}", doctor.stdout);
    project.close().unwrap();
    let place = desk.path(".chartmark");
    std::fs::remove_file(place.join("project.db.lock")).unwrap();
    let files = || std::fs::read_dir(&place).unwrap().map(|file| file.unwrap().file_name()).collect::<Vec<_>>();
    let before = (std::fs::read(place.join("project.db")).unwrap(), files());
    for call in ["doctor note.txt --model tiny", "model list note.txt", "model show 0 note.txt", "export note.txt --to gold"] {
        check(&desk.call(call), 0, &[]);
        assert!(before == (std::fs::read(place.join("project.db")).unwrap(), files()), "{call}: {:?}", files());
    }
    desk.write("empty.db", "");
    for call in ["export --project empty.db --to gold", "model list --project empty.db"] {
        check(&desk.call(call), 1, &["empty.db is empty or was written by an older"]);
    }
    let doctor = desk.call("doctor --project empty.db --model tiny");
    assert!(doctor.status == 1 && doctor.stdout.contains("empty.db is empty or was written by an older"), "{doctor:?}");
    assert_eq!(desk.read("empty.db"), "", "the doctor makes nothing of it");
}

#[test]
fn an_empty_project_has_nothing_to_export() {
    let desk = Desk::new();
    Project::open(&desk.path("p.db"), "a").unwrap().close().unwrap();
    check(&desk.call("export --project p.db --to gold --out out.jsonl"), 1, &["no decisions yet"]);
    assert!(!desk.path("out.jsonl").exists());
}

#[test]
fn a_backup_is_a_project_of_its_own_and_overwrites_nothing() {
    let desk = Desk::new();
    // It stays open meanwhile.
    let project = decide(&desk);
    check(&desk.call("backup copy.db note.txt"), 0, &["copy.db"]);
    check(&desk.call("backup copy.db note.txt"), 1, &["copy.db exists already"]);
    check(&desk.call("backup no/where/copy.db note.txt"), 1, &["no/where/copy.db"]);
    project.close().unwrap();
    let original = desk.call("export note.txt --to gold").stdout;
    assert!(!original.is_empty());
    assert_eq!(desk.call("export copy.db --to gold").stdout, original);
}

#[test]
fn versions_are_listed_shown_activated_and_rolled_back() {
    let desk = Desk::new();
    let hash = blake3(&desk.path("tiny/model.safetensors"));
    let mut project = decide(&desk);
    project.add_version(&version(Verdict::NotJudged, "only 3 decisions"), &hash).unwrap();
    project.add_version(&version(Verdict::KeptAside, "worse \u{1b}[31m"), &hash).unwrap();
    project.add_version(&version(Verdict::KeptAside, "of another encoder"), "0000").unwrap();
    project.close().unwrap();
    let call = |call: &str| desk.call(&format!("model {call} note.txt --model tiny"));
    let active = || -> u64 {
        let json: Value = serde_json::from_str(&call("list --json").stdout).unwrap();
        let marked: Vec<&Value> = json["versions"].as_array().unwrap().iter().filter(|it| it["active"] == true).collect();
        assert!(marked.len() <= 1 && marked.iter().all(|it| it["id"] == json["active"]));
        json["active"].as_u64().unwrap()
    };
    assert_eq!(active(), 1);
    let list = call("list");
    check(&list, 0, &[]);
    assert!(list.stdout.contains("*       1") && list.stdout.contains("kept aside: worse ␛[31m"), "{}", list.stdout);
    let show: Value = serde_json::from_str(&call("show 2 --json").stdout).unwrap();
    let fields = [&show["id"], &show["active"], &show["seed"], &show["through"], &show["verdict"], &show["metrics"]["decided"]];
    assert_eq!(fields, [&json!(2), &json!(false), &json!(7), &json!(2), &json!("kept_aside"), &json!(12)]);
    assert!(call("show 2").stdout.contains("seed 7") && call("show 0").stdout.contains("original"));

    check(&call("activate 2"), 0, &["version 2 is active"]);
    assert_eq!(active(), 2);
    check(&call("rollback"), 0, &["version 1 is active again"]);
    assert_eq!(active(), 1);
    check(&call("rollback"), 0, &["version 0"]);
    check(&call("rollback"), 1, &["nothing was changed"]);
    check(&call("activate 9"), 1, &["no model version 9"]);
    check(&call("show 9"), 1, &["no model version 9"]);
    check(&call("activate 3"), 1, &["another encoder", "--model"]);
    assert_eq!(active(), 0);
    let doctor = desk.call("doctor note.txt --model tiny");
    assert!(doctor.stdout.contains("is sound"), "{}", doctor.stdout);
}

fn blake3(path: &Path) -> String {
    ::blake3::hash(&std::fs::read(path).unwrap()).to_hex().to_string()
}
