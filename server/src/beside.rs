//! Work side by side: files that need no order among each other are written and synced at one time.
//!
//! Each wait for a disk ends with a wait for a processor. On a busy machine that is most of it, so two waits one after
//! another cost twice as much as two at one time.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use crate::durable::WriteError;

/// One piece of work.
pub(crate) type Work = Box<dyn FnOnce() -> Result<(), WriteError> + Send>;

/// Threads that work beside the caller; each is made when it is first needed and ends with this.
#[derive(Debug, Default)]
pub(crate) struct Beside(Mutex<Vec<Helper>>);

#[derive(Debug)]
struct Helper {
    work: Sender<Work>,
    done: Receiver<Result<(), WriteError>>,
}

impl Beside {
    /// Does `here` on this thread and each of `there` on one of its own; returns when all of it has ended.
    ///
    /// # Errors
    /// The first that was met: the rest has ended all the same, so nothing is written any more.
    pub(crate) fn all(
        &self,
        here: impl FnOnce() -> Result<(), WriteError>,
        there: Vec<Work>,
    ) -> Result<(), WriteError> {
        let mut helpers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while helpers.len() < there.len() {
            helpers.push(Helper::start().map_err(failed)?);
        }
        let count = there.len();
        for (helper, work) in helpers.iter().zip(there) {
            // One that has ended says so below.
            let _ = helper.work.send(work);
        }
        let mut done = here();
        for helper in helpers.iter().take(count) {
            done = done.and(helper.done.recv().unwrap_or_else(|_| Err(ended())));
        }
        done
    }
}

impl Helper {
    fn start() -> io::Result<Self> {
        let (work, works) = channel::<Work>();
        let (said, done) = channel();
        std::thread::Builder::new()
            .name("beside".to_owned())
            .spawn(move || {
                // Whoever has gone needs no answer.
                while let Ok(work) = works.recv()
                    && said.send(work()).is_ok()
                {}
            })?;
        Ok(Self { work, done })
    }
}

fn ended() -> WriteError {
    failed(io::Error::other("a thread has ended"))
}

fn failed(source: io::Error) -> WriteError {
    WriteError {
        subject: "beside",
        step: "thread",
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};

    use super::*;

    fn error(subject: &'static str) -> WriteError {
        WriteError {
            subject,
            step: "sync",
            source: io::ErrorKind::Other.into(),
        }
    }

    #[test]
    fn all_of_it_is_under_way_at_one_time() {
        let beside = Beside::default();
        for count in [0, 1, 2, 1] {
            // Nobody passes unless all have come.
            let met = Arc::new(Barrier::new(count + 1));
            let there = (0..count).map(|_| -> Work {
                let met = Arc::clone(&met);
                Box::new(move || {
                    met.wait();
                    Ok(())
                })
            });
            let here = || {
                met.wait();
                Ok(())
            };
            beside.all(here, there.collect()).unwrap();
        }
    }

    #[test]
    fn an_error_waits_for_what_is_under_way() {
        let beside = Beside::default();
        let done = Arc::new(Mutex::new(false));
        let late = Arc::clone(&done);
        let (go, gone) = channel();
        let there: Work = Box::new(move || {
            gone.recv().unwrap();
            *late.lock().unwrap() = true;
            Ok(())
        });
        let here = || {
            go.send(()).unwrap();
            Err(error("here"))
        };
        assert_eq!(beside.all(here, vec![there]).unwrap_err().subject, "here");
        assert!(*done.lock().unwrap());
        let there: Work = Box::new(|| Err(error("there")));
        assert_eq!(
            beside.all(|| Ok(()), vec![there]).unwrap_err().subject,
            "there"
        );
    }

    #[test]
    fn a_thread_that_panics_is_an_error_from_then_on() {
        let beside = Beside::default();
        for _ in 0..2 {
            let there: Work = Box::new(|| panic!("as planned"));
            let failed = beside.all(|| Ok(()), vec![there]).unwrap_err();
            assert_eq!(failed.subject, "beside");
        }
    }
}
