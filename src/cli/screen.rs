//! `chartmark [PATH]` on a terminal: the screen, with its store and its model on threads of their own.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::args::Shared;
use super::background;
use super::cache;
use super::farewell;
use super::look::follow;
use super::own::Own;
use super::scheme::choice;
use super::setup::{annotator, base_scheme, open_corpus, precision, source};
use super::tell::{Usage, tell};
use crate::domain::{DocumentId, LabelScheme, visible};
use crate::encoder::DeviceChoice;
use crate::formats::markdown::GUIDELINES;
use crate::formats::{Corpus, GoldDocument};
use crate::inference::cache::SharedVectors;
use crate::inference::{self, worker};
use crate::store::protocol::QueueEntry;
use crate::store::{self, CorpusSource, Hidden, Project, StoreHandle, place};
use crate::tokenization::segment;
use crate::tui::effect::{Left, Reopening};
use crate::tui::event::Event;
use crate::tui::run::{Console, Outcome, Session};
use crate::tui::state::Tutorial;
use crate::tui::state::guide::Source;

/// How long the store has to end once the screen is gone.
const PATIENCE: Duration = Duration::from_secs(3);

/// Opens the screen on the notes, or project, at `path`; on the sample corpus without one. When the annotator takes other
/// labels, it opens again with them, in the same terminal.
///
/// # Errors
/// When the notes or the project can't be opened, another process writes to the project, or the terminal can't be used.
pub fn run(path: Option<&Path>, guidelines: Option<&Path>, shared: &Shared, own: &Own) -> Result<()> {
    if let Some(file) = guidelines.filter(|file| !file.is_file()) {
        bail!("there is no file {}; check the path behind --guidelines", visible(&file.to_string_lossy()));
    }
    let mut opening = open(path, shared)?;
    let (mut left, vectors) = (Left { place: last_place(&opening)?, ..Left::default() }, SharedVectors::default());
    let _quiet = QuietErrors::begin();
    let own = own.on(background::ask);
    let (set, problems) = own.screen()?;
    let mut last = own.again();
    let reader = move || {
        last = last.again();
        match last.screen() {
            Ok((set, problems)) if problems.is_empty() => Ok(set),
            Ok((_, problems)) => Err(problems),
            // The bundled keymap was sound when the screen opened.
            Err(_) => Err(Vec::new()),
        }
    };
    let mut console = Console::enter(set, Box::new(reader), problems)?;
    let place = opening.project.path().to_owned();
    loop {
        match show(&mut console, opening, left, (guidelines, &vectors), shared)? {
            Outcome::Quit => {
                drop(console);
                farewell::say(&place, path, shared);
                return Ok(());
            }
            Outcome::Reopen(Reopening { scheme, left: so }) => {
                let labels = match scheme {
                    Some(scheme) => Labels::Chosen(LabelScheme::clone(&scheme)),
                    None => Labels::Default(base_scheme(shared)?),
                };
                opening = assemble(path, shared.project.as_deref(), &annotator(shared), labels)?;
                left = so;
            }
        }
    }
}

/// The document and word where the annotator was last, if she has not left the document; where it is gone, where she was before.
fn last_place(opening: &Opening) -> Result<Option<(DocumentId, usize)>> {
    let corpus = &opening.corpus;
    let document = |index: usize| CorpusSource::load(corpus, index).ok().map(|(document, _)| document);
    let Some((id, byte)) = opening.project.last_place(|id| document(corpus.index_of(id)?))? else { return Ok(None) };
    let word = |text: &str| segment(text).iter().position(|word| word.end > byte).unwrap_or(0);
    let place = corpus.index_of(&id).and_then(document).map(|document| word(&document.text));
    Ok(place.map(|word| (id, word)))
}

/// Shows what was opened, with a store and a worker for it.
fn show(
    console: &mut Console,
    opening: Opening,
    left: Left,
    (guidelines, vectors): (Option<&Path>, &SharedVectors),
    shared: &Shared,
) -> Result<Outcome> {
    let tutorial = tutorial(&opening.project)?;
    let (session, threads) = begin(opening, console.inbox(), guidelines, vectors, shared)?;
    let shown = console.show(Session { left, tutorial, ..session });
    threads.end();
    Ok(shown?)
}

