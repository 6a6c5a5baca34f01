//! Each check with a commit that passes it and one that does not.

use std::collections::BTreeSet;

use thamvan_proto::channel::Suite;
use thamvan_proto::id::{DeviceId, GroupId};
use thamvan_proto::tlog::Hash;

use crate::rehearsal::{Act, Made, Member};
use crate::{CommitParts, Expected, Leaf, MlsError, PublicGroup, Start};

const GROUP: GroupId = GroupId([7; 20]);

fn member(n: u8) -> Member {
    Member::new(DeviceId([n; 16]), [n; 32])
}

/// Opens the group of `made` at epoch 0.
fn open(roster: &[Leaf], made: &Made) -> Result<PublicGroup, MlsError> {
    open_as(GROUP, Suite::XWing, roster, made)
}

fn open_as(
    group: GroupId,
    suite: Suite,
    roster: &[Leaf],
    made: &Made,
) -> Result<PublicGroup, MlsError> {
    let start = Start {
        group,
        suite,
        epoch: 0,
        roster: &roster.iter().copied().collect(),
        tree_hash: None,
    };
    PublicGroup::open(&start, &made.group_info, &made.ratchet_tree)
}

fn parts(made: &Made) -> CommitParts<'_> {
    CommitParts {
        commit: &made.commit,
        group_info: Some(&made.group_info),
        welcome: made.welcome.as_deref(),
    }
}

fn expected<'a>(
    sender: &Member,
    adds: &'a [Leaf],
    removes: &'a [DeviceId],
    made: &Made,
) -> Expected<'a> {
    Expected {
        sender: sender.leaf(),
        adds,
        removes,
        tree_hash: made.tree_hash,
    }
}

fn add(who: &Member) -> Act {
    Act::Add(who.key_package(Suite::XWing))
}

/// A group of three, in epoch 1.
fn three() -> (PublicGroup, [Member; 3], Made) {
    let (a, b, c) = (member(1), member(2), member(3));
    let start = a.start(GROUP, Suite::XWing);
    let group = open(&[a.leaf()], &start).unwrap();
    let made = a.commit(GROUP, &[add(&b), add(&c)], vec![1]);
    a.merge(GROUP);
    for joiner in [&b, &c] {
        joiner.join(made.welcome.as_ref().unwrap(), &made.ratchet_tree);
    }
    let adds = [b.leaf(), c.leaf()];
    let checked = group
        .check(&parts(&made), &expected(&a, &adds, &[], &made))
        .unwrap();
    let group = group.merge(checked, Some(&made.ratchet_tree)).unwrap();
    (group, [a, b, c], made)
}

fn disagrees(about: &'static str) -> MlsError {
    MlsError::Disagrees { what: about }
}

fn unauthorised(about: &'static str) -> MlsError {
    MlsError::Unauthorised { what: about }
}

#[test]
fn a_group_is_followed_from_its_start() {
    let (group, [a, b, c], _) = three();
    assert_eq!(group.epoch(), 1);
    let roster: BTreeSet<_> = [a.leaf(), b.leaf(), c.leaf()].into();
    assert_eq!(group.roster().unwrap(), roster);
    // Opened from what the commit left, it is the same group.
    let removes = [c.leaf().device];
    let made = b.commit(GROUP, &[Act::Remove(removes[0])], vec![]);
    let by_b = expected(&b, &[], &removes, &made);
    let checked = group.check(&parts(&made), &by_b).unwrap();
    let group = group.merge(checked, Some(&made.ratchet_tree)).unwrap();
    let start = Start {
        group: GROUP,
        suite: Suite::XWing,
        epoch: 2,
        roster: &[a.leaf(), b.leaf()].into(),
        tree_hash: Some(made.tree_hash),
    };
    let opened = PublicGroup::open(&start, &made.group_info, &made.ratchet_tree).unwrap();
    assert_eq!(opened.epoch(), group.epoch());
    a.apply(GROUP, &made.commit);
    let next = a.commit(GROUP, &[], vec![]);
    let expected = self::expected(&a, &[], &[], &next);
    for group in [group, opened] {
        group.check(&parts(&next), &expected).unwrap();
    }
}

