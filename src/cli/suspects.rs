//! `chartmark suspects`: the decisions that are most likely wrong.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;

use super::args::{Shared, SuspectsArguments};
use super::look::look;
use super::progress::Bar;
use super::screen::{notes_of, with_gold};
use super::setup::{load_model, open_corpus, project_place};
use super::tell::{print, tell};
use crate::active_learning::suspects::Suspect;
use crate::domain::{Annotations, Cell, CharOffsets, DecidedCell, DocumentDecisions, LabelScheme, Manner, visible};
use crate::formats::{Corpus, Loaded, word_sets};
use crate::inference::Model;
use crate::inference::cache::Encoded;
use crate::inference::suspects::{Checked, Progress, Suspecting};
use crate::store::{Project, place};
use crate::tokenization::segment;

/// Lists the decided cells that are most likely wrong, with why.
///
/// # Errors
/// When nothing is decided, or the notes, the project or the model can't be used.
pub fn run(arguments: &SuspectsArguments, shared: &Shared) -> Result<()> {
    let material = Material::gather(arguments.path.as_deref(), shared)?;
    let model = load_model(shared)?;
    let checked = check(&material, &model)?;
    let rows = material.rows(checked.suspects.iter().take(arguments.limit.get()))?;
    let unchecked: Vec<&str> =
        material.scheme.names().zip(&checked.labels).filter(|(_, known)| !**known).map(|(name, _)| name).collect();
    if arguments.json {
        let found = checked.suspects.len();
        return print(
            serde_json::to_string(&Report { cells: checked.cells, found, unchecked: &unchecked, suspects: &rows })? + "\n",
        );
    }
    let width = rows.len().to_string().len();
    let lines: String = rows.iter().enumerate().map(|(at, row)| format!("{:>width$}  {}\n", at + 1, row.line())).collect();
    print(lines)?;
    tell(format_args!("{} of {} decisions look wrong; {} listed", checked.suspects.len(), checked.cells, rows.len()));
    if !unchecked.is_empty() {
        let unchecked = unchecked.join(", ");
        tell(format_args!("too few decisions, present or absent, to check: {unchecked}"));
    }
    Ok(())
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    /// Decided cells that were checked.
    cells: usize,
    /// Suspects in all, listed or not.
    found: usize,
    /// Labels of which too little is decided to tell.
    unchecked: &'a [&'a str],
    suspects: &'a [Row],
}

/// One suspect.
#[derive(Serialize)]
struct Row {
    id: String,
    /// In characters, the end exclusive.
    start: usize,
    end: usize,
    word: String,
    label: String,
    decision: &'static str,
    /// Who decided: an annotator, `import`, or `gold` for what the file itself says.
    by: String,
    /// When, in milliseconds since 1970-01-01 UTC, if an annotator did.
    at: Option<i64>,
    probability: f32,
    usual: f32,
    reason: String,
}

impl Row {
    fn line(&self) -> String {
        let Self { id, start, end, word, label, by, reason, .. } = self;
        visible(&format!("{id} {start}-{end} '{word}' {label}: {reason} (by {by})")).replace(['\n', '\r', '\t'], " ")
    }
}

/// The decisions, and what they are on.
struct Material {
    corpus: Corpus,
    project: Option<Project>,
    scheme: LabelScheme,
    decisions: Vec<DocumentDecisions>,
}