/// The store and the worker of a session.
pub struct Threads {
    store: StoreHandle,
    commands: Sender<inference::Command>,
}

/// Starts a store and a worker for what was opened; they report to `events`. The session begins at the first document that
/// is not done, without the tutorial.
///
/// # Errors
/// When the project or the model's description can't be read, or the system gives no thread.
pub fn begin(
    opening: Opening,
    events: Sender<Event>,
    guidelines: Option<&Path>,
    vectors: &SharedVectors,
    shared: &Shared,
) -> Result<(Session, Threads)> {
    super::memory::be_frugal();
    let Opening { corpus, project, scheme } = opening;
    let schemes = choice(scheme.clone(), Some(&project), shared)?.into_iter().map(Arc::new).collect();
    let (corpus, scheme) = (Arc::new(corpus), Arc::new(scheme));
    let names = corpus.ids().map(|id| visible(id.as_str()).into_owned()).collect();
    let title = visible(corpus.name()).into_owned();
    let guidelines = self::guidelines(&project, guidelines)?;

    let on_store = Announced(events.clone(), || Event::StoreGone);
    let store =
        store::spawn(project, corpus.clone(), LabelScheme::clone(&scheme), move |reply| on_store.send(Event::Store(reply)))
            .context("the system gives no thread for saving; close other programs and try again")?;
    let (commands, orders) = channel::<inference::Command>();
    let told = events.clone();
    // The screen may have gone: then nobody wants to know.
    let cache = cache::open(shared, move |sentence| drop(told.send(Event::Worker(inference::Reply::Notice(sentence)))));
    let setup = worker::Setup {
        source: source(shared),
        device: DeviceChoice::from(shared.device),
        precision: precision(shared),
        corpus,
        scheme: scheme.clone(),
        cache,
    };
    let on_worker = Announced(events, || Event::WorkerGone);
    // The model may be in the middle of a batch when the session ends; nothing of it is worth waiting for.
    drop(
        worker::spawn_with(setup, vectors.clone(), orders, move |reply| on_worker.send(Event::Worker(reply)))
            .context("the system gives no thread for the model; close other programs and try again")?,
    );
    let (left, tutorial) = (Left::default(), Tutorial::default());
    let (store_of, worker_of) = (store.requests.clone(), commands.clone());
    let session = Session { title, names, scheme, schemes, left, guidelines, tutorial, store: store_of, worker: worker_of };
    Ok((session, Threads { store, commands }))
}

impl Threads {
    /// Ends them, once the screen is gone.
    pub fn end(self) {
        // Whoever has gone already needs no telling.
        let _ = self.commands.send(inference::Command::Shutdown);
        let _ = self.store.requests.send(store::Request::Close);
        // The screen has waited for it already, and nothing that was shown as saved depends on it.
        self.store.join_within(PATIENCE);
    }
}

/// What the screen opens.
pub struct Opening {
    /// The documents.
    pub corpus: Corpus,
    /// Their project, kept from other writers.
    pub project: Project,
    /// The labels: the project's, or else the model's, and behind them those of the documents' gold that it has not taken in
    /// before.
    pub scheme: LabelScheme,
}

/// Opens the notes, or project, at `path` with their project. Without one: the project that `--project` names with its
/// own notes, or, if there is none yet, the sample corpus in it.
///
/// # Errors
/// When either can't be opened, another process writes to the project, or the gold has more labels than a scheme can.
pub fn open(path: Option<&Path>, shared: &Shared) -> Result<Opening> {
    open_in(path, shared.project.as_deref(), shared)
}

/// As [`open`], for a command: what is to be said of the project is told.
///
/// # Errors
/// As there.
pub fn open_and_tell(path: Option<&Path>, shared: &Shared) -> Result<Opening> {
    let opening = open(path, shared)?;
    opening.project.notice().iter().for_each(tell);
    Ok(opening)
}

