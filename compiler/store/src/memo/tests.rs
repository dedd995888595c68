//! The memo under damage, faults and rivals. Every result is a function of its key, so that a wrong byte cannot hide.

use super::{Committed, Memo, PACKS_MAX, Warning, folder::open_version, garbage::AGE_MIN, survey, sweep};
use crate::{
    digest::Digest,
    disk::{
        faulty::{Fault, FaultyDisk},
        real::RealDisk,
    },
};
use proptest::{collection::vec, prelude::*};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tempfile::{TempDir, tempdir};

fn key(n: u64) -> Digest {
    Digest::of(&n.to_le_bytes())
}

fn keys(range: std::ops::Range<u64>) -> Vec<Digest> {
    range.map(key).collect()
}

fn payload(n: u64) -> Vec<u8> {
    format!("result {n} ").repeat(usize::try_from(n % 7).unwrap()).into_bytes()
}

fn results(range: std::ops::Range<u64>) -> Vec<(Digest, Vec<u8>)> {
    range.map(|n| (key(n), payload(n))).collect()
}

/// Counts what is there, and fails on a byte that is not as it was committed.
fn check(memo: &Memo, count: u64, states: &[&str]) -> usize {
    let state = memo.state().map(|it| std::str::from_utf8(it).unwrap());
    assert!(state.is_none_or(|it| states.contains(&it)), "{state:?}");
    let keys = keys(0..count);
    let many = memo.get_many(&keys);
    for (n, found) in many.iter().enumerate() {
        assert_eq!(*found, memo.get(&keys[n]), "entry {n}");
        assert!(found.is_none_or(|it| *it == payload(n as u64)), "entry {n}: {found:?}");
    }
    many.iter().flatten().count()
}

fn open(cache: &TempDir) -> Memo {
    Memo::open(cache.path(), "shop", "dev")
}

fn files(cache: &TempDir, folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(cache.path().join("v1/shop").join(folder))
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.is_file() && !it.ends_with("lock"))
        .collect();
    files.sort();
    files
}

/// Two packs, three results in each.
fn small_cache() -> TempDir {
    let cache = tempdir().unwrap();
    open(&cache).commit(results(0..3), &keys(0..3), b"old").unwrap();
    open(&cache).commit(results(3..6), &keys(0..6), b"new").unwrap();
    cache
}

#[test]
fn a_commit_is_seen_by_itself_and_by_the_next() {
    let cache = tempdir().unwrap();
    let mut memo = open(&cache);
    assert_eq!((memo.state(), memo.clean_before_ns()), (None, i64::MIN));
    let committed = memo.commit(results(0..5), &keys(0..5), b"one").unwrap();
    assert_eq!(committed, Committed { written: 5, merged: 0, collected: 0 });
    assert_eq!(check(&memo, 6, &["one"]), 5);
    assert_eq!(check(&open(&cache), 6, &["one"]), 5);
    assert!(open(&cache).clean_before_ns() > 0);
    assert_eq!(Memo::open(cache.path(), "shop", "prod").state(), None);
    assert_eq!(Memo::open(cache.path(), "bank", "dev").get(&key(1)), None);
    // Nothing new: the head alone is written.
    open(&cache).commit::<&[u8]>(Vec::new(), &keys(0..5), b"two").unwrap();
    assert_eq!(check(&open(&cache), 6, &["two"]), 5);
    assert_eq!(files(&cache, "packs").len(), 1);
}

#[test]
fn opening_reads_no_results() {
    let cache = small_cache();
    let disk = FaultyDisk::default();
    let memo = Memo::open_on(Arc::new(disk.clone()), cache.path(), "shop", "dev");
    let opened = disk.calls();
    assert_eq!(memo.state(), Some(&b"new"[..]));
    assert_eq!(disk.calls(), opened);
    // For each pack: open, table, one read for all neighbours.
    memo.get_many(&keys(0..6));
    assert_eq!(disk.calls(), opened + 6);
    check(&memo, 6, &["new"]);
    assert_eq!(disk.calls(), opened + 6);
}

#[test]
fn packs_are_merged_and_the_dead_forgotten() {
    let cache = tempdir().unwrap();
    for n in 0..30 {
        let live = keys(n / 2..n + 1);
        open(&cache).commit(results(n..n + 1), &live, b"s").unwrap();
        let memo = open(&cache);
        assert!(memo.packs.len() <= PACKS_MAX);
        assert!(live.iter().all(|it| memo.get(it).is_some()), "after {n}");
    }
    assert_eq!(open(&cache).get(&key(0)), None);
}

