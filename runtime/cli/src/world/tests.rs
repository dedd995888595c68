//! Hostile folders: nothing outside the root is listed or read, and every refusal names the path.

use std::fs;
use std::path::Path;

use build::{FaultKind, World as _};
use tempfile::TempDir;

use super::Files;

fn project(paths: &[&str]) -> (TempDir, Files) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    fs::create_dir(&root).unwrap();
    for path in paths {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "text").unwrap();
    }
    let files = Files::new(&root).unwrap();
    (folder, files)
}

fn walked(files: &Files) -> Vec<String> {
    let mut paths: Vec<String> = files.walk().unwrap().into_iter().map(|it| it.path).collect();
    paths.sort();
    paths
}

#[test]
fn sources_are_listed_and_the_rest_is_passed_over() {
    let (_folder, files) = project(&[
        "root/vix.toml",
        "root/a.vix",
        "root/envs/dev.vix",
        "root/notes.md",
        "root/.git/x.vix",
        "root/.#a.vix",
        "root/build/x.vix",
        "root/libs/vendor/x.vix",
        "root/inner/vix.toml",
        "root/inner/x.vix",
    ]);
    assert_eq!(walked(&files), ["a.vix", "envs/dev.vix"]);
}

#[test]
fn paths_that_leave_the_root_are_refused() {
    let (_folder, files) = project(&["root/a.vix", "secret"]);
    for path in ["../secret", "/etc/hostname", "a.vix/../../secret", "", ".", "./a.vix", "a\0b", "..\\secret"] {
        assert_eq!(files.read(path, 99).unwrap_err().kind, FaultKind::OutsideRoot, "{path:?}");
    }
    assert_eq!(files.read("a.vix", 4).unwrap(), b"text");
    assert_eq!(files.read("a.vix", 3).unwrap_err().kind, FaultKind::TooLarge);
    assert_eq!(files.read("b.vix", 3).unwrap_err().kind, FaultKind::Missing);
    assert_eq!(files.read("a.vix/b", 3).unwrap_err().kind, FaultKind::Missing);
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::{FaultKind, Path, project, walked};
    use build::World as _;

    #[test]
    fn links_stay_inside() {
        let (folder, files) = project(&["root/real/a.vix", "outside/b.vix"]);
        let root = folder.path().join("root");
        symlink("real/a.vix", root.join("relative.vix")).unwrap();
        symlink(files.root().join("real/a.vix"), root.join("absolute.vix")).unwrap();
        symlink("../outside", root.join("result")).unwrap();
        symlink("nowhere", root.join("dangling")).unwrap();
        symlink("itself", root.join("itself")).unwrap();
        assert_eq!(walked(&files), ["absolute.vix", "real/a.vix", "relative.vix"]);
        assert!(files.read("relative.vix", 9).is_ok());
        assert!(files.read("absolute.vix", 9).is_ok());
        assert_eq!(files.read("result/b.vix", 9).unwrap_err().kind, FaultKind::OutsideRoot);

        symlink("../outside/b.vix", root.join("out.vix")).unwrap();
        assert_eq!(files.walk().unwrap_err().kind, FaultKind::OutsideRoot);
        assert_eq!(files.read("out.vix", 9).unwrap_err().kind, FaultKind::OutsideRoot);
    }

    #[test]
    fn an_absolute_link_out_is_refused() {
        let (folder, files) = project(&["secret"]);
        symlink(folder.path().join("secret"), folder.path().join("root/a.txt")).unwrap();
        assert_eq!(files.read("a.txt", 9).unwrap_err().kind, FaultKind::OutsideRoot);
    }

    #[test]
    fn loops_are_named() {
        let (folder, files) = project(&["root/envs/dev.vix"]);
        symlink("..", folder.path().join("root/envs/up")).unwrap();
        let fault = files.walk().unwrap_err();
        assert_eq!((fault.path.as_str(), fault.kind), ("envs/up", FaultKind::Loop));
    }

    #[test]
    fn a_link_to_itself_is_a_loop() {
        let (folder, files) = project(&[]);
        symlink("a.vix", folder.path().join("root/a.vix")).unwrap();
        let fault = files.walk().unwrap_err();
        assert_eq!((fault.path.as_str(), fault.kind), ("a.vix", FaultKind::Loop));
        assert_eq!(files.read("a.vix", 9).unwrap_err().kind, FaultKind::Loop);
    }

    #[test]
    fn only_regular_files_are_read() {
        let (folder, files) = project(&["root/folder/x"]);
        let pipe = folder.path().join("root/pipe.vix");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(files.read("pipe.vix", 9).unwrap_err().kind, FaultKind::NotRegular);
        assert_eq!(files.read("folder", 9).unwrap_err().kind, FaultKind::NotRegular);
        assert_eq!(files.stat("folder").unwrap_err().kind, FaultKind::NotRegular);
        assert!(Path::new("/dev/null").exists());
    }
}
