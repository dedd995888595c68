//! The built-in kinds of several Kubernetes versions as one model with masks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use schema::model::{Kind, Model, NameRule};
use schema::{convert, merge, version};
use serde_json::Value;

use crate::go_source::{self, Package};
use crate::go_tags::Added;
use crate::modules::Module;
use crate::{Error, enabled, go_tags, modules};

/// Downloads, converts and merges all versions, oldest first.
pub(crate) fn model(versions: &[(u32, &str, &str)], modules: &mut Vec<Module>) -> Result<(Model, Added), Error> {
    let mut added = Added::default();
    let mut models = Vec::new();
    for (minor, server, libraries) in versions {
        let mask = version::bit(*minor).ok_or("no mask bit for this Kubernetes version")?;
        let kubernetes = modules::download("k8s.io/kubernetes", server, modules)?;
        let api = modules::download("k8s.io/api", libraries, modules)?;
        let apimachinery = modules::download("k8s.io/apimachinery", libraries, modules)?;
        let packages = packages(&api, &apimachinery)?;
        let mut model = convert::openapi(&documents(&kubernetes.join("api/openapi-spec/v3"), |_| true)?, mask)?;
        model.kinds = kinds(&kubernetes, &packages, mask)?;
        model.prune();
        go_tags::apply(&mut model, &packages, mask, &mut added);
        models.push(model);
    }
    Ok((merge::merge(models), added))
}

/// Kinds of every group version in discovery, marked with what a stock API server serves.
fn kinds(kubernetes: &Path, packages: &BTreeMap<String, Package>, mask: u32) -> Result<Vec<Kind>, Error> {
    let enabled = enabled_versions(kubernetes, packages)?;
    let mut kinds = Vec::new();
    // One file per group version; the others list groups or versions.
    for document in documents(&kubernetes.join("api/discovery"), |document| document.get("groupVersion").is_some())? {
        kinds.extend(convert::discovery(&document, mask)?);
    }
    for kind in &mut kinds {
        let group = if kind.group.is_empty() { "core" } else { &kind.group };
        kind.served_by_default = enabled.contains(&format!("{group}/{}", kind.version));
        kind.name_rule = name_rule(&kind.kind);
    }
    Ok(kinds)
}

/// What objects of a kind may be called: the exceptions from `NameIsDNSSubdomain`.
fn name_rule(kind: &str) -> NameRule {
    match kind {
        // core ValidateNamespaceName, ValidateServiceName (relaxed since 1.36); apps ValidateStatefulSetName
        "Namespace" | "Service" | "StatefulSet" => NameRule::Label,
        // rbac ValidateRBACName
        "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding" => NameRule::PathSegment,
        // rules of their own: `version.group`, any, an address, a signer before the name
        "APIService" | "CertificateSigningRequest" | "IPAddress" | "ClusterTrustBundle" | "StorageVersion" => NameRule::PathSegment,
        // never stored
        "Binding" | "ComponentStatus" => NameRule::PathSegment,
        review if review.ends_with("Review") => NameRule::PathSegment,
        _ => NameRule::Subdomain,
    }
}

/// Go packages served by default as group versions (`networking.k8s.io/v1`).
fn enabled_versions(kubernetes: &Path, packages: &BTreeMap<String, Package>) -> Result<BTreeSet<String>, Error> {
    let full_name = |package: String| {
        let (name, version) = package.split_once('/').unwrap_or((&package, ""));
        match packages.get(&package) {
            Some(known) => format!("{}/{version}", known.group),
            // The two servers around it have packages of their own, named like their groups.
            None => format!("{name}.k8s.io/{version}"),
        }
    };
    Ok(enabled::packages(kubernetes)?.into_iter().map(full_name).collect())
}

/// All API packages, with the types of apimachinery that they share.
fn packages(api: &Path, apimachinery: &Path) -> Result<BTreeMap<String, Package>, Error> {
    let mut packages = BTreeMap::new();
    for group in folders(api)? {
        for version in folders(&group)? {
            let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let key = format!("{}/{}", name(&group), name(&version));
            if version.join("register.go").is_file() {
                packages.insert(key.clone(), go_source::package(&version, &key)?);
            }
        }
    }
    let mut meta = go_source::package(&apimachinery.join("pkg/apis/meta/v1"), "meta/v1")?;
    "meta".clone_into(&mut meta.group);
    packages.insert("meta/v1".to_owned(), meta);
    Ok(packages)
}

fn folders(parent: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut folders: Vec<PathBuf> = fs::read_dir(parent)?.map(|entry| Ok(entry?.path())).collect::<Result<_, Error>>()?;
    folders.retain(|path| path.is_dir());
    folders.sort();
    Ok(folders)
}

/// The JSON documents of a folder that are wanted, in the order of their names.
fn documents(folder: &Path, wanted: impl Fn(&Value) -> bool) -> Result<Vec<Value>, Error> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, Error>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut documents = Vec::new();
    for file in files {
        let document: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
        if wanted(&document) {
            documents.push(document);
        }
    }
    Ok(documents)
}
