//! SLATE, the terminal tool of Kummerfeld (ACL 2019), as its manual describes the labelling of tokens: `j` `;` `i` `o` move
//! (`J` and `:` to the ends of the line, `I` and `O` to the first and last line), `m` and `/` extend the item at hand,
//! `k` and `l` make it smaller, `Space` and a letter mark or unmark it, `\` searches.
//!
//! Where the manual leaves a doubt it is decided for SLATE: a line is one of the screen, moving down goes to the nearest
//! word, a movement leaves a long item behind in one step, punctuation is passed over, every label has a letter, and a search ends on the word.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crossterm::event::{KeyCode, KeyModifiers};

use super::plan::{self, Keys, Place, Steps, Tool, prefix};
use super::{SCREEN, Task};
use crate::domain::LabelSet;
use crate::tui::keymap::Key;
use crate::tui::layout::Layout;

/// The keys with which a note is labelled from nothing.
pub(super) fn plan(task: &Task) -> Option<Vec<Key>> {
    let real: Rc<[usize]> = task.real().into();
    let note = Rc::new(Note { task: task.clone(), layout: Layout::new(&task.document.text, &task.words, SCREEN.0), real });
    let place = Place { cursor: note.real.first().copied().unwrap_or(0), anchor: None, goal: 0 };
    let labels = vec![LabelSet::EMPTY; task.words.len()];
    let slate = Slate { note: note.clone(), labels, place, known: Rc::default() };
    let (mut keys, _) = plan::plan(slate, &note.real, &task.gold)?;
    // Save, and on to the next file.
    keys.push(key(']'));
    Some(keys)
}

struct Note {
    task: Task,
    layout: Layout,
    real: Rc<[usize]>,
}

#[derive(Clone)]
struct Slate {
    note: Rc<Note>,
    labels: Vec<LabelSet>,
    place: Place,
    /// Where movements lead; labels don't matter for that.
    known: Rc<RefCell<HashMap<Place, Steps>>>,
}

fn key(c: char) -> Key {
    Key::new(KeyCode::Char(c), KeyModifiers::NONE)
}

impl Slate {
    /// The place of the word that is so many words further.
    fn beside(&self, word: usize, by: isize) -> usize {
        let real = &self.note.real;
        let at = real.partition_point(|&other| other < word).saturating_add_signed(by);
        real[at.min(real.len() - 1)]
    }

    fn at(&self, cursor: usize) -> Place {
        Place { cursor, anchor: None, goal: self.note.layout.column_of(cursor) }
    }

    fn led(&self, from: Place) -> Steps {
        let (layout, real) = (&self.note.layout, &self.note.real);
        let (first, last) = item(from);
        let goal = if from.anchor.is_none() { from.goal } else { layout.column_of(from.cursor) };
        let line = |cursor: usize| layout.lines()[layout.line_of(cursor)].words.clone();
        let counts = |word: &usize| real.binary_search(word).is_ok();
        let vertical = |lines: isize| Place { cursor: layout.vertical(from.cursor, lines, goal), anchor: None, goal };
        let edge = |word: Option<usize>| self.at(word.unwrap_or(from.cursor));
        let all = layout.lines().len() as isize;
        [
            ('j', self.at(self.beside(first, -1))),
            (';', self.at(self.beside(last, 1))),
            ('i', vertical(-1)),
            ('o', vertical(1)),
            ('I', vertical(-all)),
            ('O', vertical(all)),
            ('J', edge(line(first).find(counts))),
            (':', edge(line(last).rfind(counts))),
        ]
        .map(|(c, place)| (Rc::from([key(c)]), place))
        .into()
    }
}

impl Tool for Slate {
    fn shown(&self, word: usize) -> LabelSet {
        self.labels[word]
    }

    fn place(&self) -> Place {
        self.place
    }

    fn moves(&mut self, from: Place) -> Steps {
        if let Some(steps) = self.known.borrow().get(&from) {
            return steps.clone();
        }
        let steps = self.led(from);
        self.known.borrow_mut().insert(from, steps.clone());
        steps
    }

    fn extensions(&mut self, from: Place) -> Steps {
        let (first, last) = item(from);
        let made = |first: usize, last: usize| Place {
            cursor: first,
            anchor: Some(last).filter(|&last| last > first),
            goal: self.note.layout.column_of(first),
        };
        let steps = [
            ('m', made(self.beside(first, -1), last)),
            ('/', made(first, self.beside(last, 1))),
            ('k', made(self.beside(first, 1).min(last), last)),
            ('l', made(first, self.beside(last, -1).max(first))),
        ];
        steps.map(|(c, place)| (Rc::from([key(c)]), place)).into()
    }

    fn search(&mut self, word: usize, most: usize) -> Option<Keys> {
        let task = &self.note.task;
        let (text, words) = (&*task.document.text, &task.words);
        let from = words[self.place.cursor].end;
        let typed = prefix(words[word].slice(text), most, |pattern| {
            let hit = pattern.hits(text).into_iter().find(|hit| hit.start >= from);
            hit.is_some_and(|hit| words.overlapping(hit).start == word)
        })?;
        Some(['\\'].into_iter().chain(typed.chars()).chain(['?']).map(key).collect())
    }

    fn go(&mut self, _: &[Key], place: Place) {
        self.place = place;
    }

    fn toggling(&self, label: usize) -> Keys {
        let letter = self.note.task.scheme.labels.get(label).map_or('?', |label| label.key);
        Keys::from([key(' '), key(letter)])
    }

    fn toggle(&mut self, label: usize) -> Keys {
        let place = self.place;
        let (first, last) = item(place);
        let among: Vec<usize> = self.note.real.iter().copied().filter(|word| (first..=last).contains(word)).collect();
        let all = among.iter().all(|&word| self.labels[word].contains(label));
        for word in among {
            if all {
                self.labels[word].remove(label);
            } else {
                self.labels[word].insert(label);
            }
        }
        self.toggling(label)
    }

    fn elsewhere(&mut self, _: &[LabelSet]) -> Option<Keys> {
        None
    }
}

/// The first and last word of the item at hand.
fn item(place: Place) -> (usize, usize) {
    let anchor = place.anchor.unwrap_or(place.cursor);
    (place.cursor.min(anchor), place.cursor.max(anchor))
}
