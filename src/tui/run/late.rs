//! The terminal's answer about its colours, where it comes when nobody waits for it any more: then it looks like keys, and must
//! never be taken for them.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// After so long no answer is expected any more.
const EXPECTED: Duration = Duration::from_secs(10);

/// It comes in one go: what follows later than this is pressed by somebody.
const APART: Duration = Duration::from_millis(100);

/// How the answer begins, behind its `ESC ]`; then come a colour's hexadecimal digits, parted by slashes, and `BEL` or `ESC \`.
const BEGINNING: &str = "11;rgb:";

/// Watches what is read for a late answer.
pub(super) struct Late {
    since: Instant,
    /// How many characters of the answer were read, its `ESC ]` aside, and when the last was; `None` outside of one.
    within: Option<(usize, Instant)>,
}

impl Late {
    /// From now on.
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, within: None }
    }

    /// Whether an event is a part of a late answer.
    pub(super) fn is_part(&mut self, event: &Event, now: Instant) -> bool {
        let Event::Key(key) = event else { return false };
        let Some((within, _)) = self.within.filter(|(_, last)| now.duration_since(*last) <= APART) else {
            let begins = is(key, ']', KeyModifiers::ALT) && now.duration_since(self.since) <= EXPECTED;
            self.within = begins.then_some((0, now));
            return begins;
        };
        let ends = is(key, 'g', KeyModifiers::CONTROL) || is(key, '\\', KeyModifiers::ALT);
        let goes_on = match (key.code, BEGINNING.chars().nth(within)) {
            (KeyCode::Char(c), Some(expected)) => c == expected,
            (KeyCode::Char(c), None) => c.is_ascii_hexdigit() || c == '/',
            _ => false,
        };
        self.within = (goes_on && !ends).then_some((within + 1, now));
        goes_on || ends
    }
}

fn is(key: &KeyEvent, c: char, modifiers: KeyModifiers) -> bool {
    key.code == KeyCode::Char(c) && key.modifiers == modifiers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of some keys, written as a terminal sends them (`\x1b` for Alt, `\x07` for Ctrl+G), after so many seconds.
    fn left(sent: &str, after: u64) -> String {
        let begun = Instant::now();
        let (mut late, mut alt, mut left) = (Late::new(begun), false, String::new());
        for c in sent.chars() {
            let (code, modifiers) = match c {
                '\x1b' => {
                    alt = true;
                    continue;
                }
                '\x07' => ('g', KeyModifiers::CONTROL),
                c if std::mem::take(&mut alt) => (c, KeyModifiers::ALT),
                c => (c, KeyModifiers::NONE),
            };
            let event = Event::Key(KeyEvent::new(KeyCode::Char(code), modifiers));
            if !late.is_part(&event, begun + Duration::from_secs(after)) {
                left.push(code);
            }
        }
        left
    }

    #[test]
    fn a_late_answer_is_no_key_and_keys_are_no_answer() {
        assert_eq!(left("j\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\1", 1), "j1");
        assert_eq!(left("\x1b]11;rgb:ffff/ffff/ffff\x07x", 9), "x");
        assert_eq!(left("\x1b]x11;", 1), "x11;", "somebody has pressed Alt+]");
        assert_eq!(left("\x1b]11;rgb:ffff/ffff/ffffj1", 1), "j1", "one that breaks off");
        assert_eq!(left("\x1b]11;", 11), "]11;", "long after nothing is expected");
        assert_eq!(left("1\x07\x1b\\g", 1), "1g\\g");
        // What follows after a while is pressed by somebody.
        let (mut late, begun) = (Late::new(Instant::now()), Instant::now());
        let key = |c, modifiers| Event::Key(KeyEvent::new(KeyCode::Char(c), modifiers));
        assert!(late.is_part(&key(']', KeyModifiers::ALT), begun));
        assert!(!late.is_part(&key('1', KeyModifiers::NONE), begun + Duration::from_millis(200)));
    }
}