#[test]
fn a_big_live_pack_is_not_written_again() {
    let cache = tempdir().unwrap();
    open(&cache).commit(results(0..200), &keys(0..200), b"s").unwrap();
    let mut written = Vec::new();
    for n in 200..240 {
        written.push(open(&cache).commit(results(n..n + 1), &keys(0..n + 1), b"s").unwrap().written);
    }
    assert!(written.iter().all(|it| *it < 50), "{written:?}");
    assert_eq!(check(&open(&cache), 240, &["s"]), 240);
    // Once it is mostly dead, it goes.
    for n in 240..250 {
        open(&cache).commit(results(n..n + 1), &keys(190..n + 1), b"s").unwrap();
    }
    assert_eq!(open(&cache).get(&key(1)), None);
}

#[test]
fn empty_results_are_results() {
    let cache = tempdir().unwrap();
    open(&cache).commit((0..40).map(|n| (key(n), vec![7; usize::from(n % 3 == 0)])).collect(), &[], b"s").unwrap();
    assert!(open(&cache).get_many(&keys(0..40)).iter().enumerate().all(|(n, it)| it.unwrap().len() == usize::from(n % 3 == 0)));
}

#[test]
fn every_flipped_bit_costs_results_and_never_a_byte() {
    let cache = small_cache();
    let targets = [files(&cache, ""), files(&cache, "packs")].concat();
    assert_eq!(targets.len(), 3);
    for path in targets {
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            fs::write(&path, &bytes).unwrap();
            let found = check(&open(&cache), 6, &["new"]);
            assert!(found < 6, "byte {at} of {}", path.display());
        }
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(check(&open(&cache), 6, &["new"]), 6);
}

#[test]
fn every_cut_and_every_tail_costs_results_and_never_a_byte() {
    let cache = small_cache();
    for path in [files(&cache, ""), files(&cache, "packs")].concat() {
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            check(&open(&cache), 6, &["new"]);
        }
        fs::write(&path, [&whole[..], b"tail"].concat()).unwrap();
        check(&open(&cache), 6, &["new"]);
        fs::remove_file(&path).unwrap();
        check(&open(&cache), 6, &["new"]);
        fs::create_dir(&path).unwrap();
        check(&open(&cache), 6, &["new"]);
        fs::remove_dir(&path).unwrap();
        fs::write(&path, &whole).unwrap();
    }
}

#[test]
fn what_is_damaged_is_mended_by_the_next_commit() {
    for at in [0, 20, 100, 400] {
        let cache = small_cache();
        for path in files(&cache, "packs") {
            let mut bytes = fs::read(&path).unwrap();
            let at = at.min(bytes.len() - 1);
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
        }
        let mut memo = open(&cache);
        let lost = results(0..6).into_iter().filter(|it| memo.get(&it.0).is_none()).collect::<Vec<_>>();
        assert!(!lost.is_empty());
        memo.commit(lost, &keys(0..6), b"mended").unwrap();
        assert_eq!(check(&memo, 6, &["mended"]), 6);
        assert_eq!(check(&open(&cache), 6, &["mended"]), 6);
    }
}

#[test]
fn a_pack_made_again_under_its_name_is_read_again() {
    let cache = tempdir().unwrap();
    open(&cache).commit(results(0..3), &keys(0..3), b"s").unwrap();
    fs::write(&files(&cache, "packs")[0], "torn").unwrap();
    let mut memo = open(&cache);
    assert_eq!(check(&memo, 3, &["s"]), 0);
    memo.commit(results(0..3), &keys(0..3), b"s").unwrap();
    assert_eq!(files(&cache, "packs").len(), 1);
    assert_eq!(check(&memo, 3, &["s"]), 3);
}

#[test]
fn a_cut_costs_only_the_results_behind_it() {
    let cache = tempdir().unwrap();
    open(&cache).commit((0..10).map(|n| (key(n), payload(6))).collect(), &[], b"s").unwrap();
    let pack = &files(&cache, "packs")[0];
    let length = fs::metadata(pack).unwrap().len();
    File::options().write(true).open(pack).unwrap().set_len(length - 1).unwrap();
    let memo = open(&cache);
    assert_eq!(memo.get_many(&keys(0..10)).iter().flatten().count(), 9);
}

#[test]
fn files_under_anothers_name_are_nothing() {
    let cache = small_cache();
    let head = |name: &str| cache.path().join(format!("v1/shop/{name}.head"));
    fs::copy(head("dev"), head("prod")).unwrap();
    let prod = Memo::open(cache.path(), "shop", "prod");
    assert_eq!((prod.state(), check(&prod, 6, &[])), (None, 0));
    let packs = files(&cache, "packs");
    let (a, b) = (fs::read(&packs[0]).unwrap(), fs::read(&packs[1]).unwrap());
    fs::write(&packs[0], &b).unwrap();
    fs::write(&packs[1], &a).unwrap();
    assert_eq!(check(&open(&cache), 6, &["new"]), 0);
}

