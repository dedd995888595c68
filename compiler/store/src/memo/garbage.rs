//! Removes packs that no head lists, and what killed runs left.
//!
//! Safe beside other builds: it is done only while holding the project's lock alone, which every open memo shares, and only
//! to files of some age, for systems whose locks do not hold. Should a pack vanish under a build all the same, its results
//! are misses.

use super::{
    Warning,
    folder::{Folder, HEAD_SUFFIX, open_version},
    head::Head,
};
use crate::{
    digest::Digest,
    disk::{
        Claim, Disk, Kind,
        real::{RealDisk, TEMP_PREFIX},
        remove_tree,
    },
};
use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// Younger files are left alone.
pub(super) const AGE_MIN: Duration = Duration::from_secs(600);

/// What a sweep removed, and what it left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Projects of which nothing was left.
    pub projects: usize,
    /// Heads that no build had written for the given time.
    pub heads: usize,
    /// Packs that no head listed, and leftovers of killed runs.
    pub files: usize,
    /// Bytes of all that was removed.
    pub bytes: u64,
    /// Projects that stay.
    pub kept: usize,
    /// Bytes of these.
    pub bytes_kept: u64,
    /// Projects that were left alone, because a build uses them now.
    pub used: usize,
}

/// Removes from a whole cache what no build has written for `unused`, and all that nothing refers to.
///
/// Projects that a running build uses are left alone.
///
/// # Errors
/// The cache cannot be used. Single files that cannot be removed are no failure.
pub fn sweep(cache: &Path, unused: Duration) -> Result<Swept, Warning> {
    sweep_on(&RealDisk, cache, unused)
}

/// Tells what [`sweep`] would remove now.
///
/// # Errors
/// As `sweep`.
pub fn survey(cache: &Path, unused: Duration) -> Result<Swept, Warning> {
    each_project(&RealDisk, cache, unused, &|_| true)
}

pub(super) fn sweep_on(disk: &dyn Disk, cache: &Path, unused: Duration) -> Result<Swept, Warning> {
    each_project(disk, cache, unused, &|path| match disk.look(path) {
        Ok(seen) if seen.kind == Kind::Folder => remove_tree(disk, path).is_ok(),
        _ => disk.remove_file(path).is_ok(),
    })
}

/// Goes through all projects; `remove` takes a file or a folder away and tells whether it is gone.
fn each_project(disk: &dyn Disk, cache: &Path, unused: Duration, remove: &dyn Fn(&Path) -> bool) -> Result<Swept, Warning> {
    let version = open_version(disk, cache)?;
    let mut swept = Swept::default();
    for project in disk.list(&version.path).unwrap_or_default() {
        let folder = Folder::found(&version, &project);
        if !disk.look(folder.path()).is_ok_and(|it| it.kind == Kind::Folder) {
            continue;
        }
        let Ok(Some(_held)) = disk.lock(&folder.lock(), Claim::AloneNow) else {
            swept.used += 1;
            continue;
        };
        one_project(disk, &folder, unused, remove, &mut swept);
    }
    Ok(swept)
}

fn one_project(disk: &dyn Disk, folder: &Folder, unused: Duration, remove: &dyn Fn(&Path) -> bool, swept: &mut Swept) {
    let bytes = size(disk, folder.path());
    let Ok(heads) = heads(disk, folder) else {
        swept.kept += 1;
        swept.bytes_kept += bytes;
        return;
    };
    let (old, mut kept): (Vec<String>, Vec<String>) = heads.into_iter().partition(|it| is_older(disk, &folder.path().join(it), folder.clean_before_ns, unused));
    let mut removed = 0;
    let mut take = |path: &Path| {
        let size = size(disk, path);
        let is_gone = remove(path);
        removed += if is_gone { size } else { 0 };
        is_gone
    };
    // Heads first: after a kill none lists a pack that is gone.
    let (gone, left): (Vec<String>, Vec<String>) = old.into_iter().partition(|it| take(&folder.path().join(it)));
    swept.heads += gone.len();
    let is_unused = kept.is_empty() && left.is_empty() && !gone.is_empty();
    kept.extend(left);
    if is_unused && remove(folder.path()) {
        swept.projects += 1;
        swept.bytes += bytes;
        return;
    }
    swept.files += garbage(disk, folder, &kept).unwrap_or_default().iter().filter(|it| take(it)).count();
    swept.kept += 1;
    swept.bytes += removed;
    swept.bytes_kept += bytes.saturating_sub(removed);
}

/// Bytes of a file, or of all files in a folder; what cannot be looked at has none.
fn size(disk: &dyn Disk, path: &Path) -> u64 {
    match disk.look(path) {
        Ok(seen) if seen.kind == Kind::Folder => disk.list(path).unwrap_or_default().iter().map(|it| size(disk, &path.join(it))).sum(),
        Ok(seen) => seen.stat.size,
        Err(_) => 0,
    }
}

/// Removes what nothing in one project's folder refers to, unless another memo of the project is open. The caller holds no
/// share of the lock.
pub(super) fn collect(disk: &dyn Disk, folder: &Folder) -> usize {
    let Ok(Some(_held)) = disk.lock(&folder.lock(), Claim::AloneNow) else { return 0 };
    let Ok(heads) = heads(disk, folder) else { return 0 };
    garbage(disk, folder, &heads).unwrap_or_default().iter().filter(|it| disk.remove_file(it).is_ok()).count()
}

/// Files of some age to which none of these heads refers.
///
/// An error means that something could not be read; then it is not known what is garbage, and nothing is removed.
fn garbage(disk: &dyn Disk, folder: &Folder, heads: &[String]) -> io::Result<Vec<PathBuf>> {
    let mut listed = BTreeSet::new();
    for head in heads {
        let (bytes, _) = disk.read(&folder.path().join(head))?;
        listed.extend(Head::packs_of_any(&bytes).iter().map(|it| it.name));
    }
    let packs = folder.packs();
    let mut garbage = Vec::new();
    for name in disk.list(&packs)? {
        let is_unlisted = name.parse::<Digest>().is_ok_and(|it| !listed.contains(&it));
        if is_unlisted || name.starts_with(TEMP_PREFIX) {
            garbage.push(packs.join(name));
        }
    }
    for name in disk.list(folder.path())? {
        if name.starts_with(TEMP_PREFIX) {
            garbage.push(folder.path().join(name));
        }
    }
    garbage.retain(|path| is_older(disk, path, folder.clean_before_ns, AGE_MIN));
    Ok(garbage)
}

fn heads(disk: &dyn Disk, folder: &Folder) -> io::Result<Vec<String>> {
    let mut names = disk.list(folder.path())?;
    names.retain(|it| it.ends_with(HEAD_SUFFIX));
    Ok(names)
}

fn is_older(disk: &dyn Disk, path: &Path, now_ns: i64, age: Duration) -> bool {
    let age_ns = i64::try_from(age.as_nanos()).unwrap_or(i64::MAX);
    disk.look(path).is_ok_and(|it| it.stat.mtime_ns <= now_ns.saturating_sub(age_ns))
}
