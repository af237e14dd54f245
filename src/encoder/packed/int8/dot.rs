//! Sums of products of eight-bit numbers, for each kind of machine. All of them give the same sums.
//!
//! The only place of the packed layers that names instructions: what it needs is not among `pulp`'s operations.

#[cfg(target_arch = "x86_64")]
mod x86;

/// Weights of four inputs: the four of the first output, then those of the next.
pub type Group = [i8; 64];

/// Sixteen sums, one an output.
pub type Sums = [i32; 16];

/// Inputs a part: each has a range of its own for every row and output. Shorter parts are more exact and slower.
pub const PART: usize = 128;

/// A row's inputs of one part; those of a shorter part stand in front.
pub type Row = [u8; PART];

/// One part's share of a panel's results.
#[derive(Clone, Copy)]
pub struct Term<'a> {
    /// The rows.
    pub rows: &'a [Row],
    /// For each row: its least value, and what a step is worth.
    pub ranges: &'a [(f32, f32)],
    /// The weights.
    pub panel: &'a [Group],
    /// What a step of the weights is worth, output by output.
    pub scales: &'a [f32; 16],
    /// The sums of the weights, as they are worth.
    pub offsets: &'a [f32; 16],
    /// Weights that are needed next.
    pub later: &'a [Group],
}

/// How sums are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dot {
    /// In plain Rust.
    Plain,
    /// `vpmaddubsw` and `vpmaddwd`.
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Avx2),
    /// `vpdpbusd` on 256 bits.
    #[cfg(target_arch = "x86_64")]
    AvxVnni(x86::AvxVnni),
    /// `vpdpbusd` on 512 bits.
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni(x86::Avx512Vnni),
}

impl Dot {
    /// Those that this machine has, the fastest last.
    pub fn all() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        {
            let vectors = [
                x86::Avx2::detect().map(Self::Avx2),
                x86::AvxVnni::detect().map(Self::AvxVnni),
                x86::Avx512Vnni::detect().map(Self::Avx512Vnni),
            ];
            std::iter::once(Self::Plain).chain(vectors.into_iter().flatten()).collect()
        }
        #[cfg(not(target_arch = "x86_64"))]
        vec![Self::Plain]
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni(_) => "AVX-VNNI",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni(_) => "AVX-512 VNNI",
        }
    }

    /// The fastest.
    pub fn best() -> Self {
        Self::all().last().copied().unwrap_or(Self::Plain)
    }

    /// Makes a panel's results where all of them fit in registers until the last term is in: they begin with `bias`, or with
    /// what is in `out`, whose rows are `width` apart. `false` where they don't, or where vectors of floating-point numbers
    /// have other than `lanes`, and hence other roundings: then nothing is done.
    pub fn results(self, lanes: usize, terms: &[Term<'_>], bias: Option<&[f32; 16]>, out: &mut [f32], width: usize) -> bool {
        let whole = |term: &Term<'_>| term.panel.len().is_multiple_of(2) && term.ranges.len() == term.rows.len();
        assert!(terms.iter().all(whole), "groups in pairs, and a range for each row");
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni(machine) if lanes == 16 => {
                machine.results(terms, bias, out, width);
                true
            }
            _ => {
                let _ = (lanes, terms, bias, out, width);
                false
            }
        }
    }

    /// The sums of each row with each of a panel's outputs; weights are −64…64.
    ///
    /// # Panics
    /// If there are other than `sums.len()` rows, or the panel has an odd number of groups or more than a part.
    pub fn sums(self, rows: &[Row], panel: &[Group], sums: &mut [Sums]) {
        assert_eq!(rows.len(), sums.len(), "a row for each sum");
        assert!(panel.len().is_multiple_of(2) && panel.len() * 4 <= PART, "groups in pairs, no more than a part");
        match self {
            Self::Plain => plain(rows, panel, sums),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(machine) => machine.sums(rows, panel, sums),
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni(machine) => machine.sums(rows, panel, sums),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni(machine) => machine.sums(rows, panel, sums),
        }
    }
}

/// Begins to bring the line of the caches that holds the first of these values into the second cache.
#[inline(always)]
pub fn fetch<T>(values: &[T]) {
    #[cfg(target_arch = "x86_64")]
    x86::fetch(values);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = values;
}

fn plain(rows: &[Row], panel: &[Group], sums: &mut [Sums]) {
    for (row, sums) in rows.iter().zip(sums) {
        *sums = [0; 16];
        for (x, weights) in row.as_chunks::<4>().0.iter().zip(panel) {
            for (sum, weights) in sums.iter_mut().zip(weights.as_chunks::<4>().0) {
                *sum += x.iter().zip(weights).map(|(&x, &weight)| i32::from(x) * i32::from(weight)).sum::<i32>();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_machine_gives_the_same_sums(
            groups in (1usize..=PART / 8).prop_map(|pairs| pairs * 2), rows in 1usize..20, seed in any::<u32>(),
        ) {
            let noise = |at: usize| (at as u32).wrapping_mul(0x9e37_79b1).wrapping_add(seed).wrapping_mul(0x85eb_ca6b) >> 24;
            let x: Vec<Row> = (0..rows).map(|row| std::array::from_fn(|at| noise(row * PART + at) as u8)).collect();
            let weight = |group: usize| std::array::from_fn(|at| ((noise(group * 64 + at + 7) % 129) as i16 - 64) as i8);
            let panel: Vec<Group> = (0..groups).map(weight).collect();
            let sums = |dot: Dot| {
                let mut sums = vec![[-1; 16]; rows];
                dot.sums(&x, &panel, &mut sums);
                sums
            };
            for dot in Dot::all() {
                prop_assert_eq!(sums(dot), sums(Dot::Plain), "{:?}", dot);
            }
        }
    }

    #[test]
    fn the_largest_values_do_not_saturate() {
        for (x, weight) in [(255, 64), (255, -64)] {
            for dot in Dot::all() {
                let mut sums = [[0; 16]; 7];
                dot.sums(&[[x; PART]; 7], &[[weight; 64]; PART / 4], &mut sums);
                assert_eq!(sums, [[255 * i32::from(weight) * PART as i32; 16]; 7], "{dot:?}");
            }
        }
    }
}
