//! AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) with moments that can be saved, and clipping of gradients.

use std::collections::HashMap;

use candle_core::backprop::GradStore;
use candle_core::{Device, Result, Tensor, Var, bail};
use rayon::prelude::*;

/// The constants of AdamW.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct AdamWOptions {
    /// Decay of the first moment.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// The norm that the gradient of all parameters together is cut to, if any.
    pub clip: Option<f32>,
}

impl Default for AdamWOptions {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, clip: None }
    }
}

/// A variable with its learning rate and weight decay.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The variable.
    pub variable: Var,
    /// Its share of the step's learning rate.
    pub rate: f32,
    /// Its weight decay.
    pub decay: f32,
}

/// The name of the number of steps in a snapshot.
const STEP: &str = "step";

/// Values a task.
const CHUNK: usize = 65_536;

/// AdamW over a list of parameters.
#[derive(Debug)]
pub struct AdamW {
    options: AdamWOptions,
    parameters: Vec<Parameter>,
    /// First and second moment of each parameter.
    moments: Vec<[Vec<f32>; 2]>,
    step: u32,
}

impl AdamW {
    /// Starts with moments of zero.
    pub fn new(parameters: Vec<Parameter>, options: AdamWOptions) -> Self {
        let zeros = |parameter: &Parameter| [(); 2].map(|()| vec![0.0; parameter.variable.elem_count()]);
        Self { options, moments: parameters.iter().map(zeros).collect(), parameters, step: 0 }
    }

    /// Steps taken.
    pub fn steps(&self) -> u32 {
        self.step
    }

    /// Parameters and moments by name, and the number of steps: all that a training needs to go on.
    ///
    /// # Errors
    /// When tensors can't be made.
    pub fn snapshot(&self) -> Result<HashMap<String, Tensor>> {
        let mut state = HashMap::with_capacity(self.parameters.len() * 3 + 1);
        state.insert(STEP.to_owned(), Tensor::new(self.step, &Device::Cpu)?);
        for (index, (parameter, [first, second])) in self.parameters.iter().zip(&self.moments).enumerate() {
            let shape = parameter.variable.shape();
            state.insert(format!("{index}.value"), parameter.variable.to_device(&Device::Cpu)?.copy()?);
            state.insert(format!("{index}.first"), Tensor::from_slice(first, shape, &Device::Cpu)?);
            state.insert(format!("{index}.second"), Tensor::from_slice(second, shape, &Device::Cpu)?);
        }
        Ok(state)
    }

    /// Goes on from a snapshot of the same parameters.
    ///
    /// # Errors
    /// When the snapshot isn't of these parameters.
    pub fn resume(&mut self, state: &HashMap<String, Tensor>) -> Result<()> {
        let saved = |name: String, shape: &candle_core::Shape| match state.get(&name) {
            Some(tensor) if tensor.shape() == shape => Ok(tensor),
            _ => bail!("the snapshot has no {name} of shape {shape:?}"),
        };
        for (index, (parameter, moments)) in self.parameters.iter().zip(&mut self.moments).enumerate() {
            let shape = parameter.variable.shape();
            parameter.variable.set(&saved(format!("{index}.value"), shape)?.to_device(parameter.variable.device())?)?;
            for (moment, name) in moments.iter_mut().zip(["first", "second"]) {
                *moment = saved(format!("{index}.{name}"), shape)?.flatten_all()?.to_vec1()?;
            }
        }
        self.step = saved(STEP.to_owned(), &candle_core::Shape::from(()))?.to_scalar()?;
        Ok(())
    }

    /// One step with this learning rate. Gives the norm of the gradient before clipping; if it isn't finite, nothing
    /// is changed.
    ///
    /// # Errors
    /// When tensors can't be read or written.
    pub fn step(&mut self, gradients: &GradStore, learning_rate: f32) -> Result<f32> {
        let flat = |parameter: &Parameter| match gradients.get(parameter.variable.as_tensor()) {
            Some(gradient) => gradient.flatten_all()?.to_vec1::<f32>().map(Some),
            None => Ok(None),
        };
        let gradients = self.parameters.iter().map(flat).collect::<Result<Vec<Option<Vec<f32>>>>>()?;
        let norm = norm(gradients.iter().flatten());
        if !norm.is_finite() {
            return Ok(norm);
        }
        self.step += 1;
        let clip = self.options.clip.map_or(1.0, |most| (most / (norm + 1e-6)).min(1.0));
        let corrections = [self.options.beta1, self.options.beta2].map(|beta| 1.0 - beta.powi(self.step as i32));
        for ((parameter, moments), gradient) in self.parameters.iter().zip(&mut self.moments).zip(&gradients) {
            let Some(gradient) = gradient else { continue };
            let rate = learning_rate * parameter.rate;
            let update = Update { options: self.options, clip, corrections, rate, keep: 1.0 - rate * parameter.decay };
            let mut values = parameter.variable.flatten_all()?.to_vec1::<f32>()?;
            let [first, second] = moments;
            let chunks = values.par_chunks_mut(CHUNK).zip(first.par_chunks_mut(CHUNK)).zip(second.par_chunks_mut(CHUNK));
            chunks.zip(gradient.par_chunks(CHUNK)).for_each(|(((value, first), second), gradient)| {
                update.apply(value, first, second, gradient);
            });
            let variable = &parameter.variable;
            variable.set(&Tensor::from_vec(values, variable.shape(), &Device::Cpu)?.to_device(variable.device())?)?;
        }
        Ok(norm)
    }
}

