//! Small units for tests: an object in a line, a unit in a few.

use std::collections::BTreeSet;

use manifest::unit::{
    Anchor, Attr, Claim, ContainerPort, Edge, Extern, HandleSummary, Hole, ObjectSummary, Piece, Pods, PortRef, Route, Selector, ServicePort, Summary, Text,
};
use syntax::literal::ip::{Cidr, Ip, IpRange};

use super::{ClusterDecl, EnvView, Finding, LinkInput, Linked, Network, NetworkDecl, Place, PoolDecl, PoolRange, Reserve, VlanDecl, link};

/// A text in which `{n}` is hole n.
pub(super) fn text(form: &str) -> Text {
    let mut pieces = Vec::new();
    let mut rest = form;
    while let Some((known, hole)) = rest.split_once('{') {
        let (hole, behind) = hole.split_once('}').unwrap();
        if !known.is_empty() {
            pieces.push(Piece::Str(known.into()));
        }
        pieces.push(Piece::Hole(hole.parse().unwrap()));
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Str(rest.into()));
    }
    Text(pieces.into())
}

fn labels(list: &str) -> Vec<(std::sync::Arc<str>, Text)> {
    list.split_whitespace().map(|it| it.split_once('=').unwrap()).map(|(key, value)| (key.into(), text(value))).collect()
}

/// An object of a unit under construction.
#[derive(Clone)]
pub(super) struct Object(pub ObjectSummary);

/// `kind` may say its group: `apps/Deployment`. Namespaced, in `media`.
pub(super) fn object(kind: &str, name: &str) -> Object {
    let (group, kind) = kind.split_once('/').unwrap_or(("", kind));
    let anchor = Anchor { file: "apps.vix".into(), declaration: format!("{kind} {name}").as_str().into(), start: 0, end: 1 };
    let namespace = Some(text("media"));
    Object(ObjectSummary {
        group: group.into(),
        version: "v1".into(),
        kind: kind.into(),
        namespaced: true,
        namespace,
        name: text(name),
        anchor,
        ..Default::default()
    })
}

/// A Namespace.
pub(super) fn namespace(name: &str) -> Object {
    object("Namespace", name).global()
}

impl Object {
    pub fn global(mut self) -> Self {
        (self.0.namespaced, self.0.namespace) = (false, None);
        self
    }

    pub fn within(mut self, namespace: &str) -> Self {
        self.0.namespace = Some(text(namespace));
        self
    }

    pub fn hashed(mut self, base: &str, json: Option<&str>) -> Self {
        self.0.base_name = Some(text(base));
        self.0.hash_input = json.map(text);
        self
    }

    pub fn labels(mut self, list: &str) -> Self {
        self.0.labels = labels(list);
        self
    }

    /// A reference: `Secret` or `Secret|ConfigMap`; in the object's namespace.
    pub fn refers(mut self, path: &str, targets: &str, name: &str) -> Self {
        let target = |it: &str| it.split_once('/').map_or(("".into(), it.into()), |(group, kind)| (group.into(), kind.into()));
        let targets = targets.split('|').map(target).collect();
        self.0.edges.push(Edge { path: path.into(), targets, namespace: self.0.namespace.clone(), name: text(name), ..Default::default() });
        self
    }

    pub fn edge(mut self, change: impl FnOnce(&mut Edge)) -> Self {
        change(self.0.edges.last_mut().unwrap());
        self
    }

    pub fn provides(mut self, kind: &str, name: &str) -> Self {
        self.0.provides.push(("".into(), kind.into(), self.0.namespace.clone(), text(name)));
        self
    }

    pub fn keys(mut self, list: &str) -> Self {
        self.0.shape.keys = Some(list.split_whitespace().map(Into::into).collect());
        self
    }

    /// Pods with labels `app=x` and ports `web=80` or `=80`, UDP with `dns=53/UDP`.
    pub fn pods(mut self, of: &str, ports: &str) -> Self {
        let port = |it: &str| {
            let (name, number) = it.split_once('=').unwrap();
            let (number, protocol) = number.split_once('/').unwrap_or((number, "TCP"));
            ContainerPort { name: (!name.is_empty()).then(|| text(name)), number: number.parse().unwrap(), protocol: protocol.into() }
        };
        self.0.shape.pods = Some(Pods { labels: labels(of), ports: ports.split_whitespace().map(port).collect() });
        self
    }

