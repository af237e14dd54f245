//! One note: its identity and its text, which is never altered.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Names a document within a corpus: a file's path relative to the folder that was opened, or the `id` of a JSONL line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentId(pub Arc<str>);

impl DocumentId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for DocumentId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// BLAKE3 hash of a document's UTF-8 bytes: tells whether a note is still the one that was annotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TextHash(pub [u8; 32]);

impl TextHash {
    /// The hash of `text`.
    pub fn of(text: &str) -> Self {
        Self(*blake3::hash(text.as_bytes()).as_bytes())
    }

    /// The hash that is written so in hexadecimal.
    pub fn parse(hex: &str) -> Option<Self> {
        blake3::Hash::from_hex(hex).ok().map(|hash| Self(*hash.as_bytes()))
    }
}

impl fmt::Display for TextHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// One note.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Unique within its corpus.
    pub id: DocumentId,
    /// The note exactly as it was read.
    pub text: Arc<str>,
    /// What an import brought along besides text and spans; exported again unchanged.
    pub meta: serde_json::Map<String, serde_json::Value>,
}

impl Document {
    /// A document without metadata.
    pub fn new(id: impl Into<DocumentId>, text: impl Into<Arc<str>>) -> Self {
        Self { id: id.into(), text: text.into(), meta: serde_json::Map::new() }
    }

    /// The hash of the text.
    pub fn text_hash(&self) -> TextHash {
        TextHash::of(&self.text)
    }
}
