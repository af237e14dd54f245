use std::fs;

use super::*;

/// Writes `files` into a fresh folder.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// Opens a folder of `files`; expects these ids (with `*` where there is gold) and a word of each problem.
#[track_caller]
fn check(files: &[(&str, &[u8])], ids: &[&str], problems: &[&str]) {
    let folder = folder(files);
    let (corpus, found) = Corpus::open(folder.path()).unwrap();
    let star = |(index, id): (usize, &DocumentId)| {
        let gold = corpus.entries[index].gold.is_some();
        format!("{id}{}", if gold { "*" } else { "" })
    };
    assert_eq!(corpus.ids().enumerate().map(star).collect::<Vec<_>>(), ids);
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), problems.len(), "{found:?}");
    assert!(found.iter().zip(problems).all(|(found, words)| found.contains(words)), "{found:?}");
    for (index, id) in corpus.ids().enumerate() {
        assert_eq!(corpus.index_of(id), Some(index));
    }
}

#[test]
fn notes_are_listed_in_natural_order_and_other_files_are_not() {
    check(
        &[
            ("n10.txt", b"x"),
            ("n2.TXT", b"x"),
            ("ward/a.md", b"x"),
            ("ward/note", b""),
            ("z.text", b"x"),
            (".hidden.txt", b"x"),
            (".chartmark/project.db", b"x"),
            (".git/note.txt", b"x"),
            ("README.md", b"about"),
            ("scan.pdf", b"x"),
            ("table.csv", b"x"),
        ],
        &["n2.TXT", "n10.txt", "ward/a.md", "ward/note", "z.text"],
        &["2 files were left out for their endings (.csv, .pdf)"],
    );
}

#[test]
fn the_labels_of_all_gold_are_known() {
    let gold = br#"{"id":"a","text":"pain now","spans":[{"start":0,"end":4,"label":"s"},{"start":5,"end":8,"label":"b"}]}
{"id":"b","text":"fever","spans":[{"start":0,"end":5,"label":"s"}]}
{"id":"c","text":"fever","spans":[]}"#;
    let files = folder(&[("a.txt", b"pain now"), ("gold.jsonl", gold)]);
    assert_eq!(Corpus::open(files.path()).unwrap().0.gold_labels(), ["b", "s"]);
    assert!(Corpus::open(&files.path().join("a.txt")).unwrap().0.gold_labels().is_empty());
}

#[test]
fn gold_beside_the_notes_is_attached_to_them() {
    let gold = br#"{"id":"a","text":"pain","spans":[{"start":0,"end":4,"label":"s"}]}
{"id":"w/b.txt","text":"fever","spans":[]}
{"id":"c","text":"another","spans":[]}
{"id":"new","text":"more"}
"#;
    let again = br#"{"id":"a","text":"pain","spans":[]}
{"id":"a.txt","text":"pain","words":[],"model":"m"}
{"id":"new","text":"less"}
{"id":"new","text":"twice"}
"#;
    check(
        &[("a.txt", b"pain"), ("w/b.txt", b"fever"), ("c.txt", b"cough"), ("gold.jsonl", gold), ("later.jsonl", again)],
        &["a.txt*", "c.txt", "w/b.txt*", "c*", "new", "later.jsonl/new"],
        &[
            "'c' has another text",
            "later.jsonl:4: a document with this id",
            "'a' has gold from another file",
            "'new' has another",
        ],
    );
}

#[test]
fn texts_are_read_when_asked_for_and_gold_of_a_changed_text_is_left_out() {
    let gold = r#"{"id":"a","text":"é pain","spans":[{"start":2,"end":6,"label":"s"}],"meta":{"ward":3}}"#;
    let folder = folder(&[("a.txt", "é pain".as_bytes()), ("b.txt", b"na\xefve"), ("gold.jsonl", gold.as_bytes())]);
    let (corpus, _) = Corpus::open(folder.path()).unwrap();
    let Loaded { document, gold } = corpus.load(0).unwrap();
    let gold = gold.unwrap();
    assert_eq!((&*document.text, &document.text[gold[0].start..gold[0].end]), ("é pain", "pain"));
    assert_eq!(document.meta["ward"], 3);
    assert!(corpus.load(1).unwrap_err().to_string().contains("byte 2"));
    assert!(corpus.load(2).unwrap_err().to_string().contains("no document number 3"));
    fs::write(folder.path().join("a.txt"), "x").unwrap();
    let Loaded { document, gold } = corpus.load(0).unwrap();
    assert_eq!((&*document.text, gold), ("x", None));
    fs::remove_file(folder.path().join("a.txt")).unwrap();
    assert!(corpus.load(0).unwrap_err().to_string().contains("a.txt could not be read"));
}

