//! Apps of the standard library, whole.

use super::kit::{HEAD, project};

#[test]
fn an_app_with_service_and_ingress() {
    let project = project(&format!(
        r#"{HEAD}
app whoami {{
  params {{ host: Hostname = "\(name).\(settings.domain)" }}
  namespace: tools
  container main {{
    image: "traefik/whoami:v1.11.0"
    port http {{ number: 8080, expose: 80 }}
    env {{ ZONE: settings.zone, NAME: here.env }}
    probe readiness {{ http: http, path: "/health" }}
    resources {{ requests {{ cpu: 5m, memory: 16Mi }}, limits {{ memory: 32Mi }} }}
    raw {{ securityContext {{ readOnlyRootFilesystem: true }} }}
  }}
  service main {{ ports: [http] }}
  ingress main {{ host: params.host, to: main.http }}
}}
env dev {{ cluster: cluster.one, settings {{ domain: "example.org" }}, app whoami {{ replicas: 2 }} }}
"#
    ));
    let expected = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: whoami
  namespace: \"<namespace.tools/Name>\"
  labels:
    app: whoami
spec:
  replicas: 2
  selector:
    matchLabels:
      app: whoami
  template:
    metadata:
      labels:
        app: whoami
    spec:
      containers:
      - name: whoami
        image: traefik/whoami:v1.11.0
        ports:
        - name: http
          containerPort: 8080
        env:
        - name: ZONE
          value: Europe/Paris
        - name: NAME
          value: dev
        resources:
          requests:
            cpu: 5m
            memory: 16Mi
          limits:
            memory: 32Mi
        readinessProbe:
          httpGet:
            path: /health
            port: http
        securityContext:
          readOnlyRootFilesystem: true
---
apiVersion: v1
kind: Service
metadata:
  name: whoami
  namespace: \"<namespace.tools/Name>\"
  labels:
    app: whoami
spec:
  selector:
    app: whoami
  ports:
  - name: http
    port: 80
    targetPort: http
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: whoami
  namespace: \"<namespace.tools/Name>\"
  labels:
    app: whoami
spec:
  ingressClassName: traefik
  rules:
  - host: whoami.example.org
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: whoami
            port:
              name: http
";
    assert_eq!(project.yaml("app", "whoami"), expected);
}

#[test]
fn configuration_storage_secrets_and_a_fixed_address() {
    let project = project(&format!(
        r#"{HEAD}
app web {{
  params {{ ip: Ip?, size: Quantity = 1024Mi }}
  namespace: tools
  container main {{
    image: "nginx:1.29.3"
    port http {{ number: 80 }}
    env {{ PASSWORD: secret.admin.password, LEVEL: config.conf.LEVEL, POD: field("metadata.name"), URL: "http://\(name):80" }}
    mount "/conf" {{ volume: conf }}
    mount "/data" {{ volume: data }}
    pull: "Always"
  }}
  config conf {{ data {{ LEVEL: "info", "app.yaml": file("conf/app.yaml") }} }}
  volume conf {{ config: config.conf }}
  volume data {{ size: params.size }}
  secret admin {{ source: extern(), keys: ["password"] }}
  service lan {{ type: "LoadBalancer", ip: params.ip, ports: [http] }}
  scale {{ max: 3 }}
}}
env dev {{ cluster: cluster.one, settings {{ domain: "example.org" }}, app web {{ ip: pool.lb.reserve.dns }} }}
"#
    ));
    let text = project.yaml("app", "web");
    for expected in [
        "        - name: PASSWORD\n          valueFrom:\n            secretKeyRef:\n              name: web-admin\n              key: password\n",
        "        - name: POD\n          valueFrom:\n            fieldRef:\n              fieldPath: metadata.name\n",
        "          value: http://web:80\n",
        "  annotations:\n    metallb.io/loadBalancerIPs: \"192.168.208.71\"\n",
        "  resources:\n    requests:\n      storage: 1024Mi\n",
        "kind: HorizontalPodAutoscaler\n",
        "  strategy:\n    type: Recreate\n",
        "  app.yaml: |\n    level: info\n",
    ] {
        assert!(text.contains(expected), "{expected}\nis not in\n{text}");
    }
    assert!(!text.contains("replicas:"), "the autoscaler owns it:\n{text}");
    // The ConfigMap's name has its suffix wherever it is named.
    let unit = project.unit("app", "web").unwrap();
    let map = unit.summary.objects.iter().find(|it| &*it.kind == "ConfigMap").unwrap();
    let name = map.name.as_known().unwrap();
    assert!(name.starts_with("web-conf-") && name.len() == "web-conf-".len() + 10, "{name}");
    assert_eq!(map.base_name.as_ref().unwrap().as_known(), Some("web-conf"));
    assert_eq!(text.matches(name).count(), 3, "{text}");
    let edges: Vec<(&str, &str)> = unit.summary.objects[0].edges.iter().map(|it| (&*it.path, it.name.as_known().unwrap_or_default())).collect();
    assert!(edges.contains(&("spec.template.spec.volumes[conf].configMap.name", "web-conf")), "{edges:?}");
    assert!(edges.contains(&("spec.template.spec.containers[web].env[PASSWORD].valueFrom.secretKeyRef.name", "web-admin")), "{edges:?}");
}

#[test]
fn static_kinds_have_objects_too() {
    let project = project(&format!("{HEAD}\nenv dev {{ cluster: cluster.one, settings {{ domain: \"example.org\" }} }}\n"));
    let text = project.yaml("pool", "lb");
    assert!(text.starts_with("apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata:\n  name: lb-static\n  namespace: metallb-system\n"), "{text}");
    assert!(text.contains("  - \"192.168.208.70-192.168.208.74\"\n  autoAssign: false\n"), "{text}");
}