#[test]
fn swapped_payloads_and_entries_are_misses() {
    let cache = tempdir().unwrap();
    let equal = vec![(key(0), b"aaaa"), (key(1), b"bbbb")];
    open(&cache).commit(equal, &keys(0..2), b"s").unwrap();
    let pack = &files(&cache, "packs")[0];
    let whole = fs::read(pack).unwrap();
    let swap = |a: usize, b: usize, length: usize| {
        let mut bytes = whole.clone();
        for at in 0..length {
            bytes.swap(a + at, b + at);
        }
        fs::write(pack, bytes).unwrap();
        let memo = open(&cache);
        assert_eq!(memo.get_many(&keys(0..2)), [None, None]);
    };
    swap(16, 96, 32); // keys
    swap(48, 128, 32); // digests
    swap(80, 160, 16); // places
    swap(16, 96, 80); // whole entries
    swap(176, 180, 4); // payloads
}

#[test]
fn only_old_files_of_nobody_are_collected() {
    let cache = tempdir().unwrap();
    let age = |path: &Path, age: Duration| {
        File::options().write(true).open(path).unwrap().set_modified(SystemTime::now() - age).unwrap();
    };
    Memo::open(cache.path(), "shop", "prod").commit(results(50..51), &keys(50..51), b"p").unwrap();
    let leftovers = [cache.path().join("v1/shop/.tmp-a"), cache.path().join("v1/shop/packs/.tmp-b")];
    for path in &leftovers {
        fs::write(path, "torn").unwrap();
        age(path, AGE_MIN * 2);
    }
    let young = cache.path().join("v1/shop/packs/.tmp-young");
    fs::write(&young, "").unwrap();
    for n in 0..8 {
        open(&cache).commit(results(n..n + 1), &keys(0..n + 1), b"s").unwrap();
    }
    for path in files(&cache, "packs").iter().filter(|it| **it != young) {
        age(path, AGE_MIN * 2);
    }
    let committed = open(&cache).commit(results(8..9), &keys(0..9), b"s").unwrap();
    assert_eq!(committed, Committed { written: 9, merged: 8, collected: 10 });
    assert!(young.exists() && leftovers.iter().all(|it| !it.exists()));
    assert_eq!(check(&open(&cache), 9, &["s"]), 9);
    assert!(Memo::open(cache.path(), "shop", "prod").get(&key(50)).is_some());
}

#[test]
fn nothing_is_collected_under_an_open_memo() {
    let cache = tempdir().unwrap();
    for n in 0..8 {
        open(&cache).commit(results(n..n + 1), &keys(0..n + 1), b"s").unwrap();
    }
    for path in files(&cache, "packs") {
        let file = File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - AGE_MIN * 2).unwrap();
    }
    let reader = open(&cache);
    let committed = open(&cache).commit(results(8..9), &keys(0..9), b"t").unwrap();
    assert_eq!((committed.merged, committed.collected), (8, 0));
    assert_eq!(check(&reader, 9, &["s"]), 8);
}

#[test]
fn a_sweep_takes_what_no_build_has_written_for_long() {
    let cache = small_cache();
    Memo::open(cache.path(), "bank", "dev").commit(results(0..1), &keys(0..1), b"b").unwrap();
    let head = cache.path().join("v1/shop/dev.head");
    let week = Duration::from_secs(7 * 24 * 3600);
    File::options().write(true).open(&head).unwrap().set_modified(SystemTime::now() - week).unwrap();
    let in_use = open(&cache);
    let swept = sweep(cache.path(), week / 2).unwrap();
    assert_eq!((swept.projects, swept.used, swept.kept), (0, 1, 1));
    drop(in_use);
    // Telling what would be removed removes nothing.
    let told = survey(cache.path(), week / 2).unwrap();
    let swept = sweep(cache.path(), week / 2).unwrap();
    assert_eq!((swept.projects, swept.heads, swept.files, swept.kept, swept.used), (1, 1, 0, 1, 0));
    assert!(swept.bytes > 0 && swept.bytes_kept > 0);
    assert_eq!(told, swept);
    assert!(!cache.path().join("v1/shop").exists());
    assert_eq!(Memo::open(cache.path(), "bank", "dev").state(), Some(&b"b"[..]));
    assert_eq!(sweep(cache.path(), week / 2).unwrap().projects, 0);
}

