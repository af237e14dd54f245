//! What events say, as JSON that a person can read with any SQLite tool.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::{CommentChange, Decided, Document, DocumentId, Edit, EditId, LabelScheme, Scope, Span, Words};

use super::error::StoreError;
use super::protocol::ReviewState;
use super::version::VersionRecord;

/// What one event says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Payload {
    /// A document's text as of now; the text itself is the event's content.
    Document(DocumentPayload),
    /// Gold labels that came with a document.
    Import(ImportPayload),
    /// Decisions.
    Edit(EditPayload),
    /// An edit was taken back.
    Undo(EditRef),
    /// An edit was done again.
    Redo(EditRef),
    /// An annotator has said something of a document as a whole.
    Review { state: ReviewState },
    /// Something was written beside a document, or taken away.
    Comment(CommentPayload),
    /// A model version was made; its head is the event's content.
    Version(VersionRecord),
    /// A version became active, or, by a rollback, became active again.
    Activate { version: u64, rollback: bool },
    /// The label scheme was set, or one of its labels changed.
    Scheme(SchemePayload),
    /// All that is decided became as it was right after another event; see [`super::chain`].
    Jump { to: u64 },
}

/// Names the event of an edit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct EditRef {
    pub edit: u64,
    /// Whether it led from the project's last step to the one before, or back: then it is no step of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub last: bool,
    /// The step at which the story stands then; see [`super::chain::point`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
    /// Whether it was recorded with another event that stands for both; see [`super::together`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub part: bool,
    /// The events that were recorded with this one, which stands for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<u64>,
}

/// What an edit was made with in one go; the step is that. See [`super::together`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum With {
    /// A change of the labels.
    Labels,
    /// Edits of other notes.
    Notes,
}

/// See [`Payload::Document`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DocumentPayload {
    /// Hash of the text, in hexadecimal.
    pub hash: String,
    pub meta: Map<String, Value>,
    /// What the note was called before, where it was only given another name: its story goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
}

/// See [`Payload::Scheme`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SchemePayload {
    /// The scheme now.
    pub scheme: LabelScheme,
    /// What was changed of it, in words; nothing where the whole of it was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// Events of the edits that were made with the change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<u64>,
    /// The event of the change that is taken back by this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<u64>,
    /// Labels of the notes' own gold that the project has taken in with this: whatever has become of them since, they are
    /// not taken in again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gold: Vec<String>,
}

impl SchemePayload {
    /// That the whole of a scheme was set.
    pub fn of(scheme: &LabelScheme) -> Self {
        Self { scheme: scheme.clone(), change: None, edits: Vec::new(), undoes: None, gold: Vec::new() }
    }
}

/// See [`Payload::Import`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ImportPayload {
    /// Hash of the text that the spans belong to, in hexadecimal.
    pub hash: String,
    /// Names of the spans' labels and, of a complete import, of all that it decides.
    pub labels: Vec<String>,
    /// Whether the labels are decided `absent` wherever they have no span.
    pub complete: bool,
    /// First byte, one past the last byte, index in `labels`.
    pub spans: Vec<(usize, usize, usize)>,
    /// Whether somebody asked for it, as opposed to gold that lies beside the notes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asked: bool,
}

/// See [`Payload::Comment`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CommentPayload {
    /// First byte and one past the last byte of its words; nothing for the whole document.
    pub at: Option<(usize, usize)>,
    /// What it says, nothing for a mark; `None` if it was taken away.
    pub text: Option<String>,
}

/// See [`Payload::Edit`]: its label names once, then a row a word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct EditPayload {
    pub labels: Vec<String>,
    pub groups: Vec<Group>,
    /// What was said of the document in the same go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewState>,
    /// What it was made with, where another event stands for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<With>,
    /// The events of the edits that were made with this one, which stands for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<u64>,
}

