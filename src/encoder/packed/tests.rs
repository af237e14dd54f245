//! The packed layers against candle-transformers' BERT, on every instruction set that this machine has.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config, HiddenAct, PositionEmbeddingType};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::encoder::{Batch, Bert, BertConfig, Mode, Weights};

/// The largest difference to the reference.
const TOLERANCE: f32 = 1e-4;

/// The instruction sets that this machine has, the plainest first.
fn archs() -> Vec<Arch> {
    let best = Arch::new();
    #[cfg(target_arch = "x86_64")]
    let mut archs = vec![Arch::Scalar];
    #[cfg(target_arch = "x86_64")]
    archs.extend(pulp::x86::V3::try_new().map(Arch::V3));
    #[cfg(not(target_arch = "x86_64"))]
    let mut archs = Vec::new();
    archs.push(best);
    archs
}

fn config(hidden: usize, heads: usize, intermediate: usize, activation: Activation) -> BertConfig {
    let (vocabulary, layers, positions, segments, epsilon) = (60, 2, 200, 2, 1e-12);
    BertConfig { vocabulary, hidden, layers, heads, intermediate, activation, positions, segments, epsilon }
}

/// Weights of a BERT, random but always the same.
fn weights(config: &BertConfig) -> Vec<(String, Tensor)> {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let (hidden, wide) = (config.hidden, config.intermediate);
    let mut tensor = |name: &str, shape: &[usize], about: f32| {
        let spread = if shape.len() == 2 { 2.0 / (shape[1] as f32).sqrt() } else { 0.2 };
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| about + random.random_range(-spread..spread)).collect();
        (name.to_owned(), Tensor::from_vec(values, shape, &Device::Cpu).unwrap())
    };
    let mut tensors = vec![
        tensor("embeddings.word_embeddings.weight", &[config.vocabulary, hidden], 0.0),
        tensor("embeddings.position_embeddings.weight", &[config.positions, hidden], 0.0),
        tensor("embeddings.token_type_embeddings.weight", &[config.segments, hidden], 0.0),
        tensor("embeddings.LayerNorm.weight", &[hidden], 1.0),
        tensor("embeddings.LayerNorm.bias", &[hidden], 0.0),
    ];
    for layer in 0..config.layers {
        for (name, outputs, inputs) in [
            ("attention.self.query", hidden, hidden),
            ("attention.self.key", hidden, hidden),
            ("attention.self.value", hidden, hidden),
            ("attention.output.dense", hidden, hidden),
            ("intermediate.dense", wide, hidden),
            ("output.dense", hidden, wide),
        ] {
            tensors.push(tensor(&format!("encoder.layer.{layer}.{name}.weight"), &[outputs, inputs], 0.0));
            tensors.push(tensor(&format!("encoder.layer.{layer}.{name}.bias"), &[outputs], 0.0));
        }
        for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
            tensors.push(tensor(&format!("encoder.layer.{layer}.{name}.weight"), &[hidden], 1.0));
            tensors.push(tensor(&format!("encoder.layer.{layer}.{name}.bias"), &[hidden], 0.0));
        }
    }
    tensors
}

/// What candle-transformers' BERT gives for each sequence alone, behind one another.
fn reference(config: &BertConfig, sequences: &[Vec<u32>]) -> Vec<f32> {
    let stock = Config {
        vocab_size: config.vocabulary,
        hidden_size: config.hidden,
        num_hidden_layers: config.layers,
        num_attention_heads: config.heads,
        intermediate_size: config.intermediate,
        hidden_act: match config.activation {
            Activation::Gelu => HiddenAct::Gelu,
            Activation::GeluTanh => HiddenAct::GeluApproximate,
            Activation::Relu => HiddenAct::Relu,
        },
        max_position_embeddings: config.positions,
        type_vocab_size: config.segments,
        layer_norm_eps: f64::from(config.epsilon),
        position_embedding_type: PositionEmbeddingType::Absolute,
        ..Config::default()
    };
    let tensors = weights(config).into_iter().collect();
    let model = BertModel::load(VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu), &stock).unwrap();
    let of = |ids: &Vec<u32>| -> Vec<f32> {
        let ids = Tensor::new(&ids[..], &Device::Cpu).unwrap().unsqueeze(0).unwrap();
        let hidden = model.forward(&ids, &ids.zeros_like().unwrap(), None).unwrap();
        hidden.flatten_all().unwrap().to_vec1().unwrap()
    };
    sequences.iter().flat_map(of).collect()
}

