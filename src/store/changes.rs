//! What each version has changed on the screen when it became active: how many words, by label, and where. That follows from
//! no event (it is what a model has said of the notes that it had read by then), so it is kept beside them, a row for each
//! version and the one before it. Labels are named, documents told by their ids and the hashes of their texts: a row still
//! tells the truth after a label was renamed or a note was changed.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::lineage::called_now;
use super::project::Project;
use crate::domain::{Changes, DocumentId, Flip, LabelScheme, LabelSet, MAX_FLIPS, TextHash, Turned};

/// How much a version has changed, compared with the one that was active before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The version that was active before.
    #[serde(skip)]
    pub before: u64,
    /// Number of words whose labels changed.
    pub words: usize,
    /// Number of documents that have such words.
    pub documents: usize,
    /// Number of documents that were looked at.
    pub read: usize,
    /// Names of labels, each with the number of words on which it was turned on, and off; others were not.
    pub labels: Vec<(String, usize, usize)>,
}

/// A word: its index, the word itself, and which of [`Places::sets`] it had before and has now.
type Place = (usize, Box<str>, usize, usize);

/// The words that changed, as JSON that says each name, set and document once.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Places {
    labels: Vec<String>,
    /// Sets of labels, as indices in `labels`.
    sets: Vec<Vec<usize>>,
    /// Each document's id, the hash of its text in hexadecimal (nothing where it is not known), and its words.
    documents: Vec<(String, String, Vec<Place>)>,
    /// The last event then: the documents were called so up to there.
    #[serde(default)]
    at: u64,
}

impl Changed {
    fn new(turned: &Turned, scheme: &LabelScheme) -> Self {
        let labels = scheme.names().zip(&turned.labels).filter(|(_, count)| **count != (0, 0));
        let labels = labels.map(|(name, &(on, off))| (name.to_owned(), on, off)).collect();
        Self { before: 0, words: turned.words, documents: turned.documents, read: turned.read, labels }
    }

    /// The same of the labels of `scheme`; others are left out.
    fn turned(&self, scheme: &LabelScheme) -> Turned {
        let mut turned = Turned::new(scheme.len());
        (turned.words, turned.documents, turned.read) = (self.words, self.documents, self.read);
        for (name, on, off) in &self.labels {
            if let Some(label) = scheme.index(name).and_then(|label| turned.labels.get_mut(label)) {
                *label = (*on, *off);
            }
        }
        turned
    }
}

impl Places {
    fn new(changes: &Changes, scheme: &LabelScheme, id: impl Fn(usize) -> Option<DocumentId>) -> Self {
        let mut places = Self { labels: scheme.names().map(str::to_owned).collect(), ..Self::default() };
        let mut known: HashMap<LabelSet, usize> = HashMap::new();
        let mut last = None;
        for Flip { document, word, text, before, after } in changes.flips.iter().take(MAX_FLIPS) {
            if last != Some(*document) {
                let Some(id) = id(*document) else { continue };
                let hash = changes.texts.get(document).map(ToString::to_string).unwrap_or_default();
                places.documents.push((id.to_string(), hash, Vec::new()));
                last = Some(*document);
            }
            let [before, after] = [before, after].map(|set| {
                *known.entry(*set).or_insert_with(|| {
                    places.sets.push(set.iter().collect());
                    places.sets.len() - 1
                })
            });
            if let Some((.., words)) = places.documents.last_mut() {
                words.push((*word, text.clone(), before, after));
            }
        }
        places
    }

    /// The words by the labels of `scheme`, in the documents whose places `index` gives, and the hashes of these documents'
    /// texts.
    fn read(self, scheme: &LabelScheme, index: impl Fn(&str) -> Option<usize>) -> (Vec<Flip>, BTreeMap<usize, TextHash>) {
        let labels: Vec<Option<usize>> = self.labels.iter().map(|name| scheme.index(name)).collect();
        let set = |set: &Vec<usize>| set.iter().filter_map(|label| labels.get(*label).copied().flatten()).collect::<LabelSet>();
        let sets: Vec<LabelSet> = self.sets.iter().map(set).collect();
        let (mut flips, mut texts) = (Vec::new(), BTreeMap::new());
        for (id, hash, words) in self.documents {
            let Some(document) = index(&id) else { continue };
            texts.extend(TextHash::parse(&hash).map(|hash| (document, hash)));
            flips.extend(words.into_iter().filter_map(|(word, text, before, after)| {
                let (before, after) = (*sets.get(before)?, *sets.get(after)?);
                (before != after).then_some(Flip { document, word, text, before, after })
            }));
        }
        flips.sort_by_key(|flip| (flip.document, flip.word));
        (flips, texts)
    }
}

