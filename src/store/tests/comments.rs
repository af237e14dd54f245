//! Comments and marks: kept, undone, found again, listed.

use super::*;
use crate::domain::{Anchor, DocumentId};

fn write(desk: &Desk, project: &mut Project, anchor: Anchor, text: Option<&str>) -> Written {
    let edit = desk.read(project).annotations.comment(EditId(EditId::SESSION), anchor, text);
    desk.save(project, &edit).unwrap()
}

/// The comments, each as the words it stands on and what it says.
fn told(desk: &Desk, project: &Project) -> Vec<(String, String)> {
    let comments = desk.read(project).annotations.comments;
    let quote = |range: std::ops::Range<usize>| {
        desk.document.text[desk.words[range.start].start..desk.words[range.end - 1].end].to_owned()
    };
    comments.iter().map(|(anchor, comment)| (anchor.range().map(quote).unwrap_or_default(), comment.text.to_string())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|&(words, text)| (words.to_owned(), text.to_owned())).collect()
}

#[test]
fn comments_are_kept_undone_and_redone_across_restarts() {
    let desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    write(&desk, &mut project, Anchor::words(1, 2), Some("where exactly?"));
    desk.toggle(&mut project, 0, 0);
    write(&desk, &mut project, Anchor::Document, Some("two visits"));
    write(&desk, &mut project, Anchor::words(0, 0), Some(""));
    let (_, entry) = write(&desk, &mut project, Anchor::words(1, 2), None);
    assert_eq!(entry.decided, 1, "comments decide nothing");
    assert_eq!(told(&desk, &project), pairs(&[("", "two visits"), ("Severe", "")]));
    let states = [
        pairs(&[("", "two visits"), ("Severe", ""), ("chest pain", "where exactly?")]),
        pairs(&[("", "two visits"), ("chest pain", "where exactly?")]),
        pairs(&[("chest pain", "where exactly?")]),
        pairs(&[("chest pain", "where exactly?")]),
        pairs(&[]),
    ];
    let mut events = Vec::new();
    for expected in &states {
        project.close().unwrap();
        project = desk.open();
        let mut read = desk.read(&project);
        let undone = read.history.undo(&mut read.annotations).unwrap().id.0;
        project.undo(&desk.document, undone).unwrap();
        assert_eq!(&told(&desk, &project), expected);
        assert_eq!(desk.read(&project).annotations, read.annotations, "as on the screen");
        events.push(undone);
    }
    for event in events.into_iter().rev() {
        project.redo(&desk.document, event).unwrap();
    }
    assert_eq!(told(&desk, &project), pairs(&[("", "two visits"), ("Severe", "")]));
    let comment = desk.read(&project).annotations.comments[&Anchor::Document].edit;
    assert_eq!(&*desk.read(&project).annotations.stamp(comment).unwrap().annotator, "Dr. Grey");
    assert_eq!(project.verify().unwrap(), [""; 0]);
}

#[test]
fn comments_stay_with_their_words_and_are_listed() {
    let mut desk = Desk::new("Severe chest pain today.");
    let mut project = desk.open();
    write(&desk, &mut project, Anchor::words(1, 2), Some("where?"));
    write(&desk, &mut project, Anchor::words(3, 3), Some("when?"));
    desk.document = Document::new("notes/a.txt", "Severe chest pain now.");
    desk.words = segment("Severe chest pain now.");
    assert_eq!(told(&desk, &project), pairs(&[("chest pain", "where?")]));
    let find = |id: &DocumentId| (*id == desk.document.id).then(|| (7, desk.document.clone()));
    let list = project.comments(find).unwrap();
    let list: Vec<_> = list.iter().map(|entry| (entry.document, entry.word, &*entry.quote, &*entry.text)).collect();
    assert_eq!(list, [(7, Some(1), "chest pain", "where?")]);
    let edit = Annotations::default().comment(EditId(1), Anchor::words(9, 9), Some("x"));
    assert!(matches!(desk.save(&mut project, &edit), Err(StoreError::NotInDocument(_))));
}
