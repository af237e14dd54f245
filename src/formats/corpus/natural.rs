//! The order in which people number files: `note 2` before `note 10`.

use std::cmp::Ordering;

/// Compares relative paths, part by part, runs of digits by their value and letters without regard to case.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let same = alike(a, b);
    in_full(&a[same..], &b[same..])
}

/// Bytes at the start of both that need no comparing: up to where they differ, or to the number in which they do. Names of
/// one folder are mostly alike.
fn alike(a: &str, b: &str) -> usize {
    let differs = |(a, b): (u8, u8)| a != b;
    let length = a.bytes().zip(b.bytes()).position(differs).unwrap_or(a.len().min(b.len()));
    let length = (0..=length).rev().find(|&at| a.is_char_boundary(at) && b.is_char_boundary(at)).unwrap_or(0);
    a[..length].trim_end_matches(|c: char| c.is_ascii_digit()).len()
}

fn in_full(a: &str, b: &str) -> Ordering {
    let mut parts = (a.split('/'), b.split('/'));
    loop {
        let order = match (parts.0.next(), parts.1.next()) {
            (Some(a), Some(b)) => part(a, b),
            (None, None) => return a.cmp(b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn part(mut a: &str, mut b: &str) -> Ordering {
    loop {
        let order = match (a.chars().next(), b.chars().next()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (digits_a, digits_b) = (take_digits(&mut a), take_digits(&mut b));
                digits_a.len().cmp(&digits_b.len()).then_with(|| digits_a.cmp(digits_b))
            }
            (Some(x), Some(y)) => {
                (a, b) = (&a[x.len_utf8()..], &b[y.len_utf8()..]);
                x.to_lowercase().cmp(y.to_lowercase())
            }
            (x, y) => return x.is_some().cmp(&y.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Takes the digits off the front of `text` and returns them without leading zeros.
fn take_digits<'a>(text: &mut &'a str) -> &'a str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    digits.trim_start_matches('0')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_count_and_folders_hold_together() {
        let sorted = ["1.txt", "02.txt", "2.txt", "a/1.txt", "a/10.txt", "a b/1.txt", "A2.txt", "a10.txt", "b.txt", "é.txt"];
        let mut shuffled: Vec<&str> = sorted.iter().rev().copied().collect();
        shuffled.sort_by(|a, b| natural(a, b));
        assert_eq!(shuffled, sorted);
    }

    proptest! {
        #[test]
        fn it_is_an_order(a in "[aA01/ é]{0,6}", b in "[aA01/ é]{0,6}", c in "[aA01/ é]{0,6}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            prop_assert_eq!(natural(&a, &b).is_eq(), a == b);
            prop_assert_eq!(natural(&a, &b), in_full(&a, &b));
            if natural(&a, &b).is_le() && natural(&b, &c).is_le() {
                prop_assert!(natural(&a, &c).is_le());
            }
        }
    }
}
