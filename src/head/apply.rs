//! A dense layer on plain slices: what colours words again after each training.
//!
//! The product is memory-bound: a row of vectors is read once and meets all labels' weights, which stay in the cache.
//! A row's outputs depend on this row alone, whatever stands beside it and however many threads there are.

use rayon::prelude::*;

/// Values of one label multiplied side by side: one or two registers of today's machines.
const LANES: usize = 16;
/// Labels multiplied side by side: each value of a vector is loaded once for all of them.
const SIDE: usize = 4;
/// Rows a thread takes at a time.
const ROWS: usize = 256;

/// A dense layer: weights (row-major, outputs × inputs) and biases.
pub(super) struct Dense<'a> {
    pub weights: &'a [f32],
    pub biases: &'a [f32],
}

impl Dense<'_> {
    /// Applies the layer to row-major vectors (rows × inputs) and `finish` to each row of outputs; gives rows × outputs,
    /// row-major.
    pub fn apply(&self, vectors: &[f32], finish: impl Fn(&mut [f32]) + Sync) -> Vec<f32> {
        let outputs = self.biases.len();
        let inputs = self.weights.len() / outputs.max(1);
        if inputs == 0 || vectors.is_empty() {
            return Vec::new();
        }
        let mut out = vec![0.0; vectors.len() / inputs * outputs];
        out.par_chunks_mut(ROWS * outputs).zip(vectors.par_chunks(ROWS * inputs)).for_each(|(out, vectors)| {
            pulp::Arch::new().dispatch(Rows { layer: self, out: &mut *out, vectors });
            out.chunks_exact_mut(outputs).for_each(&finish);
        });
        out
    }
}

/// Some rows for one thread, compiled for the best instruction set that the machine has.
struct Rows<'a> {
    layer: &'a Dense<'a>,
    out: &'a mut [f32],
    vectors: &'a [f32],
}

impl pulp::NullaryFnOnce for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Dense { weights, biases } = *self.layer;
        let inputs = weights.len() / biases.len();
        for (out, vector) in self.out.chunks_exact_mut(biases.len()).zip(self.vectors.chunks_exact(inputs)) {
            for (four, out) in weights.chunks(SIDE * inputs).zip(out.chunks_mut(SIDE)) {
                // Where fewer are left, the last one stands in for those that lack: one loop for all is quicker.
                let last = out.len() - 1;
                let found = dots(vector, std::array::from_fn(|label| &four[label.min(last) * inputs..][..inputs]));
                out.copy_from_slice(&found[..=last]);
            }
            out.iter_mut().zip(biases).for_each(|(out, bias)| *out += bias);
        }
    }
}

/// The products of a vector with others of its length. Sums with names of their own and loops without bounds to check
/// stay in registers.
#[inline(always)]
fn dots(vector: &[f32], others: [&[f32]; SIDE]) -> [f32; SIDE] {
    let (mut a, mut b, mut c, mut d) = ([0.0f32; LANES], [0.0f32; LANES], [0.0f32; LANES], [0.0f32; LANES]);
    let (parts, rest) = vector.as_chunks::<LANES>();
    let [(of_a, rest_a), (of_b, rest_b), (of_c, rest_c), (of_d, rest_d)] = others.map(|other| other.as_chunks::<LANES>());
    for ((((x, of_a), of_b), of_c), of_d) in parts.iter().zip(of_a).zip(of_b).zip(of_c).zip(of_d) {
        for lane in 0..LANES {
            a[lane] += x[lane] * of_a[lane];
            b[lane] += x[lane] * of_b[lane];
            c[lane] += x[lane] * of_c[lane];
            d[lane] += x[lane] * of_d[lane];
        }
    }
    let of_rest = |other: &[f32]| rest.iter().zip(other).map(|(x, y)| x * y).sum::<f32>();
    [total(a) + of_rest(rest_a), total(b) + of_rest(rest_b), total(c) + of_rest(rest_c), total(d) + of_rest(rest_d)]
}

/// The sum of some lanes, halves onto halves: one after the other, each addition would wait for the one before it.
#[inline(always)]
fn total(lanes: [f32; LANES]) -> f32 {
    let eight: [f32; 8] = std::array::from_fn(|lane| lanes[lane] + lanes[lane + 8]);
    let four: [f32; 4] = std::array::from_fn(|lane| eight[lane] + eight[lane + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(count: usize, from: usize) -> Vec<f32> {
        (0..count).map(|n| (((n + from) * 37 + 11) % 23) as f32 / 7.0 - 1.5).collect()
    }

    #[test]
    fn agrees_with_the_definition_for_any_shape() {
        for (rows, inputs, outputs) in [(1, 1, 1), (3, 16, 2), (5, 40, 7), (700, 19, 3), (0, 4, 2), (2, 4, 0)] {
            let (weights, biases) = (sample(outputs * inputs, 3), sample(outputs, 1));
            let vectors = sample(rows * inputs, 0);
            let found =
                Dense { weights: &weights, biases: &biases }.apply(&vectors, |row| row.iter_mut().for_each(|x| *x *= 2.0));
            assert_eq!(found.len(), rows * outputs);
            for (index, found) in found.iter().enumerate() {
                let (row, output) = (index / outputs, index % outputs);
                let product = |i: usize| f64::from(vectors[row * inputs + i]) * f64::from(weights[output * inputs + i]);
                let expected = 2.0 * ((0..inputs).map(product).sum::<f64>() + f64::from(biases[output]));
                assert!((f64::from(*found) - expected).abs() < 1e-4, "{rows} × {inputs} × {outputs}: {found}, {expected}");
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_its_neighbours() {
        let (weights, biases, vectors) = (sample(5 * 33, 0), sample(5, 2), sample(600 * 33, 5));
        let layer = Dense { weights: &weights, biases: &biases };
        let together = layer.apply(&vectors, |_| ());
        let alone: Vec<f32> = vectors.chunks_exact(33).flat_map(|row| layer.apply(row, |_| ())).collect();
        assert_eq!(together, alone);
    }
}
