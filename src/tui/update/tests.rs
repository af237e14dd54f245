//! Behaviour, driven by keys and by replies of a store and a worker that are played here. No terminal, no clock.

mod bench;
mod comments;
mod flow;
mod note;
mod queue;
mod random;
mod schemes;
mod suspects;
mod waiting;
