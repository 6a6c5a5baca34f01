use ed25519_dalek::SigningKey;

use super::*;
use crate::directory::testing::{World, enrolment};
use crate::directory::{Signers, Statement};
use crate::id::Salt;

fn key(number: u8) -> PublicKey {
    PublicKey(
        SigningKey::from_bytes(&[number; 32])
            .verifying_key()
            .to_bytes(),
    )
}

fn keys(numbers: &[u8]) -> Vec<PublicKey> {
    numbers.iter().copied().map(key).collect()
}

fn hash(numbers: &[u8]) -> Hash {
    sha256(&cbor::to_vec(&keys(numbers)))
}

/// A genesis with keys 1 to 3, two of which sign; 4 to 6 follow.
fn world() -> World {
    let mut world = World::new();
    let genesis = Genesis {
        version: 1,
        origin: "example.org/log".into(),
        shard: 0,
        threshold: 2,
        root_keys: keys(&[1, 2, 3]),
        next_roots: hash(&[4, 5, 6]),
        log_key: String::new(),
        policy: Hash([0; 32]),
        stream_key: Salt([0; 32]),
        made: 0,
    };
    world.directory.set_genesis(genesis, Hash([0; 32]));
    world
}

fn rotation(threshold: u64, numbers: &[u8], next: &[u8]) -> Statement {
    Statement::RootRotation(RootRotation {
        threshold,
        keys: keys(numbers),
        next_roots: hash(next),
    })
}

#[test]
fn a_rotation_reveals_the_keys_committed_to_and_commits_to_the_next() {
    let mut world = world();
    let before = world.directory.size() - 1;
    let conflict = |what| Err(StatementError::Conflict { what });
    for other in [&[4, 5][..], &[4, 6, 5], &[1, 2, 3], &[]] {
        let refused = world.fits(&rotation(2, other, &[7]));
        assert_eq!(refused, conflict("next root keys"), "{other:?}");
    }
    world.state(rotation(2, &[4, 5, 6], &[7])).unwrap();
    assert_eq!(world.at().roots().unwrap().keys, keys(&[4, 5, 6]));
    assert_eq!(
        world.directory.at(before).roots().unwrap().keys,
        keys(&[1, 2, 3])
    );
    // Once, and on to what it committed to; k never falls.
    assert_eq!(
        world.fits(&rotation(2, &[4, 5, 6], &[7])),
        conflict("next root keys")
    );
    assert_eq!(world.fits(&rotation(2, &[7], &[8])), conflict("root keys"));
    assert_eq!(world.fits(&rotation(1, &[7], &[8])), conflict("root keys"));
}

#[test]
fn impossible_keys_and_those_that_are_a_devices_id_are_refused() {
    let mut world = world();
    for threshold in [0, 1, 4] {
        let refused = world.fits(&rotation(threshold, &[4, 5, 6], &[7]));
        assert_eq!(
            refused,
            Err(StatementError::Conflict { what: "root keys" }),
            "{threshold}"
        );
    }
    let mut device = enrolment("lan@mofa", 1);
    device.device = DeviceId(root_key_id(&key(5)).0);
    world.push_by(Statement::DeviceEnrol(device), Signers::Root);
    let refused = world.fits(&rotation(2, &[4, 5, 6], &[7]));
    assert_eq!(refused, Err(StatementError::Conflict { what: "device" }));
}

#[test]
fn no_official_rotates_root_keys() {
    let mut world = world();
    world.person("an@mofa", 9, Signers::Root);
    world.grant(
        "an@mofa",
        crate::directory::Role::NationalAdministrator,
        Signers::Root,
    );
    let statement = rotation(2, &[4, 5, 6], &[7]);
    let an = "an@mofa".parse().unwrap();
    assert_eq!(
        world.at().may_state(&an, &statement, 0),
        Err(StatementError::NotPermitted)
    );
    assert!(statement.needs_two_persons());
}
