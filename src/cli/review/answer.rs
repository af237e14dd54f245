//! What a line that somebody has typed means.

use crate::domain::{LabelScheme, visible};

/// An answer to a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is right as it is said.
    Accept,
    /// These labels are on it, or are not.
    Toggle(Vec<usize>),
    /// To the next note.
    Next,
    /// To the place before.
    Back,
    /// Take the last decision back.
    Undo,
    /// Say the sentence again.
    Sentence,
    /// The note is done.
    Done,
    /// Tell the answers.
    Help,
    /// Stop.
    Quit,
    /// None of these; a sentence that says so.
    Unclear(String),
}

/// The letters of the answers that are not labels, and the words for them.
const COMMANDS: [(&str, &str, Answer); 7] = [
    ("n", "next", Answer::Next),
    ("b", "back", Answer::Back),
    ("u", "undo", Answer::Undo),
    ("s", "sentence", Answer::Sentence),
    ("d", "done", Answer::Done),
    ("?", "help", Answer::Help),
    ("q", "quit", Answer::Quit),
];

impl Answer {
    /// Reads a line. A letter of the commands is that command; behind a space any letter is a label's, as on the screen.
    pub(super) fn read(line: &str, scheme: &LabelScheme) -> Self {
        let said = line.trim();
        let mut chars = said.chars();
        if line.starts_with(' ')
            && let (Some(key), None) = (chars.next(), chars.next())
        {
            let found = scheme.labels.iter().position(|label| label.key == key);
            return found.map_or_else(|| unclear(said), |label| Self::Toggle(vec![label]));
        }
        if said.is_empty() {
            return Self::Accept;
        }
        if let Some((.., command)) = COMMANDS.iter().find(|(letter, ..)| *letter == said) {
            return command.clone();
        }
        if let Ok(labels) = said.split(',').map(|part| label(part.trim(), scheme)).collect() {
            return Self::Toggle(labels);
        }
        match COMMANDS.iter().find(|(_, word, _)| *word == said) {
            Some((.., command)) => command.clone(),
            None => said.split(',').find_map(|part| label(part.trim(), scheme).err()).unwrap_or_else(|| unclear(said)),
        }
    }
}

fn unclear(said: &str) -> Answer {
    Answer::Unclear(format!("'{}' is neither a label nor an answer. Type ? for both.", visible(said)))
}

/// The label that is meant: by its number, its name, the beginning of its name, or its letter.
fn label(said: &str, scheme: &LabelScheme) -> Result<usize, Answer> {
    if let Ok(number) = said.parse::<usize>() {
        return number.checked_sub(1).filter(|&label| label < scheme.len()).ok_or_else(|| unclear(said));
    }
    let lower = |text: &str| text.to_lowercase();
    let wanted = lower(said);
    if let Some(exact) = scheme.names().position(|name| lower(name) == wanted) {
        return Ok(exact);
    }
    let mut chars = said.chars();
    if let (Some(key), None) = (chars.next(), chars.next()) {
        return scheme.labels.iter().position(|label| label.key == key).ok_or_else(|| unclear(said));
    }
    let begins: Vec<usize> = (0..scheme.len()).filter(|&at| lower(&scheme.labels[at].name).starts_with(&wanted)).collect();
    match *begins {
        [label] if !wanted.is_empty() => Ok(label),
        [_, _, ..] if !wanted.is_empty() => {
            let names: Vec<&str> = begins.iter().map(|&at| scheme.labels[at].name.as_str()).collect();
            Err(Answer::Unclear(format!("'{}' can be {}. Type more of it.", visible(said), visible(&names.join(" or ")))))
        }
        _ => Err(unclear(said)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_command_or_names_labels() {
        let scheme = LabelScheme::from_names("s", &["symptom", "severity", "side effect", "drug"]).unwrap();
        let toggle = |labels: &[usize]| Answer::Toggle(labels.to_vec());
        // Their letters: s, e, i, d.
        for (line, expected) in [
            ("", Answer::Accept),
            ("\t", Answer::Accept),
            ("n", Answer::Next),
            ("undo", Answer::Undo),
            ("s", Answer::Sentence),
            (" s", toggle(&[0])),
            ("e", toggle(&[1])),
            ("d", Answer::Done),
            (" d", toggle(&[3])),
            ("4", toggle(&[3])),
            ("SYM", toggle(&[0])),
            ("side effect", toggle(&[2])),
            ("sev, drug", toggle(&[1, 3])),
        ] {
            assert_eq!(Answer::read(line, &scheme), expected, "{line:?}");
        }
        for (line, why) in [
            ("x y", "'x y' is neither"),
            ("0", "neither"),
            ("9", "neither"),
            (" z", "neither"),
            ("drug, w", "'w'"),
            ("drug,", "''"),
        ] {
            let Answer::Unclear(sentence) = Answer::read(line, &scheme) else { panic!("{line:?}") };
            assert!(sentence.contains(why), "{line:?}: {sentence}");
        }
        let Answer::Unclear(sentence) = Answer::read("se", &LabelScheme::from_names("s", &["sea", "seb"]).unwrap()) else {
            panic!("two labels begin so");
        };
        assert!(sentence.contains("sea or seb"), "{sentence}");
    }
}
