use std::os::unix::fs::PermissionsExt as _;
use std::sync::mpsc::{Receiver, channel};

use super::*;

fn key(id: u32) -> Key {
    Key::new(&blake3::hash(b"arithmetic"), Pooling::Mean, [2, id, 3].into_iter(), std::slice::from_ref(&(1..2)))
}

fn cache(folder: &Path, limit: u64) -> (DiskCache, Receiver<String>) {
    let (say, said) = channel();
    (DiskCache::new(folder.join("vectors"), limit, move |sentence| say.send(sentence).unwrap()), said)
}

/// Keeps these numbers and waits until they are on disk.
fn keep(folder: &Path, limit: u64, ids: impl IntoIterator<Item = u32>) {
    let (cache, said) = cache(folder, limit);
    ids.into_iter().for_each(|id| cache.put(key(id), vec![f16::from_f32(id as f32); 100]));
    drop(cache);
    assert_eq!(said.try_recv().ok(), None);
}

fn held(folder: &Path, ids: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let (cache, _) = cache(folder, 0);
    ids.into_iter()
        .filter(|&id| cache.get(&key(id), 100).is_some_and(|numbers| numbers == vec![f16::from_f32(id as f32); 100]))
        .collect()
}

#[test]
fn keys_tell_everything_apart_that_vectors_depend_on() {
    let arithmetic = [blake3::hash(b"one"), blake3::hash(b"other")];
    let mut keys = std::collections::HashSet::new();
    let (one, two) = (vec![1..2, 2..3], vec![1..3, 3..3]);
    for arithmetic in &arithmetic {
        for pooling in [Pooling::Mean, Pooling::First, Pooling::Last] {
            for ids in [vec![2, 5, 6, 3], vec![2, 5, 7, 3], vec![2, 5, 6, 6, 3]] {
                for rows in [&one, &two] {
                    keys.insert(Key::new(arithmetic, pooling, ids.iter().copied(), rows));
                }
            }
        }
    }
    assert_eq!(keys.len(), 2 * 3 * 3 * 2);
}

#[test]
fn entries_come_back_bit_by_bit_and_nobody_else_may_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let odd = vec![f16::MIN_POSITIVE_SUBNORMAL, f16::NEG_ZERO, f16::NAN, f16::INFINITY, f16::from_f32(0.1)];
    let (cache, _) = cache(folder.path(), 1 << 20);
    assert_eq!(cache.get(&key(1), 5), None);
    assert!(!folder.path().join("vectors").exists(), "nothing is made before something is kept");
    cache.put(key(1), odd.clone());
    drop(cache);
    let (cache, _) = self::cache(folder.path(), 1 << 20);
    let bits = |numbers: Vec<f16>| numbers.into_iter().map(f16::to_bits).collect::<Vec<_>>();
    assert_eq!(cache.get(&key(1), 5).map(bits), Some(bits(odd)));
    assert_eq!(cache.get(&key(1), 4), None, "of another encoder's width");
    let path = key(1).path(&folder.path().join("vectors"));
    for (path, mode) in [(&*path, 0o600), (path.parent().unwrap(), 0o700), (&folder.path().join("vectors"), 0o700)] {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
    }
}

#[test]
fn a_broken_entry_is_none_and_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path(), 1 << 20, 0..5);
    let path = |id: u32| key(id).path(&folder.path().join("vectors"));
    let bytes = std::fs::read(path(1)).unwrap();
    let mut flipped = bytes.clone();
    flipped[HEADER + 7] ^= 1;
    std::fs::write(path(1), flipped).unwrap();
    std::fs::write(path(2), &bytes[..HEADER]).unwrap();
    std::fs::write(path(3), &bytes).unwrap();
    std::fs::write(path(4), b"").unwrap();
    assert_eq!(held(folder.path(), 0..5), [0]);
    let found = look(&folder.path().join("vectors")).unwrap();
    assert_eq!((found.entries, found.broken), (5, 4), "another's content is as broken as a flipped bit");
    keep(folder.path(), 1 << 20, 1..5);
    assert_eq!(held(folder.path(), 0..5), [0, 1, 2, 3, 4]);
    assert_eq!(look(&folder.path().join("vectors")).unwrap().broken, 0);
}

#[test]
fn entries_used_longest_ago_make_room() {
    let folder = tempfile::tempdir().unwrap();
    let size = (HEADER + 200) as u64;
    keep(folder.path(), 8 * size, 0..8);
    let (cache, _) = cache(folder.path(), 0);
    let ages = |ids: std::ops::Range<u32>| {
        for id in ids {
            let file = File::options().write(true).open(key(id).path(&folder.path().join("vectors"))).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(id.into())).unwrap();
        }
    };
    ages(0..8);
    assert!(cache.get(&key(0), 100).is_some(), "used just now");
    keep(folder.path(), 8 * size, [8]);
    assert_eq!(held(folder.path(), 0..9), [0, 2, 3, 4, 5, 6, 7, 8]);
    keep(folder.path(), size - 1, [9]);
    assert!(held(folder.path(), 9..10).is_empty(), "one that is larger than all there is room for");
}

#[test]
fn what_a_run_has_used_does_not_make_room_for_more_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let size = (HEADER + 200) as u64;
    keep(folder.path(), 8 * size, 0..30);
    assert_eq!(held(folder.path(), 0..30), Vec::from_iter(0..8));
    for id in 0..8 {
        let file = File::options().write(true).open(key(id).path(&folder.path().join("vectors"))).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }
    let (cache, _) = cache(folder.path(), 8 * size);
    (0..4).for_each(|id| assert!(cache.get(&key(id), 100).is_some()));
    (30..60).for_each(|id| cache.put(key(id), vec![f16::from_f32(id as f32); 100]));
    drop(cache);
    assert_eq!(held(folder.path(), 0..60), [0, 1, 2, 3, 30, 31, 32, 33], "what an earlier run has left does");
}

#[test]
fn a_folder_that_cannot_be_written_costs_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("vectors"), "a file").unwrap();
    let (cache, said) = cache(folder.path(), 1 << 20);
    (0..200).for_each(|id| cache.put(key(id), vec![f16::ZERO; 10]));
    assert_eq!(cache.get(&key(0), 10), None);
    drop(cache);
    let sentences: Vec<String> = said.iter().collect();
    assert!(matches!(&sentences[..], [only] if only.contains("works without it")), "{sentences:?}");
}

#[test]
fn clearing_removes_entries_alone() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path(), 1 << 20, 0..3);
    let own = folder.path().join("vectors");
    std::fs::write(own.join("letter.txt"), "mine").unwrap();
    std::fs::create_dir_all(own.join("ab")).unwrap();
    std::fs::write(own.join("ab/letter.txt"), "mine").unwrap();
    let found = clear(&own).unwrap();
    assert_eq!((found.entries, held(folder.path(), 0..3)), (3, vec![]));
    assert!(own.join("letter.txt").exists() && own.join("ab/letter.txt").exists());
    assert_eq!(clear(&own).unwrap(), Found::default());
    assert_eq!(look(&folder.path().join("nowhere")).unwrap(), Found::default());
}

#[test]
fn many_writers_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                keep(folder.path(), 1 << 20, 0..40);
                assert_eq!(held(folder.path(), 0..40).len(), 40);
            });
        }
    });
    let left = std::fs::read_dir(folder.path().join("vectors")).unwrap();
    assert!(left.map(|entry| entry.unwrap().file_name()).all(|name| name.len() == 2), "nothing is left half-written");
}
