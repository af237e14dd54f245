//! What versions have changed, kept for the next session.

use super::*;
use crate::domain::{Changes, Flip, LabelSet, MAX_FLIPS, TextHash, Turned, Verdict};
use crate::store::Changed;

fn set(labels: &[usize]) -> LabelSet {
    labels.iter().copied().collect()
}

/// The document and index of a word, the word, and the labels that it was shown with before and after.
type Word<'a> = (usize, usize, &'a str, &'a [usize], &'a [usize]);

/// Words with what was shown before and after, in the documents "n0", "n1" and so on.
fn changes(from: u64, to: u64, words: &[Word<'_>]) -> Changes {
    let mut changes = Changes { from, to, turned: Turned { documents: 2, read: 5, ..Turned::new(3) }, ..Changes::default() };
    for (document, word, text, before, after) in words {
        let (before, after) = (set(before), set(after));
        changes.turned.count(before, after);
        changes.flips.push(Flip { document: *document, word: *word, text: (*text).into(), before, after });
        changes.texts.insert(*document, TextHash::of(text));
    }
    changes
}

fn id(index: usize) -> Option<crate::domain::DocumentId> {
    Some(format!("n{index}").as_str().into())
}

fn index(id: &str) -> Option<usize> {
    id.strip_prefix('n')?.parse().ok()
}

/// A project with an active version.
fn with_version() -> (Desk, Project) {
    let desk = Desk::new("Severe pain.");
    let mut project = desk.open();
    project.add_version(&learning::trained(Verdict::Activated), "e").unwrap();
    (desk, project)
}

#[test]
fn what_a_version_has_changed_is_there_when_the_project_is_opened_again() {
    let (desk, mut project) = with_version();
    let found = changes(0, 1, &[(0, 3, "pain", &[], &[0, 2]), (4, 7, "ache", &[0], &[]), (4, 9, "a", &[1], &[0])]);
    project.keep_changes(&found, &desk.scheme, id).unwrap();
    project.close().unwrap();

    let mut project = desk.open();
    assert_eq!(project.last_changes(&desk.scheme, index).unwrap().as_ref(), Some(&found));
    let label = |name: &str, on, off| (name.to_owned(), on, off);
    let labels = vec![label("symptom", 2, 1), label("severity", 0, 1), label("anatomy", 1, 0)];
    let summary = Changed { before: 0, words: 3, documents: 2, read: 5, labels };
    assert_eq!(project.changed(1, 0, &desk.scheme).unwrap(), Some(summary.clone()));
    project.rebuild().unwrap();
    assert_eq!(project.changed(1, 0, &desk.scheme).unwrap(), Some(summary), "it can't be made again from the events");
    assert_eq!(project.verify().unwrap(), [""; 0]);

    // Labels are told by name, and documents by id, wherever these stand now.
    let mut other = desk.scheme.clone();
    other.labels.rotate_left(1);
    (other.labels[2].name, other.labels[2].was) = ("finding".to_owned(), vec!["symptom".to_owned()]);
    let read = project.last_changes(&other, |id| index(id)?.checked_sub(4)).unwrap().unwrap();
    let words: Vec<_> = read.flips.iter().map(|flip| (flip.document, flip.word, flip.before, flip.after)).collect();
    assert_eq!(words, [(0, 7, set(&[2]), set(&[])), (0, 9, set(&[0]), set(&[2]))]);
    assert_eq!(read.turned.labels, [(0, 1), (1, 0), (2, 1)]);
    assert_eq!(project.changed(1, 0, &other).unwrap().unwrap().labels[0], label("finding", 2, 1));
    // A word whose only change was of a label that is gone is no change.
    other.labels.pop();
    assert_eq!(project.last_changes(&other, index).unwrap().unwrap().flips.len(), 2);
}

#[test]
fn the_changes_are_those_of_the_version_in_use() {
    let (desk, mut project) = with_version();
    let last = |project: &Project| project.last_changes(&desk.scheme, index).unwrap().map(|found| (found.from, found.to));
    assert_eq!(last(&project), None);
    let (there, back) = (changes(0, 1, &[(0, 0, "a", &[], &[0])]), changes(1, 0, &[(0, 0, "a", &[0], &[])]));
    project.keep_changes(&there, &desk.scheme, id).unwrap();
    assert_eq!(last(&project), Some((0, 1)));
    project.rollback(None).unwrap();
    assert_eq!(last(&project), None, "the session has ended before the notes were compared");
    project.keep_changes(&back, &desk.scheme, id).unwrap();
    assert_eq!(last(&project), Some((1, 0)));
    project.activate(1, None).unwrap();
    project.keep_changes(&there, &desk.scheme, id).unwrap();
    assert_eq!(last(&project), Some((0, 1)));

    // A version is told beside the one it was made from, or else beside the one before it.
    project.add_version(&learning::trained(Verdict::KeptAside), "e").unwrap();
    let before = |project: &Project, base| project.changed(2, base, &desk.scheme).unwrap().map(|found| found.before);
    assert_eq!(before(&project, 0), None);
    for (from, expected) in [(1, 1), (0, 0), (1, 0)] {
        project.keep_changes(&changes(from, 2, &[]), &desk.scheme, id).unwrap();
        assert_eq!(before(&project, 0), Some(expected));
    }
}

#[test]
fn what_was_found_in_more_notes_is_kept() {
    let (desk, mut project) = with_version();
    let more = changes(0, 1, &[(0, 3, "pain", &[], &[0, 2]), (4, 7, "ache", &[0], &[])]);
    let fewer = |read| {
        let mut fewer = changes(0, 1, &[(0, 3, "pain", &[], &[1])]);
        fewer.turned.read = read;
        fewer
    };
    project.keep_changes(&more, &desk.scheme, id).unwrap();
    project.rollback(None).unwrap();
    project.keep_changes(&changes(1, 0, &[(0, 3, "pain", &[0], &[])]), &desk.scheme, id).unwrap();
    project.activate(1, None).unwrap();
    for read in [0, 4] {
        // The session ended before all notes were read again.
        project.keep_changes(&fewer(read), &desk.scheme, id).unwrap();
        assert_eq!(project.last_changes(&desk.scheme, index).unwrap().as_ref(), Some(&more), "{read} notes");
    }
    project.keep_changes(&fewer(5), &desk.scheme, id).unwrap();
    assert_eq!(project.last_changes(&desk.scheme, index).unwrap(), Some(fewer(5)));
}

#[test]
fn many_changes_are_all_counted_and_the_first_are_kept() {
    let (desk, mut project) = with_version();
    let words: Vec<_> = (0..MAX_FLIPS + 500).map(|word| (word / 100, word, "ibuprofen", &[][..], &[1, 2][..])).collect();
    project.keep_changes(&changes(0, 1, &words), &desk.scheme, id).unwrap();
    let read = project.last_changes(&desk.scheme, index).unwrap().unwrap();
    assert_eq!((read.flips.len(), read.turned.words, read.turned.labels[1]), (MAX_FLIPS, MAX_FLIPS + 500, (MAX_FLIPS + 500, 0)));
    let sql = "SELECT length(places) FROM version_change";
    let length: i64 = project.connection().query_row(sql, [], |row| row.get(0)).unwrap();
    assert!(length < 350_000, "{length} bytes");
}

#[test]
fn a_project_without_them_is_brought_up_to_date() {
    let (desk, project) = with_version();
    let before = project.versions().unwrap();
    project.connection().execute_batch("DROP TABLE version_change; DROP INDEX event_of_name; PRAGMA user_version = 4;").unwrap();
    project.close().unwrap();
    assert!(matches!(Project::look(&desk.path()), Err(StoreError::Older(_))));
    let mut project = desk.open();
    assert!(project.notice().unwrap().contains("version-4.backup"), "{:?}", project.notice());
    assert_eq!((project.versions().unwrap(), project.active().unwrap()), (before, 1));
    assert_eq!(project.changed(1, 0, &desk.scheme).unwrap(), None);
    assert_eq!(project.last_changes(&desk.scheme, index).unwrap(), None);
    project.keep_changes(&changes(0, 1, &[(0, 0, "a", &[], &[0])]), &desk.scheme, id).unwrap();
    assert_eq!(project.verify().unwrap(), [""; 0]);
    project.close().unwrap();
    assert!(desk.open().last_changes(&desk.scheme, index).unwrap().is_some());
}
