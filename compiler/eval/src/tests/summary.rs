//! What link is told.

use manifest::unit::{Attr, PortRef};

use super::kit::{HEAD, probe, project, with_holes};

fn shop() -> super::kit::Project {
    project(&format!(
        r#"{HEAD}
app shop {{
  namespace: tools
  container main {{ image: "shop:1", port web {{ number: 8080 }}, port dns {{ number: 53, protocol: "UDP" }} , env {{ PEER: "http://\(app.peer.service.main.host):\(app.peer.container.main.port.web.number)" }} }}
  service main {{ type: "LoadBalancer", ip: pool.lb.reserve.dns, ports: [web, dns] }}
  ingress main {{ host: "shop.example.org", to: main.web }}
  config extra {{ data {{ URL: "http://\(app.peer.service.main.host)" }} }}
  volume extra {{ config: config.extra }}
}}
app peer {{ namespace: tools, container main {{ image: "peer:1", port web {{ number: 81 }} }}, service main {{ ports: [web] }} }}
env dev {{ cluster: cluster.one, settings {{ domain: "example.org" }}, app shop, app peer }}
"#
    ))
}

#[test]
fn holes_and_handles() {
    let project = shop();
    let unit = project.unit("app", "shop").unwrap();
    let holes: Vec<String> = unit.summary.holes.iter().map(|it| format!("{} {} {} {:?}", it.kind, it.name, it.path, it.attr)).collect();
    for expected in ["namespace tools  Name", "app peer service.main Host", "app peer container.main.port.web Number"] {
        assert!(holes.iter().any(|it| it == expected), "{expected} in {holes:?}");
    }
    let peer = project.unit("app", "peer").unwrap();
    let handles: Vec<(&str, Option<u32>, Option<i64>)> = peer.summary.handles.iter().map(|it| (&*it.path, it.object, it.number)).collect();
    assert!(handles.contains(&("", Some(0), None)) && handles.contains(&("service.main", Some(1), None)), "{handles:?}");
    assert!(handles.contains(&("container.main.port.web", None, Some(81))) && handles.contains(&("service.main.ports.web", None, Some(81))), "{handles:?}");
    assert!(unit.summary.steps > 100);
}

#[test]
fn a_suffix_that_depends_on_others_is_left_to_link() {
    let unit = shop().unit("app", "shop").unwrap();
    let map = unit.summary.objects.iter().find(|it| &*it.kind == "ConfigMap").unwrap();
    assert_eq!(with_holes(&unit, &map.name), "<app.shop.config.extra/Name>");
    assert_eq!(map.base_name.as_ref().unwrap().as_known(), Some("shop-extra"));
    let input = with_holes(&unit, map.hash_input.as_ref().unwrap());
    assert_eq!(input, r#"{"data":{"URL":"http://<app.peer.service.main/Host>"},"kind":"ConfigMap","name":""}"#);
    let edge = unit.summary.objects[0].edges.iter().find(|it| it.path.ends_with("configMap.name")).unwrap();
    assert_eq!(edge.name.as_known(), Some("shop-extra"));
    assert!(super::kit::shown(&unit).contains("name: \"<app.shop.config.extra/Name>\""));
    let hole = unit.summary.holes.iter().find(|it| &*it.name == "shop").unwrap();
    assert_eq!((&*hole.path, hole.attr), ("config.extra", Attr::Name));
}

#[test]
fn what_is_compared() {
    let unit = shop().unit("app", "shop").unwrap();
    let object = |kind: &str| unit.summary.objects.iter().find(|it| &*it.kind == kind).unwrap();
    let pods = object("Deployment").shape.pods.as_ref().unwrap();
    assert_eq!(pods.ports.iter().map(|it| (it.number, &*it.protocol)).collect::<Vec<_>>(), [(8080, "TCP"), (53, "UDP")]);
    assert_eq!(pods.labels[0].1.as_known(), Some("shop"));
    assert_eq!(&*object("Deployment").shape.selectors[0].path, "spec.selector");
    let service = object("Service");
    assert_eq!(service.claims[0].address.to_string(), "192.168.208.71");
    assert_eq!(&*service.claims[0].path, "metadata.annotations[\"metallb.io/loadBalancerIPs\"]");
    assert_eq!(&*service.shape.ports[0].path, "spec.ports[web]");
    let ingress = object("Ingress");
    assert_eq!(ingress.shape.routes[0].host.as_known(), Some("shop.example.org"));
    let backend = ingress.edges.iter().find(|it| &*it.targets[0].1 == "Service").unwrap();
    assert!(matches!(&backend.port, Some(PortRef::Name(it)) if it.as_known() == Some("web")), "{backend:?}");
    assert_eq!(object("ConfigMap").shape.keys.as_deref().unwrap().iter().map(|it| &**it).collect::<Vec<_>>(), ["URL"]);
}

#[test]
fn optional_references_and_their_keys() {
    let unit = probe(
        "",
        "lower(p) { object Pod \"x\" in \"default\" { spec { containers main { image: \"x:1\", env A { valueFrom.secretKeyRef { name: \"s\", key: \"k\", optional: true } } } } } }",
        "",
        "",
    )
    .unit("probe", "it")
    .unwrap();
    let edge = &unit.summary.objects[0].edges[1];
    assert!(edge.optional, "{:?}", unit.summary.objects[0].edges);
    assert_eq!(
        (edge.name.as_known(), edge.key.as_ref().unwrap().as_known(), edge.namespace.as_ref().unwrap().as_known()),
        (Some("s"), Some("k"), Some("default"))
    );
    assert_eq!(&*edge.path, "spec.containers[main].env[A].valueFrom.secretKeyRef.name");
}

#[test]
fn equal_inputs_give_equal_bytes() {
    let project = shop();
    let (first, second) = (project.unit("app", "shop").unwrap(), project.unit("app", "shop").unwrap());
    assert_eq!(first.encode(), second.encode());
    assert_eq!(manifest::unit::Unit::decode(&first.encode()).unwrap(), first);
}

#[test]
fn secrets_from_elsewhere_are_said_to_exist() {
    let project = project(&format!(
        r#"{HEAD}
app web {{
  namespace: tools
  container main {{ image: "web:1", env {{ A: secret.admin.password, B: secret.other.x }} }}
  secret admin {{ source: extern(), keys: ["password"] }}
  secret other {{ source: extern(), name: "shared" }}
}}
env dev {{ cluster: cluster.one, settings {{ domain: "example.org" }}, app web }}
"#
    ));
    let unit = project.unit("app", "web").unwrap();
    let externs: Vec<_> = unit.summary.externs.iter().map(|it| (&*it.kind, with_holes(&unit, &it.name), it.keys.clone())).collect();
    assert_eq!(externs, [("Secret", "web-admin".to_owned(), Some(vec!["password".into()])), ("Secret", "shared".to_owned(), None)]);
    assert_eq!(with_holes(&unit, unit.summary.externs[0].namespace.as_ref().unwrap()), "<namespace.tools/Name>");
}
