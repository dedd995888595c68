//! What identifies an object in a cluster.
//!
//! Source of the rules: the Kubernetes API conventions; the printed form follows kubectl's `kind.group`.
//! Invariant: two ids that differ only in the version name the same object of the cluster; [`ObjectId::same_object`] says so.

use std::fmt;

use crate::json::Json;

/// The id of one object. Ordered by group, kind, namespace, name, version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// API group; empty for core.
    pub group: String,
    /// Kind, such as `Deployment`.
    pub kind: String,
    /// Namespace; `None` for cluster-scoped objects.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
    /// API version such as `v1`, where it matters.
    pub version: Option<String>,
}

impl ObjectId {
    /// The id of an object that was read; `None` without kind, `apiVersion` or name.
    pub fn of(object: &Json) -> Option<Self> {
        let text = |path: &[&str]| object.at(path).and_then(Json::as_str).filter(|it| !it.is_empty());
        let api_version = text(&["apiVersion"])?;
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Some(Self {
            group: group.to_owned(),
            kind: text(&["kind"])?.to_owned(),
            namespace: text(&["metadata", "namespace"]).map(str::to_owned),
            name: text(&["metadata", "name"])?.to_owned(),
            version: Some(version.to_owned()),
        })
    }

    /// The same id without a version.
    #[must_use]
    pub fn without_version(mut self) -> Self {
        self.version = None;
        self
    }

    /// Whether both name the same object; the version does not matter.
    pub fn same_object(&self, other: &Self) -> bool {
        let parts = |it: &Self| (it.group.clone(), it.kind.clone(), it.namespace.clone(), it.name.clone());
        parts(self) == parts(other)
    }

    /// `apiVersion` as it stands in a manifest; without a version, only the group.
    pub fn api_version(&self) -> String {
        match (&self.version, self.group.is_empty()) {
            (Some(version), true) => version.clone(),
            (Some(version), false) => format!("{}/{version}", self.group),
            (None, _) => self.group.clone(),
        }
    }
}

/// `Deployment.apps networking/adguard`, with a version `Deployment.v1.apps networking/adguard`.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        for part in [self.version.as_deref().unwrap_or(""), &self.group] {
            if !part.is_empty() {
                write!(f, ".{part}")?;
            }
        }
        f.write_str(" ")?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::read;

    fn id(text: &str) -> Option<ObjectId> {
        ObjectId::of(&read::document(text).unwrap().value)
    }

    #[test]
    fn reads_and_prints() {
        let deployment = id("{apiVersion: apps/v1, kind: Deployment, metadata: {name: adguard, namespace: networking}}").unwrap();
        assert_eq!((deployment.to_string(), deployment.api_version()), ("Deployment.v1.apps networking/adguard".into(), "apps/v1".into()));
        assert_eq!(deployment.clone().without_version().to_string(), "Deployment.apps networking/adguard");
        assert!(deployment.same_object(&deployment.clone().without_version()));
        let namespace = id("{apiVersion: v1, kind: Namespace, metadata: {name: x}}").unwrap();
        assert_eq!((namespace.to_string(), namespace.api_version()), ("Namespace.v1 x".into(), "v1".into()));
        assert_eq!(namespace.without_version().to_string(), "Namespace x");
        assert_eq!(id("{kind: Namespace, metadata: {name: x}}"), None);
    }
}