    pub fn selects(mut self, target: &str, list: &str) -> Self {
        let target = target.split_once('/').map_or(("".into(), target.into()), |(group, kind)| (group.into(), kind.into()));
        self.0.shape.selectors.push(Selector { path: "spec.selector".into(), target, labels: labels(list), ..Default::default() });
        self
    }

    pub fn selector(mut self, change: impl FnOnce(&mut Selector)) -> Self {
        change(self.0.shape.selectors.last_mut().unwrap());
        self
    }

    /// A port of a Service; a target that is no number is a name.
    pub fn port(mut self, name: &str, number: i64, target: &str) -> Self {
        let (target, protocol) = target.split_once('/').unwrap_or((target, "TCP"));
        let target = target.parse().map_or_else(|_| PortRef::Name(text(target)), PortRef::Number);
        let path = format!("spec.ports[{name}]").as_str().into();
        self.0.shape.ports.push(ServicePort { path, name: Some(text(name)), number, protocol: protocol.into(), target });
        self
    }

    pub fn route(mut self, host: &str, url: &str, apart: &str) -> Self {
        let path = format!("spec.rules[{host}]").as_str().into();
        self.0.shape.routes.push(Route { path, host: text(host), url: text(url), path_type: "Prefix".into(), apart: text(apart) });
        self
    }

    pub fn claims(mut self, address: &str, sharing: Option<&str>) -> Self {
        self.0.claims.push(Claim { address: address.parse().unwrap(), path: "metadata.annotations[ips]".into(), sharing: sharing.map(text) });
        self
    }
}

/// A unit of these objects; its principal handle is the first, every other has the handle `kind.name` in lower case.
pub(super) fn unit(kind: &str, name: &str, objects: impl IntoIterator<Item = Object>) -> Summary {
    let objects: Vec<ObjectSummary> = objects.into_iter().map(|it| it.0).collect();
    let handle = |(at, it): (usize, &ObjectSummary)| {
        let name = it.base_name.as_ref().unwrap_or(&it.name);
        let path = if at == 0 { String::new() } else { format!("{}.{}", it.kind.to_lowercase(), name.as_known().unwrap_or("x")) };
        HandleSummary { path: path.as_str().into(), object: Some(at as u32), number: None }
    };
    let handles = objects.iter().enumerate().map(handle).collect();
    Summary { kind: kind.into(), name: name.into(), objects, handles, ..Default::default() }
}

/// Adds holes: `app adguard service.lan host`.
pub(super) fn asks(mut unit: Summary, holes: &[&str]) -> Summary {
    unit.holes.extend(holes.iter().map(|it| {
        let [kind, name, path, attr] = it.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let attr = match attr {
            "name" => Attr::Name,
            "namespace" => Attr::Namespace,
            "host" => Attr::Host,
            "number" => Attr::Number,
            it => unreachable!("{it}"),
        };
        Hole { kind: kind.into(), name: name.into(), path: path.into(), attr }
    }));
    unit
}

/// Adds the namespace `media`, links, and checks that the order of units does not matter.
pub(super) fn linked(units: &[Summary]) -> Linked {
    linked_in(units, &Setting::default())
}

/// What surrounds the units.
#[derive(Default)]
pub(super) struct Setting {
    pub network: Network,
    pub externs: Vec<Extern>,
    pub poisoned: Vec<(&'static str, &'static str)>,
}

