//! The audit report: one document for programs, one page for people; the same facts in both.
//!
//! In scope: layout and words. Out of scope: what is true (`thamvan_audit`). The page loads nothing, runs nothing and prints
//! well; whatever others wrote (file names, device names, reasons) is text by construction, because `maud` escapes every splice.

mod consultations;
mod page;
mod sections;
#[cfg(test)]
mod tests;

use serde::Serialize;
use thamvan_audit::{Facts, Report};

pub(crate) use page::{page, policy};

/// `report.json`: a verification with the facts behind it.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(flatten)]
    facts: &'a Facts,
}

impl<'a> Document<'a> {
    pub(crate) fn new(report: &'a Report, facts: &'a Facts) -> Self {
        Self { report, facts }
    }
}
