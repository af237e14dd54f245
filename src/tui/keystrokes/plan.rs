//! The search for few keys, for any tool that shows words with labels, has a selection, and toggles a label on it.
//!
//! A state of the search is the tool after some keys. From each, all selections are found that hold the first wrong word
//! and can be reached with few keys, and on each of them the labels are toggled that are then right on all of it. States
//! that have come to the same first wrong word compete: [`WIDTH`] of them go on, the cheapest by the keys spent and an
//! estimate of those to come. No toggle makes a right cell wrong, so that every search ends.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::ops::RangeInclusive;
use std::rc::Rc;

use crate::domain::LabelSet;
use crate::domain::pattern::Pattern;
use crate::tui::keymap::Key;

/// States that go on from each word.
const WIDTH: usize = 4;
/// Selections that are tried from each state.
const TRIED: usize = 8;
/// Keys that a run of words with one wrong label asks for, about.
const RUN: f64 = 2.6;
/// Keys that are spent at most to come from one correction to the next.
const FURTHEST: usize = 40;
/// Keys beyond the shortest way to the wrong word within which other words are reached, to select from there.
const DETOUR: usize = 1;
/// Words that a selection holds at most, unless it grows by itself.
const WIDEST: usize = 16;

/// Where the cursor and the selection are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The word under the cursor.
    pub(super) cursor: usize,
    /// The other end of the selection, while there is one.
    pub(super) anchor: Option<usize>,
    /// The column that moving up and down aims at.
    pub(super) goal: u16,
}

impl Place {
    fn selection(self) -> RangeInclusive<usize> {
        let anchor = self.anchor.unwrap_or(self.cursor);
        self.cursor.min(anchor)..=self.cursor.max(anchor)
    }
}

/// Keys that are pressed one after the other.
pub(super) type Keys = Rc<[Key]>;

/// Where keys lead.
pub(super) type Steps = Rc<[(Keys, Place)]>;

/// A tool with a note on its screen.
pub(super) trait Tool: Clone {
    /// The labels of a word, as they are now.
    fn shown(&self, word: usize) -> LabelSet;
    /// Where the cursor is.
    fn place(&self) -> Place;
    /// Where movements lead.
    fn moves(&mut self, from: Place) -> Steps;
    /// Where the keys lead that make or change a selection.
    fn extensions(&mut self, from: Place) -> Steps;
    /// The keys of a search, of fewer than `most` keys, that leads to a word.
    fn search(&mut self, word: usize, most: usize) -> Option<Keys>;
    /// Presses the keys that lead to a place.
    fn go(&mut self, keys: &[Key], to: Place);
    /// The keys that toggle a label.
    fn toggling(&self, label: usize) -> Keys;
    /// Toggles it on the selection; the keys.
    fn toggle(&mut self, label: usize) -> Keys;
    /// Does what was just done to the selection at all other places that read alike, if that is right by gold; the keys.
    fn elsewhere(&mut self, gold: &[LabelSet]) -> Option<Keys>;
}

/// A state of the search.
#[derive(Clone)]
struct Branch<T> {
    tool: T,
    keys: Vec<Key>,
    /// Keys spent and to be expected.
    cost: f64,
}

/// The keys after which every word of `real` is as gold says, and the tool then. `None` where a word can't be reached.
pub(super) fn plan<T: Tool>(tool: T, real: &[usize], gold: &[LabelSet]) -> Option<(Vec<Key>, T)> {
    let mut open: BTreeMap<usize, Vec<Branch<T>>> = BTreeMap::new();
    let mut done: Option<Branch<T>> = None;
    let mut fresh = vec![Branch { tool, keys: Vec::new(), cost: 0.0 }];
    loop {
        for branch in fresh.drain(..) {
            match first_wrong(&branch.tool, real, gold) {
                Some(word) => open.entry(word).or_default().push(branch),
                None if done.as_ref().is_none_or(|done| branch.keys.len() < done.keys.len()) => done = Some(branch),
                None => {}
            }
        }
        let Some((word, mut branches)) = open.pop_first() else { break };
        branches.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        let mut places = HashSet::new();
        branches.retain(|branch| places.insert((branch.tool.place(), branch.cost.to_bits())));
        for branch in branches.iter_mut().take(WIDTH) {
            fresh.extend(corrections(branch, word, real, gold));
        }
    }
    done.map(|done| (done.keys, done.tool))
}

