//! Who may use the pages: a token that is good once, then a cookie.

use std::sync::{Mutex, MutexGuard, PoisonError};

use data_encoding::HEXLOWER;
use thamvan_proto::entry::sha256;
use thamvan_proto::tlog::Hash;

use crate::limits::{SESSIONS_MAX, TOKENS_MAX};

/// Tokens and cookies, by their hashes: what is compared byte by byte tells nothing of them.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    tokens: Mutex<Vec<Hash>>,
    cookies: Mutex<Vec<Hash>>,
}

impl Sessions {
    /// Another token, good for one page. The oldest that nobody used are forgotten.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub(crate) fn token(&self) -> Result<String, getrandom::Error> {
        let token = secret()?;
        keep(&self.tokens, &token, TOKENS_MAX);
        Ok(token)
    }

    /// A cookie for a token that has not been used; the token is used then.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub(crate) fn exchange(&self, token: &str) -> Result<Option<String>, getrandom::Error> {
        let cookie = secret()?;
        let hash = sha256(token.as_bytes());
        let mut tokens = locked(&self.tokens);
        let Some(place) = tokens.iter().position(|known| *known == hash) else {
            return Ok(None);
        };
        tokens.remove(place);
        keep(&self.cookies, &cookie, SESSIONS_MAX);
        Ok(Some(cookie))
    }

    /// Whether it is the value of a cookie that was given.
    pub(crate) fn knows(&self, cookie: &str) -> bool {
        locked(&self.cookies).contains(&sha256(cookie.as_bytes()))
    }
}

fn keep(place: &Mutex<Vec<Hash>>, secret: &str, max: usize) {
    let mut kept = locked(place);
    if kept.len() >= max {
        kept.remove(0);
    }
    kept.push(sha256(secret.as_bytes()));
}

fn locked(place: &Mutex<Vec<Hash>>) -> MutexGuard<'_, Vec<Hash>> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

/// 256 bits.
fn secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(HEXLOWER.encode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_once_and_its_cookie_until_newer_ones_take_its_place() {
        let sessions = Sessions::default();
        let token = sessions.token().unwrap();
        assert_eq!(sessions.exchange("0").unwrap(), None);
        let cookie = sessions.exchange(&token).unwrap().unwrap();
        assert_eq!(sessions.exchange(&token).unwrap(), None);
        assert!(sessions.knows(&cookie));
        assert!(!sessions.knows(&token) && !sessions.knows(""));
        for _ in 0..SESSIONS_MAX {
            let token = sessions.token().unwrap();
            sessions.exchange(&token).unwrap().unwrap();
        }
        assert!(!sessions.knows(&cookie));
    }

    #[test]
    fn tokens_that_nobody_uses_do_not_pile_up() {
        let sessions = Sessions::default();
        let first = sessions.token().unwrap();
        for _ in 0..TOKENS_MAX {
            sessions.token().unwrap();
        }
        assert_eq!(sessions.exchange(&first).unwrap(), None);
    }
}
