//! Link of one or more environments: what holes become, and what each check says.

use manifest::unit::{Extern, LabelExpression, LabelOperator, Namespaces, PortRef, Summary};

use super::test_kit::{Setting, asks, cluster, codes, lines, linked, linked_in, namespace, network, object, pool, text, unit, view};
use super::{Linked, Network, check_across};

fn said(units: &[Summary]) -> Vec<String> {
    lines(&linked(units).findings)
}

#[track_caller]
fn silent(units: &[Summary]) {
    assert_eq!(said(units), Vec::<String>::new());
}

fn deployment(name: &str) -> super::test_kit::Object {
    object("apps/Deployment", name).pods(&format!("app={name}"), "web=8080")
}

#[test]
fn holes_are_names_namespaces_hosts_and_numbers() {
    let mut adguard = unit("app", "adguard", [deployment("adguard"), object("Service", "adguard-lan")]);
    adguard.handles[1].path = "service.lan".into();
    adguard.handles.push(manifest::unit::HandleSummary { path: "container.main.port.web".into(), object: None, number: Some(8080) });
    let asker = unit("app", "homer", [object("ConfigMap", "homer-{4}").within("{5}")]);
    let holes = ["app adguard  name", "app adguard service.lan namespace", "app adguard service.lan host", "app adguard container.main.port.web number"];
    let asker = asks(asker, &holes);
    let asker = asks(asker, &["app adguard service.lan name", "namespace media  name", "app homer  host"]);
    let linked = linked(&[adguard, asker]);
    assert_eq!(lines(&linked.findings), Vec::<String>::new());
    assert_eq!(linked.fills[1], ["adguard", "media", "adguard-lan.media.svc", "8080", "adguard-lan", "media", "homer-adguard-lan.media.svc"]);
}

#[test]
fn names_that_end_in_a_hash_are_filled_in_the_order_of_their_references() {
    let server = unit("app", "server", [object("ConfigMap", "{0}").hashed("server", Some("(\"url\":\"{1}\")"))]);
    let server = asks(server, &["app server  name", "app client  name"]);
    let client = unit("app", "client", [object("ConfigMap", "{0}").hashed("client", Some("<{1}{2}>"))]);
    let client = asks(client, &["app client  name", "namespace media  name", "app plain  name"]);
    let plain = unit("app", "plain", [object("ConfigMap", "a\"&b")]);
    let linked = linked(&[server, client, plain]);
    assert_eq!(lines(&linked.findings), Vec::<String>::new());
    // The hash of these tests is the length: `<media` + `a\"\u0026b` + `>`.
    assert_eq!(linked.fills[1][0], "client-17");
    assert_eq!(linked.fills[0], ["server-19", "client-17"]);
}

#[test]
fn a_circle_of_hashes_is_told_once_and_whole() {
    let ring = |name: &str, next: &str| {
        let it = unit("app", name, [object("ConfigMap", "{0}").hashed(name, Some("{1}"))]);
        asks(it, &[&format!("app {name}  name"), &format!("app {next}  name")])
    };
    let waits = asks(unit("app", "z", [object("ConfigMap", "z-{0}")]), &["app b  name"]);
    let result = linked(&[ring("c", "a"), ring("a", "b"), ring("b", "c"), waits]);
    assert_eq!(
        lines(&result.findings),
        ["hash-cycle: a name waits for itself: ConfigMap a of app a -> ConfigMap b of app b -> ConfigMap c of app c -> ConfigMap a of app a"]
    );
    assert_eq!(result.findings[0].also.len(), 2);
    assert_eq!(lines(&linked(&[ring("self", "self")]).findings), ["hash-cycle: a name waits for itself: ConfigMap self of app self itself"]);
}

#[test]
fn long_chains_need_no_stack() {
    let n = 20_000;
    let link = |at: usize| {
        let next = if at + 1 == n { "namespace media  name".to_owned() } else { format!("app a{}  name", at + 1) };
        asks(unit("app", &format!("a{at}"), [object("ConfigMap", "{0}").hashed(&format!("a{at}"), Some("{1}"))]), &[&format!("app a{at}  name"), &next])
    };
    silent(&(0..n).map(link).collect::<Vec<_>>());
}