/// As [`open`], with another project than the one that `--project` names.
///
/// # Errors
/// As there.
pub fn open_in(path: Option<&Path>, project: Option<&Path>, shared: &Shared) -> Result<Opening> {
    // Before the project, which would be made for nothing if the model were not there.
    let base = base_scheme(shared)?;
    let labels = if shared.scheme.is_some() { Labels::Asked(base) } else { Labels::Default(base) };
    assemble(path, project, &annotator(shared), labels)
}

/// The labels for a project.
enum Labels {
    /// For one that has none of its own.
    Default(LabelScheme),
    /// Whatever it has had, if no decision would be hidden by that.
    Asked(LabelScheme),
    /// Whatever it has had: whoever chose them knows what they hide.
    Chosen(LabelScheme),
}

fn assemble(path: Option<&Path>, named: Option<&Path>, annotator: &str, labels: Labels) -> Result<Opening> {
    let (corpus, mut project, notes) = match path.or(named).filter(|own| place::is_project(own)) {
        Some(own) => {
            let project = Project::open(own, annotator)?;
            (notes_of(&project)?, project, None)
        }
        None => {
            let corpus = path.map_or_else(|| Ok(Corpus::sample()), open_corpus)?;
            let place = named.map_or_else(|| place::project_path(path), Path::to_owned);
            (corpus, Project::open(&place, annotator)?, path.map_or_else(|| Some(SAMPLE.into()), absolute))
        }
    };
    project.hold()?;
    if let Some(notes) = path.or(named) {
        follow(&mut project, notes, &corpus)?;
    }
    let recorded = project.scheme()?;
    let careful = matches!(labels, Labels::Asked(_));
    let (known, before) = match (labels, &recorded) {
        (Labels::Asked(scheme) | Labels::Chosen(scheme), _) => (scheme, recorded),
        (Labels::Default(_), Some(own)) => (own.clone(), recorded),
        // What the model gives need not be recorded.
        (Labels::Default(base), None) => (base.clone(), Some(base)),
    };
    let (scheme, gold) = with_gold(&project, &known, &corpus)?;
    if before.as_ref() != Some(&scheme) {
        let hidden = if careful { project.hidden_by(&scheme)? } else { Hidden::default() };
        if hidden != Hidden::default() {
            let name = &scheme.name;
            bail!(Usage(format!("with '{name}' {hidden}; if that is meant, `chartmark scheme use` it first")));
        }
        project.set_scheme_with_gold(&scheme, gold)?;
    }
    if let Some(notes) = notes
        && project.corpus()?.as_ref() != Some(&notes)
    {
        project.set_corpus(&notes)?;
    }
    Ok(Opening { corpus, project, scheme })
}

/// A scheme with the labels behind it that the notes' gold uses besides, and the names of all gold labels that it has taken
/// in. What it has taken in before is what the annotator has made of it: renamed, merged or deleted, it stays so.
///
/// # Errors
/// When there are too many labels, or the project can't be read.
pub fn with_gold(project: &Project, scheme: &LabelScheme, corpus: &Corpus) -> Result<(LabelScheme, Vec<String>)> {
    let mut taken = project.gold_taken(scheme)?;
    let new: Vec<String> = corpus.gold_labels().iter().filter(|name| !taken.contains(name)).cloned().collect();
    let extended = scheme
        .extended(&new)
        .with_context(|| format!("the gold of {} can't be labelled with this project", visible(corpus.name())))?;
    taken.extend(new);
    Ok((extended, taken))
}

/// What a project of the sample corpus remembers as the place of its notes. No absolute path looks like it.
const SAMPLE: &str = "sample corpus";

/// Where the guidelines are: in the file that was named, else beside the notes.
fn guidelines(project: &Project, named: Option<&Path>) -> Result<Option<Source>> {
    if let Some(file) = named {
        return Ok(Some(Source::File(file.into())));
    }
    Ok(match project.corpus()?.as_deref() {
        Some(SAMPLE) => Corpus::sample_guidelines().map(Source::Text),
        Some(notes) => {
            let notes = Path::new(notes);
            let folder = if notes.is_dir() { Some(notes) } else { notes.parent() };
            folder.map(|folder| Source::File(folder.join(GUIDELINES).into()))
        }
        None => None,
    })
}

