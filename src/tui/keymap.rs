//! Key bindings as data: which key does what in which context, and the words for it in help and hints.

use serde::Deserialize;

/// What a key can be bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
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
    /// Toggle the first label; the next ones likewise.
    Toggle1,
    /// Toggle the second label.
    Toggle2,
    /// Toggle the third label.
    Toggle3,
    /// Toggle the fourth label.
    Toggle4,
    /// Toggle the fifth label.
    Toggle5,
    /// Toggle the sixth label.
    Toggle6,
    /// Toggle the seventh label.
    Toggle7,
    /// Toggle the eighth label.
    Toggle8,
    /// Toggle the ninth label.
    Toggle9,
    /// Toggle the tenth label.
    Toggle10,
    /// Open the label menu: the next character toggles the label it belongs to.
    LabelMenu,
    /// Accept the word or the selection as shown and go on.
    Accept,
    /// Accept everything in the document that is still undecided.
    AcceptDocument,
    /// Take back the human decisions on the word or the selection.
    Clear,
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
    /// Go to the queue, or back to the note.
    Queue,
    /// Order the queue by uncertainty, or as the corpus is.
    OrderQueue,
    /// Show or hide the queue.
    ToggleQueue,
    /// Show or hide the inspector.
    Inspector,
    /// Train now.
    Train,
    /// Cancel the training.
    CancelTraining,
    /// Roll back to the version that was active before.
    RollBack,
    /// List the words that changed with the last version.
    Changes,
    /// To the next changed word.
    NextChange,
    /// To the previous one.
    PreviousChange,
    /// Hand the mouse to the terminal, or take it again.
    Mouse,
    /// Show all keys.
    Help,
    /// Close or cancel what is open: help, a list, the search box, the selection.
    Cancel,
    /// Choose what the cursor of a list stands on, or finish the search.
    Choose,
    /// Remove the last character of the search box.
    Erase,
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
    /// In the list of changed words.
    Changes,
    /// In the help.
    Help,
    /// At a question.
    Question,
}

/// One row of the keymap.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// Keys, as [`crate::tui::keymap`] writes them: `a`, `A`, `ctrl+z`, `shift+left`, `space`.
    pub keys: Vec<String>,
    /// What they do.
    pub action: Action,
    /// Where.
    pub contexts: Vec<Context>,
    /// For the help: a short phrase.
    pub description: String,
    /// For the hint line: a word or two; rows without stand only in the help.
    #[serde(default)]
    pub hint: Option<String>,
    /// Heading in the help that the row stands under.
    pub group: String,
}

/// All bindings, in the order of the help.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keymap {
    /// The rows.
    #[serde(rename = "binding")]
    pub bindings: Vec<Binding>,
}