#[test]
fn unknown_handles_say_what_exists() {
    let adguard = unit("app", "adguard", [deployment("adguard"), object("Service", "lan")]);
    let ask = |hole: &str| asks(unit("app", "homer", []), &[hole]);
    let one = |hole: &str| {
        let mut findings = linked(&[adguard.clone(), ask(hole)]).findings;
        assert_eq!(findings.len(), 1, "{hole}");
        findings.remove(0)
    };
    let finding = one("app adgaurd  name");
    assert_eq!(finding.message, "there is no app adgaurd in env dev, but app homer refers to it");
    assert_eq!((finding.label.as_str(), &finding.notes[..]), ("did you mean `adguard`?", &["app in env dev: adguard, homer".to_owned()][..]));
    let finding = one("app adguard service.lam name");
    assert_eq!(
        (finding.message.as_str(), finding.label.as_str()),
        ("app adguard has no service.lam, but app homer refers to it", "did you mean `service.lan`?")
    );
    assert_eq!(one("app adguard service.lan number").message, "service.lan of app adguard has no number, but app homer asks for it");
    assert_eq!(one("namespace media  host").message, "namespace media has no host, but app homer asks for it");
    let poisoned = linked_in(&[ask("app broken service.lan host")], &Setting { poisoned: vec![("app", "broken")], ..Default::default() });
    assert_eq!(poisoned, Linked { fills: vec![vec![String::new()], vec![]], findings: vec![] });
}

#[test]
fn one_object_an_id() {
    let twice = [unit("app", "b", [deployment("web")]), unit("app", "a", [deployment("web")])];
    assert_eq!(said(&twice), ["duplicate-object: Deployment web in media is made by app a and by app b"]);
    assert_eq!(said(&[unit("app", "a", [deployment("web"), deployment("web")])]), ["duplicate-object: Deployment web in media is made twice by app a"]);
    let (mut beta, mut apart) = (deployment("web"), deployment("web"));
    beta.0.version = "v1beta1".into();
    assert_eq!(codes(&linked(&[unit("app", "a", [beta]), twice[0].clone()]).findings), ["duplicate-object"].into());
    apart.0.group = "example.org".into();
    silent(&[unit("app", "a", [apart]), unit("app", "c", [deployment("web").within("default")]), twice[0].clone()]);
}

#[test]
fn namespaces_exist() {
    let lost = unit("app", "sonarr", [deployment("sonarr").within("medai"), object("Service", "sonarr").within("medai")]);
    let finding = &linked(std::slice::from_ref(&lost)).findings[0];
    assert_eq!(finding.message, "there is no namespace medai in env dev, but Deployment sonarr and 1 more are in it");
    assert_eq!(finding.label, "did you mean `media`?");
    assert!(finding.help.as_ref().unwrap().contains("namespace medai {}"));
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        silent(&[unit("app", "a", [deployment("a").within(name)])]);
    }
    let external = Extern { kind: "Namespace".into(), name: text("medai"), ..Default::default() };
    let world = Network { clusters: vec![super::ClusterDecl { namespaces: vec!["medai".into()], ..cluster("dev", &[]) }], ..Default::default() };
    let units = [lost];
    assert_eq!(linked_in(&units, &Setting { externs: vec![external.clone()], ..Default::default() }).findings, []);
    assert_eq!(linked_in(&units, &Setting { network: world, ..Default::default() }).findings, []);
    assert_eq!(linked_in(&units, &Setting { poisoned: vec![("namespace", "medai")], ..Default::default() }).findings, []);
}

#[test]
fn references_resolve_or_say_what_is_there() {
    let conf = || object("ConfigMap", "web-conf");
    let user = |name: &str| deployment("web").refers("spec.template.spec.volumes[c].configMap.name", "ConfigMap", name);
    silent(&[unit("app", "web", [user("web-conf"), conf()])]);
    silent(&[unit("app", "web", [user("kube-root-ca.crt")])]);
    silent(&[unit("app", "web", [user("gone").edge(|it| it.optional = true)])]);
    let finding = &linked(&[unit("app", "web", [user("web-cnof"), conf()]), unit("app", "x", [object("ConfigMap", "web-cnof").within("default")])]).findings[0];
    assert_eq!(finding.message, "there is no ConfigMap web-cnof in media in env dev, but Deployment web refers to it");
    assert_eq!(finding.label, "did you mean `web-conf`?");
    assert_eq!(finding.notes, ["ConfigMap in media here: web-conf", "one of that name is in namespace default"]);
    assert_eq!(finding.help.as_deref(), Some("where it exists at run time, write `extern ConfigMap web-cnof in media` in env dev"));
}

