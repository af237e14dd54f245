//! Exports: each that is asked for is written, and shows one moment.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::channel;

use super::*;
use crate::domain::{Relabel, Span};
use crate::formats::{Corpus, GoldDocument};
use crate::store::protocol::Asked;

/// What a session answers to requests that are all there before the first is carried out, in so many notes with gold.
fn told(desk: &Desk, notes: usize, requests: Vec<Request>) -> Vec<String> {
    let mut project = desk.open();
    let note = |index: usize| Document::new(format!("n{index:03}").as_str(), "bad pain");
    for index in 0..notes {
        project.import_gold(&note(index), &[Span { start: 4, end: 8, label: "symptom".into() }], None).unwrap();
    }
    let corpus = (0..notes).map(|index| GoldDocument::unlabelled(note(index))).collect();
    let corpus = Arc::new(Corpus::from_documents("c", corpus));
    let (sender, replies) = channel();
    let (go, wait) = channel::<()>();
    let send = move |reply| {
        if matches!(reply, Reply::Ready { .. }) {
            wait.recv().unwrap();
        }
        drop(sender.send(reply));
    };
    let handle = spawn(project, corpus, desk.scheme.clone(), send).unwrap();
    for request in requests {
        handle.requests.send(request).unwrap();
    }
    go.send(()).unwrap();
    let told = |reply| match reply {
        Reply::Ready { .. } => "ready".to_owned(),
        Reply::Saved { .. } => "saved".to_owned(),
        Reply::Along(_) => "along".to_owned(),
        Reply::Exported { exported, .. } => format!("{} exported", exported.spans),
        Reply::Failed { asked: Asked::Export, .. } => "not exported".to_owned(),
        Reply::Relabelled { .. } => "relabelled".to_owned(),
        Reply::Closed => "closed".to_owned(),
        other => panic!("{other:?}"),
    };
    replies.iter().map(told).collect()
}

/// A label on the first word.
fn toggle(id: u64, label: usize) -> Arc<Edit> {
    let shown = Shown { predictions: None, thresholds: &[0.5; 3] };
    Arc::new(Annotations::default().toggle(EditId(EditId::SESSION + id), [0], label, &shown))
}

#[test]
fn what_is_decided_while_an_export_is_written_is_saved_meanwhile() {
    let desk = Desk::new("");
    let edit = Request::Edit { document: 0, edit: toggle(1, 1) };
    let told = told(&desk, 200, vec![Request::Export, edit, Request::Close]);
    assert_eq!(told, ["ready", "saved", "201 exported", "closed"]);
    let place = Project::look(&desk.path()).unwrap().export_place();
    assert_eq!(std::fs::read_to_string(place).unwrap().lines().count(), 200);
}

#[test]
fn every_request_for_an_export_has_an_answer() {
    let rename = || Request::Relabel(Relabel::Rename { label: "severity".into(), name: "grade".into() });
    for (notes, exported) in [(200, "200 exported"), (0, "not exported")] {
        let requests = vec![Request::Export, Request::Export, rename(), Request::Export, Request::Close];
        let expected = ["ready", exported, exported, "relabelled", exported, "closed"];
        assert_eq!(told(&Desk::new(""), notes, requests), expected);
    }
}

#[test]
fn an_export_asked_for_during_another_is_made_anew() {
    let desk = Desk::new("");
    let (sender, replies) = channel();
    let mut project = desk.open();
    let note = |index: usize| Document::new(format!("n{index:03}").as_str(), "bad pain");
    for index in 0..300 {
        project.import_gold(&note(index), &[], Some(&["symptom".to_owned()])).unwrap();
    }
    let corpus = (0..300).map(|index| GoldDocument::unlabelled(note(index))).collect();
    let corpus = Arc::new(Corpus::from_documents("c", corpus));
    let handle = spawn(project, corpus, desk.scheme.clone(), move |reply| drop(sender.send(reply))).unwrap();
    assert!(matches!(replies.recv().unwrap(), Reply::Ready { .. }));
    let mut spans = Vec::new();
    handle.requests.send(Request::Export).unwrap();
    for label in 0..3 {
        handle.requests.send(Request::Edit { document: 0, edit: toggle(label as u64, label) }).unwrap();
        handle.requests.send(Request::Export).unwrap();
    }
    handle.requests.send(Request::Close).unwrap();
    for reply in &replies {
        if let Reply::Exported { exported, .. } = reply {
            spans.push(exported.spans);
        }
    }
    assert_eq!((spans.len(), spans.last()), (4, Some(&3)), "{spans:?}: the last one has all that was decided before it");
}

#[test]
fn what_is_done_in_several_notes_is_in_an_export_as_a_whole_or_not_at_all() {
    let edit = toggle(1, 1);
    let together = Request::Together { edits: [0, 199].map(|document| (document, edit.clone())).to_vec() };
    let undo = Request::Undo { document: 0, edit: edit.id };
    let told = told(&Desk::new(""), 200, vec![Request::Export, together, Request::Export, undo, Request::Close]);
    let exported: Vec<&String> = told.iter().filter(|told| told.contains("exported")).collect();
    assert_eq!(exported, ["200 exported", "202 exported"], "{told:?}");
}

#[test]
fn an_export_beside_a_project_replaces_nothing_but_the_last_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = Project::open(&folder.path().join("ward.db"), "anna").unwrap();
    project.import_gold(&Document::new("a", "bad pain"), &[], Some(&["symptom".to_owned()])).unwrap();
    let place = folder.path().join("ward.gold.jsonl");
    let mut export = |own: Option<&str>| -> Result<String, StoreError> {
        own.into_iter().for_each(|text| std::fs::write(&place, text).unwrap());
        project.begin_export()?.go_on(&mut project, 10)?;
        Ok(std::fs::read_to_string(&place).unwrap())
    };
    let gold = export(None).unwrap();
    assert_eq!(export(None).unwrap(), gold);
    let own = gold.clone() + "\n";
    assert!(matches!(export(Some(&own)), Err(StoreError::NotOurs(_))));
    assert_eq!(std::fs::read_to_string(folder.path().join("ward.gold.jsonl")).unwrap(), own);
    assert_eq!(export(Some(&gold)).unwrap(), gold);
    // The program ended before what was expected was in its place; and the tables were made again.
    project.expect_export("another".to_owned(), &folder.path().join("ward.gold.jsonl")).unwrap();
    project.rebuild().unwrap();
    project.begin_export().unwrap();
}

/// An output, and a session that changes a note once something was written.
struct Meddled<'a> {
    desk: &'a Desk,
    written: usize,
}

impl Write for Meddled<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.written == 0 {
            self.desk.open().import_gold(&Document::new("b", "ache"), &[], None).unwrap();
        }
        self.written += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_export_shows_the_project_as_it_is_at_one_moment() {
    let desk = Desk::new("");
    let mut project = desk.open();
    for id in ["a", "b"] {
        project.import_gold(&Document::new(id, "ache"), &[Span { start: 0, end: 4, label: "symptom".into() }], None).unwrap();
    }
    let looked = Project::look(&desk.path()).unwrap();
    let spans = || looked.export_gold(&mut Meddled { desk: &desk, written: 0 }, |_, _| {}).unwrap().spans;
    assert_eq!([spans(), spans()], [2, 1]);
}