#[test]
fn a_start_that_is_not_the_signed_one_is_refused() {
    let (a, b) = (member(1), member(2));
    let start = a.start(GROUP, Suite::XWing);
    let refused = |result: Result<PublicGroup, MlsError>| result.unwrap_err();
    assert_eq!(refused(open(&[b.leaf()], &start)), unauthorised("roster"));
    assert_eq!(
        refused(open(&[a.leaf(), b.leaf()], &start)),
        unauthorised("roster")
    );
    let other_key = Leaf {
        key: b.leaf().key,
        ..a.leaf()
    };
    assert_eq!(refused(open(&[other_key], &start)), unauthorised("roster"));
    let other = GroupId([8; 20]);
    assert_eq!(
        refused(open_as(other, Suite::XWing, &[a.leaf()], &start)),
        disagrees("group")
    );
    assert_eq!(
        refused(open_as(GROUP, Suite::X25519, &[a.leaf()], &start)),
        disagrees("group")
    );
    let elsewhere = b.start(GROUP, Suite::XWing);
    let forged = Made {
        ratchet_tree: elsewhere.ratchet_tree,
        ..start.clone()
    };
    assert!(open(&[a.leaf()], &forged).is_err());
    for len in 0..start.group_info.len() {
        let cut = Made {
            group_info: start.group_info[..len].to_vec(),
            ..start.clone()
        };
        assert!(open(&[a.leaf()], &cut).is_err());
    }
    assert!(open(&[a.leaf()], &start).is_ok());
}

#[test]
fn a_commit_that_its_signed_body_does_not_say_is_refused() {
    let (group, [a, b, c], _) = three();
    let d = member(4);
    let (adds, removes) = ([d.leaf()], [c.leaf().device]);
    let made = a.commit(GROUP, &[add(&d), Act::Remove(removes[0])], vec![]);
    let check = |expected| group.check(&parts(&made), &expected).map(|_| ());
    assert_eq!(
        check(expected(&a, &[], &removes, &made)),
        Err(unauthorised("proposals"))
    );
    assert_eq!(
        check(expected(&a, &adds, &[], &made)),
        Err(unauthorised("proposals"))
    );
    let ghost = [Leaf {
        key: c.leaf().key,
        ..d.leaf()
    }];
    assert_eq!(
        check(expected(&a, &ghost, &removes, &made)),
        Err(unauthorised("proposals"))
    );
    assert_eq!(
        check(expected(&b, &adds, &removes, &made)),
        Err(disagrees("sender"))
    );
    let elsewhere = Expected {
        tree_hash: Hash([0; 32]),
        ..expected(&a, &adds, &removes, &made)
    };
    assert_eq!(check(elsewhere), Err(disagrees("tree hash")));
    assert_eq!(check(expected(&a, &adds, &removes, &made)), Ok(()));
}

#[test]
fn proposals_outside_the_closed_list_and_leaves_that_end_are_refused() {
    let (group, [a, ..], _) = three();
    let made = a.commit(GROUP, &[Act::ChangeContext], vec![]);
    let refused = |made: &Made, adds: &[Leaf]| {
        let expected = expected(&a, adds, &[], made);
        group.check(&parts(made), &expected).unwrap_err()
    };
    assert_eq!(refused(&made, &[]), disagrees("proposals"));
    a.discard(GROUP);
    let d = member(4);
    let ends = Act::Add(d.key_package_until(Suite::XWing, u64::MAX - 1));
    let made = a.commit(GROUP, &[ends], vec![]);
    assert_eq!(refused(&made, &[d.leaf()]), disagrees("lifetime"));
}

#[test]
fn a_forged_group_info_tag_tree_or_welcome_is_refused() {
    let (group, [a, b, _], before) = three();
    let (d, e) = (member(4), member(5));
    let other = b.commit(GROUP, &[add(&e)], vec![]);
    let made = a.commit(GROUP, &[add(&d)], vec![]);
    let adds = [d.leaf()];
    let check = |made: &Made| {
        let expected = expected(&a, &adds, &[], made);
        group.check(&parts(made), &expected).map(|_| ())
    };
    // Of the epoch before, of another commit, and with each byte of the tail changed.
    for info in [&before.group_info, &other.group_info] {
        let group_info = info.clone();
        let forged = Made {
            group_info,
            ..made.clone()
        };
        assert!(check(&forged).is_err());
    }
    for from_end in 1..=130 {
        let mut forged = made.clone();
        let at = forged.group_info.len() - from_end;
        forged.group_info[at] ^= 1;
        assert!(check(&forged).is_err(), "{from_end} from the end");
    }
    // The confirmation tag is covered by no signature of the commit: 32 bytes before the membership tag's 33.
    let mut forged = made.clone();
    let at = forged.commit.len() - 34;
    forged.commit[at] ^= 1;
    assert_eq!(
        check(&forged),
        Err(MlsError::Library {
            step: "group info",
            detail: "Signature verification failed.".into()
        })
    );
    let welcome = other.welcome.clone();
    assert_eq!(
        check(&Made {
            welcome,
            ..made.clone()
        }),
        Err(disagrees("welcome"))
    );
    assert_eq!(check(&made), Ok(()));
    let checked = group
        .check(&parts(&made), &expected(&a, &adds, &[], &made))
        .unwrap();
    assert_eq!(
        group.merge(checked, Some(&other.ratchet_tree)).unwrap_err(),
        disagrees("ratchet tree")
    );
}

