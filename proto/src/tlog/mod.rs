//! Transparency-log mathematics and text formats: everything a log, an auditor or a witness must
//! agree on byte for byte, and nothing else.
//!
//! In scope: RFC 6962 tree hashing, inclusion and consistency proofs (RFC 9162), and the C2SP
//! formats signed-note, tlog-checkpoint, tlog-cosignature, tlog-witness (its texts), tlog-tiles,
//! tlog-policy and tlog-proof.
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
//!
//!  SignedNote ── AddCheckpoint ──► witness ── CosignatureSigner ──► line ── with_signature ──► SignedNote
//!  SignedNote ── Policy::open ──► WitnessedCheckpoint;   with index and path ──► TlogProof (text)
//! ```
//!
//! Sizes count entries and indices start at 0; both are `u64`. Swapping the two never verifies,
//! because every function that takes both refuses an index that is not below the size.

mod add_checkpoint;
mod bundle;
mod checkpoint;
mod cosignature;
mod hash;
mod key;
mod note;
mod policy;
mod proof;
mod text;
mod tile;
mod tiled;
mod tree;

pub use add_checkpoint::{
    ADD_CHECKPOINT_LEN_MAX, AddCheckpoint, AddCheckpointError, COSIGNATURE_LINES_LEN_MAX,
    CosignatureLinesError, TREE_SIZE_CONTENT_TYPE, parse_cosignature_lines, parse_tree_size,
};
pub use bundle::{
    TLOG_PROOF_EXTRA_LEN_MAX, TLOG_PROOF_LEN_MAX, TlogProof, TlogProofError, TlogProofParseError,
};
pub use checkpoint::{
    Checkpoint, CheckpointError, CheckpointParseError, open_checkpoint, sign_checkpoint,
};
pub use cosignature::{COSIGNATURE_LEN, Cosignature, CosignatureError, CosignatureSigner};
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
    Cosigner, LineSigner, NoteLine, POLICY_GROUPS_MAX, POLICY_LEN_MAX, POLICY_WITNESSES_MAX,
    Policy, PolicyError, PolicyGroup, PolicyLineError, PolicyWitness, Quorum, Threshold,
    WitnessedCheckpoint, WitnessedCheckpointError,
};
pub use proof::{
    ConsistencyError, InclusionError, PROOF_HASHES_MAX, verify_consistency, verify_inclusion,
};
pub use tile::{
    BundleDecodeError, BundleEncodeError, ENTRY_LEN_MAX, HashTileError, TILE_LEVEL_MAX,
    TILE_PATH_LEN_MAX, TILE_WIDTH, TileLevel, TilePath, TilePathError, decode_entry_bundle,
    decode_hash_tile, encode_entry_bundle, tiles_for_size,
};
pub use tiled::{tiled_inclusion_path, tiles_for_inclusion};
pub use tree::{ConsistencyPathError, InclusionPathError, Tree};
