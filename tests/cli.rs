//! The program as scripts and people call it: exit status, standard output, standard error.

mod agreement;
mod cache;
mod config;
mod desk;
mod garbage;
mod import;
mod learning;
mod moves;
mod project;
mod queue;
mod render;
mod review;
mod scheme;
mod suspects;
mod training;

use chartmark::store::Project;
use desk::{Desk, check};
use serde_json::Value;

#[test]
fn help_of_every_command_shows_examples() {
    let desk = Desk::new();
    for command in [
        "",
        "predict",
        "train",
        "evaluate",
        "simulate",
        "rank",
        "import",
        "export",
        "render",
        "review",
        "backup",
        "model",
        "scheme",
        "suspects",
        "agreement",
        "config",
        "doctor",
        "bench encoder",
        "bench head",
        "bench predict",
        "bench training",
        "bench ui",
    ] {
        let out = desk.run(command.split_whitespace().chain(["--help"]));
        assert_eq!(out.status, 0, "{command}: {}", out.stderr);
        assert!(out.stdout.contains("Examples:\n  chartmark") && out.stdout.contains("Usage:"), "{command}: {}", out.stdout);
    }
}

#[test]
fn wrong_calls_exit_with_two() {
    let desk = Desk::new();
    for (call, expected) in [
        ("frobnicate --to gold", "unexpected argument"),
        ("predict", "required"),
        ("bench ui --part keys", "--project"),
        ("export", "--to"),
        ("export --to docx", "gold"),
        ("rank note.txt --strategy guess", "expected-edits"),
        ("rank note.txt --random-share 2", "from 0 to 1"),
        ("render note.txt", "--svg"),
        ("render note.txt --svg --html", "cannot be used"),
        ("render note.txt --svg --width 5", "20"),
        ("render note.txt --svg --out note.txt", "note.txt"),
        ("review note.txt --all", "--plain"),
        ("import gold.jsonl", "--from"),
        ("import gold.jsonl --from docx", "gold"),
        ("import gold.jsonl --from gold --partial --complete", "cannot be used"),
        ("model activate first", "invalid value"),
        ("agreement a.db b.db --limit few", "invalid value"),
        ("note.txt model list", "note.txt"),
        ("bench encoder --precision int4", "int8"),
        ("predict - -", "standard input"),
        ("predict note.txt --out note.txt", "note.txt"),
        ("evaluate --gold gold.jsonl --model a --model b --model c", "two models"),
        ("evaluate --gold gold.jsonl --threads 0", "invalid value"),
        ("simulate --pool gold.jsonl", "--test"),
        ("train --gold gold.jsonl --scope encoder --layer-decay 0", "above 0"),
        ("train note.txt --tune", "--tune would change nothing: a project's own training"),
        ("simulate --pool gold.jsonl --test gold.jsonl --strategy entropie", "choose from random"),
        ("simulate --pool gold.jsonl --test gold.jsonl --until 0", "--until"),
    ] {
        check(&desk.call(call), 2, &[expected]);
    }
    assert_eq!(desk.read("note.txt"), desk::NOTE, "the note is as it was");
}

#[test]
fn evaluate_prints_the_documented_json() {
    let desk = Desk::new();
    let model = desk.trained();
    let out = desk.call(&format!("evaluate --gold gold.jsonl --model {model} --json"));
    check(&out, 0, &[]);
    let json: Value = serde_json::from_str(&out.stdout).unwrap();
    let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = ["words", "micro", "macro", "exact_match", "hamming_loss", "calibration", "labels"];
    expected.sort_unstable();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    assert_eq!(json["words"], 7, "the full stops don't count");
    assert_eq!(json["labels"]["sym"]["support"], 3);
    assert!(["precision", "recall", "f1", "accuracy"].iter().all(|key| json["labels"]["sev"][key].is_number()));
    for calibration in [&json["calibration"], &json["labels"]["sev"]["calibration"]] {
        assert!(calibration["brier"].is_number() && calibration["cells"].is_u64(), "{calibration}");
    }
}

