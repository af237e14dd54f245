//! Behaviour, driven by keys and by replies of a store and a worker that are played here. No terminal, no clock.

mod automatic;
mod bench;
mod changes;
mod comments;
mod flow;
mod guide;
mod hands;
mod inspector;
mod note;
mod notices;
mod pages;
mod palette;
mod places;
mod pointing;
mod queue;
mod random;
mod reading;
mod schemes;
mod seen;
mod settings;
mod suspects;
mod timeline;
mod tutorial;
mod waiting;
