//! `chartmark review`: notes reviewed line by line, for screen readers and terminals that can't do more.
//!
//! Each place is said in words, an answer is a line. Nothing is coloured and the cursor never moves back, so that what is
//! read aloud is all there is. Works from a pipe as it does at a terminal; the end of the input ends it.

mod answer;
mod place;
mod saver;
mod talk;

use std::collections::BTreeSet;
use std::io::{BufRead, Write};
use std::ops::Range;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};

use self::answer::Answer;
use self::saver::Saver;
use super::args::{ReviewArguments, Shared};
use super::open;
use super::own::Own;
use super::screen::{self, Opening};
use super::setup::load_model;
use super::source::active_head;
use super::tell::tell;
use crate::domain::{Disposition, Edit, LabelScheme, Predictions, Scope, Shown};
use crate::formats::Corpus;
use crate::head::Head;
use crate::inference::Model;
use crate::store::protocol::Opened;

/// Asks about the notes of the path, or opens them on the screen.
///
/// # Errors
/// When the notes, their project or the model can't be used, another process writes to the project, or the output can't be
/// written.
pub fn run(arguments: &ReviewArguments, shared: &Shared, own: &Own) -> Result<()> {
    let path = arguments.path.as_deref();
    if !arguments.plain {
        return open::run(path, None, shared, own);
    }
    let Opening { corpus, project, scheme } = screen::open_and_tell(path, shared)?;
    let model = load_model(shared)?;
    let (head, notice) = active_head(Some(&project), &scheme, &model)?;
    notice.iter().for_each(tell);
    let place = project.path().display().to_string();
    let corpus = Arc::new(corpus);
    let saver = Saver::start(project, corpus.clone(), scheme.clone())?;
    let (input, out) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut review = Review { corpus, scheme, model, head, saver, input, out, saved: 0 };
    let outcome = review.notes(arguments).and_then(|()| review.farewell(&place));
    review.saver.close();
    outcome
}

/// What somebody wants after a note.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Next,
    Quit,
}

/// A review under way.
struct Review<I, O> {
    corpus: Arc<Corpus>,
    scheme: LabelScheme,
    model: Model,
    head: Head,
    saver: Saver,
    input: I,
    out: O,
    /// How many decisions were saved.
    saved: usize,
}

/// The note that is asked about.
struct Note {
    opened: Opened,
    predictions: Predictions,
    thresholds: Vec<f32>,
    places: Vec<Range<usize>>,
}

impl Note {
    fn shown(&self) -> Shown<'_> {
        Shown { predictions: Some(&self.predictions), thresholds: &self.thresholds }
    }

    /// The labelled words of a place.
    fn words(&self, place: &Range<usize>) -> Vec<usize> {
        place.clone().filter(|&word| self.opened.words[word].alphanumeric).collect()
    }

    /// How many places from one on have no word with an answer.
    fn unanswered(&self, from: usize) -> usize {
        let open = |place: &&Range<usize>| {
            self.words(place).into_iter().all(|word| self.opened.annotations.on_word(word).next().is_none())
        };
        self.places[from.min(self.places.len())..].iter().filter(open).count()
    }

    /// What stands at a place.
    fn text(&self, place: &Range<usize>) -> &str {
        let bytes = self.opened.words[place.start].start..self.opened.words[place.end - 1].end;
        &self.opened.document.text[bytes]
    }
}

impl<I: BufRead, O: Write> Review<I, O> {
    /// Goes through the notes.
    fn notes(&mut self, arguments: &ReviewArguments) -> Result<()> {
        let count = self.corpus.len();
        let asked = |index: &usize| match &arguments.document {
            Some(name) => self.corpus.id(*index).is_some_and(|id| id.as_str() == name),
            None => arguments.all || self.saver.queue.get(*index).is_none_or(|entry| !entry.review.is_settled()),
        };
        let notes: Vec<usize> = (0..count).filter(asked).collect();
        match (notes.is_empty(), &arguments.document) {
            (true, Some(name)) => bail!("there is no document '{name}' here; check its name"),
            (true, None) => return self.say("Every note is done or skipped already. With --all they are gone through again."),
            _ => {}
        }
        for (at, &index) in notes.iter().enumerate() {
            let left = match notes.len() - at - 1 {
                0 => "the last note".to_owned(),
                1 => "1 more note".to_owned(),
                left => format!("{left} more notes"),
            };
            if self.note(index, arguments.all, &left)? == Turn::Quit {
                break;
            }
        }
        Ok(())
    }