#[test]
fn labels_that_a_model_does_not_know_are_missed() {
    let desk = Desk::new();
    let model = desk.trained();
    desk.write("other.jsonl", r#"{"id":"x","text":"bad pain","spans":[{"start":4,"end":8,"label":"unheard"}]}"#);
    let out = desk.call(&format!("evaluate --gold other.jsonl --model {model} --json"));
    let json: Value = serde_json::from_str(&out.stdout).unwrap();
    assert_eq!((&json["labels"]["unheard"]["support"], &json["labels"]["unheard"]["recall"]), (&1.into(), &0.0.into()));
    let table = desk.call(&format!("evaluate --gold other.jsonl --model {model}"));
    check(&table, 0, &[]);
    assert!(table.stdout.contains("unheard") && table.stdout.contains("2 words"), "{}", table.stdout);
}

#[test]
fn two_models_are_compared() {
    let desk = Desk::new();
    let model = desk.trained();
    let call = format!("evaluate --gold gold.jsonl --model {model} --model {model}");
    let out = desk.call(&(call.clone() + " --json"));
    check(&out, 0, &[]);
    let json: Value = serde_json::from_str(&out.stdout).unwrap();
    assert_eq!(json["models"].as_array().map(Vec::len), Some(2));
    assert_eq!(json["models"][0], json["models"][1]);
    assert_eq!((&json["models"][0]["name"], &json["models"][0]["words"]), (&"trained".into(), &7.into()));
    assert_eq!((&json["comparison"]["observed"], &json["comparison"]["groups"]), (&0.0.into(), &2.into()));
    let table = desk.call(&call);
    assert_eq!(
        (&json["comparison"]["finding"], &json["comparison"]["labels"]["sym"]["observed"]),
        (&"unclear".into(), &0.0.into())
    );
    assert!(table.stdout.contains("2 documents can't tell which is better"), "{}", table.stdout);
}

#[test]
fn without_a_terminal_it_is_a_filter() {
    let desk = Desk::new();
    let model = desk.trained();
    for (call, heading) in [("note.txt", "=== note.txt ==="), ("", "=== "), ("-", "=== - ===")] {
        let out = desk.call(&format!("{call} --model {model}"));
        check(&out, 0, &["terminal", "open the screen"]);
        assert!(out.stdout.starts_with(heading), "{call}: {}", out.stdout);
        assert_eq!(out.stderr.lines().filter(|line| line.contains("screen")).count(), 1);
    }
    Project::open(&desk.path("empty.db"), "a").unwrap().close().unwrap();
    check(&desk.call(&format!("empty.db --model {model}")), 1, &["empty.db holds no notes"]);
    let (filtered, predicted) =
        (desk.call(&format!("note.txt --model {model}")), desk.call(&format!("predict note.txt --model {model}")));
    assert_eq!(filtered.stdout, predicted.stdout);
}

#[test]
fn a_closed_output_ends_it_quietly() {
    let desk = Desk::new();
    let model = desk.trained();
    desk.write("long.txt", "bad pain in the leg. ".repeat(20_000));
    for call in
        [format!("predict long.txt --model {model}"), format!("evaluate --gold gold.jsonl --model {model}"), "doctor".into()]
    {
        let out = desk.closed(&call);
        assert!(!out.stderr.contains("panicked") && !out.stderr.contains("output"), "{call}: {}", out.stderr);
        assert!(out.status == 0, "{call}: {} {}", out.status, out.stderr);
    }
}

#[test]
fn the_encoder_is_measured() {
    let desk = Desk::new();
    desk.write("ids.json", "[[2, 5, 6, 3], [2, 7, 3]]");
    let out = desk.call("bench encoder --model tiny --ids ids.json --json --threads 1");
    check(&out, 0, &[]);
    let json: Value = serde_json::from_str(&out.stdout).unwrap();
    assert_eq!((&json["tokens"], &json["threads"], &json["precision"]), (&7.into(), &1.into(), &"int8".into()));
    let passes: Vec<f64> = json["passes"].as_array().unwrap().iter().map(|seconds| seconds.as_f64().unwrap()).collect();
    assert!(passes.len() > 1 && passes.iter().all(|&seconds| seconds > 0.0));
    let share = |name: &str| json["profile"]["shares"][name].as_f64().unwrap();
    assert!((share("products") + share("attention") + share("rest") - 1.0).abs() < 1e-9, "{json}");
    assert!(json["machine"]["processor"].is_string() && json["profile"]["of_bound"].as_f64().unwrap() > 0.0, "{json}");
    let rate = |name: &str| json["tokens_per_second"][name].as_f64().unwrap();
    let best = passes.iter().copied().fold(f64::INFINITY, f64::min);
    assert!((rate("best") * best - 7.0).abs() < 1e-6 && rate("median") <= rate("best"));
    let out = desk.call("bench encoder --model tiny");
    check(&out, 0, &[]);
    assert!(out.stdout.contains("candle-transformers") && out.stdout.contains("times as fast"), "{}", out.stdout);
    for (ids, expected) in [("[[2, 99]]", "99"), ("[]", "no sequences"), ("{}", "list of lists"), ("[[]]", "0 subwords")] {
        desk.write("wrong.json", ids);
        check(&desk.call("bench encoder --model tiny --ids wrong.json"), 1, &["wrong.json", expected]);
    }
}

#[test]
fn the_doctor_says_what_is_sound_and_what_is_broken() {
    let desk = Desk::new();
    let model = desk.trained();
    let out = desk.call(&format!("doctor note.txt --model {model}"));
    check(&out, 0, &[]);
    for expected in ["✓ the model trained", "2 labels: ", "threads on", "no project yet", "✓ the data folder"] {
        assert!(out.stdout.contains(expected), "{expected}: {}", out.stdout);
    }
    assert!(!desk.path(".chartmark").exists(), "the doctor makes nothing");
    let out = desk.call("doctor --model nowhere");
    check(&out, 1, &["1 check failed"]);
    assert!(out.stdout.contains("✗ there is no model directory nowhere"), "{}", out.stdout);
}

#[test]
fn simulate_prints_the_documented_json_and_a_table_of_every_strategy() {
    let desk = Desk::new();
    let call =
        "simulate --pool gold.jsonl --test gold.jsonl --model tiny --strategy random entropy --batch 2 --until 2 --seeds 2";
    let out = desk.call(&format!("{call} --json"));
    check(&out, 0, &[]);
    let json: Value = serde_json::from_str(&out.stdout).unwrap();
    assert!(json["full_micro_f1"].is_number());
    let encoder = json["encoder"].as_str().unwrap();
    assert_eq!((&json["model"], encoder.len()), (&"tiny".into(), 64));
    let runs: Vec<(&str, u64)> = json["strategies"].as_array().unwrap().iter().map(run).collect();
    assert_eq!(runs, [("random", 0), ("random", 1), ("entropy", 0), ("entropy", 1)]);
    let last = json["strategies"][0]["points"].as_array().unwrap().last().unwrap();
    assert_eq!(last["words"], 7, "the whole pool was read");
    assert!(["edits", "keys", "seconds", "micro_f1"].iter().all(|key| last[key].is_number()), "{last}");
    let targets: Vec<&String> = json["strategies"][0]["to"].as_object().unwrap().keys().collect();
    assert_eq!(targets, ["0.90", "0.95", "0.98", "0.99"]);
    let out = desk.call(call);
    check(&out, 0, &[]);
    assert!(out.stdout.contains("\nrandom ") && out.stdout.contains("\nentropy "), "{}", out.stdout);
    let heading = format!("model: tiny, encoder {}\n", &encoder[..12]);
    assert!(out.stdout.starts_with(&heading) && !out.stderr.contains("flattering"), "{} {}", out.stdout, out.stderr);
    let bundled = desk.call("simulate --pool gold.jsonl --test gold.jsonl --strategy random --batch 9");
    check(&bundled, 0, &["the savings may be flattering", "--model DIR"]);

    fn run(run: &Value) -> (&str, u64) {
        (run["name"].as_str().unwrap(), run["seed"].as_u64().unwrap())
    }
}
