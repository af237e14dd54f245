//! Chartmark: label medical notes word by word in a terminal, with a model that learns from each correction.
//!
//! # Threads and messages
//!
//! The screen never waits for the disk or for the model. Each has a thread of its own; they share nothing that changes
//! and talk over channels, in plain data.
//!
//! ```text
//!   input thread    ── key, mouse, resize ──┐
//!   signals thread  ── terminate ───────────┤ one inbox
//!                                           ▼
//!            ┌────────────────────── screen's thread ──────────────────────┐
//!            │  Event ─ keymap → Message ─ update(&mut State) → [Effect]   │
//!            │  view(&State) → frame, once a burst of events is taken in   │
//!            └───────┬──────────────▲───────────────┬───────────────▲──────┘
//!      store::Request│              │store::Reply   │Command        │inference::Reply
//!                    ▼              │               ▼               │
//!              store's thread ──────┘         worker's thread ──────┘
//!              SQLite, the only writer        encoder, head, training: every tensor
//! ```
//!
//! - [`tui`] has Elm's shape: `update` does no I/O, reads no clock and starts nothing. What it wants done it returns as
//!   effects, which the run loop carries out, so that all behaviour is tested as state and message in, state and
//!   effects out. Nothing ticks: the loop sleeps until something arrives, or until the one
//!   alarm rings that it keeps for a training that waits for a pause.
//! - [`store`] answers a request when the work is durable. A toggle is on screen at once, as pending, and becomes saved
//!   when the answer comes. What happened is a chain of events that is only added to; decisions, review states and
//!   undo are read from it; going back to a point of the past is one more event. A new model version is in the same
//!   transaction as the event that made it.
//! - [`inference`] works in small steps (some windows, some milliseconds of training) and looks for orders between
//!   them: first the document on screen, then which labels a new version flipped, then the order of the queue, then a
//!   training, then the documents next in the queue, then the rest. A panic there becomes a reply, and the worker starts
//!   again with the orders that still hold.
//!
//! A training goes round all three: the store gathers the decisions ([`domain::TrainJob`]), the worker learns and
//! judges ([`domain::TrainedHead`]), the store records the version and says whether it is active, and only then the
//! worker is told to use it and reports whose labels flipped, which the store keeps for later sessions. Given up anywhere on
//! the way, it has changed nothing.
//!
//! A model has one encoder and a head for each label scheme it was made for; word vectors are the same for all of them. A
//! project has labels of its own: of the head that knows most of them, each takes its row by name, and one without a row
//! has learned nothing. Such a label is suggested where its seed terms stand ([`inference::seeds`]) until a training has
//! learned it. Taking other labels ends the session on the screen: the project is closed, given the new scheme, and
//! opened again in the same terminal, with the vectors that are there.
//!
//! # Modules, and what each may use
//!
//! ```text
//!   domain           documents, words, labels, edits, history: pure      nothing
//!   tokenization     words, subwords, windows, seed terms                domain
//!   metrics          counts, F1, calibration, bootstrap, agreement       domain
//!   active_learning  uncertainty, acquisition functions, the queue       domain
//!   formats          corpora, guidelines, import and export              domain
//!   config           what a person has set, and where                    domain, active_learning, formats
//!   store            the project file and its thread                     domain, formats, metrics, tokenization::segment
//!   encoder          model files, BERT, word vectors                     domain, tokenization
//!   head             classifier, loss, optimizer, trainer, judge         domain, metrics
//!   training         models from gold, encoder and head                   domain, tokenization, metrics, encoder, head
//!   simulation       active learning replayed on gold                    domain, metrics, active_learning, encoder, head,
//!                                                                        training
//!   inference        the worker and its protocol                         domain, tokenization, metrics, encoder, head,
//!                                                                        active_learning, formats
//!   tui              the screen                                          domain, active_learning, formats, config, store,
//!                                                                        inference
//!   cli              arguments, one file a subcommand                    all
//! ```
//!
//! ratatui and crossterm are named in `tui` alone, clap in `cli`, rusqlite in `store`, pulldown_cmark in `formats`, candle in
//! `encoder`, `head`, `training`, `simulation` and `inference`. `tests/architecture.rs` checks this, and that each uses what it may.
//!
//! # Where state lives
//!
//! - Lasting: the project file (events, what follows from them, heads, what versions changed). Notes are read and never
//!   written; models are files, or embedded in the program.
//! - Of a session: the screen's `State`, with the annotations of the open document; the worker's orders and active head.
//! - Made again at need, hence bounded: the word vectors of whole documents in the worker ([`inference::cache`], 256 MB), by
//!   which another head costs one small product and a training encodes nothing twice; in the screen the probabilities
//!   of documents that were open before, and the layout of the one that is; and, for ranking, some eighty numbers a
//!   document.
//!
//! Everything random (fresh weights, order of examples, dropout, resampling) is drawn from seeds that are kept, so that
//! a training gives the same bytes again on the same machine.

pub mod active_learning;
pub mod cli;
pub mod config;
pub mod domain;
pub mod encoder;
pub mod formats;
pub mod head;
pub mod inference;
pub mod metrics;
pub mod simulation;
pub mod store;
pub mod tokenization;
pub mod training;
pub mod tui;
