//! Real processes on one cache and one output folder, killed at any moment.
//!
//! The other tests stop at each call within one process; here the system itself takes locks and open files away. The test
//! program starts itself again to get a rival.
//!
//! A program of its own, not one with the others: between fork and exec a child holds copies of all locks of its parent,
//! which other tests in the same process would find taken.

use std::{
    env, fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};
use store::{Content, Digest, Memo, OutFile, Output};
use tempfile::tempdir;

const ROOT: &str = "VIX_STORE_RIVAL_ROOT";
const NUMBER: &str = "VIX_STORE_RIVAL_NUMBER";
const KEYS: u64 = 60;

fn key(n: u64) -> Digest {
    Digest::of(&n.to_le_bytes())
}

fn payload(n: u64) -> Vec<u8> {
    n.to_le_bytes().repeat(200)
}

/// All files of a generation have its number in them, so a mixture shows.
fn publish(root: &Path, generation: u64) {
    let names = (0..20 + generation % 5).map(|it| format!("app.{it}.yaml"));
    let source = Digest::of(&generation.to_le_bytes());
    let text = format!("generation: {generation}\n").into_bytes();
    let file = |name| OutFile { name, source, content: Content::Bytes(text.clone().into()) };
    Output::lock(root, "build/dev").unwrap().publish(source, names.map(file).collect()).unwrap();
}

fn check_memo(memo: &Memo) -> usize {
    let found = memo.get_many(&(0..KEYS).map(key).collect::<Vec<_>>());
    for (n, found) in found.iter().enumerate() {
        assert!(found.is_none_or(|it| *it == payload(n as u64)));
    }
    found.iter().flatten().count()
}

fn commit(root: &Path, round: u64) {
    let mut memo = Memo::open(&root.join("cache"), "shop", "dev");
    assert!(memo.warning().is_none());
    check_memo(&memo);
    let new = (0..5).map(|it| (round * 5 + it) % KEYS).map(|n| (key(n), payload(n))).collect();
    memo.commit(new, &(0..KEYS).map(key).collect::<Vec<_>>(), &round.to_le_bytes()).unwrap();
}

/// Does nothing, except in a process that `rivals_that_are_killed_...` started.
#[test]
fn rival() {
    let (Some(root), Ok(number)) = (env::var_os(ROOT), env::var(NUMBER)) else { return };
    let mut round: u64 = number.parse().unwrap();
    loop {
        round += 1;
        commit(Path::new(&root), round);
        publish(Path::new(&root), round);
    }
}

fn start(root: &Path, number: u64) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "rival", "--nocapture"]).env(ROOT, root).env(NUMBER, number.to_string());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn rivals_that_are_killed_leave_whole_results_and_free_locks() {
    let folder = tempdir().unwrap();
    let root = folder.path();
    for round in 0..12 {
        let mut rivals: Vec<Child> = (0..3).map(|it| start(root, round * 1000 + it * 100)).collect();
        thread::sleep(Duration::from_millis(30 + (round * 37) % 50));
        for rival in &mut rivals {
            assert!(rival.try_wait().unwrap().is_none(), "a rival found a wrong byte or an error");
            rival.kill().unwrap();
        }
        for rival in &mut rivals {
            rival.wait().unwrap();
        }
        check_memo(&Memo::open(&root.join("cache"), "shop", "dev"));
        // The lock is free at once, and the folder is one generation.
        let output = Output::try_lock(root, "build/dev").unwrap().unwrap();
        let files = output.index().map_or(0, |it| it.files.len());
        let texts = fs::read_dir(output.folder()).unwrap().map(|it| it.unwrap().path());
        let mut texts: Vec<_> = texts.filter(|it| it.extension().is_some_and(|it| it == "yaml")).collect();
        assert_eq!(texts.len(), files);
        texts.sort();
        let texts: Vec<_> = texts.iter().map(|it| fs::read(it).unwrap()).collect();
        assert!(texts.windows(2).all(|it| it[0] == it[1]));
    }
    publish(root, 3);
    for round in 0..KEYS / 5 {
        commit(root, round);
    }
    assert_eq!(check_memo(&Memo::open(&root.join("cache"), "shop", "dev")), usize::try_from(KEYS).unwrap());
    assert_eq!(fs::read(root.join("build/dev/app.7.yaml")).unwrap(), b"generation: 3\n");
}
