//! Settings: which place wins, what is wrong with its line, and the file to begin with.

use std::ffi::OsString;

use proptest::prelude::*;

use super::*;

/// Every setting with a value that the file and a variable may hold, other than its default.
const OTHERS: [(&str, &str, &str); SETTINGS.len()] = [
    ("annotator", "\"anna\"", "bert"),
    ("model", "\"~/m\"", "/n"),
    ("scheme", "\"ward.toml\"", "other"),
    ("device", "\"cpu\"", "metal"),
    ("precision", "\"fp32\"", "int8"),
    ("threads", "3", "4"),
    ("background", "\"light\"", "dark"),
    ("palette", "\"safe\"", "mine"),
    ("mouse", "false", "off"),
    ("queue", "false", "0"),
    ("inspector", "false", "no"),
    ("strategy", "\"margin\"", "name"),
    ("train_after", "40", "7"),
    ("train_idle", "90", "30"),
    ("cache", "\"off\"", "/fast"),
    ("cache_size", "\"500MB\"", "0"),
];

#[test]
fn a_flag_goes_before_the_environment_that_before_the_file_and_that_before_the_default() {
    for ((name, in_file, in_environment), setting) in OTHERS.into_iter().zip(SETTINGS) {
        assert_eq!(name, setting.name, "every setting is tried");
        let file = parse(&format!("\n{name} = {in_file}\n"), "config.toml");
        assert_eq!(file.problems, Vec::new());
        let of_file = file.entries[0].1.clone();
        let variable = setting.variable();
        let env = |wanted: &str| (wanted == variable).then(|| in_environment.into());
        let flag = |wanted: &Setting| (wanted.name == name).then(|| Value::Text("flagged".into()));
        let (nobody, unset) = (Parsed::default(), |_: &Setting| None);
        let found = |flag: &dyn Fn(&Setting) -> Option<Value>, env: &dyn Fn(&str) -> Option<OsString>, file: &Parsed| {
            let (resolved, problems) = resolve(flag, env, file);
            assert_eq!(problems, Vec::new());
            assert!(resolved.all().all(|(other, _, source)| other.name == name || *source == Source::Default));
            let (value, source) = resolved.of(setting);
            (value.cloned(), source.clone())
        };
        assert_eq!(found(&unset, &|_| None, &nobody), (setting.fallback(), Source::Default));
        assert_eq!(found(&unset, &|_| None, &file), (Some(of_file), Source::File(2)));
        let of_environment = setting.read(in_environment).unwrap();
        if matches!(setting.kind, Kind::Switch) {
            assert_eq!(of_environment, Value::Switch(false), "{in_environment}");
        }
        assert_eq!(found(&unset, &env, &file), (Some(of_environment), Source::Environment(variable.clone())));
        assert_eq!(found(&flag, &env, &file), (Some(Value::Text("flagged".into())), Source::Flag));
        assert_eq!(found(&unset, &|_| Some(OsString::new()), &nobody).1, Source::Default, "an empty variable is not set");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_the_rest_holds() {
    for (text, expected) in [
        ("pallete = \"safe\"", &["c:3: there is no setting 'pallete'; did you mean 'palette'?"][..]),
        ("colour = 3", &["c:3: there is no setting 'colour'; `chartmark config show` lists all"]),
        ("[screen]\nmouse = true", &["c:3: there is no section 'screen'; settings stand by themselves"]),
        ("palette = safe", &["c:3: this can't be read: "]),
        ("palette = \"safe", &["c:3: this can't be read: "]),
        ("palette", &["c:3: this can't be read: "]),
        ("palette = true", &["c:3: palette is no text; write it in quotes, such as \"scheme\""]),
        ("palette = \"\"", &["c:3: palette can't be ''; write text on one line"]),
        ("model = \"a\\nb\"", &["c:3: model can't be"]),
        ("background = \"lihgt\"", &["c:3: there is no background 'lihgt'; did you mean 'light'?"]),
        ("background = \"beige\"", &["c:3: there is no background 'beige'; choose from auto, dark, light"]),
        ("mouse = \"on\"", &["c:3: mouse is neither true nor false; write one of the two, without quotes"]),
        ("mouse = 1", &["c:3: mouse is neither"]),
        ("cache_size = \"much\"", &["c:3: cache_size can't be 'much'; write a size such as 500MB"]),
        ("cache_size = 5", &["c:3: cache_size is no text"]),
        ("threads = 0", &["c:3: threads is no number from 1 on; write one, such as 2"]),
        ("threads = -2", &["c:3: threads is no number"]),
        ("threads = \"two\"", &["c:3: threads is no number"]),
        ("threads = 99999999999999999999999999", &["c:3: threads is no number"]),
        ("strategy = \"chance\"", &["c:3: there is no strategy 'chance'; choose from bald"]),
        ("annotator = \"x\"", &["c:3: this name stands above already; remove one"]),
        ("mouse = 1\nx = 2\n", &["c:3: mouse", "c:4: there is no setting 'x'"]),
        ("\u{1b} = 1", &["c:3: this can't be read"]),
        ("\"\\u001b[2J\" = 1", &["c:3: there is no setting '␛[2J'"]),
    ] {
        let text = format!("annotator = \"anna\"\n\n{text}\n");
        let parsed = parse(&text, "c");
        let told: Vec<String> = parsed.problems.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), expected.len(), "{text}: {told:?}");
        assert!(told.iter().zip(expected).all(|(told, part)| told.starts_with(part)), "{text}: {told:?}");
        assert!(told.iter().all(|told| !told.contains(char::is_control)), "{told:?}");
        let names: Vec<&str> = parsed.entries.iter().map(|(setting, ..)| setting.name).collect();
        assert_eq!(names, ["annotator"], "{text}: what is right holds, and nothing else");
    }
}

