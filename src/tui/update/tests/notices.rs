//! What is reported is there to be read.

use super::bench::Bench;
use crate::tui::state::Tone;

#[test]
fn a_report_that_something_else_stands_over_waits_to_be_read() {
    // Every one of these keys has something to say.
    let mut bench = Bench::new(&["a b"]);
    bench.state.report(Tone::Plain, "A report.");
    bench.press("[ [ [ [ [ [ [ [ [ [ [ [ [ [ [ [");
    assert!(bench.notice().starts_with("This is the first note"), "{}", bench.notice());
    bench.press("l");
    assert_eq!(bench.notice(), "A report.");
    (0..11).for_each(|_| bench.press("l"));
    assert_eq!(bench.notice(), "", "and goes when it was there for long");
}

#[test]
fn what_was_read_does_not_come_back_and_makes_way_for_other_keys() {
    let check = |tone: Tone, keys: &str, expected: &str| {
        let mut bench = Bench::new(&["a b"]);
        bench.state.report(tone, "A report.");
        bench.press(keys);
        assert_eq!(bench.notice(), expected, "{tone:?} {keys}");
    };
    use Tone::{Error, Plain, Warning};
    // It was there for some keys before something else was said.
    check(Plain, "l l l [ l", "");
    check(Error, "l l l [ l", "");
    // Whoever presses Esc has read it.
    [Plain, Warning, Error].iter().for_each(|&tone| check(tone, "esc", ""));
    // In a list there are other keys, which are told in its place.
    check(Plain, "?", "");
    check(Warning, "?", "A report.");
    check(Plain, "l", "A report.");
}

#[test]
fn an_error_is_not_lost_behind_other_reports() {
    let check = |reports: &[(Tone, &str)], then: &[&str]| {
        let mut bench = Bench::new(&["a b"]);
        for &(tone, text) in reports {
            bench.state.report(tone, text);
            bench.press("[");
        }
        let mut shown: Vec<String> = Vec::new();
        for _ in 0..40 {
            bench.press("l");
            if shown.last().is_none_or(|last| last != bench.notice()) {
                shown.push(bench.notice().to_owned());
            }
        }
        assert_eq!(shown, then, "{reports:?}");
    };
    use Tone::{Error, Plain, Warning};
    check(&[(Error, "E")], &["E", ""]);
    check(&[(Error, "E"), (Plain, "P")], &["E", ""]);
    check(&[(Plain, "P"), (Warning, "W")], &["W", ""]);
    check(&[(Error, "E"), (Error, "F")], &["F", ""]);
    check(&[(Plain, "P"), (Error, "E")], &["E", ""]);
    // Not hidden by an answer, but by a later report.
    let mut bench = Bench::new(&["a b"]);
    bench.state.report(Error, "E");
    bench.state.report(Plain, "P");
    assert_eq!(bench.notice(), "P");
    (0..12).for_each(|_| bench.press("l"));
    assert_eq!(bench.notice(), "E");
}
