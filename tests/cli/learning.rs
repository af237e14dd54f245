//! What a project learns, from the shell.

use chartmark::store::Project;

use super::desk::{Desk, check};
use super::project::decide;

/// The heads of a project's versions.
fn heads(desk: &Desk, file: &str) -> Vec<Vec<u8>> {
    let project = Project::open(&desk.path(file), "Dr. Grey").unwrap();
    let versions = project.versions().unwrap();
    versions.iter().map(|version| project.head(version.record.id).unwrap().unwrap().to_vec()).collect()
}

#[test]
fn a_training_that_was_killed_and_repeated_gives_the_same_bytes() {
    let desk = Desk::new();
    let model = desk.trained();
    decide(&desk).close().unwrap();
    check(&desk.call("backup whole.db note.txt"), 0, &[]);
    check(&desk.call("backup killed.db note.txt"), 0, &[]);
    check(&desk.call(&format!("train note.txt --project whole.db --model {model}")), 0, &[]);
    let mut child = desk.start(&format!("train note.txt --project killed.db --model {model}"));
    child.kill().unwrap();
    child.wait().unwrap();
    if heads(&desk, "killed.db").is_empty() {
        check(&desk.call(&format!("train note.txt --project killed.db --model {model}")), 0, &[]);
    }
    let (whole, repeated) = (heads(&desk, "whole.db"), heads(&desk, "killed.db"));
    assert_eq!((whole.len(), repeated.len()), (1, 1));
    assert!(whole == repeated);
}

#[test]
fn a_training_without_anything_new_ends_with_a_sentence() {
    let desk = Desk::new();
    let model = desk.trained();
    decide(&desk).close().unwrap();
    let train = format!("train note.txt --scope head --model {model}");
    check(&desk.call_that_ends(&train), 0, &[]);
    for _ in 0..2 {
        check(&desk.call_that_ends(&train), 0, &["nothing was decided since version 1 was trained", "nothing has changed"]);
        assert_eq!(heads(&desk, ".chartmark/project.db").len(), 1);
    }
}

#[test]
fn other_notes_are_labelled_by_the_version_of_a_project_that_is_named() {
    let desk = Desk::new();
    let model = desk.trained();
    decide(&desk).close().unwrap();
    desk.write("more.txt", "pain and bad ache.\n");
    let predict = |more: &str| {
        let out = desk.call(&format!("predict more.txt --format jsonl --model {model}{more}"));
        check(&out, 0, &[]);
        serde_json::from_str::<serde_json::Value>(&out.stdout).unwrap()
    };
    let of = " --project .chartmark/project.db";
    let scores = |said: &serde_json::Value| -> Vec<f64> {
        said["words"].as_array().unwrap().iter().map(|word| word["scores"]["sym"].as_f64().unwrap()).collect()
    };
    // What was decided names the same labels; nothing was learned from it yet.
    let before = predict("");
    assert_eq!((&predict(of)["model"], scores(&predict(of))), (&before["model"], scores(&before)));
    check(&desk.call_that_ends(&format!("train note.txt --model {model}")), 0, &[]);
    let trained = predict(of);
    assert!(trained["model"].as_str().unwrap().ends_with(", version 1"), "{}", trained["model"]);
    assert_ne!(scores(&trained), scores(&before));
    assert_eq!(predict(""), before, "without its name the model alone is asked");
    let among = desk.call(&format!("predict more.txt --model {model}{of} --out note.txt"));
    assert!(among.status != 0 && desk.read("note.txt") == super::desk::NOTE, "{among:?}");
}

#[test]
fn versions_of_another_encoder_do_not_keep_the_model_from_learning() {
    let desk = Desk::new();
    let model = desk.trained();
    check(&desk.call("train --gold gold.jsonl --scope encoder --epochs 2 --lr 0.01 --seed 5 --base tiny --out other"), 0, &[]);
    let on = |more: &str| desk.call(&format!("train --gold gold.jsonl --scope encoder --epochs 1 --base other {more}"));
    check(&on("--out on"), 0, &["going on from the head for 'gold'"]);
    let fresh = on("--fresh-heads --out fresh");
    assert!(fresh.status == 0 && !fresh.stderr.contains("going on from"), "{fresh:?}");
    decide(&desk).close().unwrap();
    let train = |model: &str| desk.call_that_ends(&format!("train note.txt --model {model}"));
    check(&train(model), 0, &[]);
    check(&train("other"), 0, &["version 1 belongs to another encoder"]);
    let project = Project::open(&desk.path(".chartmark/project.db"), "Dr. Grey").unwrap();
    let bases: Vec<u64> = project.versions().unwrap().iter().map(|version| version.record.base).collect();
    assert_eq!((bases, project.active().unwrap()), (vec![0, 0], 2));
    project.close().unwrap();
    // Each has learned from all that there is.
    check(&train("other"), 0, &["nothing was decided since version 2"]);
    check(&train(model), 0, &["nothing was decided since version 1"]);
}

