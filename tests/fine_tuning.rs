//! Fine-tuning of a whole encoder: it learns, it can be killed, and it is a function of what it is given.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use chartmark::domain::{LabelScheme, LabelSet};
use chartmark::encoder::{EncodeOptions, Encoder, ModelSource, Pooling, Purpose};
use chartmark::head::{Head, HeadTraining, Platt};
use chartmark::inference::Model;
use chartmark::tokenization::{WindowOptions, segment};
use chartmark::training::frozen::{FrozenTraining, fit_head};
use chartmark::training::{EncoderTraining, EpochReport, Gold, GoldDocument, Progress, TrainingError, fine_tune};

use crate::tiny::{FP32, MODEL, load, model, note};

pub fn scheme() -> LabelScheme {
    LabelScheme::from_names("toy", &["symptom", "drug", "anatomy"]).unwrap()
}

/// The labels of a word, by what it says.
pub fn labels(word: &str) -> LabelSet {
    let names: &[usize] = match word {
        "pain" => &[0, 2],
        "fever" | "cough" | "nausea" => &[0],
        "aspirin" | "metformin" => &[1],
        "chest" | "knee" => &[2],
        _ => &[],
    };
    names.iter().copied().collect()
}

fn gold(text: &str) -> GoldDocument {
    let words = segment(text);
    let sets = words.iter().map(|word| labels(word.slice(text))).collect();
    GoldDocument { text: text.into(), words, sets }
}

/// Settings that teach the tiny model something in a second or two.
pub fn settings(epochs: usize) -> EncoderTraining {
    EncoderTraining {
        epochs,
        learning_rate: 5e-3,
        head_rate: 2e-2,
        batch: 4,
        subwords: 1000,
        layer_decay: 0.9,
        warm_up: 0.1,
        dropout: 0.1,
        mask: 0.0,
        decay: 0.01,
        clip: 1.0,
        seed: 7,
        encode: EncodeOptions { pooling: Pooling::Mean, windows: WindowOptions { length: 22, overlap: 5 } },
    }
}

/// Trains the tiny model on toy notes into `out`; `watch` may stop it after an epoch.
fn train(
    out: &Path,
    settings: &EncoderTraining,
    dev: &[GoldDocument],
    mut watch: impl FnMut(&EpochReport) -> ControlFlow<()>,
) -> Result<Vec<EpochReport>, TrainingError> {
    let documents: Vec<GoldDocument> = [60, 45, 80].into_iter().map(|words| gold(&note(words))).collect();
    let scheme = scheme();
    let gold = Gold { scheme: &scheme, train: &documents, dev, start: None };
    fine_tune(load(model().path(), Purpose::Training), &[gold], settings, out, |progress| match progress {
        Progress::Epoch(report) => watch(report),
        Progress::Step { loss, .. } => {
            assert!(loss.is_finite());
            ControlFlow::Continue(())
        }
    })
}

/// A model of the toy labels in `out`.
pub fn trained(out: &Path, epochs: usize) -> Vec<EpochReport> {
    train(out, &settings(epochs), &[], |_| ControlFlow::Continue(())).unwrap()
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap())).collect()
}

const WRITTEN: [&str; 5] = ["chartmark.json", "config.json", "head.safetensors", "model.safetensors", "tokenizer.json"];

#[test]
fn it_learns_and_what_it_writes_is_a_model() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("toy");
    let reports = trained(&out, 12);
    assert_eq!(reports.iter().map(|report| report.epoch).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
    assert!(reports[11].loss < reports[0].loss / 2.0, "{:?}", reports.iter().map(|report| report.loss).collect::<Vec<_>>());
    assert_eq!(files(&out).into_keys().collect::<Vec<_>>(), WRITTEN, "no checkpoint and no half-written file stays");

    let model = Model::load(&ModelSource::Directory(out), &candle_core::Device::Cpu, None).unwrap();
    assert_eq!((model.name.as_str(), model.encode), ("toy", settings(12).encode));
    let head = model.head().unwrap();
    assert_eq!(head.meta.scheme, scheme());
    let text = note(70);
    let words = segment(&text);
    let predictions = model.predict(head, &text, &words).unwrap();
    let right = |word: &usize| predictions.predicted(*word, &head.meta.thresholds) == labels(words[*word].slice(&text));
    let share = (0..words.len()).filter(right).count() as f64 / words.len() as f64;
    assert!(share > 0.9, "{share} of the words get their labels");
}

