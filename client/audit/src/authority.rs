//! Where trust begins: the pinned genesis, the policy that it names, and the tag keys that stream 0 commits.

use std::collections::BTreeMap;

use thamvan_proto::directory::{Directory, Genesis};
use thamvan_proto::id::StreamId;
use thamvan_proto::record::StreamKey;
use thamvan_proto::tlog::Checkpoint;

use crate::layout;
use crate::report::{Code, Finding, Findings};
use crate::stream::Stream;
use crate::verify::Pins;

/// Holds the genesis to the pins and the checkpoint.
pub(crate) fn check_genesis(
    directory: &Directory,
    pins: &Pins,
    checkpoint: &Checkpoint,
    findings: &mut Findings,
) {
    let Some((genesis, hash)) = directory.genesis() else {
        let detail = "stream 0 does not begin with a valid genesis";
        findings.push(Finding::error(Code::BadSignature, detail).of_stream(StreamId::DIRECTORY));
        return;
    };
    let facts = [
        (*hash == pins.genesis, "the genesis is not the pinned one"),
        (
            genesis.policy == pins.policy_hash,
            "the policy is not the one that the genesis names",
        ),
        (
            genesis.log_key == pins.policy.log().to_string(),
            "the log key of the policy is not the one that the genesis names",
        ),
        (
            genesis.origin == checkpoint.origin.as_str(),
            "the origin of the checkpoint is not the one that the genesis names",
        ),
    ];
    for (holds, detail) in facts {
        if !holds {
            findings
                .push(Finding::error(Code::BadSignature, detail).of_record(StreamId::DIRECTORY, 0));
        }
    }
}

/// Holds every tag key to its commitment, so that nobody is shown a second complete history.
pub(crate) fn check_keys(
    directory: &Directory,
    streams: &BTreeMap<StreamId, Stream>,
    findings: &mut Findings,
) {
    let genesis = directory.genesis().map(|(genesis, _)| genesis);
    for (id, stream) in streams {
        let Some(key) = &stream.key else {
            continue;
        };
        let of_directory = genesis.map(|genesis: &Genesis| StreamKey(genesis.stream_key.0));
        let opens = if *id == StreamId::DIRECTORY {
            of_directory.as_ref() == Some(key)
        } else if *id == StreamId::HEADS {
            of_directory
                .map(|of_directory| of_directory.of_heads())
                .as_ref()
                == Some(key)
        } else {
            let register = directory.streams().find(|register| register.stream == *id);
            register.is_some_and(|register| register.key_commitment == key.commitment())
        };
        if !opens {
            let detail = "k_stream does not open its commitment";
            findings.push(
                Finding::error(Code::EntryHash, detail)
                    .of_stream(*id)
                    .in_file(layout::key(id)),
            );
        }
    }
}
