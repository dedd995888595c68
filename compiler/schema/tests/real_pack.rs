//! The shipped packs: everything in them can be reached, walked and found again.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use schema::schemas::Schemas;
use schema::types::{Topology, Type, TypeId};
use schema::version;

const KUBERNETES: &[u8] = include_bytes!("../../../stdlib/schemas/kubernetes.pack");
const METALLB: &[u8] = include_bytes!("../../../stdlib/schemas/metallb.pack");

/// Every pack of the folder, the one of built-in kinds first.
fn shipped() -> Schemas {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stdlib/schemas");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "pack"));
    files.sort_by_key(|file| (file.file_stem().is_none_or(|name| name != "kubernetes"), file.clone()));
    Schemas::open_all(files.into_iter().map(|file| fs::read(file).unwrap().into()).collect()).unwrap()
}

/// Reads all that a type says, and the types behind it.
fn walk(schemas: &Schemas, from: TypeId, seen: &mut HashSet<TypeId>) {
    if !seen.insert(from) {
        return;
    }
    match schemas.ty(from) {
        Type::Map { value, .. } => walk(schemas, value, seen),
        Type::List { element, topology, .. } => {
            if let Topology::Map(keys) = topology {
                let Type::Record(record) = schemas.ty(element) else { panic!("keyed list of {:?}", schemas.ty(element)) };
                assert!(keys.iter().all(|key| record.field(key).is_some()), "{record:?} lacks a key of {keys:?}");
                assert!(!keys.is_empty());
            }
            walk(schemas, element, seen);
        }
        Type::Record(record) => {
            for field in record.fields() {
                assert!(!field.name.is_empty());
                assert_ne!(field.mask, 0);
                assert!(record.field_entries(field.name).any(|entry| entry.ty == field.ty && entry.mask == field.mask));
                assert_eq!(record.at(field.index).unwrap().name, field.name);
                if let Some(default) = field.default {
                    serde_json::from_str::<serde_json::Value>(default).unwrap();
                }
                walk(schemas, field.ty, seen);
            }
            assert_eq!(record.fields().count(), record.len());
            for union in record.unions() {
                assert!(union.members.iter().all(|member| record.field(member).is_some()));
            }
        }
        Type::String(text) => text.enumeration.iter().for_each(|(_, mask)| assert_ne!(mask, 0)),
        Type::Json | Type::Bool | Type::Int { .. } | Type::Number | Type::IntOrString | Type::Quantity | Type::Bytes | Type::Time { .. } => {}
    }
}

#[test]
fn every_kind_is_found_by_name_and_every_type_can_be_walked() {
    let schemas = shipped();
    let mut seen = HashSet::new();
    for id in schemas.kinds() {
        let info = schemas.kind_info(id);
        assert_eq!(schemas.kind(info.group, info.version, info.kind), Some(id));
        assert!(schemas.kind_by_name(info.kind).any(|other| other == id));
        let group = if info.group.is_empty() { "core" } else { info.group };
        let path = format!("{group}/{}.{}", info.version, info.kind);
        assert_eq!(schemas.kind_by_path(&path), Some(id));
        assert_eq!(schemas.definition(&path), Some(info.ty));
        let Type::Record(record) = schemas.ty(info.ty) else { panic!("{path} is not a record") };
        assert_eq!(record.name(), Some(path.as_str()));
        for name in ["apiVersion", "kind", "metadata"] {
            assert!(record.field(name).is_some(), "{path} lacks {name}");
        }
        walk(&schemas, info.ty, &mut seen);
    }
    for (name, ty) in schemas.definitions() {
        assert_eq!(schemas.definition(name), Some(ty));
        walk(&schemas, ty, &mut seen);
    }
    assert!(seen.len() > 2_000, "{}", seen.len());
}

/// 78 in the aggregated document of `/apis`, 17 in `/api/v1`; what operators add is the same for every version.
#[test]
fn the_number_of_kinds_in_1_36_is_that_of_discovery() {
    let bit = version::bit(36).unwrap();
    let of = |schemas: &Schemas| schemas.kinds().filter(|id| schemas.kind_info(*id).mask & bit != 0).count();
    assert_eq!(of(&Schemas::open(vec![KUBERNETES]).unwrap()), 78 + 17);
    // MetalLB has 9 CRDs, one of them in two versions.
    let of_group = |suffix: &str| shipped().kinds().filter(|id| shipped().kind_info(*id).group.ends_with(suffix)).count();
    assert_eq!(of_group("metallb.io"), 10);
    assert_eq!(of_group("cert-manager.io"), 6);
    assert_eq!(of_group("bitnami.com"), 1);
    let (shipped, kubernetes) = (shipped(), Schemas::open(vec![KUBERNETES]).unwrap());
    assert_eq!(of(&shipped) - of(&kubernetes), shipped.kinds().count() - kubernetes.kinds().count());
}