/// Some sequences of these lengths, behind one another too.
fn sequences(lengths: &[usize]) -> (Vec<Vec<u32>>, Batch) {
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let mut sequence = |&length: &usize| (0..length).map(|_| random.random_range(0..60)).collect();
    let sequences: Vec<Vec<u32>> = lengths.iter().map(&mut sequence).collect();
    let mut batch = Batch::default();
    sequences.iter().for_each(|ids| batch.push(ids.iter().copied()));
    (sequences, batch)
}

fn encode(config: &BertConfig, batch: &Batch, precision: Precision, instructions: Instructions) -> Vec<f32> {
    let mut weights = Weights::from_tensors(weights(config));
    let network = Network::new(config.into(), precision, instructions);
    let bert = Bert::assemble(config, &mut weights, &Device::Cpu, false, Some(network)).unwrap();
    bert.forward(batch, Mode::Predict).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn check(config: &BertConfig, lengths: &[usize]) {
    let (sequences, batch) = sequences(lengths);
    let expected = reference(config, &sequences);
    for arch in archs() {
        let found = encode(config, &batch, Precision::Fp32, Instructions { arch, dot: Dot::Plain });
        let distance = distance(&found, &expected);
        assert!(distance < TOLERANCE, "{arch:?} differs by {distance} for {lengths:?} in {config:?}");
    }
}

#[test]
fn agrees_with_the_reference_on_every_instruction_set() {
    // Heads of one panel and of two, feed-forward parts of one part of the inputs and of two.
    for (hidden, heads, intermediate) in [(48, 3, 96), (64, 2, 400)] {
        check(&config(hidden, heads, intermediate, Activation::Gelu), &[1, 17, 48, 130, 3, 200, 97]);
    }
}

#[test]
fn sizes_that_fill_no_panel_and_no_tile_are_right_too() {
    for lengths in [&[1][..], &[2, 1, 1, 5], &[47, 1, 48, 49], &[16, 16, 15, 33, 11], &[7, 9, 10, 8, 3]] {
        check(&config(42, 3, 70, Activation::Gelu), lengths);
    }
}

/// Powers of two of some values.
struct Powers<'a>(&'a mut [f32]);

impl WithSimd for Powers<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (whole, rest) = S::as_mut_simd_f32s(self.0);
        whole.iter_mut().for_each(|x| *x = rows::power(simd, *x));
        simd.partial_store_f32s(rest, rows::power(simd, simd.partial_load_f32s(rest)));
    }
}

#[test]
fn powers_of_two_are_exact_to_seven_digits() {
    let exponents: Vec<f32> = (-12_700..=12_700).map(|step| step as f32 / 100.0).collect();
    for arch in archs() {
        let mut powers = exponents.clone();
        arch.dispatch(Powers(&mut powers));
        for (&x, &power) in exponents.iter().zip(&powers) {
            let expected = f64::from(x.max(-126.0)).exp2();
            assert!((f64::from(power) - expected).abs() <= 3e-7 * expected, "{arch:?}: 2 to the {x} is not {power}");
        }
    }
}

#[test]
fn the_other_activations_are_the_references() {
    check(&config(32, 2, 64, Activation::GeluTanh), &[20, 7]);
    check(&config(32, 2, 64, Activation::Relu), &[20, 7]);
}

#[test]
fn eight_bits_are_close_and_the_same_with_every_kind_of_sum() {
    // One part, two strides, and parts that are not whole.
    for (hidden, heads, intermediate) in [(48, 3, 96), (160, 5, 400), (42, 3, 70)] {
        let config = config(hidden, heads, intermediate, Activation::Gelu);
        let (sequences, batch) = sequences(&[1, 17, 48, 130, 3]);
        let expected = reference(&config, &sequences);
        for arch in archs() {
            let plain = encode(&config, &batch, Precision::Int8, Instructions { arch, dot: Dot::Plain });
            let squares = |values: &mut dyn Iterator<Item = f32>| values.map(|value| f64::from(value * value)).sum::<f64>();
            let error = squares(&mut plain.iter().zip(&expected).map(|(a, b)| a - b));
            let error = (error / squares(&mut expected.iter().copied())).sqrt();
            assert!(error < 0.03, "{arch:?}: {error} of the vectors' length in {config:?}");
            for dot in Dot::all() {
                let found = encode(&config, &batch, Precision::Int8, Instructions { arch, dot });
                assert_eq!(found, plain, "{dot:?}");
            }
        }
    }
}
