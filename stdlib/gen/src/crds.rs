//! The CRDs of one operator as one model.

use std::fs;
use std::path::{Path, PathBuf};

use schema::convert;
use schema::model::Model;
use serde_json::Value;

use crate::Error;
use crate::modules::{self, Module};

/// An operator whose kinds are shipped.
pub(crate) struct Operator {
    /// Name of the pack, and of the file of facts about it.
    pub(crate) pack: &'static str,
    /// The Go module that holds its CRDs.
    module: &'static str,
    version: &'static str,
    /// Files and folders in the module.
    paths: &'static [&'static str],
}

/// Every operator. Adding a row is all it takes to ship one more.
pub(crate) const OPERATORS: &[Operator] = &[
    Operator { pack: "argo-cd", module: "github.com/argoproj/argo-cd/v3", version: "v3.4.13", paths: &["manifests/crds"] },
    Operator { pack: "cert-manager", module: "github.com/cert-manager/cert-manager", version: "v1.21.2", paths: &["deploy/crds"] },
    Operator {
        pack: "cilium",
        module: "github.com/cilium/cilium",
        version: "v1.20.2",
        paths: &["pkg/k8s/apis/cilium.io/client/crds/v2", "pkg/k8s/apis/cilium.io/client/crds/v2alpha1"],
    },
    Operator { pack: "external-secrets", module: "github.com/external-secrets/external-secrets", version: "v1.3.2", paths: &["config/crds/bases"] },
    Operator {
        pack: "gateway-api",
        module: "sigs.k8s.io/gateway-api",
        version: "v1.6.3",
        // The channel that its documentation tells people to install.
        paths: &["config/crd/standard"],
    },
    Operator { pack: "metallb", module: "go.universe.tf/metallb", version: "v0.16.2", paths: &["config/crd/bases"] },
    Operator {
        pack: "prometheus-operator",
        module: "github.com/prometheus-operator/prometheus-operator",
        version: "v0.85.0",
        paths: &["example/prometheus-operator-crd"],
    },
    Operator { pack: "sealed-secrets", module: "github.com/bitnami-labs/sealed-secrets", version: "v0.40.0", paths: &["helm/sealed-secrets/crds"] },
    Operator {
        pack: "traefik",
        module: "github.com/traefik/traefik/v3",
        version: "v3.7.13",
        paths: &["docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml"],
    },
];

/// Downloads an operator's module and converts its CRDs, in the order of their files' names.
pub(crate) fn model(operator: &Operator, modules: &mut Vec<Module>) -> Result<Model, Error> {
    let mut model = Model::default();
    for (document, _) in documents(operator, modules)? {
        let converted = convert::crd(&document).map_err(|error| format!("{}: {error}", operator.module))?;
        model.definitions.extend(converted.definitions);
        model.kinds.extend(converted.kinds);
    }
    if model.kinds.is_empty() {
        return Err(format!("{}@{} holds no CRD where it did", operator.module, operator.version).into());
    }
    Ok(model)
}

/// The CRDs of an operator as they stand in its module, by `<group>_<plural>`.
pub(crate) fn definitions(operator: &Operator, modules: &mut Vec<Module>) -> Result<Vec<(String, String)>, Error> {
    let text = |document: &Value, path: &str| document.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let named = |(document, source): (Value, String)| (format!("{}_{}", text(&document, "/spec/group"), text(&document, "/spec/names/plural")), source);
    Ok(documents(operator, modules)?.into_iter().map(named).collect())
}

/// A file as it is; of a folder, the YAML files in it, sorted.
fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files: Vec<PathBuf> = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<_, Error>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    Ok(files)
}

/// The CRDs among the documents of an operator's files, with their texts; a folder may hold policies and lists of files beside them.
fn documents(operator: &Operator, modules: &mut Vec<Module>) -> Result<Vec<(Value, String)>, Error> {
    let module = modules::download(operator.module, operator.version, modules)?;
    let mut found = Vec::new();
    for path in operator.paths {
        for file in files(&module.join(path))? {
            // A line of three dashes at column 0 is nothing else in files that generators wrote.
            for source in fs::read_to_string(&file)?.split("\n---\n") {
                let document: Value = serde_yaml::from_str(source).map_err(|error| format!("{}: {error}", file.display()))?;
                if document.get("kind").and_then(Value::as_str) == Some("CustomResourceDefinition") {
                    found.push((document, source.to_owned()));
                }
            }
        }
    }
    Ok(found)
}