#[test]
fn what_is_promised_counts() {
    let user = || {
        unit(
            "app",
            "web",
            [deployment("web").refers("spec.template.spec.volumes[c].secret.secretName", "Secret", "web-tls").edge(|it| it.key = Some(text("tls.crt")))],
        )
    };
    assert_eq!(codes(&linked(&[user()]).findings), ["unknown-reference"].into());
    silent(&[user(), unit("app", "cert", [object("cert-manager.io/Certificate", "web").provides("Secret", "web-tls")])]);
    let external = |keys: Option<&str>| Extern {
        kind: "Secret".into(),
        namespace: Some(text("media")),
        name: text("web-tls"),
        keys: keys.map(|it| vec![it.into()]),
        ..Default::default()
    };
    for (keys, wanted) in
        [(None, vec![]), (Some("tls.crt"), vec![]), (Some("tls.key"), vec!["unknown-data-key: Secret web-tls has no key tls.crt, but Deployment web reads it"])]
    {
        let external = external(keys);
        assert_eq!(lines(&linked_in(&[user()], &Setting { externs: vec![external.clone()], ..Default::default() }).findings), wanted);
        let mut own = user();
        own.externs.push(external);
        assert_eq!(said(&[own]), wanted);
    }
}

#[test]
fn how_bad_a_missing_target_is_depends_on_what_a_cluster_brings() {
    let of = |kind: &str, path: &str, target: &str, name: &str| unit("app", "web", [object(kind, "web").refers(path, target, name)]);
    let class = |target: &str, name: &str| unit("app", "classes", [object(target, name).global()]);
    for (kind, path, target, name, alone, managed) in [
        ("Ingress", "spec.tls[0].secretName", "Secret", "web-tls", "", "?"),
        ("Pod", "spec.imagePullSecrets[r].name", "Secret", "regcred", "?", "?"),
        ("Pod", "spec.serviceAccountName", "ServiceAccount", "web", "!", "!"),
        ("Pod", "spec.serviceAccountName", "ServiceAccount", "default", "", ""),
        ("RoleBinding", "subjects[0].name", "ServiceAccount", "web", "?", "?"),
        ("apps/StatefulSet", "spec.serviceName", "Service", "web", "", ""),
        ("PersistentVolumeClaim", "spec.storageClassName", "storage.k8s.io/StorageClass", "retain", "", "?"),
        ("Ingress", "spec.ingressClassName", "networking.k8s.io/IngressClass", "traefik", "", "?"),
        ("Pod", "spec.priorityClassName", "scheduling.k8s.io/PriorityClass", "vital", "?", "!"),
        ("Pod", "spec.priorityClassName", "scheduling.k8s.io/PriorityClass", "system-node-critical", "", ""),
        ("RoleBinding", "roleRef.name", "rbac.authorization.k8s.io/ClusterRole", "system:auth-delegator", "", ""),
        ("Pod", "spec.nodeName", "Node", "n1", "", ""),
        ("Shop", "spec.db", "example.org/Database", "main", "?", "!"),
    ] {
        for (others, wanted) in [(vec![], alone), (vec![class(target, "other")], managed)] {
            let units = [vec![of(kind, path, target, name)], others].concat();
            let marks: Vec<&str> = linked(&units).findings.iter().map(|it| if it.severity == diag::Severity::Error { "!" } else { "?" }).collect();
            assert_eq!(marks.concat(), wanted, "{kind} {path} {name}, {} others", units.len() - 1);
        }
    }
    silent(&[unit("app", "dns", [deployment("dns").within("kube-system").refers("x", "ConfigMap", "coredns")])]);
    let either = || object("cert-manager.io/Certificate", "web").refers("spec.issuerRef.name", "cert-manager.io/Issuer|cert-manager.io/ClusterIssuer", "le");
    silent(&[unit("app", "web", [either()]), class("cert-manager.io/ClusterIssuer", "le")]);
}

