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
use std::{collections::BTreeSet, io, path::Path, time::Duration};

/// Younger files are left alone.
pub(super) const AGE_MIN: Duration = Duration::from_secs(600);

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Projects of which nothing was left.
    pub projects: usize,
    /// Heads that no build had written for the given time.
    pub heads: usize,
    /// Packs that no head listed, and leftovers of killed runs.
    pub files: usize,
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

pub(super) fn sweep_on(disk: &dyn Disk, cache: &Path, unused: Duration) -> Result<Swept, Warning> {
    let version = open_version(disk, cache)?;
    let mut swept = Swept::default();
    for project in disk.list(&version.path).unwrap_or_default() {
        let folder = Folder::found(&version, &project);
        if !disk.look(folder.path()).is_ok_and(|it| it.kind == Kind::Folder) {
            continue;
        }
        let Ok(Some(_held)) = disk.lock(&folder.lock(), Claim::AloneNow) else { continue };
        let heads = heads(disk, &folder).unwrap_or_default();
        let old = heads.iter().filter(|it| is_older(disk, &folder.path().join(it), folder.clean_before_ns, unused));
        let removed = old.filter(|it| disk.remove_file(&folder.path().join(it)).is_ok()).count();
        swept.heads += removed;
        if removed == heads.len() && !heads.is_empty() && remove_tree(disk, folder.path()).is_ok() {
            swept.projects += 1;
        } else {
            swept.files += collect_alone(disk, &folder).unwrap_or(0);
        }
    }
    Ok(swept)
}

/// Removes what nothing in one project's folder refers to, unless another memo of the project is open. The caller holds no
/// share of the lock.
pub(super) fn collect(disk: &dyn Disk, folder: &Folder) -> usize {
    let Ok(Some(_held)) = disk.lock(&folder.lock(), Claim::AloneNow) else { return 0 };
    collect_alone(disk, folder).unwrap_or(0)
}

/// An error means that something could not be read; then it is not known what is garbage, and nothing is removed.
fn collect_alone(disk: &dyn Disk, folder: &Folder) -> io::Result<usize> {
    let mut listed = BTreeSet::new();
    for head in heads(disk, folder)? {
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
    garbage.retain(|path| is_older(disk, path, folder.clean_before_ns, AGE_MIN) && disk.remove_file(path).is_ok());
    Ok(garbage.len())
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
