//! The log of events: only ever added to, and proof against quiet changes; all else can be made again from it.

use rusqlite::Connection;

use super::*;
use crate::domain::Span;

/// A project with some of everything in it.
fn busy() -> (Desk, Project) {
    let desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    let first = desk.toggle(&mut project, 0, 0);
    desk.toggle(&mut project, 2, 0);
    project.undo(&desk.document, first + 1).unwrap();
    dispose(&mut project, &desk.document, Disposition::Done);
    let other = Document::new("b", "No pain.");
    let span = Span { start: 3, end: 7, label: "symptom".into() };
    project.import_gold(&other, &[span], Some(&["symptom".into()])).unwrap();
    project.set_scheme(&desk.scheme).unwrap();
    project.set_corpus("/notes").unwrap();
    project.add_version(&learning::trained(crate::domain::Verdict::Activated), "e1").unwrap();
    (desk, project)
}

#[test]
fn events_cannot_be_changed_or_deleted() {
    let (_desk, project) = busy();
    for sql in [
        "UPDATE event SET annotator = 'somebody else' WHERE seq = 2",
        "DELETE FROM event WHERE seq = 2",
        "INSERT OR REPLACE INTO event SELECT * FROM event WHERE seq = 2",
    ] {
        let error = project.connection().execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("events are"), "{sql}: {error}");
    }
    assert_eq!(project.verify().unwrap(), [""; 0]);
}

#[test]
fn tampering_is_noticed() {
    for (sql, noticed) in [
        ("UPDATE event SET annotator = 'somebody else' WHERE seq = 2", "event 2 is not what was recorded"),
        ("UPDATE event SET at = at + 1 WHERE seq = 3", "event 3 is not what was recorded"),
        ("UPDATE event SET content = CAST('Mild chest pain.' AS BLOB) WHERE seq = 1", "event 1 is not what was recorded"),
        ("UPDATE event SET payload = replace(payload, '\"p\"', '\"a\"') WHERE seq = 2", "event 2 is not what was recorded"),
        ("DELETE FROM event WHERE seq = 4", "event 5 is not what was recorded"),
        ("UPDATE document SET decided = 7", "differs from its events"),
        ("DELETE FROM document WHERE id = 'b'", "differs from its events"),
        ("UPDATE project SET value = '0' WHERE key = 'active'", "the setting 'active' differs"),
        ("DELETE FROM project WHERE key = 'scheme'", "the setting 'scheme' differs"),
        ("DELETE FROM model_version", "model versions differs"),
    ] {
        let (desk, project) = busy();
        drop(project);
        let raw = Connection::open(desk.path()).unwrap();
        raw.execute_batch("PRAGMA foreign_keys = OFF; DROP TRIGGER event_update; DROP TRIGGER event_delete;").unwrap();
        assert!(raw.execute(sql, []).unwrap() > 0, "{sql}");
        drop(raw);
        let found = desk.open().verify().unwrap();
        assert!(found.iter().any(|found| found.contains(noticed)), "{sql}: {found:?}");
    }
}

#[test]
fn the_summaries_can_be_made_again_from_the_events() {
    let (desk, mut project) = busy();
    let dump = |project: &Project| {
        let ids = [desk.document.id.clone(), "b".into()];
        (
            project.queue(&ids).unwrap(),
            project.documents().unwrap(),
            project.document(&ids[0]).unwrap(),
            project.versions().unwrap(),
            project.active().unwrap(),
            project.scheme().unwrap(),
            project.corpus().unwrap(),
        )
    };
    let before = dump(&project);
    assert_eq!(before.0.iter().map(|entry| entry.decided).collect::<Vec<_>>(), [1, 0]);
    project
        .connection()
        .execute_batch("UPDATE document SET decided = 9; UPDATE project SET value = '0' WHERE key = 'active'")
        .unwrap();
    assert_ne!(dump(&project), before);
    project.rebuild().unwrap();
    assert_eq!(dump(&project), before);
    assert_eq!(project.verify().unwrap(), [""; 0]);
}
