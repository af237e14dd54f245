//! Who has decided what, from several projects and gold files: laid together where note, text, word and label are the same.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};

use crate::cli::args::Shared;
use crate::cli::look::look;
use crate::cli::progress::Bar;
use crate::domain::{Document, DocumentId, LabelScheme, LabelSet, MAX_LABELS, TextHash, Word};
use crate::formats::{Corpus, word_sets};
use crate::metrics::Rating;
use crate::metrics::agreement::compared;
use crate::store::{Opinion, Opinions, StoreError};
use crate::tokenization::segment;

/// Somebody whose decisions are compared: an annotator, or a gold file.
pub struct Rater {
    /// What tells them from the others.
    pub name: String,
    /// The annotator; `None` for a gold file.
    pub annotator: Option<String>,
    /// The project or file, as it was called.
    pub source: String,
    /// Which of the projects and files that is.
    pub number: usize,
    /// Cells decided in all.
    pub decided: usize,
    /// Those of them that somebody else has decided too.
    pub compared: usize,
}

/// A word on which two raters or more have decided a label.
pub struct RatedWord {
    /// Index of its note.
    pub note: usize,
    /// Where it stands in the text.
    pub word: Word,
    /// What each rater has said of it.
    pub ratings: Vec<Rating>,
}

/// How the decisions of annotators that are compared were made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Made {
    /// All of them.
    pub decisions: usize,
    /// While the model showed nothing.
    pub blind: usize,
    /// In bulk, beside what it showed.
    pub bulk: usize,
}

/// What can be compared.
pub struct Compared {
    pub raters: Vec<Rater>,
    pub labels: Vec<String>,
    /// The notes of the words, in order of their names, with their texts.
    pub notes: Vec<(DocumentId, Arc<str>)>,
    /// In order of the notes.
    pub words: Vec<RatedWord>,
    pub made: Made,
    /// The notes that have several texts.
    pub other_texts: Vec<DocumentId>,
}

impl Compared {
    /// Those who have decided anything that counts.
    pub fn deciding(&self) -> impl Iterator<Item = &Rater> {
        self.raters.iter().filter(|rater| rater.decided > 0)
    }
}

/// What was said of one text of one note.
struct Note {
    text: Arc<str>,
    /// By word.
    said: BTreeMap<u32, Vec<(usize, Opinion)>>,
}

/// Takes in one project or file after the other.
pub struct Gathering {
    no_bulk: bool,
    sources: usize,
    raters: Vec<Rater>,
    labels: Vec<String>,
    notes: BTreeMap<(DocumentId, TextHash), Note>,
}

impl Gathering {
    /// Nothing yet; with `no_bulk`, what is decided in bulk is passed over.
    pub fn new(no_bulk: bool) -> Self {
        Self { no_bulk, sources: 0, raters: Vec::new(), labels: Vec::new(), notes: BTreeMap::new() }
    }

    /// Takes in what the annotators of a project have decided, on the texts that it holds: those that were labelled, whatever
    /// the files are now.
    ///
    /// # Errors
    /// When the project can't be read, or there are too many labels.
    pub fn add_project(&mut self, place: &Path, name: &str, shared: &Shared, bar: &mut Bar) -> Result<()> {
        let project = look(place, shared)?;
        let number = self.source();
        let Some(opinions) = project.raters()? else { return Ok(()) };
        let columns = self.columns(opinions.scheme().names())?;
        let mut raters: HashMap<Arc<str>, usize> = HashMap::new();
        let documents = project.documents()?;
        for (done, (id, _)) in documents.iter().enumerate() {
            bar.set(done + 1, documents.len(), "reading decisions");
            let document = match project.document(id) {
                Err(StoreError::NoDocument(_)) => continue,
                document => document?,
            };
            let words = segment(&document.text);
            for (annotator, opinions) in opinions.of(&document, &words)? {
                let rater = *raters.entry(annotator.clone()).or_insert_with(|| self.rater(Some(&annotator), name, number));
                self.take_in(rater, &document, opinions, &columns);
            }
        }
        Ok(())
    }

    /// Takes in a gold file: all its labels are decided on every word of every document that has spans.
    ///
    /// # Errors
    /// When a document can't be read any more, or there are too many labels.
    pub fn add_gold(&mut self, corpus: &Corpus, name: &str) -> Result<()> {
        let scheme = LabelScheme::from_names("gold", corpus.gold_labels()).with_context(|| format!("the labels of {name}"))?;
        let number = self.source();
        let columns = self.columns(scheme.names())?;
        let decided: LabelSet = (0..scheme.len()).collect();
        let rater = self.rater(None, name, number);
        for index in (0..corpus.len()).filter(|&index| corpus.has_gold(index)) {
            let loaded = corpus.load(index)?;
            let Some(spans) = loaded.gold else { continue };
            let words = segment(&loaded.document.text);
            let sets = word_sets(&words, &spans, &scheme);
            let scored = words.iter().zip(&sets).zip(0..).filter(|((word, _), _)| word.alphanumeric);
            // Where a span can't be read, only what is there is said.
            let partial = corpus.has_partial_gold(index);
            let opinion = |((_, &present), at): ((&Word, &LabelSet), u32)| {
                (at, Opinion { decided: if partial { present } else { decided }, present, ..Opinion::default() })
            };
            self.take_in(rater, &loaded.document, scored.map(opinion).collect(), &columns);
        }
        Ok(())
    }

