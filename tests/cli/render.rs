//! `chartmark render`.

use super::desk::{Desk, check};
use super::project::decide;

#[test]
fn a_note_becomes_a_picture_with_its_decisions_and_a_legend() {
    let desk = Desk::new();
    let model = desk.trained();
    decide(&desk).close().unwrap();
    let render = |rest: &str| desk.call(&format!("render note.txt --model {model} {rest}"));
    let svg = render("--svg");
    check(&svg, 0, &[]);
    assert!(svg.stdout.starts_with("<svg ") && svg.stdout.contains("<title>note.txt</title>"), "{}", svg.stdout);
    assert!(svg.stdout.contains(">sym</text>") && svg.stdout.contains(">corrected</text>"), "{}", svg.stdout);
    let html = render("--html --dark --out note.html");
    check(&html, 0, &[]);
    assert!(desk.read("note.html").contains("Content-Security-Policy") && html.stdout.is_empty());
    let ansi = render("--ansi --width 40");
    check(&ansi, 0, &[]);
    assert!(ansi.stdout.contains("note.txt") && ansi.stdout.contains("5 words"), "{}", ansi.stdout);
    assert!(ansi.stdout.lines().count() > 4);
}

#[test]
fn a_blank_picture_tells_nothing_of_the_note() {
    let desk = Desk::new();
    let model = desk.trained();
    desk.write("smith.txt", "bad ache.");
    let out = desk.call(&format!("render smith.txt --model {model} --svg --blank"));
    check(&out, 0, &[]);
    for told in ["smith", "bad", "ache", ".txt"] {
        assert!(!out.stdout.contains(told), "{told}: {}", out.stdout);
    }
    assert!(out.stdout.contains("xxx"), "{}", out.stdout);
}

#[test]
fn one_document_of_many_is_drawn_by_its_name() {
    let desk = Desk::new();
    let model = desk.trained();
    let render = |rest: &str| desk.call(&format!("render gold.jsonl --model {model} --ansi {rest}"));
    let all = render("");
    check(&all, 0, &[]);
    assert!(all.stdout.contains("pain") && all.stdout.contains("bed"), "{}", all.stdout);
    let one = render("--document b");
    check(&one, 0, &[]);
    assert!(!one.stdout.contains("pain") && one.stdout.contains("bed"), "{}", one.stdout);
    check(&render("--document c"), 1, &["no document 'c'", "such as 'a'"]);
}

#[test]
fn the_screen_is_drawn_after_some_keys_and_nothing_is_changed_by_them() {
    let desk = Desk::new();
    let model = desk.trained();
    let keys = ["--keys", "1 l 2"];
    let arguments = format!("render note.txt --model {model} --screen 80x24 --ansi");
    let arguments: Vec<&str> = arguments.split(' ').chain(keys).collect();
    let drawn = desk.run(arguments);
    check(&drawn, 0, &[]);
    let text = drawn.stdout;
    assert!(text.contains("note.txt") && text.contains("✓ saved") && text.contains("started"), "{text}");
    assert!(!desk.path(".chartmark").exists(), "the project stays as it is");
    check(&desk.call(&format!("render note.txt --model {model} --screen 8x4 --svg")), 2, &["at least 40x10"]);
    check(&desk.call("render --svg"), 2, &["PATH"]);
    check(&desk.call(&format!("render note.txt --model {model} --screen 80x24 --keys q --ansi")), 1, &["lead out of the screen"]);
}
