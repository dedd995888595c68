//! Which group versions a stock API server serves.
//!
//! Source: the variables `..EnabledByDefault` of `pkg/controlplane/instance.go`; whatever is not listed
//! there (alpha, and beta since 1.24) must be switched on. `apiextensions.k8s.io/v1` and
//! `apiregistration.k8s.io/v1` belong to the two servers around it, which always serve them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::Error;
use crate::go_source;

/// Group versions served by default, as Go packages (`core/v1`).
pub(crate) fn packages(kubernetes: &Path) -> Result<BTreeSet<String>, Error> {
    let source = fs::read_to_string(kubernetes.join("pkg/controlplane/instance.go"))?;
    let imports: BTreeMap<String, String> = source.lines().filter_map(go_source::import).collect();
    let mut packages = BTreeSet::from(["apiextensions/v1".to_owned(), "apiregistration/v1".to_owned()]);
    let mut inside = false;
    for line in source.lines() {
        if line.contains("EnabledByDefault = []schema.GroupVersion{") {
            inside = true;
        } else if line.trim() == "}" {
            inside = false;
        } else if inside && let Some(alias) = line.trim().strip_suffix(".SchemeGroupVersion,") {
            let package = imports.get(alias).ok_or_else(|| format!("instance.go: {alias} is not imported"))?;
            packages.insert(package.clone());
        }
    }
    if packages.len() < 10 {
        return Err("instance.go: the lists of enabled group versions have moved".into());
    }
    Ok(packages)
}
