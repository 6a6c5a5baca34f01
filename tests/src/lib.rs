//! What the tests share: one sample session from fixed seeds, samples of every type, an annotator of bytes, and the fuzz targets.

pub mod annotate;
pub mod fuzz;
pub mod samples;
pub mod session;
