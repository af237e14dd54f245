//! The run loop: the only part of the screen with side effects. It takes events from one inbox, has `update` turn them
//! into effects, carries these out and draws. It sleeps until something happens.

mod clicks;
mod faults;
mod late;
mod rehearsal;
mod screen;
mod signals;
mod surface;
mod switch;
mod unsteady;
mod watch;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use crate::domain::{DocumentId, LabelScheme, visible};
use crate::formats::Problem;
use crate::inference::Command;
use crate::store::Request;
use crate::tui::effect::{Effect, Left, Reopening};
use crate::tui::event::Event;
use crate::tui::keymap::Keymap;
use crate::tui::message::Message;
use crate::tui::settings::{Reader, Reading, Settings, sentence};
use crate::tui::state::guide::Source;
use crate::tui::state::relabel::Doing;
use crate::tui::state::{Mode, State, Tone, Tutorial};
use crate::tui::update::{drawn, shows_more, update};
use crate::tui::view;
use clicks::Clicks;
use faults::Faults;
use late::Late;
pub use rehearsal::rehearse;
use screen::Screen;
use surface::{Paper, Surface};
use switch::Switch;

pub use surface::Seen;

/// At most this many events are taken in before the screen is drawn again.
const BURST: usize = 256;

/// How long the store has to close once the terminal is gone.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the screen shows at a time. Its owner runs the store and the worker on threads of their own, whose replies
/// come as [`Event::Store`] and [`Event::Worker`] through [`Console::inbox`]; a thread that ends says so with
/// [`Event::StoreGone`] or [`Event::WorkerGone`].
pub struct Session {
    /// What is open: the name of a folder, file or corpus.
    pub title: String,
    /// The documents as the reader knows them, in order of the corpus.
    pub names: Vec<String>,
    /// The labels, until the store has said which ones the project has.
    pub scheme: Arc<LabelScheme>,
    /// The label schemes to choose from, the one in use first.
    pub schemes: Vec<Arc<LabelScheme>>,
    /// How the session before was left.
    pub left: Left,
    /// Where the project's guidelines are.
    pub guidelines: Option<Source>,
    /// The tutorial, as far as the project remembers it.
    pub tutorial: Tutorial,
    /// To the store.
    pub store: Sender<Request>,
    /// To the worker.
    pub worker: Sender<Command>,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The annotator has quit, or the program was told to end.
    Quit,
    /// The notes are to be opened again; their project is closed.
    Reopen(Reopening),
}

