//! `rank`, and the whole loop of which it is the beginning and the end.

use serde_json::{Value, json};

use super::desk::{Desk, check};

/// The lines of `rank --json`.
fn ranked(desk: &Desk, call: &str) -> Vec<Value> {
    let out = desk.call(&format!("rank {call} --json"));
    check(&out, 0, &[]);
    let json: Value = serde_json::from_str(&out.stdout).unwrap();
    json["documents"].as_array().unwrap().clone()
}

fn ids(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["id"].as_str().unwrap()).collect()
}

/// Twelve notes of a clinic.
fn ward() -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("ward")).unwrap();
    for (index, text) in [
        "Severe chest pain since morning. Given aspirin 300 mg and morphine 5 mg.",
        "No fever, no cough. Chest X-ray clear.",
        "Type 2 diabetes, on metformin 500 mg twice daily. HbA1c 62 mmol/mol.",
        "Fracture of the left hip after a fall. Awaiting theatre.",
        "Mild headache for three days, worse in the evening. Paracetamol helps.",
        "History of asthma. Wheeze on both lung bases. Salbutamol nebuliser given.",
        "Laparoscopic appendectomy yesterday, wound dry, no pain.",
        "Blood pressure 182/104, heart rate 96. Started on amlodipine 5 mg.",
        "Rash on both arms after amoxicillin, itching, no swelling of the face.",
        "Mother had breast cancer at 45. Patient is well.",
        "Nausea and vomiting after chemotherapy, ondansetron 8 mg as needed.",
        "CT abdomen: gallstones, no dilatation of the common bile duct.",
    ]
    .iter()
    .enumerate()
    {
        desk.write(&format!("ward/{index:02}.txt"), text);
    }
    desk
}

/// Gold for these documents of the ward: every word that ends in a digit's unit, and names of drugs, as any annotator would.
fn corrected(desk: &Desk, documents: &[&str]) -> String {
    let drugs = ["aspirin", "morphine", "metformin", "Paracetamol", "Salbutamol", "amlodipine", "amoxicillin", "ondansetron"];
    let line = |id: &&str| {
        let text = desk.read(&format!("ward/{id}"));
        let found = drugs.iter().filter_map(|drug| text.find(drug).map(|start| (start, start + drug.len())));
        let spans: Vec<Value> = found.map(|(start, end)| json!({"start": start, "end": end, "label": "drug"})).collect();
        json!({"id": id, "text": text, "spans": spans}).to_string()
    };
    documents.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_loop_runs_from_the_shell_on_one_project() {
    let desk = ward();
    let first = ranked(&desk, "ward --limit 3");
    assert_eq!(first, ranked(&desk, "ward --limit 3"), "the same order each time");
    for line in &first {
        assert!(line["score"].is_number() && line["cost"].as_f64().unwrap() > 0.0, "{line}");
        assert!(line["reason"].as_str().unwrap().contains("undecided word"), "{line}");
    }
    desk.write("corrected.jsonl", corrected(&desk, &ids(&first)));
    check(&desk.call("import corrected.jsonl ward --from gold"), 0, &["3 documents"]);
    let between = ranked(&desk, "ward");
    let still = |lines: &[Value]| ids(lines).iter().filter(|id| ids(&first).contains(id)).count();
    assert_eq!((between.len(), still(&between)), (9, 0), "what is decided has left the pool");

    check(&desk.call("train ward"), 0, &[]);
    let versions: Value = serde_json::from_str(&desk.call("model list ward --json").stdout).unwrap();
    assert_eq!(versions["active"], 1, "{versions}");
    let after = ranked(&desk, "ward");
    assert_eq!((after.len(), still(&after)), (9, 0));
    let scores = |lines: &[Value]| {
        let mut scores: Vec<(String, f64)> =
            lines.iter().map(|line| (line["id"].to_string(), line["score"].as_f64().unwrap())).collect();
        scores.sort_by(|a, b| a.0.cmp(&b.0));
        scores
    };
    assert_ne!(scores(&after), scores(&between), "the new version ranks");
    check(&desk.call("model rollback ward"), 0, &[]);
    assert_eq!(scores(&ranked(&desk, "ward")), scores(&between), "the one before ranks again");
}

#[test]
fn every_strategy_ranks_documents_and_passages() {
    let desk = ward();
    desk.write("ward/long.txt", "Severe pain in the left arm, no fever. Given aspirin 300 mg.\n".repeat(12));
    for strategy in ["random", "least-confidence", "margin", "entropy", "expected-edits", "bald", "core-set", "hybrid"] {
        let lines = ranked(&desk, &format!("ward --strategy {strategy}"));
        let mut found = ids(&lines);
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), 13, "{strategy}");
        let descending = |pair: &[Value]| pair[0]["score"].as_f64() >= pair[1]["score"].as_f64();
        assert!(lines.windows(2).all(descending), "{strategy}: the best first");
    }
    let lines = ranked(&desk, "ward --strategy entropy --passages --per words");
    let text = desk.read("ward/long.txt");
    let places = |line: &Value| (line["start"].as_u64().unwrap() as usize, line["end"].as_u64().unwrap() as usize);
    let mut passages: Vec<(usize, usize)> = lines.iter().filter(|line| line["id"] == "long.txt").map(places).collect();
    passages.sort_unstable();
    assert!(passages.len() > 1, "{passages:?}");
    assert!(passages.iter().all(|&(start, end)| text[start..end].starts_with("Severe") && text[start..end].ends_with('.')));
    assert!(lines.iter().all(|line| line["cost"].as_f64().unwrap() <= 100.0), "words");
}

