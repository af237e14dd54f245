//! Word vectors that are kept from run to run.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;

use super::desk::{Desk, check};

/// The files below a folder.
fn files(folder: PathBuf) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(path) } else { vec![path] }).collect()
}

fn kept(desk: &Desk) -> Vec<PathBuf> {
    files(desk.path("home/XDG_CACHE_HOME"))
}

#[test]
fn the_second_run_takes_the_vectors_of_the_first() {
    let desk = Desk::new();
    let model = desk.trained();
    let call = format!("predict note.txt --format jsonl --model {model}");
    let fresh = desk.call(&format!("{call} --no-cache"));
    check(&fresh, 0, &[]);
    assert!(kept(&desk).is_empty(), "not when told not to");
    let first = desk.call(&call);
    let [entry] = &kept(&desk)[..] else { panic!("one window, one entry: {:?}", kept(&desk)) };
    assert!(!entry.to_string_lossy().contains("note"), "{}", entry.display());
    assert_eq!(std::fs::metadata(entry).unwrap().permissions().mode() & 0o777, 0o600);
    // An entry comes into place by a new name for a new file.
    let made = || std::fs::metadata(entry).unwrap().ino();
    let before = made();
    assert_eq!(desk.call(&call).stdout, first.stdout);
    assert_eq!(first.stdout, fresh.stdout);
    assert_eq!((kept(&desk).len(), made()), (1, before), "taken, not written again");
    check(&desk.call(&format!("evaluate --gold gold.jsonl --model {model}")), 0, &[]);
    assert!(kept(&desk).len() > 1, "other commands share it");

    // A broken one is replaced, and told by the doctor alone.
    std::fs::write(entry, "broken").unwrap();
    let doctor = desk.call(&format!("doctor note.txt --model {model}"));
    check(&doctor, 0, &[]);
    assert!(
        doctor.stdout.contains("! 3 windows of word vectors") && doctor.stdout.contains(": 1 are damaged"),
        "{}",
        doctor.stdout
    );
    let again = desk.call(&call);
    assert_eq!((again.stdout, again.stderr), (first.stdout, first.stderr));
    let doctor = desk.call(&format!("doctor note.txt --model {model}"));
    assert!(doctor.stdout.contains("✓ 3 windows of word vectors"), "{}", doctor.stdout);

    let cleared = desk.call("doctor --clear-cache");
    check(&cleared, 0, &[]);
    assert!(cleared.stdout.starts_with("3 windows of word vectors"), "{}", cleared.stdout);
    assert!(kept(&desk).is_empty());
}

#[test]
fn the_environment_says_where_and_how_much() {
    let desk = Desk::new();
    let model = desk.trained();
    let predict = |variables: &[(&str, &str)]| desk.with(variables, &format!("predict note.txt --model {model}"));
    check(&predict(&[("CHARTMARK_CACHE", "off")]), 0, &[]);
    check(&predict(&[("CHARTMARK_CACHE_SIZE", "0")]), 0, &[]);
    check(&predict(&[("CHARTMARK_CACHE_SIZE", "much")]), 2, &["CHARTMARK_CACHE_SIZE: cache_size can't be 'much'", "500MB"]);
    assert!(kept(&desk).is_empty());
    let elsewhere = desk.path("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let mode = |folder: &std::path::Path| std::fs::metadata(folder).unwrap().permissions().mode() & 0o777;
    std::fs::set_permissions(&elsewhere, std::fs::Permissions::from_mode(0o755)).unwrap();
    check(&predict(&[("CHARTMARK_CACHE", elsewhere.to_str().unwrap())]), 0, &[]);
    let own = elsewhere.join("chartmark-vectors");
    assert_eq!((mode(&elsewhere), mode(&own)), (0o755, 0o700), "nobody is shut out of a folder of theirs");
    assert_eq!((kept(&desk).len(), files(own).len()), (0, 1));

    // Where nothing can be kept it says so, once, and works.
    desk.write("file", "in the way");
    let refused = predict(&[("CHARTMARK_CACHE", desk.path("file/cache").to_str().unwrap())]);
    check(&refused, 0, &["word vectors can't be kept in", "works without it"]);
    assert_eq!(refused.stderr.matches("can't be kept").count(), 1, "{}", refused.stderr);
    assert_eq!(refused.stdout, predict(&[("CHARTMARK_CACHE", "off")]).stdout);
}
