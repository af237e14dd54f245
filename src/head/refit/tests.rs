use candle_core::Var;
use rand::RngExt;

use super::*;
use crate::domain::LabelScheme;
use crate::head::HeadMeta;
use crate::head::loss::binary_cross_entropy;

const INPUTS: usize = 6;
const ROWS: usize = 90;
const SETTINGS: RefitSettings = RefitSettings {
    passes: 4,
    batch: 32,
    least_steps: 200,
    learning_rate: 0.02,
    hold: 0.5,
    held_share: 1.0,
    pull: 0.05,
    decay: 0.001,
    seed: 3,
};

fn head(hidden: Option<usize>) -> Head {
    let scheme = LabelScheme::from_names("s", &["a", "b", "c"]).unwrap();
    Head::new(HeadMeta::fresh(scheme, ""), INPUTS, hidden, &[0.3; 3], 1).unwrap()
}

fn vectors() -> Vec<f32> {
    let mut generator = ChaCha8Rng::seed_from_u64(2);
    (0..ROWS * INPUTS).map(|_| generator.random_range(-2.0f32..3.0)).collect()
}

/// A third of the words is decided, for the labels a and c: a has those whose first number is positive.
fn evidence(head: &Head) -> Evidence {
    let vectors = vectors();
    let cell = |row: usize, label: usize| {
        let present = if label == 0 { vectors[row * INPUTS] > 0.0 } else { row.is_multiple_of(2) };
        EvidenceCell { row, label, present, weight: if row.is_multiple_of(4) { 0.3 } else { 1.0 } }
    };
    Evidence {
        features: head.features(&vectors).unwrap(),
        before: head.probabilities(&vectors).unwrap(),
        shown: head.probabilities(&vectors).unwrap(),
        cells: (0..ROWS).step_by(3).flat_map(|row| [cell(row, 0), cell(row, 2)]).collect(),
        folds: (0..ROWS).map(|row| (row % 3 == 0).then_some((row % 5) as u64)).collect(),
        one_sided: Vec::new(),
    }
}

fn refit(head: &Head, evidence: &Evidence, fits: &[LeftOut], settings: RefitSettings) -> Refit {
    let mut refit = Refit::new(head, evidence, fits, settings).unwrap();
    while !refit.done() {
        refit.step().unwrap();
    }
    refit
}

#[test]
fn the_gradient_is_that_of_autograd() {
    for hidden in [None, Some(7)] {
        let head = head(hidden);
        let evidence = evidence(&head);
        let mut refit = Refit::new(&head, &evidence, &[0, 2], RefitSettings { pull: 0.0, ..SETTINGS }).unwrap();
        for _ in 0..3 {
            refit.step().unwrap();
        }
        let (found, mean) = refit.gradient(0, ROWS).unwrap();
        let (rows, width) = (refit.rows(), refit.width);
        let (weights, biases) = refit.values.split_at(rows * width);
        let mut losses = (0.0, 0.0);
        for row in 0..rows {
            let (fit, label) = (row / 2, row % 2);
            let own = &weights[row * width..(row + 1) * width];
            let weight = Var::from_tensor(&Tensor::from_slice(own, (1, width), &Device::Cpu).unwrap()).unwrap();
            let bias = Var::from_tensor(&Tensor::from_slice(&biases[row..=row], 1, &Device::Cpu).unwrap()).unwrap();
            let logits = refit.features.matmul(&weight.t().unwrap()).unwrap().broadcast_add(&bias).unwrap();
            let cells: Vec<_> = (0..ROWS).map(|at| refit.cells.of(at, label, refit.fits[fit])).collect();
            let column = |of: fn(&(f32, f32)) -> f32| {
                Tensor::from_vec(cells.iter().map(of).collect::<Vec<f32>>(), (ROWS, 1), &Device::Cpu).unwrap()
            };
            let loss = binary_cross_entropy(&logits, &column(|cell| cell.0), &column(|cell| cell.1)).unwrap();
            let gradients = loss.backward().unwrap();
            if fit == 0 {
                let weight: f32 = cells.iter().map(|cell| cell.1).sum();
                losses = (losses.0 + weight * loss.to_scalar::<f32>().unwrap(), losses.1 + weight);
            }
            let expected = gradients.get(&weight).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
            let of_bias = gradients.get(&bias).unwrap().to_vec1::<f32>().unwrap()[0];
            let near = |found: f32, expected: f32| assert!((found - expected).abs() < 1e-5, "{found} {expected}");
            found[row * width..(row + 1) * width].iter().zip(&expected).for_each(|(&found, &expected)| near(found, expected));
            near(found[rows * width + row], of_bias);
        }
        let expected = losses.0 / losses.1;
        assert!((mean - expected).abs() < 1e-5, "{mean} {expected}");
    }
}

