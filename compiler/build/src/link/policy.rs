//! What a reference to nothing means: which targets must be in the environment, which usually come with the cluster, which do no harm.
//!
//! | reference | an object of that kind is in the environment | none is |
//! |---|---|---|
//! | what pods and routes cannot start without (ConfigMap, Secret, PersistentVolumeClaim, ServiceAccount, Service, workloads) | error | error |
//! | PriorityClass, and kinds this table does not know (custom resources) | error | warning: perhaps all of them come with the cluster |
//! | classes that distributions and drivers install (StorageClass, IngressClass, ..), ClusterRole, PersistentVolume | warning | silent |
//! | Node, CustomResourceDefinition | silent | silent |
//!
//! Milder by where it stands: pull secrets (kubelet goes on without), subjects of role bindings (they bind nobody) and certificates of a Gateway are
//! warnings; so is a TLS secret of an Ingress where Secrets are in the environment at all (the controller serves its own certificate meanwhile);
//! `serviceName` of a StatefulSet is silent, because most charts and people fill it with anything. Always silent:
//! `optional: true`; what every cluster has; the namespaces `kube-*`, which the cluster fills itself.

use diag::Severity;

/// What is said about a missing target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Missing {
    /// Nothing.
    Silent,
    /// A warning where others of the kind are managed here, else nothing.
    WarnIfManaged,
    /// A warning.
    Warn,
    /// An error where others of the kind are managed here, else a warning.
    ErrorIfManaged,
    /// An error.
    Error,
}

/// By where the reference stands: kind of the object, part of the path.
const BY_PLACE: &[(&str, &str, Missing)] = &[
    // Said once for each namespace, not for each object, by its own check.
    ("", "metadata.namespace", Missing::Silent),
    // Made by a certificate controller, or by hand; where no Secret is managed here, nothing can be told.
    ("Ingress", "spec.tls", Missing::WarnIfManaged),
    ("Gateway", "certificateRefs", Missing::Warn),
    ("", "imagePullSecrets", Missing::Warn),
    ("StatefulSet", "spec.serviceName", Missing::Silent),
    ("RoleBinding", "subjects", Missing::Warn),
    ("ClusterRoleBinding", "subjects", Missing::Warn),
    ("ServiceAccount", "secrets", Missing::Warn),
];

/// By target: group and kind.
const BY_TARGET: &[(&str, &str, Missing)] = &[
    ("", "ConfigMap", Missing::Error),
    ("", "Secret", Missing::Error),
    ("", "PersistentVolumeClaim", Missing::Error),
    ("", "ServiceAccount", Missing::Error),
    ("", "Service", Missing::Error),
    ("apps", "Deployment", Missing::Error),
    ("apps", "StatefulSet", Missing::Error),
    ("apps", "DaemonSet", Missing::Error),
    ("", "Namespace", Missing::Error),
    ("rbac.authorization.k8s.io", "Role", Missing::Warn),
    ("rbac.authorization.k8s.io", "ClusterRole", Missing::WarnIfManaged),
    ("scheduling.k8s.io", "PriorityClass", Missing::ErrorIfManaged),
    ("storage.k8s.io", "StorageClass", Missing::WarnIfManaged),
    ("storage.k8s.io", "VolumeAttributesClass", Missing::WarnIfManaged),
    ("snapshot.storage.k8s.io", "VolumeSnapshotClass", Missing::WarnIfManaged),
    ("networking.k8s.io", "IngressClass", Missing::WarnIfManaged),
    ("gateway.networking.k8s.io", "GatewayClass", Missing::WarnIfManaged),
    ("node.k8s.io", "RuntimeClass", Missing::WarnIfManaged),
    ("", "PersistentVolume", Missing::WarnIfManaged),
    ("", "Node", Missing::Silent),
    ("apiextensions.k8s.io", "CustomResourceDefinition", Missing::Silent),
];

/// Objects that every cluster has: kind, namespace (`*` for each), name (a final `*` for any end).
const EVERYWHERE: &[(&str, &str, &str)] = &[
    ("ServiceAccount", "*", "default"),
    // kube-controller-manager, root CA publisher
    ("ConfigMap", "*", "kube-root-ca.crt"),
    ("Service", "default", "kubernetes"),
    // k8s.io/kubernetes/pkg/apis/scheduling, SystemPriorityClasses
    ("PriorityClass", "", "system-cluster-critical"),
    ("PriorityClass", "", "system-node-critical"),
    // k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy
    ("ClusterRole", "", "cluster-admin"),
    ("ClusterRole", "", "admin"),
    ("ClusterRole", "", "edit"),
    ("ClusterRole", "", "view"),
    ("ClusterRole", "", "system:*"),
    ("Namespace", "", "default"),
    ("Namespace", "", "kube-*"),
];

/// Whether the namespace is there without being declared: `default`, and those the cluster keeps for itself.
pub(super) fn is_builtin_namespace(name: &str) -> bool {
    matches!(name, "default" | "kube-system" | "kube-public" | "kube-node-lease")
}

/// Whether the cluster puts objects of its own there.
pub(super) fn fills_itself(namespace: &str) -> bool {
    namespace.starts_with("kube-")
}

/// Whether every cluster has such an object.
pub(super) fn is_everywhere(kind: &str, namespace: &str, name: &str) -> bool {
    EVERYWHERE.iter().any(|(of_kind, in_namespace, called)| {
        let is_named = called.strip_suffix('*').map_or_else(|| *called == name, |start| name.starts_with(start));
        *of_kind == kind && (*in_namespace == "*" || *in_namespace == namespace) && is_named
    })
}

/// Whether a name is that of another provider, `auth@file`, which Traefik takes wherever it takes one of its kinds
/// (traefik, pkg/provider/kubernetes/crd/kubernetes.go, resolveReference).
pub(super) fn is_of_another_provider(targets: &[(manifest::unit::Str, manifest::unit::Str)], name: &str) -> bool {
    name.contains('@') && targets.iter().any(|(group, _)| &**group == "traefik.io")
}

/// What to say about a reference from a field of an object of kind `source` to a missing (group, kind); `None` for nothing.
pub(super) fn severity(source: &str, path: &str, target: (&str, &str), is_managed: impl FnOnce() -> bool) -> Option<Severity> {
    let by_target = BY_TARGET.iter().find(|it| (it.0, it.1) == target).map_or(Missing::ErrorIfManaged, |it| it.2);
    let by_place = BY_PLACE.iter().find(|it| (it.0.is_empty() || it.0 == source) && path.contains(it.1)).map_or(Missing::Error, |it| it.2);
    match by_target.min(by_place) {
        Missing::Silent => None,
        Missing::WarnIfManaged => is_managed().then_some(Severity::Warning),
        Missing::Warn => Some(Severity::Warning),
        Missing::ErrorIfManaged => Some(if is_managed() { Severity::Error } else { Severity::Warning }),
        Missing::Error => Some(Severity::Error),
    }
}
