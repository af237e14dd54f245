//! Key bindings as data: which key does what in which context, and the words for it in help and hints.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

pub use key::{Key, KeyError};
pub use own::{form, with_own};

mod key;
mod own;

/// What a key can be bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// One word to the left.
    Left,
    /// One word to the right.
    Right,
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// To the first word of the line.
    LineStart,
    /// To the last word of the line.
    LineEnd,
    /// One screen up.
    PageUp,
    /// One screen down.
    PageDown,
    /// To the first word of the note.
    Start,
    /// To the last word of the note.
    End,
    /// As [`Action::Left`], extending the selection.
    ExtendLeft,
    /// As [`Action::Right`], extending the selection.
    ExtendRight,
    /// As [`Action::Up`], extending the selection.
    ExtendUp,
    /// As [`Action::Down`], extending the selection.
    ExtendDown,
    /// As [`Action::LineStart`], extending the selection.
    ExtendLineStart,
    /// As [`Action::LineEnd`], extending the selection.
    ExtendLineEnd,
    /// Select the phrase, then the sentence, the line, the paragraph.
    Grow,
    /// To the first word of the next sentence.
    NextSentence,
    /// To the first word of the sentence, or of the one before.
    PreviousSentence,
    /// To the next heading.
    NextHeading,
    /// To the heading before.
    PreviousHeading,
    /// To the first word of the next labelled span.
    NextSpan,
    /// To the first word of the labelled span, or of the one before.
    PreviousSpan,
    /// To the next word that is not decided.
    NextUndecided,
    /// To the previous one.
    PreviousUndecided,
    /// To the next word that is decided otherwise than the model has it.
    NextDisagreement,
    /// To the previous one.
    PreviousDisagreement,
    /// To the next span of the label whose letter or digit follows.
    NextOfLabel,
    /// To the previous one.
    PreviousOfLabel,
    /// To the next word that the model is unsure of.
    NextUncertain,
    /// To the previous one.
    PreviousUncertain,
    /// Open the search box.
    Search,
    /// To the next search hit.
    NextHit,
    /// To the previous one.
    PreviousHit,
    /// Toggle the label that the key stands for: the row's first key the first label, and so on.
    ToggleDigit,
    /// Open the label menu: the next character toggles the label it belongs to.
    LabelMenu,
    /// Accept the word or the selection as shown and go on.
    Accept,
    /// Accept everything in the document that is still undecided.
    AcceptDocument,
    /// Take back the human decisions on the word or the selection.
    Clear,
    /// Write a comment beside the word, the selection or the document.
    Comment,
    /// Have the comment stand on the whole document, or on its words again.
    OtherPlace,
    /// Mark the word, or take its mark away.
    Mark,
    /// To the next mark or comment of the document.
    NextMark,
    /// List the comments and marks of all documents.
    Comments,
    /// List everything that was done, to go back or forward to any of it.
    Timeline,
    /// Give the word or the selection one label, and take all others from it.
    OnlyLabel,
    /// Set the label that was last toggled here on all places that read alike.
    LabelMatches,
    /// Leave the place under the list's cursor out, or take it in again.
    LeaveOut,
    /// Look through the other notes too.
    Widen,
    /// Do the last change again, on the word or the selection.
    Repeat,
    /// Hide predictions until a word is decided, or show them again.
    Blind,
    /// Undo.
    Undo,
    /// Redo.
    Redo,
    /// Open the next document of the queue.
    NextDocument,
    /// Open the previous one.
    PreviousDocument,
    /// Mark the document done (or not done) and go on.
    Done,
    /// Skip the document (or skip it no longer) and go on.
    Skip,
    /// Say that the document needs to be discussed, or no longer.
    Discuss,
    /// Go to the queue, or back to the note.
    Queue,
    /// Order the queue in the next way: as the corpus is, by name, by each strategy.
    OrderQueue,
    /// Order the queue in the way before.
    OrderQueueBack,
    /// Rank the queue anew.
    RankQueue,
    /// Show only some notes of the queue.
    Filter,
    /// Show or hide the queue.
    ToggleQueue,
    /// Show or hide the inspector.
    Inspector,
    /// Show the labels in the next way: lanes beneath the text, tags within it, one label alone.
    NextReading,
    /// Choose the label that is shown alone: the next character is its key.
    Focus,
    /// Toggle the label that is shown alone.
    ToggleFocus,
    /// Train now.
    Train,
    /// Choose when trainings begin by themselves.
    Automatic,
    /// Cancel the training.
    CancelTraining,
    /// Roll back to the version that was active before.
    RollBack,
    /// List the words that changed with the last version.
    Changes,
    /// List the model versions.
    Versions,
    /// Show the project's figures.
    Dashboard,
    /// Write what is decided beside the project, as gold.
    Export,
    /// List the label schemes.
    Schemes,
    /// Work on the labels of the project's scheme.
    EditLabels,
    /// A new label.
    AddLabel,
    /// Another name for the label.
    RenameLabel,
    /// Another description.
    DescribeLabel,
    /// The palette's next colour.
    NextColor,
    /// A colour that is typed.
    ColorLabel,
    /// Another key.
    RekeyLabel,
    /// Merge the label into another.
    MergeLabel,
    /// Delete the label.
    DeleteLabel,
    /// Show the label on fewer words.
    RaiseThreshold,
    /// Show the label on more words.
    LowerThreshold,
    /// Show the label as the model does.
    ModelThreshold,
    /// To the next changed word.
    NextChange,
    /// To the previous one.
    PreviousChange,
    /// List the decisions that are likely wrong, or look for them anew.
    Suspects,
    /// To the next decision that is likely wrong.
    NextSuspect,
    /// Hand the mouse to the terminal, or take it again.
    Mouse,
    /// Read the settings and the keys again.
    ReadSettings,
    /// Show all keys.
    Help,
    /// Find an action by its description or key, and do it.
    Palette,
    /// Show what the labels of the word mean; again: into the guide; again: close it.
    About,
    /// Show what the label means whose letter or digit follows.
    AboutLabel,
    /// Show the project's guidelines; again: into the guide; again: close it.
    Guidelines,
    /// Begin the tutorial, or leave it.
    Tutorial,
    /// Pass the step of the tutorial over, or go on where it was left.
    TutorialNext,
    /// Close or cancel what is open: help, a list, the search box, the selection.
    Cancel,
    /// Choose what the cursor of a list stands on, or finish the search.
    Choose,
    /// Remove the last character of what is typed.
    Erase,
    /// Remove all that is typed.
    EraseAll,
    /// Say yes to the question.
    Yes,
    /// Say no.
    No,
    /// Quit.
    Quit,
}

