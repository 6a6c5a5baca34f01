//! Two devices, and a log that says something else than MLS does.

use super::*;

const GROUP: GroupId = GroupId([7; 20]);

/// A device with an MLS store of its own.
struct Device {
    crypto: CryptoProvider,
    connection: Connection,
    keys: DeviceKeys,
}

impl Device {
    fn new() -> Self {
        let mut connection = Connection::open_in_memory().unwrap();
        create_tables(&mut connection).unwrap();
        let (crypto, keys) = (
            CryptoProvider::new().unwrap(),
            DeviceKeys::generate().unwrap(),
        );
        Self {
            crypto,
            connection,
            keys,
        }
    }

    fn mls(&self) -> Mls<'_> {
        Mls::new(&self.crypto, &self.connection, &self.keys)
    }

    fn leaf(&self) -> Leaf {
        Leaf {
            device: self.keys.device,
            key: self.keys.mls_public(),
        }
    }
}

/// A group of `founder` with a staged and merged commit that adds `joiner`.
fn added(founder: &Device, joiner: &Device) -> Staged {
    let package = joiner.mls().key_package(Suite::XWing, false).unwrap();
    founder.mls().create(GROUP, Suite::XWing).unwrap();
    let staged = founder
        .mls()
        .stage(
            (GROUP, Suite::XWing),
            &[(joiner.leaf(), package)],
            &[],
            vec![],
        )
        .unwrap();
    founder.mls().merge_own(GROUP).unwrap();
    staged
}

/// Joins in one transaction, as every step is: what is refused never happened.
fn join(joiner: &Device, staged: &Staged, roster: &[Leaf], hash: &Hash) -> Result<(), MlsError> {
    let welcome = staged.welcome.as_ref().unwrap();
    let roster = roster.iter().copied().collect();
    let step = joiner.connection.unchecked_transaction().unwrap();
    let mls = Mls::new(&joiner.crypto, &step, &joiner.keys);
    mls.join(GROUP, welcome, &staged.ratchet_tree, &roster, hash)?;
    step.commit().unwrap();
    Ok(())
}

/// Three devices in one group.
fn three() -> (Device, Device, Device) {
    let (a, b, c) = (Device::new(), Device::new(), Device::new());
    let staged = added(&a, &b);
    join(&b, &staged, &[a.leaf(), b.leaf()], &staged.tree_hash).unwrap();
    let package = c.mls().key_package(Suite::XWing, false).unwrap();
    let staged = a
        .mls()
        .stage((GROUP, Suite::XWing), &[(c.leaf(), package)], &[], vec![])
        .unwrap();
    a.mls().merge_own(GROUP).unwrap();
    let adds = [c.leaf()];
    b.mls()
        .apply(
            GROUP,
            &staged.commit,
            &expected(&a, &adds, &[], staged.tree_hash),
        )
        .unwrap();
    join(
        &c,
        &staged,
        &[a.leaf(), b.leaf(), c.leaf()],
        &staged.tree_hash,
    )
    .unwrap();
    (a, b, c)
}

fn expected<'a>(
    sender: &Device,
    adds: &'a [Leaf],
    removes: &'a [DeviceId],
    tree_hash: Hash,
) -> Expected<'a> {
    Expected {
        sender: sender.leaf(),
        adds,
        removes,
        tree_hash,
    }
}

