//! `admin import`: a deployment's directory and channels from lists, by several persons with one and the same command.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Instant;

use serde_json::Value;

use super::deployment::{Deployment, Ended};

const AGENCIES: usize = 30;
const OFFICIALS: usize = 200;
const CHANNELS: usize = 60;

/// The tables of a deployment: 30 agencies, 200 officials each in the seat of their agency, 60 channels.
fn write_lists(deployment: &Deployment) -> Vec<String> {
    let mut agencies = String::from("\u{feff}agency;kind;name_vi;name_en\r\n");
    for n in 0..AGENCIES {
        let _ = writeln!(agencies, "co_{n};bo;\"Cơ quan số {n}; thử\";Agency {n}\r");
    }
    let (mut officials, mut seats) = (
        String::from("official,name\n"),
        String::from("seat,purpose,official,as,speak_for,until\n"),
    );
    for n in 0..OFFICIALS {
        let agency = n % AGENCIES;
        let _ = writeln!(officials, "nguoi_{n}@co_{agency},\"Người, số {n}\"");
        let role = if n < AGENCIES { "primary" } else { "deputy" };
        let _ = writeln!(
            seats,
            "co_{agency}/main,Đầu mối,nguoi_{n}@co_{agency},{role},no,2030-12-31"
        );
    }
    let mut channels = String::from("channel,purpose,scope,founder,members,officials\n");
    for n in 0..CHANNELS {
        let _ = writeln!(
            channels,
            "Kênh số {n},Mục đích {n},acc,mofa,mofa moit co_{},minh@moit nguoi_{n}@co_{}",
            n % AGENCIES,
            n % AGENCIES
        );
    }
    let lists = [
        ("agencies.csv", agencies),
        ("officials.csv", officials),
        ("seats.csv", seats),
        ("channels.csv", channels),
    ];
    let write = |(name, text): &(&str, String)| {
        let path = deployment.path(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    lists.iter().map(write).collect()
}

fn arguments<'a>(lists: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["admin", "import"];
    arguments.extend(lists.iter().map(String::as_str));
    arguments.extend(more);
    arguments
}

/// Imports as one person; gives the document and prints how long it took.
fn import(deployment: &Deployment, home: &str, lists: &[String]) -> Value {
    let start = Instant::now();
    let done = deployment.ok(home, &arguments(lists, &[]));
    let (logged, took) = (&done["logged"], start.elapsed());
    eprintln!(
        "import by {home}: {logged} entries in {} ms",
        took.as_millis()
    );
    done
}

fn tree_size(deployment: &Deployment, home: &str) -> u64 {
    deployment.ok(home, &["channels"]);
    deployment.ok(home, &["status"])["tree_size"]
        .as_u64()
        .unwrap()
}

#[test]
fn a_deployment_is_imported_by_one_command_of_each_person_and_a_second_run_changes_nothing() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let lists = write_lists(&deployment);

    // A dry run says what is new, and writes nothing.
    let before = tree_size(&deployment, "admin");
    let plan = deployment.ok("admin", &arguments(&lists, &["--dry-run"]));
    let rows = AGENCIES + OFFICIALS + AGENCIES + OFFICIALS + CHANNELS;
    assert_eq!(plan["summary"]["new"], rows);
    assert_eq!(plan["rows"][0]["act"], "state");
    assert_eq!(plan["rows"][rows - 1]["waits_for"], "founder");
    assert_eq!(tree_size(&deployment, "admin"), before);
    assert_eq!(
        deployment.ok("approver", &["admin", "proposal", "list"]),
        Value::Array(vec![])
    );

    broken_off_it_goes_on(&deployment, &lists);
    assert_eq!(import(&deployment, "admin", &lists)["logged"], 0);
    // Two persons: the administrator's own proposals are not the administrator's to approve.
    approve_from_the_list(&deployment);
    assert_eq!(
        import(&deployment, "approver", &lists)["logged"],
        OFFICIALS - 3
    );
    assert_eq!(import(&deployment, "approver", &lists)["logged"], 0);

    assert_eq!(import(&deployment, "mofa", &lists)["logged"], CHANNELS);
    assert_eq!(import(&deployment, "mofa", &lists)["logged"], 0);
    assert_eq!(import(&deployment, "approver", &lists)["logged"], CHANNELS);
    assert_eq!(import(&deployment, "admin", &lists)["logged"], CHANNELS);
    // The founder and two members, and the group begins.
    assert_eq!(import(&deployment, "mofa", &lists)["logged"], CHANNELS * 4);
    let after = tree_size(&deployment, "mofa");
    for home in ["mofa", "admin", "approver"] {
        let again = import(&deployment, home, &lists);
        assert_eq!(
            (&again["logged"], &again["summary"]["stands"]),
            (&0.into(), &rows.into())
        );
    }
    assert_eq!(tree_size(&deployment, "mofa"), after);
    deployment.ok("mofa", &["send", "Kênh số 3", "đã nhập xong"]);
    let items = deployment.ok("moit", &["read", "Kênh số 3"]);
    assert_eq!(items[0]["text"], "đã nhập xong");
    differences_are_shown(&deployment);
    the_shipped_directory(&deployment);
}