impl Project {
    /// Keeps what a version has changed; `id` gives a document's id. What was found when more documents were read is kept
    /// instead, as what was found last.
    ///
    /// # Errors
    /// Those of every write.
    pub fn keep_changes(
        &mut self,
        changes: &Changes,
        scheme: &LabelScheme,
        id: impl Fn(usize) -> Option<DocumentId>,
    ) -> Result<(), StoreError> {
        let counts = serde_json::to_string(&Changed::new(&changes.turned, scheme))?;
        let places = serde_json::to_string(&Places { at: self.last_event()?, ..Places::new(changes, scheme, id) })?;
        const SQL: &str = "INSERT OR REPLACE INTO version_change (version, before, counts, places) VALUES (?, ?, ?, ?)";
        self.write(|writer| {
            let (to, from) = (changes.to.cast_signed(), changes.from.cast_signed());
            const KEPT: &str = "SELECT counts, places FROM version_change WHERE version = ? AND before = ?";
            let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
            let kept = writer.connection().prepare_cached(KEPT)?.query_row([to, from], row).optional()?;
            let read = |counts: &str| serde_json::from_str::<Changed>(counts).map_or(0, |found| found.read);
            let kept = kept.filter(|(counts, _)| read(counts) > changes.turned.read);
            let (counts, places) = kept.unwrap_or((counts, places));
            writer.connection().prepare_cached(SQL)?.execute(params![to, from, counts, places])?;
            Ok(())
        })
    }

    /// How much a version has changed compared with `before`, or else with the version before it when it was last made
    /// active; `None` where that is not known. Labels are called as in `scheme`.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn changed(&self, version: u64, before: u64, scheme: &LabelScheme) -> Result<Option<Changed>, StoreError> {
        const SQL: &str =
            "SELECT before, counts FROM version_change WHERE version = ? ORDER BY before = ? DESC, seq DESC LIMIT 1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, String>(1)?));
        let mut statement = self.connection().prepare_cached(SQL)?;
        let found = statement.query_row(params![version.cast_signed(), before.cast_signed()], row).optional()?;
        let Some((before, counts)) = found else { return Ok(None) };
        let mut changed = Changed { before, ..serde_json::from_str(&counts)? };
        for (name, ..) in &mut changed.labels {
            if let Some(label) = scheme.index(name).and_then(|label| scheme.labels.get(label)) {
                name.clone_from(&label.name);
            }
        }
        Ok(Some(changed))
    }

    /// What the active version has changed when it became active, by the labels of `scheme`, in the documents whose places
    /// `index` gives; `None` where that is not known.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn last_changes(
        &self,
        scheme: &LabelScheme,
        index: impl Fn(&str) -> Option<usize>,
    ) -> Result<Option<Changes>, StoreError> {
        let Some((to, from, counts, places)) = last(self.connection())? else { return Ok(None) };
        if to != self.active()? {
            return Ok(None);
        }
        let turned = serde_json::from_str::<Changed>(&counts)?.turned(scheme);
        let places = serde_json::from_str::<Places>(&places)?;
        // A note may have been given another name since.
        let at = places.at;
        let (flips, texts) = places.read(scheme, |id| index(&called_now(self.connection(), id, at).ok()?));
        Ok(Some(Changes { from, to, turned, flips, texts }))
    }
}

/// The row that was written last: its version, the one before, and what it says.
fn last(connection: &Connection) -> Result<Option<(u64, u64, String, String)>, StoreError> {
    const SQL: &str = "SELECT version, before, counts, places FROM version_change ORDER BY seq DESC LIMIT 1";
    let number = |row: &rusqlite::Row<'_>, at| row.get::<_, i64>(at).map(i64::cast_unsigned);
    let mut statement = connection.prepare_cached(SQL)?;
    Ok(statement.query_row([], |row| Ok((number(row, 0)?, number(row, 1)?, row.get(2)?, row.get(3)?))).optional()?)
}
