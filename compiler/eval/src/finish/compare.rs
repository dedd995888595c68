//! What checks between objects compare: keys, pods, selectors, ports, routes (`manifest::unit::Shape`), read from final objects.
//!
//! Whatever is not known is left out, and then link says nothing about it.

use manifest::unit::{ContainerPort, LabelExpression, LabelOperator, Namespaces, Pods, PortRef, Route, Selector, ServicePort, Shape, Str, Text};

use super::own::Finish;
use super::summary::Notes;
use super::walk::is_text;
use crate::machine::Run;
use crate::value::{self, Entry, Value};

/// The record at a path; empty where there is none.
pub(crate) fn record_at<'a>(body: &'a [Entry<'a>], path: &[&str]) -> &'a [Entry<'a>] {
    path.iter().fold(body, |here, name| value::find(here, name).and_then(|it| it.value.entries()).unwrap_or(&[]))
}

fn list_of<'a>(entries: &'a [Entry<'a>], name: &str) -> &'a [Value<'a>] {
    match value::find(entries, name) {
        Some(Entry { value: Value::List(values), .. }) => values,
        _ => &[],
    }
}

fn str_of<'a>(entries: &'a [Entry<'a>], name: &str) -> Option<&'a str> {
    match value::find(entries, name) {
        Some(Entry { value: Value::Str(it), .. }) => Some(it),
        _ => None,
    }
}

/// Keys with texts at a path, such as labels.
pub(crate) fn texts_at<'a, const TRACE: bool>(
    finish: &mut Finish<'_, 'a, TRACE>,
    notes: &mut Notes<'a>,
    body: &'a [Entry<'a>],
    path: &[&str],
) -> Run<Vec<(Str, Text)>> {
    let entries = record_at(body, path);
    let mut texts = Vec::with_capacity(entries.len());
    for entry in entries.iter().filter(|it| is_text(it.value)) {
        let text = finish.text(entry.value, entry.at)?;
        texts.push((finish.eval.shapes().string(entry.key), notes.text(text)));
    }
    Ok(texts)
}

fn opt_text<'a, const TRACE: bool>(finish: &mut Finish<'_, 'a, TRACE>, notes: &mut Notes<'a>, entries: &'a [Entry<'a>], name: &str) -> Run<Option<Text>> {
    match value::find(entries, name) {
        Some(entry) if is_text(entry.value) => {
            let text = finish.text(entry.value, entry.at)?;
            Ok(Some(notes.text(text)))
        }
        _ => Ok(None),
    }
}

/// All there is to compare of one object.
pub(crate) fn shape<'a, const TRACE: bool>(
    finish: &mut Finish<'_, 'a, TRACE>,
    notes: &mut Notes<'a>,
    group: &str,
    kind: &str,
    body: &'a [Entry<'a>],
) -> Run<Shape> {
    let mut shape = Shape::default();
    let pod: Option<&[&str]> = match (group, kind) {
        ("", "ConfigMap") => {
            shape.keys = Some(keys(body, &["data", "binaryData"]));
            None
        }
        ("", "Secret") => {
            shape.keys = Some(keys(body, &["data", "stringData"]));
            None
        }
        ("", "Service") => {
            shape.selectors.extend(plain_selector(finish, notes, body)?);
            shape.ports = service_ports(finish, notes, body)?;
            None
        }
        ("networking.k8s.io", "Ingress") => {
            shape.routes = routes(finish, notes, body)?;
            None
        }
        ("policy", "PodDisruptionBudget") => {
            shape.selectors.extend(selector(finish, notes, body, &["spec", "selector"], ("", "Pod"), Namespaces::Own)?);
            None
        }
        ("networking.k8s.io", "NetworkPolicy") => {
            shape.selectors.extend(selector(finish, notes, body, &["spec", "podSelector"], ("", "Pod"), Namespaces::Own)?);
            None
        }
        ("monitoring.coreos.com", "ServiceMonitor" | "PodMonitor") => {
            let target = if kind == "PodMonitor" { "Pod" } else { "Service" };
            let namespaces = monitored(finish, notes, body)?;
            shape.selectors.extend(selector(finish, notes, body, &["spec", "selector"], ("", target), namespaces)?);
            None
        }
        ("", "Pod") => Some(&[]),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("argoproj.io", "Rollout") => {
            shape.selectors.extend(selector(finish, notes, body, &["spec", "selector"], ("", "Pod"), Namespaces::Own)?);
            Some(&["spec", "template"])
        }
        ("batch", "Job") => Some(&["spec", "template"]),
        ("batch", "CronJob") => Some(&["spec", "jobTemplate", "spec", "template"]),
        _ => None,
    };
    if let Some(path) = pod {
        shape.pods = Some(pods(finish, notes, record_at(body, path))?);
    }
    Ok(shape)
}

