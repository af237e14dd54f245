//! Double clicks: terminals report each press by itself, so that only its time tells that it follows another one.

use std::time::{Duration, Instant};

use crossterm::event::{Event as TerminalEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use crate::tui::event::Event;

/// Presses that are further apart are single ones.
const APART: Duration = Duration::from_millis(400);

/// The press before.
#[derive(Default)]
pub(super) struct Clicks {
    last: Option<(Instant, (u16, u16), u8)>,
}

impl Clicks {
    /// What an event is besides, if it follows another press at its place.
    pub(super) fn again(&mut self, event: &TerminalEvent, now: Instant) -> Option<Event> {
        match event {
            TerminalEvent::Mouse(MouseEvent { kind: MouseEventKind::Down(MouseButton::Left), column, row, modifiers })
                if *modifiers == KeyModifiers::NONE =>
            {
                let place = (*column, *row);
                let follows = |(at, other, _): &(Instant, (u16, u16), u8)| now.duration_since(*at) <= APART && *other == place;
                let times = self.last.filter(follows).map_or(1, |(_, _, times)| times.saturating_add(1));
                self.last = Some((now, place, times));
                (times > 1).then_some(Event::PressedAgain { column: *column, row: *row, times })
            }
            // A hand that goes on with something else has not clicked twice.
            TerminalEvent::Key(_) | TerminalEvent::Mouse(MouseEvent { kind: MouseEventKind::Down(_), .. }) => {
                self.last = None;
                None
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presses_at_one_place_in_quick_succession_are_counted() {
        let (mut clicks, begin) = (Clicks::default(), Instant::now());
        let press = |column| {
            let (kind, modifiers) = (MouseEventKind::Down(MouseButton::Left), KeyModifiers::NONE);
            TerminalEvent::Mouse(MouseEvent { kind, column, row: 7, modifiers })
        };
        let rows = [(0, 5, 1), (200, 5, 2), (500, 5, 3), (1_000, 5, 1), (1_100, 6, 1), (1_200, 6, 2)];
        for (at, column, expected) in rows {
            let again = clicks.again(&press(column), begin + Duration::from_millis(at));
            let times = match again {
                Some(Event::PressedAgain { column: found, row: 7, times }) if found == column => times,
                None => 1,
                other => panic!("{other:?}"),
            };
            assert_eq!(times, expected, "at {at}");
        }
    }
}