/// Where a binding holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    /// In the note.
    Note,
    /// In the label menu.
    Labels,
    /// In the search box.
    Search,
    /// In the queue.
    Queue,
    /// In the line that says which notes the queue shows.
    Filter,
    /// In the list of changed words.
    Changes,
    /// In the list of model versions.
    Versions,
    /// In the list of label schemes.
    Schemes,
    /// In the list of labels.
    Relabel,
    /// In a box for something of a label.
    Field,
    /// In the list of suspects.
    Suspects,
    /// In the project's figures.
    Dashboard,
    /// In the box that a comment is written in.
    Comment,
    /// In the list of comments and marks.
    Comments,
    /// In the list of everything that was done.
    Timeline,
    /// In the list of places that read alike.
    Matches,
    /// In the help.
    Help,
    /// In the guide.
    Guide,
    /// In the list of actions.
    Palette,
    /// At a question.
    Question,
}

impl Action {
    /// Its name in keymaps.
    pub fn name(self) -> String {
        let name = serde_json::to_value(self).ok();
        name.as_ref().and_then(|name| name.as_str()).unwrap_or_default().to_owned()
    }
}

impl Context {
    /// Whether a key that types a character types it there, unless it is bound.
    pub fn is_typed_into(self) -> bool {
        matches!(self, Self::Search | Self::Filter | Self::Field | Self::Labels | Self::Comment | Self::Palette)
    }

