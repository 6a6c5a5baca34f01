//! Randomness from the operating system, as fixed-size arrays.

use crate::error::EngineError;

/// `N` random bytes.
///
/// # Errors
/// [`EngineError::Randomness`]: our environment.
pub fn bytes<const N: usize>() -> Result<[u8; N], EngineError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| EngineError::Randomness)?;
    Ok(bytes)
}
