//! Every message of link. Checks find, this file words; those about networks, clusters and pools are in `diagnostics/network.rs`.

mod network;

pub(super) use network::{
    declared, duplicate_address, duplicate_reserve, duplicate_vlan_id, gateway_in_pool, gateway_outside_vlan, node_in_pool, node_outside_vlan,
    pool_holds_vlan_address, pool_outside_vlan, pool_overlap, reserve_in_auto_range, reserve_outside_pool, vlan_overlap,
};

use std::net::IpAddr;

use diag::{Code, Severity, code, nearest};
use manifest::unit::{Attr, Edge, Extern, Hole, ObjectSummary, PortRef, Selector, ServicePort, Str, Summary, Text};
use syntax::literal::ip::IpRange;

use super::finding::{Finding, Place};
use super::network::{PoolDecl, PoolRange};
use super::table::{Id, Object, UnitRef, World};

/// At most so many names are listed in a note.
const LISTED_MAX: usize = 8;

/// An error with one place.
fn error(code: Code, place: Place, message: String) -> Finding {
    Finding { code, severity: Severity::Error, message, label: String::new(), place, also: Vec::new(), notes: Vec::new(), help: None }
}

impl Finding {
    fn warn(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    fn also(mut self, place: Place, label: impl Into<String>) -> Self {
        self.also.push((place, label.into()));
        self
    }

    fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    fn notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// `Deployment web`.
fn called(object: &Object<'_>) -> String {
    format!("{} {}", object.summary.kind, object.base_name.as_ref().unwrap_or(&object.name))
}

/// ` in media`; nothing for cluster-scoped objects.
fn within(namespace: &str) -> String {
    if namespace.is_empty() { String::new() } else { format!(" in {namespace}") }
}

/// `app adguard`.
fn instance(unit: &Summary) -> String {
    format!("{} {}", unit.kind, unit.name)
}

/// `"an"` or `"a"`.
fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) { "an" } else { "a" }
}

/// `a, b, c and 4 more`.
fn list<S: AsRef<str>>(names: &[S]) -> String {
    let shown: Vec<&str> = names.iter().take(LISTED_MAX).map(AsRef::as_ref).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// `192.168.208.74..192.168.208.76`, or the one address.
fn range(range: IpRange) -> String {
    if range.first() == range.last() { range.first().to_string() } else { format!("{}..{}", range.first(), range.last()) }
}

fn ranges(all: &[IpRange]) -> String {
    list(&all.iter().map(|it| range(*it)).collect::<Vec<_>>())
}

/// A hole that nobody answers: `target` is the instance, where that exists; `known` are all instances.
pub(super) fn unknown_handle<'a>(
    env: &str,
    asker: &UnitRef<'_>,
    hole: usize,
    question: &Hole,
    target: Option<&Summary>,
    known: impl Iterator<Item = (&'a str, &'a str)>,
) -> Finding {
    let place = Place::Hole { env: asker.env.to_owned(), unit: asker.index, hole };
    let Hole { kind, name, path, attr } = question;
    let Some(target) = target else {
        let mut names: Vec<&str> = known.filter(|it| it.0 == &**kind).map(|it| it.1).collect();
        names.sort_unstable();
        let finding = error(code::UNKNOWN_REFERENCE, place, format!("there is no {kind} {name} in env {env}, but {} refers to it", instance(asker.summary)));
        let finding = with_nearest(finding, name, &names);
        return finding.notes((!names.is_empty()).then(|| format!("{kind} in env {env}: {}", list(&names))));
    };
    let attr = match attr {
        Attr::Name => "name",
        Attr::Namespace => "namespace",
        Attr::Host => "host",
        Attr::Number => "number",
    };
    if target.handles.iter().any(|it| it.path == *path) {
        let what = if path.is_empty() { instance(target) } else { format!("{path} of {}", instance(target)) };
        return error(code::UNKNOWN_REFERENCE, place, format!("{what} has no {attr}, but {} asks for it", instance(asker.summary)));
    }
    let paths: Vec<&str> = target.handles.iter().map(|it| &*it.path).filter(|it| !it.is_empty()).collect();
    let finding = error(code::UNKNOWN_REFERENCE, place, format!("{} has no {path}, but {} refers to it", instance(target), instance(asker.summary)));
    with_nearest(finding, path, &paths).notes((!paths.is_empty()).then(|| format!("{} has {}", instance(target), list(&paths))))
}

