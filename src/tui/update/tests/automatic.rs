//! Trainings that begin by themselves.

use super::bench::{Bench, head};
use crate::domain::Verdict;
use crate::inference::{Command, Reply};
use crate::store::Request;
use crate::tui::message::Message;
use crate::tui::settings::Settings;
use crate::tui::state::automatic::{IDLE, Usual};
use crate::tui::state::{Automatic, Model, Training};

/// A note of many words, of which the cursor stands on the first.
fn bench(choose: usize) -> Bench {
    let mut bench = Bench::new(&[&"word ".repeat(130), "b"]);
    (0..choose).for_each(|_| bench.press("ctrl+t"));
    bench
}

fn trainings(bench: &Bench) -> usize {
    bench.told.iter().filter(|told| matches!(told, Command::Train(_))).count()
}

fn trained(bench: &mut Bench) {
    let base = bench.state.version;
    bench.worker(Reply::Trained(head(base, Verdict::Activated)));
}

#[test]
fn a_key_chooses_when_and_the_status_line_tells() {
    let mut bench = bench(0);
    assert_eq!(bench.state.automatic.sign(), None, "off, until somebody wants it");
    for (when, sign, told) in [
        (Automatic::After(25), Some("auto 1/25"), "after decisions on 25 words; 1 word so far"),
        (Automatic::After(100), Some("auto 2/100"), "after decisions on 100 words; 2 words so far"),
        (Automatic::Idle, Some("auto when idle: 3 words"), "60 s after you last did something"),
        (Automatic::Off, None, "by hand alone"),
    ] {
        bench.press("1 l ctrl+t");
        assert_eq!((bench.state.automatic.when, bench.state.automatic.sign().as_deref()), (when, sign));
        assert!(bench.notice().contains(told), "{}", bench.notice());
    }
    assert_eq!(trainings(&bench), 0);
}

#[test]
fn what_is_set_holds_from_the_start_and_is_among_the_choices() {
    for (after, idle, expected) in [
        (Some(40), None, [Automatic::After(40), Automatic::Idle, Automatic::Off]),
        (None, Some(90), [Automatic::Idle, Automatic::Off, Automatic::After(25)]),
        (Some(7), Some(90), [Automatic::After(7), Automatic::Idle, Automatic::Off]),
    ] {
        let mut bench = bench(0);
        let settings = Settings { automatic: Usual { after, idle }, ..bench.state.settings.clone() };
        bench.state.begin_with(settings);
        let mut found = vec![bench.state.automatic.when];
        for _ in 0..2 {
            bench.press("ctrl+t");
            found.push(bench.state.automatic.when);
        }
        assert_eq!(found, expected, "{after:?} {idle:?}");
        assert_eq!(bench.state.automatic.idle().as_secs(), idle.unwrap_or(60) as u64);
    }
}

#[test]
fn a_training_begins_after_so_many_decisions() {
    let mut bench = bench(1);
    (0..24).for_each(|_| bench.press("1 l"));
    // An undo decides nothing, and to move does not either.
    bench.press("u ctrl+y h l x u");
    assert_eq!((trainings(&bench), bench.state.automatic.decided), (0, 24));
    bench.press("1");
    assert_eq!((trainings(&bench), bench.state.automatic.decided), (1, 0));
    assert!(matches!(bench.state.training, Some(Training::Running { .. })));
    // While it runs one goes on; what is decided then counts for the next.
    (0..30).for_each(|_| bench.press("l 2"));
    assert_eq!((trainings(&bench), bench.state.automatic.decided), (1, 30));
    trained(&mut bench);
    assert_eq!((trainings(&bench), bench.state.automatic.decided, bench.state.version), (2, 0, 1));
    // One that is cancelled does not begin again by itself, whatever was decided meanwhile.
    (0..30).for_each(|_| bench.press("l 2"));
    bench.press("X");
    bench.worker(Reply::NotTrained("cancelled".into()));
    assert_eq!((&bench.state.training, trainings(&bench)), (&None, 2));
    // A training by hand begins the count anew.
    bench.press("l 1 l 1 T");
    assert_eq!((trainings(&bench), bench.state.automatic.decided), (3, 0));
}

#[test]
fn a_selection_counts_by_its_words() {
    let mut bench = bench(1);
    (0..24).for_each(|_| bench.press("shift+right"));
    bench.press("1");
    assert_eq!(trainings(&bench), 1);
}

#[test]
fn a_training_begins_when_nobody_has_done_anything_for_a_while() {
    let mut bench = bench(3);
    assert_eq!(bench.alarm, None, "nothing is to be learned yet");
    bench.press("l h");
    assert_eq!(bench.alarm, None);
    bench.press("1");
    assert_eq!(bench.alarm.take(), Some(Some(IDLE)));
    bench.worker(Reply::Encoded { done: 1, total: 2 });
    assert_eq!(bench.alarm, None, "what the model does is no pause's end");
    bench.press("l");
    assert_eq!(bench.alarm.take(), Some(Some(IDLE)), "the pause begins anew");
    bench.message(Message::Rested);
    assert_eq!((trainings(&bench), bench.state.automatic.decided), (1, 0));
    bench.press("l");
    assert_eq!(bench.alarm.take(), None, "while it runs");
    bench.press("2");
    trained(&mut bench);
    assert_eq!(bench.alarm.take(), Some(Some(IDLE)), "what was decided meanwhile");
    // Switched off, or trained by hand, the alarm is taken back.
    bench.press("ctrl+t");
    assert_eq!(bench.alarm.take(), Some(None));
    bench.press("ctrl+t ctrl+t ctrl+t");
    assert_eq!(bench.alarm.take(), Some(Some(IDLE)));
    bench.press("T");
    assert_eq!(bench.alarm.take(), Some(None));
    trained(&mut bench);
    bench.message(Message::Rested);
    assert_eq!(trainings(&bench), 2, "one that rings too late finds nothing to do");
}

#[test]
fn what_cannot_train_is_not_asked_to() {
    let mut bench = bench(1);
    bench.state.model = Model::Failed("It can't be read.".into());
    (0..30).for_each(|_| bench.press("1 l"));
    assert!(bench.state.training.is_none() && !bench.asked.iter().any(|asked| matches!(asked, Request::Decisions { .. })));
    assert!(!bench.notice().contains("no model"), "nobody has asked for a training: {}", bench.notice());
    bench.press("ctrl+t ctrl+t 2");
    assert_eq!((bench.state.automatic.when, bench.alarm), (Automatic::Idle, None));
}
