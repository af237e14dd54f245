//! How the labels of a note are shown with its text.

/// A way to read a note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// Coloured words, with the letters of all their labels in lanes beneath.
    #[default]
    Lanes,
    /// A tag behind each word with its labels, in the flow of the text.
    Tags,
    /// One label alone, by its index in the scheme: what is decided and predicted of the others is not shown, and
    /// accepting and clearing leave them as they are.
    Focus(usize),
}

impl Reading {
    /// The label that is shown alone.
    pub fn focus(self) -> Option<usize> {
        if let Self::Focus(label) = self { Some(label) } else { None }
    }
}
