//! AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) with moments that can be saved, and clipping of gradients.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, Device, InplaceOp2, Layout, Result, Storage, Tensor, Var, bail};
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
        self.step_with_rows(gradients, None, learning_rate)
    }

    /// The same where one parameter, a table, has gradients in some rows alone. Values and moments of its other rows
    /// stay as they are (the "lazy" Adam of embeddings): their gradient is zero, and a step costs what the batch has.
    ///
    /// # Errors
    /// As [`AdamW::step`].
    pub fn step_with_rows(&mut self, gradients: &GradStore, rows: Option<&RowGradient<'_>>, learning_rate: f32) -> Result<f32> {
        let of = |index: usize, parameter: &Parameter| match rows.filter(|rows| rows.parameter == index) {
            Some(rows) => Some((rows.gradient.clone(), Some(rows.rows))),
            None => gradients.get(parameter.variable.as_tensor()).map(|gradient| (gradient.clone(), None)),
        };
        let contiguous = |(index, parameter)| {
            let Some((gradient, rows)) = of(index, parameter) else { return Ok(None) };
            Ok(Some((gradient.to_device(&Device::Cpu)?.contiguous()?, rows)))
        };
        let gradients = self.parameters.iter().enumerate().map(contiguous).collect::<Result<Vec<_>>>()?;
        let norm = norm(gradients.iter().flatten().map(|(gradient, _)| gradient))?;
        if !norm.is_finite() {
            return Ok(norm);
        }
        self.step += 1;
        let clip = self.options.clip.map_or(1.0, |most| (most / (norm + 1e-6)).min(1.0));
        let corrections = [self.options.beta1, self.options.beta2].map(|beta| 1.0 - beta.powi(self.step as i32));
        for ((parameter, [first, second]), gradient) in self.parameters.iter().zip(&mut self.moments).zip(&gradients) {
            let Some((gradient, rows)) = gradient else { continue };
            let rate = learning_rate * parameter.rate;
            let update = Update { options: self.options, clip, corrections, rate, keep: 1.0 - rate * parameter.decay };
            let update = InPlace { update, moments: Mutex::new([first, second]), rows: *rows };
            let variable = &parameter.variable;
            if let Device::Cpu = variable.device() {
                variable.inplace_op2(gradient, &update)?;
            } else {
                let values = variable.to_device(&Device::Cpu)?;
                values.inplace_op2(gradient, &update)?;
                variable.set(&values.to_device(variable.device())?)?;
            }
        }
        Ok(norm)
    }
}

/// The gradient of some rows of a parameter that is a table.
#[derive(Clone, Debug)]
pub struct RowGradient<'a> {
    /// Index of the parameter in the optimizer's list.
    pub parameter: usize,
    /// The rows, each once.
    pub rows: &'a [u32],
    /// Their gradients: rows × width.
    pub gradient: Tensor,
}

/// The values of a contiguous tensor on the CPU.
fn with_values<R>(tensor: &Tensor, with: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    let Storage::Cpu(storage) = &*storage else { bail!("a gradient is on another device") };
    Ok(with(values(storage.as_slice()?, layout)?))
}

fn values<'a>(all: &'a [f32], layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else { bail!("a gradient is not contiguous") };
    Ok(&all[start..end])
}

/// The norm of all gradients together, summed in a fixed order.
fn norm<'a>(gradients: impl Iterator<Item = &'a Tensor>) -> Result<f32> {
    let squares = |chunk: &[f32]| chunk.iter().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>();
    let of_one = |gradient: &[f32]| gradient.par_chunks(CHUNK).map(squares).collect::<Vec<f64>>().iter().sum::<f64>();
    let squares = gradients.map(|gradient| with_values(gradient, of_one)).sum::<Result<f64>>()?;
    Ok(squares.sqrt() as f32)
}

/// An update of a parameter's values where they stand.
struct InPlace<'a> {
    update: Update,
    moments: Mutex<[&'a mut Vec<f32>; 2]>,
    /// The rows that the gradient is of; all without it.
    rows: Option<&'a [u32]>,
}

