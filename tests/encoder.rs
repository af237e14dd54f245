//! The encoder against PyTorch, on fixtures whose making `fixtures/make_tiny_bert.py` tells.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};
use chartmark::encoder::bert::{Batch, Bert, Mode, split_qkv};
use chartmark::encoder::{BertConfig, Purpose, Weights};

use crate::tiny::FP32;

/// Largest difference that is allowed to PyTorch's figures.
const TOLERANCE: f32 = 1e-4;

const CONFIG: &[u8] = include_bytes!("fixtures/tiny_bert/config.json");
const MODEL: &[u8] = include_bytes!("fixtures/tiny_bert/model.safetensors");
const EXPECTED: &[u8] = include_bytes!("fixtures/tiny_bert/expected.safetensors");

fn bert(purpose: Purpose) -> Bert {
    let config = BertConfig::from_json(CONFIG).unwrap();
    Bert::new(&config, &mut Weights::from_safetensors(MODEL).unwrap(), &Device::Cpu, purpose).unwrap()
}

fn expected() -> HashMap<String, Tensor> {
    candle_core::safetensors::load_buffer(EXPECTED, &Device::Cpu).unwrap()
}

/// The fixture's sequences without their padding, and the same rows of a padded tensor.
fn sequences(expected: &HashMap<String, Tensor>) -> Vec<Vec<u32>> {
    let ids = expected["ids"].to_dtype(DType::U32).unwrap().to_vec2::<u32>().unwrap();
    let mask = expected["mask"].to_dtype(DType::U32).unwrap().to_vec2::<u32>().unwrap();
    let real =
        |(ids, mask): (Vec<u32>, Vec<u32>)| ids.into_iter().zip(mask).filter(|(_, real)| *real == 1).map(|(id, _)| id).collect();
    ids.into_iter().zip(mask).map(real).collect()
}

fn real_rows(padded: &Tensor, sequences: &[Vec<u32>]) -> Tensor {
    let rows: Vec<Tensor> =
        sequences.iter().enumerate().map(|(n, ids)| padded.get(n).unwrap().narrow(0, 0, ids.len()).unwrap()).collect();
    Tensor::cat(&rows, 0).unwrap()
}

fn batch<'a>(sequences: impl IntoIterator<Item = &'a Vec<u32>>) -> Batch {
    let mut batch = Batch::default();
    sequences.into_iter().for_each(|ids| batch.push(ids.iter().copied()));
    batch
}

fn distance(a: &Tensor, b: &Tensor) -> f32 {
    assert_eq!(a.dims(), b.dims());
    (a - b).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar().unwrap()
}

#[test]
fn hidden_states_are_pytorchs() {
    let expected = expected();
    let sequences = sequences(&expected);
    let hidden = bert(FP32).forward(&batch(&sequences), Mode::Predict).unwrap();
    let found = distance(&hidden, &real_rows(&expected["hidden"], &sequences));
    assert!(found < TOLERANCE, "hidden states differ by {found}");
}

#[test]
fn a_batch_gives_what_its_sequences_give_alone() {
    let sequences = sequences(&expected());
    let bert = bert(FP32);
    let together = bert.forward(&batch(&sequences), Mode::Predict).unwrap();
    let alone: Vec<Tensor> = sequences.iter().map(|ids| bert.forward(&batch([ids]), Mode::Predict).unwrap()).collect();
    assert!(distance(&together, &Tensor::cat(&alone, 0).unwrap()) < 1e-5);
}

#[test]
fn every_gradient_is_pytorchs() {
    let expected = expected();
    let sequences = sequences(&expected);
    let bert = bert(Purpose::Training);
    let hidden = bert.forward(&batch(&sequences), Mode::Predict).unwrap();
    let loss = (hidden * real_rows(&expected["weights"], &sequences)).unwrap().sum_all().unwrap();
    let gradients = loss.backward().unwrap();
    let mut compared = 0;
    for (name, variable) in bert.variables() {
        let gradient = gradients.get(variable).unwrap_or_else(|| panic!("no gradient reaches {name}"));
        split_qkv(name, gradient, |name, gradient| {
            let expected = &expected[&format!("grad.{name}")];
            let found = distance(&gradient, expected);
            let size: f32 = expected.abs()?.max_all()?.to_scalar()?;
            assert!(found < TOLERANCE * size.max(1.0), "the gradient of {name} differs by {found} of {size}");
            compared += 1;
            Ok(())
        })
        .unwrap();
    }
    assert_eq!(compared, expected.keys().filter(|key| key.starts_with("grad.")).count(), "every parameter is compared");
}

/// Central differences of a loss that dropout makes noisy unless its mask is the same in both passes.
#[test]
fn dropout_has_the_gradient_of_the_network_that_its_mask_leaves() {
    let sequences = sequences(&expected());
    let bert = bert(Purpose::Training);
    let mode = Mode::Train { dropout: 0.2, seed: 11 };
    let loss = || bert.forward(&batch(&sequences), mode).unwrap().sqr().unwrap().sum_all().unwrap();
    let gradients = loss().backward().unwrap();
    for name in ["encoder.layer.0.intermediate.dense.bias", "encoder.layer.1.attention.output.dense.bias"] {
        let (_, variable) = bert.variables().iter().find(|(known, _)| known == name).unwrap();
        let gradient = gradients.get(variable).unwrap().to_vec1::<f32>().unwrap();
        let values = variable.to_vec1::<f32>().unwrap();
        for index in [0, 7] {
            let nudged = |by: f32| {
                let mut values = values.clone();
                values[index] += by;
                variable.set(&Tensor::new(values, &Device::Cpu).unwrap()).unwrap();
                f64::from(loss().to_scalar::<f32>().unwrap())
            };
            let slope = (nudged(0.01) - nudged(-0.01)) / 0.02;
            variable.set(&Tensor::new(values.clone(), &Device::Cpu).unwrap()).unwrap();
            assert!(
                (slope - f64::from(gradient[index])).abs() < 0.05 * slope.abs().max(1.0),
                "{name}[{index}]: {slope} {}",
                gradient[index]
            );
        }
    }
}
