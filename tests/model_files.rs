//! Model directories as people have them: what is taken, and the sentence for what isn't.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};
use chartmark::encoder::words::encode;
use chartmark::encoder::{EncodeOptions, Encoder, ModelSource, Purpose};
use chartmark::tokenization::segment;

use crate::tiny::{CONFIG, FP32, LEGACY, MODEL, PYTORCH, VOCAB, directory, load, model};

fn tensors() -> HashMap<String, Tensor> {
    candle_core::safetensors::load_buffer(MODEL, &Device::Cpu).unwrap()
}

/// The fixture's weights after a change.
fn changed(change: impl FnOnce(&mut HashMap<String, Tensor>)) -> Vec<u8> {
    let mut tensors = tensors();
    change(&mut tensors);
    safetensors::serialize(&tensors, None).unwrap()
}

fn renamed(rename: impl Fn(&str) -> String) -> Vec<u8> {
    changed(|tensors| *tensors = tensors.drain().map(|(name, tensor)| (rename(&name), tensor)).collect())
}

fn early(name: &str) -> String {
    let kept = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
    format!("module.bert.{kept}")
}

/// The fixture's config.json after a change.
fn config(field: &str, value: serde_json::Value) -> String {
    let mut config: serde_json::Value = serde_json::from_str(CONFIG).unwrap();
    config[field] = value;
    config.to_string()
}

fn vectors(encoder: &Encoder) -> Vec<f32> {
    let text = "Severe chest pain, took abc.";
    encode(encoder, text, &segment(text), EncodeOptions::for_positions(24)).unwrap()
}

#[test]
fn every_way_to_write_the_same_model_gives_the_same_vectors() {
    let expected = vectors(&load(model().path(), FP32));
    let tokenizer = load(model().path(), FP32).tokenizer.to_json().unwrap();
    let with_pooler = changed(|tensors| {
        tensors.insert("pooler.dense.weight".into(), Tensor::zeros((24, 24), DType::F32, &Device::Cpu).unwrap());
        tensors.insert("embeddings.position_ids".into(), Tensor::zeros((1, 24), DType::I64, &Device::Cpu).unwrap());
    });
    let converted = |dtype| changed(|tensors| tensors.values_mut().for_each(|tensor| *tensor = tensor.to_dtype(dtype).unwrap()));
    let (bare, early) = (renamed(|name| format!("bert.{name}")), renamed(early));
    let (half, double) = (converted(DType::F16), converted(DType::F64));
    let no_type = config("model_type", serde_json::Value::Null);
    let with = |weights: &'static str, bytes: &[u8], tolerance: f32, what: &str| {
        let dir = directory(&[("config.json", CONFIG.as_bytes()), ("vocab.txt", VOCAB.as_bytes()), (weights, bytes)]);
        let found = vectors(&load(dir.path(), FP32));
        let distance = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(found.len() == expected.len() && distance <= tolerance, "{what}: {distance}");
    };
    with("model.safetensors", &bare, 0.0, "bert. before each name");
    with("model.safetensors", &early, 0.0, "module.bert. and gamma and beta");
    with("model.safetensors", &with_pooler, 0.0, "a pooler and position ids, which are not used");
    with("pytorch_model.bin", PYTORCH, 0.0, "PyTorch's format");
    with("model.safetensors", &double, 0.0, "f64");
    with("model.safetensors", &half, 0.05, "f16");
    for files in [
        [("config.json", CONFIG.as_bytes()), ("tokenizer.json", tokenizer.as_bytes()), ("model.safetensors", MODEL)],
        [("config.json", no_type.as_bytes()), ("vocab.txt", VOCAB.as_bytes()), ("model.safetensors", MODEL)],
    ] {
        assert_eq!(vectors(&load(directory(&files).path(), FP32)), expected);
    }
}

