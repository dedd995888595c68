//! The output folder under edits, faults and kills: the folder is compared as a whole, byte by byte.

use super::{Content, INDEX, OutFile, Output, Report, index::Index};
use crate::{
    digest::Digest,
    disk::{
        Claim,
        faulty::{Fault, FaultyDisk},
    },
    error::{Error, Operation, Reason},
};
use proptest::{collection::vec, prelude::*};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tempfile::{TempDir, tempdir};

const FOLDER: &str = "build/dev";

/// Name and content; the source of a file is the digest of its content here.
type Files<'a> = &'a [(&'a str, &'a str)];

const OLD: Files = &[("app.a.yaml", "a: 1\n"), ("app.b.yaml", "b: 1\n"), ("app.c.yaml", "c: 1\n"), ("app.e.yaml", "e: 1\n")];
/// `a` changed, `b` kept, `c` and `e` gone, `d` and `f` new.
const NEW: Files = &[("app.a.yaml", "a: 2\n"), ("app.b.yaml", "b: 1\n"), ("app.d.yaml", "d: 2\n"), ("app.f.yaml", "f: 2\n")];

fn source(files: Files) -> Digest {
    Digest::of(format!("{files:?}").as_bytes())
}

fn out_files<'a>(files: Files<'a>) -> Vec<OutFile<'a>> {
    let file = |(name, content): &(&'a str, &'a str)| OutFile {
        name: (*name).to_owned(),
        source: Digest::of(content.as_bytes()),
        content: Content::Bytes(content.as_bytes().into()),
    };
    files.iter().map(file).collect()
}

fn publish_on(disk: &FaultyDisk, root: &TempDir, files: Files) -> Result<Report, Error> {
    let output = Output::claim(Arc::new(disk.clone()), root.path(), FOLDER, Claim::AloneNow)?;
    output.expect("nobody else locks it").publish(source(files), out_files(files))
}

fn publish(root: &TempDir, files: Files) -> Report {
    publish_on(&FaultyDisk::default(), root, files).unwrap()
}

fn lock(root: &TempDir) -> Output {
    Output::lock(root.path(), FOLDER).unwrap()
}

fn path(root: &TempDir, name: &str) -> PathBuf {
    root.path().join(FOLDER).join(name)
}

/// All files of the folder but the lock.
fn tree(root: &TempDir) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(root.path().join(FOLDER)).unwrap().map(|it| it.unwrap().path());
    let files = entries.filter(|it| it.is_file() && !it.ends_with(super::LOCK));
    files.map(|it| (it.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&it).unwrap())).collect()
}

/// The folder without its index, whose stats differ from run to run.
fn manifests(root: &TempDir) -> BTreeMap<String, Vec<u8>> {
    let mut tree = tree(root);
    tree.remove(INDEX);
    tree
}

fn expected(files: Files) -> BTreeMap<String, Vec<u8>> {
    files.iter().map(|(name, content)| ((*name).to_owned(), (*content).into())).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|it| (*it).to_owned()).collect()
}

