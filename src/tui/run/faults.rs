//! Panics while the terminal is ours. A panic says where it happened and nothing else, since its message could hold text
//! of a note; and it says so once the terminal is a terminal again, since nobody would see it before.

use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync + 'static>;

/// The watch over panics: as long as it lives, none of them writes anything but a line of the log.
pub(super) struct Faults {
    before: Hook,
    /// Where the thread that watches panicked last.
    place: Arc<Mutex<Option<String>>>,
}

impl Faults {
    /// Begins to watch. `restore` is called at once when this thread panics, before anything else is tried that could
    /// fail too. Panics of other threads are told of by the owners of those.
    pub(super) fn watch(restore: fn()) -> Self {
        let before: Hook = Arc::from(panic::take_hook());
        let place = Arc::new(Mutex::new(None));
        let (ours, last) = (thread::current().id(), place.clone());
        panic::set_hook(Box::new(move |info| {
            let place =
                info.location().map_or_else(|| "an unknown place".to_owned(), |at| format!("{}:{}", at.file(), at.line()));
            let thread = thread::current();
            log::error!("panic on thread {} at {place}", thread.name().unwrap_or("without name"));
            if thread.id() == ours {
                restore();
                *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
            }
        }));
        Self { before, place }
    }

    /// Runs `work`. When it panics, the error is the place: file and line.
    pub(super) fn contain<T>(&self, work: impl FnOnce() -> T) -> Result<T, String> {
        catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
            let place = self.place.lock().unwrap_or_else(PoisonError::into_inner).take();
            place.unwrap_or_else(|| "an unknown place".to_owned())
        })
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        // The hook can't be changed by a thread that panics.
        if !thread::panicking() {
            let before = self.before.clone();
            panic::set_hook(Box::new(move |info| before(info)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::RunError;
    use super::*;

    static RESTORED: AtomicUsize = AtomicUsize::new(0);

    #[test]
    fn a_fault_gives_the_terminal_back_and_tells_its_place_but_not_its_message() {
        let faults = Faults::watch(|| {
            RESTORED.fetch_add(1, Ordering::SeqCst);
        });
        assert_eq!(faults.contain(|| 7), Ok(7));
        assert_eq!(RESTORED.load(Ordering::SeqCst), 0);
        let line = line!() + 1;
        let place = faults.contain(|| panic!("Mrs Smith, 64")).unwrap_err();
        assert_eq!(RESTORED.load(Ordering::SeqCst), 1);
        let told = RunError::Fault(place).to_string();
        assert!(told.contains(&format!("{}:{line}", file!())) && !told.contains("Smith"), "{told}");
    }
}
