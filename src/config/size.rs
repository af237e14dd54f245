//! Sizes as people write them.

/// A size such as `500MB`, `2 GB` or `1.5gb`, in bytes; `None` if it is none.
pub fn bytes(size: &str) -> Option<u64> {
    let size = size.trim().to_uppercase();
    let units = [("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1.0), ("", 1.0)];
    let (number, unit) = units.iter().find_map(|(name, unit)| Some((size.strip_suffix(name)?, unit)))?;
    let number: f64 = number.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)?;
    Some((number * unit) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (size, expected) in [
            ("500MB", Some(500_000_000)),
            ("1.5 gb", Some(1_500_000_000)),
            ("70000", Some(70_000)),
            ("3B", Some(3)),
            ("0", Some(0)),
            ("-1MB", None),
            ("MB", None),
            ("much", None),
            ("NaN", None),
        ] {
            assert_eq!(bytes(size), expected, "{size}");
        }
    }
}
