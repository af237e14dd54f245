//! A share of the queue drawn by lot.
//!
//! What a strategy picks is harder than the rest, so figures on it speak of nothing but itself. A share by lot keeps them
//! honest: all documents stand in one order that depends on their names alone, and every so many-th place of the queue
//! goes to the next one of it, whatever the strategy says. However often the queue is ranked anew, those reviewed so are
//! the first ones of a fixed random order: a uniform sample of the corpus.

/// Why a document that was drawn stands where it stands.
pub const BY_LOT: &str = "random, so that figures stay honest";

/// The share of the screen's queue: one in five.
pub const SHARE: f64 = 0.2;

/// Where a name stands in the random order: the order of these numbers.
pub fn lot(name: &str, seed: u64) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes()).update(name.as_bytes());
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// Puts those drawn by lot in between: each of `order` in its new place, and whether it was drawn. `others` have no rank
/// but may be drawn as well. `lots` gives the lot of each; `share` (0 to 1) of the places are drawn, counting on from
/// `begun` places that were worked through before.
pub fn mixed(order: &[usize], others: &[usize], lots: impl Fn(usize) -> u64, share: f64, begun: usize) -> Vec<(usize, bool)> {
    let drawn = |places: usize| (places as f64 * share.clamp(0.0, 1.0) + 1e-9) as usize;
    let all: Vec<usize> = order.iter().chain(others).copied().collect();
    let mut by_lot: Vec<(u64, usize)> = all.iter().enumerate().map(|(at, &item)| (lots(item), at)).collect();
    by_lot.sort_unstable();
    let (mut by_lot, mut by_rank) = (by_lot.into_iter().map(|(_, at)| at), 0..order.len());
    let (mut placed, mut left) = (vec![false; all.len()], order.len());
    let mut mixed = Vec::with_capacity(order.len());
    for place in begun.. {
        if left == 0 {
            break;
        }
        let random = drawn(place + 1) > drawn(place);
        let next = if random { by_lot.find(|&at| !placed[at]) } else { by_rank.find(|&at| !placed[at]) };
        let Some(at) = next else { break };
        placed[at] = true;
        left -= usize::from(at < order.len());
        mixed.push((all[at], random));
    }
    mixed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_fifth_place_is_drawn_and_the_count_goes_on() {
        let lots = |item: usize| [9, 3, 8, 1, 7, 0, 6, 2][item];
        let check = |share, begun, expected: &[(usize, bool)]| {
            assert_eq!(mixed(&[0, 1, 2, 3, 4, 5, 6, 7], &[], lots, share, begun)[..expected.len()], *expected, "{share} {begun}");
        };
        check(0.0, 0, &[(0, false), (1, false), (2, false), (3, false), (4, false), (5, false), (6, false), (7, false)]);
        check(0.2, 0, &[(0, false), (1, false), (2, false), (3, false), (5, true), (4, false), (6, false), (7, false)]);
        check(0.2, 4, &[(5, true), (0, false), (1, false), (2, false), (3, false), (7, true), (4, false), (6, false)]);
        check(0.5, 1, &[(5, true), (0, false), (3, true), (1, false), (7, true)]);
        check(1.0, 0, &[(5, true), (3, true), (7, true), (1, true)]);
        // Those without a rank take part in the lot, and in nothing else.
        let some = mixed(&[0, 1, 2, 4], &[3, 5, 6, 7], lots, 0.5, 0);
        assert_eq!(some, [(0, false), (5, true), (1, false), (3, true), (2, false), (7, true), (4, false)]);
    }

    proptest! {
        #[test]
        fn nobody_is_lost_and_the_others_keep_their_order(
            count in 0usize..60,
            share in 0.0f64..=1.0,
            begun in 0usize..20,
            seed in any::<u64>(),
        ) {
            let order: Vec<usize> = (0..count).rev().collect();
            let mixed = mixed(&order, &[], |item| lot(&item.to_string(), seed), share, begun);
            let mut all: Vec<usize> = mixed.iter().map(|(item, _)| *item).collect();
            let ranked: Vec<usize> = mixed.iter().filter(|(_, random)| !random).map(|(item, _)| *item).collect();
            prop_assert!(ranked.windows(2).all(|pair| pair[0] > pair[1]));
            let drawn: Vec<u64> = mixed.iter().filter(|(_, random)| *random).map(|(item, _)| lot(&item.to_string(), seed)).collect();
            prop_assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!((drawn.len() as f64 - share * count as f64).abs() <= 1.0);
            all.sort_unstable();
            prop_assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
    }
}
