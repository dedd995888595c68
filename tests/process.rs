//! What only a real process shows: streams that close, and a disk that is full.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::support::root;

/// The program, built like these tests.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().expect("a test knows its program");
        // `target/debug/deps/main-0123`
        let profile = test.ancestors().nth(2).expect("cargo puts tests into a folder of the profile").to_owned();
        let target = profile.parent().expect("a profile lies in the target folder");
        let name = profile.file_name().expect("a name").to_string_lossy();
        let name = if name == "debug" { "dev" } else { &name };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        // The whole workspace decides about features, so that nothing is compiled twice.
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--workspace", "--bin", "vix", "--profile", name, "--target-dir"]).arg(target).current_dir(root());
        assert!(build.status().expect("cargo can be started").success(), "the program cannot be built");
        profile.join("vix")
    })
}

fn vix(args: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(args).current_dir(root()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    // Nobody reads: closed before the program is started.
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = vix(&["explain", "syntax-error"]).stdout(writer).output().expect("it can be started");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(141), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = vix(&["explain"]).stdout(full).output().expect("it can be started");
    assert_eq!(output.status.code(), Some(74));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "error: cannot write the output: no space left on device\n");
}