fn disagrees<T>(result: Result<T, MlsError>, about: &str) {
    match result {
        Err(MlsError::Disagrees { what } | MlsError::Unauthorised { what }) => {
            assert_eq!(what, about);
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted"),
    }
}

#[test]
fn a_message_goes_both_ways_and_is_bound_to_its_sender_and_header() {
    let (a, b, _) = three();
    let message = a.mls().encrypt(GROUP, b"content", b"aad".to_vec()).unwrap();
    disagrees(b.mls().decrypt(GROUP, &message, b.leaf(), b"aad"), "sender");
    let message = a.mls().encrypt(GROUP, b"content", b"aad".to_vec()).unwrap();
    disagrees(
        b.mls().decrypt(GROUP, &message, a.leaf(), b"other"),
        "authenticated data",
    );
    let message = a.mls().encrypt(GROUP, b"content", b"aad".to_vec()).unwrap();
    assert_eq!(
        b.mls().decrypt(GROUP, &message, a.leaf(), b"aad").unwrap(),
        b"content"
    );
    let message = b.mls().encrypt(GROUP, b"answer", b"aad".to_vec()).unwrap();
    assert_eq!(
        a.mls().decrypt(GROUP, &message, b.leaf(), b"aad").unwrap(),
        b"answer"
    );
}

#[test]
fn a_joiner_refuses_a_roster_or_tree_that_the_log_does_not_name() {
    let (a, b) = (Device::new(), Device::new());
    let staged = added(&a, &b);
    let hash = staged.tree_hash;
    disagrees(join(&b, &staged, &[b.leaf()], &hash), "roster");
    let stranger = Device::new().leaf();
    disagrees(
        join(&b, &staged, &[a.leaf(), b.leaf(), stranger], &hash),
        "roster",
    );
    let other_key = Leaf {
        key: stranger.key,
        ..a.leaf()
    };
    disagrees(join(&b, &staged, &[other_key, b.leaf()], &hash), "roster");
    disagrees(
        join(&b, &staged, &[a.leaf(), b.leaf()], &Hash([0; 32])),
        "group",
    );
    assert_eq!(b.mls().epoch(GROUP).unwrap(), None);
    // What was refused consumed nothing: the right roster still joins.
    join(&b, &staged, &[a.leaf(), b.leaf()], &hash).unwrap();
    assert_eq!(b.mls().epoch(GROUP).unwrap(), Some(1));
}

#[test]
fn a_member_refuses_a_commit_that_its_signed_body_does_not_say() {
    let (a, b, c) = three();
    let d = Device::new();
    let package = d.mls().key_package(Suite::XWing, false).unwrap();
    let staged = a
        .mls()
        .stage(
            (GROUP, Suite::XWing),
            &[(d.leaf(), package)],
            &[c.keys.device],
            vec![],
        )
        .unwrap();
    let (adds, removes, hash) = ([d.leaf()], [c.keys.device], staged.tree_hash);
    let commit = &staged.commit;
    let apply = |expected| b.mls().apply(GROUP, commit, &expected);
    disagrees(apply(expected(&a, &[], &removes, hash)), "proposals");
    disagrees(apply(expected(&a, &adds, &[], hash)), "proposals");
    let other = [Leaf {
        key: c.leaf().key,
        ..d.leaf()
    }];
    disagrees(apply(expected(&a, &other, &removes, hash)), "proposals");
    disagrees(apply(expected(&c, &adds, &removes, hash)), "sender");
    disagrees(
        apply(expected(&a, &adds, &removes, Hash([0; 32]))),
        "tree hash",
    );
    assert_eq!(b.mls().epoch(GROUP).unwrap(), Some(2));
    apply(expected(&a, &adds, &removes, hash)).unwrap();
    assert_eq!(b.mls().epoch(GROUP).unwrap(), Some(3));
    // Who was removed cannot read what follows.
    c.mls()
        .apply(GROUP, commit, &expected(&a, &adds, &removes, hash))
        .unwrap();
    a.mls().merge_own(GROUP).unwrap();
    let message = a.mls().encrypt(GROUP, b"after", vec![]).unwrap();
    assert!(c.mls().decrypt(GROUP, &message, a.leaf(), b"").is_err());
    assert_eq!(c.mls().epoch(GROUP).unwrap(), None);
    assert_eq!(
        b.mls().decrypt(GROUP, &message, a.leaf(), b"").unwrap(),
        b"after"
    );
}

#[test]
fn a_key_package_of_another_device_is_refused() {
    let (a, b) = (Device::new(), Device::new());
    a.mls().create(GROUP, Suite::XWing).unwrap();
    let package = b.mls().key_package(Suite::XWing, false).unwrap();
    let claimed = Leaf {
        device: DeviceId([1; 16]),
        ..b.leaf()
    };
    disagrees(
        a.mls().stage(
            (GROUP, Suite::XWing),
            &[(claimed, package.clone())],
            &[],
            vec![],
        ),
        "key package",
    );
    let other_suite = b.mls().key_package(Suite::X25519, false).unwrap();
    disagrees(
        a.mls().stage(
            (GROUP, Suite::XWing),
            &[(b.leaf(), other_suite)],
            &[],
            vec![],
        ),
        "key package",
    );
    assert!(
        a.mls()
            .stage((GROUP, Suite::XWing), &[(b.leaf(), package)], &[], vec![])
            .is_ok()
    );
}

#[test]
fn a_step_that_is_rolled_back_leaves_the_group_as_it_was() {
    let (a, mut b, _) = three();
    let message = a.mls().encrypt(GROUP, b"content", vec![]).unwrap();
    let step = b.connection.transaction().unwrap();
    let mls = Mls::new(&b.crypto, &step, &b.keys);
    assert_eq!(
        mls.decrypt(GROUP, &message, a.leaf(), b"").unwrap(),
        b"content"
    );
    drop(step);
    // The ratchet key is still there, because the step that used it never happened.
    assert_eq!(
        b.mls().decrypt(GROUP, &message, a.leaf(), b"").unwrap(),
        b"content"
    );
    assert!(b.mls().decrypt(GROUP, &message, a.leaf(), b"").is_err());
}

#[test]
fn a_refused_commit_is_discarded_and_a_new_group_replaces_one_that_was_never_logged() {
    let (a, b) = (Device::new(), Device::new());
    a.mls().create(GROUP, Suite::XWing).unwrap();
    let package = b.mls().key_package(Suite::XWing, false).unwrap();
    a.mls()
        .stage(
            (GROUP, Suite::XWing),
            &[(b.leaf(), package.clone())],
            &[],
            vec![],
        )
        .unwrap();
    a.mls().discard_own(GROUP).unwrap();
    assert_eq!(a.mls().epoch(GROUP).unwrap(), Some(0));
    a.mls().create(GROUP, Suite::XWing).unwrap();
    assert!(
        a.mls()
            .stage((GROUP, Suite::XWing), &[(b.leaf(), package)], &[], vec![])
            .is_ok()
    );
}
