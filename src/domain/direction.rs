//! Which way text is written.

/// Whether a text has letters that are written from right to left. They are shown in the order in which they are read,
/// the first one at the left: cells, lanes and the cursor then run in one direction, whatever a terminal makes of it.
pub fn is_right_to_left(text: &str) -> bool {
    let letter = |c: char| {
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}')
    };
    // Most notes have not even a byte of such a letter.
    !text.is_ascii() && text.chars().any(|c| letter(c) && c.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_tell_the_direction_and_marks_do_not() {
        let check = |text: &str, expected| assert_eq!(is_right_to_left(text), expected, "{}", text.escape_unicode());
        check("כאב בחזה", true);
        check("pain: ألم", true);
        check("pain", false);
        check("高血圧 naïve", false);
        check("\u{202e}evil\u{200f}", false);
        check("\u{660}\u{661}", false);
    }
}
