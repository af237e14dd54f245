//! The file: what it is made as, what is refused, who may write, what survives.

use std::fs;
use std::time::Duration;

use rusqlite::Connection;

use super::*;

#[cfg(unix)]
#[test]
fn a_project_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    project.hold().unwrap();
    desk.toggle(&mut project, 0, 0);
    let folder = desk.path().parent().unwrap().to_owned();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 3, "{files:?}");
    files.iter().for_each(|file| assert_eq!(mode(file), 0o600, "{}", file.display()));
}

#[test]
fn what_is_no_project_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("letter.txt"), "Dear colleague, thank you for referring this patient.").unwrap();
    fs::write(path("short"), "x").unwrap();
    Connection::open(path("other.db")).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    let newer = Project::open(&path("newer.db"), "a").unwrap();
    newer.connection().pragma_update(None, "user_version", schema::SCHEMA + 1).unwrap();
    newer.close().unwrap();
    let mut torn = b"SQLite format 3\0".to_vec();
    torn.resize(200, 7);
    torn[68..72].copy_from_slice(&schema::APPLICATION_ID.to_be_bytes());
    torn[60..64].copy_from_slice(&1u32.to_be_bytes());
    fs::write(path("torn.db"), torn).unwrap();
    for (name, says) in [
        ("letter.txt", "is not a Chartmark project; it was left untouched"),
        ("short", "is not a Chartmark project"),
        ("other.db", "is not a Chartmark project"),
        ("newer.db", "was written by a newer Chartmark"),
        ("torn.db", "the project file is damaged"),
    ] {
        let before = bytes(&path(name));
        let said = sentence(Project::open(&path(name), "a"));
        assert!(said.contains(says), "{name}: {said}");
        assert_eq!(bytes(&path(name)), before, "{name}");
    }
    assert!(sentence(Project::open(folder.path(), "a")).contains("is a folder, not a project file"));
    let below = path("letter.txt").join("project.db");
    assert!(sentence(Project::open(&below, "a")).contains("cannot be made"));
}

#[test]
fn a_file_left_empty_by_a_crash_becomes_a_project() {
    let desk = Desk::new("Severe chest pain.");
    fs::create_dir(desk.path().parent().unwrap()).unwrap();
    fs::write(desk.path(), "").unwrap();
    desk.toggle(&mut desk.open(), 0, 0);
    assert_eq!(desk.open().verify().unwrap(), [""; 0]);
}

#[test]
fn a_second_writer_is_told_who_has_the_project() {
    let desk = Desk::new("Severe chest pain.");
    let (mut first, mut second) = (desk.open(), desk.open());
    second.wait = Duration::ZERO;
    first.hold().unwrap();
    desk.toggle(&mut first, 0, 0);
    let said = sentence(second.hold());
    assert!(said.contains(&format!("another process (number {})", std::process::id())), "{said}");
    assert!(matches!(desk.try_toggle(&mut second, 1, 0), Err(StoreError::InUse { .. })));
    assert_eq!(desk.read(&second).annotations.count(), 1, "reading needs no lock");
    second.backup(&desk.folder.path().join("copy.db")).unwrap();

    drop(first);
    desk.toggle(&mut second, 1, 0);
    second.hold().unwrap();
}

#[test]
fn writers_in_turn_see_each_others_edits() {
    let desk = Desk::new("Severe chest pain.");
    let (mut first, mut second) = (desk.open(), desk.open());
    desk.toggle(&mut first, 0, 0);
    let event = desk.toggle(&mut second, 1, 0);
    let (_, entry) = first.undo(&desk.document, event).unwrap();
    assert_eq!(entry.decided, 1);
    assert_eq!(desk.try_toggle(&mut second, 2, 0).unwrap().1.decided, 2);
    assert_eq!(first.verify().unwrap(), [""; 0]);
}

#[test]
fn a_closed_project_is_one_file() {
    let desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    project.hold().unwrap();
    desk.toggle(&mut project, 0, 0);
    project.close().unwrap();
    let copy = desk.folder.path().join("copy.db");
    fs::copy(desk.path(), &copy).unwrap();
    let left: Vec<_> = fs::read_dir(desk.path().parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("-wal")), "{left:?}");
    let copied = Project::open(&copy, "b").unwrap();
    assert_eq!(desk.read(&copied).annotations.count(), 1);
}

#[test]
fn closing_waits_for_nobody() {
    let desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    project.hold().unwrap();
    desk.toggle(&mut project, 0, 0);
    let reader = desk.open();
    assert_eq!(desk.read(&reader).annotations.count(), 1);
    project.close().unwrap();
    assert_eq!(desk.read(&reader).annotations.count(), 1);
    reader.close().unwrap();
    assert_eq!(desk.read(&desk.open()).annotations.count(), 1);
}

