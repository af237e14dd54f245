//! The shape of the source, as the head of `src/lib.rs` describes it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each module, and what it may use.
const ARROWS: [(&str, &[&str]); 14] = [
    ("domain", &[]),
    ("tokenization", &["domain"]),
    ("metrics", &["domain"]),
    ("active_learning", &["domain"]),
    ("formats", &["domain"]),
    ("config", &["domain", "active_learning", "formats"]),
    ("store", &["domain", "formats", "metrics", "tokenization"]),
    ("encoder", &["domain", "tokenization"]),
    ("head", &["domain", "metrics"]),
    ("training", &["domain", "tokenization", "encoder", "head", "metrics"]),
    ("simulation", &["domain", "metrics", "active_learning", "encoder", "head", "training"]),
    ("inference", &["domain", "tokenization", "metrics", "encoder", "head", "active_learning", "formats"]),
    ("tui", &["domain", "active_learning", "formats", "config", "store", "inference"]),
    (
        "cli",
        &[
            "domain",
            "tokenization",
            "metrics",
            "active_learning",
            "formats",
            "config",
            "store",
            "encoder",
            "head",
            "training",
            "simulation",
            "inference",
            "tui",
        ],
    ),
];

/// Where each of these packages may be named.
const PACKAGES: [(&[&str], &[&str]); 5] = [
    (&["ratatui", "crossterm"], &["tui"]),
    (&["candle_core", "candle_nn", "candle_transformers"], &["encoder", "head", "training", "simulation", "inference"]),
    (&["clap"], &["cli"]),
    (&["rusqlite"], &["store"]),
    (&["pulldown_cmark"], &["formats"]),
];

/// The longest file.
const MOST_LINES: usize = 600;

/// The files with `unsafe` in them: the call of the `gemm` crate, the instructions that no safe function offers, and the
/// one thing that is asked of the allocator.
const UNSAFE: [&str; 3] = ["encoder/kernels/matmul.rs", "encoder/packed/int8/dot/x86.rs", "main.rs"];

struct Source {
    /// Its path below `src`.
    path: String,
    /// The module of the crate that it belongs to.
    module: String,
    text: String,
    /// Its lines outside of tests, without comments and string literals, with their numbers.
    code: Vec<(usize, String)>,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    files(&root).iter().map(|path| source(&root, path)).collect()
}

fn source(root: &Path, path: &Path) -> Source {
    let text = std::fs::read_to_string(path).unwrap();
    let relative = path.strip_prefix(root).unwrap();
    let path: String = relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
    let module = path.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
    let is_test = relative.iter().any(|part| part == "tests" || part == "tests.rs");
    let code = if is_test { Vec::new() } else { code_of(&text) };
    Source { path, module, text, code }
}

/// The lines without those of items that are for tests alone, without comments and string literals.
fn code_of(text: &str) -> Vec<(usize, String)> {
    let (mut code, mut lines) = (Vec::new(), text.lines().zip(1..));
    while let Some((line, number)) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            // The item ends with its first line, or with a brace that stands where it began.
            let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
            let mut more = lines.next().is_some_and(|(line, _)| !line.trim_end().ends_with(';'));
            while more {
                more = lines.next().is_some_and(|(line, _)| line.trim_end() != end);
            }
            continue;
        }
        code.push((number, bare(line)));
    }
    code.retain(|(_, line)| !line.trim().is_empty());
    code
}