/// The tutorial, which is for the sample corpus: where the annotator walked away from it, or at its beginning if nothing was
/// decided yet.
fn tutorial(project: &Project) -> Result<Tutorial> {
    if project.corpus()?.as_deref() != Some(SAMPLE) {
        return Ok(Tutorial::default());
    }
    let untouched = project.documents()?.iter().all(|(_, entry)| *entry == QueueEntry::default());
    Ok(Tutorial::remembered(project.tutorial()?.as_deref(), untouched))
}

/// The place of notes, to be found again from wherever the project is opened.
fn absolute(notes: &Path) -> Option<String> {
    std::path::absolute(notes).ok()?.to_str().map(str::to_owned)
}

/// The notes that a project belongs to, or, where they have gone, those that it holds itself.
///
/// # Errors
/// When there are none, or they can't be read.
pub fn notes_of(project: &Project) -> Result<Corpus> {
    match project.corpus()?.as_deref() {
        Some(SAMPLE) => Ok(Corpus::sample()),
        Some(notes) if Path::new(notes).exists() => open_corpus(Path::new(notes)),
        _ => kept(project),
    }
}

/// The documents that the project itself holds: those with decisions.
///
/// # Errors
/// When there are none, or the project can't be read.
fn kept(project: &Project) -> Result<Corpus> {
    let mut documents = Vec::new();
    for (id, _) in project.documents()? {
        documents.push(GoldDocument::unlabelled(project.document(&id)?));
    }
    if documents.is_empty() {
        bail!(
            "{} holds no notes, and the notes it belongs to are not where they were; open the notes themselves",
            project.path().display()
        );
    }
    Ok(Corpus::from_documents(&project.path().display().to_string(), documents))
}

/// A sender that says when its thread has ended, however it ends.
struct Announced(Sender<Event>, fn() -> Event);

impl Announced {
    fn send(&self, event: Event) {
        // The screen has gone: nobody wants to know.
        let _ = self.0.send(event);
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        self.send((self.1)());
    }
}

/// Standard error leads nowhere while this lives: a library's message would be written across the screen.
struct QuietErrors(Option<OwnedFd>);

impl QuietErrors {
    fn begin() -> Self {
        let quieten = || -> io::Result<OwnedFd> {
            let before = rustix::io::dup(io::stderr())?;
            rustix::stdio::dup2_stderr(File::create("/dev/null")?)?;
            Ok(before)
        };
        Self(quieten().ok())
    }
}

