//! Everything the screen shows. [`crate::tui::update`] alone changes it; the view draws it.

pub mod automatic;
pub mod comments;
pub mod filter;
pub mod guide;
pub mod matches;
mod naming;
pub mod open;
pub mod palette;
pub mod queue;
pub mod reading;
pub mod relabel;
pub mod search;
pub mod seen;
pub mod status;
pub mod suspects;
pub mod timeline;
pub mod tutorial;
pub mod work;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use crate::store::timeline::version_name;
pub use automatic::{Automatic, Automation};
pub use comments::{Comments, Writing};
pub use filter::Filter;
pub use guide::Guide;
pub use matches::Matches;
pub use open::OpenDocument;
pub use palette::Palette;
pub use queue::{Order, Queue, QueueRow};
pub use reading::Reading;
pub use search::Search;
pub use seen::Seen;
pub use status::{Flips, Listing, Model, Notice, Saving, Schemes, Tone, Training, Versions};
pub use suspects::{Looking, Suspects};
pub use timeline::Timeline;
pub use tutorial::Tutorial;
pub use work::Work;

use crate::active_learning::Direction;
use crate::domain::{DocumentId, LabelScheme, LabelSet};
use crate::store::Figures;
use crate::store::protocol::ReviewState;
use crate::tui::keymap::{Action, Context, Key, Keymap};
use crate::tui::panes::{Panels, Panes, panes};
use crate::tui::settings::Settings;

/// What the keyboard is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The note.
    Note,
    /// The label menu: the next character chooses a label.
    Labels(LabelUse),
    /// The search box; its query is [`State::search`]'s.
    Search,
    /// The queue; its cursor is [`Queue::cursor`].
    Queue,
    /// The line that says which notes the queue shows, [`Queue::filter`].
    Filter,
    /// The list of words that changed with the last version; its cursor is [`Flips::cursor`].
    Changes,
    /// The list of model versions; its cursor is [`Versions::cursor`].
    Versions,
    /// The list of label schemes; its cursor is [`Schemes::cursor`].
    Schemes,
    /// The labels of the project's scheme, to be worked on; the cursor is [`Schemes::label`].
    Relabel(relabel::Doing),
    /// The list of decisions that are likely wrong; its cursor is [`Suspects::cursor`].
    Suspects,
    /// The project's figures.
    Dashboard {
        /// Index of the first label shown.
        scroll: usize,
    },
    /// The box that a comment is written in, [`State::writing`].
    Comment,
    /// The list of comments and marks; its cursor is [`Comments::cursor`].
    Comments,
    /// The list of everything that was done; its cursor is [`Timeline::cursor`].
    Timeline,
    /// The list of places that read alike; its cursor is [`Matches::cursor`].
    Matches,
    /// The help.
    Help {
        /// Index of the first row shown.
        scroll: usize,
        /// Where it was opened: the keys that work there stand first, and closing it leads back.
        from: Box<Mode>,
    },
    /// The guide.
    Guide,
    /// The list of actions.
    Palette(Palette),
    /// A question that is answered with yes or no.
    Question(Question),
}

/// What a label is chosen for in the label menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelUse {
    /// To toggle it on the word or the selection.
    Toggle,
    /// To give it to the word or the selection in place of all others.
    Only,
    /// To go to its next or previous span.
    Seek(Direction),
    /// To set it on all places that read alike.
    Matches,
    /// To show it alone.
    Alone,
    /// To tell what it means.
    About,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Quit although something could not be saved.
    QuitUnsaved {
        /// The sentence to show: what happened, and the question.
        sentence: String,
    },
    /// Take other labels although they hide decisions.
    HideDecisions {
        /// The sentence to show: what would be hidden, and the question.
        sentence: String,
    },
    /// Delete a label.
    DeleteLabel {
        /// The label.
        label: String,
        /// The sentence to show: what goes with it, and the question.
        sentence: String,
    },
}

/// A document that has been asked for and is not there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Index in the corpus.
    pub document: usize,
    /// The word to go to; `None` for where the cursor stood when the document was left.
    pub word: Option<usize>,
}