#[test]
fn a_variable_that_cannot_be_used_is_named_and_what_it_hides_holds() {
    for (name, text, expected) in [
        ("palette", "a\nb", "CHARTMARK_PALETTE: palette can't be 'a␊b'"),
        ("cache_size", "much", "CHARTMARK_CACHE_SIZE: cache_size can't be 'much'; write a size such as 500MB"),
        ("mouse", "maybe", "CHARTMARK_MOUSE: mouse is neither true nor false"),
        ("threads", "many", "CHARTMARK_THREADS: threads is no number from 1 on"),
        ("device", "gpu", "CHARTMARK_DEVICE: there is no device 'gpu'; did you mean 'cpu'?"),
    ] {
        let setting = Setting::named(name).unwrap();
        let variable = setting.variable();
        let (resolved, problems) = resolve(|_| None, |wanted| (wanted == variable).then(|| text.into()), &Parsed::default());
        assert_eq!(problems.len(), 1);
        assert!(problems[0].to_string().starts_with(expected), "{}", problems[0]);
        assert_eq!(resolved.of(setting), (setting.fallback().as_ref(), &Source::Default));
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_named() {
    use std::os::unix::ffi::OsStringExt as _;
    let env = |wanted: &str| (wanted == "CHARTMARK_MODEL").then(|| OsString::from_vec(b"/m\xff".to_vec()));
    let (resolved, problems) = resolve(|_| None, env, &Parsed::default());
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["CHARTMARK_MODEL: it is not UTF-8; set it to text that is, or unset it"]);
    assert_eq!(resolved.of(MODEL), (None, &Source::Default));
}

#[test]
fn the_file_to_begin_with_sets_nothing_and_its_lines_say_the_defaults() {
    let text = form();
    let parsed = parse(&text, "config.toml");
    assert_eq!((parsed.entries.len(), parsed.problems), (0, Vec::new()));
    assert!(text.lines().all(|line| line.is_empty() || line.starts_with('#') && line.chars().count() <= 120), "{text}");
    let taken_in: Vec<&str> =
        text.lines().filter(|line| !line.starts_with("##")).filter_map(|line| line.strip_prefix("# ")).collect();
    let taken_in: Vec<&str> = taken_in.into_iter().filter(|line| line.contains(" = ")).collect();
    let parsed = parse(&taken_in.join("\n"), "config.toml");
    assert_eq!((parsed.entries.len(), parsed.problems), (SETTINGS.len(), Vec::new()), "every setting is there, and sound");
    for (setting, value, _) in parsed.entries {
        assert!(setting.fallback().is_none_or(|default| default == value), "{}", setting.name);
        assert!(text.contains(&setting.variable()) && text.contains(setting.name));
        assert_eq!(text.contains(&format!("--{} and", setting.name)), setting.flag);
    }
}

#[test]
fn files_are_found_read_and_refused() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::find(|name| (name == folder::VARIABLE).then(|| home.path().into())).unwrap();
    assert_eq!(folder.config(), home.path().join("config.toml"));
    assert_eq!(folder::read(&folder.config()), Ok(None));
    let check = |bytes: &[u8], expected: Result<&str, &str>| {
        std::fs::write(folder.config(), bytes).unwrap();
        match (folder::read(&folder.config()), expected) {
            (Ok(Some(text)), Ok(expected)) => assert_eq!(text, expected),
            (Err(problem), Err(expected)) => assert!(problem.to_string().contains(expected), "{problem}"),
            (found, _) => panic!("{found:?}"),
        }
    };
    check("\u{feff}mouse = true".as_bytes(), Ok("mouse = true"));
    check(b"a = 1\nb = \"\xff\"", Err("config.toml:2: it is not UTF-8 from here on; save it as UTF-8"));
    check(&vec![b'#'; (1 << 20) + 1], Err("larger than a file of settings can be"));
    std::fs::create_dir(folder.keymap()).unwrap();
    assert!(folder::read(&folder.keymap()).unwrap_err().to_string().contains("keymap.toml: it is no file; put"));
    std::fs::create_dir(home.path().join("themes")).unwrap();
    for name in ["b.toml", "a.toml", "c.txt", "é ward.toml"] {
        std::fs::write(home.path().join("themes").join(name), "").unwrap();
    }
    assert_eq!(folder.themes(), ["a", "b"]);
    assert_eq!((folder.theme("../config"), folder.theme("")), (None, None), "a name is no path");
    assert_eq!(folder.path("models/a"), home.path().join("models/a"));
    assert_eq!(folder.path("/models/a"), std::path::Path::new("/models/a"));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(annotator|mouse|threads|=|\"|'|\\[|\\]|\\{|true|9|\n|\r|#|[ -~é]){0,40}") {
        let parsed = parse(&text, "c");
        prop_assert!(parsed.problems.iter().all(|problem| !problem.to_string().contains('\n')));
    }

    #[test]
    fn a_value_is_written_as_it_is_read(text in "[a-zé\"'\\\\# /~.]{1,20}[a-z]", count in 1usize..5000, on: bool) {
        let values = [Value::Text(text), Value::Count(count), Value::Switch(on)];
        let file = format!("annotator = {}\nthreads = {}\nmouse = {}\n", values[0], values[1], values[2]);
        let parsed = parse(&file, "c");
        prop_assert_eq!(parsed.problems, Vec::new());
        let read: Vec<Value> = parsed.entries.into_iter().map(|entry| entry.1).collect();
        prop_assert_eq!(read, values);
    }
}
