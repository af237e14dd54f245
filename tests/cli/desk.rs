//! A folder with notes, gold and a tiny model, and a home of its own to call the program in.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// `note.txt`.
pub const NOTE: &str = "bad pain in the leg.\n";

/// `gold.jsonl`: seven words with a letter.
const GOLD: &str = r#"{"id":"a","text":"bad pain. no ache.","spans":[{"start":0,"end":3,"label":"sev"},{"start":0,"end":8,"label":"sym"}]}
{"id":"b","text":"bed and ache.","spans":[{"start":8,"end":12,"label":"sym"}]}
"#;

const CONFIG: &[u8] = include_bytes!("../fixtures/tiny_bert/config.json");
const WEIGHTS: &[u8] = include_bytes!("../fixtures/tiny_bert/model.safetensors");

/// What a call came to.
#[derive(Debug)]
pub struct Output {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Checks the exit status, that all of `expected` stands on standard error, and that nothing panicked.
#[track_caller]
pub fn check(output: &Output, status: i32, expected: &[&str]) {
    assert_eq!(output.status, status, "{output:?}");
    assert!(expected.iter().all(|part| output.stderr.contains(part)), "{expected:?} in: {}", output.stderr);
    assert!(!output.stderr.contains("panicked") && !output.stderr.contains("RUST_BACKTRACE"), "{}", output.stderr);
}

/// See the module.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["home", "tiny"] {
            std::fs::create_dir(desk.path(folder)).unwrap();
        }
        desk.write("note.txt", NOTE);
        desk.write("gold.jsonl", GOLD);
        desk.write("tiny/config.json", CONFIG);
        desk.write("tiny/model.safetensors", WEIGHTS);
        desk.write("tiny/vocab.txt", vocabulary());
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// A copy of the model folder `from`.
    pub fn copy_model(&self, from: &str, to: &str) {
        std::fs::create_dir(self.path(to)).unwrap();
        for entry in std::fs::read_dir(self.path(from)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), self.path(to).join(entry.file_name())).unwrap();
        }
    }

    /// Trains a model with a head, the labels `sym` and `sev`; gives its folder.
    pub fn trained(&self) -> &'static str {
        let out = self.call("train --gold gold.jsonl --scope encoder --epochs 1 --base tiny --out trained");
        check(&out, 0, &[]);
        "trained"
    }

    /// Calls the program with the words of `call`.
    pub fn call(&self, call: &str) -> Output {
        self.run(call.split_whitespace())
    }

    /// As [`Desk::call`], with these variables in the environment.
    pub fn call_with(&self, call: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = self.command(call.split_whitespace());
        ended(command.envs(variables.iter().copied()).stdin(Stdio::null()).spawn().unwrap())
    }

    /// Calls the program in the folder, `bad ache` on its standard input.
    pub fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Output {
        self.fed(arguments, "bad ache\n")
    }

    /// Calls the program with the words of `call` and these answers.
    pub fn answered(&self, call: &str, answers: &str) -> Output {
        self.fed(call.split_whitespace(), answers)
    }

    /// Calls the program with the words of `call` and these variables.
    pub fn with(&self, variables: &[(&str, &str)], call: &str) -> Output {
        let mut command = self.command(call.split_whitespace());
        let output = command.envs(variables.iter().copied()).stdin(Stdio::null()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Output { status: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    fn fed<'a>(&self, arguments: impl IntoIterator<Item = &'a str>, input: &str) -> Output {
        let mut child = self.command(arguments).spawn().unwrap();
        // A program that doesn't read its input closes it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        ended(child)
    }

    /// Starts the program and leaves it running.
    pub fn start(&self, call: &str) -> Child {
        self.command(call.split_whitespace()).stdin(Stdio::null()).spawn().unwrap()
    }

    /// As [`Desk::call`], for a call that must not wait for ever: it is killed after a minute or two.
    #[track_caller]
    pub fn call_that_ends(&self, call: &str) -> Output {
        let mut child = self.start(call);
        for _ in 0..1200 {
            if child.try_wait().unwrap().is_some() {
                return ended(child);
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        child.kill().unwrap();
        panic!("`{call}` does not end: {:?}", ended(child));
    }

    /// Calls the program with a standard output that is closed at once.
    pub fn closed(&self, call: &str) -> Output {
        let mut child = self.command(call.split_whitespace()).stdin(Stdio::null()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        Output { status: child.wait().unwrap().code().unwrap(), stdout: String::new(), stderr }
    }

    fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chartmark"));
        command.args(arguments).current_dir(self.folder.path()).env("HOME", self.path("home"));
        for variable in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"] {
            command.env(variable, self.path("home").join(variable));
        }
        // Settings of whoever runs the tests.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CHARTMARK_")) {
            command.env_remove(name);
        }
        command.env("CHARTMARK_CONFIG_DIR", self.path("home/settings"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

fn ended(child: Child) -> Output {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    // Killed, it has none.
    Output { status: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// 40 subwords: BERT's special ones, some letters, and the same behind others.
fn vocabulary() -> String {
    let letters = "abcdeghilmnopstuv";
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(str::to_owned);
    let first = letters.chars().map(String::from);
    let further = letters.chars().map(|letter| format!("##{letter}"));
    let lines: Vec<String> = special.into_iter().chain(first).chain(further).chain([".".to_owned()]).collect();
    assert_eq!(lines.len(), 40, "as many as the model has embeddings");
    lines.join("\n") + "\n"
}