fn keys(body: &[Entry<'_>], fields: &[&str]) -> Vec<Str> {
    let entries = fields.iter().filter_map(|field| value::find(body, field)).filter_map(|it| it.value.entries()).flatten();
    entries.map(|it| it.key.into()).collect()
}

fn pods<'a, const TRACE: bool>(finish: &mut Finish<'_, 'a, TRACE>, notes: &mut Notes<'a>, template: &'a [Entry<'a>]) -> Run<Pods> {
    let labels = texts_at(finish, notes, template, &["metadata", "labels"])?;
    let spec = record_at(template, &["spec"]);
    // Init containers that restart are sidecars: they serve beside the others.
    let sidecars = list_of(spec, "initContainers").iter().filter(|it| it.entries().and_then(|it| str_of(it, "restartPolicy")) == Some("Always"));
    let mut ports = Vec::new();
    for container in list_of(spec, "containers").iter().chain(sidecars) {
        for port in list_of(container.entries().unwrap_or(&[]), "ports") {
            let port = port.entries().unwrap_or(&[]);
            let Some(Value::Int(number)) = value::find(port, "containerPort").map(|it| it.value) else { continue };
            ports.push(ContainerPort {
                name: opt_text(finish, notes, port, "name")?,
                number,
                protocol: finish.eval.shapes().string(str_of(port, "protocol").unwrap_or("TCP")),
            });
        }
    }
    Ok(Pods { labels, ports })
}

/// `spec.selector` of a Service: labels without expressions.
fn plain_selector<'a, const TRACE: bool>(finish: &mut Finish<'_, 'a, TRACE>, notes: &mut Notes<'a>, body: &'a [Entry<'a>]) -> Run<Option<Selector>> {
    let labels = texts_at(finish, notes, body, &["spec", "selector"])?;
    let shapes = finish.eval.shapes();
    Ok((!labels.is_empty()).then(|| Selector {
        path: shapes.string("spec.selector"),
        target: (shapes.string(""), shapes.string("Pod")),
        namespaces: Namespaces::Own,
        labels,
        expressions: Vec::new(),
    }))
}

/// A `LabelSelector`.
fn selector<'a, const TRACE: bool>(
    finish: &mut Finish<'_, 'a, TRACE>,
    notes: &mut Notes<'a>,
    body: &'a [Entry<'a>],
    path: &[&str],
    target: (&str, &str),
    namespaces: Namespaces,
) -> Run<Option<Selector>> {
    let here = record_at(body, path);
    let labels = texts_at(finish, notes, here, &["matchLabels"])?;
    let mut expressions = Vec::new();
    for it in list_of(here, "matchExpressions") {
        let it = it.entries().unwrap_or(&[]);
        let operator = match str_of(it, "operator") {
            Some("In") => LabelOperator::In,
            Some("NotIn") => LabelOperator::NotIn,
            Some("Exists") => LabelOperator::Exists,
            Some("DoesNotExist") => LabelOperator::DoesNotExist,
            _ => return Ok(None),
        };
        let mut values = Vec::new();
        for value in list_of(it, "values").iter().filter(|it| is_text(**it)) {
            let text = finish.text(*value, diag::Span::new(diag::FileId(0), 0, 0))?;
            values.push(notes.text(text));
        }
        let Some(key) = str_of(it, "key") else { return Ok(None) };
        expressions.push(LabelExpression { key: key.into(), operator, values });
    }
    if labels.is_empty() && expressions.is_empty() {
        return Ok(None);
    }
    let shapes = finish.eval.shapes();
    let target = (shapes.string(target.0), shapes.string(target.1));
    Ok(Some(Selector { path: shapes.string(&path.join(".")), target, namespaces, labels, expressions }))
}