#[test]
fn decisions_are_learned_and_rows_without_any_keep_their_bytes() {
    for hidden in [None, Some(7)] {
        let head = head(hidden);
        let evidence = evidence(&head);
        let after = refit(&head, &evidence, &[0], SETTINGS).head(0).unwrap();
        let right = |head: &Head| {
            let probabilities = head.probabilities(&vectors()).unwrap();
            let is = |cell: &&EvidenceCell| (probabilities[cell.row * 3 + cell.label] >= 0.5) == cell.present;
            evidence.cells.iter().filter(|cell| cell.label == 0).filter(is).count()
        };
        assert!(right(&after) > right(&head) && right(&after) >= 24, "{} after {} of 30", right(&after), right(&head));
        let row = |head: &Head, label: usize| {
            let (weight, bias) = head.last_layer().unwrap();
            let width = weight.len() / 3;
            (weight[label * width..(label + 1) * width].to_vec(), bias[label])
        };
        assert_eq!(row(&after, 1), row(&head, 1));
        assert_ne!(row(&after, 0), row(&head, 0));
    }
}

#[test]
fn what_was_passed_over_holds_the_undecided_words_more_firmly() {
    let head = head(None);
    let mut evidence = evidence(&head);
    let moved = |evidence: &Evidence, held_share: f32| {
        let settings = RefitSettings { hold: 8.0, held_share, ..SETTINGS };
        let after = refit(&head, evidence, &[0], settings).head(0).unwrap().probabilities(&vectors()).unwrap();
        let undecided = (0..ROWS).filter(|row| row % 3 != 0).map(|row| row * 3);
        undecided.map(|cell| (after[cell] - evidence.before[cell]).abs()).sum::<f32>()
    };
    let throughout = moved(&evidence, 1.0);
    evidence.one_sided = vec![1.0; 3];
    let few = moved(&evidence, 1.0);
    assert!(few < 0.7 * throughout, "{few} beside {throughout}");
    let foreign = moved(&evidence, 0.01);
    assert!(foreign > 1.5 * throughout, "where the head is foreign nothing holds: {foreign} beside {throughout}");
}

#[test]
fn a_fit_beside_others_is_the_fit_alone_and_knows_nothing_of_what_it_leaves_out() {
    let head = head(None);
    let bytes = |evidence: &Evidence, fits: &[LeftOut], fit| {
        refit(&head, evidence, fits, SETTINGS).head(fit).unwrap().to_bytes().unwrap()
    };
    let plain = evidence(&head);
    let mut other = plain.clone();
    other.cells.iter_mut().filter(|cell| cell.row % 5 == 2).for_each(|cell| cell.present = !cell.present);
    assert_eq!(bytes(&plain, &[0, 1 << 2], 1), bytes(&other, &[0, 1 << 2], 1), "what is left out teaches nothing");
    assert_ne!(bytes(&plain, &[0, 1 << 2], 0), bytes(&other, &[0, 1 << 2], 0));
    assert_eq!(bytes(&plain, &[0, 1 << 2], 1), bytes(&plain, &[0, 1 << 2], 1), "same inputs, same bytes");
    let seed = RefitSettings { seed: 4, ..SETTINGS };
    assert_ne!(refit(&head, &plain, &[0], seed).head(0).unwrap().to_bytes().unwrap(), bytes(&plain, &[0], 0));
    let logits =
        |fits: &[LeftOut], fit: usize| refit(&head, &plain, fits, SETTINGS).logits(&plain.cells).unwrap().swap_remove(fit);
    let near = logits(&[0, 4], 1).iter().zip(&logits(&[4], 0)).all(|(a, b)| (a - b).abs() < 1e-3);
    assert!(near, "fits share nothing");
}

