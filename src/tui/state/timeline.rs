//! The list of everything that was done: the part of it that is at hand.

use std::collections::VecDeque;

use crate::store::timeline::{PAGE, Page, Part, Step};

/// At most this many steps are kept: some pages around the cursor, however many there are in all.
const MOST: usize = 4 * PAGE;
/// So many steps before the end of what is at hand, more is read.
const NEAR: usize = PAGE / 2;

/// The steps at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The steps, newest first.
    pub steps: VecDeque<Step>,
    /// Whether there is none that is newer.
    pub newest: bool,
    /// Whether there is none that is older.
    pub oldest: bool,
    /// The step at which the story stands; 0 for its beginning.
    pub point: u64,
    /// Index in `steps` of the list's cursor.
    pub cursor: usize,
    /// What is to be read next.
    pub wanted: Option<Part>,
    /// What the store was asked for and has not answered.
    pub awaited: Option<Part>,
}

impl Timeline {
    /// The step that the cursor stands on.
    pub fn current(&self) -> Option<&Step> {
        self.steps.get(self.cursor)
    }

    /// Moves the cursor by so many rows; to the ends of the whole list where that is asked for.
    pub fn go(&mut self, rows: isize) {
        match rows {
            isize::MAX if !self.oldest => self.wanted = Some(Part::Oldest),
            isize::MIN if !self.newest => self.wanted = Some(Part::Newest),
            _ => self.cursor = self.cursor.saturating_add_signed(rows).min(self.steps.len().saturating_sub(1)),
        }
    }

    /// What is to be asked of the store now, if anything is.
    pub fn ask(&mut self) -> Option<Part> {
        if self.awaited.is_some() {
            return None;
        }
        let near_end = !self.oldest && self.cursor + NEAR >= self.steps.len();
        let near_front = !self.newest && self.cursor < NEAR;
        let older = self.steps.back().filter(|_| near_end).map(|step| Part::Before(step.event));
        let newer = self.steps.front().filter(|_| near_front).map(|step| Part::After(step.event));
        self.awaited = self.wanted.take().or(older).or(newer);
        self.awaited
    }

    /// Takes in what the store has read. The cursor stays on its step, except where another place was asked for.
    pub fn take(&mut self, page: Page) {
        if self.awaited != Some(page.part) {
            return;
        }
        self.awaited = None;
        self.point = page.point;
        match page.part {
            Part::Before(_) => {
                self.steps.extend(page.steps);
                self.oldest = page.oldest;
                let surplus = self.steps.len().saturating_sub(MOST).min(self.cursor.saturating_sub(NEAR));
                self.steps.drain(..surplus);
                self.cursor -= surplus;
                self.newest &= surplus == 0;
            }
            Part::After(_) => {
                self.cursor += page.steps.len();
                page.steps.into_iter().rev().for_each(|step| self.steps.push_front(step));
                self.newest = page.newest;
                let keep = MOST.max(self.cursor + NEAR);
                self.oldest &= self.steps.len() <= keep;
                self.steps.truncate(keep);
            }
            Part::Here | Part::Newest | Part::Oldest => {
                let step = self.current().map(|step| step.event);
                self.steps = page.steps.into();
                (self.newest, self.oldest) = (page.newest, page.oldest);
                let here = || self.steps.iter().position(|step| step.event == self.point);
                self.cursor = match page.part {
                    Part::Oldest => self.steps.len().saturating_sub(1),
                    // Read again, the list keeps its cursor where that step is still at hand.
                    Part::Here => self.steps.iter().position(|other| Some(other.event) == step).or_else(here).unwrap_or(0),
                    _ => 0,
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::timeline::Standing;

    fn step(event: u64) -> Step {
        Step { event, at: 0, annotator: "a".into(), document: None, what: format!("step {event}"), standing: Standing::Done }
    }

    /// What the store would answer of `last` steps.
    fn read(part: Part, last: u64) -> Page {
        let page = PAGE as u64;
        let (from, to) = match part {
            Part::Newest | Part::Here => (last.saturating_sub(page), last),
            Part::Oldest => (0, page.min(last)),
            Part::Before(step) => (step.saturating_sub(page + 1), step - 1),
            Part::After(step) => (step + 1, (step + page).min(last)),
        };
        Page { part, steps: (from..=to).rev().map(step).collect(), newest: to == last, oldest: from == 0, point: last }
    }

    fn settle(timeline: &mut Timeline, last: u64) {
        while let Some(part) = timeline.ask() {
            timeline.take(read(part, last));
            let events: Vec<u64> = timeline.steps.iter().map(|step| step.event).collect();
            assert!(events.windows(2).all(|pair| pair[0] == pair[1] + 1), "no gap and nothing twice: {part:?}");
            assert!(timeline.steps.len() <= MOST + PAGE + NEAR && timeline.cursor < timeline.steps.len());
        }
    }

    #[test]
    fn one_moves_through_any_number_of_steps_with_few_of_them_at_hand() {
        let last = 100_000;
        let mut timeline = Timeline { wanted: Some(Part::Here), ..Timeline::default() };
        settle(&mut timeline, last);
        assert_eq!(timeline.current(), Some(&step(last)));
        for rows in [1, 90, 95, 99, -30, 99, 99, 99, 99, 99, 99, -99, -99, -99, -99, -99, -99, -99, -99] {
            let before = timeline.current().unwrap().event;
            timeline.go(rows);
            let expected = before.saturating_add_signed(-rows as i64).min(last);
            assert_eq!(timeline.current().unwrap().event, expected, "{rows}");
            settle(&mut timeline, last);
            assert_eq!(timeline.current().unwrap().event, expected, "{rows}");
        }
        timeline.go(isize::MAX);
        settle(&mut timeline, last);
        assert_eq!(timeline.current(), Some(&step(0)));
        timeline.go(-120);
        settle(&mut timeline, last);
        assert_eq!(timeline.current(), Some(&step(120)));
        timeline.go(isize::MIN);
        settle(&mut timeline, last);
        assert_eq!(timeline.current(), Some(&step(last)));
    }

    #[test]
    fn what_was_not_asked_for_is_not_taken_in() {
        let mut timeline = Timeline { wanted: Some(Part::Here), ..Timeline::default() };
        settle(&mut timeline, 10);
        let before = timeline.clone();
        timeline.take(read(Part::Newest, 20));
        assert_eq!(timeline, before);
    }
}