impl Drop for QuietErrors {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // Nothing could be told of a failure: this is where it would be told.
            let _ = rustix::stdio::dup2_stderr(before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Relabel;

    const GOLD: &str = r#"{"id":"a","text":"bad pain","spans":[{"start":4,"end":8,"label":"finding"}]}"#;

    fn base() -> LabelScheme {
        LabelScheme::from_names("base", &["symptom", "severity"]).unwrap()
    }

    fn open(path: Option<&Path>, named: &Path) -> Result<Opening> {
        assemble(path, Some(named), "a", Labels::Default(base()))
    }

    #[test]
    fn gold_brings_its_labels_into_the_project() {
        let folder = tempfile::tempdir().unwrap();
        let (notes, own) = (folder.path().join("gold.jsonl"), folder.path().join("p.db"));
        for (gold, names) in [
            ("{\"text\":\"bad pain\"}", "symptom severity"),
            (GOLD, "symptom severity finding"),
            (&GOLD.replace("finding", "drug"), "symptom severity finding drug"),
        ] {
            std::fs::write(&notes, gold).unwrap();
            let opening = open(Some(&notes), &own).unwrap();
            assert_eq!(opening.scheme.names().collect::<Vec<_>>().join(" "), names);
            let recorded = opening.project.scheme().unwrap();
            assert_eq!(recorded, (opening.scheme.len() > 2).then_some(opening.scheme), "recorded if something was added");
            let events = opening.project.last_event().unwrap();
            drop(opening.project);
            let again = open(None, &own).unwrap();
            assert_eq!(again.project.last_event().unwrap(), events, "once");
        }
        let span = |n: u32| format!(r#"{{"start":0,"end":3,"label":"label {n}"}}"#);
        let spans = (0..300).map(span).collect::<Vec<_>>().join(",");
        std::fs::write(&notes, format!(r#"{{"text":"bad pain","spans":[{spans}]}}"#)).unwrap();
        let error = format!("{:#}", open(Some(&notes), &own).err().unwrap());
        assert!(error.contains("gold.jsonl") && error.contains("256 is the most"), "{error}");
    }

    #[test]
    fn gold_labels_stay_what_the_annotator_has_made_of_them() {
        let rename = Relabel::Rename { label: "finding".into(), name: "sign".into() };
        let merge = Relabel::Merge { from: "finding".into(), into: "symptom".into() };
        let delete = Relabel::Delete { label: "finding".into() };
        for (change, names, has) in [
            (rename, "symptom severity sign", Some("sign")),
            (merge, "symptom severity", Some("symptom")),
            (delete, "symptom severity", None),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let (notes, own) = (folder.path().join("gold.jsonl"), folder.path().join("p.db"));
            let gold = |rest: &str| std::fs::write(&notes, format!("{GOLD}\n{rest}")).unwrap();
            gold("");
            let Opening { corpus, mut project, scheme } = open(Some(&notes), &own).unwrap();
            let changed = project.relabel(&scheme, &change, corpus.gold_labels()).unwrap().scheme;
            drop(project);
            // As the screen comes back after the change, and as it opens the next day.
            for labels in [Labels::Chosen(changed), Labels::Default(base())] {
                let Opening { corpus, mut project, scheme } = assemble(Some(&notes), Some(&own), "a", labels).unwrap();
                assert_eq!(scheme.names().collect::<Vec<_>>().join(" "), names, "{change:?}");
                let (document, spans) = CorpusSource::load(&corpus, 0).unwrap();
                project.import_gold(&document, &spans.unwrap(), Some(corpus.gold_labels())).unwrap();
                let words = segment(&document.text);
                let known = project.annotations(&document, &words, &scheme).unwrap().annotations;
                let shown: Vec<&str> =
                    known.shown(1, scheme.len(), Default::default()).iter().map(|label| &*scheme.labels[label].name).collect();
                assert_eq!(shown, has.into_iter().collect::<Vec<_>>(), "the gold span on 'pain': {change:?}");
            }
            // Other gold brings its labels in, and only those.
            gold(&GOLD.replace("\"a\"", "\"b\"").replace("finding", "drug"));
            let Opening { corpus, mut project, scheme } = open(Some(&notes), &own).unwrap();
            assert_eq!(scheme.names().collect::<Vec<_>>().join(" "), format!("{names} drug"), "{change:?}");
            project.relabel(&scheme, &Relabel::Delete { label: "drug".into() }, corpus.gold_labels()).unwrap();
            drop(project);
            let again = open(Some(&notes), &own).unwrap();
            assert_eq!(again.scheme.names().collect::<Vec<_>>().join(" "), names, "{change:?}");
        }
    }

    #[test]
    fn a_project_that_is_named_opens_its_own_notes() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("gold.jsonl"), GOLD).unwrap();
        let sample: Vec<_> = Corpus::sample().ids().cloned().collect();
        for (notes, own, expected) in
            [(Some(path("gold.jsonl")), path("p.db"), vec!["a".into()]), (None, path("sample.db"), sample)]
        {
            drop(open(notes.as_deref(), &own).unwrap());
            for path in [None, Some(&*own)] {
                let ids: Vec<_> = open(path, &own).unwrap().corpus.ids().cloned().collect();
                assert_eq!(ids, expected);
            }
        }
        std::fs::write(path("other.db"), "not a project").unwrap();
        assert!(open(None, &path("other.db")).is_err());
    }
}
