//! Loss of power: the disk as it was at some moment, mounted apart, and a server started on it.
//!
//! The register stands on an ext4 file system in an image on a loop device. At a random moment under load the server is
//! stopped where it is, the image is copied, and the copy takes its place: what was not synced is not in it. Every receipt
//! that was received before must hold there. `new`: the journal's files are made in the trial; `steady`: the whole file
//! system was synced once before. Not modelled: the cache of the disk itself.
//!
//! Needs root and loop mounts. Without them the trials cannot run and say so; what is left is `order`, which shows that no
//! answer leaves before the syncs that cover it. `THAMVAN_POWER_TRIALS=N` runs N trials of each kind, and then a machine
//! without loop mounts fails.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio::time::timeout;

use crate::crash::Random;
use crate::load::Load;
use crate::process::Process;

/// An ext4 image that is mounted.
struct Disk {
    /// In memory where there is such a place: the real disk's caches do not matter then.
    images: tempfile::TempDir,
    at: tempfile::TempDir,
    mounted: bool,
}

impl Disk {
    fn new() -> Result<Self, String> {
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let mut disk = Self {
            images: tempfile::tempdir_in(place).unwrap(),
            at: tempfile::tempdir().unwrap(),
            mounted: false,
        };
        let image = disk.image("disk");
        let file = std::fs::File::create(&image).unwrap();
        file.set_len(IMAGE_LEN).unwrap();
        tool("mkfs.ext4", &["-q".as_ref(), "-F".as_ref(), image.as_ref()])?;
        disk.mount("disk")?;
        Ok(disk)
    }

    fn image(&self, name: &str) -> PathBuf {
        self.images.path().join(name)
    }

    fn mount(&mut self, name: &str) -> Result<(), String> {
        let image = self.image(name);
        let loop_device = ["-o".as_ref(), "loop".as_ref()];
        let [option, value] = loop_device;
        tool("mount", &[option, value, image.as_ref(), self.at.path()])?;
        self.mounted = true;
        Ok(())
    }

    fn unmount(&mut self) -> Result<(), String> {
        self.mounted = false;
        tool("umount", &[self.at.path()])
    }

    /// Makes everything on it durable.
    fn sync(&self) {
        tool("sync", &["-f".as_ref(), self.at.path()]).unwrap();
    }

    /// The disk as it is, in a copy.
    fn copy(&self) {
        std::fs::copy(self.image("disk"), self.image("copy")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            // A failing test may leave its server behind.
            let _ = tool("umount", &["-l".as_ref(), self.at.path()]);
        }
    }
}

fn tool(name: &str, arguments: &[&Path]) -> Result<(), String> {
    let done = Command::new(name).args(arguments).output();
    let done = done.map_err(|error| format!("{name}: {error}"))?;
    let said = String::from_utf8_lossy(&done.stderr);
    let ended = done.status.success();
    ended.then_some(()).ok_or_else(|| format!("{name}: {said}"))
}

/// Moves a register that was never started onto the disk, durably: what `init` makes is there before the power goes.
fn place(load: &mut Load, disk: &Disk) {
    let dir = tempfile::tempdir_in(disk.at.path()).unwrap();
    let from = load.deployment.dir.path().join(".");
    tool("cp", &["-a".as_ref(), from.as_ref(), dir.path()]).unwrap();
    load.deployment.dir = dir;
    disk.sync();
}

async fn trial(steady: bool, random: &mut Random) -> Result<(), String> {
    let mut disk = Disk::new()?;
    let mut load = Load::new();
    place(&mut load, &disk);
    let server = Process::start(&load.deployment);
    if steady {
        load.run(server.address, 50).await;
        disk.sync();
    }
    let moment = Duration::from_millis(20 + random.below(MOMENT_MILLIS_MAX));
    let clients = load.connect(server.address).await;
    let _ = timeout(moment, load.write(clients, usize::MAX)).await;
    server.pause();
    let acknowledged = load.acknowledged();
    disk.copy();
    server.kill();
    disk.unmount()?;
    disk.mount("copy")?;
    let server = Process::start(&load.deployment);
    load.verify(server.address).await;
    let records = load.seen().len();
    // Whoever was not answered submits again, and the log goes on.
    load.run(server.address, 20).await;
    load.verify(server.address).await;
    let ended = server.terminate();
    assert!(ended.status.success(), "{ended:?}");
    println!(
        "steady: {steady}, after {moment:?}: {acknowledged} acknowledged, all among {records} records"
    );
    drop(load);
    disk.unmount()
}

#[tokio::test]
async fn power_loss_at_random_moments_loses_nothing_acknowledged() {
    let asked = std::env::var("THAMVAN_POWER_TRIALS").ok();
    if let Err(reason) = Disk::new().and_then(|mut disk| disk.unmount()) {
        let words = format!("POWER-LOSS TRIALS NOT RUN, no loop mounts here: {reason}");
        println!("{words}");
        eprintln!("{words}");
        assert!(asked.is_none(), "{words}");
        return;
    }
    let trials = asked.map_or(TRIALS, |count| count.parse().unwrap());
    let mut random = Random::seeded();
    for steady in [false, true] {
        for _ in 0..trials {
            trial(steady, &mut random).await.unwrap();
        }
    }
    println!("{trials} trials new, {trials} steady: nothing acknowledged was lost");
}

const IMAGE_LEN: u64 = 256 * 1024 * 1024;
const MOMENT_MILLIS_MAX: u64 = 400;
/// Of each kind, where no number is asked for.
const TRIALS: u32 = 3;