fn first_wrong<T: Tool>(tool: &T, real: &[usize], gold: &[LabelSet]) -> Option<usize> {
    real.iter().copied().find(|&word| tool.shown(word) != gold[word])
}

/// About how many keys are still to be pressed: runs of words with one wrong label.
fn expected<T: Tool>(tool: &T, real: &[usize], gold: &[LabelSet]) -> f64 {
    let mut before = (LabelSet::EMPTY, LabelSet::EMPTY);
    let mut runs = 0;
    for &word in real {
        let wrong = tool.shown(word).difference(gold[word]);
        let (missing, excess) = (wrong.intersection(gold[word]), wrong.difference(wrong.intersection(gold[word])));
        let goes_on = |set: LabelSet, before: LabelSet| set.intersection(before).len();
        runs += wrong.len() - goes_on(missing, before.0) - goes_on(excess, before.1);
        before = (missing, excess);
    }
    RUN * runs as f64
}

/// A selection and what is toggled on it.
struct Try {
    /// The fewer the better: the keys, less what they put right.
    cost: f64,
    keys: Vec<Key>,
    place: Place,
    /// Labels, and how often each is toggled.
    toggles: Vec<(usize, usize)>,
}

/// What can be done next to put the word right.
fn corrections<T: Tool>(branch: &mut Branch<T>, word: usize, real: &[usize], gold: &[LabelSet]) -> Vec<Branch<T>> {
    let mut tries: Vec<Try> = Vec::new();
    for (range, (keys, place)) in selections(&mut branch.tool, word, real) {
        let among: Vec<usize> = real.iter().copied().filter(|word| range.contains(word)).collect();
        let wanted = toggles(&branch.tool, &among, gold);
        let once: Vec<_> = wanted.iter().copied().filter(|(_, times)| *times == 1).collect();
        for wanted in [&once, &wanted] {
            let gain = |label: usize| among.iter().filter(|&&word| wrong(&branch.tool, word, label, gold)).count();
            let gain: usize = wanted.iter().map(|&(label, _)| gain(label)).sum();
            if gain > 0 && tries.iter().all(|other| other.keys != keys || other.toggles != *wanted) {
                let spent = keys.len() + wanted.iter().map(|(_, times)| times).sum::<usize>();
                let cost = spent as f64 - RUN * gain as f64;
                tries.push(Try { cost, keys: keys.clone(), place, toggles: wanted.clone() });
            }
        }
    }
    tries.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    tries.truncate(TRIED);
    let mut branches = Vec::new();
    for Try { keys, place, toggles, .. } in tries {
        let mut next = branch.clone();
        next.tool.go(&keys, place);
        next.keys.extend(keys);
        let mut labels = toggles;
        while !labels.is_empty() {
            // The label that is cheapest just now.
            let at = (0..labels.len()).min_by_key(|&at| next.tool.toggling(labels[at].0).len()).unwrap_or(0);
            let (label, times) = labels.remove(at);
            for _ in 0..times {
                let keys = next.tool.toggle(label);
                next.keys.extend(&*keys);
            }
        }
        let mut again = next.clone();
        if let Some(keys) = again.tool.elsewhere(gold) {
            again.keys.extend(&*keys);
            branches.push(again);
        }
        branches.push(next);
    }
    for branch in &mut branches {
        branch.cost = branch.keys.len() as f64 + expected(&branch.tool, real, gold);
    }
    branches
}

fn wrong<T: Tool>(tool: &T, word: usize, label: usize, gold: &[LabelSet]) -> bool {
    tool.shown(word).contains(label) != gold[word].contains(label)
}

/// The labels that are wrong on some of these words and can be put right on all of them, and how often they are toggled
/// for that: toggled, a label is set on all, or taken from all that have it.
fn toggles<T: Tool>(tool: &T, among: &[usize], gold: &[LabelSet]) -> Vec<(usize, usize)> {
    let differing = among.iter().flat_map(|&word| tool.shown(word).difference(gold[word]).iter().collect::<Vec<_>>());
    let labels: LabelSet = differing.collect();
    let times = |label: usize| {
        let right = among.iter().filter(|&&word| gold[word].contains(label)).count();
        let all = among.iter().all(|&word| tool.shown(word).contains(label));
        match right {
            0 if all => Some(1),
            0 => Some(2),
            _ if right == among.len() => Some(1),
            _ => None,
        }
    };
    labels.iter().filter_map(|label| Some((label, times(label)?))).collect()
}

