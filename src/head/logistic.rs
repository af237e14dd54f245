//! A logistic regression of a few features, fitted exactly: what calibration is made of.
//!
//! Newton's method on the cross-entropy with a Gaussian prior, as in Lin, Lin & Weng, "A note on Platt's probabilistic
//! outputs" (Machine Learning 68, 2007). The loss is convex: halving a step that was too long never lets it rise.

/// What a weight is expected to be, and how firmly it is held there: the inverse variance of its prior.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prior {
    pub mean: f64,
    pub firmness: f64,
}

/// Newton's method ends sooner on every set of cells seen.
const MOST_ITERATIONS: usize = 50;
/// A step is halved this often at the most.
const HALVINGS: i32 = 20;

/// The weights under which the targets (0 to 1) of the cells are most likely, given what is expected of them. Every prior
/// has a firmness above 0. Figures that are not finite leave the weights where they were.
pub(super) fn fit<const K: usize>(cells: &[([f64; K], f64)], prior: [Prior; K]) -> [f64; K] {
    let mut at = prior.map(|prior| prior.mean);
    let mut now = loss(cells, &prior, &at);
    for _ in 0..MOST_ITERATIONS {
        let Some(step) = step(cells, &prior, &at) else { break };
        let halved = (0..HALVINGS).map(|halvings| 0.5f64.powi(halvings)).find_map(|share| {
            let there: [f64; K] = std::array::from_fn(|index| at[index] - share * step[index]);
            let loss = loss(cells, &prior, &there);
            (loss < now).then_some((there, loss))
        });
        let Some((there, lower)) = halved else { break };
        let gained = now - lower;
        (at, now) = (there, lower);
        if gained < 1e-9 * cells.len() as f64 {
            break;
        }
    }
    at
}

fn dot<const K: usize>(weights: &[f64; K], features: &[f64; K]) -> f64 {
    weights.iter().zip(features).map(|(weight, feature)| weight * feature).sum()
}

fn loss<const K: usize>(cells: &[([f64; K], f64)], prior: &[Prior; K], at: &[f64; K]) -> f64 {
    let each = |(features, target): &([f64; K], f64)| {
        let x = dot(at, features);
        x.max(0.0) - x * target + (-x.abs()).exp().ln_1p()
    };
    let held = prior.iter().zip(at).map(|(prior, at)| prior.firmness * (at - prior.mean).powi(2)).sum::<f64>();
    cells.iter().map(each).sum::<f64>() + 0.5 * held
}

/// The inverse of the Hessian times the gradient. `None` if the Hessian is not positive definite, as numbers go.
fn step<const K: usize>(cells: &[([f64; K], f64)], prior: &[Prior; K], at: &[f64; K]) -> Option<[f64; K]> {
    let mut gradient: [f64; K] = std::array::from_fn(|index| prior[index].firmness * (at[index] - prior[index].mean));
    let mut hessian = [[0.0; K]; K];
    for (index, prior) in prior.iter().enumerate() {
        hessian[index][index] = prior.firmness;
    }
    for (features, target) in cells {
        let p = 1.0 / (1.0 + (-dot(at, features)).exp());
        let curvature = p * (1.0 - p);
        for row in 0..K {
            gradient[row] += (p - target) * features[row];
            for column in 0..=row {
                hessian[row][column] += curvature * features[row] * features[column];
            }
        }
    }
    solved(hessian, gradient)
}

/// The x for which `matrix`·x = `right`, by Cholesky's decomposition; only the lower half of the matrix is read.
fn solved<const K: usize>(mut matrix: [[f64; K]; K], mut right: [f64; K]) -> Option<[f64; K]> {
    for row in 0..K {
        for column in 0..=row {
            let known: f64 = (0..column).map(|index| matrix[row][index] * matrix[column][index]).sum();
            let rest = matrix[row][column] - known;
            matrix[row][column] = match row == column {
                true if rest > 0.0 => rest.sqrt(),
                true => return None,
                false => rest / matrix[column][column],
            };
        }
        let known: f64 = (0..row).map(|index| matrix[row][index] * right[index]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    for row in (0..K).rev() {
        let known: f64 = (row + 1..K).map(|index| matrix[index][row] * right[index]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right.iter().all(|value| value.is_finite()).then_some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved() {
        let matrix = [[4.0, f64::NAN, f64::NAN], [2.0, 5.0, f64::NAN], [-1.0, 0.5, 3.0]];
        let x = [1.5, -2.0, 0.25];
        let full = |row: usize, column: usize| matrix[row.max(column)][row.min(column)];
        let right = std::array::from_fn(|row| (0..3).map(|column| full(row, column) * x[column]).sum());
        let found = solved(matrix, right).unwrap();
        assert!(found.iter().zip(x).all(|(found, x)| (found - x).abs() < 1e-12), "{found:?}");
        assert_eq!(solved([[1.0, 0.0], [2.0, 4.0]], [1.0, 1.0]), None, "no positive definite matrix");
    }

    #[test]
    fn a_fit_is_where_nothing_nearby_is_better() {
        let prior = [Prior { mean: 1.0, firmness: 2.0 }, Prior { mean: 0.0, firmness: 0.5 }, Prior { mean: 0.0, firmness: 1.0 }];
        let cell = |n: usize| {
            let x = (n * 37 % 101) as f64 / 10.0 - 5.0;
            ([x, 1.0, x.max(0.0)], f64::from(u8::from(n * 13 % 17 < (x + 6.0) as usize)))
        };
        let cells: Vec<_> = (0..300).map(cell).collect();
        let at = fit(&cells, prior);
        let best = loss(&cells, &prior, &at);
        for index in 0..3 {
            for by in [-1e-3, 1e-3] {
                let mut there = at;
                there[index] += by;
                assert!(loss(&cells, &prior, &there) > best, "{at:?}");
            }
        }
        assert_eq!(fit(&[], prior), [1.0, 0.0, 0.0], "where nothing is known, what is expected");
    }
}
