//! Seed terms: words and phrases that suggest a label before any model has learned it. Here is what one may look like;
//! [`crate::tokenization::Terms`] looks for them.

/// What is wrong with a seed term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// Nothing that could be found.
    #[error("a seed term needs a letter or digit")]
    Empty,
    /// A `*` elsewhere than at the end of a word.
    #[error("'*' stands for any ending and can only stand at the end of a word")]
    Wildcard,
}

/// The parts of a seed term between white space, each with whether any ending may follow (a `*` at its end).
///
/// # Errors
/// When it can find nothing, or has a `*` where none can be.
pub fn seed_parts(term: &str) -> Result<Vec<(&str, bool)>, SeedError> {
    let part = |part| str::strip_suffix(part, '*').map_or((part, false), |part| (part, true));
    let parts: Vec<(&str, bool)> = term.split_whitespace().map(part).collect();
    if parts.iter().any(|(part, _)| part.is_empty() || part.contains('*')) {
        return Err(SeedError::Wildcard);
    }
    if term.chars().any(char::is_alphanumeric) { Ok(parts) } else { Err(SeedError::Empty) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_that_can_find_nothing_are_told() {
        for (term, expected) in [
            ("aspirin*", Ok(vec![("aspirin", true)])),
            (" chest*  pain", Ok(vec![("chest", true), ("pain", false)])),
            ("", Err(SeedError::Empty)),
            (" - ", Err(SeedError::Empty)),
            ("*", Err(SeedError::Wildcard)),
            ("*cillin", Err(SeedError::Wildcard)),
            ("a*b c", Err(SeedError::Wildcard)),
        ] {
            assert_eq!(seed_parts(term), expected, "{term:?}");
        }
    }
}
