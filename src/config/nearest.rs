//! Did you mean …?

use strsim::damerau_levenshtein;

/// The word that somebody who wrote `word` most likely meant, if one is near.
pub fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Nobody types a name of thousands of letters, and comparing them takes its time.
    let word: String = word.to_lowercase().chars().take(64).collect();
    let far = word.chars().count().div_ceil(3).min(3);
    let away = |&other: &&str| damerau_levenshtein(&word, other);
    words.into_iter().min_by_key(away).filter(|found| away(found) <= far)
}

/// The advice for a word that is none of `words`: the nearest, else all of them.
pub fn or_all(word: &str, words: &[&str]) -> String {
    match nearest(word, words.iter().copied()) {
        Some(found) => format!("did you mean '{found}'?"),
        None => format!("choose from {}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_meant_and_a_strange_one_is_not() {
        let words = ["palette", "precision", "threads", "mouse"];
        for (written, meant) in [
            ("pallete", Some("palette")),
            ("Palette", Some("palette")),
            ("thread", Some("threads")),
            ("moues", Some("mouse")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, words), meant, "{written}");
        }
        assert_eq!(or_all("x", &words[2..]), "choose from threads, mouse");
        assert_eq!(nearest(&"a".repeat(1_000_000), words), None);
    }
}
