//! The best rate at which this machine makes products, to hold the encoder's own rate against.

use std::time::{Duration, Instant};

use super::int8::{self, Quantise, Quantised};
use super::product::{self, Panels, Product, Rows};
use super::{BLOCK, Instructions, Precision};

/// A product that the first caches hold: rows of this many inputs, and half as many outputs.
const INPUTS: usize = 384;
const OUTPUTS: usize = INPUTS / 2;

/// How long a thread multiplies, and how often; the best time counts.
const ROUND: Duration = Duration::from_millis(40);
const ROUNDS: usize = 5;

/// Multiplications and additions a second, all threads together.
pub fn peak(precision: Precision, instructions: Instructions) -> f64 {
    let rates = |_: usize| rayon::broadcast(|_| rate(precision, instructions)).into_iter().sum();
    (0..ROUNDS).map(rates).fold(0.0, f64::max)
}

/// The rate of one thread.
fn rate(precision: Precision, instructions: Instructions) -> f64 {
    let value = |at: usize| (at % 17) as f32 / 8.0 - 1.0;
    let weight: Vec<f32> = (0..INPUTS * OUTPUTS).map(value).collect();
    let x: Vec<f32> = (0..BLOCK * INPUTS).map(value).collect();
    let bias = [0.0; OUTPUTS];
    let (outs, ins) = (product::filled(OUTPUTS), product::filled(INPUTS));
    let mut out = vec![0.0; BLOCK * OUTPUTS];
    let Instructions { arch, dot } = instructions;
    let (inputs, rows, activation) = (0..INPUTS, BLOCK, None);
    match precision {
        Precision::Fp32 => {
            let weights = &Panels::new(&weight, &bias, INPUTS, (&outs, &ins));
            let (panels, x) = (0..weights.panels(), Rows { values: &x, stride: INPUTS });
            repeated(|| {
                let (inputs, panels, out) = (inputs.clone(), panels.clone(), &mut out[..]);
                arch.dispatch(Product { weights, inputs, panels, x, rows, out, activation });
            })
        }
        Precision::Int8 => {
            let weights = &int8::Panels::new(&weight, &bias, INPUTS, (&outs, &ins));
            let (mut quantised, mut sums) = (Quantised::default(), Vec::new());
            arch.dispatch(Quantise { inputs: inputs.clone(), x: &x, into: &mut quantised });
            let panels = 0..weights.panels();
            repeated(|| {
                let (inputs, panels, out, sums) = (inputs.clone(), panels.clone(), &mut out[..], &mut sums);
                arch.dispatch(int8::Product { weights, inputs, panels, x: &quantised, rows, out, activation, dot, sums });
            })
        }
    }
}

/// The rate of a product that is made again and again.
fn repeated(mut product: impl FnMut()) -> f64 {
    let (start, mut times) = (Instant::now(), 0.0);
    while start.elapsed() < ROUND {
        product();
        times += 1.0;
    }
    times * (2 * BLOCK * INPUTS * OUTPUTS) as f64 / start.elapsed().as_secs_f64()
}
