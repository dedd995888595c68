//! The byte form of units: what goes in comes out, and nothing else is accepted.

use std::time::Instant;

use super::super::{
    Anchor, Attr, Chunk, Claim, ContainerPort, Edge, Extern, HandleSummary, Hole, LabelExpression, LabelOperator, Namespaces, ObjectSummary, Piece, Pods,
    PortRef, Route, Selector, ServicePort, Shape, Summary, Template, Text, Unit, Warning,
};

fn anchor(start: u32) -> Anchor {
    Anchor { file: "apps/shop.vix".into(), declaration: "app shop".into(), start, end: start + 9 }
}

fn object(n: u32, edges: u32) -> ObjectSummary {
    let namespace = Some(Text([Piece::Hole(0)].into()));
    ObjectSummary {
        group: "apps".into(),
        version: "v1".into(),
        kind: "Deployment".into(),
        namespaced: true,
        namespace: namespace.clone(),
        name: Text::known(&format!("shop-{n}")),
        base_name: n.is_multiple_of(2).then(|| Text::known("shop")),
        hash_input: n.is_multiple_of(2).then(|| Text([Piece::Str("{\"a\":\"".into()), Piece::Hole(1), Piece::Str("\"}".into())].into())),
        labels: vec![("app".into(), Text::known("shop")), ("tier".into(), Text::known("web"))],
        edges: (0..edges)
            .map(|it| Edge {
                path: format!("spec.template.spec.volumes[{it}].configMap.name").into(),
                targets: [("".into(), "ConfigMap".into())].into(),
                namespace: namespace.clone(),
                name: Text::known(&format!("conf-{it}")),
                optional: it == 1,
                port: [None, Some(PortRef::Name(Text::known("web"))), Some(PortRef::Number(80))][it as usize % 3].clone(),
                key: (it == 2).then(|| Text::known("auth")),
            })
            .collect(),
        provides: vec![("".into(), "Secret".into(), None, Text::known("tls"))],
        claims: vec![
            Claim { address: [10, 0, 0, n as u8].into(), path: "spec.loadBalancerIP".into(), sharing: Some(Text::known("dns")) },
            Claim { address: "fd00::7".parse().unwrap(), path: "spec.loadBalancerIP".into(), sharing: None },
        ],
        shape: if n == 0 { shape() } else { Shape::default() },
        chunks: (n * 3, n * 3 + 3),
        anchor: anchor(n),
    }
}

fn shape() -> Shape {
    let expression = |operator| LabelExpression { key: "tier".into(), operator, values: vec![Text::known("web")] };
    let selector = |namespaces| Selector {
        path: "spec.selector".into(),
        target: ("".into(), "Pod".into()),
        namespaces,
        labels: vec![("app".into(), Text::known("shop"))],
        expressions: [LabelOperator::In, LabelOperator::NotIn, LabelOperator::Exists, LabelOperator::DoesNotExist].map(expression).into(),
    };
    let port = |target| ServicePort { path: "spec.ports[web]".into(), name: None, number: 80, protocol: "TCP".into(), target };
    Shape {
        keys: Some(vec!["auth".into()]),
        pods: Some(Pods {
            labels: vec![("app".into(), Text::known("shop"))],
            ports: vec![ContainerPort { name: Some(Text::known("web")), number: -1, protocol: "UDP".into() }],
        }),
        selectors: [Namespaces::Own, Namespaces::All, Namespaces::Named(vec![Text::known("media")])].map(selector).into(),
        ports: vec![port(PortRef::Number(8080)), port(PortRef::Name(Text::known("web")))],
        routes: vec![Route {
            path: "spec.rules[x]".into(),
            host: Text([Piece::Hole(2)].into()),
            url: Text::known("/"),
            path_type: "Prefix".into(),
            apart: Text::known("traefik"),
        }],
    }
}