/// Killed in the middle, the same command does the rest and nothing twice.
fn broken_off_it_goes_on(deployment: &Deployment, lists: &[String]) {
    let officials = |ended: Ended| ended.json.as_array().map_or(0, Vec::len);
    let list = || officials(deployment.run("approver", &["admin", "official", "list"]));
    let known = list();
    let mut command = deployment.command("admin");
    command.args(arguments(lists, &[]));
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while list() == known {}
    child.kill().unwrap();
    child.wait().unwrap();
    let left = list();
    let rest = import(deployment, "admin", lists);
    let logged = usize::try_from(rest["logged"].as_u64().unwrap()).unwrap();
    let all = AGENCIES + OFFICIALS + AGENCIES + OFFICIALS;
    assert!(logged <= all - (left - known), "{logged} {left}");
    assert_eq!(list(), known + OFFICIALS);
    let proposals = deployment.ok("approver", &["admin", "proposal", "list"]);
    assert_eq!(proposals.as_array().unwrap().len(), OFFICIALS);
}

/// Several by id; all of a list by the code that it was shown with, and nothing of a list that has changed since.
fn approve_from_the_list(deployment: &Deployment) {
    let own = deployment.ok("admin", &["admin", "proposal", "list"]);
    assert_eq!(own[0]["list"], Value::Null);
    let listed = deployment.ok("approver", &["admin", "proposal", "list"]);
    let code = listed[0]["list"].as_str().unwrap();
    let id = |n: usize| listed[n]["proposal"].as_str().unwrap();
    let some = ["admin", "proposal", "approve", id(0), id(1), id(2)];
    assert_eq!(deployment.ok("approver", &some)["approved"], 3);
    let stale = deployment.run("approver", &["admin", "proposal", "approve", "--all", code]);
    assert_eq!(
        (stale.code, &stale.json["error"]["rule"]),
        (1, &"proposals_changed".into())
    );
    let own = deployment.run("admin", &["admin", "proposal", "approve", id(3), id(4)]);
    assert_eq!(own.json["error"]["code"], "two_persons");
}