#[test]
fn a_training_that_was_stopped_goes_on_to_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, again, stopped] = ["whole", "again", "stopped"].map(|name| dir.path().join(name).join("toy"));
    let expected = trained(&whole, 4);
    trained(&again, 4);
    assert!(files(&whole) == files(&again), "the same training twice gives the same files");

    for stop in [1, 3] {
        let found = train(&stopped, &settings(4), &[], |report| match report.epoch == stop {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        });
        assert!(matches!(found, Err(TrainingError::Interrupted)), "{found:?}");
        assert_eq!(files(&stopped).into_keys().collect::<Vec<_>>(), ["checkpoint.safetensors"]);
    }
    let mut seen = Vec::new();
    let reports = train(&stopped, &settings(4), &[], |report| {
        seen.push(report.epoch);
        ControlFlow::Continue(())
    });
    assert_eq!(seen, [4], "the epochs that are done are not repeated");
    let losses = |reports: &[EpochReport]| reports.iter().map(|report| report.loss).collect::<Vec<_>>();
    assert_eq!(losses(&reports.unwrap()), losses(&expected));
    assert!(files(&stopped) == files(&whole));

    let other = EncoderTraining { seed: 8, ..settings(4) };
    train(&dir.path().join("seed/toy"), &other, &[], |_| ControlFlow::Continue(())).unwrap();
    assert!(files(&dir.path().join("seed/toy"))["model.safetensors"] != files(&whole)["model.safetensors"]);
}

#[test]
fn a_training_goes_on_from_a_head_for_the_same_labels() {
    let dir = tempfile::tempdir().unwrap();
    let [base, on, fresh] = ["base", "on", "fresh"].map(|name| dir.path().join(name).join("toy"));
    let learned = trained(&base, 12);
    let documents: Vec<GoldDocument> = [60, 45, 80].into_iter().map(|words| gold(&note(words))).collect();
    let scheme = scheme();
    let source = ModelSource::Directory(base);
    let first = |start: Option<&Head>, out: &Path| {
        let encoder = Encoder::load(&source, &candle_core::Device::Cpu, Purpose::Training).unwrap();
        let gold = Gold { scheme: &scheme, train: &documents, dev: &[], start };
        let slow = EncoderTraining { learning_rate: 1e-6, head_rate: 1e-6, ..settings(1) };
        fine_tune(encoder, &[gold], &slow, out, |_| ControlFlow::Continue(())).unwrap()[0].loss
    };
    let known = Model::load(&source, &candle_core::Device::Cpu, None).unwrap().head().unwrap().clone();
    // Calibration is no part of what is learned: the training sets out from the head without it.
    let calibrated = known.calibrated(&vec![Platt { scale: 0.3, shift: 1.0 }; known.labels()]).unwrap();
    let (kept, lost) = (first(Some(&calibrated), &on), first(None, &fresh));
    assert!(kept < learned[6].loss && lost > 2.0 * kept, "{kept} with the head, {lost} without, {learned:?}");
}

#[test]
fn another_trainings_directory_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path();
    let stop = |_: &EpochReport| ControlFlow::Break(());
    let refused = |settings: &EncoderTraining, words: &str| {
        let before = files(out);
        let sentence = train(out, settings, &[], stop).unwrap_err().to_string();
        assert!(sentence.contains(words), "{sentence}");
        assert!(files(out) == before, "nothing there has changed");
    };
    train(out, &settings(2), &[], stop).unwrap_err();
    refused(&settings(3), "checkpoint of a training with other settings");
    refused(&EncoderTraining { dropout: 0.2, ..settings(2) }, "checkpoint of a training with other settings");
    train(out, &settings(2), &[], stop).unwrap();
    refused(&settings(2), "finished model already");

    let checkpoint = out.join("checkpoint.safetensors");
    for damaged in [b"".as_slice(), b"garbage that is no checkpoint", &[0xff; 200]] {
        std::fs::write(&checkpoint, damaged).unwrap();
        refused(&settings(2), "checkpoint.safetensors");
    }
}

#[test]
fn with_development_notes_the_best_epoch_is_the_one_that_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let dev = [gold(&note(40))];
    let mut kept = Vec::new();
    let reports = train(dir.path(), &settings(6), &dev, |report| {
        kept.push((report.best, files(dir.path())["head.safetensors"].clone()));
        ControlFlow::Continue(())
    })
    .unwrap();
    let mut best = f64::NEG_INFINITY;
    for (report, pair) in reports.iter().zip(kept.windows(2).map(Some).chain([None])) {
        let found = report.micro_f1.unwrap();
        assert_eq!(report.best, found > best, "epoch {}", report.epoch);
        best = best.max(found);
        if let Some([(_, before), (better, after)]) = pair {
            assert_eq!(before != after, *better, "after epoch {}", report.epoch);
        }
    }
    assert!(reports[0].best && best > 0.5, "{best}");
}

