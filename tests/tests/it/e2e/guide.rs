//! The commands of docs/administrator.vi.md, all of them, in their order.

use std::path::Path;
use std::process::{Command, Stdio};

use super::deployment::{Deployment, binaries};

/// Who runs a command, and the home of that device.
const PEOPLE: [(&str, &str); 7] = [
    ("quantri", "admin"),
    ("pheduyet", "approver"),
    ("lan", "mofa"),
    ("minh", "moit"),
    ("minh2", "moit2"),
    ("ha", "ha"),
    ("kiemtra", "auditor"),
];

#[test]
fn the_commands_of_the_administrators_guide_run_as_they_stand() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let guide = std::fs::read_to_string(root.join("docs/administrator.vi.md")).unwrap();
    let mut script = String::from("set -euo pipefail\n");
    for (person, home) in PEOPLE {
        let home = deployment.path("homes").join(home);
        std::fs::create_dir_all(&home).unwrap();
        let passphrase = home.join("passphrase");
        if !passphrase.exists() {
            std::fs::write(&passphrase, "mật khẩu thử").unwrap();
        }
        script += &format!(
            "{person}() {{ THAMVAN_HOME='{}' THAMVAN_PASSPHRASE_FILE='{}' '{}' \"$@\"; }}\n",
            home.display(),
            passphrase.display(),
            binaries().join("thamvan").display(),
        );
    }
    script += &format!(
        "thamvan() {{ '{}' \"$@\"; }}\n",
        binaries().join("thamvan").display()
    );
    let commands: Vec<&str> = guide
        .split("```bash\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .flat_map(str::lines)
        .collect();
    let count = commands.iter().filter(|line| is_command(line)).count();
    assert!(count > 40, "{count}");
    for line in commands {
        // "!" hides a failure from the shell's own check: what must be refused must be refused.
        match line.strip_prefix("! ") {
            Some(refused) => {
                script += &format!("if {refused}; then echo 'not refused' >&2; exit 9; fi\n")
            }
            None => script += &format!("{line}\n"),
        }
    }
    std::fs::write(deployment.path("guide.sh"), script).unwrap();
    let output = Command::new("bash")
        .arg("guide.sh")
        .current_dir(deployment.path(""))
        .env("THAMVAN_DATA", root.join("deploy/data"))
        .env_remove("THAMVAN_LANG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{words}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for expected in [
        "Chạy thử, chưa ghi gì.",
        "cần xác nhận; độ tin cậy của nguồn: medium",
        "Theo Quyết định 142/2009 – cần xác nhận",
        "Cộng đồng Chính trị - An ninh ASEAN",
        "xác nhận đăng ký: quantri@mofa và minh@moit",
        "minh@moit đọc được nội dung của kênh.",
        "[bộ phận đầu mối về hợp tác ASEAN]",
        "kiemtra@vpcp không đọc được nội dung của kênh",
        "Không phát hiện sai lệch.",
    ] {
        assert!(words.contains(expected), "{expected}: {words}");
    }
}

fn is_command(line: &str) -> bool {
    let line = line.trim_start_matches("! ");
    let person = line.split(' ').next().unwrap_or_default();
    PEOPLE.iter().any(|(name, _)| *name == person)
}
