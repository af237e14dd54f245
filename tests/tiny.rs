//! A model directory small enough to train in a test: the fixture's random BERT with a vocabulary of its 40 subwords.

use std::path::Path;

use chartmark::encoder::{Encoder, ModelSource, Precision, Purpose};
use tempfile::TempDir;

/// The fixture's configuration: 24 numbers a vector, 24 positions, 40 subwords.
pub const CONFIG: &str = include_str!("fixtures/tiny_bert/config.json");
/// Its weights.
pub const MODEL: &[u8] = include_bytes!("fixtures/tiny_bert/model.safetensors");
/// The same weights in PyTorch's format, under the names of early task models.
pub const PYTORCH: &[u8] = include_bytes!("fixtures/tiny_bert/pytorch_model.bin");
/// A file in PyTorch's format of before 1.6.
pub const LEGACY: &[u8] = include_bytes!("fixtures/tiny_bert/legacy.bin");

/// Prediction as exact as it gets.
pub const FP32: Purpose = Purpose::Prediction(Some(Precision::Fp32));

/// 40 subwords.
pub const VOCAB: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n.\n,\nno\nthe\npatient\nhas\nwith\nand\nfor\ndays\npain\nfever\ncough\nnausea\n\
                         severe\nmild\nacute\nchest\nknee\nleft\nright\naspirin\nmetformin\ntook\ndaily\na\nb\nc\n##a\n##b\n##c\n##s\n1\n2\n3\n_\n";

/// A model directory of these files.
pub fn directory(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, bytes)| std::fs::write(dir.path().join(name), bytes).unwrap());
    dir
}

/// The model as it comes: a plain BERT without a head.
pub fn model() -> TempDir {
    directory(&[("config.json", CONFIG.as_bytes()), ("model.safetensors", MODEL), ("vocab.txt", VOCAB.as_bytes())])
}

/// Loads the encoder of a model directory.
pub fn load(dir: &Path, purpose: Purpose) -> Encoder {
    Encoder::load(&ModelSource::Directory(dir.to_owned()), &candle_core::Device::Cpu, purpose).unwrap()
}

/// A text of sentences that differ, of about `words` words, some of them several subwords.
pub fn note(words: usize) -> String {
    let all: Vec<&str> =
        "the patient has severe chest pain , no fever . took aspirin daily for 3 days , left knee abc mild cabs ."
            .split(' ')
            .collect();
    (0..words).map(|at| all[(at * 7 + at / 5) % all.len()]).collect::<Vec<_>>().join(" ")
}
