//! Settings, keys and colours of one's own, as scripts and people meet them.

use serde_json::Value;

use super::desk::{Desk, check};

/// The files' folder.
const FOLDER: &str = "home/settings";

fn write(desk: &Desk, name: &str, content: &str) {
    let path = desk.path(FOLDER).join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

fn setting(desk: &Desk, call: &str, variables: &[(&str, &str)], name: &str) -> Value {
    let out = desk.call_with(call, variables);
    assert_eq!(out.status, 0, "{out:?}");
    let json: Value = serde_json::from_str(&out.stdout).unwrap();
    json["settings"].as_array().unwrap().iter().find(|setting| setting["name"] == name).unwrap().clone()
}

#[test]
fn init_writes_files_that_change_nothing_and_never_overwrites() {
    let desk = Desk::new();
    let before = desk.call("config show").stdout;
    check(&desk.call("config check"), 0, &["no settings in", "`chartmark config init` writes files"]);
    check(&desk.call("config init"), 0, &["config.toml is written", "keymap.toml is written", "example.toml is written"]);
    let settings = |text: &str| text.lines().take_while(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let after = desk.call("config show").stdout;
    assert_eq!(settings(&before), settings(&after));
    assert!(after.contains("config.toml is there, keymap.toml is there, themes: example"), "{after}");
    check(
        &desk.call("config check"),
        0,
        &["config.toml is sound: 0 settings", "keymap.toml is sound: 0 actions", "example.toml is sound"],
    );
    write(&desk, "config.toml", "mouse = false\n");
    std::fs::remove_file(desk.path(FOLDER).join("keymap.toml")).unwrap();
    check(&desk.call("config init"), 0, &["config.toml is there already and stays", "keymap.toml is written"]);
    assert_eq!(desk.read(&format!("{FOLDER}/config.toml")), "mouse = false\n");
    std::fs::remove_dir_all(desk.path(FOLDER)).unwrap();
    desk.write(FOLDER, "a file in its place");
    check(&desk.call("config init"), 1, &["themes can't be made; nothing was changed"]);
}

#[test]
fn show_says_where_each_value_comes_from() {
    let desk = Desk::new();
    write(&desk, "config.toml", "# mine\nthreads = 3\npalette = \"safe\"\nmodel = \"ward\"\n");
    write(&desk, "keymap.toml", "undo = [\"f11\"]\n");
    let show = "config show --json";
    for (call, variables, name, expected) in [
        (show, &[][..], "mouse", r#"{"name":"mouse","source":"default","value":true}"#),
        (show, &[], "annotator", r#"{"name":"annotator","source":"default","value":null}"#),
        (show, &[], "threads", r#"{"line":2,"name":"threads","source":"file","value":3}"#),
        (show, &[("CHARTMARK_THREADS", "")], "threads", r#"{"line":2,"name":"threads","source":"file","value":3}"#),
        (
            show,
            &[("CHARTMARK_THREADS", "2")],
            "threads",
            r#"{"name":"threads","source":"environment","value":2,"variable":"CHARTMARK_THREADS"}"#,
        ),
        (
            "config show --json --threads 1",
            &[("CHARTMARK_THREADS", "2")],
            "threads",
            r#"{"flag":"--threads","name":"threads","source":"flag","value":1}"#,
        ),
        (
            "--palette scheme config show --json",
            &[("CHARTMARK_PALETTE", "safe")],
            "palette",
            r#"{"flag":"--palette","name":"palette","source":"flag","value":"scheme"}"#,
        ),
        ("config show --json --queue off", &[], "queue", r#"{"flag":"--queue","name":"queue","source":"flag","value":false}"#),
        ("--mouse off config show --json", &[], "mouse", r#"{"flag":"--mouse","name":"mouse","source":"flag","value":false}"#),
        (
            show,
            &[("CHARTMARK_CACHE", "off")],
            "cache",
            r#"{"name":"cache","source":"environment","value":"off","variable":"CHARTMARK_CACHE"}"#,
        ),
    ] {
        assert_eq!(setting(&desk, call, variables, name).to_string(), expected);
    }
    check(&desk.call("--background lihgt config show"), 2, &["--background", "did you mean 'light'?"]);
    check(&desk.call("--queue perhaps"), 2, &["--queue", "neither true nor false"]);
    let out = desk.call("config show");
    for expected in [
        "config.toml line 3",
        "(the login name)",
        "keys of your own: undo [f11]",
        "config.toml is there, keymap.toml is there, no themes",
    ] {
        assert!(out.stdout.contains(expected), "{expected} in {}", out.stdout);
    }
    let json: Value = serde_json::from_str(&desk.call(show).stdout).unwrap();
    assert_eq!(json["keys"]["undo"][0], "f11");
    assert!(json["config"].as_str().unwrap().ends_with("config.toml") && json["folder"].as_str().unwrap().ends_with("settings"));
}

#[test]
fn check_and_the_doctor_tell_all_mistakes_with_their_lines() {
    let desk = Desk::new();
    write(&desk, "config.toml", "palette = \"mine\"\npallete = 1\n");
    write(&desk, "keymap.toml", "undo = [\"f11\"]\nundoo = [\"f12\"]\n");
    write(&desk, "themes/dusk.toml", "base = \"dim\"\n");
    let told = [
        "config.toml:2: there is no setting 'pallete'; did you mean 'palette'?",
        "keymap.toml:2: there is no action 'undoo'; did you mean 'undo'?",
        "dusk.toml:1: the base is neither dark nor light",
        "config.toml:1: there is no palette 'mine', and no file themes/mine.toml; choose from scheme, safe, dusk",
    ];
    check(&desk.call("config check"), 1, &[&told[..], &["4 mistakes"]].concat());
    let out = desk.call("doctor --model tiny");
    assert_eq!(out.status, 1);
    assert!(told.iter().all(|line| out.stdout.contains(line)) && out.stdout.contains("✗"), "{}", out.stdout);
    write(&desk, "config.toml", "palette = \"mine\"\n");
    write(&desk, "keymap.toml", "undo = [\"f11\"]\n");
    write(&desk, "themes/dusk.toml", "base = \"dark\"\n");
    write(&desk, "themes/mine.toml", "[labels]\nsym = \"red\"\n");
    let sound = ["config.toml is sound: 1 setting from it", "keymap.toml is sound: 1 action with", "mine.toml is sound"];
    check(&desk.call("config check"), 0, &sound);
}

#[test]
fn a_command_refuses_mistakes_and_uses_what_is_set() {
    let desk = Desk::new();
    let model = desk.trained();
    desk.copy_model(model, "home/ward");
    write(&desk, "config.toml", "model = \"../ward\"\nannotator = \"anna\"\n");
    let out = desk.call("predict note.txt --format jsonl");
    check(&out, 0, &[]);
    assert_eq!(serde_json::from_str::<Value>(&out.stdout).unwrap()["model"], "trained", "a path begins where the file lies");
    let evaluate = |call: &str, variables: &[(&str, &str)]| {
        let out = desk.call_with(&format!("evaluate --gold gold.jsonl {call}"), variables);
        check(&out, 0, &[]);
        out.stdout
    };
    let named = evaluate(&format!("--model {model}"), &[]);
    assert!(named.starts_with("trained\n") && evaluate("", &[]) == named, "{named}");
    let variable = [("CHARTMARK_MODEL", model)];
    write(&desk, "config.toml", "");
    assert_eq!(evaluate("", &variable), named);
    write(&desk, "config.toml", "model = \"../ward\"\n");
    check(&desk.call("predict note.txt --model nowhere"), 1, &["no model directory nowhere"]);

    write(&desk, "config.toml", "modle = \"../ward\"\n");
    for call in ["predict note.txt", "note.txt", "model list note.txt"] {
        let out = desk.call(call);
        check(&out, 2, &["config.toml:1: there is no setting 'modle'; did you mean 'model'?", "nothing was done"]);
        assert_eq!(out.stdout, "");
    }
    write(&desk, "config.toml", "");
    let out = desk.call_with("predict note.txt", &[("CHARTMARK_DEVICE", "gpu")]);
    check(&out, 2, &["CHARTMARK_DEVICE: there is no device 'gpu'; did you mean 'cpu'?"]);
    check(&desk.call_with("config show", &[("CHARTMARK_DEVICE", "gpu")]), 0, &["CHARTMARK_DEVICE: "]);
    write(&desk, "keymap.toml", "undo = 3\n");
    check(&desk.call(&format!("predict note.txt --model {model}")), 0, &[]);
}

#[test]
fn the_usual_labels_are_for_projects_without_their_own() {
    let desk = Desk::new();
    desk.write("home/ward.toml", "name = \"ward\"\n[[label]]\nname = \"finding\"\n");
    write(&desk, "config.toml", "scheme = \"../ward.toml\"\n");
    let labels = |call: &str| {
        let out = desk.call(call);
        check(&out, 0, &[]);
        let json: Value = serde_json::from_str(&out.stdout).unwrap();
        json["schemes"][0]["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(labels("scheme list note.txt --json"), "ward");
    check(&desk.call("scheme use adverse-events note.txt"), 0, &[]);
    assert_eq!(labels("scheme list note.txt --json"), "adverse-events", "its own go before the usual ones");
    check(&desk.call("train --gold gold.jsonl --base tiny --epochs 1 --out own"), 0, &[]);
    let out = desk.call("evaluate --gold gold.jsonl --model own --json");
    check(&out, 0, &[]);
    let json: Value = serde_json::from_str(&out.stdout).unwrap();
    assert!(json["labels"]["sym"]["support"] == 3 && json["labels"].get("finding").is_none(), "the model's own labels: {json}");
}
