//! Revisions of repositories that are made here, compared with the same files on a disk.

use std::fs;
use std::path::Path;
use std::process::Command;

use build::{FaultKind, World as _};
use tempfile::TempDir;

use super::Revision;
use crate::failure::Failure;
use crate::world::Files;

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"];
    let output = Command::new("git").arg("-C").arg(folder).args(identity).args(arguments).output().expect("git is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A repository whose folder `root` is a project with these files.
fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q"]);
    write(folder.path(), files);
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "one"]);
    folder
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn walked(revision: &Revision) -> Vec<String> {
    let mut paths: Vec<String> = revision.walk().unwrap().into_iter().map(|it| it.path).collect();
    paths.sort();
    paths
}

fn message(result: Result<Revision, Failure>) -> String {
    result.err().and_then(|it| it.message().map(str::to_owned)).unwrap_or_default()
}

#[test]
fn a_revision_holds_what_was_committed() {
    let files = [
        ("root/vix.toml", ""),
        ("root/a.vix", "one"),
        ("root/apps/\u{e9} b.vix", "two"),
        ("root/build/c.vix", ""),
        ("root/.d.vix", ""),
        ("root/inner/vix.toml", ""),
        ("root/inner/e.vix", ""),
        ("other.vix", ""),
    ];
    let folder = repository(&files);
    let root = folder.path().join("root");
    write(folder.path(), &[("root/a.vix", "changed"), ("root/new.vix", "")]);
    let revision = Revision::open(&root, "HEAD").unwrap();
    assert_eq!(walked(&revision), ["a.vix", "apps/\u{e9} b.vix"]);
    assert_eq!(revision.read("a.vix", 100).unwrap(), b"one");
    assert_eq!(revision.read("apps/\u{e9} b.vix", 100).unwrap(), b"two");
    assert_eq!(revision.read("a.vix", 2).unwrap_err().kind, FaultKind::TooLarge);
    // After a refusal the next answer is the right one.
    assert_eq!(revision.read("a.vix", 3).unwrap(), b"one");
    for (path, kind) in
        [("new.vix", FaultKind::Missing), ("../other.vix", FaultKind::OutsideRoot), ("apps", FaultKind::NotRegular), ("/a.vix", FaultKind::OutsideRoot)]
    {
        assert_eq!(revision.read(path, 100).unwrap_err().kind, kind, "{path}");
    }
    assert_ne!(revision.stat("a.vix").unwrap(), revision.stat("vix.toml").unwrap());
    assert_eq!(revision.stat("vix.toml").unwrap(), Revision::open(&root, "main").unwrap().stat("inner/vix.toml").unwrap());
}

#[cfg(unix)]
#[test]
fn links_are_followed_as_on_a_disk() {
    use std::os::unix::fs::symlink;
    let folder = repository(&[("root/vix.toml", ""), ("root/apps/a.vix", "one"), ("secret.vix", "s")]);
    let root = folder.path().join("root");
    for (target, link) in [
        ("apps/a.vix", "b.vix"),
        ("apps", "more"),
        ("../secret.vix", "no-source"),
        ("nowhere", "gone"),
        ("gone", "gone2"),
        ("round2", "round1"),
        ("round1", "round2"),
    ] {
        symlink(target, root.join(link)).unwrap();
    }
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "two"]);
    let revision = Revision::open(&root, "HEAD").unwrap();
    let disk = Files::new(&root).unwrap();
    let mut expected: Vec<String> = disk.walk().unwrap().into_iter().map(|it| it.path).collect();
    expected.sort();
    assert_eq!(walked(&revision), expected);
    for path in ["b.vix", "more/a.vix", "no-source", "gone", "gone2", "round1", "more", "apps/a.vix/x"] {
        let (there, here) = (revision.read(path, 100), disk.read(path, 100));
        assert_eq!(there.as_ref().map_err(|it| it.kind), here.as_ref().map_err(|it| it.kind), "{path}");
    }
    // A source that leads out, and a folder that holds itself, stop the walk on both.
    for (target, link) in [("../secret.vix", "c.vix"), ("..", "apps/up")] {
        symlink(target, root.join(link)).unwrap();
        git(folder.path(), &["add", "-A"]);
        git(folder.path(), &["commit", "-q", "-m", "three"]);
        // Which of two ways to the same link is met first, the disk decides.
        let told = |it: build::Fault| (it.kind, it.reason);
        let there = Revision::open(&root, "HEAD").unwrap().walk().unwrap_err();
        assert_eq!(told(there), told(disk.walk().unwrap_err()));
        fs::remove_file(root.join(link)).unwrap();
    }
}

#[test]
fn what_is_not_there_is_told() {
    let folder = repository(&[("root/vix.toml", ""), ("other/a.vix", "")]);
    let root = folder.path().join("root");
    assert_eq!(message(Revision::open(&root, "nope")), "git knows no revision `nope`");
    // Nothing that looks like an option is one, and a file is no revision.
    for name in ["--all", "-p", "", "HEAD:root/vix.toml", "a\0b"] {
        assert_eq!(message(Revision::open(&root, name)), format!("git knows no revision `{name}`"));
    }
    assert_eq!(message(Revision::open(&folder.path().join("other"), "HEAD")), "there was no vix.toml in other at `HEAD`");
    fs::create_dir(folder.path().join("new")).unwrap();
    assert_eq!(message(Revision::open(&folder.path().join("new"), "HEAD")), "there was no vix.toml in new at `HEAD`");
    let nowhere = tempfile::tempdir().unwrap();
    assert!(message(Revision::open(nowhere.path(), "HEAD")).ends_with("is in no git repository, so there is no revision to compare with"));
}

#[test]
fn three_points_mean_what_both_have_in_common() {
    let folder = repository(&[("vix.toml", ""), ("a.vix", "one")]);
    git(folder.path(), &["branch", "feature"]);
    write(folder.path(), &[("a.vix", "two")]);
    git(folder.path(), &["commit", "-q", "-a", "-m", "two"]);
    git(folder.path(), &["checkout", "-q", "feature"]);
    assert_eq!(Revision::open(folder.path(), "main").unwrap().read("a.vix", 9).unwrap(), b"two");
    let base = Revision::open(folder.path(), "main...").unwrap();
    assert_eq!(base.read("a.vix", 9).unwrap(), b"one");
    assert!(base.shown().starts_with("main... ("), "{}", base.shown());
}
