use proptest::prelude::*;

use super::*;
use crate::domain::{LabelScheme, LabelSet, notation};
use crate::formats::{spans_of, word_sets};
use crate::tokenization::segment;

/// Reads `input`; expects the documents' notation and, for each problem, its line and some words of it.
#[track_caller]
fn check(input: &[u8], documents: &[(&str, &str)], problems: &[(u64, &str)]) {
    let mut found = Vec::new();
    let complaints = read::read_lines(input, "gold.jsonl", 400, |gold| found.push(gold));
    let found: Vec<(String, String)> = found
        .iter()
        .map(|gold| {
            let slices = gold.spans.iter().flatten();
            let slices = slices.map(|span| format!("{}={}", &gold.document.text[span.start..span.end], span.label));
            (gold.document.id.to_string(), slices.collect::<Vec<_>>().join(" "))
        })
        .collect();
    let expected: Vec<(String, String)> = documents.iter().map(|(id, spans)| ((*id).into(), (*spans).into())).collect();
    assert_eq!(found, expected, "{}", String::from_utf8_lossy(input));
    assert_eq!(complaints.len(), problems.len(), "{complaints:?}");
    for (complaint, (line, words)) in complaints.iter().zip(problems) {
        assert_eq!(complaint.line, Some(*line), "{complaint}");
        let sentence = complaint.to_string();
        assert!(sentence.starts_with(&format!("gold.jsonl:{line}: ")) && sentence.contains(words), "{sentence}");
        assert!(!sentence.contains("secret"), "a problem never quotes the note: {sentence}");
    }
}

#[test]
fn offsets_are_characters() {
    let line =
        r#"{"id":"1","text":"naïve 患者 👩‍⚕️ pain","spans":[{"start":6,"end":8,"label":"x"},{"start":14,"end":18,"label":"y"}]}"#;
    check(line.as_bytes(), &[("1", "患者=x pain=y")], &[]);
    check(br#"{"id":1,"text":"ab","spans":[{"start":0,"end":2,"label":"x"}]}"#, &[("1", "ab=x")], &[]);
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_read() {
    let good = r#"{"id":"good","text":"pain","spans":[{"start":0,"end":4,"label":"s"}]}"#;
    let long = format!(r#"{{"id":"long","text":"{}"}}"#, "secret ".repeat(80));
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let rows: [Row; 13] = [
        ("{secret", &[], "not valid JSON"),
        (r#"["secret"]"#, &[], "no object"),
        (r#"{"id":"a","spans":[]}"#, &[], "no \"text\""),
        (r#"{"id":"a","text":7}"#, &[], "no \"text\""),
        (r#"{"text":"a"}"#, &[("line-1", "")], "no \"id\""),
        (r#"{"id":"a","text":"secret \ud800"}"#, &[], "not valid JSON"),
        (r#"{"id":"a","text":"ab","spans":{}}"#, &[("a", "")], "not a list"),
        (r#"{"id":"a","text":"ab","spans":[{"start":1,"end":1,"label":"x"}]}"#, &[("a", "")], "covers nothing"),
        (r#"{"id":"a","text":"ab","spans":[{"start":1,"end":3,"label":"x"}]}"#, &[("a", "")], "has 2 characters"),
        (r#"{"id":"a","text":"ab","spans":[{"start":-1,"end":1,"label":"x"}]}"#, &[("a", "")], "\"start\" is missing"),
        (r#"{"id":"a","text":"ab","spans":[{"start":0,"end":1}, 5]}"#, &[("a", "")], ""),
        (r#"{"id":"a","text":"ab","spans":[{"start":0,"end":1,"label":"x","by":"me"}]}"#, &[("a", "a=x")], "1 spans hold"),
        (&long, &[], "longer than 400 bytes"),
    ];
    for (bad, documents, words) in rows {
        let documents: Vec<_> = documents.iter().copied().chain([("good", "pain=s")]).collect();
        let problems: &[(u64, &str)] = if words.is_empty() { &[(1, "\"label\""), (1, "span 2")] } else { &[(1, words)] };
        check(format!("{bad}\n\n{good}").as_bytes(), &documents, problems);
    }
    let twice = format!("\u{feff}{good}\n{good}\n");
    check(twice.as_bytes(), &[("good", "pain=s")], &[(2, "stands further up")]);
    let latin = [b"{\"id\":\"a\",\"text\":\"na\xefve\"}\n".as_slice(), good.as_bytes()].concat();
    check(&latin, &[("good", "pain=s")], &[(1, "byte 21 of the line is not UTF-8")]);
}

#[test]
fn a_file_of_garbage_does_not_flood_the_reader() {
    let (documents, problems) = read("x\n".repeat(5000).as_bytes(), "f");
    assert!(documents.is_empty());
    assert_eq!(problems.len(), 1001);
    assert!(problems[1000].what.starts_with("4000 more"));
}

#[test]
fn metadata_comes_back_and_unlabelled_differs_from_empty() {
    let input = r#"{"id":"n","text":"x","meta":{"ward":"B"},"source":"hospital"}"#;
    let (documents, problems) = read(input.as_bytes(), "f");
    assert_eq!((documents[0].spans.as_ref(), problems.len()), (None, 0));
    let mut out = Vec::new();
    write_gold(&mut out, &documents[0].document, &[]).unwrap();
    assert_eq!(
        String::from_utf8(out.clone()).unwrap(),
        "{\"id\":\"n\",\"text\":\"x\",\"spans\":[],\"meta\":{\"source\":\"hospital\",\"ward\":\"B\"}}\n"
    );
    let (again, _) = read(out.as_slice(), "f");
    assert_eq!(again[0].document, documents[0].document);
    assert_eq!(again[0].spans, Some(vec![]));
}

#[test]
fn label_names_are_sorted_and_distinct() {
    let (text, spans) = notation::parse("[a](z) [b](m,z)");
    let gold = GoldDocument { document: Document::new("d", text), spans: Some(spans), partial: false };
    assert_eq!(label_names(&[gold]), ["m", "z"]);
}

fn export(document: &Document, spans: &[Span]) -> String {
    let mut out = Vec::new();
    write_gold(&mut out, document, spans).unwrap();
    String::from_utf8(out).unwrap()
}

proptest! {
    #[test]
    fn export_of_import_of_export_is_export(
        text in r#"([a-zA-Zé患👩‍⚕️ "\\.,;\n\r\t\x1b]|[a-z]{1,6}[ ,.])*"#,
        bits in prop::collection::vec(0usize..4, 0..60),
    ) {
        let scheme = LabelScheme::from_names("s", &["a", "b"]).unwrap();
        let document = Document::new("d\u{202e}", text.as_str());
        let words = segment(&text);
        let set = |bits: usize| (0..2).filter(|label| bits >> label & 1 == 1).collect::<LabelSet>();
        let sets: Vec<LabelSet> = (0..words.len()).map(|word| bits.get(word).map_or(LabelSet::EMPTY, |&bits| set(bits))).collect();
        let once = export(&document, &spans_of(&text, &words, &sets, &scheme));
        let (documents, problems) = read(once.as_bytes(), "f");
        prop_assert!(problems.is_empty(), "{:?}", problems);
        let GoldDocument { document: again, spans, .. } = &documents[0];
        prop_assert_eq!(again, &document);
        let spans = spans.clone().unwrap_or_default();
        let sets = word_sets(&segment(&again.text), &spans, &scheme);
        prop_assert_eq!(export(again, &spans_of(&again.text, &words, &sets, &scheme)), once.clone());
    }
}
