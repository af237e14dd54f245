//! Model directories with several heads over one encoder.

use std::path::Path;

use chartmark::domain::{LabelScheme, Predictions};
use chartmark::encoder::{EncodeOptions, ModelSource};
use chartmark::head::{Head, HeadMeta};
use chartmark::inference::model::{Model, description};
use chartmark::tokenization::segment;
use chartmark::training::save::{HeadPart, Parts, write};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::tiny::{FP32, MODEL, load, model, note};

/// A head of these labels, with weights of its own.
fn head(name: &str, labels: &[&str]) -> Head {
    let scheme = LabelScheme::from_names(name, labels).unwrap();
    let thresholds = (0..labels.len()).map(|label| 0.3 + 0.1 * label as f32).collect();
    let meta = HeadMeta { thresholds, ..HeadMeta::fresh(scheme, "") };
    Head::new(meta, 24, None, &vec![0.5; labels.len()], name.len() as u64).unwrap()
}

fn two() -> [Head; 2] {
    [head("findings", &["symptom", "anatomy", "drug"]), head("Drugs & doses", &["drug", "dose"])]
}

/// A model directory of the tiny encoder with these heads.
pub fn model_of(heads: &[Head]) -> TempDir {
    let (dir, encoder) = (tempfile::tempdir().unwrap(), load(model().path(), FP32));
    let heads: Vec<HeadPart<'_>> =
        heads.iter().map(|head| HeadPart { head, metrics: json!({ "of": head.meta.scheme.name }) }).collect();
    let encode = EncodeOptions::for_positions(24);
    let parts = Parts { encoder: &encoder, weights: MODEL, heads: &heads, encode, name: "tiny" };
    write(dir.path(), &parts, &json!({ "epochs": 3 }), &json!({ "micro_f1": 0.5 })).unwrap();
    dir
}

/// A model directory with two heads: `findings` (symptom, anatomy, drug) and `Drugs & doses` (drug, dose).
pub fn two_headed() -> TempDir {
    model_of(&two())
}

fn open(dir: &Path) -> Model {
    Model::load(&ModelSource::Directory(dir.to_owned()), &candle_core::Device::Cpu, None).unwrap()
}

fn predict(model: &Model, head: &Head) -> Predictions {
    let text = note(30);
    model.predict(head, &text, &segment(&text)).unwrap()
}

#[test]
fn each_head_of_a_model_comes_back_as_it_was() {
    let dir = two_headed();
    let mut model = open(dir.path());
    let names = |model: &Model| model.heads.iter().map(|head| head.meta.scheme.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&model), ["findings", "Drugs & doses"]);
    for (written, read) in two().iter().zip(&model.heads) {
        assert_eq!((&read.meta.scheme, &read.meta.thresholds), (&written.meta.scheme, &written.meta.thresholds));
        assert_eq!(predict(&model, read), predict(&model, written));
    }
    assert_eq!(model.head().unwrap().meta.scheme.name, "findings", "the first, unless another is named");
    assert!(model.choose("Drugs & doses") && !model.choose("Drugs"));
    assert_eq!(names(&model), ["Drugs & doses", "findings"]);
    for file in ["head.findings.safetensors", "head.drugs---doses.safetensors"] {
        assert!(dir.path().join(file).is_file(), "{file}");
    }
    let described = description(&ModelSource::Directory(dir.path().to_owned())).unwrap().unwrap();
    assert_eq!(described.heads[1].metrics, json!({ "of": "Drugs & doses" }));
    assert_eq!((described.training, described.metrics), (json!({ "epochs": 3 }), json!({ "micro_f1": 0.5 })));
}

#[test]
fn heads_whose_names_look_alike_have_files_of_their_own() {
    let dir = model_of(&[head("a b", &["x"]), head("A-B", &["y"]), head("c", &["z"])]);
    let names: Vec<String> = open(dir.path()).heads.iter().map(|head| head.meta.scheme.labels[0].name.clone()).collect();
    assert_eq!(names, ["x", "y", "z"]);
}

/// Changes the description of the model in `dir`.
fn rewrite(dir: &Path, change: impl FnOnce(&mut Value)) {
    let file = dir.join("chartmark.json");
    let mut form: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    change(&mut form);
    std::fs::write(&file, form.to_string()).unwrap();
}

#[test]
fn a_model_of_the_first_form_is_a_model_with_one_head() {
    let dir = model_of(&two()[..1]);
    let before = open(dir.path());
    rewrite(dir.path(), |form| {
        let head = form["heads"][0].take();
        form.as_object_mut().unwrap().remove("heads");
        (form["format"], form["metrics"]) = (json!(1), json!({ "dev": 0.7 }));
        ["scheme", "thresholds", "head"].iter().for_each(|name| form[*name] = head[*name].clone());
    });
    let after = open(dir.path());
    assert_eq!(after.heads.len(), 1);
    assert_eq!(after.heads[0].meta, before.heads[0].meta);
    assert_eq!(predict(&after, &after.heads[0]), predict(&before, &before.heads[0]));
    let described = description(&ModelSource::Directory(dir.path().to_owned())).unwrap().unwrap();
    assert_eq!(described.heads[0].metrics, json!({ "dev": 0.7 }));
}

#[test]
fn what_is_wrong_with_a_description_is_told() {
    type Change = fn(&mut Value);
    let rows: [(Change, &str); 7] = [
        (|form| form["format"] = json!(3), "form 3"),
        (|form| form["format"] = Value::Null, "doesn't say its format"),
        (|form| form["heads"] = json!([]), "no head"),
        (|form| form["heads"][1]["scheme"]["name"] = json!("findings"), "two of its heads are called 'findings'"),
        (|form| form["heads"][1]["thresholds"] = json!([0.5]), "the head has 2"),
        (|form| form["heads"][1]["scheme"]["labels"][0]["key"] = form["heads"][1]["scheme"]["labels"][1]["key"].clone(), "key"),
        (|form| form["heads"][1]["head"] = json!("gone.safetensors"), "gone.safetensors"),
    ];
    for (change, words) in rows {
        let dir = two_headed();
        rewrite(dir.path(), change);
        let error = Model::load(&ModelSource::Directory(dir.path().to_owned()), &candle_core::Device::Cpu, None).unwrap_err();
        assert!(error.to_string().contains(words), "{words:?} is not in: {error}");
    }
}

#[test]
fn labels_of_a_project_are_predicted_by_the_head_that_knows_most_of_them() {
    let dir = two_headed();
    let model = open(dir.path());
    let [findings, drugs] = two();
    for (labels, from, known) in [
        (&["dose", "drug", "new"][..], &drugs, &[Some(1), Some(0), None][..]),
        (&["anatomy", "drug"], &findings, &[Some(1), Some(2)]),
        (&["drug"], &findings, &[Some(2)]),
    ] {
        let head = model.head_for(&LabelScheme::from_names("own", labels).unwrap()).unwrap();
        let (own, theirs) = (predict(&model, &head), predict(&model, from));
        for word in 0..own.words() {
            for (label, row) in known.iter().enumerate() {
                let expected = row.map_or(0.018, |row| theirs.word(word).unwrap()[row]);
                let found = own.word(word).unwrap()[label];
                assert!((found - expected).abs() < 1e-3, "{labels:?} {word} {label}: {found} instead of {expected}");
            }
        }
    }
}
