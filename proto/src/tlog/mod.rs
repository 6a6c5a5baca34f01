//! Transparency-log mathematics and text formats: everything a log, an auditor or a witness must
//! agree on byte for byte, and nothing else.
//!
//! In scope: RFC 6962 tree hashing, inclusion and consistency proofs (RFC 9162), and the C2SP
//! formats signed-note, tlog-checkpoint, tlog-tiles and tlog-policy.
//! Out of scope: where tiles and checkpoints are stored, how they are fetched, what a log entry
//! means, clocks, and key storage. This module imports nothing from the rest of the crate, so that
//! a witness can be built from it alone.
//!
//! ```text
//!  entry bytes ── leaf_hash ──► Tree ── root ──► Checkpoint ── sign ──► SignedNote (text)
//!                                │                                          │
//!                                ├─ inclusion_path, consistency_path        └─ open_checkpoint
//!                                │        └──► verify_inclusion, verify_consistency
//!                                └─ tile ──► TilePath, entry bundles (static files)
//! ```
//!
//! Sizes count entries and indices start at 0; both are `u64`. Swapping the two never verifies,
//! because every function that takes both refuses an index that is not below the size.

mod checkpoint;
mod hash;
mod key;
mod note;
mod policy;
mod proof;
mod text;
mod tile;
mod tree;

pub use checkpoint::{
    Checkpoint, CheckpointError, CheckpointParseError, open_checkpoint, sign_checkpoint,
};
pub use hash::{EMPTY_ROOT, HASH_LEN, Hash, HashTextError, leaf_hash, node_hash, root_of_leaves};
pub use key::{
    KEY_NAME_LEN_MAX, KeyId, KeyType, Name, NameError, NoteSigner, PUBLIC_KEY_LEN, PublicKeyError,
    VKEY_LEN_MAX, VerifierKey, VerifierKeyError, key_id,
};
pub use note::{
    NOTE_LEN_MAX, NOTE_SIGNATURES_MAX, NoteError, NoteParseError, NoteSignature,
    SignatureLineError, SignedNote,
};
pub use policy::{
    POLICY_GROUPS_MAX, POLICY_LEN_MAX, POLICY_WITNESSES_MAX, Policy, PolicyError, PolicyGroup,
    PolicyLineError, PolicyWitness, Quorum, Threshold,
};
pub use proof::{
    ConsistencyError, InclusionError, PROOF_HASHES_MAX, verify_consistency, verify_inclusion,
};
pub use tile::{
    BundleDecodeError, BundleEncodeError, ENTRY_LEN_MAX, HashTileError, TILE_LEVEL_MAX,
    TILE_PATH_LEN_MAX, TILE_WIDTH, TileLevel, TilePath, TilePathError, decode_entry_bundle,
    decode_hash_tile, encode_entry_bundle, tiles_for_size,
};
pub use tree::{ConsistencyPathError, InclusionPathError, Tree};
