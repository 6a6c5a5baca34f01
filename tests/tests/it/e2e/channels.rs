//! Who reads a channel and why; the tree of channels; a second device; the end of a channel.

use std::process::Stdio;

use serde_json::{Value, json};

use super::deployment::{Deployment, ended};

#[test]
fn somebody_reads_or_does_not_by_records_that_are_named() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let channel = deployment.text("channel");
    a_member_and_strangers(&deployment, &channel);
    a_member_without_a_device_then_outside_the_group(&deployment, &channel);
    a_second_device_is_approved_by_the_first(&deployment, &channel);
    devices_and_membership_end(&deployment, &channel);
    r5_6_3_a_channel_on_its_way(&deployment);
    the_tree(&deployment);
    a_closed_channel_takes_nothing_more(&deployment, &channel);
}

fn explain(deployment: &Deployment, home: &str, official: &str, channel: &str) -> Value {
    deployment.ok(home, &["admin", "explain", official, channel])
}

fn ground<'v>(explained: &'v Value, kind: &str) -> &'v Value {
    let grounds = explained["grounds"].as_array().unwrap();
    let found = grounds.iter().find(|ground| ground["kind"] == kind);
    found.unwrap_or_else(|| panic!("{kind}: {explained}"))
}

fn a_member_and_strangers(deployment: &Deployment, channel: &str) {
    let lan = explain(deployment, "mofa", "lan@mofa", channel);
    assert_eq!(
        (&lan["reads"], &lan["obstacles"]),
        (&true.into(), &json!([]))
    );
    let two = json!(["quantri@mofa", "pheduyet@moit"]);
    let signed = [
        ("seat_appointed", &two),
        ("device_enrolled", &two),
        ("founded", &json!(["lan@mofa"])),
        ("founding_approved", &json!(["pheduyet@moit"])),
        ("provisioned", &json!(["quantri@mofa"])),
        ("member_added", &json!(["lan@mofa"])),
        ("device_added", &json!(["lan@mofa"])),
    ];
    for (kind, signers) in signed {
        assert_eq!(ground(&lan, kind)["signers"], *signers, "{kind}");
    }
    let founded = ground(&lan, "founded");
    assert_eq!(founded["entry"], format!("{channel}/0"));
    assert_eq!(founded["record"].as_str().unwrap().len(), 64);
    // An auditor has the records and no key.
    let auditor = explain(deployment, "mofa", "kiemtra@vpcp", channel);
    assert_eq!(
        (
            &auditor["reads"],
            &auditor["reads_records"],
            &auditor["obstacles"]
        ),
        (&false.into(), &true.into(), &json!(["not_a_member"]))
    );
    assert_eq!(ground(&auditor, "role_granted")["about"], "auditor");
    // The root keys stand behind the first officials.
    let admin = explain(deployment, "mofa", "quantri@mofa", channel);
    assert_eq!(ground(&admin, "device_enrolled")["root_keys"], true);
    let nobody = explain(deployment, "mofa", "khong@mofa", channel);
    assert_eq!(nobody["obstacles"], json!(["unknown_official"]));
    let mut command = deployment.command("mofa");
    command.args(["admin", "explain", "kiemtra@vpcp", channel]);
    let words = command.output().unwrap();
    assert!(words.status.success());
}

/// A ticket and a request; gives the device and the code that its owner reads out.
fn ask(deployment: &Deployment, home: &str, official: &str) -> (String, String) {
    let folder = deployment.path("homes").join(home);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("passphrase"), "mật khẩu thử").unwrap();
    let ticket = folder.join("ticket");
    let ticket = ticket.to_str().unwrap();
    deployment.ok(
        "admin",
        &[
            "admin",
            "device",
            "ticket",
            "--official",
            official,
            "--out",
            ticket,
        ],
    );
    let asked = deployment.ok(home, &["enrol", ticket, "--no-wait"]);
    assert_eq!(asked["state"], "pending");
    let text = |key: &str| asked[key].as_str().unwrap().to_owned();
    (text("device"), text("verification_code"))
}

fn complete(deployment: &Deployment, home: &str) {
    let ticket = deployment.path("homes").join(home).join("ticket");
    let done = deployment.ok(home, &["enrol", ticket.to_str().unwrap()]);
    assert_eq!(done["state"], "active");
}

fn approve(device: &str, code: &str) -> [String; 6] {
    ["admin", "device", "approve", device, "--code", code].map(str::to_owned)
}