    /// Asks about one note.
    fn note(&mut self, index: usize, all: bool, left: &str) -> Result<Turn> {
        let name = self.corpus.id(index).map_or_else(String::new, ToString::to_string);
        let opened = match self.saver.open(index) {
            Ok(opened) => opened,
            Err(error) => {
                self.say(&format!("{error:#}"))?;
                return Ok(Turn::Next);
            }
        };
        let predictions = self
            .model
            .predict(&self.head, &opened.document.text, &opened.words)
            .with_context(|| format!("{name} can't be labelled"))?;
        let thresholds = self.head.meta.thresholds.clone();
        let shown = Shown { predictions: Some(&predictions), thresholds: &thresholds };
        let places = place::places(&opened.words, &opened.annotations, &shown, all);
        let words = opened.words.iter().filter(|word| word.alphanumeric).count();
        let mut note = Note { predictions, thresholds, places, opened };
        let places = match note.places.len() {
            0 => "nothing to look at".to_owned(),
            1 => "1 place to look at".to_owned(),
            count => format!("{count} places to look at"),
        };
        self.say(&format!("Note {name}: {words} words, {places}; {left}. Type ? for help."))?;
        if let Some(notice) = note.opened.notice.take() {
            self.say(&notice)?;
        }
        self.places(&mut note)
    }

    /// Asks about the places of a note.
    fn places(&mut self, note: &mut Note) -> Result<Turn> {
        let (mut at, mut heard) = (0, 0..0);
        loop {
            let place = note.places.get(at).cloned();
            match &place {
                Some(place) => self.present(note, at, place, &mut heard)?,
                None => self.say("End of the note. Enter: next note. d: this note is done. b: back. q: quit.")?,
            }
            let Some(line) = self.ask()? else { return Ok(Turn::Quit) };
            match (Answer::read(&line, &self.scheme), &place) {
                (Answer::Quit, _) => return Ok(Turn::Quit),
                (Answer::Next, _) | (Answer::Accept, None) => return Ok(Turn::Next),
                (Answer::Done, _) => {
                    if self.done(note)? {
                        self.say(&match note.unanswered(at) {
                            0 => "This note is done.".to_owned(),
                            1 => "This note is done. 1 place was not answered and stays as it is.".to_owned(),
                            left => format!("This note is done. {left} places were not answered and stay as they are."),
                        })?;
                        return Ok(Turn::Next);
                    }
                }
                (Answer::Accept, Some(place)) => {
                    if self.accept(note, place)? {
                        at += 1;
                    }
                }
                (Answer::Toggle(labels), Some(place)) => self.toggle(note, place, &labels)?,
                (Answer::Toggle(_) | Answer::Sentence, None) => self.say("There is no word here.")?,
                (Answer::Sentence, Some(_)) => heard = 0..0,
                (Answer::Back, _) if at == 0 => self.say("This is the first place of the note.")?,
                (Answer::Back, _) => at -= 1,
                (Answer::Undo, _) => at = self.undo(note)?.unwrap_or(at),
                (Answer::Help, _) => self.write(&talk::help(&self.scheme))?,
                (Answer::Unclear(why), _) => self.say(&why)?,
            }
        }
    }

