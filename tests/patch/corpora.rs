//! Pairs of an object and a patch, as other people's kustomizations have them. Each object is taken as its file has it: what lies in the
//! layers between is not applied.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use manifest::id::ObjectId;
use manifest::json::Json;
use manifest::yaml::read;

/// Objects of one kind that a patch without a plain name is tried on.
const TARGETS_MAX: usize = 3;
/// What a folder's kustomization may be called.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// One patch of one object.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The kustomization that has the patch.
    pub from: PathBuf,
    /// The object.
    pub base: Json,
    /// A map is a strategic-merge patch, a list the operations of a JSON patch.
    pub patch: Json,
}

/// A patch with what it is for: a kind, and a name if it says one.
struct Patch {
    kind: String,
    name: Option<String>,
    body: Json,
}

/// All pairs under a folder, each once, in the order of paths.
pub fn pairs(root: &Path) -> Vec<Pair> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for folder in folders(root) {
        let Some(kustomization) = kustomization(&folder) else { continue };
        let patches = patches(&folder, &kustomization);
        if patches.is_empty() {
            continue;
        }
        let mut objects = Vec::new();
        collect(&folder, &mut BTreeSet::new(), &mut objects);
        for patch in patches {
            for base in targets(&patch, &objects) {
                if seen.insert((base.to_json(), patch.body.to_json())) {
                    found.push(Pair { from: folder.clone(), base: base.clone(), patch: patch.body.clone() });
                }
            }
        }
    }
    found
}

/// A folder and all below it, sorted.
fn folders(root: &Path) -> BTreeSet<PathBuf> {
    let (mut all, mut open) = (BTreeSet::new(), vec![root.to_owned()]);
    while let Some(folder) = open.pop() {
        let below = fs::read_dir(&folder).into_iter().flatten().flatten().filter(|it| it.file_type().is_ok_and(|it| it.is_dir()));
        open.extend(below.map(|it| it.path()));
        all.insert(folder);
    }
    all
}

/// The objects that a patch is for.
fn targets<'a>(patch: &Patch, objects: &'a [Json]) -> Vec<&'a Json> {
    let of_kind = |it: &&Json| it.get("kind").and_then(Json::as_str) == Some(&patch.kind);
    let is_named = |it: &&Json| patch.name.is_none() || it.at(&["metadata", "name"]).and_then(Json::as_str) == patch.name.as_deref();
    objects.iter().filter(of_kind).filter(is_named).take(TARGETS_MAX).collect()
}

/// The kustomization of a folder, if it has one that can be read.
fn kustomization(folder: &Path) -> Option<Json> {
    let text = KUSTOMIZATIONS.iter().find_map(|it| fs::read_to_string(folder.join(it)).ok())?;
    read::document(&text).ok().map(|it| it.value)
}

/// The documents of a file, if it can be read as YAML.
fn documents(path: &Path) -> Vec<Json> {
    let text = fs::read_to_string(path).unwrap_or_default();
    read::documents(&text).map(|all| all.into_iter().map(|it| it.value).collect()).unwrap_or_default()
}

/// The objects of a folder's kustomization and of all that it stands on.
fn collect(folder: &Path, seen: &mut BTreeSet<PathBuf>, objects: &mut Vec<Json>) {
    let Ok(folder) = folder.canonicalize() else { return };
    if !seen.insert(folder.clone()) {
        return;
    }
    let Some(kustomization) = kustomization(&folder) else { return };
    for field in ["resources", "bases", "components"] {
        for entry in items(&kustomization, field).iter().filter_map(Json::as_str) {
            let path = folder.join(entry);
            if path.is_dir() {
                collect(&path, seen, objects);
            } else {
                objects.extend(documents(&path).into_iter().filter(|it| ObjectId::of(it).is_some()));
            }
        }
    }
}

/// All patches of a kustomization, whichever field has them.
fn patches(folder: &Path, kustomization: &Json) -> Vec<Patch> {
    let mut out = Vec::new();
    for entry in items(kustomization, "patches").iter().chain(items(kustomization, "patchesJson6902")) {
        let bodies = match (entry.get("patch").and_then(Json::as_str), entry.get("path").and_then(Json::as_str)) {
            (Some(text), _) => read::documents(text).map(|all| all.into_iter().map(|it| it.value).collect()).unwrap_or_default(),
            (None, Some(path)) => documents(&folder.join(path)),
            (None, None) => Vec::new(),
        };
        out.extend(bodies.into_iter().filter_map(|body| aimed(entry.get("target"), body)));
    }
    for entry in items(kustomization, "patchesStrategicMerge").iter().filter_map(Json::as_str) {
        let bodies = if entry.contains('\n') {
            read::documents(entry).map(|all| all.into_iter().map(|it| it.value).collect()).unwrap_or_default()
        } else {
            documents(&folder.join(entry))
        };
        out.extend(bodies.into_iter().filter_map(|body| aimed(None, body)));
    }
    out
}

/// A patch with its target: what is said beside it, else what it names itself. A name with signs of a pattern stands for any.
fn aimed(target: Option<&Json>, body: Json) -> Option<Patch> {
    let kind = target.and_then(|it| it.get("kind")).or_else(|| body.get("kind")).and_then(Json::as_str)?.to_owned();
    let name = match target {
        Some(target) => target.get("name").and_then(Json::as_str),
        None => body.at(&["metadata", "name"]).and_then(Json::as_str),
    };
    let name = name.filter(|it| !it.contains(['*', '|', '^', '$', '(', '[', '+', '?'])).map(str::to_owned);
    Some(Patch { kind, name, body })
}

fn items<'j>(map: &'j Json, field: &str) -> &'j [Json] {
    map.get(field).and_then(Json::as_list).unwrap_or(&[])
}
