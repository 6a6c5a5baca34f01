//! What was measured: a table for people, `bench.json` for everything else.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::json;

/// One measurement.
#[derive(Debug)]
pub(crate) struct Row {
    /// What.
    pub(crate) name: String,
    /// How much.
    pub(crate) value: f64,
    /// Of what.
    pub(crate) unit: &'static str,
    /// The raw measurement of the same run that it is held against, with its unit.
    pub(crate) probe: Option<String>,
    /// Value over probe, as the target counts it.
    pub(crate) ratio: Option<f64>,
    /// What the ratio (or the value, where there is no probe) is meant to be.
    pub(crate) target: Option<Target>,
}

/// A target for the ratio, or for the value where there is no ratio.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    fn is_met(self, got: f64) -> bool {
        match self {
            Self::AtMost(most) => got <= most,
            Self::AtLeast(least) => got >= least,
        }
    }

    fn words(self) -> String {
        match self {
            Self::AtMost(most) => format!("<= {most}"),
            Self::AtLeast(least) => format!(">= {least}"),
        }
    }
}

impl Row {
    /// A value that nothing is held against.
    pub(crate) fn plain(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            probe: None,
            ratio: None,
            target: None,
        }
    }

    /// Holds the value against `probe`, a measurement of the same run.
    pub(crate) fn against(mut self, probe: f64, words: &str, target: Target) -> Self {
        self.probe = Some(format!("{words} = {}", round(probe)));
        self.ratio = Some(self.value / probe);
        self.target = Some(target);
        self
    }

    /// Holds the value itself against a target.
    pub(crate) fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    fn is_met(&self) -> Option<bool> {
        let got = self.ratio.unwrap_or(self.value);
        self.target.map(|target| target.is_met(got))
    }
}

/// Everything measured so far; each row is printed as it comes.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<(Row, f64)>,
}

impl Report {
    pub(crate) fn add(&mut self, row: Row) {
        let load = load_average();
        let verdict = match row.is_met() {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        };
        println!(
            "{:<62} {:>12} {:<14} {:<34} {:>8} {:>9} {verdict}",
            row.name,
            round(row.value),
            row.unit,
            row.probe.as_deref().unwrap_or(""),
            row.ratio.map(round).unwrap_or_default(),
            row.target.map(Target::words).unwrap_or_default(),
        );
        self.rows.push((row, load));
    }

    /// Writes `bench.json`.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|(row, load)| {
                json!({
                    "name": row.name, "value": row.value, "unit": row.unit, "probe": row.probe, "ratio": row.ratio,
                    "target": row.target.map(Target::words), "load_avg": load,
                })
            })
            .collect();
        fs::write(path, serde_json::to_string_pretty(&rows)?)
    }
}

/// Three digits that count.
pub(crate) fn round(value: f64) -> String {
    let digits = if value.abs() >= 100.0 {
        0
    } else if value.abs() >= 1.0 {
        2
    } else {
        4
    };
    format!("{value:.digits$}")
}

fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ')
        .next()
        .and_then(|word| word.parse().ok())
        .unwrap_or(f64::NAN)
}

/// The value below which `share` (0 to 1) of the sorted `values` lie.
pub(crate) fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index of a short list"
    )]
    let at = ((values.len() as f64 * share) as usize).min(values.len().saturating_sub(1));
    values.get(at).copied().unwrap_or(f64::NAN)
}