#[test]
fn fields_kinds_and_values_know_their_versions() {
    let schemas = shipped();
    assert_eq!(version::minors(schemas.versions()).collect::<Vec<_>>(), [33, 34, 35, 36]);
    let minors = |mask| version::minors(mask & schemas.versions()).collect::<Vec<_>>();
    let field = |record: &str, name: &str| match schemas.ty(schemas.definition(record).unwrap()) {
        Type::Record(record) => record.field(name).unwrap().mask,
        other => panic!("{other:?}"),
    };
    assert_eq!(minors(field("core/v1.PodSpec", "containers")), [33, 34, 35, 36]);
    assert_eq!(minors(field("core/v1.PodSpec", "hostnameOverride")), [34, 35, 36]);
    assert_eq!(minors(field("core/v1.PodSpec", "workloadRef")), [35]);
    let kind = |path| minors(schemas.kind_info(schemas.kind_by_path(path).unwrap()).mask);
    assert_eq!(kind("resource.k8s.io/v1.ResourceClaim"), [34, 35, 36]);
    assert_eq!(kind("metallb.io/v1beta1.IPAddressPool"), [33, 34, 35, 36]);
    let Type::String(operator) = schemas.ty(schemas.definition("core/v1.Toleration.operator").unwrap()) else { panic!("a string") };
    assert_eq!(operator.enumeration.mask("Gt").map(minors), Some(vec![35, 36]));
    assert_eq!(operator.enumeration.mask("Exists").map(minors), Some(vec![33, 34, 35, 36]));
}

#[test]
fn kinds_say_what_discovery_says() {
    let schemas = shipped();
    let info = |path| schemas.kind_info(schemas.kind_by_path(path).unwrap());
    let deployment = info("apps/v1.Deployment");
    assert_eq!((deployment.plural, deployment.singular, deployment.namespaced), ("deployments", "deployment", true));
    assert_eq!(deployment.short_names.iter().collect::<Vec<_>>(), ["deploy"]);
    assert!(deployment.scale && deployment.status && deployment.patchable && deployment.served_by_default);
    assert!(!info("core/v1.Namespace").namespaced);
    assert!(!info("authorization.k8s.io/v1.SubjectAccessReview").patchable);
    assert!(!info("resource.k8s.io/v1beta1.ResourceClaim").served_by_default);
    assert!(!info("certificates.k8s.io/v1alpha1.ClusterTrustBundle").served_by_default);
    assert!(info("apiextensions.k8s.io/v1.CustomResourceDefinition").served_by_default);
    assert_eq!(schemas.kind_by_name("Event").count(), 2);
    assert_eq!(schemas.kind_by_name("Evening").count(), 0);
}

#[test]
fn types_say_what_the_documents_say() {
    let schemas = shipped();
    let at = |path: &str| schemas.ty(schemas.definition(path).unwrap_or_else(|| panic!("no {path}")));
    assert!(matches!(at("core/v1.ResourceRequirements.limits[]"), Type::Quantity));
    assert!(matches!(at("core/v1.ServicePort.targetPort"), Type::IntOrString));
    assert!(matches!(at("core/v1.Secret.data[]"), Type::Bytes));
    assert!(matches!(at("coordination.k8s.io/v1.Lease.spec.renewTime"), Type::Time { micro: true }));
    assert!(matches!(at("meta/v1.ObjectMeta.creationTimestamp"), Type::Time { micro: false }));
    assert!(matches!(at("apps/v1.ControllerRevision.data"), Type::Json));
    assert!(matches!(at("apps/v1.DeploymentSpec.replicas"), Type::Int { bits: 32, .. }));
    let Type::List { topology: Topology::Map(keys), .. } = at("core/v1.Service.spec.ports") else { panic!("ports are keyed") };
    assert_eq!(keys.iter().collect::<Vec<_>>(), ["port", "protocol"]);
    let Type::String(policy) = at("core/v1.Container.imagePullPolicy") else { panic!("a string") };
    assert_eq!(policy.enumeration.iter().map(|(value, _)| value).collect::<BTreeSet<_>>(), BTreeSet::from(["Always", "IfNotPresent", "Never"]));
    assert!(policy.enumeration.mask("Sometimes").is_none());
    let Type::Record(port) = at("core/v1.ContainerPort") else { panic!("a record") };
    assert_eq!(port.field("protocol").unwrap().default, Some("\"TCP\""));
    assert!(port.field("containerPort").unwrap().required);
    assert_eq!(schemas.definition("metallb.io/v1beta1.IPAddressPool.metadata"), schemas.definition("meta/v1.ObjectMeta"));
    assert!(schemas.definition("core/v1.PodSpec.containers[].nothing").is_none());
    assert!(schemas.definition("core/v1.PodSpec.containers.name").is_none());
}

