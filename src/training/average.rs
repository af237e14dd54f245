//! The mean of models that were trained from one start: often better than any of them (Wortsman et al., "Model soups:
//! averaging weights of multiple fine-tuned models improves accuracy without increasing inference time", 2022).

use std::collections::HashMap;

use candle_core::{DType, Tensor};
use safetensors::serialize;

use super::TrainingError;
use crate::encoder::{EncodeOptions, Weights};
use crate::head::Head;

/// Models that can't be averaged.
fn apart(what: impl std::fmt::Display) -> TrainingError {
    TrainingError::Occupied(format!("these models can't be averaged: {what}; average models that were trained from one start"))
}

/// How the mean's documents become vectors: as those of the first. Heads work on vectors of one making alone, while windows
/// of other lengths change them but little.
///
/// # Errors
/// When the models pool subwords in different ways, or there is none.
pub fn encoding(mut models: impl Iterator<Item = EncodeOptions>) -> Result<EncodeOptions, TrainingError> {
    let Some(first) = models.next() else { return Err(apart("there is none")) };
    match models.find(|other| other.pooling != first.pooling) {
        None => Ok(first),
        Some(other) => {
            let [one, other] = [first, other].map(|of| format!("{:?}", of.pooling).to_lowercase());
            Err(apart(format_args!("a word's vector is made by '{one}' of its subwords in one and by '{other}' in another")))
        }
    }
}

/// The mean of encoders as a safetensors file of half-precision numbers.
///
/// # Errors
/// When one lacks a tensor of another or has it in another shape.
pub fn encoders(models: Vec<Weights>) -> Result<Vec<u8>, TrainingError> {
    let share = 1.0 / models.len() as f64;
    let mut sums: HashMap<String, Tensor> = HashMap::new();
    for (index, weights) in models.into_iter().enumerate() {
        let tensors = weights.into_tensors();
        if index > 0 && tensors.len() != sums.len() {
            return Err(apart("their encoders have different layers"));
        }
        for (name, tensor) in tensors {
            let part = (tensor.to_dtype(DType::F32)? * share)?;
            let sum = match sums.remove(&name) {
                None if index == 0 => part,
                Some(sum) if sum.shape() == part.shape() => (sum + part)?,
                _ => return Err(apart(format_args!("their encoders differ in '{name}'"))),
            };
            sums.insert(name, sum);
        }
    }
    let tensors = sums.into_iter().map(|(name, sum)| Ok((name, sum.to_dtype(DType::F16)?)));
    let tensors = tensors.collect::<candle_core::Result<std::collections::BTreeMap<_, _>>>()?;
    serialize(tensors, None).map_err(apart)
}

/// The mean of heads for the same labels. Calibration is taken out: it has to be made again.
///
/// # Errors
/// When their labels or shapes differ, or one has a hidden layer.
pub fn heads(heads: &[&Head]) -> Result<Head, TrainingError> {
    let Some(first) = heads.first() else { return Err(apart("there is none")) };
    let name = &first.meta.scheme.name;
    let alike = |head: &&Head| head.hidden().is_none() && head.meta.scheme.names().eq(first.meta.scheme.names());
    if !heads.iter().all(|head| alike(head) && head.inputs() == first.inputs()) {
        return Err(apart(format_args!("their heads for '{name}' differ in labels or layers")));
    }
    let share = 1.0 / heads.len() as f32;
    let (mut weight, mut bias) = (Vec::new(), Vec::new());
    for head in heads {
        let (weights, biases) = head.uncalibrated()?.last_layer()?;
        for (sums, parts) in [(&mut weight, weights), (&mut bias, biases)] {
            sums.resize(parts.len(), 0.0f32);
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part * share);
        }
    }
    let mut mean = first.uncalibrated()?.with_last_layer(weight, bias)?;
    mean.meta.thresholds.fill(0.5);
    Ok(mean)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::domain::LabelScheme;
    use crate::encoder::Pooling;
    use crate::head::HeadMeta;

    fn weights(values: &[f32]) -> Weights {
        let tensor = |values: &[f32]| Tensor::from_slice(values, values.len(), &Device::Cpu).unwrap();
        Weights::from_tensors([("a".to_owned(), tensor(values)), ("b".to_owned(), tensor(&values[..1]))])
    }

    #[test]
    fn vectors_of_another_making_are_refused() {
        let of = |pooling, positions| EncodeOptions { pooling, ..EncodeOptions::for_positions(positions) };
        let first = of(Pooling::First, 64);
        assert_eq!(encoding([first, of(Pooling::First, 128)].into_iter()).unwrap(), first);
        let refused = encoding([first, first, of(Pooling::Mean, 64)].into_iter()).unwrap_err().to_string();
        assert!(refused.contains("can't be averaged") && refused.contains("'first'") && refused.contains("'mean'"), "{refused}");
    }

    #[test]
    fn encoders_of_one_shape_have_a_mean() {
        let bytes = encoders(vec![weights(&[1.0, 4.0]), weights(&[3.0, 0.0])]).unwrap();
        let tensors = Weights::from_safetensors(&bytes).unwrap().into_tensors();
        let values = |name: &str| tensors[name].to_dtype(DType::F32).unwrap().to_vec1::<f32>().unwrap();
        assert_eq!((values("a"), values("b")), (vec![2.0, 2.0], vec![2.0]));
        let refused = encoders(vec![weights(&[1.0, 4.0]), weights(&[3.0])]).unwrap_err();
        assert!(refused.to_string().contains("can't be averaged: their encoders differ in 'a'"), "{refused}");
    }

    #[test]
    fn heads_for_the_same_labels_have_a_mean() {
        let head = |names: &[&str], seed| {
            let scheme = LabelScheme::from_names("s", names).unwrap();
            Head::new(HeadMeta::fresh(scheme, ""), 3, None, &vec![0.3; names.len()], seed).unwrap()
        };
        let (one, other) = (head(&["a", "b"], 1), head(&["a", "b"], 2));
        let mean = heads(&[&one, &other]).unwrap();
        let first = |head: &Head| head.last_layer().unwrap().0[0];
        assert!((first(&mean) - (first(&one) + first(&other)) / 2.0).abs() < 1e-6);
        assert_eq!(heads(&[&one, &one]).unwrap().to_bytes().unwrap(), one.to_bytes().unwrap());
        let refused = heads(&[&one, &head(&["a", "c"], 1)]).unwrap_err();
        assert!(refused.to_string().contains("heads for 's' differ"), "{refused}");
    }
}