    /// Where that is, for people.
    pub fn place(self) -> &'static str {
        match self {
            Self::Note => "in the note",
            Self::Labels => "in the label menu",
            Self::Search => "in the search box",
            Self::Queue => "in the queue",
            Self::Filter => "in the filter of the queue",
            Self::Changes => "in the list of changed words",
            Self::Versions => "in the list of versions",
            Self::Schemes => "in the list of label schemes",
            Self::Relabel => "in the list of labels",
            Self::Field => "in the box for a label",
            Self::Suspects => "in the list of suspects",
            Self::Matches => "in the list of places",
            Self::Dashboard => "in the figures",
            Self::Comment => "in the box for a comment",
            Self::Comments => "in the list of comments",
            Self::Timeline => "in the list of what was done",
            Self::Help => "in the help",
            Self::Guide => "in the guide",
            Self::Palette => "in the list of actions",
            Self::Question => "at a question",
        }
    }
}

/// One row of the keymap.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// Keys, as [`Key`] writes them: `a`, `A`, `ctrl+z`, `shift+left`, `space`. The first is the one that is taught.
    pub keys: Vec<Key>,
    /// What they do.
    pub action: Action,
    /// What a keymap of one's own calls the row. The action's name, where the row has no other.
    #[serde(default)]
    pub name: String,
    /// Where.
    pub contexts: Vec<Context>,
    /// For the help: a short phrase.
    pub description: String,
    /// Other words for it, by which the list of actions finds it too.
    #[serde(default)]
    pub also: Vec<String>,
    /// For the hint line: a word or two; rows without stand only in the help.
    #[serde(default)]
    pub hint: Option<String>,
    /// Heading in the help that the row stands under; rows of a group stand together.
    pub group: String,
}

/// What is wrong with a keymap.
#[derive(Debug, thiserror::Error)]
pub enum KeymapError {
    /// It is not what a keymap looks like, or names a key or action that does not exist.
    #[error("the keymap can't be read: {0}")]
    Form(#[from] toml::de::Error),
    /// A key is bound twice where both bindings hold.
    #[error("the keymap binds '{key}' twice in the same place: to '{first}' and to '{second}'; remove one of the two")]
    Twice {
        /// The key.
        key: Key,
        /// Description of the first binding.
        first: String,
        /// Description of the second binding.
        second: String,
    },
    /// Two rows have one name.
    #[error("the keymap has two rows of the name '{name}'; give that of '{description}' another: name = \"…\"")]
    Name {
        /// The name.
        name: String,
        /// Description of the second row.
        description: String,
    },
}

/// All bindings, in the order of the help.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    /// The rows.
    pub bindings: Vec<Binding>,
    actions: HashMap<(Context, Key), (Action, usize)>,
}

/// The form of `assets/keymap.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    binding: Vec<Binding>,
}

impl Binding {
    /// The places where it holds, for people.
    pub fn places(&self) -> String {
        self.contexts.iter().map(|context| context.place()).collect::<Vec<_>>().join(", ")
    }
}

impl Keymap {
    /// The keymap that comes with the program.
    ///
    /// # Errors
    /// As [`Keymap::parse`].
    pub fn bundled() -> Result<Self, KeymapError> {
        Self::parse(include_str!("../../assets/keymap.toml"))
    }

    /// Reads a keymap in TOML.
    ///
    /// # Errors
    /// When the text is no keymap, a key is bound twice in one context, or two rows have one name.
    pub fn parse(text: &str) -> Result<Self, KeymapError> {
        let mut bindings = toml::from_str::<File>(text)?.binding;
        for index in 0..bindings.len() {
            if bindings[index].name.is_empty() {
                bindings[index].name = bindings[index].action.name();
            }
            let (earlier, row) = (&bindings[..index], &bindings[index]);
            if earlier.iter().any(|other| other.name == row.name) {
                return Err(KeymapError::Name { name: row.name.clone(), description: row.description.clone() });
            }
        }
        if let Some(clash) = own::clash(&bindings) {
            let description = |index: usize| bindings[index].description.clone();
            let (first, second) = (description(clash.first), description(clash.second));
            return Err(KeymapError::Twice { key: clash.key, first, second });
        }
        Ok(Self::of(bindings))
    }