fn run(deployment: &Deployment, home: &str, arguments: &[String]) -> super::deployment::Ended {
    ended(deployment.command(home).args(arguments))
}

fn a_member_without_a_device_then_outside_the_group(deployment: &Deployment, channel: &str) {
    deployment.ok(
        "admin",
        &["admin", "official", "add", "hoa@moit", "--name", "Hoa"],
    );
    deployment.ok("mofa", &["channel", "add", channel, "hoa@moit"]);
    let hoa = explain(deployment, "mofa", "hoa@moit", channel);
    assert_eq!(hoa["obstacles"], json!(["no_device"]));
    let (device, code) = ask(deployment, "hoa", "hoa@moit");
    assert_eq!(
        run(deployment, "admin", &approve(&device, &code)).json["state"],
        "proposed"
    );
    // A device is approved against its code, never from the list of proposals.
    let listed = deployment.ok("approver", &["admin", "proposal", "list"]);
    let proposal = listed[0]["proposal"].as_str().unwrap();
    let blind = deployment.run("approver", &["admin", "proposal", "approve", proposal]);
    assert_eq!(blind.json["error"]["rule"], "device_code");
    assert_eq!(
        run(deployment, "approver", &approve(&device, &code)).json["state"],
        "active"
    );
    let hoa = explain(deployment, "mofa", "hoa@moit", channel);
    assert_eq!(hoa["obstacles"], json!(["not_in_group"]));
    // The device comes in by its own commit as soon as it knows that it is enrolled.
    complete(deployment, "hoa");
    let hoa = explain(deployment, "mofa", "hoa@moit", channel);
    assert_eq!(hoa["obstacles"], json!([]));
}

fn a_second_device_is_approved_by_the_first(deployment: &Deployment, channel: &str) {
    let (device, code) = ask(deployment, "moit2", "minh@moit");
    // Broken off with --no-wait, the same command waits on until both persons have signed.
    let ticket = deployment.path("homes/moit2/ticket");
    let mut waiting = deployment.command("moit2");
    waiting.arg("enrol").arg(&ticket).stdout(Stdio::null());
    let mut waiting = waiting.stderr(Stdio::null()).spawn().unwrap();
    assert_eq!(
        run(deployment, "admin", &approve(&device, &code)).json["state"],
        "proposed"
    );
    let refused = run(deployment, "approver", &approve(&device, &code));
    assert_eq!(
        (refused.code, &refused.json["error"]["code"]),
        (1, &"not_permitted".into())
    );
    let wrong = run(deployment, "moit", &approve(&device, "AAAA-AAAA-AAAA-AAAA"));
    assert_eq!(wrong.json["error"]["code"], "code_mismatch");
    assert_eq!(
        run(deployment, "moit", &approve(&device, &code)).json["state"],
        "active"
    );
    assert!(waiting.wait().unwrap().success());
    // Whoever changes the membership next brings in every device that has the right; the members are told who signed for it.
    deployment.ok(
        "admin",
        &["admin", "official", "add", "an@moit", "--name", "An"],
    );
    deployment.ok("mofa", &["channel", "add", channel, "an@moit"]);
    let minh = explain(deployment, "mofa", "minh@moit", channel);
    assert_eq!(minh["devices"].as_array().unwrap().len(), 2);
    assert_eq!(
        explain(deployment, "mofa", "hoa@moit", channel)["reads"],
        true
    );
    let show = deployment.ok("mofa", &["channel", "show", channel]);
    let people = show["people"].as_array().unwrap();
    let devices = people
        .iter()
        .flat_map(|one| one["devices"].as_array().unwrap());
    let second = devices
        .clone()
        .find(|one| one["device"] == device.as_str())
        .unwrap();
    assert_eq!(
        (&second["in_group"], &second["enrolled_by"]),
        (&true.into(), &json!(["quantri@mofa", "minh@moit"]))
    );
    let read = deployment.run("mofa", &["read", channel]);
    let told = read
        .stderr
        .lines()
        .find(|line| line.contains(&device))
        .unwrap();
    assert!(
        told.contains("quantri@mofa") && told.contains("minh@moit"),
        "{told}"
    );
    deployment.ok("mofa", &["send", channel, "hai thiết bị"]);
    let items = deployment.ok("moit2", &["read", channel]);
    assert_eq!(
        items.as_array().unwrap().last().unwrap()["text"],
        "hai thiết bị"
    );
}