#[test]
fn a_replayed_a_second_and_an_outsiders_commit_are_refused() {
    let (group, [a, b, c], before) = three();
    let refused = |sender: &Member, made: &Made| {
        let expected = expected(sender, &[], &[], made);
        assert!(group.check(&parts(made), &expected).is_err());
    };
    refused(&a, &before);
    // An outsider with a group of the same id and epoch.
    let x = Member::new(a.leaf().device, [9; 32]);
    drop(x.start(GROUP, Suite::XWing));
    drop(x.commit(GROUP, &[], vec![]));
    x.merge(GROUP);
    refused(&a, &x.commit(GROUP, &[], vec![]));
    let (first, second) = (a.commit(GROUP, &[], vec![]), b.commit(GROUP, &[], vec![]));
    let expected_first = expected(&a, &[], &[], &first);
    let checked = group.check(&parts(&first), &expected_first).unwrap();
    let removed = c.commit(GROUP, &[], vec![]);
    let group = group.merge(checked, Some(&first.ratchet_tree)).unwrap();
    for (sender, late) in [(&b, &second), (&c, &removed), (&a, &first)] {
        let expected = expected(sender, &[], &[], late);
        assert!(group.check(&parts(late), &expected).is_err());
    }
}

#[test]
fn a_device_joins_externally_alone_and_with_the_removal_of_its_old_leaf() {
    let (group, [a, b, c], made) = three();
    let d = member(4);
    let joined = d.join_externally(&made.group_info, &made.ratchet_tree, vec![]);
    let adds = [d.leaf()];
    let check = |expected| group.check(&parts(&joined), &expected).map(|_| ());
    // As somebody else's, as a member's own, and with a removal that is not there.
    assert_eq!(
        check(expected(&a, &adds, &[], &joined)),
        Err(disagrees("sender"))
    );
    assert_eq!(
        check(expected(&d, &[], &[], &joined)),
        Err(disagrees("sender"))
    );
    let removes = [c.leaf().device];
    assert_eq!(
        check(expected(&d, &adds, &removes, &joined)),
        Err(unauthorised("proposals"))
    );
    let expected_join = expected(&d, &adds, &[], &joined);
    let checked = group.check(&parts(&joined), &expected_join).unwrap();
    let group = group.merge(checked, Some(&joined.ratchet_tree)).unwrap();
    // B lost its group: it comes back with its own key, and its old leaf goes.
    let again = Member::new(b.leaf().device, [2; 32]);
    let rejoined = again.join_externally(&joined.group_info, &joined.ratchet_tree, vec![]);
    let (adds, removes) = ([b.leaf()], [b.leaf().device]);
    let silent = expected(&again, &adds, &[], &rejoined);
    assert_eq!(
        group.check(&parts(&rejoined), &silent).unwrap_err(),
        unauthorised("proposals")
    );
    let told = expected(&again, &adds, &removes, &rejoined);
    let checked = group.check(&parts(&rejoined), &told).unwrap();
    let group = group.merge(checked, Some(&rejoined.ratchet_tree)).unwrap();
    let roster: BTreeSet<_> = [a.leaf(), b.leaf(), c.leaf(), d.leaf()].into();
    assert_eq!(group.roster().unwrap(), roster);
    // The others follow.
    for member in [&a, &c] {
        member.apply(GROUP, &joined.commit);
        member.apply(GROUP, &rejoined.commit);
    }
    let next = c.commit(GROUP, &[], vec![]);
    group
        .check(&parts(&next), &expected(&c, &[], &[], &next))
        .unwrap();
}
