//! Word vectors as they are kept: in half precision, in memory and on disk.
//!
//! A vector's numbers come out of a layer normalisation, none far from one, and products in eight bits have already
//! moved each by more than a half's last bit: eleven bits say of them all that there is to say, in half the room. They are
//! rounded where a window gives its words their vectors, so that whoever reads them, at once, out of a cache or in a
//! training, reads the same numbers.

use std::sync::Arc;

pub use half::f16;
use half::slice::HalfFloatSliceExt as _;
use rayon::prelude::*;

/// Words that are made wide together: their vectors stay in the second cache while they are used.
const STRETCH: usize = 256;

/// Vectors of a document's words, row-major, words × width. Cheap to share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vectors(Arc<Vec<f16>>);

impl Vectors {
    /// The numbers as they are kept.
    pub fn halves(&self) -> &[f16] {
        &self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them in single precision.
    pub fn wide(&self) -> Vec<f32> {
        widened(&self.0)
    }

    /// The vectors of these words in single precision, behind one another.
    pub fn of(&self, words: impl IntoIterator<Item = usize>, width: usize) -> Vec<f32> {
        let mut wide = Vec::new();
        for word in words {
            let from = wide.len();
            wide.resize(from + width, 0.0);
            self.0[word * width..(word + 1) * width].convert_to_f32_slice(&mut wide[from..]);
        }
        wide
    }

    /// Adds a word's vector to `sum`, which is as wide.
    pub fn add_to(&self, word: usize, sum: &mut [f32]) {
        let mut wide = [0.0; 16];
        let row = &self.0[word * sum.len()..(word + 1) * sum.len()];
        for (sum, row) in sum.chunks_mut(wide.len()).zip(row.chunks(wide.len())) {
            let wide = &mut wide[..row.len()];
            row.convert_to_f32_slice(wide);
            sum.iter_mut().zip(wide).for_each(|(sum, value)| *sum += *value);
        }
    }
}

impl From<Vec<f16>> for Vectors {
    fn from(halves: Vec<f16>) -> Self {
        Self(Arc::new(halves))
    }
}

impl From<Vec<f32>> for Vectors {
    fn from(wide: Vec<f32>) -> Self {
        narrowed(&wide).into()
    }
}

/// Numbers in half precision; those beyond its range become the last ones of it, and what is infinite becomes no number:
/// it could not be computed.
pub fn narrowed(wide: &[f32]) -> Vec<f16> {
    let (least, most) = (f16::MIN.to_f32(), f16::MAX.to_f32());
    let within = |value: &f32| if value.is_finite() { value.clamp(least, most) } else { f32::NAN };
    let within: Vec<f32> = wide.iter().map(within).collect();
    let mut halves = vec![f16::ZERO; wide.len()];
    halves.convert_from_f32_slice(&within);
    halves
}

/// Numbers in single precision.
pub fn widened(halves: &[f16]) -> Vec<f32> {
    let mut wide = vec![0.0; halves.len()];
    halves.convert_to_f32_slice(&mut wide);
    wide
}

/// What `work` makes of all vectors, which it is given in single precision, some hundred words at a time, each time with
/// the number of the first. All cores help.
///
/// # Errors
/// Those of `work`.
pub fn by_stretches<T: Clone + Send, E: Send>(
    halves: &[f16],
    width: usize,
    work: impl Fn(usize, &[f32]) -> Result<Vec<T>, E> + Sync,
) -> Result<Vec<T>, E> {
    if halves.len() <= STRETCH * width {
        return work(0, &widened(halves));
    }
    let stretch = |(at, halves)| work(at * STRETCH, &widened(halves));
    let found: Vec<Vec<T>> = halves.par_chunks(STRETCH * width).enumerate().map(stretch).collect::<Result<_, _>>()?;
    Ok(found.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_eleven_bits_and_never_become_infinite() {
        for (number, kept) in [(1.0, 1.0), (-0.1, -0.099_975_586), (1e9, 65504.0), (f32::MIN, -65504.0), (1e-9, 0.0)] {
            assert_eq!(widened(&narrowed(&[number])), [kept]);
        }
        for number in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(narrowed(&[number])[0].is_nan(), "what can't be computed stays so, and is refused where it is used");
        }
    }

    #[test]
    fn a_words_vector_is_the_same_however_it_is_asked_for() {
        let width = 21;
        let numbers: Vec<f32> = (0..700 * width).map(|at| (at * 37 % 101) as f32 / 8.0 - 6.0).collect();
        let vectors = Vectors::from(numbers.clone());
        assert_eq!(vectors.wide(), numbers, "eighths are halves");
        assert_eq!(vectors.of([3, 699], width), [&numbers[3 * width..4 * width], &numbers[699 * width..]].concat());
        let mut sum = vec![1.0; width];
        vectors.add_to(5, &mut sum);
        assert_eq!(sum, numbers[5 * width..6 * width].iter().map(|number| number + 1.0).collect::<Vec<_>>());
        let firsts = by_stretches(vectors.halves(), width, |first, wide| -> Result<_, ()> {
            Ok(wide.chunks_exact(width).enumerate().map(|(at, row)| (first + at, row[0])).collect())
        });
        assert_eq!(firsts.unwrap(), (0..700).map(|word| (word, numbers[word * width])).collect::<Vec<_>>());
        assert_eq!(by_stretches(&[], width, |_, wide| Ok::<_, ()>(wide.to_vec())), Ok(Vec::new()));
    }
}