fn devices_and_membership_end(deployment: &Deployment, channel: &str) {
    let show = deployment.ok("mofa", &["channel", "show", channel]);
    let people = show["people"].as_array().unwrap();
    let minh = people
        .iter()
        .find(|one| one["official"] == "minh@moit")
        .unwrap();
    for device in minh["devices"].as_array().unwrap() {
        let device = device["device"].as_str().unwrap();
        deployment.ok(
            "admin",
            &["admin", "device", "revoke", device, "--reason", "thử"],
        );
    }
    let minh = explain(deployment, "mofa", "minh@moit", channel);
    assert_eq!(minh["obstacles"], json!(["devices_revoked"]));
    assert_eq!(
        ground(&minh, "device_revoked")["signers"],
        json!(["quantri@mofa"])
    );
    deployment.ok(
        "mofa",
        &["channel", "remove", channel, "minh@moit", "--reason", "thử"],
    );
    let minh = explain(deployment, "mofa", "minh@moit", channel);
    assert_eq!(
        minh["obstacles"],
        json!(["member_removed", "devices_revoked"])
    );
}

fn r5_6_3_a_channel_on_its_way(deployment: &Deployment) {
    let found = "channel found Kênh_hai --purpose P --scope pillar:apsc --members mofa";
    let found: Vec<&str> = found.split(' ').collect();
    let channel = deployment.ok("mofa", &found)["channel"]
        .as_str()
        .unwrap()
        .to_owned();
    let obstacles = |expected: &str| {
        let lan = explain(deployment, "mofa", "lan@mofa", &channel);
        assert_eq!(lan["obstacles"], json!([expected, "not_a_member"]));
    };
    obstacles("not_approved");
    deployment.ok("approver", &["channel", "approve", &channel]);
    obstacles("not_provisioned");
    deployment.ok("admin", &["channel", "provision", &channel]);
    obstacles("not_started");
    deployment.ok("mofa", &["channel", "start", &channel]);
    assert_eq!(
        explain(deployment, "mofa", "lan@mofa", &channel)["reads"],
        true
    );
}

fn the_tree(deployment: &Deployment) {
    let channels = deployment.ok("mofa", &["channels"]);
    let branches: Vec<&Value> = channels
        .as_array()
        .unwrap()
        .iter()
        .map(|channel| &channel["scope"]["name"])
        .collect();
    assert_eq!(
        branches,
        [
            "Hội đồng Điều phối ASEAN",
            "Cộng đồng Chính trị - An ninh ASEAN"
        ]
    );
    assert_eq!(channels[0]["founded_by"], "lan@mofa");
    assert_eq!(channels[0]["approved_by"], "pheduyet@moit");
    assert_eq!(channels[0]["provisioned_by"], "quantri@mofa");
}

fn a_closed_channel_takes_nothing_more(deployment: &Deployment, channel: &str) {
    let close = ["channel", "close", channel, "--reason", "đã kết luận"];
    let refused = deployment.run("hoa", &close);
    assert_eq!(
        (refused.code, &refused.json["error"]["code"]),
        (1, &"not_permitted".into())
    );
    assert_eq!(deployment.ok("mofa", &close)["state"], "closed");
    let send = deployment.run("mofa", &["send", channel, "nữa"]);
    assert_eq!(send.json["error"]["rule"], "channel_closed");
    let add = deployment.run("mofa", &["channel", "add", channel, "minh@moit"]);
    assert_eq!((add.code, &add.json["error"]["code"]), (1, &"void".into()));
    assert_eq!(deployment.run("mofa", &close).json["error"]["code"], "void");
    // What was said stays readable.
    let items = deployment.ok("hoa", &["read", channel]);
    assert_eq!(
        items.as_array().unwrap().last().unwrap()["text"],
        "hai thiết bị"
    );
    let explained = explain(deployment, "mofa", "hoa@moit", channel);
    assert_eq!(explained["reads"], true);
    assert_eq!(ground(&explained, "closed")["signers"], json!(["lan@mofa"]));
    let copy = deployment.path("after");
    deployment.ok(
        "auditor",
        &["audit", "sync", "--out", copy.to_str().unwrap()],
    );
    let verified = deployment.verify(&copy);
    assert_eq!(verified.json["verdict"], "ok", "{verified:?}");
}