/// All Rust files below a folder.
fn files(root: &Path) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// A line without what stands in its string literals and comments.
fn bare(line: &str) -> String {
    let (mut out, mut quoted, mut escaped) = (String::new(), false, false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '/' if !quoted && chars.peek() == Some(&'/') => break,
            '"' if !escaped && !out.ends_with('\'') => {
                quoted = !quoted;
                out.push(c);
            }
            _ if !quoted => out.push(c),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    out
}

/// The words of a line of code: identifiers and keywords.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The crate's modules that a line names by `crate::`.
fn used(line: &str) -> BTreeSet<&str> {
    let after = line.split("crate::").skip(1).filter(|rest| !rest.starts_with('{'));
    let listed = line.split("crate::{").skip(1).flat_map(|rest| rest.split([',', '{', '}']));
    after.chain(listed).filter_map(|rest| words(rest).next()).collect()
}

/// All that `find` finds in the source, as `path:line: what`.
fn findings(find: impl Fn(&Source, &str) -> Option<String>) -> Vec<String> {
    let sources = sources();
    assert!(sources.len() > 50, "the source is where it is expected");
    let of = |source: &Source| -> Vec<String> {
        let found = |(number, line): &(usize, String)| Some(format!("src/{}:{number}: {}", source.path, find(source, line)?));
        source.code.iter().filter_map(found).collect()
    };
    sources.iter().flat_map(of).collect()
}

fn assert_none(findings: Vec<String>) {
    assert!(findings.is_empty(), "\n{}", findings.join("\n"));
}

#[test]
fn modules_use_only_what_they_may() {
    assert_none(findings(|source, line| {
        let Some((_, allowed)) = ARROWS.iter().find(|(module, _)| *module == source.module) else {
            return (!["lib", "main"].contains(&source.module.as_str())).then(|| "a module without a place in the design".into());
        };
        if line.trim_end().ends_with("crate::{") {
            return Some("give each module a `use` of its own".into());
        }
        let modules = used(line).into_iter().filter(|name| ARROWS.iter().any(|(module, _)| module == name));
        let wrong: Vec<&str> = modules.filter(|name| *name != source.module && !allowed.contains(name)).collect();
        (!wrong.is_empty()).then(|| format!("{} may not use {}", source.module, wrong.join(", ")))
    }));
}

#[test]
fn what_modules_may_use_they_use() {
    let sources = sources();
    let unused = |(module, allowed): &(&str, &[&str])| -> Vec<String> {
        let own = sources.iter().filter(|source| source.module == *module).flat_map(|source| &source.code);
        let used: BTreeSet<&str> = own.flat_map(|(_, line)| used(line)).collect();
        let unused = allowed.iter().filter(|name| !used.contains(**name));
        unused.map(|name| format!("{module} may use {name} and does not")).collect()
    };
    assert_none(ARROWS.iter().flat_map(unused).collect());
}

#[test]
fn the_head_of_the_library_tells_the_same_arrows() {
    let head = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let table = head.split("# Modules, and what each may use").nth(1).and_then(|rest| rest.split("```").nth(1)).unwrap();
    // A module stands at the beginning of a row, what it may use behind two spaces or more; the next rows go on with that.
    let mut told: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in table.lines().skip(1).filter_map(|line| line.strip_prefix("//!   ")) {
        let mut columns = row.split("  ").map(str::trim).filter(|column| !column.is_empty());
        if !row.starts_with(' ') {
            told.push((columns.next().unwrap(), Vec::new()));
        }
        let uses = columns.last().unwrap().split(',').map(str::trim).filter(|name| !name.is_empty());
        told.last_mut().unwrap().1.extend(uses.map(|name| name.split("::").next().unwrap()));
    }
    assert_eq!(told.len(), ARROWS.len());
    for ((module, told), (expected, allowed)) in told.iter().zip(ARROWS) {
        let told: BTreeSet<&str> = told.iter().copied().collect();
        let allowed: BTreeSet<&str> = match (module, allowed) {
            (&"cli", _) => BTreeSet::from(["all"]),
            (_, []) => BTreeSet::from(["nothing"]),
            (_, allowed) => allowed.iter().copied().collect(),
        };
        assert_eq!((*module, told), (expected, allowed));
    }
}

#[test]
fn every_file_is_part_of_the_program_or_its_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let orphan = |path: &PathBuf| -> Option<String> {
        let name = path.file_stem()?.to_str()?;
        let folder = path.parent()?;
        if ["lib", "main"].contains(&name) {
            return None;
        }
        let declared = |parent: PathBuf| {
            let text = std::fs::read_to_string(parent).unwrap_or_default();
            text.lines().any(|line| bare(line).trim_end().ends_with(&format!("mod {name};")))
        };
        let parents = [folder.join("lib.rs"), folder.join("main.rs"), folder.with_extension("rs")];
        (!parents.into_iter().any(declared)).then(|| format!("{} is no module of its parent", path.display()))
    };
    let all = ["src", "tests"].iter().flat_map(|folder| files(&root.join(folder)));
    assert_none(all.filter_map(|path| orphan(&path)).collect());
}

#[test]
fn what_tokenization_lends_to_the_store_is_the_cutting_of_words() {
    assert_none(findings(|source, line| {
        let borrows = source.module == "store" && used(line).contains("tokenization");
        (borrows && !words(line).any(|word| word == "segment")).then(|| "only `segment` may be used here".into())
    }));
}

#[test]
fn packages_stay_where_they_belong() {
    assert_none(findings(|source, line| {
        let wrong = |(packages, modules): &(&[&str], &[&str])| {
            let named = words(line).find(|word| packages.contains(word))?;
            (!modules.contains(&source.module.as_str())).then(|| format!("{named} belongs in {}", modules.join(", ")))
        };
        PACKAGES.iter().find_map(wrong)
    }));
}

#[test]
fn nothing_outside_tests_panics_by_unwrapping_or_is_left_to_do() {
    assert_none(findings(|_, line| {
        let forbidden = [".unwrap()", "todo!", "unimplemented!", "dbg!"];
        forbidden.into_iter().find(|forbidden| line.contains(forbidden)).map(str::to_owned)
    }));
}

#[test]
fn unsafe_code_is_in_few_places() {
    assert_none(findings(|source, line| {
        (!UNSAFE.contains(&source.path.as_str()) && words(line).any(|word| word == "unsafe")).then(|| "unsafe code".into())
    }));
}

#[test]
fn files_are_short_and_modules_are_named_after_their_files() {
    let sources = sources();
    let long = sources.iter().map(|source| (source, source.text.lines().count())).filter(|(_, lines)| *lines > MOST_LINES);
    let long = long.map(|(source, lines)| format!("src/{} has {lines} lines", source.path));
    let misnamed = sources.iter().filter(|source| source.path.ends_with("mod.rs"));
    let misnamed = misnamed.map(|source| format!("src/{}: name it after its module", source.path));
    assert_none(long.chain(misnamed).collect());
}

#[test]
fn the_checks_see_what_they_look_for() {
    assert_eq!(bare(r#"let a = "unsafe // \" crate::tui"; // crate::cli"#), r#"let a = ""; "#);
    assert_eq!(used("use crate::domain::{Word, Words}; crate::tui::x()"), BTreeSet::from(["domain", "tui"]));
    assert_eq!(used("use crate::{domain::Word, tui, store::{a}};"), BTreeSet::from(["a", "domain", "store", "tui"]));
    let code =
        code_of("a\n// b\n#[cfg(test)]\nmod tests;\nc\nimpl D {\n    #[cfg(test)]\n    fn e() {\n        f\n    }\n    g\n}\n");
    let kept = [(1, "a"), (5, "c"), (6, "impl D {"), (11, "    g"), (12, "}")];
    assert_eq!(code, kept.map(|(number, line)| (number, line.to_owned())));
}