/// A selection, the keys that make it and where the cursor is then.
type Selected = (RangeInclusive<usize>, (Vec<Key>, Place));

/// The selections that hold a word and can be made with few keys, each with the fewest.
fn selections<T: Tool>(tool: &mut T, word: usize, real: &[usize]) -> Vec<Selected> {
    let start = tool.place();
    let at = real.partition_point(|&other| other < word);
    let last = real[(at + WIDEST - 1).min(real.len() - 1)];
    let mut reached = walk(tool, start, word, last);
    if let Some(most) = reached.get(&word).map(Vec::len).or(Some(FURTHEST)).filter(|&most| most > 3)
        && let Some(keys) = tool.search(word, most)
    {
        reached.insert(word, keys.to_vec());
    }
    let Some(nearest) = reached.get(&word).map(Vec::len) else { return Vec::new() };
    let mut made: BTreeMap<(usize, usize), (Vec<Key>, Place)> = BTreeMap::new();
    let mut known: HashSet<Place> = HashSet::new();
    // By the number of keys.
    let mut queue: BTreeMap<usize, Vec<(Place, Vec<Key>)>> = BTreeMap::new();
    queue.entry(0).or_default().push((start, Vec::new()));
    for (&cursor, keys) in &reached {
        let place = Place { cursor, anchor: None, goal: 0 };
        queue.entry(keys.len()).or_default().push((place, keys.clone()));
    }
    while let Some((spent, places)) = queue.pop_first() {
        for (place, keys) in places {
            let range = place.selection();
            if !known.insert(place) {
                continue;
            }
            if range.contains(&word) {
                made.entry((*range.start(), *range.end())).or_insert_with(|| (keys.clone(), place));
            }
            for (pressed, next) in tool.extensions(place).iter() {
                let range = next.selection();
                // Not more keys than word by word.
                let width = real.iter().filter(|word| range.contains(word)).count();
                if spent + pressed.len() < nearest + width.min(WIDEST) && *range.end() >= word && *range.end() <= last {
                    let keys = keys.iter().copied().chain(pressed.iter().copied()).collect();
                    queue.entry(spent + pressed.len()).or_default().push((*next, keys));
                }
            }
        }
    }
    made.into_iter().map(|((first, last), made)| (first..=last, made)).collect()
}

/// The shortest beginning of a word by which a search finds it, if the search takes fewer than `most` keys.
pub(super) fn prefix(word: &str, most: usize, finds: impl Fn(&Pattern) -> bool) -> Option<String> {
    let word = word.to_lowercase();
    let ends = word.char_indices().map(|(at, c)| at + c.len_utf8()).take(most.saturating_sub(3));
    let mut typed = ends.map(|end| &word[..end]).filter(|typed| typed.chars().all(char::is_alphanumeric));
    typed.find(|typed| finds(&Pattern::new(typed))).map(str::to_owned)
}

/// The fewest keys to the words from `word` to `last`, as far as they can be reached with little more than `word` itself.
fn walk<T: Tool>(tool: &mut T, start: Place, word: usize, last: usize) -> BTreeMap<usize, Vec<Key>> {
    let mut reached = BTreeMap::new();
    let mut known: HashMap<Place, Option<(Place, Keys)>> = HashMap::from([(start, None)]);
    let mut queue = VecDeque::from([(start, 0)]);
    let mut most = FURTHEST;
    while let Some((place, spent)) = queue.pop_front() {
        if spent > most {
            break;
        }
        if place.anchor.is_none() && (word..=last).contains(&place.cursor) && !reached.contains_key(&place.cursor) {
            let (mut keys, mut at) = (Vec::new(), place);
            while let Some((before, pressed)) = &known[&at] {
                keys.extend(pressed.iter().rev());
                at = *before;
            }
            keys.reverse();
            reached.insert(place.cursor, keys);
            if place.cursor == word {
                most = most.min(spent + DETOUR);
            }
        }
        for (keys, next) in tool.moves(place).iter() {
            if !known.contains_key(next) {
                known.insert(*next, Some((place, keys.clone())));
                queue.push_back((*next, spent + keys.len()));
            }
        }
    }
    reached
}