/// `namespaceSelector` of a monitor.
fn monitored<'a, const TRACE: bool>(finish: &mut Finish<'_, 'a, TRACE>, notes: &mut Notes<'a>, body: &'a [Entry<'a>]) -> Run<Namespaces> {
    let here = record_at(body, &["spec", "namespaceSelector"]);
    if matches!(value::find(here, "any"), Some(Entry { value: Value::Bool(true), .. })) {
        return Ok(Namespaces::All);
    }
    let names = list_of(here, "matchNames");
    if names.is_empty() {
        return Ok(Namespaces::Own);
    }
    let mut texts = Vec::with_capacity(names.len());
    for name in names.iter().filter(|it| is_text(**it)) {
        let text = finish.text(*name, diag::Span::new(diag::FileId(0), 0, 0))?;
        texts.push(notes.text(text));
    }
    Ok(Namespaces::Named(texts))
}

fn service_ports<'a, const TRACE: bool>(finish: &mut Finish<'_, 'a, TRACE>, notes: &mut Notes<'a>, body: &'a [Entry<'a>]) -> Run<Vec<ServicePort>> {
    let mut ports = Vec::new();
    for (nth, port) in list_of(record_at(body, &["spec"]), "ports").iter().enumerate() {
        let port = port.entries().unwrap_or(&[]);
        let Some(Value::Int(number)) = value::find(port, "port").map(|it| it.value) else { continue };
        let target = match value::find(port, "targetPort").map(|it| it.value) {
            Some(Value::Int(it)) => PortRef::Number(it),
            Some(it) if is_text(it) => {
                let text = finish.text(it, diag::Span::new(diag::FileId(0), 0, 0))?;
                PortRef::Name(notes.text(text))
            }
            _ => PortRef::Number(number),
        };
        let path = match str_of(port, "name") {
            Some(name) => format!("spec.ports[{name}]"),
            None => format!("spec.ports[{nth}]"),
        };
        ports.push(ServicePort {
            path: path.into(),
            name: opt_text(finish, notes, port, "name")?,
            number,
            protocol: finish.eval.shapes().string(str_of(port, "protocol").unwrap_or("TCP")),
            target,
        });
    }
    Ok(ports)
}

/// Annotations that let two Ingresses serve one host and path.
const SPLITTING: [&str; 2] = ["traefik.ingress.kubernetes.io/router.entrypoints", "nginx.ingress.kubernetes.io/canary"];

fn routes<'a, const TRACE: bool>(finish: &mut Finish<'_, 'a, TRACE>, notes: &mut Notes<'a>, body: &'a [Entry<'a>]) -> Run<Vec<Route>> {
    let spec = record_at(body, &["spec"]);
    let annotations = record_at(body, &["metadata", "annotations"]);
    let mut apart = vec![str_of(spec, "ingressClassName").or_else(|| str_of(annotations, "kubernetes.io/ingress.class")).unwrap_or_default()];
    apart.extend(SPLITTING.iter().filter_map(|key| str_of(annotations, key)));
    let apart = Text::known(&apart.join(" "));
    let mut routes = Vec::new();
    for (nth, rule) in list_of(spec, "rules").iter().enumerate() {
        let rule = rule.entries().unwrap_or(&[]);
        let host = opt_text(finish, notes, rule, "host")?.unwrap_or_default();
        for (path_nth, path) in list_of(record_at(rule, &["http"]), "paths").iter().enumerate() {
            let path = path.entries().unwrap_or(&[]);
            let url = match opt_text(finish, notes, path, "path")? {
                Some(it) => it,
                None => notes.text(super::own::Resolved::Known("/")),
            };
            routes.push(Route {
                path: format!("spec.rules[{nth}].http.paths[{path_nth}]").into(),
                host: host.clone(),
                url,
                path_type: finish.eval.shapes().string(str_of(path, "pathType").unwrap_or("ImplementationSpecific")),
                apart: apart.clone(),
            });
        }
    }
    Ok(routes)
}
