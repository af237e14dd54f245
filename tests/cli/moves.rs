//! What commands make of notes that have other names since they were worked on, and of projects of earlier programs.

use std::fs::rename;

use chartmark::domain::{Annotations, Document, EditId, LabelScheme, Shown};
use chartmark::store::Project;
use chartmark::tokenization::segment;
use serde_json::Value;

use super::desk::{Desk, NOTE, check};

/// A folder with two notes; in the first "leg" is decided to be `sev`, which the model does not say.
fn desk() -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("notes")).unwrap();
    desk.write("notes/a.txt", NOTE);
    desk.write("notes/b.txt", "no ache.\n");
    let mut project = Project::open(&desk.path("notes/.chartmark/project.db"), "Dr. Grey").unwrap();
    project.set_corpus(&desk.path("notes").display().to_string()).unwrap();
    let scheme = LabelScheme::from_names("s", &["sym", "sev"]).unwrap();
    project.set_scheme(&scheme).unwrap();
    let (note, words) = (Document::new("a.txt", NOTE), segment(NOTE));
    let leg = words.iter().position(|word| word.slice(NOTE) == "leg").unwrap();
    let toggle = Annotations::default().toggle(EditId(1), [leg], 1, &Shown { predictions: None, thresholds: &[0.5; 2] });
    project.edit(&note, &words, &scheme, &toggle).unwrap();
    project.close().unwrap();
    desk
}

fn exported(desk: &Desk, call: &str) -> Vec<String> {
    let out = desk.call(call);
    check(&out, 0, &[]);
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
    out.stdout.lines().map(id).collect()
}

#[test]
fn an_export_calls_notes_what_they_are_called_now() {
    for export in ["export notes --to gold", "export notes/.chartmark/project.db --to gold"] {
        let desk = desk();
        assert_eq!(exported(&desk, export), ["a.txt"]);
        rename(desk.path("notes/a.txt"), desk.path("notes/ward 3.txt")).unwrap();
        let out = desk.call(export);
        check(&out, 0, &["A note was found under another name, and its work with it: a.txt is now ward 3.txt."]);
        assert_eq!(exported(&desk, export), ["ward 3.txt"]);
        check(&desk.call("doctor notes --model tiny"), 0, &[]);
    }
}

#[test]
fn without_a_terminal_the_text_is_printed_as_the_screen_shows_it() {
    let desk = desk();
    let model = desk.trained();
    let decided =
        |text: &str| text.split_once("leg](").is_some_and(|(_, labels)| labels.split(')').next().unwrap().contains("sev"));
    let print = format!("notes --model {model}");
    let out = desk.call(&print);
    check(&out, 0, &["printing the labelled text"]);
    assert!(out.stdout.contains("=== a.txt ===") && decided(&out.stdout), "{}", out.stdout);
    rename(desk.path("notes/a.txt"), desk.path("notes/c.txt")).unwrap();
    let out = desk.call(&print);
    check(&out, 0, &["a.txt is now c.txt"]);
    assert!(out.stdout.contains("=== c.txt ===") && decided(&out.stdout), "{}", out.stdout);
    let own = desk.call(&format!("notes/.chartmark/project.db --model {model}"));
    assert_eq!(own.stdout, out.stdout);
    // The model alone is asked by `predict`.
    let predicted = desk.call(&format!("predict notes --model {model}"));
    assert!(!decided(&predicted.stdout), "{}", predicted.stdout);
}

#[test]
fn a_folder_with_a_project_that_was_named_says_nothing_of_notes_elsewhere() {
    let desk = desk();
    std::fs::create_dir(desk.path("more")).unwrap();
    desk.write("more/copy.txt", NOTE);
    let named = "export more --project notes/.chartmark/project.db --to gold";
    assert_eq!(exported(&desk, named), ["a.txt"]);
}

#[test]
fn work_goes_along_whatever_command_comes_first() {
    let gold = "{\"id\":\"c.txt\",\"text\":\"bad pain in the leg.\\n\",\"spans\":[{\"start\":0,\"end\":3,\"label\":\"sym\"}]}\n";
    let decisions = |desk: &Desk| {
        let out = desk.call("export notes --to gold");
        check(&out, 0, &[]);
        out.stdout
    };
    for call in [
        "import c.jsonl notes --from gold --partial",
        "import c.jsonl notes/.chartmark/project.db --from gold --partial",
        "import c.jsonl notes/c.txt --from gold --partial",
        "scheme change notes --add more",
        "render --screen 60x20 --ansi notes --out screen.txt",
    ] {
        let desk = desk();
        desk.write("c.jsonl", gold);
        rename(desk.path("notes/a.txt"), desk.path("notes/c.txt")).unwrap();
        check(&desk.call(call), 0, &["a.txt is now c.txt"]);
        let left = decisions(&desk);
        assert!(left.contains("\"sev\"") && left.contains("c.txt") && !left.contains("a.txt"), "{call}: {left}");
    }
}

#[test]
fn an_export_takes_the_place_of_earlier_exports_alone() {
    let desk = desk();
    let export = "export notes --to gold --out out.jsonl";
    check(&desk.call(export), 0, &[]);
    check(&desk.call(export), 0, &[]);
    rename(desk.path("notes/a.txt"), desk.path("notes/c.txt")).unwrap();
    check(&desk.call(export), 0, &[]);
    let gold = desk.read("gold.jsonl");
    check(
        &desk.call("export notes --to gold --out gold.jsonl"),
        1,
        &["gold.jsonl is no earlier export: it holds 'a'", "untouched"],
    );
    assert_eq!(desk.read("gold.jsonl"), gold);
    desk.write("settings.json", "{\"a\": 1}\n");
    check(&desk.call("export notes --to gold --out settings.json"), 1, &["settings.json is no earlier export", "untouched"]);
}

#[test]
fn a_project_of_an_earlier_program_is_brought_up_to_date_by_whatever_reads_it() {
    for call in ["export notes --to gold", "model list notes", "scheme show notes"] {
        let desk = desk();
        let place = desk.path("notes/.chartmark/project.db");
        let older = rusqlite::Connection::open(&place).unwrap();
        older.execute_batch("DROP INDEX event_of_name; PRAGMA user_version = 5;").unwrap();
        drop(older);
        check(&desk.call("doctor notes --model tiny"), 1, &[]);
        check(&desk.call(call), 0, &["brought up to date", "version-5.backup"]);
        let again = desk.call(call);
        check(&again, 0, &[]);
        assert!(!again.stderr.contains("brought up to date"), "{}", again.stderr);
        check(&desk.call("doctor notes --model tiny"), 0, &[]);
    }
}