#[test]
fn instances_with_errors_cause_no_more_errors() {
    let user = [unit("app", "web", [deployment("web").refers("x", "ConfigMap", "adguard-conf"), object("Service", "lan").selects("Pod", "app=adguard")])];
    assert_eq!(codes(&linked(&user).findings), ["selects-nothing", "unknown-reference"].into());
    assert_eq!(linked_in(&user, &Setting { poisoned: vec![("app", "adguard")], ..Default::default() }).findings, []);
    assert_eq!(linked_in(&user, &Setting { poisoned: vec![("bundle", "upstream")], ..Default::default() }).findings, []);
    assert_eq!(linked_in(&user, &Setting { poisoned: vec![("app", "ad")], ..Default::default() }).findings.len(), 2);
}

#[test]
fn keys_exist() {
    let user = |key: &str| deployment("web").refers("env[A].valueFrom.secretKeyRef", "Secret", "admin").edge(|it| it.key = Some(text(key)));
    let secret = || object("Secret", "admin").keys("user password");
    silent(&[unit("app", "web", [user("password"), secret()])]);
    silent(&[unit("app", "web", [user("passwort"), object("Secret", "admin")])]);
    silent(&[unit("app", "web", [user("passwort").edge(|it| it.optional = true), secret()])]);
    let finding = &linked(&[unit("app", "web", [user("passwort"), secret()])]).findings[0];
    assert_eq!(finding.message, "Secret admin has no key passwort, but Deployment web reads it");
    assert_eq!((finding.label.as_str(), &finding.notes[..]), ("did you mean `password`?", &["its keys: user, password".to_owned()][..]));
}

#[test]
fn backends_have_the_port() {
    let ingress = |port: PortRef| {
        object("networking.k8s.io/Ingress", "web").refers("spec.rules[x].backend.service.name", "Service", "web").edge(|it| it.port = Some(port))
    };
    let service = || object("Service", "web").port("http", 80, "web");
    let app = |port| [unit("app", "web", [ingress(port), service(), deployment("web")])];
    silent(&app(PortRef::Name(text("http"))));
    silent(&app(PortRef::Number(80)));
    silent(&[unit("app", "web", [ingress(PortRef::Number(8080)), object("Service", "web")])]);
    assert_eq!(said(&app(PortRef::Number(8080))), ["unknown-port: Service web has no port 8080, but Ingress web leads to it"]);
    let finding = &linked(&app(PortRef::Name(text("htpp")))).findings[0];
    assert_eq!((finding.label.as_str(), &finding.notes[..]), ("did you mean `http`?", &["its ports: http (80)".to_owned()][..]));
}

#[test]
fn a_hashed_name_is_asked_for_not_written() {
    let conf = unit("app", "conf", [deployment("conf"), object("ConfigMap", "conf-abc").hashed("conf", None)]);
    let user = |name: &str| unit("app", "web", [deployment("web").refers("x", "ConfigMap", name)]);
    silent(&[conf.clone(), user("conf-abc")]);
    silent(&[unit("app", "conf", [object("ConfigMap", "conf-abc").hashed("conf", None), deployment("web").refers("x", "ConfigMap", "conf")])]);
    let finding = &linked(&[conf, user("conf")]).findings[0];
    assert_eq!(finding.message, "ConfigMap conf of app conf is called conf-abc, but Deployment web names it without its hash");
    assert_eq!(finding.help.as_deref(), Some("write `app.conf.configmap.conf.name`, which is always its final name"));
}

#[test]
fn selectors_select() {
    let service = |labels: &str| object("Service", "web").selects("Pod", labels);
    silent(&[unit("app", "web", [service("app=web"), deployment("web")])]);
    silent(&[unit("app", "x", [service("app=web")]), unit("app", "web", [deployment("web")])]);
    assert_eq!(
        codes(&linked(&[unit("app", "x", [service("app=web")]), unit("app", "web", [deployment("web").within("default")])]).findings),
        ["selects-nothing"].into()
    );
    let finding = &linked(&[unit("app", "web", [service("app=wbe"), deployment("web")])]).findings[0];
    assert_eq!(lines(std::slice::from_ref(finding)), ["selects-nothing?: Service web in media selects no pods: nothing in env dev has the labels `app: wbe`"]);
    assert_eq!(finding.notes, ["Deployment web has `app: web`"]);
    let filled = asks(unit("app", "web", [service("app={0}"), object("apps/Deployment", "web").pods("app={0} tier=a", "")]), &["namespace media  name"]);
    silent(&[filled]);
}