#[test]
fn a_share_is_drawn_by_lot_and_says_so() {
    let desk = ward();
    let drawn = |call: &str| -> Vec<(usize, String)> {
        let lines = ranked(&desk, call);
        assert_eq!(lines.len(), 12);
        let random =
            |(_, line): &(usize, &Value)| line["reason"].as_str().unwrap().starts_with("random, so that figures stay honest");
        assert!(lines.iter().enumerate().all(|line| line.1["random"] == random(&line)));
        lines.iter().enumerate().filter(random).map(|(place, line)| (place, line["id"].to_string())).collect()
    };
    let by_entropy = drawn("ward --strategy entropy --random-share 0.25");
    assert_eq!(by_entropy.iter().map(|it| it.0).collect::<Vec<_>>(), [3, 7, 11]);
    let seeded = drawn("ward --strategy entropy --random-share 0.25 --seed 7");
    assert_ne!(seeded, by_entropy);
    assert!(drawn("ward --strategy entropy").is_empty());
}

#[test]
fn a_model_that_has_learned_nothing_ranks_by_lot_and_says_so() {
    let desk = ward();
    let lines = ranked(&desk, "ward --model tiny");
    assert!(
        lines.iter().all(|line| line["reason"].as_str().unwrap().starts_with("nothing is learned yet; by lot; ")),
        "{lines:?}"
    );
    let mut sorted = ids(&lines);
    sorted.sort_unstable();
    assert_eq!(sorted.len(), 12);
    assert_ne!(ids(&lines), sorted, "not the order of the folder");
    assert_ne!(ids(&ranked(&desk, "ward --model tiny --seed 7")), ids(&lines));
    assert_eq!(ranked(&desk, "ward --model tiny"), lines, "the same lot again");
}

#[test]
fn people_get_a_table_with_the_reason() {
    let desk = ward();
    let out = desk.call("rank ward --limit 2 --strategy expected-edits");
    check(&out, 0, &[]);
    let lines: Vec<&str> = out.stdout.lines().collect();
    assert!(lines.len() == 3 && lines[0].contains("words") && lines[1].contains(".txt"), "{}", out.stdout);
    assert!(lines[1..].iter().all(|line| line.contains("undecided")), "{}", out.stdout);
    let plain = desk.call("rank note.txt --model tiny --json");
    check(&plain, 0, &[]);
    assert!(plain.stdout.contains("note.txt"), "a model that has learned nothing ranks too: {}", plain.stdout);
    check(&desk.call("rank ward --project nowhere.db"), 1, &["no project nowhere.db"]);
    check(&desk.call("rank nowhere"), 1, &["nowhere"]);
}
