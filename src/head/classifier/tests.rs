use super::*;

fn head(hidden: Option<usize>) -> Head {
    let scheme = LabelScheme::from_names("s", &["a", "b", "c"]).unwrap();
    let meta = HeadMeta { thresholds: vec![0.5, 0.25, 0.75], ..HeadMeta::fresh(scheme, "e") };
    Head::new(meta, 4, hidden, &[0.5, 0.1, 0.0], 3).unwrap()
}

const VECTORS: [f32; 8] = [0.5, -1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0];

#[test]
fn a_head_comes_back_from_its_bytes_as_it_was() {
    for hidden in [None, Some(5)] {
        let head = head(hidden);
        let bytes = head.to_bytes().unwrap();
        let back = Head::from_bytes(&bytes).unwrap();
        assert_eq!((back.meta.clone(), back.inputs(), back.hidden(), back.labels()), (head.meta.clone(), 4, hidden, 3));
        assert_eq!(back.probabilities(&VECTORS).unwrap(), head.probabilities(&VECTORS).unwrap());
        assert_eq!(back.to_bytes().unwrap(), bytes);
    }
}

#[test]
fn a_fresh_head_gives_each_label_its_prior_share() {
    let shares = &head(None).probabilities(&VECTORS).unwrap()[3..];
    let expected = [0.5, 0.1, 0.001];
    assert!(shares.iter().zip(expected).all(|(found, share)| (found - share).abs() < 1e-5), "{shares:?}");
    assert_eq!(head(None).probabilities(&[]).unwrap(), [0.0; 0]);
}

#[test]
fn calibration_is_in_the_weights_and_can_be_taken_out_again() {
    let maps = [Platt { scale: 0.5, shift: 0.25 }, Platt::IDENTITY, Platt { scale: 1.5, shift: -1.0 }];
    for hidden in [None, Some(5)] {
        let head = head(hidden);
        let logits = |head: &Head| -> Vec<f32> {
            let vectors = Tensor::from_slice(&VECTORS, (2, 4), &Device::Cpu).unwrap();
            head.logits(&vectors).unwrap().flatten_all().unwrap().to_vec1().unwrap()
        };
        let near = |found: &[f32], expected: &[f32]| {
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?} {expected:?}");
        };
        let expected: Vec<f32> = logits(&head).iter().enumerate().map(|(at, &logit)| maps[at % 3].apply(logit)).collect();
        let calibrated = head.calibrated(&maps).unwrap();
        near(&logits(&calibrated), &expected);
        let twice = calibrated.calibrated(&maps).unwrap();
        let back = Head::from_bytes(&twice.to_bytes().unwrap()).unwrap();
        assert_eq!(back.meta.calibration[2], Platt { scale: 2.25, shift: -2.5 });
        near(&logits(&back.uncalibrated().unwrap()), &logits(&head));
        let grown = calibrated.conformed(&LabelScheme::from_names("s", &["c", "new", "a"]).unwrap()).unwrap();
        assert_eq!(grown.meta.calibration, [maps[2], Platt::IDENTITY, maps[0]]);
        assert_eq!(head.uncalibrated().unwrap().meta, head.meta);
    }
}

#[test]
fn curves_change_what_is_shown_and_not_the_last_layer() {
    let steep = Curve::IDENTITY.then(Platt { scale: 2.0, shift: -1.0 });
    for hidden in [None, Some(5)] {
        let head = head(hidden);
        let bent = head.clone().with_curves(vec![Curve::IDENTITY, steep, Curve::IDENTITY]);
        assert_eq!(bent.row_logits(&VECTORS).unwrap(), head.row_logits(&VECTORS).unwrap());
        let shown = |head: &Head| head.probabilities(&VECTORS).unwrap();
        for (at, (logit, found)) in head.row_logits(&VECTORS).unwrap().iter().zip(shown(&bent)).enumerate() {
            let expected = sigmoid(if at % 3 == 1 { 2.0 * logit - 1.0 } else { *logit });
            assert!((found - expected).abs() < 1e-6, "{at}: {found}, {expected}");
        }
        let back = Head::from_bytes(&bent.to_bytes().unwrap()).unwrap();
        assert_eq!((shown(&back), &back.meta), (shown(&bent), &bent.meta));
        // A further calibration comes behind the curves, and goes with them.
        let map = Platt { scale: 0.5, shift: 0.25 };
        let twice = bent.calibrated(&[map; 3]).unwrap();
        assert_eq!(twice.row_logits(&VECTORS).unwrap(), head.row_logits(&VECTORS).unwrap());
        for (before, after) in shown(&bent).iter().zip(shown(&twice)) {
            assert!((sigmoid(map.apply((before / (1.0 - before)).ln())) - after).abs() < 1e-5, "{after}");
        }
        assert_eq!(shown(&twice.uncalibrated().unwrap()), shown(&head));
        let grown = bent.conformed(&LabelScheme::from_names("s", &["b", "new"]).unwrap()).unwrap();
        assert_eq!(grown.meta.curves, [steep, Curve::IDENTITY]);
        assert_eq!(bent.conformed(&LabelScheme::from_names("s", &["a"]).unwrap()).unwrap().meta.curves, []);
    }
}