#[test]
fn a_folder_that_is_not_ours_is_not_used() {
    let cache = small_cache();
    let mut disk = FaultyDisk::default();
    disk.uid = Some(4_000_000);
    let mut memo = Memo::open_on(Arc::new(disk), cache.path(), "shop", "dev");
    assert!(matches!(memo.warning(), Some(Warning::OtherOwner(_))));
    assert_eq!(check(&memo, 6, &[]), 0);
    assert_eq!(memo.commit(results(0..1), &[], b"x").unwrap(), Committed::default());
    assert_eq!(check(&open(&cache), 6, &["new"]), 6);
}

#[test]
#[cfg(unix)]
fn links_and_folders_open_to_others_are_not_used() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let cache = small_cache();
    let around = tempdir().unwrap();
    let link = around.path().join("link");
    symlink(cache.path(), &link).unwrap();
    assert!(matches!(Memo::open(&link, "shop", "dev").warning(), Some(Warning::NotAFolder(_))));
    let dangling = around.path().join("dangling");
    symlink(around.path().join("nowhere"), &dangling).unwrap();
    assert!(Memo::open(&dangling, "shop", "dev").warning().is_some());
    assert!(!around.path().join("nowhere").exists());
    fs::create_dir(around.path().join("v1")).unwrap();
    symlink(cache.path().join("v1/shop"), around.path().join("v1/shop")).unwrap();
    assert!(matches!(Memo::open(around.path(), "shop", "dev").warning(), Some(Warning::NotAFolder(_))));

    let version = cache.path().join("v1");
    let mode = |mode| fs::set_permissions(&version, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o770);
    assert!(matches!(open(&cache).warning(), Some(Warning::OpenToOthers(_))));
    mode(0o755);
    assert_eq!(check(&open(&cache), 6, &["new"]), 6);
    assert_eq!(fs::metadata(&version).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_cache_that_cannot_be_made_is_a_warning() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [&file, &file.join("below")] {
        let mut memo = Memo::open(path, "shop", "dev");
        assert!(memo.warning().unwrap().to_string().starts_with("no cache is used: "));
        memo.commit(results(0..1), &[], b"x").unwrap();
        assert_eq!(memo.state(), None);
    }
    assert!(open_version(&RealDisk, &file).is_err());
}

/// One build on a disk with a fault: reads, then commits. Gives whether it was able to commit.
fn build(disk: &FaultyDisk, cache: &TempDir, count: u64) -> bool {
    let mut memo = Memo::open_on(Arc::new(disk.clone()), cache.path(), "shop", "dev");
    check(&memo, count, &["old", "new"]);
    let committed = memo.commit(results(count - 1..count), &keys(0..count), b"new");
    memo.warning().is_none() && committed.is_ok()
}

fn sweep_faults(prepare: impl Fn() -> TempDir, count: u64) {
    let counting = FaultyDisk::default();
    assert!(build(&counting, &prepare(), count));
    for call in 0..counting.calls() {
        for fault in Fault::ALL {
            let cache = prepare();
            let disk = FaultyDisk::failing_at(call, fault);
            let done = build(&disk, &cache, count);
            let memo = open(&cache);
            let found = check(&memo, count, &["old", "new"]);
            let state = memo.state();
            assert!(state.is_some(), "call {call}, {fault:?}: the head is gone");
            if !fault.is_kill() {
                assert_eq!(state == Some(b"new"), done, "call {call}, {fault:?}");
            }
            // A result may be missing where it could not be read for a merge; it is made again.
            assert!(found + 1 >= usize::try_from(count - 1).unwrap() || done, "call {call}, {fault:?}: {found}");
            drop(memo);
            let mut memo = open(&cache);
            let lost = results(0..count).into_iter().filter(|it| memo.get(&it.0).is_none()).collect();
            memo.commit(lost, &keys(0..count), b"new").unwrap();
            assert_eq!(check(&open(&cache), count, &["new"]), usize::try_from(count).unwrap());
        }
    }
}

#[test]
fn a_fault_at_any_call_leaves_the_old_memo_or_the_new_one() {
    let prepare = || {
        let cache = tempdir().unwrap();
        open(&cache).commit(results(0..4), &keys(0..4), b"old").unwrap();
        cache
    };
    sweep_faults(prepare, 5);
}

#[test]
fn a_fault_at_any_call_of_a_merge_leaves_the_old_memo_or_the_new_one() {
    let prepare = || {
        let cache = tempdir().unwrap();
        for n in 0..8 {
            open(&cache).commit(results(n..n + 1), &keys(0..n + 1), b"old").unwrap();
        }
        for path in files(&cache, "packs") {
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(SystemTime::now() - AGE_MIN * 2).unwrap();
        }
        cache
    };
    sweep_faults(prepare, 9);
}