    /// A keymap of these rows, which bind no key twice in one context.
    fn of(bindings: Vec<Binding>) -> Self {
        let mut actions = HashMap::new();
        for row in &bindings {
            for (place, &key) in row.keys.iter().enumerate() {
                actions.extend(row.contexts.iter().map(|&context| ((context, key), (row.action, place))));
            }
        }
        Self { bindings, actions }
    }

    /// What a key does.
    pub fn action(&self, context: Context, key: Key) -> Option<Action> {
        self.bound(context, key).map(|(action, _)| action)
    }

    /// What a key does, and its place among the keys of the row, from 0 on.
    pub fn bound(&self, context: Context, key: Key) -> Option<(Action, usize)> {
        self.actions.get(&(context, key)).copied()
    }

    /// The keys that toggle the labels, in the labels' order.
    pub fn label_keys(&self) -> &[Key] {
        self.bindings.iter().find(|row| row.action == Action::ToggleDigit).map_or(&[], |row| &row.keys)
    }

    /// The first key of an action in a context, as it is written; for sentences that name a key.
    pub fn key(&self, context: Context, action: Action) -> Option<Key> {
        let row = self.bindings.iter().find(|row| row.action == action && row.contexts.contains(&context))?;
        row.keys.first().copied()
    }

    /// Key and word or two of each row that stands in the hint line of a context.
    pub fn hints(&self, context: Context) -> impl Iterator<Item = (Key, &str)> {
        let rows = self.bindings.iter().filter(move |row| row.contexts.contains(&context));
        rows.filter_map(|row| Some((*row.keys.first()?, row.hint.as_deref()?)))
    }

    /// All rows: those that hold in a context, and the others. Help and the list of actions are made of them.
    pub fn here_and_elsewhere(&self, context: Context) -> (Vec<&Binding>, Vec<&Binding>) {
        self.bindings.iter().partition(|row| row.contexts.contains(&context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_keymap_is_sound_and_binds_every_key_that_is_promised() {
        let keymap = Keymap::bundled().unwrap();
        let check = |context, keys: &str, action| {
            for key in keys.split(' ') {
                assert_eq!(keymap.action(context, key.parse().unwrap()), Some(action), "{key}");
            }
        };
        check(Context::Note, "left h", Action::Left);
        check(Context::Note, "right l", Action::Right);
        check(Context::Note, "w", Action::NextSpan);
        check(Context::Note, "shift+up K", Action::ExtendUp);
        check(Context::Note, "1 9 0", Action::ToggleDigit);
        check(Context::Note, "enter", Action::Accept);
        check(Context::Note, "u ctrl+z", Action::Undo);
        check(Context::Note, "ctrl+y ctrl+r", Action::Redo);
        check(Context::Note, "shift+tab", Action::PreviousUncertain);
        check(Context::Search, "esc", Action::Cancel);
        for row in &keymap.bindings {
            assert!(!row.keys.is_empty() && !row.contexts.is_empty() && !row.description.is_empty(), "{row:?}");
        }
        let headings: Vec<&str> =
            keymap.bindings.chunk_by(|a, b| a.group == b.group).map(|rows| rows[0].group.as_str()).collect();
        let distinct: std::collections::BTreeSet<&&str> = headings.iter().collect();
        assert_eq!(distinct.len(), headings.len(), "rows of a group stand together: {headings:?}");
    }

    #[test]
    fn a_key_bound_twice_in_one_place_is_named() {
        let row = |action: &str, context: &str| {
            format!("[[binding]]\nkeys=['a']\naction='{action}'\ncontexts=['{context}']\ndescription='{action}'\ngroup='g'\n")
        };
        let twice = Keymap::parse(&(row("left", "note") + &row("right", "note"))).unwrap_err();
        assert!(twice.to_string().contains("'a' twice") && twice.to_string().contains("'right'"), "{twice}");
        assert!(Keymap::parse(&(row("left", "note") + &row("right", "queue"))).is_ok());
        assert!(Keymap::parse(&row("fly", "note")).is_err());
    }
}