#[test]
fn a_workload_selects_its_own_pods() {
    let web = |labels: &str| unit("app", "web", [deployment("web").selects("Pod", labels), object("apps/Deployment", "x").pods("app=x", "")]);
    silent(&[web("app=web")]);
    assert_eq!(said(&[web("app=x")]), ["selects-nothing: Deployment web in media selects pods with `app: x`, but makes pods with `app: web`"]);
}

#[test]
fn labels_that_controllers_set_are_not_missed() {
    let service = |labels: &str| object("Service", "web-0").selects("Pod", labels);
    let set = || object("apps/StatefulSet", "web").pods("app=web", "");
    silent(&[unit("app", "web", [service("app=web statefulset.kubernetes.io/pod-name=web-0"), set()])]);
    silent(&[unit("app", "x", [service("statefulset.kubernetes.io/pod-name=web-0")]), unit("app", "web", [set()])]);
    assert_eq!(said(&[unit("app", "web", [service("app=wbe statefulset.kubernetes.io/pod-name=web-0"), set()])]).len(), 1);
}

#[test]
fn selectors_look_where_they_say_and_by_expressions() {
    let monitor = |namespaces| {
        object("monitoring.coreos.com/ServiceMonitor", "web").within("default").selects("Service", "app=web").selector(|it| it.namespaces = namespaces)
    };
    let world = |namespaces| [unit("app", "mon", [monitor(namespaces)]), unit("app", "web", [object("Service", "web").labels("app=web")])];
    assert_eq!(codes(&linked(&world(Namespaces::Own)).findings), ["selects-nothing"].into());
    silent(&world(Namespaces::All));
    silent(&world(Namespaces::Named(vec![text("x"), text("media")])));
    let budget = |operator, values: &[&str]| {
        let values = values.iter().map(|it| text(it)).collect();
        let budget = object("policy/PodDisruptionBudget", "web").selects("Pod", "");
        unit("app", "b", [budget.selector(|it| it.expressions = vec![LabelExpression { key: "app".into(), operator, values }])])
    };
    use LabelOperator::{DoesNotExist, Exists, In, NotIn};
    for (operator, values, wanted) in
        [(In, &["a", "web"][..], 0), (In, &["a"], 1), (NotIn, &["a"], 0), (NotIn, &["web"], 1), (Exists, &[], 0), (DoesNotExist, &[], 1)]
    {
        assert_eq!(linked(&[budget(operator, values), unit("app", "web", [deployment("web")])]).findings.len(), wanted, "{operator:?} {values:?}");
    }
}

#[test]
fn ports_of_a_service_lead_to_containers() {
    let app = |target: &str, ports: &str| {
        [unit(
            "app",
            "web",
            [object("Service", "web").selects("Pod", "app=web").port("x", 53, target), object("apps/Deployment", "web").pods("app=web", ports)],
        )]
    };
    silent(&app("web", "web=8080"));
    silent(&app("8080", "=8080"));
    silent(&app("8080", ""));
    silent(&app("dns/UDP", "dns=53/UDP"));
    let finding = &linked(&app("htpp", "http=8080 dns=53/UDP")).findings[0];
    assert_eq!(
        lines(std::slice::from_ref(finding)),
        ["unknown-port: Service web sends TCP port 53 to port htpp, which no container of Deployment web declares"]
    );
    assert_eq!(
        (finding.label.as_str(), &finding.notes[..]),
        ("did you mean `http`?", &["ports of the containers: http (8080/TCP), dns (53/UDP)".to_owned()][..])
    );
    assert_eq!(said(&app("dns", "dns=53/UDP")).len(), 1, "another protocol is another port");
    assert_eq!(said(&app("8081", "=8080")), ["unknown-port?: Service web sends TCP port 53 to port 8081, which no container of Deployment web declares"]);
    // Another workload behind the same Service may have it.
    let mut both = app("web", "http=80").to_vec();
    both.push(unit("app", "canary", [object("apps/Deployment", "canary").pods("app=web", "web=80")]));
    silent(&both);
}

#[test]
fn one_backend_a_route() {
    let ingress = |name: &str, apart: &str| unit("app", name, [object("networking.k8s.io/Ingress", name).route("a.example.org", "/", apart)]);
    let both = [ingress("b", "traefik"), ingress("a", "traefik")];
    assert_eq!(said(&both), ["duplicate-route: a.example.org/ is served by Ingress a in media and by Ingress b in media"]);
    silent(&[ingress("b", "traefik web"), ingress("a", "traefik websecure")]);
}

