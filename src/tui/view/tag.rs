//! The tags behind the words of a note that is read with its labels in the flow of the text. Brackets tell what the
//! decisions amount to and signs what the model thinks of them, so that nothing depends on colour.
//!
//! ```text
//! severe⟨SYM SEV⟩ abdominal⟨SYM ANA⟩ pain[SYM] since·noon⟨TIM?⟩, no fever{×≠}
//! ```

use crate::domain::{LabelScheme, LabelSet, WordState};
use crate::tui::layout::Tag;
use crate::tui::state::OpenDocument;

use super::look::{Look, look};

/// Letters of a label's name in a tag.
const LETTERS: usize = 3;

/// One column of a tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Column {
    /// What to draw; one column wide.
    pub(super) sign: char,
    /// What it stands for.
    pub(super) part: Part,
}

/// What a column of a tag stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Part {
    /// A bracket, a blank, or the sign for rejected labels.
    Form,
    /// A letter of a label.
    Label(usize),
    /// The model is unsure, or disagrees.
    Doubt,
}

/// The brackets that tell what a word's decisions amount to.
pub(super) fn brackets(state: WordState) -> (char, char) {
    match state {
        WordState::Undecided | WordState::Predicted => ('⟨', '⟩'),
        WordState::Accepted => ('[', ']'),
        WordState::Corrected => ('{', '}'),
        WordState::Imported => ('(', ')'),
    }
}

/// A short name for each label: the first letters of its name, or others where those are taken. No two are the same.
pub(super) fn short_names(scheme: &LabelScheme) -> Vec<String> {
    let mut taken: Vec<String> = Vec::with_capacity(scheme.len());
    for (index, name) in scheme.names().enumerate() {
        let letters: Vec<char> = name.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect();
        let first: String = letters.iter().take(LETTERS).collect();
        let others = letters.iter().skip(LETTERS).map(|last| letters[..LETTERS - 1].iter().chain([last]).collect::<String>());
        let free = std::iter::once(first).chain(others).find(|name| !name.is_empty() && !taken.contains(name));
        // Numbers are no longer than letters: a scheme has at most 256 labels.
        let numbered = || (index + 1..).map(|number| number.to_string()).find(|name| !taken.contains(name));
        let name = free.or_else(numbered).unwrap_or_default();
        taken.push(name);
    }
    taken
}

/// Whether there is anything to say in a tag.
fn speaks(look: &Look) -> bool {
    !look.labels.is_empty() || look.unsure || look.disagrees || look.state == WordState::Corrected
}

/// The tag of a word that looks so; empty where there is nothing to say.
pub(super) fn columns(look: &Look, names: &[String]) -> Vec<Column> {
    if !speaks(look) {
        return Vec::new();
    }
    let form = |sign| Column { sign, part: Part::Form };
    let (opening, closing) = brackets(look.state);
    let mut columns = vec![form(opening)];
    for (at, label) in look.labels.iter().enumerate() {
        columns.extend((at > 0).then_some(form(' ')));
        let letters = names.get(label).map_or("", String::as_str).chars();
        columns.extend(letters.map(|sign| Column { sign, part: Part::Label(label) }));
    }
    if look.labels.is_empty() && look.state == WordState::Corrected {
        columns.push(form('×'));
    }
    columns.extend(look.disagrees.then_some(Column { sign: '≠', part: Part::Doubt }));
    columns.extend(look.unsure.then_some(Column { sign: '?', part: Part::Doubt }));
    columns.push(form(closing));
    columns
}

/// What is measured for the tags of all words of the document: all of them are looked at. Neighbours of which the same is
/// to say, one blank apart, have one tag behind the last of them.
pub fn tags(open: &OpenDocument, scheme: &LabelScheme) -> Vec<Tag> {
    let names = short_names(scheme);
    let looks: Vec<Option<Look>> = (0..open.words.len()).map(|word| spoken(open, word)).collect();
    let tag = |(word, own): (usize, &Option<Look>)| {
        let Some(own) = own else { return Tag::default() };
        let one_blank = open.words.get(word + 1).is_some_and(|next| &open.document.text[open.words[word].end..next.start] == " ");
        if one_blank && own.labels != LabelSet::EMPTY && looks[word + 1].as_ref().is_some_and(|next| next.says_as(own)) {
            return Tag { columns: 0, joins: true };
        }
        Tag { columns: u16::try_from(columns(own, &names).len()).unwrap_or(u16::MAX), joins: false }
    };
    looks.iter().enumerate().map(tag).collect()
}

/// What a tag has to say of the word, if anything.
fn spoken(open: &OpenDocument, word: usize) -> Option<Look> {
    Some(look(open, word)).filter(|look| open.words[word].alphanumeric && speaks(look))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_differ() {
        let check = |names: &[&str], expected: &[&str]| {
            assert_eq!(short_names(&LabelScheme::from_names("s", names).unwrap()), expected);
        };
        check(&["symptom", "anatomy", "disease", "disorder"], &["SYM", "ANA", "DIS", "DIO"]);
        check(&["side effect", "a", "症状", "sidebar"], &["SID", "A", "3", "SIE"]);
        let many: Vec<String> = (0..crate::domain::MAX_LABELS).map(|index| format!("label {index}")).collect();
        let mut found = short_names(&LabelScheme::from_names("many", &many).unwrap());
        assert!(found.iter().all(|name| (1..=3).contains(&name.len())), "{found:?}");
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), many.len());
    }
}
