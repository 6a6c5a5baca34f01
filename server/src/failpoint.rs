//! Named places where a test stops the process, makes a file operation fail, or only looks on.
//!
//! A name is `<subject>-<moment>-<step>`, such as `records-before-sync`. The points are compiled in always, and nothing in
//! a shipped program arms them: there is no flag, variable or file for it, only [`arm`], which the integration tests call
//! in a server process of their own before they hand over to [`crate::serve`].

use std::fmt;
use std::io;
use std::sync::OnceLock;

/// When a point is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the step.
    Before,
    /// Half of the bytes are written.
    Mid,
    /// The step has succeeded.
    After,
}

/// One passing of a point.
#[derive(Clone, Copy, Debug)]
pub struct Hit<'a> {
    /// What is worked on, such as `records`.
    pub subject: &'static str,
    /// When.
    pub moment: Moment,
    /// What is done, such as `sync`.
    pub step: &'static str,
    /// The bytes that are written, if any.
    pub detail: &'a [u8],
}

impl fmt::Display for Hit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = match self.moment {
            Moment::Before => "before",
            Moment::Mid => "mid",
            Moment::After => "after",
        };
        write!(f, "{}-{moment}-{}", self.subject, self.step)
    }
}

/// What a test does at every point; an error becomes the failure of the step.
pub type Hook = Box<dyn Fn(&Hit<'_>) -> io::Result<()> + Send + Sync>;

/// Arms the points of this process, once. Says whether it was the first time.
pub fn arm(hook: Hook) -> bool {
    HOOK.set(hook).is_ok()
}

pub(crate) fn armed() -> bool {
    HOOK.get().is_some()
}

/// Passes a point. Cost when nothing is armed: one load.
///
/// # Errors
/// Whatever the hook of a test gives; none otherwise.
pub(crate) fn hit(
    subject: &'static str,
    moment: Moment,
    step: &'static str,
    detail: &[u8],
) -> io::Result<()> {
    HOOK.get().map_or(Ok(()), |hook| {
        hook(&Hit {
            subject,
            moment,
            step,
            detail,
        })
    })
}

static HOOK: OnceLock<Hook> = OnceLock::new();