#[test]
fn damaged_bytes_are_refused_in_a_sentence() {
    let bytes = head(Some(5)).to_bytes().unwrap();
    let rewritten = |change: fn(&mut HashMap<String, Tensor>, &mut HeadMeta)| {
        let mut tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu).unwrap();
        let mut meta = head(None).meta;
        change(&mut tensors, &mut meta);
        let meta = serde_json::to_string(&meta).unwrap();
        safetensors::serialize(&tensors, Some(HashMap::from([(META.to_owned(), meta)]))).unwrap()
    };
    let put = |tensors: &mut HashMap<String, Tensor>, name: &str, tensor: Tensor| {
        tensors.insert(name.to_owned(), tensor).unwrap();
    };
    let rows: [(Vec<u8>, &str); 15] = [
        (vec![], "can't be read"),
        (b"no safetensors".to_vec(), "can't be read"),
        (bytes[..bytes.len() - 1].to_vec(), "can't be read"),
        (safetensors::serialize(HashMap::<String, Tensor>::new(), None).unwrap(), "lacks a description"),
        (rewritten(|tensors, _| tensors.clear()), "don't fit its labels"),
        (rewritten(|tensors, _| drop(tensors.remove("layer.0.bias"))), "a bias is missing"),
        (rewritten(|_, meta| meta.thresholds.truncate(2)), "one threshold a label"),
        (rewritten(|_, meta| meta.calibration = vec![Platt::IDENTITY; 2]), "one map a label"),
        (rewritten(|_, meta| meta.own = vec![true; 4]), "where it comes from"),
        (rewritten(|_, meta| meta.calibration = vec![Platt { scale: 0.0, shift: 0.0 }; 3]), "one map a label"),
        (rewritten(|_, meta| meta.curves = vec![Curve::IDENTITY; 2]), "one rising curve a label"),
        (
            rewritten(|_, meta| meta.curves = vec![Curve::IDENTITY.then(Platt { scale: -1.0, shift: 0.0 }); 3]),
            "one rising curve a label",
        ),
        (rewritten(|_, meta| meta.scheme.labels[1].name = "a".into()), "can't be read"),
        (
            rewritten(|_, meta| {
                meta.scheme.labels.pop();
                meta.thresholds.pop();
            }),
            "don't fit its labels",
        ),
        (
            {
                let mut tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu).unwrap();
                put(&mut tensors, "layer.1.bias", Tensor::new(&[0.0, f32::NAN, 0.0], &Device::Cpu).unwrap());
                let meta = serde_json::to_string(&head(None).meta).unwrap();
                safetensors::serialize(&tensors, Some(HashMap::from([(META.to_owned(), meta)]))).unwrap()
            },
            "not finite",
        ),
    ];
    for (bytes, words) in rows {
        let sentence = Head::from_bytes(&bytes).unwrap_err().to_string();
        assert!(sentence.contains("head can't be read") && sentence.contains(words), "{words:?} is not in: {sentence}");
    }
}

#[test]
fn a_thinned_head_is_a_draw_around_the_head() {
    for hidden in [None, Some(5)] {
        let head = head(hidden);
        let bytes = |head: Head| head.to_bytes().unwrap();
        assert_eq!(bytes(head.thinned(0.0, 1).unwrap()), bytes(head.clone()), "nothing switched off");
        assert_eq!(bytes(head.thinned(0.4, 1).unwrap()), bytes(head.thinned(0.4, 1).unwrap()));
        assert_ne!(bytes(head.thinned(0.4, 1).unwrap()), bytes(head.thinned(0.4, 2).unwrap()));
    }
    let head = head(None);
    let logits = |head: &Head| {
        let vectors = Tensor::from_slice(&VECTORS[..4], (1, 4), &Device::Cpu).unwrap();
        head.logits(&vectors).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap()
    };
    let mean: f32 = (0..2_000).map(|seed| logits(&head.thinned(0.5, seed).unwrap())[1]).sum::<f32>() / 2_000.0;
    assert!((mean - logits(&head)[1]).abs() < 0.1, "draws lie around the head: {mean} {:?}", logits(&head));
}