impl Material {
    /// The decisions of the project at `path`, or of the notes there and their project; gold that the project doesn't
    /// hold yet counts as decided.
    fn gather(path: Option<&Path>, shared: &Shared) -> Result<Self> {
        let place = project_place(path, shared)?;
        let project = if place.exists() { Some(look(&place, shared)?) } else { None };
        let corpus = match (path, &project) {
            (Some(path), _) if !place::is_project(path) => open_corpus(path)?,
            (_, Some(project)) => notes_of(project)?,
            _ => bail!("there is no project {} yet; open the notes with `chartmark` first, or name gold JSONL", place.display()),
        };
        let own = project.as_ref().map(Project::scheme).transpose()?.flatten();
        let scheme = match (own, &project) {
            // As the labels are called now, and without those that are not in use any more.
            (Some(own), Some(project)) => with_gold(project, &own, &corpus)?.0,
            _ => {
                let mut names = project.as_ref().map_or_else(|| Ok(Vec::new()), Project::label_names)?;
                names.extend(corpus.gold_labels().iter().filter(|label| !names.contains(label)).cloned().collect::<Vec<_>>());
                if names.is_empty() {
                    bail!("nothing is decided in {} yet, so there is nothing to check", visible(corpus.name()));
                }
                LabelScheme::from_names("project", &names).context("the labels of the decisions can't be used")?
            }
        };
        let mut decisions = match &project {
            None => Vec::new(),
            Some(project) => project.decisions(&scheme, |id| {
                let index = corpus.index_of(id)?;
                Some((index, corpus.load(index).ok()?.document))
            })?,
        };
        let held: Vec<usize> = decisions.iter().map(|document| document.document).collect();
        let with_gold = (0..corpus.len()).filter(|index| corpus.has_gold(*index) && held.binary_search(index).is_err());
        for document in with_gold {
            // A note that can't be read now has no part in it.
            let Ok(loaded) = corpus.load(document) else { continue };
            let Some(spans) = loaded.gold else { continue };
            let words = segment(&loaded.document.text);
            let sets = word_sets(&words, &spans, &scheme);
            let labels: Vec<usize> = corpus.gold_labels().iter().filter_map(|label| scheme.index(label)).collect();
            let cell = |word: usize, label: usize| DecidedCell {
                word: word as u32,
                label: label as u16,
                present: sets[word].contains(label),
                manner: Manner::Gold,
                event: 0,
            };
            let scored = (0..words.len()).filter(|&word| words[word].alphanumeric);
            let cells = scored.flat_map(|word| labels.iter().map(move |&label| (word, label)));
            // Where a span can't be read, only what is there is said.
            let partial = corpus.has_partial_gold(document);
            let cells = cells.filter(|&(word, label)| !partial || sets[word].contains(label));
            decisions.push(DocumentDecisions { document, cells: cells.map(|(word, label)| cell(word, label)).collect() });
        }
        decisions.sort_by_key(|document| document.document);
        Ok(Self { corpus, project, scheme, decisions })
    }

    /// The suspects as they are reported.
    fn rows<'a>(&self, suspects: impl Iterator<Item = &'a Suspect>) -> Result<Vec<Row>> {
        let mut known: HashMap<usize, (Loaded, Option<Annotations>)> = HashMap::new();
        let mut rows = Vec::new();
        for suspect in suspects {
            let cell = suspect.cell;
            let (loaded, annotations) = match known.entry(cell.document) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(slot) => {
                    let loaded = self.corpus.load(cell.document)?;
                    let words = segment(&loaded.document.text);
                    let known = self.project.as_ref().map(|project| project.annotations(&loaded.document, &words, &self.scheme));
                    slot.insert((loaded, known.transpose()?.map(|known| known.annotations)))
                }
            };
            let text = &loaded.document.text;
            let words = segment(text);
            let (word, offsets) = (words[cell.word], CharOffsets::new(text));
            let human = annotations.as_ref().and_then(|it| it.stamp(it.decided(Cell::new(cell.word, cell.label))?.edit));
            let imported = annotations.as_ref().is_some_and(|annotations| annotations.imported.is_some());
            let by = human.map_or(if imported { "import" } else { "gold" }, |stamp| &*stamp.annotator);
            rows.push(Row {
                id: loaded.document.id.to_string(),
                start: offsets.char(word.start),
                end: offsets.char(word.end),
                word: word.slice(text).to_owned(),
                label: self.scheme.names().nth(cell.label).unwrap_or_default().to_owned(),
                decision: if cell.present { "present" } else { "absent" },
                by: by.to_owned(),
                at: human.map(|stamp| stamp.at),
                probability: cell.probability,
                usual: suspect.usual,
                reason: suspect.reason(),
            });
        }
        Ok(rows)
    }
}

/// Reads the notes and checks the decisions.
fn check(material: &Material, model: &Model) -> Result<Checked> {
    let mut suspecting = Suspecting::new(material.decisions.clone(), model.head_for(&material.scheme)?)?;
    let (mut bar, total) = (Bar::new(), material.decisions.len());
    let mut read = 0;
    while let Some(document) = suspecting.wants() {
        let document = material.corpus.load(document)?.document;
        let words = Arc::new(segment(&document.text));
        let vectors = model.vectors(&document.text, &words)?.into();
        suspecting.take(&Encoded { id: document.id.clone(), hash: document.text_hash(), words, vectors });
        read += 1;
        bar.set(read, total, "reading notes");
    }
    let checked = loop {
        match suspecting.step()? {
            Progress::More(done) => bar.set((done * 100.0) as usize, 100, "checking decisions"),
            Progress::Done(checked) => break checked,
        }
    };
    bar.finish();
    Ok(checked)
}