#[test]
fn the_logits_of_a_fit_are_those_of_its_head() {
    let head = head(Some(5));
    let evidence = evidence(&head);
    let refit = refit(&head, &evidence, &[0, 1], SETTINGS);
    for (fit, logits) in refit.logits(&evidence.cells).unwrap().iter().enumerate() {
        let expected = refit.head(fit).unwrap().row_logits(&vectors()).unwrap();
        for (cell, logit) in evidence.cells.iter().zip(logits) {
            assert!((logit - expected[cell.row * 3 + cell.label]).abs() < 1e-3);
        }
    }
}

#[test]
fn a_new_label_of_words_that_have_it_alone_is_not_predicted_everywhere() {
    let base = head(None);
    let scheme = LabelScheme::from_names("s", &["a", "b", "c", "new"]).unwrap();
    let grown = base.conformed(&scheme).unwrap();
    assert!(grown.is_own(3) && !grown.is_own(0));
    let vectors = vectors();
    // Words far to the right have it; ten of them are marked, nothing is decided to be without it.
    let has = |row: &usize| vectors[row * INPUTS] > 1.5;
    let marked: Vec<usize> = (0..ROWS).filter(has).take(10).collect();
    let evidence = Evidence {
        features: vectors.clone(),
        before: grown.probabilities(&vectors).unwrap(),
        shown: grown.probabilities(&vectors).unwrap(),
        cells: marked.iter().map(|&row| EvidenceCell { row, label: 3, present: true, weight: 1.0 }).collect(),
        folds: vec![None; ROWS],
        one_sided: Vec::new(),
    };
    let after = refit(&grown, &evidence, &[0], SETTINGS).head(0).unwrap();
    let p = after.probabilities(&vectors).unwrap();
    let of = |row: usize| p[row * 4 + 3];
    let mean = |rows: Vec<usize>| rows.iter().map(|&row| of(row)).sum::<f32>() / rows.len() as f32;
    let (with, without) =
        (mean((0..ROWS).filter(has).collect()), mean((0..ROWS).filter(|row| vectors[row * INPUTS] < 0.0).collect()));
    assert!(with > 0.4 && without < 0.15, "{with} {without}");
    assert!(after.is_own(3), "the next training learns it afresh too");
}

#[test]
fn what_is_not_finite_or_not_decided_is_refused() {
    let head = head(None);
    let mut evidence = evidence(&head);
    let nothing = Evidence { cells: Vec::new(), ..evidence.clone() };
    assert!(matches!(Refit::new(&head, &nothing, &[0], SETTINGS), Err(HeadError::NothingDecided)));
    evidence.features[8] = f32::NAN;
    let mut refit = Refit::new(&head, &evidence, &[0], SETTINGS).unwrap();
    let found = std::iter::from_fn(|| (!refit.done()).then(|| refit.step())).find_map(Result::err);
    assert!(matches!(found, Some(HeadError::NotFinite)), "{found:?}");
}

#[test]
fn steps_are_of_fewer_rows_before_passes_are_added() {
    let settings = RefitSettings { passes: 8, batch: 2048, least_steps: 150, ..SETTINGS };
    // Rows in all, then rows a step and steps.
    for (rows, plan) in [
        (1, (768, 150)),
        (768, (768, 150)),
        (10_000, (768, 150)),
        (14_400, (768, 152)),
        (30_000, (1600, 152)),
        (60_000, (2048, 240)),
    ] {
        assert_eq!(settings.plan(rows), plan, "{rows}");
    }
}

#[test]
fn absent_cells_that_were_foretold_change_nothing() {
    let mut head = head(None);
    let vectors = vectors();
    let before = head.probabilities(&vectors).unwrap();
    let cells: Vec<EvidenceCell> = (0..ROWS)
        .filter(|row| before[row * 3] < 0.4)
        .map(|row| EvidenceCell { row, label: 0, present: false, weight: 1.0 })
        .collect();
    assert!(cells.len() > 10);
    let evidence = Evidence {
        features: vectors.clone(),
        before: before.clone(),
        shown: before.clone(),
        cells,
        folds: vec![None; ROWS],
        one_sided: Vec::new(),
    };
    for (threshold, moves) in [(0.9, false), (0.5, true)] {
        head.meta.thresholds = vec![threshold; 3];
        let after = refit(&head, &evidence, &[0], SETTINGS).head(0).unwrap().probabilities(&vectors).unwrap();
        let moved = before.iter().zip(&after).map(|(before, after)| (before - after).abs()).fold(0.0, f32::max);
        assert_eq!(moved > 0.01, moves, "threshold {threshold}: moved by {moved}");
    }
}