/// Cells decided with one scope; without one, cells whose decision was cleared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Group {
    pub scope: Option<Scope>,
    pub words: Vec<Row>,
}

/// One word's cells: first byte, one past the last byte, a letter for each label of the payload (see [`LETTERS`]), and for each
/// label with a letter of its own the probability shown, in ten-thousandths (nothing at all where none was shown).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Row(pub u32, pub u32, pub String, pub Vec<Option<u16>>);

/// `P`resent or `A`bsent, a capital where the model said the same; `x`: cleared; `.`: not touched by the edit.
const LETTERS: [(u8, bool, bool); 4] = [(b'P', true, true), (b'p', true, false), (b'A', false, false), (b'a', false, true)];
const CLEARED: u8 = b'x';
const UNTOUCHED: u8 = b'.';

/// An outcome with the column of its label.
type Column = (usize, Option<Decided>);

/// The outcomes of each word, by its index.
type Rows = BTreeMap<u32, Vec<Column>>;

/// How finely probabilities are recorded.
const STEPS: f32 = 10_000.0;

impl Payload {
    /// Writes down an edit: of cells, perhaps with what is said of the document, or of one comment.
    ///
    /// # Errors
    /// When it changes nothing, names a word or label that is not there, or changes together what no event holds together:
    /// a part of it would be lost.
    pub fn of(edit: &Edit, document: &DocumentId, words: &Words, scheme: &LabelScheme) -> Result<Self, StoreError> {
        let outside = || StoreError::NotInDocument(document.to_string());
        match (&edit.changes[..], edit.disposition, &edit.comments[..]) {
            ([], None, []) => Err(StoreError::NoChange),
            ([], Some(swap), []) => Ok(Self::Review { state: ReviewState::new(swap.after, 1) }),
            ([], None, [comment]) => Ok(Self::Comment(CommentPayload::new(comment, words).ok_or_else(outside)?)),
            ([_, ..], _, []) => Ok(Self::Edit(EditPayload::new(edit, words, scheme).ok_or_else(outside)?)),
            _ => Err(StoreError::Mixed),
        }
    }

    /// The event's kind, as the table names it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Document(_) => "document",
            Self::Import(_) => "import",
            Self::Edit(_) => "edit",
            Self::Undo(_) => "undo",
            Self::Redo(_) => "redo",
            Self::Review { .. } => "review",
            Self::Comment(_) => "comment",
            Self::Version(_) => "version",
            Self::Activate { .. } => "activate",
            Self::Scheme(_) => "scheme",
            Self::Jump { .. } => "jump",
        }
    }

    /// Whether no jump takes it back: a text, gold that lies beside its note, and that a version was made.
    pub fn stays(&self) -> bool {
        matches!(self, Self::Document(_) | Self::Version(_) | Self::Import(ImportPayload { asked: false, .. }))
    }

    /// Reads the payload of an event of this kind.
    pub fn read(kind: &str, json: &str) -> Result<Self, StoreError> {
        #[derive(Deserialize)]
        struct Review {
            state: ReviewState,
        }
        #[derive(Deserialize)]
        struct Activate {
            version: u64,
            rollback: bool,
        }
        #[derive(Deserialize)]
        struct Jump {
            to: u64,
        }
        Ok(match kind {
            "document" => Self::Document(serde_json::from_str(json)?),
            "import" => Self::Import(serde_json::from_str(json)?),
            "edit" => Self::Edit(serde_json::from_str(json)?),
            "undo" => Self::Undo(serde_json::from_str(json)?),
            "redo" => Self::Redo(serde_json::from_str(json)?),
            "review" => Self::Review { state: serde_json::from_str::<Review>(json)?.state },
            "comment" => Self::Comment(serde_json::from_str(json)?),
            "version" => Self::Version(serde_json::from_str(json)?),
            "activate" => {
                let Activate { version, rollback } = serde_json::from_str(json)?;
                Self::Activate { version, rollback }
            }
            "scheme" => Self::Scheme(serde_json::from_str(json)?),
            "jump" => Self::Jump { to: serde_json::from_str::<Jump>(json)?.to },
            other => return Err(StoreError::Damaged(format!("an event of the unknown kind '{other}'"))),
        })
    }
}