fn with_nearest(finding: Finding, word: &str, known: &[&str]) -> Finding {
    match nearest(word, known.iter().copied()) {
        Some(it) => finding.label(format!("did you mean `{it}`?")),
        None => finding,
    }
}

/// Names of which each needs the next and the last the first.
pub(super) fn hash_cycle(members: &[(&Summary, &ObjectSummary)]) -> Finding {
    let describe = |(unit, object): &(&Summary, &ObjectSummary)| {
        let name = object.base_name.as_ref().unwrap_or(&object.name).as_known().unwrap_or_default();
        let name = if name.is_empty() { String::new() } else { format!(" {name}") };
        format!("{}{name} of {}", object.kind, instance(unit))
    };
    let mut names: Vec<String> = members.iter().map(describe).collect();
    // An object's name and its namespace may both be on the way.
    names.dedup();
    let place = |at: usize| Place::Anchor(members[at].1.anchor.clone());
    let circle = if names.len() == 1 { format!("{} itself", names[0]) } else { format!("{} -> {}", names.join(" -> "), names[0]) };
    let mut finding = error(code::HASH_CYCLE, place(0), format!("a name waits for itself: {circle}")).label("its name waits for the next one's");
    for at in 1..members.len() {
        finding = finding.also(place(at), "its name waits for the next one's");
    }
    finding.note("a name that ends in a hash waits for every name in the hashed data").help("write `hash: false` on one of them, or leave one reference out")
}

/// `extern` of an object that is made here.
pub(super) fn extern_made_here(world: &World<'_>, external: &Extern, object: &Object<'_>) -> Finding {
    let unit = world.table.unit(object);
    let what = format!("{}{}", called(object), within(&object.namespace));
    let place = Place::Anchor(external.anchor.clone());
    error(code::EXTERN_MADE_HERE, place, format!("{what} is `extern`, but {} of env {} makes it", instance(unit.summary), unit.env))
        .label("somebody else makes it, says this")
        .also(object.place(), "it is made here")
        .help("remove the `extern`, or the object")
}

/// Two objects of one id in one environment.
pub(super) fn duplicate_object(first: &Object<'_>, second: &Object<'_>, units: (&Summary, &Summary)) -> Finding {
    let what = format!("{}{}", called(second), within(&second.namespace));
    let owners = if std::ptr::eq(units.0, units.1) {
        format!("twice by {}", instance(units.0))
    } else {
        format!("by {} and by {}", instance(units.0), instance(units.1))
    };
    error(code::DUPLICATE_OBJECT, second.place(), format!("{what} is made {owners}")).label("made again here").also(first.place(), "made first here")
}

/// One object id from two environments of a cluster.
pub(super) fn duplicate_across(kind: &str, namespace: &str, name: &str, cluster: &str, places: [(Place, String); 2]) -> Finding {
    let [(first, first_owner), (second, second_owner)] = places;
    let message = format!("{kind} {name}{} is made on cluster {cluster} by {first_owner} and by {second_owner}", within(namespace));
    error(code::DUPLICATE_OBJECT, second, message).label("made again here").also(first, "made first here")
}