#[test]
fn a_single_file_is_a_corpus() {
    let gold = b"{\"id\":\"1\",\"text\":\"x\",\"spans\":[]}\nbad\n{\"id\":\"2\",\"text\":\"y\"}\n";
    let folder = folder(&[("note.log", b"pain\r\n"), ("gold.JSONL", gold)]);
    let (note, problems) = Corpus::open(&folder.path().join("note.log")).unwrap();
    assert_eq!((note.name(), note.len(), problems.len()), ("note.log", 1, 0));
    assert_eq!(&*note.load(0).unwrap().document.text, "pain\r\n");
    let (gold, problems) = Corpus::open(&folder.path().join("gold.JSONL")).unwrap();
    assert_eq!(gold.ids().map(DocumentId::as_str).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [Some(2)]);
    let loaded = [0, 1].map(|index| gold.load(index).unwrap().gold);
    assert_eq!(loaded, [Some(vec![]), None]);
}

#[test]
fn what_cannot_be_opened_gets_a_sentence() {
    let folder = folder(&[
        ("empty.txt", b""),
        ("empty.jsonl", b"\n"),
        ("latin.txt", b"na\xefve"),
        ("bad.jsonl", b"secret\n"),
        ("none/scan.pdf", b"x"),
        ("none/.x.txt", b"x"),
        ("bare/.x.txt", b"x"),
    ]);
    let rows = [
        ("missing", "there is nothing at"),
        ("empty.txt", "is empty (0 bytes)"),
        ("empty.jsonl", "is empty"),
        ("latin.txt", "iconv -f latin1 -t utf-8"),
        ("bad.jsonl", "line 1: this is not valid JSON"),
        ("none", "1 file was left out for its ending (.pdf)"),
        ("bare", "there are no notes in"),
        ("empty.txt/x", "could not be read"),
    ];
    for (name, words) in rows {
        let error = Corpus::open(&folder.path().join(name)).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains(name) && error.contains("nothing was changed"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn links_to_folders_do_not_send_it_round_in_circles() {
    let folder = folder(&[("a/n.txt", b"x")]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("a/up")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("a/n.txt"), folder.path().join("m.txt")).unwrap();
    let (corpus, problems) = Corpus::open(folder.path()).unwrap();
    assert_eq!(corpus.ids().map(DocumentId::as_str).collect::<Vec<_>>(), ["a/n.txt", "m.txt"]);
    assert!(problems.is_empty(), "{problems:?}");
    // One that leads to nothing was meant to be a note.
    std::os::unix::fs::symlink("nowhere.txt", folder.path().join("gone.txt")).unwrap();
    let (corpus, problems) = Corpus::open(folder.path()).unwrap();
    assert_eq!((corpus.len(), problems.len()), (2, 1));
    assert!(problems[0].to_string().contains("the link gone.txt leads to nothing and was left out"), "{}", problems[0]);
}

#[test]
fn the_sample_corpus_is_whole() {
    let (assembly, problems) = assemble::assemble(listing::of_embedded(&SAMPLE));
    assert_eq!(problems, []);
    assert!(assembly.entries.iter().filter(|entry| entry.gold.is_some()).count() >= 3, "gold is attached to its notes");
    let corpus = Corpus::sample();
    assert!(corpus.len() >= 14);
    for (index, id) in corpus.ids().enumerate() {
        assert!(id.as_str().ends_with(".txt"), "{id}");
        assert!(!corpus.load(index).unwrap().document.text.is_empty());
    }
}

#[test]
fn documents_from_elsewhere_keep_their_order_and_get_ids_of_their_own() {
    let document = |id: &str| GoldDocument::unlabelled(Document::new(id, "x"));
    let corpus = Corpus::from_documents("stdin", ["b", "a", "b", "b"].map(document).into());
    assert_eq!(corpus.ids().map(DocumentId::as_str).collect::<Vec<_>>(), ["b", "a", "stdin/b", "stdin/b (2)"]);
}

#[test]
fn threads_can_share_a_corpus() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&Corpus::sample());
}