impl ImportPayload {
    /// Writes down the gold of a document; see [`super::Project::import_gold`].
    pub fn new(document: &Document, spans: &[Span], complete: Option<&[String]>, asked: bool) -> Self {
        let mut labels = complete.unwrap_or_default().to_vec();
        let mut index = |name: &str| {
            labels.iter().position(|known| known == name).unwrap_or_else(|| {
                labels.push(name.to_owned());
                labels.len() - 1
            })
        };
        let spans = spans.iter().map(|span| (span.start, span.end, index(&span.label))).collect();
        Self { hash: document.text_hash().to_string(), labels, complete: complete.is_some(), spans, asked }
    }

    /// Whether both have the same spans, in whatever order.
    pub fn has_spans_of(&self, other: &Self) -> bool {
        let named = |import: &'_ Self| -> BTreeSet<(usize, usize, Option<String>)> {
            import.spans.iter().map(|&(start, end, label)| (start, end, import.labels.get(label).cloned())).collect()
        };
        named(self) == named(other)
    }
}

impl CommentPayload {
    /// Writes down what becomes of a comment; `None` if it names a word that is not there.
    fn new(change: &CommentChange, words: &Words) -> Option<Self> {
        let bytes = |words_of: std::ops::Range<usize>| {
            Some((words.get(words_of.start)?.start, words.get(words_of.end.checked_sub(1)?)?.end))
        };
        let at = match change.anchor.range() {
            None => None,
            Some(range) => Some(bytes(range)?),
        };
        Some(Self { at, text: change.after.as_ref().map(|comment| comment.text.to_string()) })
    }
}

impl EditPayload {
    /// Writes down an edit's outcome; `None` if it names a word or label that is not there.
    pub fn new(edit: &Edit, words: &Words, scheme: &LabelScheme) -> Option<Self> {
        let used: BTreeSet<u16> = edit.changes.iter().map(|change| change.cell.label).collect();
        let labels =
            used.iter().map(|&label| Some(scheme.labels.get(usize::from(label))?.name.clone())).collect::<Option<Vec<_>>>()?;
        let column: BTreeMap<u16, usize> = used.into_iter().zip(0..).collect();
        let mut groups: Vec<(Option<Scope>, Rows)> = Vec::new();
        for change in &edit.changes {
            let scope = change.after.map(|after| after.scope);
            let at = groups.iter().position(|group| group.0 == scope).unwrap_or_else(|| {
                groups.push((scope, BTreeMap::new()));
                groups.len() - 1
            });
            let column = column.get(&change.cell.label)?;
            groups.get_mut(at)?.1.entry(change.cell.word).or_default().push((*column, change.after));
        }
        let group = |(scope, rows): (Option<Scope>, Rows)| {
            let rows = rows.into_iter().map(|(word, mut cells)| {
                cells.sort_by_key(|&(column, _)| column);
                let word = words.get(word as usize)?;
                Some(Row::new(u32::try_from(word.start).ok()?, u32::try_from(word.end).ok()?, labels.len(), &cells))
            });
            Some(Group { scope, words: rows.collect::<Option<_>>()? })
        };
        let groups = groups.into_iter().map(group).collect::<Option<_>>()?;
        let review = edit.disposition.map(|swap| ReviewState::new(swap.after, 1));
        Some(Self { labels, groups, review, with: None, edits: Vec::new() })
    }

    /// Every cell the edit touched: the row, its cell's column in `labels`, and the decision, which names `edit`.
    pub fn cells(&self, edit: EditId) -> impl Iterator<Item = (&Row, usize, Option<Decided>)> {
        self.groups.iter().flat_map(move |group| {
            group.words.iter().flat_map(move |row| row.cells(group.scope, edit).map(move |(column, after)| (row, column, after)))
        })
    }