#[test]
fn on_a_network_file_system_there_is_no_shared_log() {
    let desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    assert_eq!(project.notice(), None);
    project.remote = true;
    project.hold().unwrap();
    desk.toggle(&mut project, 0, 0);
    assert!(project.notice().unwrap().contains("network file system"));
    assert!(!disk::beside(&desk.path(), "-wal").exists());
    assert_eq!(desk.read(&project).annotations.count(), 1);
    let raw = Connection::open(desk.path()).unwrap();
    raw.busy_timeout(Duration::ZERO).unwrap();
    assert!(raw.query_row("SELECT count(*) FROM event", [], |_| Ok(())).is_err(), "nobody else gets in");
    project.close().unwrap();
    assert_eq!(desk.read(&desk.open()).annotations.count(), 1);
}

/// What a kill leaves behind is the file and its log at that moment.
#[test]
fn whatever_was_saved_survives_a_kill_at_any_moment() {
    let desk = Desk::new("Severe upper abdominal pain since yesterday.");
    let mut project = desk.open();
    project.hold().unwrap();
    for saved in 1..=6 {
        desk.toggle(&mut project, saved - 1, 0);
        let crashed = desk.folder.path().join(format!("crashed-{saved}.db"));
        for suffix in ["", "-wal"] {
            fs::copy(disk::beside(&desk.path(), suffix), disk::beside(&crashed, suffix)).unwrap();
        }
        // The next write was under way: half a frame at the end of the log.
        let mut log = bytes(&disk::beside(&crashed, "-wal"));
        log.extend(std::iter::repeat_n(0x5a, 1000));
        fs::write(disk::beside(&crashed, "-wal"), log).unwrap();
        let mut again = Project::open(&crashed, "b").unwrap();
        assert_eq!(desk.read(&again).annotations.count(), saved);
        assert_eq!(again.verify().unwrap(), [""; 0]);
        desk.toggle(&mut again, 0, 1);
    }
}

#[test]
fn a_full_disk_loses_the_last_change_and_nothing_else() {
    let desk = Desk::new(&"Severe chest pain. ".repeat(2000));
    let mut project = desk.open();
    let first = desk.toggle(&mut project, 0, 0);
    let pages: i64 = project.connection().pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    project.connection().pragma_update_and_check(None, "max_page_count", pages + 2, |_| Ok(())).unwrap();
    let accept = Annotations::default().accept(EditId(9), 0..4000, crate::domain::Scope::Document, &desk.shown());
    let said = sentence(desk.save(&mut project, &accept));
    assert!(said.contains("the last change was not saved; what was saved before is safe"), "{said}");
    assert_eq!(project.last_event().unwrap(), first);
    assert_eq!(desk.read(&project).annotations.count(), 1);
    project.connection().pragma_update_and_check(None, "max_page_count", 1_000_000, |_| Ok(())).unwrap();
    assert_eq!(desk.save(&mut project, &accept).unwrap().0.event, first + 1, "with room again, saving goes on");
    assert_eq!(project.verify().unwrap(), [""; 0]);
}

#[test]
fn a_backup_is_a_whole_project_and_never_overwrites() {
    let desk = Desk::new("Severe chest pain.");
    let mut project = desk.open();
    project.hold().unwrap();
    desk.toggle(&mut project, 0, 0);
    let copy = desk.folder.path().join("copy.db");
    project.backup(&copy).unwrap();
    assert!(sentence(project.backup(&copy)).contains("exists already; nothing was written"));
    assert!(sentence(project.backup(&desk.folder.path().join("no/such/folder"))).contains("cannot be written"));
    desk.toggle(&mut project, 1, 0);
    assert!(!disk::beside(&copy, "-wal").exists());
    let copied = Project::open(&copy, "b").unwrap();
    assert_eq!(desk.read(&copied).annotations.count(), 1);
    assert_eq!(copied.verify().unwrap(), [""; 0]);
}

#[test]
fn reminders_outlive_the_making_of_the_tables_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = Project::open(&folder.path().join("p.db"), "a").unwrap();
    assert_eq!(project.tutorial().unwrap(), None);
    project.set_corpus("/notes").unwrap();
    project.set_tutorial("at move").unwrap();
    project.set_tutorial("left move").unwrap();
    project.rebuild().unwrap();
    let reminders = (project.corpus().unwrap(), project.tutorial().unwrap());
    assert_eq!(reminders, (Some("/notes".into()), Some("left move".into())));
    assert_eq!((project.verify().unwrap(), project.last_event().unwrap()), (vec![], 0));
}
