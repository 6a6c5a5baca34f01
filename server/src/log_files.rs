//! The log as static files (C2SP tlog-tiles), served from memory.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use thamvan_proto::tlog::{TILE_WIDTH, TileLevel, TilePath, encode_entry_bundle};
use tokio::time::Instant;

use crate::http::status;
use crate::shared::Shared;

/// The file `name` of the log: `checkpoint` with its cosignatures, or a tile that the published checkpoint covers, which is
/// at least as large.
pub(crate) fn get(name: &str, shared: &Shared) -> Response<Full<Bytes>> {
    let published = shared.published();
    if name == "checkpoint" {
        let note = shared.board.served(&published, Instant::now());
        return file(note.into_bytes(), "text/plain; charset=utf-8", "no-store");
    }
    let bytes = TilePath::parse(name)
        .ok()
        .and_then(|path| tile(&path, published.size, shared));
    bytes.map_or_else(
        || status(StatusCode::NOT_FOUND),
        |bytes| {
            file(
                bytes,
                "application/octet-stream",
                "max-age=31536000, immutable",
            )
        },
    )
}

fn tile(path: &TilePath, size: u64, shared: &Shared) -> Option<Vec<u8>> {
    let width = u64::from(TILE_WIDTH);
    let start = path.n().checked_mul(width)?;
    let end = start.checked_add(path.width().into())?;
    let state = shared.state();
    match path.level() {
        TileLevel::Entries => {
            let range = usize::try_from(start).ok()?..usize::try_from(end.min(size)).ok()?;
            let leaves = state.leaves().get(range).filter(|_| end <= size)?;
            let entries: Vec<_> = leaves.iter().map(|leaf| leaf.0).collect();
            encode_entry_bundle(&entries).ok()
        }
        TileLevel::Hash(level) => {
            let covered = end.checked_mul(width.checked_pow(level.into())?)?;
            (covered <= size).then(|| state.tree().tile(level, path.n(), path.width()))?
        }
    }
}

fn file(bytes: Vec<u8>, kind: &'static str, cache: &'static str) -> Response<Full<Bytes>> {
    let mut reply = Response::new(Full::from(bytes));
    let fields = reply.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    reply
}