pub(super) fn linked_in(units: &[Summary], setting: &Setting) -> Linked {
    let mut units = units.to_vec();
    units.push(unit("namespace", "media", [namespace("media")]));
    let order: Vec<&Summary> = units.iter().collect();
    let result = run(&order, setting);
    let mut turned = order.clone();
    turned.reverse();
    let other = run(&turned, setting);
    assert_eq!(result.fills, other.fills.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(normal(&order, &result.findings), normal(&turned, &other.findings));
    result
}

fn run(units: &[&Summary], setting: &Setting) -> Linked {
    let Setting { network, externs, poisoned } = setting;
    link(&LinkInput { env: "dev", cluster: "dev", units, used: &[], network, poisoned, externs, hash_suffix: |it| it.len().to_string() })
}

/// The findings with units by name instead of by position.
pub(super) fn normal(units: &[&Summary], findings: &[Finding]) -> Vec<String> {
    let name = |unit: usize| format!("{} {}", units[unit].kind, units[unit].name);
    let place = |it: &Place| match it {
        Place::Object { unit, object, anchor, .. } => format!("{} {object} {anchor:?}", name(*unit)),
        Place::Leaf { unit, object, path, .. } => format!("{} {object} {path}", name(*unit)),
        Place::Hole { unit, hole, .. } => format!("{} {hole}", name(*unit)),
        other => format!("{other:?}"),
    };
    let also = |it: &Finding| it.also.iter().map(|it| format!("{} {}", place(&it.0), it.1)).collect::<Vec<_>>();
    findings.iter().map(|it| format!("{} {} {} {:?} {:?} {:?}", it.code.name, it.message, place(&it.place), also(it), it.notes, it.help)).collect()
}

/// `code: message` of each finding, warnings with `?`.
pub(super) fn lines(findings: &[Finding]) -> Vec<String> {
    let mark = |it: &Finding| if it.severity == diag::Severity::Warning { "?" } else { "" };
    findings.iter().map(|it| format!("{}{}: {}", it.code.name, mark(it), it.message)).collect()
}

/// The codes of all findings, once each.
pub(super) fn codes(findings: &[Finding]) -> BTreeSet<&'static str> {
    findings.iter().map(|it| it.code.name).collect()
}

/// A linked environment.
pub(super) fn view<'a>(env: &'a str, cluster: &'a str, units: &'a [&'a Summary], linked: &'a Linked) -> EnvView<'a> {
    EnvView { env, cluster, units, fills: &linked.fills, shared: &[] }
}

pub(super) fn ip(text: &str) -> Ip {
    Ip::parse(text).unwrap()
}

/// `192.168.208.70..74`, or both ends in full, or one address.
pub(super) fn range(text: &str) -> IpRange {
    let Some((first, last)) = text.split_once("..") else { return IpRange::new(ip(text), ip(text)).unwrap() };
    let last = if last.contains(['.', ':']) { last.to_owned() } else { format!("{}.{last}", first.rsplit_once('.').unwrap().0) };
    IpRange::new(ip(first), ip(&last)).unwrap()
}

/// A network of VLANs: `dev 208 192.168.208.0/24 192.168.208.1`, the gateway optional.
pub(super) fn network(name: &str, vlans: &[&str]) -> NetworkDecl {
    let vlan = |it: &&str| {
        let parts: Vec<&str> = it.split(' ').collect();
        VlanDecl { name: parts[0].into(), id: parts[1].parse().unwrap(), cidr: Cidr::parse(parts[2]).unwrap(), gateway: parts.get(3).map(|it| ip(it)) }
    };
    NetworkDecl { name: name.into(), vlans: vlans.iter().map(vlan).collect() }
}

pub(super) fn cluster(name: &str, nodes: &[&str]) -> ClusterDecl {
    ClusterDecl { name: name.into(), nodes: nodes.iter().map(|it| ip(it)).collect(), ..Default::default() }
}

/// A pool of network `home`: entries `static A..B`, `auto A..B`, `name ADDRESS` for a reserve.
pub(super) fn pool(name: &str, cluster: &str, vlan: &str, entries: &[&str]) -> PoolDecl {
    let mut pool = PoolDecl { name: name.into(), cluster: cluster.into(), network: "home".into(), vlan: vlan.into(), ..Default::default() };
    for (entry, addresses) in entries.iter().map(|it| it.split_once(' ').unwrap()) {
        match entry {
            "static" | "auto" => pool.ranges.push(PoolRange { range: range(addresses), path: vec![entry.into()] }),
            _ => pool.reserves.push(Reserve { name: entry.into(), address: ip(addresses) }),
        }
    }
    pool
}
