//! What checks between objects compare: keys, pods, selectors, ports, routes; and what is declared to exist elsewhere.
//!
//! Read from final objects by the evaluator, compared by link. Whatever is not known is left out, and then nothing is said about it.

use super::{Anchor, Str, Text};

/// What checks between objects compare. Most objects have one or two of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Keys of a ConfigMap's `data` and `binaryData` or a Secret's `data` and `stringData`; `None` for other kinds and where they are not known.
    pub keys: Option<Vec<Str>>,
    /// The pods it makes: a Pod itself, or the template of a workload, Job or CronJob.
    pub pods: Option<Pods>,
    /// Label selectors by which it finds pods or other objects.
    pub selectors: Vec<Selector>,
    /// Ports of a Service.
    pub ports: Vec<ServicePort>,
    /// Routes of an Ingress.
    pub routes: Vec<Route>,
}

/// A port by name or by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortRef {
    /// Name of the port.
    Name(Text),
    /// Its number.
    Number(i64),
}

/// The pods an object makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pods {
    /// Labels of the pods.
    pub labels: Vec<(Str, Text)>,
    /// Ports of all containers, and of init containers with `restartPolicy: Always`.
    pub ports: Vec<ContainerPort>,
}

/// A port that a container declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPort {
    /// `name`.
    pub name: Option<Text>,
    /// `containerPort`.
    pub number: i64,
    /// `protocol`; `TCP` where it is absent.
    pub protocol: Str,
}

/// A label selector. An empty one, and one that also selects namespaces by label, is left out: it cannot be judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Field path where it stands, such as `spec.selector`.
    pub path: Str,
    /// Group and kind of what is selected: `("", "Pod")` for pods, `("", "Service")` for a ServiceMonitor.
    pub target: (Str, Str),
    /// Where it looks.
    pub namespaces: Namespaces,
    /// Labels with the values they must have.
    pub labels: Vec<(Str, Text)>,
    /// `matchExpressions`.
    pub expressions: Vec<LabelExpression>,
}

/// Where a selector looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Namespaces {
    /// In the namespace of the object that holds it.
    #[default]
    Own,
    /// Everywhere.
    All,
    /// In these.
    Named(Vec<Text>),
}

/// One entry of `matchExpressions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelExpression {
    /// Label.
    pub key: Str,
    /// What must hold.
    pub operator: LabelOperator,
    /// Values of `In` and `NotIn`.
    pub values: Vec<Text>,
}

/// Operators of `matchExpressions` (k8s.io/apimachinery/pkg/apis/meta/v1, `LabelSelectorOperator`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelOperator {
    /// The label has one of the values.
    In,
    /// The label is absent or has none of the values.
    NotIn,
    /// The label is present.
    Exists,
    /// The label is absent.
    DoesNotExist,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// Field path of the entry, such as `spec.ports[web]`.
    pub path: Str,
    /// `name`.
    pub name: Option<Text>,
    /// `port`.
    pub number: i64,
    /// `protocol`; `TCP` where it is absent.
    pub protocol: Str,
    /// `targetPort`; the same number where it is absent.
    pub target: PortRef,
}

/// One host and path of an Ingress.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Field path of the entry.
    pub path: Str,
    /// `host`, empty for every host.
    pub host: Text,
    /// The path it serves, `/` where it is absent.
    pub url: Text,
    /// `pathType`.
    pub path_type: Str,
    /// What lets two Ingresses serve one host and path: the ingress class, then the values of annotations that split traffic
    /// (`traefik.ingress.kubernetes.io/router.entrypoints`, `nginx.ingress.kubernetes.io/canary`), joined by blanks.
    pub apart: Text,
}

/// An object that exists at run time and is not ours: `extern Secret argocd-redis in argocd { keys: ["auth"] }`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extern {
    /// API group.
    pub group: Str,
    /// Kind.
    pub kind: Str,
    /// Namespace; `None` for cluster-scoped kinds.
    pub namespace: Option<Text>,
    /// Name.
    pub name: Text,
    /// Its keys, where they are given.
    pub keys: Option<Vec<Str>>,
    /// Where.
    pub anchor: Anchor,
}