#[test]
fn a_model_that_cannot_be_used_is_refused_in_a_sentence() {
    let bytes = |text: &str| text.as_bytes().to_vec();
    let longer = |name: &str| {
        let name = name.to_owned();
        changed(move |tensors| {
            tensors.insert(name, Tensor::zeros((24, 25), DType::F32, &Device::Cpu).unwrap());
        })
    };
    let poisoned = |value: f32| {
        changed(move |tensors| {
            let mut values = vec![0.0; 24];
            values[23] = value;
            tensors.insert("encoder.layer.1.output.dense.bias".into(), Tensor::new(values, &Device::Cpu).unwrap());
        })
    };
    let without = changed(|tensors| {
        tensors.remove("encoder.layer.1.attention.self.key.weight").unwrap();
    });
    let of_integers = changed(|tensors| tensors.values_mut().for_each(|tensor| *tensor = tensor.to_dtype(DType::I64).unwrap()));
    // Which file is another one (an empty one is left out), and some words of the sentence.
    let rows: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("config.json", vec![], &["config.json", "there is no such file", "--model"]),
        ("config.json", bytes("{"), &["config.json is not valid JSON", "download"]),
        ("config.json", bytes("[]"), &["config.json is not valid JSON"]),
        ("config.json", bytes("{\"model_type\": \"bert\"}"), &["lacks the number vocab_size"]),
        ("config.json", bytes(&config("model_type", "roberta".into())), &["'roberta'", "it runs BERT encoders"]),
        ("config.json", bytes(&config("position_embedding_type", "relative_key".into())), &["relative_key", "absolute"]),
        ("config.json", bytes(&config("hidden_act", "silu".into())), &["'silu'", "knows gelu"]),
        ("config.json", bytes(&config("hidden_size", 0.into())), &["hidden_size as 0"]),
        ("config.json", bytes(&config("hidden_size", 1_000_000_000_000_u64.into())), &["which no BERT has"]),
        ("config.json", bytes(&config("num_hidden_layers", (-1).into())), &["lacks the number num_hidden_layers"]),
        ("config.json", bytes(&config("num_attention_heads", 5.into())), &["5 attention heads", "don't divide"]),
        ("config.json", bytes(&config("max_position_embeddings", 4.into())), &["too few for text"]),
        ("config.json", bytes(&config("num_hidden_layers", 3.into())), &["encoder.layer.2", "is missing"]),
        ("config.json", bytes(&config("hidden_size", 48.into())), &["[40, 24]", "asks for [40, 48]"]),
        ("vocab.txt", vec![], &["vocab.txt", "there is no such file"]),
        ("vocab.txt", bytes("a\nb\n"), &["no '[CLS]' token"]),
        ("vocab.txt", bytes(&format!("{VOCAB}one\nmore\n")), &["has 42 subwords, the encoder knows 40"]),
        ("tokenizer.json", bytes("{}"), &["tokenizer file can't be read"]),
        ("model.safetensors", vec![], &["neither model.safetensors nor pytorch_model.bin"]),
        ("model.safetensors", MODEL[..MODEL.len() / 2].to_vec(), &["damaged or cut short", "download"]),
        ("model.safetensors", MODEL[..7].to_vec(), &["damaged or cut short"]),
        ("model.safetensors", vec![0xff; 64], &["damaged or cut short"]),
        ("model.safetensors", without, &["attention.self.key.weight is missing"]),
        ("model.safetensors", of_integers, &["is missing"]),
        ("model.safetensors", longer("embeddings.position_embeddings.weight"), &["[24, 25]", "asks for [24, 24]"]),
        ("model.safetensors", longer("encoder.layer.0.attention.self.query.weight"), &["query.weight has the shape [24, 25]"]),
        ("model.safetensors", poisoned(f32::NAN), &["output.dense.bias", "not finite"]),
        ("model.safetensors", poisoned(f32::INFINITY), &["not finite"]),
    ];
    for (name, content, words) in rows {
        let mut files: Vec<(&str, &[u8])> =
            vec![("config.json", CONFIG.as_bytes()), ("vocab.txt", VOCAB.as_bytes()), ("model.safetensors", MODEL)];
        files.retain(|(other, _)| *other != name);
        if !content.is_empty() {
            files.push((name, &content));
        }
        refused(&files, words);
    }
    let with_bin = |content: &[u8], words: &[&str]| {
        refused(&[("config.json", CONFIG.as_bytes()), ("vocab.txt", VOCAB.as_bytes()), ("pytorch_model.bin", content)], words);
    };
    with_bin(LEGACY, &["before PyTorch 1.6", "torch.save"]);
    with_bin(b"", &["before PyTorch 1.6, or no PyTorch file"]);
    with_bin(&PYTORCH[..PYTORCH.len() / 2], &["pytorch_model.bin is damaged or cut short"]);
    with_bin(b"PK\x03\x04 and nothing else", &["pytorch_model.bin is damaged or cut short"]);
}

fn refused(files: &[(&str, &[u8])], words: &[&str]) {
    let dir = directory(files);
    let sentence = Encoder::load(&ModelSource::Directory(dir.path().to_owned()), &Device::Cpu, Purpose::Prediction(None))
        .unwrap_err()
        .to_string();
    assert!(words.iter().all(|word| sentence.contains(word)), "{words:?} are not in: {sentence}");
}

#[test]
fn any_byte_of_a_weights_file_may_be_wrong() {
    // The header's length, its JSON, and its end: whatever is there, the answer is a model or a sentence.
    let header = 8 + u64::from_le_bytes(MODEL[..8].try_into().unwrap()) as usize;
    for at in (0..8).chain((8..header).step_by(97)).chain([header - 1]) {
        for value in [0x00, 0xff, b'}'] {
            let mut damaged = MODEL.to_vec();
            damaged[at] = value;
            let dir = directory(&[
                ("config.json", CONFIG.as_bytes()),
                ("vocab.txt", VOCAB.as_bytes()),
                ("model.safetensors", &damaged),
            ]);
            if let Err(error) =
                Encoder::load(&ModelSource::Directory(dir.path().to_owned()), &Device::Cpu, Purpose::Prediction(None))
            {
                assert!(error.to_string().contains("weights can't be used"), "{error}");
            }
        }
    }
}