#[test]
fn an_address_has_one_service() {
    let service = |name: &str, sharing, port| unit("app", name, [object("Service", name).port("p", port, "1").claims("192.168.208.70", sharing)]);
    assert_eq!(
        said(&[service("b", None, 1), service("a", None, 2)]),
        ["address-claimed-twice: Service a in media and Service b in media both ask for the address 192.168.208.70"]
    );
    silent(&[service("b", Some("k"), 1), service("a", Some("k"), 2)]);
    assert_eq!(said(&[service("b", Some("k"), 1), service("a", Some("l"), 2)]).len(), 1);
    assert_eq!(
        said(&[service("b", Some("k"), 53), service("a", Some("k"), 53)]),
        ["address-claimed-twice: Service a in media and Service b in media share the address 192.168.208.70, but both open TCP port 53"]
    );
}

#[test]
fn an_address_is_of_a_pool() {
    let world = Setting {
        network: Network {
            networks: vec![network("home", &["dev 208 192.168.208.0/24"])],
            clusters: vec![cluster("dev", &[])],
            pools: vec![
                pool("lb", "dev", "dev", &["static 192.168.208.70..74", "auto 192.168.208.75..79"]),
                pool("far", "prod", "dev", &["static 192.168.208.90..99"]),
            ],
        },
        ..Default::default()
    };
    let ask = |address: &str| linked_in(&[unit("app", "a", [object("Service", "a").claims(address, None)])], &world).findings;
    assert_eq!(ask("192.168.208.70"), []);
    // Inside the block that holds the pool, and of a pool of another cluster: both are no address of this cluster's pools.
    for address in ["192.168.208.80", "192.168.208.95", "fd00::1"] {
        let findings = ask(address);
        assert_eq!(lines(&findings), [format!("address-outside-pool: Service a asks for the address {address}, which no pool of cluster dev hands out")]);
        assert_eq!(findings[0].also[0].1, "lb hands out 192.168.208.70..192.168.208.74, 192.168.208.75..192.168.208.79");
    }
    assert_eq!(
        lines(&ask("192.168.208.75")),
        ["address-in-auto-range?: Service a asks for the address 192.168.208.75, which pool lb may have given to another Service"]
    );
    let poisoned = Setting { network: world.network.clone(), poisoned: vec![("pool", "lan")], ..Default::default() };
    assert_eq!(linked_in(&[unit("app", "a", [object("Service", "a").claims("10.0.0.1", None)])], &poisoned).findings, []);
    let by_hand = unit("app", "metallb", [object("metallb.io/IPAddressPool", "x")]);
    let units = [unit("app", "a", [object("Service", "a").claims("10.0.0.1", None)]), by_hand];
    assert_eq!(linked_in(&units, &world).findings, []);
}

#[test]
fn used_environments_are_seen_and_not_judged() {
    let ns = unit("namespace", "media", [namespace("media")]);
    let shop = unit("app", "shop", [deployment("shop").refers("x", "Secret", "shop"), object("Service", "lan")]);
    let infra = asks(unit("app", "infra", [object("ConfigMap", "{0}").hashed("infra", Some("{1}"))]), &["app infra  name", "namespace media  name"]);
    let broken = unit("app", "bad", [deployment("bad").refers("x", "Secret", "gone"), object("Secret", "shop")]);
    let infra_units = [&ns, &infra, &broken];
    let first = linked_in(&[infra.clone(), broken.clone()], &Setting::default());
    assert_eq!(first.findings.len(), 1);
    let fills = vec![vec![], first.fills[0].clone(), vec![]];
    let used = [super::EnvView { env: "infra", cluster: "dev", units: &infra_units, fills: &fills, shared: &[] }];
    let asker = asks(shop, &["app infra  name", "namespace media  namespace", "app nobody  name"]);
    let units = [&asker];
    let empty = Network::default();
    let input =
        super::LinkInput { env: "dev", cluster: "dev", units: &units, used: &used, network: &empty, poisoned: &[], externs: &[], hash_suffix: |_| "h".into() };
    let result = super::link(&input);
    assert_eq!(result.fills, [["infra-5", "", ""]]);
    assert_eq!(
        lines(&result.findings),
        [
            "unknown-reference: namespace media has no namespace, but app shop asks for it",
            "unknown-reference: there is no app nobody in env dev, but app shop refers to it",
        ]
    );
}

