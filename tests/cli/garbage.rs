//! Garbage in: a sentence that names the file, the exit status as designed, and never a panic.

use super::desk::{Desk, NOTE, check};

#[test]
fn notes_that_cannot_be_read() {
    let desk = Desk::new();
    let model = desk.trained();
    std::fs::create_dir(desk.path("bare")).unwrap();
    desk.write("empty.txt", "");
    desk.write("empty.jsonl", "");
    desk.write("latin1.txt", b"caf\xe9 au lait");
    desk.write("broken.jsonl", "{\"id\": \"a\", \"text\": \n");
    for (path, expected) in [
        ("nowhere.txt", "nowhere.txt"),
        ("bare", "bare"),
        ("empty.txt", "empty.txt"),
        ("empty.jsonl", "empty.jsonl"),
        ("latin1.txt", "UTF-8"),
        ("latin1.txt", "latin1.txt"),
        ("broken.jsonl", "line 1"),
        ("broken.jsonl", "broken.jsonl"),
    ] {
        for command in ["predict ", ""] {
            let out = desk.call(&format!("{command}{path} --model {model}"));
            check(&out, 1, &["chartmark: ", expected]);
            assert_eq!(out.stdout, "", "{path}");
        }
    }
}

#[test]
fn gold_that_cannot_be_read() {
    let desk = Desk::new();
    desk.write("empty.jsonl", "");
    desk.write("notes.jsonl", "{\"id\":\"a\",\"text\":\"bad ache\"}\n");
    desk.write("latin1.jsonl", b"{\"id\":\"a\",\"text\":\"caf\xe9\",\"spans\":[]}\n");
    for path in ["nowhere.jsonl", "empty.jsonl", "notes.jsonl", "latin1.jsonl", "tiny"] {
        check(&desk.call(&format!("evaluate --gold {path} --model tiny")), 1, &["chartmark: ", path]);
    }
    check(&desk.call("evaluate --gold gold.jsonl --model tiny"), 1, &["tiny has learned no labels"]);
}

/// What is done to a good model.
type Harm = fn(&Desk);

#[test]
fn models_that_cannot_be_used() {
    let cases: [(&str, Harm, &str); 9] = [
        (
            "truncated weights",
            |desk| desk.write("bad/model.safetensors", &std::fs::read(desk.path("tiny/model.safetensors")).unwrap()[..9000]),
            "cut short",
        ),
        ("empty weights", |desk| desk.write("bad/model.safetensors", ""), "cut short"),
        ("no weights", |desk| std::fs::remove_file(desk.path("bad/model.safetensors")).unwrap(), "neither model.safetensors nor"),
        (
            "a tokenizer with more subwords",
            |desk| desk.write("bad/vocab.txt", desk.read("bad/vocab.txt") + "zz\n"),
            "41 subwords",
        ),
        ("a tokenizer without [CLS]", |desk| desk.write("bad/vocab.txt", "a\nb\n"), "[CLS]"),
        ("no tokenizer", |desk| std::fs::remove_file(desk.path("bad/vocab.txt")).unwrap(), "vocab.txt"),
        (
            "another architecture",
            |desk| desk.write("bad/config.json", desk.read("bad/config.json").replace("\"bert\"", "\"llama\"")),
            "llama",
        ),
        (
            "another shape",
            |desk| {
                desk.write("bad/config.json", desk.read("bad/config.json").replace("\"hidden_size\": 24", "\"hidden_size\": 48"))
            },
            "shape",
        ),
        ("a broken config", |desk| desk.write("bad/config.json", "{"), "config.json"),
    ];
    for (name, harm, expected) in cases {
        let desk = Desk::new();
        desk.copy_model("tiny", "bad");
        harm(&desk);
        for call in ["predict note.txt --model bad", "note.txt --model bad", "evaluate --gold gold.jsonl --model bad"] {
            check(&desk.call(call), 1, &["chartmark: ", "bad", expected]);
        }
        let doctor = desk.call("doctor --model bad");
        check(&doctor, 1, &["failed"]);
        assert!(doctor.stdout.contains("✗ ") && doctor.stdout.contains(expected), "{name}: {}", doctor.stdout);
    }
    let desk = Desk::new();
    check(&desk.call("predict note.txt --model nowhere"), 1, &["nowhere"]);
    check(&desk.call("bench encoder --model nowhere"), 1, &["nowhere"]);
}

#[test]
fn projects_that_are_none() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("folder")).unwrap();
    desk.write("text.db", "no database");
    for (project, expected) in [
        ("folder", "folder is a folder"),
        ("text.db", "text.db is not a Chartmark project"),
        ("nowhere.db", "no project nowhere.db"),
    ] {
        for call in ["model list", "model rollback", "export --to gold", "backup copy.db"] {
            check(&desk.call(&format!("{call} --project {project} --model tiny")), 1, &[expected]);
        }
    }
    check(&desk.call("export nowhere --to gold"), 1, &["nowhere"]);
    assert_eq!((desk.read("text.db").as_str(), desk.path("copy.db").exists()), ("no database", false));
    let doctor = desk.call("doctor --project folder --model tiny");
    check(&doctor, 1, &[]);
    assert!(doctor.stdout.contains("✗ folder is a folder"), "{}", doctor.stdout);
    assert_eq!(desk.read("note.txt"), NOTE);
}
