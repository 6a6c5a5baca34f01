use super::*;
use crate::world::{CHANNEL, NOW, World};

fn package(n: u8, expires: u64, last_resort: bool) -> KeyPackageUpload {
    KeyPackageUpload {
        key_package: vec![n; 8].into(),
        expires,
        last_resort,
    }
}

fn upload(world: &mut World, packages: Vec<KeyPackageUpload>) {
    let device = world.minh.fact.device;
    let change = put(&world.state, &device, packages, NOW).unwrap();
    world.state.apply(&change.unwrap(), None).unwrap();
}

fn take_one(world: &mut World, now: u64) -> Result<Vec<u8>, ErrorCode> {
    let asked = TakeKeyPackage {
        device: world.minh.fact.device,
        stream: CHANNEL,
    };
    let (change, package) =
        take(&world.state, &world.lan.fact.device, &asked, now).map_err(|refusal| refusal.code)?;
    world.state.apply(&change, None).unwrap();
    Ok(package)
}

#[test]
fn one_time_packages_go_first_the_last_resort_stays_and_expired_ones_are_skipped() {
    let (mut world, _) = World::with_channel();
    assert_eq!(take_one(&mut world, NOW), Err(ErrorCode::NoKeyPackage));
    upload(
        &mut world,
        vec![
            package(9, NOW + 100, true),
            package(1, NOW, false),
            package(2, NOW + 5, false),
        ],
    );
    assert_eq!(unused(&world.state, &world.minh.fact.device, NOW), 2);
    assert_eq!(take_one(&mut world, NOW + 1), Ok(vec![2; 8]));
    assert_eq!(take_one(&mut world, NOW + 1), Ok(vec![9; 8]));
    assert_eq!(take_one(&mut world, NOW + 1), Ok(vec![9; 8]));
    assert_eq!(
        take_one(&mut world, NOW + 101),
        Err(ErrorCode::NoKeyPackage)
    );
}

#[test]
fn a_new_last_resort_replaces_the_old_one_and_a_repeated_upload_changes_nothing() {
    let (mut world, _) = World::with_channel();
    let packages = vec![package(1, NOW + 5, false), package(8, NOW + 5, true)];
    upload(&mut world, packages.clone());
    upload(&mut world, packages);
    upload(&mut world, vec![package(9, NOW + 5, true)]);
    assert_eq!(take_one(&mut world, NOW), Ok(vec![1; 8]));
    assert_eq!(take_one(&mut world, NOW), Ok(vec![9; 8]));
}

#[test]
fn only_so_many_are_kept() {
    let (mut world, _) = World::with_channel();
    let device = world.minh.fact.device;
    let some = |count: usize| -> Vec<_> {
        (0..count)
            .map(|n| package(u8::try_from(n).unwrap(), NOW + 5, false))
            .collect()
    };
    let refused = put(&world.state, &device, some(KEY_PACKAGES_MAX + 1), NOW);
    assert_eq!(refused.unwrap_err().code, ErrorCode::TooLarge);
    upload(&mut world, some(KEY_PACKAGES_MAX));
    let one_more = vec![package(200, NOW + 5, false)];
    assert!(put(&world.state, &device, one_more, NOW).is_err());
    assert_eq!(put(&world.state, &device, Vec::new(), NOW), Ok(None));
    let mut long = package(0, NOW + 5, true);
    long.key_package = vec![0; KEY_PACKAGE_LEN_MAX + 1].into();
    assert!(put(&world.state, &device, vec![long], NOW).is_err());
}

#[test]
fn none_is_good_for_longer_than_a_month_and_a_day() {
    let (mut world, _) = World::with_channel();
    let device = world.minh.fact.device;
    let latest = NOW + KEY_PACKAGE_LIFETIME_MS_MAX;
    let refused = put(
        &world.state,
        &device,
        vec![package(1, latest + 1, true)],
        NOW,
    );
    assert_eq!(refused.unwrap_err().code, ErrorCode::MadeTime);
    upload(&mut world, vec![package(1, latest, true)]);
    // Five weeks later nothing of it is left: whoever was away comes in by its own commit.
    assert_eq!(take_one(&mut world, latest), Ok(vec![1; 8]));
    let five_weeks = NOW + 35 * 24 * 3600 * 1000;
    assert_eq!(
        take_one(&mut world, five_weeks),
        Err(ErrorCode::NoKeyPackage)
    );
}

#[test]
fn only_members_take_and_only_of_members() {
    let (mut world, _) = World::with_channel();
    upload(&mut world, vec![package(1, NOW + 5, false)]);
    let asked = |device: &crate::fixture::Device| TakeKeyPackage {
        device: device.fact.device,
        stream: CHANNEL,
    };
    for (by, of) in [
        (&world.approver, &world.minh),
        (&world.lan, &world.approver),
    ] {
        let refused = take(&world.state, &by.fact.device, &asked(of), NOW);
        assert_eq!(refused.unwrap_err().code, ErrorCode::NotPermitted);
    }
}