fn summary(name: &str, objects: u32, edges: u32) -> Summary {
    Summary {
        kind: "app".into(),
        name: name.into(),
        objects: (0..objects).map(|it| object(it, edges)).collect(),
        holes: [Attr::Name, Attr::Namespace, Attr::Host, Attr::Number]
            .map(|attr| Hole { kind: "namespace".into(), name: "media".into(), path: "service.lan".into(), attr })
            .into(),
        handles: vec![
            HandleSummary { path: "".into(), object: Some(0), number: None },
            HandleSummary { path: "service.lan".into(), object: None, number: Some(-8080) },
            HandleSummary { path: "x".into(), object: Some(u32::MAX), number: Some(i64::MIN) },
        ],
        externs: vec![Extern {
            group: "".into(),
            kind: "Secret".into(),
            namespace: Some(Text::known("argocd")),
            name: Text::known("argocd-redis"),
            keys: Some(vec!["auth".into()]),
            anchor: anchor(7),
        }],
        warnings: vec![Warning { code: "plain-secret".into(), message: "größer".into(), anchor: anchor(4) }],
        hits: vec![0, 3, 200],
        steps: 123_456,
    }
}

fn unit() -> Unit {
    let bytes = b"kind: Service\n".to_vec();
    let chunks = vec![
        Chunk::Bytes { start: 0, end: 14 },
        Chunk::Scalar { text: Text([Piece::Str("a-".into()), Piece::Hole(2)].into()), indent: 4 },
        Chunk::Bytes { start: 3, end: 3 },
    ];
    Unit { summary: summary("shop", 3, 2), text: Template { bytes, chunks } }
}

#[test]
fn comes_back_as_it_went() {
    let unit = unit();
    assert_eq!(Unit::decode(&unit.encode()), Ok(unit.clone()));
    assert_eq!(Summary::decode(&unit.summary.encode()), Ok(unit.summary.clone()));
    assert_eq!(Template::decode(&unit.text.encode()), Ok(unit.text.clone()));
    assert_eq!(Unit::decode(&Unit::default().encode()), Ok(Unit::default()));
}

#[test]
fn equal_units_have_equal_bytes() {
    assert_eq!(unit().encode(), unit().encode());
    let copy = Unit::decode(&unit().encode()).unwrap();
    assert_eq!(copy.encode(), unit().encode());
}

#[test]
fn every_truncation_is_refused() {
    let bytes = unit().encode();
    for end in 0..bytes.len() {
        assert!(Unit::decode(&bytes[..end]).is_err(), "{end}");
    }
    assert!(Unit::decode(&[&bytes[..], &[0]].concat()).is_err());
    assert!(Summary::decode(&bytes).is_err(), "another kind of thing");
}

#[test]
fn damaged_bytes_never_panic_and_never_give_the_same_unit() {
    let unit = unit();
    let bytes = unit.encode();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            if let Ok(it) = Unit::decode(&damaged) {
                assert_ne!(it, unit, "byte {at} bit {bit}");
            }
        }
    }
}

#[test]
fn huge_counts_reserve_nothing() {
    let mut bytes = vec![super::UNIT];
    super::number(&mut bytes, u64::MAX);
    assert!(Unit::decode(&bytes).is_err());
}

/// Prints the best of ten times to read 1,000 summaries of six objects; the target (3 ms in release) is not asserted, as machines differ.
#[test]
fn reads_a_thousand_summaries() {
    let all: Vec<Vec<u8>> = (0..1000).map(|it| summary(&format!("shop-{it}"), 6, 3).encode()).collect();
    let mut best = std::time::Duration::MAX;
    for _ in 0..10 {
        let start = Instant::now();
        let read: Vec<Summary> = all.iter().map(|it| Summary::decode(it).unwrap()).collect();
        best = best.min(start.elapsed());
        assert_eq!(read.iter().map(|it| it.objects.len()).sum::<usize>(), 6000);
    }
    println!("1,000 summaries, {} bytes each: {best:?}", all[0].len());
}
