//! What the store's thread is held by: the way in for requests, and ways to wait for its end.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use super::protocol::Request;

/// The running thread.
#[derive(Debug)]
pub struct StoreHandle {
    /// Where requests go.
    pub requests: Sender<Request>,
    pub(super) thread: JoinHandle<()>,
    /// Nothing ever comes; it is closed once the thread has nothing more to do.
    pub(super) ended: Receiver<()>,
}

impl StoreHandle {
    /// Waits until every request has been carried out and the project is closed. Where others hold senders, somebody
    /// has to send [`Request::Close`] first.
    pub fn join(self) {
        drop(self.requests);
        // A panic was already reported where it happened.
        let _ = self.thread.join();
    }

    /// As [`StoreHandle::join`], but no longer than `patience`: a disk that does not answer must not keep the program from
    /// ending. Whether the thread has ended.
    pub fn join_within(self, patience: Duration) -> bool {
        let ended = matches!(self.ended.recv_timeout(patience), Err(RecvTimeoutError::Disconnected));
        if ended {
            self.join();
        }
        ended
    }
}
