//! Learning curves as plain text.

use super::replay::Replay;
use super::summary::FROM_EDITS;

/// Columns and rows of the drawing, without its axes.
const SIZE: (usize, usize) = (64, 18);

/// Micro-F1 (upwards) against edits (to the right, by their logarithm), a letter a strategy, the mean over seeds; where curves
/// meet, the earlier letter stands. A line of dots marks `full`. Empty if no replay has enough edits.
pub fn chart(replays: &[Replay], full: f64) -> String {
    let most = replays.iter().map(Replay::edits).fold(0.0, f64::max);
    if most <= FROM_EDITS {
        return String::new();
    }
    let mut names: Vec<&str> = Vec::new();
    replays.iter().for_each(|replay| {
        if !names.contains(&replay.name) {
            names.push(replay.name)
        }
    });
    let (columns, rows) = SIZE;
    let edits = |column: usize| FROM_EDITS * (most / FROM_EDITS).powf(column as f64 / (columns - 1) as f64);
    let heights: Vec<Vec<Option<f64>>> =
        names.iter().map(|name| (0..columns).map(|column| mean(replays, name, edits(column).min(most))).collect()).collect();
    let known = || heights.iter().flatten().flatten().copied();
    let (low, high) = (known().fold(full, f64::min), known().fold(full, f64::max));
    let row = |f1: f64| ((f1 - low) / (high - low).max(1e-9) * (rows - 1) as f64).round() as usize;
    let mut grid = vec![vec![' '; columns]; rows];
    grid[row(full)].fill('·');
    for (curve, letter) in heights.iter().zip(letters()).rev() {
        for (column, height) in curve.iter().enumerate() {
            if let Some(f1) = height {
                grid[row(*f1)][column] = letter;
            }
        }
    }
    let mut out = String::from("micro-F1\n");
    for (index, line) in grid.iter().enumerate().rev() {
        let f1 = low + (high - low) * index as f64 / (rows - 1) as f64;
        let line: String = line.iter().collect();
        out += &format!("{f1:>8.3} │{}\n", line.trim_end());
    }
    out += &format!("         └{}\n", "─".repeat(columns));
    let (left, middle, right) = (edits(0).round(), edits(columns / 2).round(), most.round());
    let half = columns / 2;
    out += &format!("          {left:<half$}{middle:<half$}{right}  edits\n", half = half - 2);
    out += &format!("          · all of the pool read: {full:.4}\n");
    for (name, letter) in names.iter().zip(letters()) {
        out += &format!("          {letter} {name}\n");
    }
    out
}

/// A letter for each curve.
fn letters() -> impl DoubleEndedIterator<Item = char> + ExactSizeIterator {
    (b'a'..=b'z').map(char::from)
}

/// The mean micro-F1 of a strategy's replays after so many edits; `None` beyond the end of one of them.
fn mean(replays: &[Replay], name: &str, edits: f64) -> Option<f64> {
    let heights: Option<Vec<f64>> =
        replays.iter().filter(|replay| replay.name == name).map(|replay| replay.f1_after(edits)).collect();
    heights.map(|heights| heights.iter().sum::<f64>() / heights.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::active_learning::Cost;
    use crate::simulation::Point;

    #[test]
    fn curves_rise_from_left_to_right_and_the_better_one_is_above() {
        let replay = |name, scale: f64| {
            let point = |step: i32| {
                let edits = 100.0 * 2.0_f64.powi(step);
                Point { effort: Cost { edits, ..Cost::default() }, micro_f1: scale * f64::from(step + 1) / 8.0 }
            };
            Replay { name, seed: 0, points: (0..8).map(point).collect() }
        };
        let drawn = chart(&[replay("slow", 0.5), replay("fast", 0.9)], 0.95);
        let lines: Vec<&str> = drawn.lines().collect();
        let last = |letter: char| lines[..SIZE.1 + 1].iter().position(|line| line.trim_end().ends_with(letter)).unwrap();
        assert!(last('b') < last('a'), "{drawn}");
        assert!(lines[1].contains("0.950 │····"), "{drawn}");
        assert!(drawn.ends_with("a slow\n          b fast\n") && drawn.contains("100"), "{drawn}");
        assert_eq!(chart(&[], 0.9), "");
    }
}