fn differences_are_shown(deployment: &Deployment) {
    let table = deployment.path("other.csv");
    std::fs::write(&table, "agency,kind,name_vi,name_en\nco_0,bo,Tên mới,Agency 0\nmofa,bo,Bộ Ngoại giao,Ministry of Foreign Affairs\n").unwrap();
    let table = table.to_str().unwrap().to_owned();
    let lists = [table];
    let plan = deployment.ok("admin", &arguments(&lists, &["--dry-run"]));
    assert_eq!(
        (&plan["rows"][0]["state"], &plan["rows"][0]["changes"][0]),
        (
            &"differs".into(),
            &serde_json::json!({"field": "name_vi", "was": "Cơ quan số 0; thử", "is": "Tên mới"})
        )
    );
    // Without a column for it, what an agency leads stays as it is.
    assert_eq!(plan["rows"][1]["state"], "stands");
    assert_eq!(deployment.ok("mofa", &arguments(&lists, &[]))["logged"], 0);
    assert_eq!(import(deployment, "admin", &lists)["logged"], 1);
    // A founding that is not what the list says is not approved by the list.
    let found = [
        "channel",
        "found",
        "Khác",
        "--purpose",
        "P",
        "--scope",
        "acc",
        "--members",
        "mofa,moit",
    ];
    deployment.ok("mofa", &found);
    let table = deployment.path("another.csv");
    std::fs::write(&table, "channel,purpose,scope,founder,members\nKhác,P,acc,mofa,mofa\nSai,P,pillar:apsc,moit,moit\n").unwrap();
    let lists = [table.to_str().unwrap().to_owned()];
    let plan = deployment.ok("approver", &arguments(&lists, &[]));
    assert_eq!(plan["logged"], 0);
    assert_eq!(plan["rows"][0]["changes"][0]["field"], "members");
    assert_eq!(
        (&plan["rows"][1]["state"], &plan["rows"][1]["article"]),
        (&"refused".into(), &"khoản 6 Điều 5".into())
    );
    // A name stands once stated: the list's other one is shown and changes nothing.
    let people = deployment.path("people.csv");
    let same = "official,name\nlan@mofa,Nguyễn Thị Lan (ví dụ)\nminh@moit,Tên khác\n";
    std::fs::write(&people, same).unwrap();
    let plan = import(deployment, "admin", &[people.to_str().unwrap().to_owned()]);
    assert_eq!(
        (&plan["logged"], &plan["rows"][0]["state"]),
        (&0.into(), &"stands".into())
    );
    assert_eq!(plan["rows"][1]["state"], "differs");
    assert_eq!(plan["rows"][1]["changes"][0]["is"], "Tên khác");
    let bad = deployment.path("bad.csv");
    std::fs::write(&bad, "official,name\nA B,x\n").unwrap();
    let lists = [bad.to_str().unwrap().to_owned()];
    assert_eq!(deployment.run("admin", &arguments(&lists, &[])).code, 2);
}

/// Real data: what needs confirmation says so, and agencies that are no more stay out.
fn the_shipped_directory(deployment: &Deployment) {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../deploy/data/asean-directory.json"
    );
    let lists = [file.to_owned()];
    let done = import(deployment, "admin", &lists);
    let row = |id: &str| {
        let rows = done["rows"].as_array().unwrap();
        rows.iter()
            .find(|row| row["id"] == id)
            .cloned()
            .unwrap_or_default()
    };
    assert_eq!(row("mofa")["state"], "stands");
    assert_eq!(row("hcyu")["needs_confirmation"], "medium");
    assert_eq!(row("mofa/secretariat")["needs_confirmation"], "none");
    assert_eq!(row("molisa"), Value::Null);
    assert_eq!(done["historic"].as_array().unwrap().len(), 7);
    assert_eq!(done["mechanisms"].as_array().unwrap().len(), 41);
    let agencies = deployment.ok("admin", &["admin", "agency", "list"]);
    let agencies = agencies.as_array().unwrap();
    let find = |id: &str| agencies.iter().find(|agency| agency["agency"] == id);
    assert!(find("molisa").is_none());
    assert_eq!(find("mission").unwrap()["kind"], "phai_doan");
    assert_eq!(import(deployment, "admin", &lists)["logged"], 0);
    // A designated field takes a second person; then its lead founds channels for it.
    assert_eq!(import(deployment, "approver", &lists)["logged"], 2);
    let fields = deployment.ok("admin", &["admin", "field", "list"]);
    let connectivity = &fields
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["field"] == "connectivity")
        .unwrap();
    assert_eq!(
        (&connectivity["lead"], &connectivity["kind"]),
        (&"mof".into(), &"designated".into())
    );
    let stands = import(deployment, "approver", &lists);
    assert_eq!(
        (&stands["logged"], &stands["summary"]["begun"]),
        (&0.into(), &0.into())
    );
}