#[test]
fn studies_and_the_bench_answer_in_tables_and_json() {
    let desk = Desk::new();
    let model = desk.trained();
    for study in ["growth", "label", "new-label", "noise", "contradiction"] {
        let call = format!("simulate --study {study} --pool gold.jsonl --test gold.jsonl --seeds 1 --model {model}");
        let out = desk.call(&call);
        // Too little is there to find ten words of a new label.
        if study == "new-label" {
            check(&out, 1, &["ten words or more"]);
            continue;
        }
        check(&out, 0, &[]);
        assert!(out.stdout.lines().count() > 1 && out.stdout.starts_with("label"), "{}", out.stdout);
        let json: serde_json::Value = serde_json::from_str(&desk.call(&format!("{call} --json")).stdout).unwrap();
        let row = &json["measured"][0];
        assert!(row["before"].is_f64() && row["after"].is_f64() && row["documents"][0].is_string(), "{row}");
    }
    // Labels that the model does not know, in both files.
    desk.write("other.jsonl", desk.read("gold.jsonl").replace("sym", "finding"));
    let other = desk.call(&format!("simulate --study growth --pool other.jsonl --test other.jsonl --seeds 1 --model {model}"));
    check(&other, 0, &[]);
    let out = desk.call(&format!("bench head --words 300 --notes 2 --passes 2 --model {model} --json"));
    check(&out, 0, &[]);
    let json: serde_json::Value = serde_json::from_str(&out.stdout).unwrap();
    assert_eq!((&json["words"], &json["cells"], &json["labels"]), (&300.into(), &600.into(), &2.into()));
    assert_eq!(json["learn"]["passes"].as_array().unwrap().len(), 2);
    check(&desk.call("bench head --model tiny"), 1, &["no head yet"]);
}

#[test]
fn keys_are_counted_from_predictions_to_gold() {
    let desk = Desk::new();
    let model = desk.trained();
    let call = format!("simulate --study keys --test gold.jsonl --model {model}");
    let json: serde_json::Value = serde_json::from_str(&desk.call(&format!("{call} --json")).stdout).unwrap();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    assert!((number(&json["ratio"]) - number(&json["keys"]) / number(&json["slate"])).abs() < 1e-9, "{json}");
    let notes = json["notes"].as_array().unwrap();
    for note in notes {
        let typed = note["typed"].as_str().unwrap().split(' ').count();
        assert_eq!(number(&note["keys"]), typed as f64, "{note}");
    }
    assert_eq!(notes.iter().map(|note| number(&note["keys"])).sum::<f64>(), number(&json["keys"]));
    let table = desk.call(&call);
    check(&table, 0, &[]);
    assert!(table.stdout.contains("per 100 words") && table.stdout.contains("gold, cell by cell"), "{}", table.stdout);
    check(&desk.call(&format!("simulate --study growth --test gold.jsonl --model {model}")), 2, &["--pool"]);
}

#[test]
fn a_head_is_chosen_by_hand_or_by_a_search() {
    let desk = Desk::new();
    for (index, (head, words)) in [("linear", "\"hidden\": null"), ("mlp:7", "\"hidden\": 7")].into_iter().enumerate() {
        check(&desk.call(&format!("train --gold gold.jsonl --base tiny --epochs 2 --head {head} --out m{index}")), 0, &[]);
        let description = desk.read(&format!("m{index}/chartmark.json"));
        assert!(description.contains(words) && description.contains("cross_fitted"), "{description}");
        check(&desk.call(&format!("evaluate --gold gold.jsonl --model m{index}")), 0, &[]);
    }
    let out = desk.call("train --gold gold.jsonl --base tiny --tune --out tuned");
    check(&out, 0, &["held-out micro-F1", "linear", "mlp:"]);
    check(&desk.call("train --gold gold.jsonl --base tiny --tune --lr 0.1 --out other"), 2, &["--tune"]);
    check(&desk.call("train --gold gold.jsonl --base tiny --head forest --out other"), 2, &["mlp:WIDTH"]);
}