#[test]
fn the_digest_follows_the_bytes() {
    assert_eq!(shipped().digest(), shipped().digest());
    assert_ne!(shipped().digest(), Schemas::open(vec![KUBERNETES]).unwrap().digest());
    shipped().verify().unwrap();
}

#[test]
fn schemas_are_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&shipped());
}

#[test]
fn a_damaged_pack_is_refused_or_reads_wrong_but_never_panics() {
    for length in (0..METALLB.len()).step_by(7) {
        assert!(Schemas::open_all(vec![METALLB[..length].to_vec().into()]).is_err());
    }
    let mut opened = 0;
    for bit in 0..METALLB.len() * 8 {
        let mut damaged = METALLB.to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        if let Ok(schemas) = Schemas::open_all(vec![damaged.into(), KUBERNETES.into()]) {
            opened += 1;
            assert!(schemas.verify().is_err());
            if bit % 5 == 0 {
                read_everything(&schemas);
            }
        }
    }
    assert!(opened > 0);
}

/// The large pack is sampled: 400 places, from a fixed sequence.
#[test]
fn damage_anywhere_in_the_large_pack_never_panics() {
    let mut state = 1u64;
    for _ in 0..400 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut damaged = KUBERNETES.to_vec();
        let place = (state >> 33) as usize % damaged.len();
        damaged[place] ^= (state >> 24) as u8 | 1;
        if let Ok(schemas) = Schemas::open_all(vec![damaged.into()]) {
            read_everything(&schemas);
        }
    }
}

#[test]
fn a_pack_of_noise_behind_a_good_header_never_panics() {
    let header = 136;
    for fill in [0u8, 1, 0x7f, 0x80, 0xff] {
        let mut noise = METALLB.to_vec();
        noise[header..].fill(fill);
        if let Ok(schemas) = Schemas::open_all(vec![noise.into()]) {
            read_everything(&schemas);
        }
    }
}

/// Asks every question about every kind and definition, bounded in depth as a damaged graph may be any graph.
fn read_everything(schemas: &Schemas) {
    let mut open: Vec<TypeId> = schemas.definitions().map(|(_, ty)| ty).collect();
    for id in schemas.kinds() {
        let info = schemas.kind_info(id);
        _ = (schemas.kind(info.group, info.version, info.kind), info.short_names.iter().take(1000).count());
        open.push(info.ty);
    }
    let mut seen = HashSet::new();
    let mut left = 200;
    while let Some(ty) = open.pop() {
        if left == 0 || !seen.insert(ty) {
            continue;
        }
        left -= 1;
        match schemas.ty(ty) {
            Type::Map { value, .. } => open.push(value),
            Type::List { element, topology, .. } => {
                open.push(element);
                if let Topology::Map(keys) = topology {
                    _ = keys.iter().take(1000).count();
                }
            }
            Type::Record(record) => {
                _ = (record.name(), record.field("spec"), record.field_entries("spec").count());
                open.extend(record.fields().take(300).map(|field| field.ty));
                record.unions().take(100).for_each(|union| _ = union.members.iter().take(1000).count());
            }
            Type::String(text) => _ = text.enumeration.iter().take(1000).count(),
            Type::Json | Type::Bool | Type::Int { .. } | Type::Number | Type::IntOrString | Type::Quantity | Type::Bytes | Type::Time { .. } => {}
        }
    }
}
