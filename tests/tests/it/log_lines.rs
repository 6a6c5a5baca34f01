//! What clients and server write to their logs as errors: of a bad network and bad luck, nothing is one.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};

use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;

/// Lines of level ERROR of this process.
#[derive(Clone, Default)]
pub(crate) struct Errors(Arc<Mutex<Vec<u8>>>);

impl Errors {
    /// From now on they are kept; tests of one process share them.
    pub(crate) fn watch() -> Self {
        static SHARED: OnceLock<Errors> = OnceLock::new();
        let shared = SHARED.get_or_init(|| {
            let errors = Self::default();
            tracing::subscriber::set_global_default(errors.subscriber()).unwrap();
            errors
        });
        shared.clone()
    }

    fn subscriber(&self) -> impl Subscriber + use<> {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::ERROR)
            .with_writer(self.clone())
            .finish()
    }

    /// # Panics
    /// Where there is one.
    pub(crate) fn none(&self) {
        let lines = self.0.lock().unwrap();
        assert_eq!(String::from_utf8_lossy(&lines), "");
    }
}

impl Write for Errors {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Errors {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[test]
fn an_error_is_seen() {
    let errors = Errors::default();
    tracing::subscriber::with_default(errors.subscriber(), || {
        tracing::warn!("no error");
        errors.none();
        tracing::error!("one");
    });
    let lines = String::from_utf8(errors.0.lock().unwrap().clone()).unwrap();
    assert_eq!(lines.lines().count(), 1);
    assert!(lines.contains("one"));
}