/// Why the screen could not be used.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The terminal refuses.
    #[error(
        "the terminal can't be used as a screen: {0}; nothing was changed. Try another terminal, or pipe the output to have the notes as text"
    )]
    Terminal(#[source] io::Error),
    /// A thread could not be started.
    #[error(
        "the system does not let chartmark start another thread: {0}; nothing was changed. Close other programs and try again"
    )]
    Thread(#[source] io::Error),
    /// A fault of the program. Only its place is told: its message could hold text of a note.
    #[error("chartmark has failed at {0}; everything that was shown as saved is saved. Start it again to go on")]
    Fault(String),
    /// The terminal went away while it was used.
    #[error("the terminal went away: {0}; everything that was shown as saved is saved")]
    Gone(#[source] io::Error),
}

/// The terminal, taken as a screen: for one session, or for one after another. It is as it was before once this is
/// dropped.
pub struct Console {
    screen: Screen,
    _signals: signals::Watch,
    faults: Faults,
    own: Own,
    switch: Switch,
    inbox: Receiver<Event>,
    /// Whether keys and mouse are read already.
    reading: bool,
}

/// What a person has set.
struct Own {
    /// As it was last read, but for what holds from the start of the program on.
    last: Reading,
    /// The settings as they were last read.
    read: Settings,
    /// Reads it again.
    reader: Reader,
    /// What there is to say of it when the screen opens.
    notice: Option<String>,
    /// What was wrong when it was last read.
    wrong: Option<Vec<Problem>>,
}

impl Own {
    /// What holds with these keys where nobody has set anything.
    fn usual(keymap: Keymap) -> Self {
        let last = Reading { settings: Settings::default(), keymap: Arc::new(keymap) };
        let read = last.settings.clone();
        Self { last, read, reader: Box::new(|| Err(Vec::new())), notice: None, wrong: None }
    }

    /// Reads it again, and whether there is anything new.
    fn read(&mut self) -> (Result<Reading, Vec<Problem>>, bool) {
        let read = (self.reader)();
        let wrong = read.as_ref().err().cloned();
        let same = match &read {
            Ok(Reading { settings, keymap }) => {
                // What holds from the start of the program on does, whatever session follows this one.
                let fixed = self.last.settings.fixed.clone();
                let last = std::mem::replace(&mut self.last, Reading { settings: settings.clone(), keymap: keymap.clone() });
                self.last.settings.fixed = fixed;
                let before = std::mem::replace(&mut self.read, settings.clone());
                before == *settings && last.keymap == *keymap && self.wrong.is_none()
            }
            Err(_) => self.wrong == wrong,
        };
        self.wrong = wrong;
        (read, !same)
    }
}

impl Console {
    /// Takes the terminal, to be used as is set; `reader` reads that again, and `wrong` is what is wrong with it.
    ///
    /// # Errors
    /// When it can't be used.
    pub fn enter(set: Reading, reader: Reader, wrong: Vec<Problem>) -> Result<Self, RunError> {
        let (switch, inbox) = Switch::new();
        let signals = signals::watch(switch.clone()).map_err(RunError::Thread)?;
        let faults = Faults::watch(screen::restore);
        if let Some(folder) = set.settings.place.clone() {
            watch::watch(folder, switch.clone()).map_err(RunError::Thread)?;
        }
        let screen = Screen::enter().map_err(RunError::Terminal)?;
        let notice = sentence(&wrong, "the default holds there");
        let read = set.settings.clone();
        let own = Own { last: set, read, reader, notice, wrong: Some(wrong).filter(|wrong| !wrong.is_empty()) };
        Ok(Self { screen, _signals: signals, faults, own, switch, inbox, reading: false })
    }

    /// A new inbox for the next session's threads. What those of the session before have still to say is not heard.
    pub fn inbox(&mut self) -> Sender<Event> {
        self.inbox = self.switch.turn(&self.inbox);
        self.switch.sender()
    }

    /// Shows a session until the annotator quits or wants other labels, or the program is told to end. The store has
    /// closed then, unless it did not answer or this fails.
    ///
    /// # Errors
    /// When the terminal can't be used, and after a fault of the program.
    pub fn show(&mut self, session: Session) -> Result<Outcome, RunError> {
        let Self { screen, faults, own, switch, inbox, reading, .. } = self;
        let input = (!std::mem::replace(reading, true)).then(|| switch.clone());
        faults.contain(|| show(session, own, screen, inbox, input)).unwrap_or_else(|place| Err(RunError::Fault(place)))
    }
}

/// As [`Console::show`], on a screen of `size` columns and rows that nobody looks at, with these keys: what a terminal would be sent goes
/// to `out`. Events come through `inbox`; `watch` is told of each, and of each frame.
///
/// # Errors
/// When `out` can't be written.
pub fn show_on_paper(
    session: Session,
    keymap: Keymap,
    (size, out): ((u16, u16), impl io::Write),
    inbox: &Receiver<Event>,
    watch: impl FnMut(Seen<'_>),
) -> Result<Outcome, RunError> {
    let mut paper = Paper::new(size, out, watch).map_err(RunError::Terminal)?;
    show(session, &mut Own::usual(keymap), &mut paper, inbox, None)
}

/// As [`Console::show`]; begins to read keys and mouse for `input` once there is something to see.
fn show(
    session: Session,
    own: &mut Own,
    screen: &mut impl Surface,
    inbox: &Receiver<Event>,
    input: Option<Switch>,
) -> Result<Outcome, RunError> {
    let size = screen.size().map_err(RunError::Terminal)?;
    let (mut state, mut hands) = begun(session, own, size);
    screen.capture_mouse(state.mouse);
    screen.draw(|frame| view::view(&state, &state.settings.theme, frame)).map_err(RunError::Terminal)?;
    input.map_or(Ok(()), read_input).map_err(RunError::Thread)?;

    let mut gone = None;
    loop {
        let first = match (&gone, hands.alarm) {
            (None, None) => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            (None, Some(at)) => inbox.recv_timeout(at.saturating_duration_since(Instant::now())),
            // Nobody can be asked any more: wait for the store to close, but not for ever.
            (Some(_), _) => inbox.recv_timeout(PATIENCE),
        };
        let (mut outcome, mut stirred) = (None, false);
        let first = match first {
            Ok(first) => Some(first),
            Err(RecvTimeoutError::Timeout) if gone.is_none() => {
                hands.alarm = None;
                stirred = true;
                outcome = hands.take_in(&mut state, Message::Rested, screen);
                None
            }
            Err(_) => break,
        };
        let mut burst = first.into_iter().chain(inbox.try_iter().take(BURST));
        // What comes behind the end is for the next session, and what is there to be read is drawn first.
        while outcome.is_none()
            && !(stirred && shows_more(&state))
            && let Some(event) = burst.next()
        {
            screen.heard(&event);
            // The mouse passing over means nothing, and nothing is drawn for it.
            if let Some(message) = event.message(state.context(), &state.keymap) {
                stirred = true;
                outcome = hands.take_in(&mut state, message, screen);
            }
        }
        if let Some(outcome) = outcome {
            return gone.map_or(Ok(outcome), |error| Err(RunError::Gone(error)));
        }
        if stirred
            && gone.is_none()
            && let Err(error) = hands.draw(&mut state, screen)
        {
            gone = Some(error);
            if hands.take_in(&mut state, Message::Terminate, screen).is_some() {
                break;
            }
        }
    }
    gone.map_or(Ok(Outcome::Quit), |error| Err(RunError::Gone(error)))
}

/// The state that a session begins with, and what its effects are carried out with.
fn begun(session: Session, own: &mut Own, size: (u16, u16)) -> (State, Hands<'_>) {
    let Session { title, names, scheme, schemes, left, guidelines, tutorial, store, worker } = session;
    let mut state = State::new(title, names, scheme, own.last.keymap.clone(), size);
    state.begin_with(own.last.settings.clone());
    if let Some(notice) = own.notice.take() {
        state.report(Tone::Warning, notice);
    }
    state.schemes.list = schemes;
    let Left { place, labels, said, blind, order, automatic, filter, places, seen } = left;
    let index = |id: &DocumentId| state.queue.rows.iter().position(|row| row.name == visible(id.as_str()));
    let place = place.and_then(|(id, word)| Some((index(&id)?, word)));
    (state.work.place, state.blind) = (place, blind);
    state.automatic.when = automatic.unwrap_or(state.automatic.when);
    (state.places, state.seen) = (places, seen);
    let labels_of = state.scheme.clone();
    state.queue.filter(&filter, &labels_of, blind);
    state.queue.wanted = order.unwrap_or(state.queue.wanted);
    if state.queue.wanted.strategy().is_none() {
        state.queue.unranked();
    }
    state.tutorial = tutorial;
    state.guide.source = guidelines;
    if let Some(label) = labels {
        state.schemes.label = label.min(state.scheme.len().saturating_sub(1));
        state.mode = Mode::Relabel(Doing::Looking);
    }
    if let Some(said) = said {
        state.report(Tone::Plain, said);
    }
    (state, Hands { store, worker, alarm: None, own })
}

/// Starts the thread that reads keys and mouse. It ends when the terminal can't be read any more.
fn read_input(inbox: Switch) -> io::Result<()> {
    let read = move || {
        let (mut clicks, mut late) = (Clicks::default(), Late::new(Instant::now()));
        // Whoever can't be told has stopped listening, and then all is well.
        while let Ok(event) = crossterm::event::read() {
            if late.is_part(&event, Instant::now()) {
                continue;
            }
            let again = clicks.again(&event, Instant::now());
            if !inbox.send(Event::Terminal(event)) || again.is_some_and(|again| !inbox.send(again)) {
                return;
            }
        }
        inbox.send(Event::Terminate);
    };
    std::thread::Builder::new().name("input".into()).spawn(read).map(drop)
}

/// What effects are carried out with.
struct Hands<'a> {
    store: Sender<Request>,
    worker: Sender<Command>,
    /// When [`Message::Rested`] is due.
    alarm: Option<Instant>,
    own: &'a mut Own,
}

impl Hands<'_> {
    /// Draws the state, at the size that the terminal has by now: a resize may not have been told yet.
    fn draw(&mut self, state: &mut State, screen: &mut impl Surface) -> io::Result<()> {
        let (width, height) = screen.size()?;
        if state.screen != (width, height) {
            self.take_in(state, Message::Resized(width, height), screen);
        }
        screen.draw(|frame| view::view(state, &state.settings.theme, frame))?;
        drawn(state);
        Ok(())
    }

    /// Takes in a message and carries out what comes of it. How the session ends, if it does.
    fn take_in(&mut self, state: &mut State, message: Message, screen: &mut impl Surface) -> Option<Outcome> {
        let Carried { outcome, mouse, renew } = self.carry_out(state, message);
        if let Some(ours) = mouse {
            screen.capture_mouse(ours);
        }
        if renew {
            screen.renew();
        }
        outcome
    }

    /// As [`Hands::take_in`], but for what concerns the screen itself.
    fn carry_out(&mut self, state: &mut State, message: Message) -> Carried {
        let mut effects = VecDeque::from(update(state, message));
        let Carried { mut outcome, mut mouse, mut renew } = Carried::default();
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Store(request) => {
                    if self.store.send(request).is_err() {
                        effects.extend(update(state, Message::StoreGone));
                    }
                }
                Effect::Worker(command) => {
                    if self.worker.send(command).is_err() {
                        effects.extend(update(state, Message::WorkerGone));
                    }
                }
                Effect::Mouse(ours) => mouse = Some(ours),
                Effect::Alarm(after) => self.alarm = after.and_then(|after| Instant::now().checked_add(after)),
                Effect::ReadSettings => {
                    renew = true;
                    let (read, _) = self.own.read();
                    effects.extend(update(state, Message::Settings(read)));
                }
                Effect::ReadWritten => {
                    let (read, news) = self.own.read();
                    if news {
                        effects.extend(update(state, Message::Settings(read)));
                    }
                }
                Effect::Quit => outcome = Some(Outcome::Quit),
                Effect::Reopen(reopening) => outcome = Some(Outcome::Reopen(reopening)),
            }
        }
        Carried { outcome, mouse, renew }
    }
}

/// What has come of a message.
#[derive(Default)]
struct Carried {
    /// How the session ends, if it does.
    outcome: Option<Outcome>,
    /// Whether the mouse is to be ours from now on, if that is to change.
    mouse: Option<bool>,
    /// Whether the screen is to be painted anew, whatever it is thought to show.
    renew: bool,
}