/// Makes everything in the folder old, as it is when a person comes to edit.
fn age(root: &TempDir) {
    let output = lock(root);
    let mut index = output.index().unwrap().clone();
    for entry in &mut index.files {
        let file = File::options().write(true).open(path(root, &entry.name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
        entry.stat = crate::stat::Stat::of(&path(root, &entry.name)).unwrap();
    }
    fs::write(path(root, INDEX), index.encode()).unwrap();
}

#[test]
fn a_publish_writes_what_changed_and_removes_what_is_gone() {
    let root = tempdir().unwrap();
    let report = publish(&root, OLD);
    assert_eq!((report.written.len(), report.kept), (4, 0));
    fs::write(path(&root, "notes.txt"), "mine").unwrap();
    fs::write(path(&root, "mine.yaml"), "mine").unwrap();
    let report = publish(&root, NEW);
    assert_eq!(
        report,
        Report {
            written: names(&["app.a.yaml", "app.d.yaml", "app.f.yaml"]),
            kept: 1,
            removed: names(&["app.c.yaml", "app.e.yaml"]),
            restored: Vec::new(),
            foreign: names(&["mine.yaml"]),
        }
    );
    let mut wanted = expected(NEW);
    wanted.extend([("notes.txt".to_owned(), b"mine".to_vec()), ("mine.yaml".to_owned(), b"mine".to_vec())]);
    assert_eq!(manifests(&root), wanted);
    assert!(!path(&root, ".vix-staging").exists());
}

#[test]
fn nothing_to_do_writes_nothing_and_asks_for_nothing() {
    let root = tempdir().unwrap();
    publish(&root, OLD);
    age(&root);
    let before = fs::metadata(path(&root, INDEX)).unwrap().modified().unwrap();
    let lazy = out_files(OLD).into_iter().map(|file| OutFile { content: Content::Lazy(Box::new(|| unreachable!("the file is as listed"))), ..file });
    let report = lock(&root).publish(source(OLD), lazy.collect()).unwrap();
    assert_eq!(report, Report { kept: 4, ..Report::default() });
    assert_eq!(fs::metadata(path(&root, INDEX)).unwrap().modified().unwrap(), before);
}

#[test]
fn a_content_that_cannot_be_made_leaves_the_folder_as_it_was() {
    let root = tempdir().unwrap();
    publish(&root, OLD);
    let mut files = out_files(NEW);
    files.last_mut().unwrap().content = Content::Lazy(Box::new(|| None));
    let refused = lock(&root).publish(source(NEW), files).unwrap_err();
    assert_eq!(refused.operation, Operation::Make);
    assert_eq!(manifests(&root), expected(OLD));
    assert!(!path(&root, ".vix-staging").exists());
}

#[test]
fn a_folder_that_may_only_be_read_may_be_right_all_the_same() {
    let root = tempdir().unwrap();
    publish(&root, OLD);
    age(&root);
    let claim = |disk: FaultyDisk| Output::claim(Arc::new(disk), root.path(), FOLDER, Claim::Alone);
    let mut seen = 0;
    for call in 0..9 {
        // The lock is one of these calls; the others fail as they did.
        let Ok(output) = claim(FaultyDisk::failing_at(call, Fault::Error(std::io::ErrorKind::PermissionDenied))) else { continue };
        let mut output = output.expect("nobody else locks it");
        if output.refused.is_none() {
            continue;
        }
        seen += 1;
        assert!(output.unchanged(&source(OLD)) && !output.unchanged(&source(NEW)));
        assert_eq!(output.publish(source(NEW), out_files(NEW)).unwrap_err().operation, Operation::Lock);
        fs::create_dir(path(&root, ".vix-staging")).unwrap();
        assert!(claim(FaultyDisk::failing_at(call, Fault::Error(std::io::ErrorKind::PermissionDenied))).is_err());
        fs::remove_dir(path(&root, ".vix-staging")).unwrap();
    }
    assert_eq!(seen, 1);
    assert!(lock(&root).unchanged(&source(OLD)));
}

#[test]
fn unchanged_looks_and_does_not_read() {
    let root = tempdir().unwrap();
    assert!(!lock(&root).unchanged(&source(OLD)));
    publish(&root, OLD);
    age(&root);
    let disk = FaultyDisk::default();
    let output = Output::claim(Arc::new(disk.clone()), root.path(), FOLDER, Claim::Alone).unwrap().unwrap();
    let calls = disk.calls();
    assert!(output.unchanged(&source(OLD)));
    assert_eq!(disk.calls() - calls, OLD.len());
    assert!(!output.unchanged(&source(NEW)));
}

#[test]
fn a_file_as_young_as_the_index_is_read() {
    let root = tempdir().unwrap();
    publish(&root, OLD);
    // An edit within the same tick, in place, of the same length: no stat shows it.
    let mut output = lock(&root);
    let seen = fs::metadata(path(&root, "app.a.yaml")).unwrap().modified().unwrap();
    fs::write(path(&root, "app.a.yaml"), "a: 9\n").unwrap();
    File::options().write(true).open(path(&root, "app.a.yaml")).unwrap().set_modified(seen).unwrap();
    output.index_mtime_ns = output.index().unwrap().find("app.a.yaml").unwrap().stat.mtime_ns;
    assert!(!output.unchanged(&source(OLD)));
    assert_eq!(output.publish(source(OLD), out_files(OLD)).unwrap().restored, names(&["app.a.yaml"]));
    assert_eq!(manifests(&root), expected(OLD));
}

#[test]
fn a_young_index_is_refreshed_once() {
    let root = tempdir().unwrap();
    publish(&root, OLD);
    let before = tree(&root);
    std::thread::sleep(Duration::from_millis(20));
    // The files and the index may be of one tick; then this reads, and writes a younger index.
    assert!(lock(&root).unchanged(&source(OLD)));
    assert_eq!(tree(&root), before);
    let disk = FaultyDisk::default();
    let output = Output::claim(Arc::new(disk.clone()), root.path(), FOLDER, Claim::Alone).unwrap().unwrap();
    let calls = disk.calls();
    assert!(output.unchanged(&source(OLD)));
    assert_eq!(disk.calls() - calls, OLD.len());
}

#[test]
fn an_edited_file_is_restored_and_reported() {
    let root = tempdir().unwrap();
    publish(&root, OLD);
    age(&root);
    fs::write(path(&root, "app.a.yaml"), "a: by hand\n").unwrap();
    fs::remove_file(path(&root, "app.b.yaml")).unwrap();
    // Touched, but the same.
    fs::write(path(&root, "app.c.yaml"), "c: 1\n").unwrap();
    assert!(!lock(&root).unchanged(&source(OLD)));
    let report = publish(&root, OLD);
    assert_eq!(report.written, names(&["app.a.yaml", "app.b.yaml"]));
    assert_eq!(report.restored, names(&["app.a.yaml"]));
    assert_eq!(report.kept, 2);
    assert_eq!(manifests(&root), expected(OLD));
    assert!(lock(&root).unchanged(&source(OLD)));
}

#[test]
fn a_new_source_with_the_same_content_writes_no_file() {
    let root = tempdir().unwrap();
    publish(&root, OLD);
    let mut files = out_files(OLD);
    files[0].source = Digest::of(b"another");
    let report = lock(&root).publish(Digest::of(b"all"), files).unwrap();
    assert_eq!((report.written.len(), report.kept), (0, 4));
    assert!(lock(&root).unchanged(&Digest::of(b"all")));
}

#[test]
fn a_lost_or_damaged_index_costs_a_comparison() {
    let root = tempdir().unwrap();
    publish(&root, OLD);
    for damage in [None, Some("{}"), Some("")] {
        match damage {
            None => fs::remove_file(path(&root, INDEX)).unwrap(),
            Some(text) => fs::write(path(&root, INDEX), text).unwrap(),
        }
        assert!(!lock(&root).unchanged(&source(OLD)));
        let report = publish(&root, OLD);
        assert_eq!((report.written.len(), report.kept), (0, 4));
        assert!(lock(&root).unchanged(&source(OLD)));
    }
    // Nothing says that these were ours.
    fs::remove_file(path(&root, INDEX)).unwrap();
    assert_eq!(publish(&root, NEW).foreign, names(&["app.c.yaml", "app.e.yaml"]));
}

#[test]
fn after_a_power_cut_every_file_is_read_once() {
    let root = tempdir().unwrap();
    publish(&root, OLD);
    age(&root);
    // The stat is as listed, the bytes were never flushed.
    let seen = fs::metadata(path(&root, "app.a.yaml")).unwrap().modified().unwrap();
    fs::write(path(&root, "app.a.yaml"), [0; 5]).unwrap();
    File::options().write(true).open(path(&root, "app.a.yaml")).unwrap().set_modified(seen).unwrap();
    assert!(lock(&root).unchanged(&source(OLD)), "no stat shows it");
    let mut disk = FaultyDisk::default();
    disk.boot = Some("another-run".to_owned());
    let output = Output::claim(Arc::new(disk.clone()), root.path(), FOLDER, Claim::Alone).unwrap().unwrap();
    assert!(!output.unchanged(&source(OLD)));
    drop(output);
    assert_eq!(publish_on(&disk, &root, OLD).unwrap().written, names(&["app.a.yaml"]));
    assert_eq!(manifests(&root), expected(OLD));
}

#[test]
fn hostile_names_are_refused_and_nothing_is_written() {
    let root = tempdir().unwrap();
    publish(&root, OLD);
    let before = tree(&root);
    for name in ["../x", "/x", "a/b", "vix.index", "Vix.Index", ".vix-lock", "CON.yaml", "x.", "", "app.A.yaml"] {
        let mut files = out_files(NEW);
        files.push(OutFile { name: name.to_owned(), source: source(NEW), content: Content::Bytes((&b"x"[..]).into()) });
        let error = lock(&root).publish(source(NEW), files).unwrap_err();
        assert_eq!(error.operation, Operation::Name, "{name}");
        assert_eq!(tree(&root), before);
    }
    for folder in ["..", "build/..", "", "/etc", "build//dev", "build\\dev"] {
        assert_eq!(Output::lock(root.path(), folder).unwrap_err().operation, Operation::Name, "{folder}");
    }
}

#[test]
#[cfg(unix)]
fn links_do_not_lead_out() {
    use std::os::unix::fs::symlink;
    let (root, outside) = (tempdir().unwrap(), tempdir().unwrap());
    let victim = outside.path().join("victim");
    fs::write(&victim, "mine").unwrap();
    // A link in place of the folder.
    symlink(outside.path(), root.path().join("build")).unwrap();
    assert!(Output::lock(root.path(), FOLDER).is_err());
    fs::remove_file(root.path().join("build")).unwrap();
    // Links in place of a file, the index, and the staging folder.
    publish(&root, OLD);
    let bytes = fs::read(path(&root, INDEX)).unwrap();
    fs::write(outside.path().join("index"), bytes).unwrap();
    for (name, target) in [("app.a.yaml", "victim"), (INDEX, "index"), (".vix-staging", "")] {
        let _ = fs::remove_file(path(&root, name));
        symlink(outside.path().join(target), path(&root, name)).unwrap();
    }
    let report = publish(&root, NEW);
    assert_eq!(report.restored, names(&["app.a.yaml"]));
    assert_eq!(fs::read(&victim).unwrap(), b"mine");
    assert!(fs::symlink_metadata(path(&root, INDEX)).unwrap().is_file());
    // A link in place of the lock.
    fs::remove_file(path(&root, super::LOCK)).unwrap();
    symlink(outside.path().join("made"), path(&root, super::LOCK)).unwrap();
    assert_eq!(Output::lock(root.path(), FOLDER).unwrap_err().operation, Operation::Lock);
    assert!(!outside.path().join("made").exists());
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 2);
}

#[test]
fn a_folder_in_the_way_is_an_error_and_stays() {
    let root = tempdir().unwrap();
    publish(&root, OLD);
    fs::remove_file(path(&root, "app.a.yaml")).unwrap();
    fs::create_dir(path(&root, "app.a.yaml")).unwrap();
    let before = tree(&root);
    let error = publish_on(&FaultyDisk::default(), &root, NEW).unwrap_err();
    assert_eq!(error.path, path(&root, "app.a.yaml"));
    assert_eq!(tree(&root), before);
    // No longer made: it is not ours to remove.
    publish(&root, &NEW[1..]);
    assert!(path(&root, "app.a.yaml").is_dir());
}

#[test]
fn a_second_run_waits() {
    let root = tempdir().unwrap();
    let first = lock(&root);
    assert!(Output::try_lock(root.path(), FOLDER).unwrap().is_none());
    assert!(Output::try_lock(root.path(), "build/prod").unwrap().is_some());
    std::thread::scope(|scope| {
        let second = scope.spawn(|| lock(&root).publish(source(NEW), out_files(NEW)).unwrap());
        std::thread::sleep(Duration::from_millis(20));
        assert!(!second.is_finished());
        let mut first = first;
        first.publish(source(OLD), out_files(OLD)).unwrap();
        drop(first);
        assert_eq!(second.join().unwrap().removed, names(&["app.c.yaml", "app.e.yaml"]));
    });
}

/// The old output with a foreign file, and an edit by hand in a file that is published again.
fn prepared() -> TempDir {
    let root = tempdir().unwrap();
    publish(&root, OLD);
    age(&root);
    fs::write(path(&root, "app.b.yaml"), "b: by hand\n").unwrap();
    fs::write(path(&root, "mine.yaml"), "mine").unwrap();
    root
}

fn is_new(root: &TempDir) -> bool {
    let mut tree = manifests(root);
    tree.remove("mine.yaml") == Some(b"mine".to_vec()) && tree == expected(NEW)
}

/// After a kill, each file is whole: old or new, or absent where one of both is.
fn assert_each_file_is_old_or_new(root: &TempDir, old: &BTreeMap<String, Vec<u8>>, message: &str) {
    let (now, new) = (manifests(root), expected(NEW));
    for name in old.keys().chain(new.keys()).filter(|it| *it != INDEX) {
        let content = now.get(name);
        let is_kept = name == "mine.yaml" && content == old.get(name);
        assert!(is_kept || content == old.get(name) || content == new.get(name), "{message}: {name}: {content:?}");
    }
    assert!(now.keys().all(|it| old.contains_key(it) || new.contains_key(it)), "{message}: {now:?}");
}

fn sweep(lacks_links: bool) {
    let mut counting = FaultyDisk::default();
    counting.lacks_links = lacks_links;
    publish_on(&counting, &prepared(), NEW).unwrap();
    assert!(counting.calls() > 30);
    for call in 0..counting.calls() {
        for fault in Fault::ALL {
            let message = format!("call {call}, {fault:?}");
            let root = prepared();
            let old = tree(&root);
            let mut disk = FaultyDisk::failing_at(call, fault);
            disk.lacks_links = lacks_links;
            let published = publish_on(&disk, &root, NEW);
            assert_each_file_is_old_or_new(&root, &old, &message);
            let has_failed = published.is_err();
            if !has_failed {
                assert!(is_new(&root), "{message}");
            } else if !fault.is_kill() && fault != Fault::Broken {
                assert_eq!(tree(&root), old, "{message}");
            }
            // The next run brings the old folder back, unless the kill came after the commit; and then builds.
            let output = lock(&root);
            assert!(!path(&root, ".vix-staging").exists(), "{message}");
            assert!(tree(&root) == old || is_new(&root), "{message}: {:?}", tree(&root));
            assert_eq!(output.index().unwrap().source == source(NEW), is_new(&root), "{message}");
            drop(output);
            publish(&root, NEW);
            assert!(is_new(&root), "{message}");
            assert!(lock(&root).unchanged(&source(NEW)), "{message}");
        }
    }
}

#[test]
fn a_fault_at_any_call_leaves_the_old_folder_or_the_new_one() {
    sweep(false);
}

#[test]
fn a_fault_at_any_call_is_survived_without_links_too() {
    sweep(true);
}

#[test]
fn a_second_kill_while_going_back_is_survived() {
    let mut kills = 0;
    for call in 0.. {
        let disk = FaultyDisk::failing_at(call, Fault::KillAfter);
        let root = prepared();
        let old = tree(&root);
        if publish_on(&disk, &root, NEW).is_ok() {
            break;
        }
        // As it was left by the first kill, as plain copies.
        let left: Vec<(PathBuf, Vec<u8>)> = walk(root.path());
        for second in 0.. {
            restore(root.path(), &left);
            let disk = FaultyDisk::failing_at(second, Fault::KillMidway);
            if Output::claim(Arc::new(disk), root.path(), FOLDER, Claim::AloneNow).is_ok() && second > 8 {
                break;
            }
            kills += 1;
            drop(lock(&root));
            let now: BTreeMap<_, _> = tree(&root);
            assert!(now == old || is_new(&root), "kills at {call} and {second}: {now:?}");
        }
    }
    assert!(kills > 300, "{kills}");
}

#[test]
fn going_back_removes_only_what_was_created() {
    // Killed before anything was moved: `d` and `f` are still staged. Then a person makes a `d`.
    let mut stops = 0;
    for call in 0..40 {
        let root = prepared();
        let mut disk = FaultyDisk::failing_at(call, Fault::KillBefore);
        disk.lacks_links = true;
        drop(publish_on(&disk, &root, NEW));
        let staged = |name: &str| path(&root, &format!(".vix-staging/{name}")).exists();
        if !staged("vix.index.new") || !staged("app.d.yaml.new") {
            continue;
        }
        stops += 1;
        let left = walk(root.path());
        for second in 0..40 {
            restore(root.path(), &left);
            fs::write(path(&root, "app.d.yaml"), "d: by hand\n").unwrap();
            drop(Output::claim(Arc::new(FaultyDisk::failing_at(second, Fault::KillBefore)), root.path(), FOLDER, Claim::Alone));
            drop(lock(&root));
            assert_eq!(manifests(&root)["app.d.yaml"], b"d: by hand\n", "stops at {call} and {second}");
        }
    }
    assert!(stops > 0);
}

#[test]
fn a_torn_list_of_created_files_removes_nothing() {
    let root = prepared();
    let old = tree(&root);
    fs::create_dir(path(&root, ".vix-staging")).unwrap();
    fs::write(path(&root, ".vix-staging/vix.index.new"), "").unwrap();
    for text in ["", "mine.yaml", &format!("{}\nmine.yaml", Digest::of(b"mine.yaml and more"))] {
        fs::create_dir_all(path(&root, ".vix-staging")).unwrap();
        fs::write(path(&root, ".vix-staging/vix.index.new"), "").unwrap();
        fs::write(path(&root, ".vix-staging/created"), text).unwrap();
        drop(lock(&root));
        assert_eq!(tree(&root), old);
    }
}

#[test]
fn a_foreign_file_of_a_published_name_is_replaced_and_reported() {
    let root = tempdir().unwrap();
    publish(&root, OLD);
    fs::write(path(&root, "app.d.yaml"), "d: by hand\n").unwrap();
    fs::write(path(&root, "app.f.yaml"), "f: 2\n").unwrap();
    let report = publish(&root, NEW);
    assert_eq!(report.restored, names(&["app.d.yaml"]));
    assert_eq!(manifests(&root), expected(NEW));
}

fn walk(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
            // So that an empty folder is put back too.
            files.push((path.join(""), Vec::new()));
        } else {
            files.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    files
}

fn restore(root: &Path, files: &[(PathBuf, Vec<u8>)]) {
    fs::remove_dir_all(root.join("build")).unwrap();
    for (path, bytes) in files {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if path.file_name().is_some() && !path.to_str().unwrap().ends_with('/') {
            fs::write(path, bytes).unwrap();
        } else {
            fs::create_dir_all(path).unwrap();
        }
    }
}

#[test]
fn a_full_disk_is_named() {
    let root = prepared();
    let disk = FaultyDisk::failing_at(0, Fault::Full);
    let error = publish_on(&disk, &root, NEW).unwrap_err();
    assert_eq!(error.reason(), Reason::DiskFull);
    assert!(error.to_string().ends_with(": the disk is full"), "{error}");
}

#[test]
#[cfg(unix)]
fn a_read_only_folder_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let root = prepared();
    let old = tree(&root);
    let mode = |mode| fs::set_permissions(root.path().join(FOLDER), fs::Permissions::from_mode(mode)).unwrap();
    mode(0o555);
    // Rights do not bind the superuser.
    let binds = File::create(path(&root, "probe")).is_err();
    let _ = fs::remove_file(path(&root, "probe"));
    if binds {
        let error = publish_on(&FaultyDisk::default(), &root, NEW).unwrap_err();
        assert_eq!((error.reason(), tree(&root)), (Reason::Denied, old));
    }
    mode(0o755);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    /// Whatever was published before, whatever a hand did and wherever a run was killed: a build makes it right.
    #[test]
    fn any_history_ends_in_what_was_built_last(
        steps in vec((vec((0..6_u8, 0..3_u8), 0..6), 0..60_usize, 0..4_u8, 0..6_u8), 1..6),
    ) {
        let root = tempdir().unwrap();
        for (files, call, step, hand) in &steps {
            let texts: BTreeMap<String, String> =
                files.iter().map(|(name, n)| (format!("app.{name}.yaml"), format!("n: {n}\n"))).collect();
            let files: Vec<(&str, &str)> = texts.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            match step {
                0 => drop(publish(&root, &files)),
                1 => drop(publish_on(&FaultyDisk::failing_at(*call, Fault::KillMidway), &root, &files)),
                2 => drop(publish_on(&FaultyDisk::failing_at(*call, Fault::Broken), &root, &files)),
                _ => {
                    drop(lock(&root));
                    let name = format!("app.{hand}.yaml");
                    // Not a file of our own making when it is not listed: leave those alone, they would be foreign.
                    if path(&root, &name).exists() {
                        fs::write(path(&root, &name), "n: by hand\n").unwrap();
                    }
                }
            }
        }
        let files = [("app.0.yaml", "last\n"), ("app.9.yaml", "last\n")];
        publish(&root, &files);
        prop_assert_eq!(manifests(&root), expected(&files));
        prop_assert!(lock(&root).unchanged(&source(&files)));
    }

    #[test]
    fn any_bytes_as_an_index_are_no_index(bytes in vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(Index::decode(&bytes), None);
    }
}