#[test]
fn threads_with_one_memo_see_the_same() {
    let cache = tempdir().unwrap();
    open(&cache).commit(results(0..300), &keys(0..300), b"s").unwrap();
    let memo = open(&cache);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(check(&memo, 300, &["s"]), 300));
        }
    });
}

#[test]
fn rival_writers_cost_results_and_never_a_byte() {
    let cache = tempdir().unwrap();
    std::thread::scope(|scope| {
        for rival in 0..4 {
            let cache = &cache;
            scope.spawn(move || {
                for round in 0..25 {
                    let n = (rival * 25 + round * 7) % 90;
                    let mut memo = open(cache);
                    check(&memo, 100, &["s"]);
                    memo.commit(results(n..n + 10), &keys(0..100), b"s").unwrap();
                    check(&memo, 100, &["s"]);
                }
            });
        }
    });
    assert!(check(&open(&cache), 100, &["s"]) >= 10);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// After a power cut, files written and never flushed may be old, empty, cut, or full of zeros.
    #[test]
    fn a_power_cut_costs_results_and_never_a_byte(call in 0..40_usize, harm in vec(0..5_u8, 4), cut in 0.0..1.0) {
        let cache = small_cache();
        let disk = FaultyDisk::failing_at(call, Fault::KillAfter);
        build(&disk, &cache, 6);
        for (path, harm) in disk.written().iter().zip(harm) {
            let Ok(bytes) = fs::read(path) else { continue };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
            let kept = (bytes.len() as f64 * cut) as usize;
            match harm {
                0 => fs::remove_file(path).unwrap(),
                1 => fs::write(path, "").unwrap(),
                2 => fs::write(path, &bytes[..kept]).unwrap(),
                3 => fs::write(path, [&bytes[..kept], &vec![0; bytes.len() - kept]].concat()).unwrap(),
                _ => {}
            }
        }
        check(&open(&cache), 6, &["new"]);
    }

    #[test]
    fn any_bytes_as_a_head_are_no_head(bytes in vec(any::<u8>(), 0..300)) {
        let cache = small_cache();
        fs::write(&files(&cache, "")[0], bytes).unwrap();
        prop_assert!(open(&cache).state().is_none());
    }

    #[test]
    fn what_is_committed_is_found(rounds in vec(vec(0..60_u64, 0..12), 1..14)) {
        let cache = tempdir().unwrap();
        let mut live = Vec::new();
        for round in rounds {
            let new: Vec<_> = round.iter().map(|n| (key(*n), payload(*n))).collect();
            live.extend(round.iter().copied().map(key));
            open(&cache).commit(new, &live, b"s").unwrap();
            let memo = open(&cache);
            check(&memo, 60, &["s"]);
            prop_assert!(memo.get_many(&live).iter().all(Option::is_some));
        }
    }
}

#[test]
fn an_error_names_the_file_and_the_reason() {
    let cache = small_cache();
    let counting = FaultyDisk::default();
    build(&counting, &cache, 6);
    let messages: Vec<_> = (0..counting.calls())
        .filter_map(|call| {
            let disk = FaultyDisk::failing_at(call, Fault::Short(io::ErrorKind::StorageFull));
            let mut memo = Memo::open_on(Arc::new(disk), cache.path(), "shop", "dev");
            memo.commit(results(0..1), &[], b"new").err().map(|it| it.to_string())
        })
        .collect();
    assert!(messages.iter().any(|it| it.contains("dev.head`: the disk is full")), "{messages:?}");
}

#[test]
fn a_memo_may_begin_with_what_another_name_remembers() {
    let cache = tempdir().unwrap();
    open(&cache).commit(results(0..9), &keys(0..9), b"dev").unwrap();
    let mut other = Memo::open(cache.path(), "shop", "old");
    assert_eq!(other.state(), None);
    other.adopt("dev");
    assert_eq!(check(&other, 9, &["dev"]), 9);
    other.commit(results(9..12), &keys(0..12), b"old").unwrap();
    // Each has its own state from then on, and what both list is there once.
    assert_eq!(check(&Memo::open(cache.path(), "shop", "old"), 12, &["old"]), 12);
    assert_eq!(check(&open(&cache), 9, &["dev"]), 9);
    assert_eq!(files(&cache, "packs").len(), 2);
    other.adopt("nobody");
    assert_eq!((other.state(), other.get(&key(1))), (None, None));
}
