//! What every request must show before anything is done for it, and what every answer carries.
//!
//! A page of another origin can make a browser send requests here, and a name of another's can be made to point here (DNS
//! rebinding). Neither knows the cookie, neither can set `Host` or `Origin`.

use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri};

use super::session::Sessions;

/// The names under which this server is reached, and what its cookie is called: browsers keep cookies by host without the port,
/// and the pages of two homes are two servers.
#[derive(Clone, Debug)]
pub(crate) struct Origins {
    hosts: [String; 2],
    cookie: String,
}

impl Origins {
    pub(crate) fn of(port: u16) -> Self {
        Self {
            hosts: ["127.0.0.1", "localhost"].map(|name| format!("{name}:{port}")),
            cookie: format!("thamvan-{port}"),
        }
    }

    /// Whether the request carries a cookie that this server gave.
    pub(crate) fn is_logged_in(&self, headers: &HeaderMap, sessions: &Sessions) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter();
        let pairs = cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let mut ours = pairs.filter(|(name, _)| *name == self.cookie);
        ours.any(|(_, value)| sessions.knows(value))
    }

    /// The cookie, for this browser's session and this site alone.
    pub(crate) fn cookie(&self, value: &str) -> String {
        format!("{}={value}; HttpOnly; SameSite=Strict; Path=/", self.cookie)
    }

    /// Whether the request is for this server, and comes from one of its own pages where it may change anything.
    ///
    /// # Errors
    /// The status of the refusal.
    pub(crate) fn check<B>(&self, request: &Request<B>) -> Result<(), StatusCode> {
        let headers = request.headers();
        let host = only(headers, &header::HOST).filter(|host| self.is_ours(host));
        if host.is_none() || !is_path(request.uri()) {
            return Err(StatusCode::MISDIRECTED_REQUEST);
        }
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let origin = headers.contains_key(header::ORIGIN);
        if origin || !reads {
            let origin = only(headers, &header::ORIGIN).and_then(|it| it.strip_prefix("http://"));
            if !origin.is_some_and(|host| self.is_ours(host)) {
                return Err(StatusCode::FORBIDDEN);
            }
        }
        // A link from elsewhere may open the page, and nothing else.
        let site = headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes);
        let is_page = request.uri().path() == "/";
        let foreign = matches!(site, Some(b"cross-site" | b"same-site"));
        if foreign && !is_page {
            return Err(StatusCode::FORBIDDEN);
        }
        Ok(())
    }

    fn is_ours(&self, host: &str) -> bool {
        self.hosts.iter().any(|ours| ours == host)
    }
}

/// What every answer carries, unless it brought its own: nothing but our own files is loaded or run, nobody frames us, nothing
/// is told to others.
pub(crate) fn protect(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
}

/// The one value of a header; none where it is absent or said twice.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Whether the target is a path alone, as browsers send it.
fn is_path(uri: &Uri) -> bool {
    uri.authority().is_none() && uri.path().starts_with('/')
}

const SEC_FETCH_SITE: &str = "sec-fetch-site";
const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, path: &str, headers: &[(&str, &str)]) -> Result<(), u16> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let checked = Origins::of(4000).check(&request.body(()).unwrap());
        checked.map_err(|status| status.as_u16())
    }

    #[test]
    fn only_our_own_pages_act_and_only_under_our_own_name() {
        let host = ("host", "127.0.0.1:4000");
        let origin = ("origin", "http://127.0.0.1:4000");
        for (method, path, headers, expected) in [
            ("GET", "/", &[host][..], Ok(())),
            ("GET", "/", &[("host", "localhost:4000")], Ok(())),
            ("GET", "/", &[], Err(421)),
            ("GET", "/", &[host, host], Err(421)),
            ("GET", "/", &[("host", "127.0.0.1")], Err(421)),
            ("GET", "/", &[("host", "127.0.0.1:4001")], Err(421)),
            ("GET", "/", &[("host", "evil.example:4000")], Err(421)),
            (
                "GET",
                "/",
                &[("host", "localhost:4000.evil.example")],
                Err(421),
            ),
            ("GET", "http://evil.example/", &[host], Err(421)),
            ("GET", "/api/state", &[host], Ok(())),
            ("GET", "/api/state", &[host, ("origin", "null")], Err(403)),
            (
                "GET",
                "/",
                &[host, ("sec-fetch-site", "cross-site")],
                Ok(()),
            ),
            (
                "GET",
                "/api/state",
                &[host, ("sec-fetch-site", "cross-site")],
                Err(403),
            ),
            (
                "GET",
                "/api/state",
                &[host, ("sec-fetch-site", "same-site")],
                Err(403),
            ),
            (
                "GET",
                "/api/state",
                &[host, ("sec-fetch-site", "same-origin")],
                Ok(()),
            ),
            ("POST", "/api/verb", &[host, origin], Ok(())),
            ("POST", "/api/verb", &[host], Err(403)),
            ("POST", "/api/verb", &[host, origin, origin], Err(403)),
            ("POST", "/api/verb", &[host, ("origin", "null")], Err(403)),
            (
                "POST",
                "/api/verb",
                &[host, ("origin", "https://127.0.0.1:4000")],
                Err(403),
            ),
            (
                "POST",
                "/api/verb",
                &[host, ("origin", "http://127.0.0.1:4001")],
                Err(403),
            ),
            (
                "POST",
                "/api/verb",
                &[host, ("origin", "http://evil.example")],
                Err(403),
            ),
            (
                "OPTIONS",
                "/api/verb",
                &[host, ("origin", "http://evil.example")],
                Err(403),
            ),
        ] {
            assert_eq!(
                check(method, path, headers),
                expected,
                "{method} {path} {headers:?}"
            );
        }
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let sessions = Sessions::default();
        let token = sessions.token().unwrap();
        let value = sessions.exchange(&token).unwrap().unwrap();
        let logged_in = |cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            Origins::of(4000).is_logged_in(&headers, &sessions)
        };
        assert!(logged_in(&format!("thamvan-4000={value}")));
        assert!(logged_in(&format!(
            "thamvan-4001=x; thamvan-4000=false; thamvan-4000={value}"
        )));
        assert!(!logged_in(&format!("thamvan-4001={value}")));
        assert!(!logged_in("thamvan-4000"));
        assert!(!logged_in(""));
    }
}