    fn source(&mut self) -> usize {
        self.sources += 1;
        self.sources - 1
    }

    /// Who decides, by a number; a gold file is called by its name.
    fn rater(&mut self, annotator: Option<&str>, source: &str, number: usize) -> usize {
        let name = annotator.map_or_else(|| short(source), str::to_owned);
        let (annotator, source) = (annotator.map(str::to_owned), source.to_owned());
        self.raters.push(Rater { name, annotator, source, number, decided: 0, compared: 0 });
        self.raters.len() - 1
    }

    /// Where the labels of these names stand among all.
    fn columns<'a>(&mut self, names: impl Iterator<Item = &'a str>) -> Result<Vec<usize>> {
        let mut column = |name: &str| {
            self.labels.iter().position(|label| label == name).unwrap_or_else(|| {
                self.labels.push(name.to_owned());
                self.labels.len() - 1
            })
        };
        let columns = names.map(&mut column).collect();
        match self.labels.len() {
            0..=MAX_LABELS => Ok(columns),
            count => bail!(
                "together these have {count} labels, and {MAX_LABELS} can be compared at once; name projects with the same labels"
            ),
        }
    }

    fn take_in(&mut self, rater: usize, document: &Document, opinions: Opinions, columns: &[usize]) {
        let key = (document.id.clone(), document.text_hash());
        let note = self.notes.entry(key).or_insert_with(|| Note { text: document.text.clone(), said: BTreeMap::new() });
        let set = |labels: LabelSet| labels.iter().map(|label| columns[label]).collect::<LabelSet>();
        for (word, said) in opinions {
            let dropped = if self.no_bulk { said.bulk } else { LabelSet::EMPTY };
            let kept = |labels: LabelSet| set(labels.difference(labels.intersection(dropped)));
            let (decided, present) = (kept(said.decided), kept(said.present));
            if !decided.is_empty() {
                self.raters[rater].decided += decided.len();
                let said = Opinion { decided, present, blind: kept(said.blind), bulk: kept(said.bulk) };
                note.said.entry(word).or_default().push((rater, said));
            }
        }
    }

    /// What two or more have decided.
    pub fn finish(mut self) -> Compared {
        name_apart(&mut self.raters);
        let (mut notes, mut words, mut made, mut other_texts) = (Vec::new(), Vec::new(), Made::default(), Vec::new());
        let mut before: Option<DocumentId> = None;
        for ((id, _), Note { text, said }) in self.notes.into_iter().filter(|(_, note)| !note.said.is_empty()) {
            if before.as_ref() == Some(&id) && other_texts.last() != Some(&id) {
                other_texts.push(id.clone());
            }
            before = Some(id.clone());
            let segments = segment(&text);
            let first = words.len();
            for (at, opinions) in said {
                let rating = |&(rater, said): &(usize, Opinion)| Rating { rater, decided: said.decided, present: said.present };
                let ratings: Vec<Rating> = opinions.iter().map(rating).collect();
                let both = compared(&ratings);
                if both.is_empty() {
                    continue;
                }
                for (rater, said) in opinions {
                    let rater = &mut self.raters[rater];
                    let counted = |labels: LabelSet| labels.intersection(both).len();
                    rater.compared += counted(said.decided);
                    if rater.annotator.is_some() {
                        made.decisions += counted(said.decided);
                        made.blind += counted(said.blind);
                        made.bulk += counted(said.bulk);
                    }
                }
                words.push(RatedWord { note: notes.len(), word: segments[at as usize], ratings });
            }
            if words.len() > first {
                notes.push((id, text));
            }
        }
        Compared { raters: self.raters, labels: self.labels, notes, words, made, other_texts }
    }
}

/// Tells raters of one name apart by their projects: by the name of each or, where that is the same too, by the path.
fn name_apart(raters: &mut [Rater]) {
    let ways: [fn(&Rater) -> String; 2] = [|rater| short(&rater.source), |rater| rater.source.clone()];
    for source in ways {
        let base = |rater: &Rater| rater.annotator.clone().unwrap_or_else(|| short(&rater.source));
        let names: Vec<String> = raters.iter().map(|rater| rater.name.clone()).collect();
        for rater in raters.iter_mut() {
            if names.iter().filter(|other| **other == rater.name).count() > 1 {
                rater.name = format!("{} ({})", base(rater), source(rater));
            }
        }
    }
}

/// The last part of a path.
fn short(path: &str) -> String {
    Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raters_of_one_name_are_told_apart_by_as_little_as_that_takes() {
        let check = |raters: &[(Option<&str>, &str)], expected: &[&str]| {
            let mut gathering = Gathering::new(false);
            for &(annotator, source) in raters {
                gathering.rater(annotator, source, 0);
            }
            name_apart(&mut gathering.raters);
            let names: Vec<&str> = gathering.raters.iter().map(|rater| rater.name.as_str()).collect();
            assert_eq!(names, expected);
        };
        check(&[(Some("anna"), "a.db"), (Some("ben"), "a.db")], &["anna", "ben"]);
        check(&[(Some("anna"), "x/a.db"), (Some("anna"), "b.db"), (Some("ben"), "b.db")], &["anna (a.db)", "anna (b.db)", "ben"]);
        check(&[(Some("anna"), "x/p.db"), (Some("anna"), "y/p.db")], &["anna (x/p.db)", "anna (y/p.db)"]);
        check(&[(None, "x/gold.jsonl"), (Some("anna"), "ward/")], &["gold.jsonl", "anna"]);
    }
}
