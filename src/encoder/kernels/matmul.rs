//! Matrix products on strided views of slices: the one place that calls the `gemm` crate.

use gemm::Parallelism;

/// A matrix seen in a slice: element (r, c) stands at `offset + r·row_stride + c·column_stride`.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// Index of the first element.
    pub offset: usize,
    /// Distance between rows.
    pub row_stride: usize,
    /// Distance between columns.
    pub column_stride: usize,
}

impl View {
    /// A whole row-major matrix.
    pub fn dense(rows: usize, columns: usize) -> Self {
        Self { rows, columns, offset: 0, row_stride: columns, column_stride: 1 }
    }

    /// Columns `first..first + columns` of the rows `top..top + rows` of a row-major matrix of `width` columns.
    pub fn block(top: usize, rows: usize, first: usize, columns: usize, width: usize) -> Self {
        Self { rows, columns, offset: top * width + first, row_stride: width, column_stride: 1 }
    }

    /// The transpose.
    pub fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, row_stride: self.column_stride, column_stride: self.row_stride, ..self }
    }

    /// One past the highest index it reaches; its offset if it is empty.
    fn reach(&self) -> usize {
        match (self.rows.checked_sub(1), self.columns.checked_sub(1)) {
            (Some(row), Some(column)) => self.offset + row * self.row_stride + column * self.column_stride + 1,
            _ => self.offset,
        }
    }
}

/// Whether a product may spread over all cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cores {
    /// The calling thread only: the caller is itself one of many tasks.
    One,
    /// All of rayon's threads.
    All,
}

/// `out ← keep·out + scale·left·right`, with `keep` 1 if `accumulate`, else 0.
///
/// # Panics
/// If the shapes don't chain or a view reaches beyond its slice, or elements of `out` coincide.
pub fn matmul(
    (out, to): (&mut [f32], View),
    (left, l): (&[f32], View),
    (right, r): (&[f32], View),
    scale: f32,
    accumulate: bool,
    cores: Cores,
) {
    assert!(to.rows == l.rows && l.columns == r.rows && to.columns == r.columns, "matmul: shapes {l:?} {r:?} {to:?}");
    assert!(to.reach() <= out.len() && l.reach() <= left.len() && r.reach() <= right.len(), "matmul: view beyond its slice");
    let (small, large) = (to.row_stride.min(to.column_stride), to.row_stride.max(to.column_stride));
    let inner = if to.row_stride <= to.column_stride { to.rows } else { to.columns };
    assert!(small >= 1 && (large >= small * inner || to.rows <= 1 || to.columns <= 1), "matmul: output elements coincide");
    let parallelism = match cores {
        Cores::One => Parallelism::None,
        Cores::All => Parallelism::Rayon(0),
    };
    // SAFETY: the assertions above keep every element that the strides reach within its slice and the elements of
    // `out` apart; `out` is borrowed mutably, so it aliases neither operand.
    unsafe {
        gemm::gemm(
            to.rows,
            to.columns,
            l.columns,
            out.as_mut_ptr().add(to.offset),
            to.column_stride as isize,
            to.row_stride as isize,
            accumulate,
            left.as_ptr().add(l.offset),
            l.column_stride as isize,
            l.row_stride as isize,
            right.as_ptr().add(r.offset),
            r.column_stride as isize,
            r.row_stride as isize,
            1.0,
            scale,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(count: usize) -> Vec<f32> {
        (0..count).map(|n| ((n * 37 + 11) % 23) as f32 / 7.0 - 1.5).collect()
    }

    #[test]
    fn agrees_with_the_definition_on_blocks_and_transposes() {
        let (m, k, n, width) = (7, 5, 9, 12);
        let (left, right) = (sample(m * width), sample(n * width));
        let (l, r) = (View::block(0, m, 3, k, width), View::block(0, n, 6, k, width));
        for accumulate in [false, true] {
            let mut out = sample(m * n);
            let before = out.clone();
            matmul((&mut out, View::dense(m, n)), (&left, l), (&right, r.transposed()), 0.5, accumulate, Cores::All);
            for (index, found) in out.iter().enumerate() {
                let (row, column) = (index / n, index % n);
                let dot: f32 = (0..k).map(|i| left[row * width + 3 + i] * right[column * width + 6 + i]).sum();
                let expected = 0.5 * dot + if accumulate { before[index] } else { 0.0 };
                assert!((found - expected).abs() < 1e-4, "{found} {expected}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "beyond its slice")]
    fn a_view_beyond_its_slice_is_refused() {
        let mut out = [0.0; 4];
        matmul(
            (&mut out, View::dense(2, 2)),
            (&[1.0; 3], View::dense(2, 2)),
            (&[1.0; 4], View::dense(2, 2)),
            1.0,
            false,
            Cores::One,
        );
    }
}