#[test]
fn environments_of_one_cluster_make_an_object_once() {
    let a = unit("app", "web", [object("Service", "{0}").claims("192.168.208.70", None)]);
    let (a, b) = (asks(a.clone(), &["app x  name"]), unit("app", "other", [object("Service", "web").claims("192.168.208.70", None)]));
    let fills = Linked { fills: vec![vec!["web".into()]], findings: vec![] };
    let none = Linked { fills: vec![vec![]], findings: vec![] };
    let (a, b) = ([&a], [&b]);
    let mut world = Network {
        networks: vec![network("home", &["dev 208 192.168.208.0/24"])],
        clusters: vec![cluster("one", &["192.168.208.11"]), cluster("two", &["192.168.208.12"])],
        ..Default::default()
    };
    let twice = ["duplicate-object: Service web in media is made on cluster one by app web of env dev and by app other of env test"];
    let address = "address-claimed-twice: Service web in env dev and Service web in env test both ask for the address 192.168.208.70";
    let same = [view("dev", "one", &a, &fills), view("test", "one", &b, &none)];
    assert_eq!(lines(&check_across(&world, &same)), [twice[0], address]);
    assert_eq!(check_across(&world, &[same[1], same[0]]), check_across(&world, &same));
    let apart = [same[0], view("test", "two", &b, &none)];
    assert_eq!(lines(&check_across(&world, &apart)), [address]);
    world.clusters[1].nodes.clear();
    assert_eq!(lines(&check_across(&world, &apart)), Vec::<String>::new(), "nothing says that they share a network");
}

/// Prints the time for 1,000 units of six objects with 20,000 references; the target (3 ms in release) is watched by the benchmark, not by an assertion.
#[test]
fn links_a_thousand_units() {
    let units: Vec<Summary> = (0..1000).map(big_unit).chain([unit("namespace", "media", [namespace("media")])]).collect();
    // As they come from the cache, where a unit's texts are shared.
    let units: Vec<Summary> = units.iter().map(|it| Summary::decode(&it.encode()).unwrap()).collect();
    let order: Vec<&Summary> = units.iter().collect();
    let empty = Network::default();
    let input =
        super::LinkInput { env: "dev", cluster: "dev", units: &order, used: &[], network: &empty, poisoned: &[], externs: &[], hash_suffix: |_| "h".into() };
    let mut best = std::time::Duration::MAX;
    for _ in 0..20 {
        let start = std::time::Instant::now();
        let result = super::link(&input);
        best = best.min(start.elapsed());
        assert_eq!(lines(&result.findings), Vec::<String>::new());
    }
    let edges: usize = units.iter().flat_map(|it| &it.objects).map(|it| it.edges.len()).sum();
    println!("{} units, {edges} references: {best:?}", units.len());
}

fn big_unit(at: usize) -> Summary {
    let name = format!("app-{at}");
    let other = (at * 7 + 1) % 1000;
    let mut deployment = object("apps/Deployment", &name).within("{0}").pods(&format!("app={name} tier=web"), "web=8080");
    for edge in 0..17 {
        let (kind, target) =
            [("ConfigMap", format!("{name}-conf")), ("Secret", format!("app-{other}-secret")), ("PersistentVolumeClaim", format!("{name}-data"))][edge % 3]
                .clone();
        deployment = deployment.refers(&format!("spec.template.spec.volumes[{edge}].{kind}"), kind, &target);
    }
    let ingress = object("networking.k8s.io/Ingress", &name)
        .within("{0}")
        .refers("spec.rules[x].backend", "Service", &name)
        .edge(|it| it.port = Some(PortRef::Name(text("web"))));
    let objects = [
        deployment,
        object("Service", &name).within("{0}").selects("Pod", &format!("app={name}")).port("web", 80, "web"),
        object("ConfigMap", &format!("{name}-conf")).within("{0}").keys("a b"),
        object("Secret", &format!("{name}-secret")).within("{0}"),
        object("PersistentVolumeClaim", &format!("{name}-data")).within("{0}").refers("spec.storageClassName", "storage.k8s.io/StorageClass", "retain"),
        ingress.refers("spec.tls[0].secretName", "Secret", &format!("{name}-secret")).route(&format!("{name}.example.org"), "/", "traefik"),
    ];
    asks(unit("app", &name, objects), &["namespace media  name", &format!("app app-{other} service.app-{other} host")])
}