    /// Says a place, after its sentence where that has not just been heard.
    fn present(&mut self, note: &Note, at: usize, place: &Range<usize>, heard: &mut Range<usize>) -> Result<()> {
        let (text, words) = (&note.opened.document.text, &note.opened.words);
        let sentence = talk::sentence(text, words[place.start].start);
        if *heard != sentence {
            self.say(text.get(sentence.clone()).unwrap_or_default())?;
            *heard = sentence;
        }
        let labels = talk::labels(place, words, &note.opened.annotations, &note.shown(), &self.scheme);
        self.say(&format!("{} of {}. {}: {labels}", at + 1, note.places.len(), note.text(place)))
    }

    /// Accepts a place as it is said; whether all went well.
    fn accept(&mut self, note: &mut Note, place: &Range<usize>) -> Result<bool> {
        let words = note.words(place);
        let scope = if words.len() == 1 { Scope::Word } else { Scope::Selection };
        let edit = note.opened.annotations.accept(self.saver.name(), words, scope, &note.shown());
        // Nothing was left to decide.
        if edit.changes.is_empty() { Ok(true) } else { self.save(note, edit) }
    }

    fn toggle(&mut self, note: &mut Note, place: &Range<usize>, labels: &[usize]) -> Result<()> {
        // One answer is one step to undo.
        let name = self.saver.name();
        let each = |&label: &usize| note.opened.annotations.toggle(name, note.words(place), label, &note.shown());
        let labels: BTreeSet<usize> = labels.iter().copied().collect();
        let joined = labels.iter().map(each).reduce(|mut edit, more| {
            edit.changes.extend(more.changes);
            edit
        });
        joined.map_or(Ok(()), |edit| self.save(note, edit).map(drop))
    }

    /// Says that the note is done; whether that went well.
    fn done(&mut self, note: &mut Note) -> Result<bool> {
        let edit = note.opened.annotations.dispose(self.saver.name(), Disposition::Done);
        if edit.is_empty() { Ok(true) } else { self.save(note, edit) }
    }

    /// Saves an edit, or says why it can't be saved and takes it back.
    fn save(&mut self, note: &mut Note, edit: Edit) -> Result<bool> {
        note.opened.history.perform(&mut note.opened.annotations, edit.clone());
        let decides = !edit.changes.is_empty();
        match self.saver.edit(note.opened.index, edit) {
            Ok(()) => {
                self.saved += usize::from(decides);
                Ok(true)
            }
            Err(error) => {
                note.opened.history.undo(&mut note.opened.annotations);
                self.say(&format!("Not saved: {error:#}"))?;
                Ok(false)
            }
        }
    }

    /// Takes the note's last decision back; gives the place that it was at, if that is one of those asked about.
    fn undo(&mut self, note: &mut Note) -> Result<Option<usize>> {
        let Some(edit) = note.opened.history.undo(&mut note.opened.annotations).cloned() else {
            self.say("There is nothing to undo in this note.")?;
            return Ok(None);
        };
        if let Err(error) = self.saver.undo(note.opened.index, edit.id) {
            note.opened.history.redo(&mut note.opened.annotations);
            self.say(&format!("Not undone: {error:#}"))?;
            return Ok(None);
        }
        self.say("Undone.")?;
        let first = edit.words().map(|words| words.start);
        Ok(first.and_then(|word| note.places.iter().position(|place| place.contains(&word))))
    }

    fn farewell(&mut self, place: &str) -> Result<()> {
        let saved = match self.saved {
            1 => "1 decision is".to_owned(),
            saved => format!("{saved} decisions are"),
        };
        self.say(&format!("{saved} saved in {place}. `chartmark train` learns from them."))
    }

    /// Reads a line; `None` at the end of the input.
    fn ask(&mut self) -> Result<Option<String>> {
        self.out.write_all(b"> ").and_then(|()| self.out.flush()).context("the output could not be written")?;
        let mut line = Vec::new();
        let read = self.input.read_until(b'\n', &mut line).context("the answers could not be read; what was saved is saved")?;
        if read == 0 {
            self.write("\n")?;
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// Says something in a line of its own.
    fn say(&mut self, text: &str) -> Result<()> {
        self.write(&(talk::line(text) + "\n"))
    }

    fn write(&mut self, text: &str) -> Result<()> {
        self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()).context("the output could not be written")
    }
}
