//! The sums on x86-64.

use std::arch::x86_64::*;

use super::{Group, PART, Row, Sums, Term};

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
            pub fn sums(self, rows: &[Row], panel: &[Group], sums: &mut [Sums]) {
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

/// A group's four activations of a row.
#[inline(always)]
fn four(row: &Row, group: usize) -> i32 {
    i32::from_ne_bytes(row.as_chunks().0[group])
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
        let ((whole, rest), (many, few)) = ($sums.as_chunks_mut::<$rows>(), $x.as_chunks::<$rows>());
        for (x, sums) in many.iter().zip(whole) {
            $tile::<$rows>(x, $panel, sums);
        }
        for (x, sums) in few.as_chunks::<1>().0.iter().zip(rest.as_chunks_mut::<1>().0) {
            $tile::<1>(x, $panel, sums);
        }
    }};
}

#[target_feature(enable = "avx2")]
fn avx2(x: &[Row], panel: &[Group], sums: &mut [Sums]) {
    // Three rows: six sums, four weights, two activations, two products and the ones fit in sixteen registers.
    by_tiles!(avx2_tile, 3, x, panel, sums);
}

#[inline]
#[target_feature(enable = "avx2")]
fn avx2_tile<const ROWS: usize>(x: &[Row; ROWS], panel: &[Group], sums: &mut [Sums; ROWS]) {
    let ones = _mm256_set1_epi16(1);
    let mut totals = [[_mm256_setzero_si256(); 2]; ROWS];
    for (step, [first, second]) in panel.as_chunks::<2>().0.iter().enumerate().take(PART / 8) {
        let (first, second) = (halves(first), halves(second));
        for (row, totals) in x.iter().zip(&mut totals) {
            let (a, b) = (_mm256_set1_epi32(four(row, 2 * step)), _mm256_set1_epi32(four(row, 2 * step + 1)));
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
fn avx_vnni(x: &[Row], panel: &[Group], sums: &mut [Sums]) {
    by_tiles!(avx_vnni_tile, 6, x, panel, sums);
}

#[inline]
#[target_feature(enable = "avx2,avxvnni")]
fn avx_vnni_tile<const ROWS: usize>(x: &[Row; ROWS], panel: &[Group], sums: &mut [Sums; ROWS]) {
    let mut totals = [[_mm256_setzero_si256(); 2]; ROWS];
    for (step, group) in panel.iter().enumerate().take(PART / 4) {
        let weights = halves(group);
        for (row, totals) in x.iter().zip(&mut totals) {
            let x = _mm256_set1_epi32(four(row, step));
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
fn avx512_vnni(x: &[Row], panel: &[Group], sums: &mut [Sums]) {
    by_tiles!(avx512_vnni_tile, 12, x, panel, sums);
}

#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn avx512_vnni_tile<const ROWS: usize>(x: &[Row; ROWS], panel: &[Group], sums: &mut [Sums; ROWS]) {
    for (total, sums) in avx512_vnni_totals(x, panel, &[]).iter().zip(sums) {
        // SAFETY: sums are 64 bytes, and this store needs no alignment.
        unsafe { _mm512_storeu_si512(sums.as_mut_ptr().cast(), *total) }
    }
}

/// The sums of some rows; meanwhile `later` is fetched.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn avx512_vnni_totals<const ROWS: usize>(x: &[Row; ROWS], panel: &[Group], later: &[Group]) -> [__m512i; ROWS] {
    let mut totals = [_mm512_setzero_si512(); ROWS];
    let mut later = later.iter();
    for (pair, groups) in panel.as_chunks::<2>().0.iter().enumerate().take(PART / 8) {
        if let Some(group) = later.next() {
            fetch(group);
        }
        for (at, group) in groups.iter().enumerate() {
            // SAFETY: a group is 64 bytes, and this load needs no alignment.
            let weights = unsafe { _mm512_loadu_si512(group.as_ptr().cast()) };
            for (row, total) in x.iter().zip(&mut totals) {
                *total = _mm512_dpbusd_epi32(*total, _mm512_set1_epi32(four(row, 2 * pair + at)), weights);
            }
        }
    }
    totals
}

impl Avx512Vnni {
    /// The results of a panel, which stay in registers until the last term is in: they begin with `bias`, or with what is
    /// in `out`, whose rows are `width` apart.
    pub fn results(self, terms: &[Term<'_>], bias: Option<&[f32; 16]>, out: &mut [f32], width: usize) {
        // SAFETY: a value of this type is made by `detect` alone, so the processor has the instructions.
        unsafe { avx512_vnni_results(terms, bias, out, width) }
    }
}

#[target_feature(enable = "avx512f,avx512vnni")]
fn avx512_vnni_results(terms: &[Term<'_>], bias: Option<&[f32; 16]>, out: &mut [f32], width: usize) {
    let rows = terms.iter().map(|term| term.rows.len()).min().unwrap_or(0);
    let mut row = 0;
    while row + 12 <= rows {
        avx512_vnni_result::<12>(terms, bias, out, width, (row, rows));
        row += 12;
    }
    while row + 4 <= rows {
        avx512_vnni_result::<4>(terms, bias, out, width, (row, rows));
        row += 4;
    }
    while row < rows {
        avx512_vnni_result::<1>(terms, bias, out, width, (row, rows));
        row += 1;
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn avx512_vnni_result<const ROWS: usize>(
    terms: &[Term<'_>],
    bias: Option<&[f32; 16]>,
    out: &mut [f32],
    width: usize,
    (first, rows): (usize, usize),
) {
    let mut results = [_mm512_setzero_ps(); ROWS];
    for (row, result) in results.iter_mut().enumerate() {
        *result = load(bias.unwrap_or_else(|| sixteen(&out[(first + row) * width..])));
    }
    for term in terms {
        let Some((x, _)) = term.rows[first..].split_first_chunk::<ROWS>() else { return };
        let Some((ranges, _)) = term.ranges[first..].split_first_chunk::<ROWS>() else { return };
        // Each tile fetches its share.
        let share = |row: usize| term.later.len() * row / rows;
        let totals = avx512_vnni_totals(x, term.panel, &term.later[share(first)..share(first + ROWS)]);
        let (scales, offsets) = (load(term.scales), load(term.offsets));
        for ((result, total), &(least, step)) in results.iter_mut().zip(totals).zip(ranges) {
            let scale = _mm512_mul_ps(_mm512_set1_ps(step), scales);
            let start = _mm512_fmadd_ps(_mm512_set1_ps(least), offsets, *result);
            *result = _mm512_fmadd_ps(_mm512_cvtepi32_ps(total), scale, start);
        }
    }
    for (row, result) in results.into_iter().enumerate() {
        let out = &mut out[(first + row) * width..][..16];
        // SAFETY: the slice holds sixteen values, and this store needs no alignment.
        unsafe { _mm512_storeu_ps(out.as_mut_ptr(), result) }
    }
}

/// The first sixteen values.
#[inline(always)]
fn sixteen(values: &[f32]) -> &[f32; 16] {
    &values.as_chunks().0[0]
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(values: &[f32; 16]) -> __m512 {
    // SAFETY: an array of sixteen values, and this load needs no alignment.
    unsafe { _mm512_loadu_ps(values.as_ptr()) }
}