/// The norm of all gradients together, summed in a fixed order.
fn norm<'a>(gradients: impl Iterator<Item = &'a Vec<f32>>) -> f32 {
    let squares = |chunk: &[f32]| chunk.iter().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>();
    let of_one = |gradient: &Vec<f32>| gradient.par_chunks(CHUNK).map(squares).collect::<Vec<f64>>().iter().sum::<f64>();
    gradients.map(of_one).sum::<f64>().sqrt() as f32
}

/// What one step does to a stretch of one parameter.
struct Update {
    options: AdamWOptions,
    clip: f32,
    corrections: [f32; 2],
    rate: f32,
    keep: f32,
}

impl Update {
    fn apply(&self, values: &mut [f32], first: &mut [f32], second: &mut [f32], gradient: &[f32]) {
        let AdamWOptions { beta1, beta2, epsilon, .. } = self.options;
        for (((value, first), second), gradient) in values.iter_mut().zip(first).zip(second).zip(gradient) {
            let gradient = gradient * self.clip;
            *first = beta1 * *first + (1.0 - beta1) * gradient;
            *second = beta2 * *second + (1.0 - beta2) * gradient * gradient;
            let root = (*second / self.corrections[1]).sqrt() + epsilon;
            *value = *value * self.keep - self.rate * (*first / self.corrections[0]) / root;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: [f32; 3] = [0.05, 0.04, 0.02];

    /// Least squares of three points by a 2 × 2 matrix with decay 0.1 and a bias without, three steps.
    fn fit(clip: Option<f32>, from: Option<&HashMap<String, Tensor>>, rates: &[f32]) -> (AdamW, Vec<f32>, Vec<f32>) {
        let x = Tensor::new(&[[1.0f32, 2.0], [-1.5, 0.5], [0.3, -0.7]], &Device::Cpu).unwrap();
        let t = Tensor::new(&[[1.0f32, 0.0], [0.0, 2.0], [3.0, -1.0]], &Device::Cpu).unwrap();
        let w = Var::from_tensor(&Tensor::new(&[[0.5f32, -1.0], [2.0, 0.25]], &Device::Cpu).unwrap()).unwrap();
        let b = Var::from_tensor(&Tensor::new(&[0.1f32, -0.2], &Device::Cpu).unwrap()).unwrap();
        let parameter = |variable: &Var, decay| Parameter { variable: variable.clone(), rate: 1.0, decay };
        let options = AdamWOptions { clip, ..AdamWOptions::default() };
        let mut optimizer = AdamW::new(vec![parameter(&w, 0.1), parameter(&b, 0.0)], options);
        if let Some(state) = from {
            optimizer.resume(state).unwrap();
        }
        let mut norms = Vec::new();
        for &rate in rates {
            let fitted = x.matmul(&w.t().unwrap()).unwrap().broadcast_add(&b).unwrap();
            let loss = (fitted - &t).unwrap().sqr().unwrap().sum_all().unwrap();
            norms.push(optimizer.step(&loss.backward().unwrap(), rate).unwrap());
        }
        let values = [w.flatten_all().unwrap(), b.flatten_all().unwrap()];
        let values = values.iter().flat_map(|tensor| tensor.to_vec1::<f32>().unwrap()).collect();
        (optimizer, values, norms)
    }

    fn assert_near(found: &[f32], expected: &[f32]) {
        let near =
            found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5 * b.abs().max(1.0));
        assert!(near, "{found:?} instead of {expected:?}");
    }

    /// PyTorch 2's `torch.optim.AdamW` (decay 0.1 and 0, other defaults) with the same figures, after
    /// `clip_grad_norm_(parameters, 1.0)` in the second case.
    #[test]
    fn three_steps_are_those_of_pytorch() {
        let (_, values, _) = fit(None, None, &RATES);
        assert_near(&values, &[0.603_394_5, -0.879_792_1, 1.868_522_3, 0.138_535_9, 0.209_878_74, -0.090_129_68]);
        let (_, values, norms) = fit(Some(1.0), None, &RATES);
        assert_near(&values, &[0.603_614_45, -0.879_626_9, 1.868_425_7, 0.138_297_84, 0.209_990_5, -0.090_015_724]);
        assert_near(&norms, &[25.146_025, 24.160_969, 23.393_967]);
    }

    #[test]
    fn a_snapshot_goes_on_to_the_same_bits() {
        let whole = fit(Some(1.0), None, &RATES);
        let state = fit(Some(1.0), None, &RATES[..1]).0.snapshot().unwrap();
        let resumed = fit(Some(1.0), Some(&state), &RATES[1..]);
        assert_eq!(resumed.1, whole.1);
        assert_eq!(resumed.0.steps(), 3);
        let mut lacking = state.clone();
        lacking.remove("1.second");
        let (mut optimizer, ..) = fit(None, None, &[]);
        assert!(optimizer.resume(&lacking).unwrap_err().to_string().contains("1.second"));
    }

    #[test]
    fn a_gradient_that_is_not_finite_changes_nothing() {
        let variable = Var::from_tensor(&Tensor::new(&[1.0f32, 2.0], &Device::Cpu).unwrap()).unwrap();
        let mut optimizer =
            AdamW::new(vec![Parameter { variable: variable.clone(), rate: 1.0, decay: 0.1 }], AdamWOptions::default());
        let loss = (variable.as_tensor() * f64::INFINITY).unwrap().sum_all().unwrap();
        assert!(!optimizer.step(&loss.backward().unwrap(), 0.1).unwrap().is_finite());
        assert_eq!((variable.to_vec1::<f32>().unwrap(), optimizer.steps()), (vec![1.0, 2.0], 0));
    }
}
