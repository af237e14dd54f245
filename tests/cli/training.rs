//! `train --gold`: what it refuses, what it chooses, and what it leaves as it was.

use serde_json::Value;

use super::desk::{Desk, check};
use super::scheme;

fn description(desk: &Desk, model: &str) -> Value {
    serde_json::from_str(&desk.read(&format!("{model}/chartmark.json"))).unwrap()
}

#[test]
fn thresholds_are_tuned_for_the_head_that_is_named_and_the_labels_that_gold_has() {
    let desk = scheme::desk();
    let line = |id: usize| {
        format!(r#"{{"id":"{id}","text":"took aspirin daily for pain {id}.","spans":[{{"start":5,"end":12,"label":"drug"}}]}}"#)
    };
    desk.write("drugs.jsonl", (0..12).map(line).collect::<Vec<_>>().join("\n"));
    let train = |more: &[&str]| {
        let call = ["train", "--gold", "drugs.jsonl", "--scope", "thresholds", "--base", "two", "--out", "out"];
        desk.run(call.into_iter().chain(more.iter().copied()))
    };
    // Both heads know drugs.
    check(&train(&[]), 2, &["several heads", "'findings', 'Drugs & doses'", "--scheme", "Nothing was written"]);
    check(&train(&["--scheme", "ward"]), 2, &["no head of the model has the scheme 'ward'", "'Drugs & doses'"]);
    assert!(!desk.path("out").exists());

    let out = train(&["--scheme", "Drugs & doses"]);
    check(&out, 0, &["Drugs & doses, cross-fitted", "drug: calibration error", "dose: no word of the gold has it"]);
    let (before, after) = (description(&desk, "two"), description(&desk, "out"));
    assert_eq!(
        (&after["heads"][0]["thresholds"], &after["heads"][0]["metrics"]["cross_fitted"]),
        (&before["heads"][0]["thresholds"], &Value::Null)
    );
    let threshold = |of: &Value, label: usize| of["heads"][1]["thresholds"][label].as_f64().unwrap();
    assert_ne!(threshold(&before, 0), threshold(&after, 0));
    assert_eq!(threshold(&before, 1), threshold(&after, 1), "nobody looked for doses");
    let dose = |model: &str| -> Vec<f64> {
        let out = desk.run([
            "predict",
            "note.txt",
            "--model",
            model,
            "--scheme",
            "Drugs & doses",
            "--format",
            "jsonl",
            "--precision",
            "fp32",
        ]);
        let json: Value = serde_json::from_str(&out.stdout).unwrap();
        json["words"].as_array().unwrap().iter().map(|word| word["scores"]["dose"].as_f64().unwrap()).collect()
    };
    assert!(dose("two").iter().zip(dose("out")).all(|(before, after)| (before - after).abs() < 1e-4));
    check(&train(&["--scheme", "Drugs & doses"]), 1, &["out holds a model already, which stays as it is"]);

    desk.write("drugs.jsonl", r#"{"id":"x","text":"no ache.","spans":[]}"#);
    let call =
        ["train", "--gold", "drugs.jsonl", "--scope", "thresholds", "--base", "two", "--out", "none", "--scheme", "findings"];
    check(&desk.run(call), 1, &["no labelled word"]);
    assert!(!desk.path("none").exists());
}

#[test]
fn gold_files_of_one_folder_give_heads_that_can_be_told_apart() {
    let desk = Desk::new();
    desk.write("other.jsonl", desk.read("gold.jsonl").replace("sym", "finding"));
    let train = |gold: &str| desk.call(&format!("train {gold} --scope encoder --epochs 1 --base tiny --out both"));
    check(&train("--gold gold.jsonl --gold ./gold.jsonl"), 2, &["two heads would be called 'gold'", "Nothing was trained"]);
    assert!(!desk.path("both").exists());
    check(&train("--gold gold.jsonl --gold other.jsonl"), 0, &[]);
    let names: Vec<Value> = [0, 1].map(|head| description(&desk, "both")["heads"][head]["scheme"]["name"].clone()).into();
    assert_eq!(names, ["gold", "other"]);
    check(&desk.call("predict note.txt --model both --scheme other"), 0, &[]);
}

#[test]
fn gold_without_a_label_is_refused_as_such() {
    let desk = Desk::new();
    desk.write("none.jsonl", r#"{"id":"x","text":"bad pain","spans":[]}"#);
    for call in [
        "train --gold none.jsonl --base tiny --out out",
        "simulate --pool none.jsonl --test gold.jsonl --model tiny",
        "simulate --pool gold.jsonl --test none.jsonl --model tiny",
    ] {
        check(&desk.call(call), 1, &["none.jsonl has no"]);
    }
}

#[test]
fn a_search_keeps_the_settings_that_it_tried() {
    let desk = Desk::new();
    check(&desk.call("train --gold gold.jsonl --base tiny --tune --out tuned"), 0, &["held-out micro-F1"]);
    let training = &description(&desk, "tuned")["training"];
    let tried = training["tried"].as_array().unwrap();
    assert_eq!(tried.len(), 12);
    assert!(tried.iter().all(|tried| [8, 15, 25].contains(&tried["settings"]["head"]["passes"].as_u64().unwrap())), "{tried:?}");
    let f1 = |tried: &Value| tried["micro_f1"].as_f64().unwrap();
    let most = tried.iter().map(f1).fold(0.0, f64::max);
    let first = tried.iter().find(|tried| f1(tried) == most).unwrap();
    assert_eq!(training["settings"], first["settings"], "of equals the first");

    desk.write("short.jsonl", r#"{"id":"a","text":"bad pain.","spans":[{"start":4,"end":8,"label":"sym"}]}"#);
    let short = desk.call("train --gold short.jsonl --base tiny --tune --out short");
    check(&short, 1, &["too little to choose between settings", "--tune", "Nothing was written"]);
    assert!(!desk.path("short").exists());
}

#[test]
fn a_flag_of_another_scope_is_refused_before_anything_is_read() {
    let desk = Desk::new();
    for (call, expected) in [
        ("--scope encoder --tune", ["--tune belongs to --scope head", "under --scope encoder"]),
        ("--mask 0.1", ["--mask belongs to --scope encoder", "under --scope head"]),
        (
            "--scope thresholds --dev gold.jsonl",
            ["--dev belongs to --scope head and --scope encoder", "under --scope thresholds"],
        ),
    ] {
        check(&desk.call(&format!("train --gold nowhere.jsonl --out out {call}")), 2, &expected);
    }
}