/// The whole state.
#[derive(Clone, Debug)]
pub struct State {
    /// What is open, for the title: a folder's or a file's name.
    pub title: String,
    /// Columns and rows of the terminal.
    pub screen: (u16, u16),
    /// Which panes are wanted.
    pub panels: Panels,
    /// What the keyboard is in.
    pub mode: Mode,
    /// Whether clicks come to us (else the terminal has the mouse, for copying).
    pub mouse: bool,
    /// How the labels are shown with the text.
    pub reading: Reading,
    /// The label that is shown alone, when one is: its index in the scheme.
    pub focus: usize,
    /// The project's labels.
    pub scheme: Arc<LabelScheme>,
    /// The bindings.
    pub keymap: Arc<Keymap>,
    /// What is set, as it was last read; what a person has done on the screen since goes before it.
    pub settings: Settings,
    /// The documents.
    pub queue: Queue,
    /// The document on screen.
    pub open: Option<OpenDocument>,
    /// The document that will be.
    pub opening: Option<Opening>,
    /// The search.
    pub search: Option<Search>,
    /// What was typed of a label's name, in the label menu; `None` while a letter chooses one.
    pub naming: Option<String>,
    /// The places that are to have a label set in one go.
    pub matches: Option<Matches>,
    /// Whether everything is on disk.
    pub saving: Saving,
    /// The model.
    pub model: Model,
    /// The training under way.
    pub training: Option<Training>,
    /// Trainings that begin by themselves.
    pub automatic: Automation,
    /// The active model version; 0 is the model as it came.
    pub version: u64,
    /// The words that changed with the last version.
    pub flips: Option<Flips>,
    /// The model versions, as they were when they were last listed.
    pub versions: Versions,
    /// The labels that no training has learned yet, where the model's predictions are suggestions by seed terms.
    pub suggested: LabelSet,
    /// The project's figures, as they were when they were last asked for.
    pub figures: Option<Arc<Figures>>,
    /// The label schemes to choose from.
    pub schemes: Schemes,
    /// The decisions that are likely wrong.
    pub suspects: Suspects,
    /// The comment that is being written.
    pub writing: Option<Writing>,
    /// Everything that was written beside documents.
    pub comments: Comments,
    /// The guide beside the note.
    pub guide: Guide,
    /// The tutorial.
    pub tutorial: Tutorial,
    /// Everything that was done.
    pub timeline: Timeline,
    /// How far a list that the store fills has come, while one is open.
    pub listing: Listing,
    /// The last thing there was to say.
    pub notice: Option<Notice>,
    /// A report that an answer to a key stands in the place of: it comes back when that goes.
    pub beneath: Option<Notice>,
    /// Where the cursor stood in documents that were left.
    pub places: BTreeMap<DocumentId, usize>,
    /// What has been seen of each document that was open.
    pub seen: BTreeMap<DocumentId, Seen>,
    /// Whether predictions are hidden until a word is decided.
    pub blind: bool,
    /// What is under way; nothing of it is drawn.
    pub work: Work,
}

impl State {
    /// The state before anything has been heard of: the first frame.
    ///
    /// `names` are the documents as the reader knows them, in order of the corpus.
    pub fn new(title: String, names: Vec<String>, scheme: Arc<LabelScheme>, keymap: Arc<Keymap>, screen: (u16, u16)) -> Self {
        Self {
            title,
            screen,
            panels: Panels { queue: true, inspector: true, in_queue: false, guide: false },
            mode: Mode::Note,
            mouse: true,
            reading: Reading::default(),
            focus: 0,
            scheme,
            keymap,
            settings: Settings::default(),
            queue: Queue::new(names),
            open: None,
            opening: None,
            search: None,
            naming: None,
            matches: None,
            saving: Saving::Opening,
            model: Model::Loading,
            training: None,
            automatic: Automation::default(),
            version: 0,
            flips: None,
            versions: Versions::default(),
            suggested: LabelSet::EMPTY,
            figures: None,
            schemes: Schemes::default(),
            suspects: Suspects::default(),
            writing: None,
            comments: Comments::default(),
            guide: Guide::default(),
            tutorial: Tutorial::default(),
            timeline: Timeline::default(),
            listing: Listing::default(),
            notice: None,
            beneath: None,
            places: BTreeMap::new(),
            seen: BTreeMap::new(),
            blind: false,
            work: Work::default(),
        }
    }

    /// Begins as is set.
    pub fn begin_with(&mut self, settings: Settings) {
        (self.panels.queue, self.panels.inspector, self.mouse) = (settings.queue, settings.inspector, settings.mouse);
        self.queue.wanted = settings.order;
        (self.automatic.usual, self.automatic.when) = (settings.automatic, settings.automatic.first());
        self.settings = settings;
    }

