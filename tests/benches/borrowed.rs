//! Measurements that stand in another crate's tests, because their fixtures do: run there, read from what they print.

use std::process::Command;

use crate::report::{Report, Row, Target};

/// Runs one test of `package` with `environment` and reports every line of it that begins with `measured`:
/// name, value, unit, name of the probe, value of the probe, with tabs between.
///
/// # Panics
/// The test fails, or prints no measurement.
pub(crate) fn measure(
    package: &str,
    test: &str,
    environment: &[(&str, &str)],
    targets: &[Target],
    report: &mut Report,
) {
    let run = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["test", "--profile", "dist", "--locked", "-p", package])
        .args(["--test", "it", "--", test, "--nocapture"])
        .envs(environment.iter().copied())
        .output()
        .expect("cargo runs");
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let rows: Vec<_> = text.lines().filter_map(row).collect();
    assert_eq!(rows.len(), targets.len(), "{text}");
    for ((row, words, probe), target) in rows.into_iter().zip(targets) {
        report.add(row.against(probe, &words, *target));
    }
}

fn row(line: &str) -> Option<(Row, String, f64)> {
    // The harness may have begun the line with the name of the test.
    let (_, measured) = line.split_once("measured\t")?;
    let mut words = measured.split('\t');
    let name = words.next()?;
    let value = words.next()?.parse().ok()?;
    let unit = match words.next()? {
        "us" => "us",
        "1/s" => "1/s",
        _ => return None,
    };
    let probe = words.next()?.to_owned();
    Some((
        Row::plain(name, value, unit),
        probe,
        words.next()?.parse().ok()?,
    ))
}
