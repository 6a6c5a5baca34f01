//! Gives the commit to `thamvan --version`, and the files of the pages to `thamvan ui`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    commit();
    pages();
}

fn commit() {
    println!("cargo:rerun-if-changed=../.git/HEAD");
    println!("cargo:rerun-if-env-changed=THAMVAN_COMMIT");
    let given = env::var("THAMVAN_COMMIT").ok();
    let from_git = || {
        let output = Command::new("git")
            .args(["rev-parse", "--short=12", "HEAD"])
            .output()
            .ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = given.or_else(from_git).unwrap_or_else(|| "unknown".into());
    println!("cargo:rustc-env=THAMVAN_COMMIT={commit}");
}

/// Lists what `client/web/build` has made; nothing where it has not run.
fn pages() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the folder"));
    let dist = here.join("web/dist");
    // A path that is not there would have this run at every build.
    let watched = [&dist, &here.join("web"), &here.join("build.rs")];
    let watched = watched.into_iter().find(|path| path.exists());
    if let Some(path) = watched {
        println!("cargo:rerun-if-changed={}", path.display());
    }
    println!("cargo:rerun-if-changed=build.rs");
    let mut files = Vec::new();
    if dist.is_dir() {
        collect(&dist, &mut files);
    }
    files.sort();
    let mut listed = format!("const FILES: [(&str, &[u8]); {}] = [\n", files.len());
    for file in &files {
        let name = file.strip_prefix(&dist).expect("it was found there");
        let name = name.to_str().expect("names of pages are UTF-8");
        let path = file.to_str().expect("the folder's name is UTF-8");
        writeln!(
            listed,
            "    ({:?}, include_bytes!({path:?})),",
            format!("/{name}")
        )
        .expect("a string takes all");
    }
    listed.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the folder"));
    fs::write(out.join("web.rs"), listed).expect("the folder can be written");
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
