//! The sums on x86-64.

use std::arch::x86_64::*;

use super::{Group, Sums};

/// Defines a kind of machine that proves, by existing, that the instructions are there.
macro_rules! machine {
    ($name:ident, [$($feature:tt),+], $run:ident, $about:literal) => {
        #[doc = $about]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(());

        impl $name {
            /// `None` where the instructions are missing.
            pub fn detect() -> Option<Self> {
                let there = true $(&& is_x86_feature_detected!($feature))+;
                there.then_some(Self(()))
            }

            /// See [`super::Dot::sums`], which has checked the lengths.
            pub fn sums(self, rows: &[u8], panel: &[Group], sums: &mut [Sums]) {
                // SAFETY: a value of this type is made by `detect` alone, so the processor has the instructions.
                unsafe { $run(rows, panel, sums) }
            }
        }
    };
}

machine!(Avx2, ["avx2"], avx2, "AVX2.");
machine!(AvxVnni, ["avx2", "avxvnni"], avx_vnni, "AVX-VNNI.");
machine!(Avx512Vnni, ["avx512f", "avx512vnni"], avx512_vnni, "AVX-512 VNNI.");

/// See [`super::fetch`].
#[inline(always)]
pub fn fetch<T>(values: &[T]) {
    // SAFETY: every x86-64 processor has this instruction; it reads nothing that the program sees, and never faults.
    unsafe { _mm_prefetch::<_MM_HINT_T1>(values.as_ptr().cast()) }
}

/// Four activations in each 32 bits.
fn four(x: &[u8; 4]) -> i32 {
    i32::from_ne_bytes(*x)
}

/// A group's weights, eight outputs in a vector.
#[inline]
#[target_feature(enable = "avx2")]
fn halves(group: &Group) -> [__m256i; 2] {
    let at = group.as_ptr().cast::<__m256i>();
    // SAFETY: a group is 64 bytes, and these loads need no alignment.
    unsafe { [_mm256_loadu_si256(at), _mm256_loadu_si256(at.add(1))] }
}

/// Stores a row's sums.
#[inline]
#[target_feature(enable = "avx2")]
fn store(sums: &mut Sums, halves: [__m256i; 2]) {
    let at = sums.as_mut_ptr().cast::<__m256i>();
    // SAFETY: sums are 64 bytes, and these stores need no alignment.
    unsafe {
        _mm256_storeu_si256(at, halves[0]);
        _mm256_storeu_si256(at.add(1), halves[1]);
    }
}

/// Calls `$tile` on as many rows at once as it takes, then on single rows.
macro_rules! by_tiles {
    ($tile:ident, $rows:literal, $x:ident, $panel:ident, $sums:ident) => {{
        let depth = $panel.len() * 4;
        let (whole, rest) = $sums.as_chunks_mut::<$rows>();
        let (many, few) = $x.split_at(whole.len() * $rows * depth);
        for (x, sums) in many.chunks_exact($rows * depth).zip(whole) {
            $tile::<$rows>(x, $panel, sums);
        }
        for (x, sums) in few.chunks_exact(depth).zip(rest.as_chunks_mut::<1>().0) {
            $tile::<1>(x, $panel, sums);
        }
    }};
}

/// The rows of a tile, cut in steps of `N` inputs.
#[inline(always)]
fn cut<const N: usize, const ROWS: usize>(x: &[u8], depth: usize) -> [&[[u8; N]]; ROWS] {
    let mut rows: [&[[u8; N]]; ROWS] = [&[]; ROWS];
    for (row, cut) in rows.iter_mut().enumerate() {
        *cut = &x[row * depth..(row + 1) * depth].as_chunks().0[..depth / N];
    }
    rows
}

#[target_feature(enable = "avx2")]
fn avx2(x: &[u8], panel: &[Group], sums: &mut [Sums]) {
    // Three rows: six sums, four weights, two activations, two products and the ones fit in sixteen registers.
    by_tiles!(avx2_tile, 3, x, panel, sums);
}

#[inline]
#[target_feature(enable = "avx2")]
fn avx2_tile<const ROWS: usize>(x: &[u8], panel: &[Group], sums: &mut [Sums; ROWS]) {
    let ones = _mm256_set1_epi16(1);
    let mut totals = [[_mm256_setzero_si256(); 2]; ROWS];
    let rows = cut::<8, ROWS>(x, panel.len() * 4);
    for (step, [first, second]) in panel.as_chunks::<2>().0.iter().enumerate() {
        let (first, second) = (halves(first), halves(second));
        for (row, totals) in rows.iter().zip(&mut totals) {
            let (x, _) = row[step].as_chunks::<4>();
            let (a, b) = (_mm256_set1_epi32(four(&x[0])), _mm256_set1_epi32(four(&x[1])));
            for half in 0..2 {
                // Pairs of products of 255 and 64 at most: 32640 fits in sixteen bits.
                let (a, b) = (_mm256_maddubs_epi16(a, first[half]), _mm256_maddubs_epi16(b, second[half]));
                let four = _mm256_add_epi32(_mm256_madd_epi16(a, ones), _mm256_madd_epi16(b, ones));
                totals[half] = _mm256_add_epi32(totals[half], four);
            }
        }
    }
    for (totals, sums) in totals.iter().zip(sums) {
        store(sums, *totals);
    }
}

#[target_feature(enable = "avx2,avxvnni")]
fn avx_vnni(x: &[u8], panel: &[Group], sums: &mut [Sums]) {
    by_tiles!(avx_vnni_tile, 6, x, panel, sums);
}

#[inline]
#[target_feature(enable = "avx2,avxvnni")]
fn avx_vnni_tile<const ROWS: usize>(x: &[u8], panel: &[Group], sums: &mut [Sums; ROWS]) {
    let mut totals = [[_mm256_setzero_si256(); 2]; ROWS];
    let rows = cut::<4, ROWS>(x, panel.len() * 4);
    for (step, group) in panel.iter().enumerate() {
        let weights = halves(group);
        for (row, totals) in rows.iter().zip(&mut totals) {
            let x = _mm256_set1_epi32(four(&row[step]));
            for half in 0..2 {
                totals[half] = _mm256_dpbusd_avx_epi32(totals[half], x, weights[half]);
            }
        }
    }
    for (totals, sums) in totals.iter().zip(sums) {
        store(sums, *totals);
    }
}

#[target_feature(enable = "avx512f,avx512vnni")]
fn avx512_vnni(x: &[u8], panel: &[Group], sums: &mut [Sums]) {
    by_tiles!(avx512_vnni_tile, 12, x, panel, sums);
}

#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn avx512_vnni_tile<const ROWS: usize>(x: &[u8], panel: &[Group], sums: &mut [Sums; ROWS]) {
    let mut totals = [_mm512_setzero_si512(); ROWS];
    let rows = cut::<4, ROWS>(x, panel.len() * 4);
    for (step, group) in panel.iter().enumerate() {
        // SAFETY: a group is 64 bytes, and this load needs no alignment.
        let weights = unsafe { _mm512_loadu_si512(group.as_ptr().cast()) };
        for (row, total) in rows.iter().zip(&mut totals) {
            *total = _mm512_dpbusd_epi32(*total, _mm512_set1_epi32(four(&row[step])), weights);
        }
    }
    for (total, sums) in totals.iter().zip(sums) {
        // SAFETY: sums are 64 bytes, and this store needs no alignment.
        unsafe { _mm512_storeu_si512(sums.as_mut_ptr().cast(), *total) }
    }
}