#[test]
fn gold_without_a_label_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let scheme = scheme();
    for documents in [vec![], vec![gold("")], vec![gold("the patient has . , 1")]] {
        let gold = Gold { scheme: &scheme, train: &documents, dev: &[], start: None };
        let found =
            fine_tune(load(model().path(), Purpose::Training), &[gold], &settings(1), dir.path(), |_| ControlFlow::Continue(()));
        assert!(matches!(found, Err(TrainingError::NoLabels)), "{found:?}");
    }
    assert!(files(dir.path()).is_empty());
}

#[test]
fn a_head_alone_is_fitted_above_the_encoder_as_it_is() {
    let documents: Vec<GoldDocument> = [60, 45, 80].into_iter().map(|words| gold(&note(words))).collect();
    let dir = tempfile::tempdir().unwrap();
    let scheme = scheme();
    let plain = model();
    let encoder = load(plain.path(), FP32);
    let fit = |out: &Path, seed| {
        let head = HeadTraining { passes: 30, batch: 32, least_steps: 0, learning_rate: 0.05, decay: 0.0, seed };
        let settings = FrozenTraining { hidden: Some(16), head };
        let gold = Gold { scheme: &scheme, train: &documents, dev: &documents[..1], start: None };
        let parts = (&encoder, EncodeOptions::for_positions(24), MODEL);
        fit_head(parts, &gold, &[settings], out, |_| ControlFlow::Continue(())).unwrap()
    };
    let [once, again, other] = ["once", "again", "other"].map(|name| dir.path().join(name).join("toy"));
    let reports = fit(&once, 1);
    fit(&again, 1);
    fit(&other, 2);
    assert_eq!(reports.len(), 30);
    assert!(reports[29].loss < reports[0].loss / 2.0, "{reports:?}");
    assert!(files(&once) == files(&again) && files(&once) != files(&other));
    assert_eq!(files(&once)["model.safetensors"], MODEL, "the encoder stays as it was");
    let model = Model::load(&ModelSource::Directory(once), &candle_core::Device::Cpu, None).unwrap();
    assert_eq!(model.head().unwrap().hidden(), Some(16));
}

#[test]
fn a_training_that_was_killed_while_its_first_model_was_written_goes_on_to_the_same_bytes() {
    // With development notes the first epoch writes a model before any checkpoint; with one epoch there never is any.
    for (epochs, dev) in [(2, vec![gold(&note(40))]), (1, Vec::new())] {
        let dir = tempfile::tempdir().unwrap();
        let [whole, killed] = ["whole", "killed"].map(|name| dir.path().join(name).join("toy"));
        let go_on = |out: &Path, settings: &EncoderTraining| train(out, settings, &dev, |_| ControlFlow::Continue(()));
        go_on(&whole, &settings(epochs)).unwrap();
        // A folder in the way of the file that is written last stands for the kill: weights and head are there by then.
        let in_the_way = killed.join("chartmark.part");
        std::fs::create_dir_all(&in_the_way).unwrap();
        let stopped = go_on(&killed, &settings(epochs));
        assert!(matches!(stopped, Err(TrainingError::File { .. })), "{stopped:?}");
        std::fs::remove_dir(&in_the_way).unwrap();
        assert!(killed.join("model.safetensors").exists() && !killed.join("chartmark.json").exists());
        let other = go_on(&killed, &EncoderTraining { seed: 8, ..settings(epochs) });
        assert!(matches!(other, Err(TrainingError::Occupied(_))), "weights of another training are not overwritten: {other:?}");
        go_on(&killed, &settings(epochs)).unwrap();
        assert!(files(&killed) == files(&whole), "{epochs}");
    }
}

#[test]
fn a_mark_without_weights_is_in_nobodys_way() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("toy");
    let in_the_way = out.join("config.part");
    std::fs::create_dir_all(&in_the_way).unwrap();
    train(&out, &settings(1), &[], |_| ControlFlow::Continue(())).unwrap_err();
    std::fs::remove_dir(&in_the_way).unwrap();
    assert_eq!(files(&out).into_keys().collect::<Vec<_>>(), ["checkpoint.safetensors"]);
    let other = EncoderTraining { seed: 8, ..settings(1) };
    train(&out, &other, &[], |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(files(&out).into_keys().collect::<Vec<_>>(), WRITTEN);
}