    /// The document that is on screen or, if another one has been asked for, that one.
    pub fn current(&self) -> Option<usize> {
        self.opening.map(|opening| opening.document).or(self.open.as_ref().map(|open| open.index))
    }

    /// The document on screen, if the session has begun with it by chance and nothing was decided or said in it since.
    pub fn untouched(&self) -> Option<usize> {
        let new = |document: usize| self.current() == Some(document) && self.queue.review(document) == ReviewState::New;
        self.work.began.filter(|document| new(*document))
    }

    /// Says something to the reader, in answer to what they did: it stays until the next key. A report that was not there
    /// for long comes back then.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.put_beneath();
        self.notice = Some(Notice { tone, text: text.into(), stays: 1 });
    }

    /// Reports something that the reader did not just ask for: it stays for some keys, so that it is not missed by
    /// somebody who is typing. An error that was not there for long comes back after a report of something else.
    pub fn report(&mut self, tone: Tone, text: impl Into<String>) {
        self.put_beneath();
        self.beneath.take_if(|waiting| tone == Tone::Error || waiting.tone != Tone::Error);
        self.notice = Some(Notice { tone, text: text.into(), stays: Notice::LONG });
    }

    /// Keeps a report that something else is about to take the place of before it can have been read; of two an error, else
    /// the later one.
    fn put_beneath(&mut self) {
        let report = self.notice.take_if(|notice| notice.stays > 1 && !notice.was_read());
        let waits = self.beneath.as_ref().is_some_and(|waiting| waiting.tone == Tone::Error);
        if let Some(report) = report.filter(|report| !waits || report.tone == Tone::Error) {
            self.beneath = Some(report);
        }
    }

    /// How a key is written that does `action` in the note; for sentences. An action without a key is in the list of actions.
    pub fn key(&self, action: Action) -> String {
        let name = |action| self.keymap.key(Context::Note, action).map(Key::name);
        name(action).unwrap_or_else(|| format!("the list of actions ({})", name(Action::Palette).unwrap_or_default()))
    }

    /// Where everything is on the screen.
    pub fn panes(&self) -> Panes {
        let guide = self.guide.topic.is_some();
        panes(self.screen, Panels { in_queue: self.mode.is_in_queue(), guide, ..self.panels })
    }

    /// Which bindings hold.
    pub fn context(&self) -> Context {
        self.mode.context()
    }
}

impl Mode {
    /// Whether the keyboard is in the queue.
    pub fn is_in_queue(&self) -> bool {
        matches!(self, Self::Queue | Self::Filter)
    }

    /// Whether it is a list that a cursor or a window moves through.
    pub fn is_list(&self) -> bool {
        match self {
            Self::Queue
            | Self::Changes
            | Self::Versions
            | Self::Schemes
            | Self::Suspects
            | Self::Comments
            | Self::Timeline
            | Self::Matches
            | Self::Dashboard { .. }
            | Self::Help { .. } => true,
            Self::Relabel(doing) => !matches!(doing, relabel::Doing::Typing { .. }),
            Self::Note
            | Self::Guide
            | Self::Labels(_)
            | Self::Search
            | Self::Filter
            | Self::Comment
            | Self::Palette(_)
            | Self::Question(_) => false,
        }
    }

    /// Which bindings hold in it.
    pub fn context(&self) -> Context {
        match self {
            Self::Note => Context::Note,
            Self::Labels(_) => Context::Labels,
            Self::Search => Context::Search,
            Self::Queue => Context::Queue,
            Self::Filter => Context::Filter,
            Self::Changes => Context::Changes,
            Self::Versions => Context::Versions,
            Self::Schemes => Context::Schemes,
            Self::Relabel(relabel::Doing::Typing { .. }) => Context::Field,
            Self::Relabel(_) => Context::Relabel,
            Self::Suspects => Context::Suspects,
            Self::Matches => Context::Matches,
            Self::Dashboard { .. } => Context::Dashboard,
            Self::Comment => Context::Comment,
            Self::Comments => Context::Comments,
            Self::Timeline => Context::Timeline,
            Self::Help { .. } => Context::Help,
            Self::Guide => Context::Guide,
            Self::Palette(_) => Context::Palette,
            Self::Question(_) => Context::Question,
        }
    }
}