/// A namespace that nobody declares.
pub(super) fn unknown_namespace(env: &str, namespace: &str, objects: &[&Object<'_>], known: &[&str], place: Place) -> Finding {
    let holders = match objects {
        [one] => format!("{} is in it", called(one)),
        [first, rest @ ..] => format!("{} and {} more are in it", called(first), rest.len()),
        [] => String::new(),
    };
    let finding = error(code::UNKNOWN_NAMESPACE, place, format!("there is no namespace {namespace} in env {env}, but {holders}"));
    let finding = with_nearest(finding, namespace, known)
        .help(format!("write `namespace {0} {{}}`, or `extern Namespace {0}` where somebody else makes it", word(namespace)));
    finding.notes((!known.is_empty()).then(|| format!("namespaces here: {}", list(known))))
}

/// A reference by name to nothing.
pub(super) fn unknown_reference(
    env: &str,
    object: &Object<'_>,
    edge: &Edge,
    (namespace, name): (&str, &str),
    severity: Severity,
    (known, elsewhere): (&[(&str, Vec<&str>)], &[&str]),
    place: Place,
) -> Finding {
    let kinds: Vec<&str> = edge.targets.iter().map(|it| &*it.1).collect();
    let kinds = kinds.join(" or ");
    let message = format!("there is no {kinds} {name}{} in env {env}, but {} refers to it", within(namespace), called(object));
    let mut finding = error(code::UNKNOWN_REFERENCE, place, message).label(format!("{} names {} {kinds}", edge.path, article(&kinds)));
    finding.severity = severity;
    if let Some(it) = nearest(name, known.iter().flat_map(|it| it.1.iter().copied())) {
        finding = finding.label(format!("did you mean `{it}`?"));
    }
    for (kind, names) in known {
        finding = finding.note(format!("{kind}{} here: {}", within(namespace), list(names)));
    }
    if !elsewhere.is_empty() {
        finding = finding.note(format!("one of that name is in namespace {}", list(elsewhere)));
    }
    let kind = edge.targets.first().map_or("", |it| &*it.1);
    finding.help(format!("where it exists at run time, write `extern {kind} {}{}` in env {env}", word(name), within(namespace)))
}

/// A ConfigMap or Secret without the key that is asked for.
pub(super) fn unknown_data_key(object: &Object<'_>, edge: &Edge, key: &str, id: &Id<'_>, keys: &[Str], place: Place, target: Option<&Object<'_>>) -> Finding {
    let name = target.and_then(|it| it.base_name.as_deref()).unwrap_or(id.name);
    let known: Vec<&str> = keys.iter().map(|it| &**it).collect();
    let message = format!("{} {name} has no key {key}, but {} reads it", id.kind, called(object));
    let finding = with_nearest(error(code::UNKNOWN_DATA_KEY, place, message).label(format!("read at {}", edge.path)), key, &known);
    let finding = if known.is_empty() { finding.note(format!("{} {name} has no keys", id.kind)) } else { finding.note(format!("its keys: {}", list(&known))) };
    match target {
        Some(target) => finding.also(target.place(), format!("{} {name}", id.kind)),
        None => finding,
    }
}

/// A name without hash suffix, from another unit: nothing has that name at run time.
pub(super) fn hashed_name(object: &Object<'_>, edge: &Edge, target: &Object<'_>, unit: &Summary, place: Place) -> Finding {
    let message = format!("{} of {} is called {}, but {} names it without its hash", called(target), instance(unit), target.name, called(object));
    let handle =
        unit.handles.iter().find(|it| it.object == Some(target.index)).map(|it| if it.path.is_empty() { String::new() } else { format!(".{}", it.path) });
    let finding =
        error(code::HASHED_NAME, place, message).label(format!("{} is a name in text", edge.path)).also(target.place(), "its name ends in a hash of its data");
    match handle {
        Some(path) => finding.help(format!("write `{}.{}{path}.name`, which is always its final name", unit.kind, unit.name)),
        None => finding.help("take `hashed()` away, so that its name is what is written"),
    }
}

/// A Service without the port that is asked for.
pub(super) fn unknown_port(object: &Object<'_>, edge: &Edge, wanted: &str, service: &Object<'_>, known: &[(Option<String>, i64)], place: Place) -> Finding {
    let names: Vec<&str> = known.iter().filter_map(|it| it.0.as_deref()).collect();
    let ports: Vec<String> = known.iter().map(|(name, number)| name.as_ref().map_or_else(|| number.to_string(), |it| format!("{it} ({number})"))).collect();
    let message = format!("{} has no port {wanted}, but {} leads to it", called(service), called(object));
    let finding = with_nearest(error(code::UNKNOWN_PORT, place, message).label(format!("named at {}", edge.path)), wanted, &names);
    finding.also(service.place(), called(service)).note(format!("its ports: {}", list(&ports)))
}

/// A port of a Service that leads to no port of a pod.
pub(super) fn unknown_target_port(world: &World<'_>, service: &Object<'_>, port: &ServicePort, pods: &[&Object<'_>], place: Place) -> Finding {
    let mut names = Vec::new();
    let mut declared = Vec::new();
    for pod in pods {
        for it in pod.summary.shape.pods.iter().flat_map(|it| &it.ports) {
            let name = it.name.as_ref().map(|it| world.table.text(pod.unit, it));
            declared.push(name.as_ref().map_or_else(|| format!("{}/{}", it.number, it.protocol), |name| format!("{name} ({}/{})", it.number, it.protocol)));
            names.extend(name);
        }
    }
    let of: Vec<String> = pods.iter().map(|it| called(it)).collect();
    let (wanted, is_name) = match &port.target {
        PortRef::Name(name) => (world.table.text(service.unit, name).into_owned(), true),
        PortRef::Number(number) => (number.to_string(), false),
    };
    let message = format!("{} sends {} port {} to port {wanted}, which no container of {} declares", called(service), port.protocol, port.number, list(&of));
    let known: Vec<&str> = names.iter().map(|it| &**it).collect();
    let finding = with_nearest(error(code::UNKNOWN_PORT, place, message).label("no container declares it"), &wanted, &known);
    let finding = finding.also(pods[0].place(), called(pods[0])).note(if declared.is_empty() {
        "the containers declare no ports".to_owned()
    } else {
        format!("ports of the containers: {}", list(&declared))
    });
    // A number works without being declared; a name does not.
    if is_name { finding } else { finding.warn() }
}

/// `` `app: web, tier: api` ``; `None` where there is none.
fn labels(world: &World<'_>, object: &Object<'_>, labels: &[(Str, Text)]) -> Option<String> {
    let label = |(key, value): &(Str, Text)| format!("{key}: {}", world.table.text(object.unit, value));
    (!labels.is_empty()).then(|| format!("`{}`", labels.iter().map(label).collect::<Vec<_>>().join(", ")))
}

/// A workload whose selector is not for the pods it makes.
pub(super) fn selects_others(world: &World<'_>, object: &Object<'_>, selector: &Selector, place: Place) -> Finding {
    let wanted = labels(world, object, &selector.labels).unwrap_or_else(|| "other labels".to_owned());
    let has = object.summary.shape.pods.as_ref().and_then(|it| labels(world, object, &it.labels)).unwrap_or_else(|| "no labels".to_owned());
    let message = format!("{}{} selects pods with {wanted}, but makes pods with {has}", called(object), within(&object.namespace));
    error(code::SELECTS_NOTHING, place, message).label("not the labels of its own pods")
}

/// A selector that finds nothing.
pub(super) fn selects_nothing(world: &World<'_>, object: &Object<'_>, selector: &Selector, place: Place) -> Finding {
    let wanted = labels(world, object, &selector.labels).unwrap_or_else(|| "its expressions".to_owned());
    let target = if *selector.target.1 == *"Pod" { "pods" } else { &*selector.target.1 };
    let message = format!("{}{} selects no {target}: nothing in env {} has the labels {wanted}", called(object), within(&object.namespace), world.env);
    let mut near: Vec<String> = Vec::new();
    for it in world.table.objects.iter().filter(|it| it.namespace == object.namespace) {
        let labels = match (target, &it.summary.shape.pods) {
            ("pods", Some(pods)) => &pods.labels,
            ("pods", None) => continue,
            _ if it.summary.kind == selector.target.1 => &it.summary.labels,
            _ => continue,
        };
        let same_key = labels.iter().find(|it| selector.labels.iter().any(|wanted| wanted.0 == it.0));
        near.extend(same_key.map(|(key, value)| format!("{} has `{key}: {}`", called(it), world.table.text(it.unit, value))));
    }
    let finding = error(code::SELECTS_NOTHING, place, message).warn().label("nothing has these labels");
    if near.is_empty() { finding } else { finding.note(list(&near)) }
}

/// One host and path at two places.
pub(super) fn duplicate_route(address: &str, places: [(&Object<'_>, Place); 2]) -> Finding {
    let [(first, first_place), (second, place)] = places;
    let message = format!("{address} is served by {}{} and by {}{}", called(first), within(&first.namespace), called(second), within(&second.namespace));
    error(code::DUPLICATE_ROUTE, place, message).label("served again here").also(first_place, "served first here")
}

/// Two Services ask for one address; `port` is what both open although they agree to share it.
pub(super) fn address_claimed_twice(address: IpAddr, places: [(&Object<'_>, Place); 2], port: Option<(i64, String)>) -> Finding {
    let [(first, first_place), (second, place)] = places;
    let [a, b] = [first, second].map(|it| format!("{}{}", called(it), within(&it.namespace)));
    let message = match &port {
        None => format!("{a} and {b} both ask for the address {address}"),
        Some((number, protocol)) => format!("{a} and {b} share the address {address}, but both open {protocol} port {number}"),
    };
    let finding = error(code::ADDRESS_CLAIMED_TWICE, place, message).label("asked for again here").also(first_place, "asked for first here");
    match port {
        None => finding.help(
            "Services that are to share an address both say so: annotation `metallb.io/allow-shared-ip` (Cilium: `lbipam.cilium.io/sharing-key`) with one key",
        ),
        Some(_) => finding,
    }
}

/// Two environments ask for one address of a network.
pub(super) fn address_claimed_across(address: IpAddr, places: [(Place, String); 2]) -> Finding {
    let [(first_place, a), (place, b)] = places;
    error(code::ADDRESS_CLAIMED_TWICE, place, format!("{a} and {b} both ask for the address {address}"))
        .label("asked for again here")
        .also(first_place, "asked for first here")
}

/// A fixed address that no pool of the cluster has.
pub(super) fn address_outside_pool(address: IpAddr, object: &Object<'_>, cluster: &str, pools: &[&PoolDecl], place: Place) -> Finding {
    let message = format!("{} asks for the address {address}, which no pool of cluster {cluster} hands out", called(object));
    let mut finding = error(code::ADDRESS_OUTSIDE_POOL, place, message).label("of no pool");
    for pool in pools.iter().take(LISTED_MAX) {
        let all: Vec<IpRange> = pool.ranges.iter().map(|it| it.range).collect();
        finding = finding
            .also(declared("pool", &pool.name, &[]), format!("{} hands out {}", pool.name, if all.is_empty() { "nothing".to_owned() } else { ranges(&all) }));
    }
    finding
}

/// A fixed address that the load balancer may have given away.
pub(super) fn address_in_auto_range(address: IpAddr, object: &Object<'_>, pool: &PoolDecl, from: &PoolRange, place: Place) -> Finding {
    let message = format!("{} asks for the address {address}, which pool {} may have given to another Service", called(object), pool.name);
    let fixed: Vec<IpRange> = pool.ranges.iter().filter(|it| !it.is_auto()).map(|it| it.range).collect();
    error(code::ADDRESS_IN_AUTO_RANGE, place, message)
        .warn()
        .label("a fixed address")
        .also(network::entry(pool, &from.path), format!("{} is given to whoever comes first", range(from.range)))
        .note(format!("for fixed addresses pool {} has {}", pool.name, ranges(&fixed)))
}

/// A name as it is written in vix: in quotes where it is no word.
fn word(name: &str) -> std::borrow::Cow<'_, str> {
    let is_word = name.starts_with(|it: char| it.is_ascii_alphabetic()) && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '_');
    if is_word { name.into() } else { format!("{name:?}").into() }
}