    /// Checks what the types do not say, so that a payload that was tampered with is noticed.
    pub fn check(&self) -> Result<(), StoreError> {
        let known = |letter: u8| letter == CLEARED || letter == UNTOUCHED || LETTERS.iter().any(|row| row.0 == letter);
        let sound = |row: &Row| row.2.len() == self.labels.len() && row.2.bytes().all(known) && row.0 < row.1;
        match self.groups.iter().all(|group| group.words.iter().all(sound)) {
            true => Ok(()),
            false => Err(StoreError::Damaged("an edit that makes no sense".to_owned())),
        }
    }
}

impl Row {
    fn new(start: u32, end: u32, labels: usize, cells: &[Column]) -> Self {
        let mut letters = vec![UNTOUCHED; labels];
        for &(column, after) in cells {
            let letter = |decided: Decided| {
                let same = |row: &&(u8, bool, bool)| (row.1, row.2) == (decided.present, decided.predicted);
                LETTERS.iter().find(same).map_or(UNTOUCHED, |row| row.0)
            };
            letters[column] = after.map_or(CLEARED, letter);
        }
        let probability = |decided: Decided| decided.probability.filter(|p| p.is_finite()).map(|p| (p * STEPS).round() as u16);
        let mut probabilities: Vec<Option<u16>> = cells.iter().filter_map(|&(_, after)| after.map(probability)).collect();
        if probabilities.iter().all(Option::is_none) {
            probabilities.clear();
        }
        Self(start, end, letters.into_iter().map(char::from).collect(), probabilities)
    }

    fn cells(&self, scope: Option<Scope>, edit: EditId) -> impl Iterator<Item = (usize, Option<Decided>)> {
        let mut probabilities = self.3.iter();
        self.2.bytes().enumerate().filter(|&(_, letter)| letter != UNTOUCHED).map(move |(column, letter)| {
            let known = LETTERS.iter().find(|row| row.0 == letter);
            let decided = known.zip(scope).map(|(&(_, present, predicted), scope)| {
                let probability = probabilities.next().copied().flatten().map(|steps| f32::from(steps) / STEPS);
                Decided { present, predicted, probability, scope, edit }
            });
            (column, decided)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Annotations, Predictions, Shown};
    use crate::tokenization::segment::segment;

    #[test]
    fn an_edit_is_readable_and_comes_back_as_it_was() {
        let text = "Chest pain, severe.";
        let (words, scheme) = (segment(text), LabelScheme::from_names("s", &["symptom", "severity", "drug"]).unwrap());
        let predictions = Predictions::new(1, 3, vec![0.25; 15]);
        let shown = Shown { predictions: Some(&predictions), thresholds: &[0.5, 0.5, 0.2] };
        let edit = Annotations::default().accept(EditId(7), [0, 3], Scope::Word, &shown);
        let payload = EditPayload::new(&edit, &words, &scheme).unwrap();
        let json = serde_json::to_string(&payload).unwrap();
        assert_eq!(
            json,
            "{\"labels\":[\"symptom\",\"severity\",\"drug\"],\"groups\":[{\"scope\":\"word\",\"words\":\
             [[0,5,\"AAP\",[2500,2500,2500]],[12,18,\"AAP\",[2500,2500,2500]]]}]}"
        );
        let read: EditPayload = serde_json::from_str(&json).unwrap();
        read.check().unwrap();
        let cells: Vec<_> = read.cells(EditId(7)).map(|(row, column, after)| (row.0, column, after)).collect();
        let expected: Vec<_> = edit
            .changes
            .iter()
            .map(|change| (words[change.cell.word as usize].start as u32, usize::from(change.cell.label), change.after))
            .collect();
        assert_eq!(cells, expected);
    }
}