impl InplaceOp2 for InPlace<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(&self, into: &mut CpuStorage, into_layout: &Layout, from: &CpuStorage, from_layout: &Layout) -> Result<()> {
        let (CpuStorage::F32(into), Some((start, end))) = (into, into_layout.contiguous_offsets()) else {
            bail!("a parameter is not a contiguous tensor of f32")
        };
        let into = &mut into[start..end];
        let gradient = values(from.as_slice()?, from_layout)?;
        let mut moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        let [first, second] = &mut *moments;
        let Some(rows) = self.rows else {
            let chunks = into.par_chunks_mut(CHUNK).zip(first.par_chunks_mut(CHUNK)).zip(second.par_chunks_mut(CHUNK));
            chunks.zip(gradient.par_chunks(CHUNK)).for_each(|(((value, first), second), gradient)| {
                self.update.apply(value, first, second, gradient);
            });
            return Ok(());
        };
        let width = gradient.len() / rows.len().max(1);
        for (row, gradient) in rows.iter().zip(gradient.chunks_exact(width.max(1))) {
            let at = *row as usize * width..(*row as usize + 1) * width;
            self.update.apply(&mut into[at.clone()], &mut first[at.clone()], &mut second[at], gradient);
        }
        Ok(())
    }
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

/// AdamW's moments of one list of numbers without decay or clipping, for gradients that are written out.
#[derive(Debug)]
pub struct Moments {
    first: Vec<f32>,
    second: Vec<f32>,
    step: i32,
}

impl Moments {
    /// Moments of zero for so many numbers.
    pub fn new(numbers: usize) -> Self {
        Self { first: vec![0.0; numbers], second: vec![0.0; numbers], step: 0 }
    }

    /// Moves the numbers by one step.
    pub fn step(&mut self, values: &mut [f32], gradient: &[f32], rate: f32) {
        self.step += 1;
        let options = AdamWOptions::default();
        let corrections = [options.beta1, options.beta2].map(|beta| 1.0 - beta.powi(self.step));
        Update { options, clip: 1.0, corrections, rate, keep: 1.0 }.apply(values, &mut self.first, &mut self.second, gradient);
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
    fn rows_without_a_gradient_are_left_alone_and_the_others_move_as_in_a_whole_step() {
        let table = || Var::from_tensor(&Tensor::new(&[[1.0f32, 2.0], [3.0, 4.0], [5.0, 6.0]], &Device::Cpu).unwrap()).unwrap();
        let optimizer =
            |table: &Var| AdamW::new(vec![Parameter { variable: table.clone(), rate: 1.0, decay: 0.1 }], AdamWOptions::default());
        let (whole, some) = (table(), table());
        let target = Tensor::new(&[[0.5f32, -1.0], [0.0, 0.0], [2.0, 2.0]], &Device::Cpu).unwrap();
        let loss = (whole.as_tensor() * &target).unwrap().sum_all().unwrap();
        optimizer(&whole).step(&loss.backward().unwrap(), 0.1).unwrap();
        let none = Var::zeros(1, candle_core::DType::F32, &Device::Cpu).unwrap().sum_all().unwrap().backward().unwrap();
        let gradient = target.index_select(&Tensor::new(&[2u32, 0], &Device::Cpu).unwrap(), 0).unwrap();
        let rows = RowGradient { parameter: 0, rows: &[2, 0], gradient };
        let norm = optimizer(&some).step_with_rows(&none, Some(&rows), 0.1).unwrap();
        assert!((norm - 9.25f32.sqrt()).abs() < 1e-6, "{norm}");
        let (whole, some) = (whole.to_vec2::<f32>().unwrap(), some.to_vec2::<f32>().unwrap());
        assert_eq!([&some[0], &some[2]], [&whole[0], &whole[2]]);
        assert_eq!(some[1], [3.0, 4.0], "neither moved nor decayed");
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
