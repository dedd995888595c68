//! A real API server takes every object that this repository builds: `dryRun=All` with strict field validation.
//!
//! Runs when `KUBEBUILDER_ASSETS` names a folder with etcd and kube-apiserver. `VIX_CRDS` names a folder with definitions of
//! custom resources, `FOLDER/<group>_<plural>.yaml`; without it objects of their kinds are passed over, and that is said.

mod server;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::kubectl;
use crate::support::{report, skip};
use server::Server;

#[test]
fn a_real_api_server_accepts_every_object() {
    let name = "a_real_api_server_accepts_every_object";
    let Some(assets) = std::env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from) else {
        return skip(name, "KUBEBUILDER_ASSETS is not set");
    };
    if !kubectl::is_there() {
        return skip(name, "no kubectl in PATH");
    }
    let built = kubectl::built();
    assert!(!built.is_empty(), "nothing was built");
    let server = Server::start(&assets);

    let mut passed_over = BTreeSet::new();
    let custom = install_definitions(&server);
    let mut namespaces = BTreeSet::new();
    let requests = tempfile::tempdir().expect("a temporary folder");
    let (mut names, mut sent) = (Vec::new(), 0);
    for (name, yaml, json) in &built {
        let objects = kubectl::documents(json);
        for object in &objects {
            namespaces.extend(object.pointer("/metadata/namespace").and_then(Value::as_str).map(str::to_owned));
        }
        if let Some(kind) = objects.iter().find_map(|it| foreign(it, &custom)) {
            passed_over.insert(kind);
            continue;
        }
        let path = requests.path().join(format!("{:04}.yaml", names.len()));
        fs::write(path, yaml).expect("writable");
        names.push(name.clone());
        sent += objects.len();
    }
    if !passed_over.is_empty() {
        skip(name, &format!("no definitions of {passed_over:?} (VIX_CRDS)"));
    }
    for namespace in namespaces.iter().filter(|it| *it != "default") {
        server.kubectl(&["create", "namespace", namespace], "");
    }
    let folder = requests.path().to_string_lossy().into_owned();
    let (taken, said, _) = server.kubectl(&["create", "--dry-run=server", "--validate=strict", "-f", &folder], "");
    let (known, rest): (Vec<&str>, Vec<&str>) = said.lines().partition(|it| is_namespace_that_exists(it));
    let (warnings, refused): (Vec<&str>, Vec<&str>) = rest.into_iter().partition(|it| it.starts_with("Warning: "));
    warnings.iter().for_each(|it| println!("{it}"));
    report("the objects", refused.iter().map(|line| named(line, &names)).collect());
    assert_eq!(taken.lines().count() + known.len(), sent, "the server answered for every object");
}

/// A namespace of a project may be one of those made before; that was found after its fields were accepted.
fn is_namespace_that_exists(line: &str) -> bool {
    line.contains("namespaces \"") && line.ends_with("already exists")
}

/// A line of kubectl with the name of the case instead of its file.
fn named(line: &str, names: &[String]) -> String {
    let number = line.find(".yaml").and_then(|end| line.get(end.checked_sub(4)?..end)).and_then(|it| it.parse::<usize>().ok());
    match number.and_then(|it| names.get(it)) {
        Some(name) => format!("{name}\n  {line}"),
        None => line.to_owned(),
    }
}

/// Installs the definitions; gives their groups.
fn install_definitions(server: &Server) -> BTreeSet<String> {
    let Some(folder) = std::env::var_os("VIX_CRDS").map(PathBuf::from) else { return BTreeSet::new() };
    let (_, said, ok) = server.kubectl(&["create", "-f", &folder.to_string_lossy()], "");
    assert!(ok, "{said}");
    let (_, said, ok) = server.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"], "");
    assert!(ok, "{said}");
    let files = fs::read_dir(folder).expect("readable").map(|it| it.expect("readable").file_name().to_string_lossy().into_owned());
    files.filter_map(|it| it.split_once('_').map(|it| it.0.to_owned())).collect()
}

/// `group/version.Kind` of an object that this server cannot know.
fn foreign(object: &Value, custom: &BTreeSet<String>) -> Option<String> {
    let version = object["apiVersion"].as_str()?;
    let (group, _) = version.split_once('/')?;
    // Gateway API is a project of Kubernetes, and its kinds are custom ones all the same.
    let built_in = !group.contains('.') || (group.ends_with(".k8s.io") && !group.starts_with("gateway."));
    (!built_in && !custom.contains(group)).then(|| format!("{version}.{}", object["kind"].as_str().unwrap_or_default()))
}
