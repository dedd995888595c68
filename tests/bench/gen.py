#!/usr/bin/env python3
"""Write the vix form of the benchmark workload: N web apps of six objects each, and the objects of the environments.

usage: gen.py OUT_DIR -n APPS [--envs dev,test,prod] [--expected]

The project is what a user would write: one kind for the family of apps (lib/web_app.vix), one file per app with its
facts, one file per environment with what it sets. `--expected` adds expected-ENV.json, what each environment must print,
computed here without vix.
"""
import argparse
import json
import os

LOG = {"dev": "debug", "test": "info", "prod": "warn"}


# ---------------------------------------------------------------- the workload
def app(i):
    name = f"app-{i:04d}"
    return dict(name=name, team=f"team-{i % 17:02d}", image=f"example/{name}", port=8000 + i % 1000,
                cache_mb=64 * (1 + i % 8), region=["north", "south", "west"][i % 3],
                db=f"db-{i % 5}.data.svc", size_gi=1 + i % 20)


def over(i, env_name):
    k = {"dev": 1, "test": 2, "prod": 3}.get(env_name, 1)
    return dict(tag=f"1.{i % 20}.{k}", replicas=k + i % 3, cpu=f"{100 * k + i % 50}m", memory=f"{128 * k + i % 64}Mi",
                cpu_max=f"{400 * k + i % 50}m", memory_max=f"{512 * k + i % 64}Mi")


def env(name, k):
    return dict(name=name, domain=f"{name}.example.test", log=LOG.get(name, "info"), net=f"10.{20 + k}.0", vlan=100 + k)


# ------------------------------------------------------------------- vix
WEB_APP = r'''/// A web app of the platform: a server with its configuration and data, a metrics proxy beside it, one host name.
kind web-app {
  team: Name
  image: Image
  port: Port
  cache_mb: Int(1..)
  region: "north" | "south" | "west"
  db: Hostname
  size: Quantity
  param tag: String
  param replicas: Int(0..) = 1
  param cpu: Quantity = 100m
  param memory: Quantity = 128Mi
  param cpu_max: Quantity = 400m
  param memory_max: Quantity = 512Mi
  namespace: Name = here.env
  lower(a) {
    let host = "\(a.name).\(settings.domain)"
    let selector: Map<LabelKey, String> = { "app.kubernetes.io/name": a.name }
    let pod_labels: Map<LabelKey, String> = { ...selector, "app.kubernetes.io/part-of": a.team }
    let labels: Map<LabelKey, String> = { ...pod_labels, environment: here.env }
    object ServiceAccount "\(a.name)" {
      metadata.labels: labels
      automountServiceAccountToken: false
    }
    object ConfigMap "\(a.name)" {
      metadata.labels: labels
      data {
        log_level: settings.log_level
        cache_mb: "\(a.cache_mb)"
        region: a.region
        "app.properties": """
          name=\(a.name)
          port=\(a.port)
          team=\(a.team)
          region=\(a.region)
          """
      }
    }
    object PersistentVolumeClaim "\(a.name)" {
      metadata.labels: labels
      spec { accessModes: ["ReadWriteOnce"], resources.requests.storage: a.size }
    }
    object Service "\(a.name)" {
      metadata.labels: labels
      spec { selector: selector, ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }] }
    }
    object Deployment "\(a.name)" as a {
      metadata.labels: labels
      spec {
        replicas: a.replicas
        selector.matchLabels: selector
        template {
          metadata.labels: pod_labels
          spec {
            serviceAccountName: a.name
            containers main {
              image: "\(a.image):\(a.tag)"
              ports: [{ name: "http", containerPort: a.port }]
              env APP_NAME { value: a.name }
              env PORT { value: "\(a.port)" }
              env DATABASE_HOST { value: a.db }
              env CACHE_MB { value: "\(a.cache_mb)" }
              env REGION { value: a.region }
              env TEAM { value: a.team }
              env LOG_LEVEL { valueFrom.configMapKeyRef { name: a.name, key: "log_level" } }
              env POD_NAME { valueFrom.fieldRef.fieldPath: "metadata.name" }
              resources { requests { cpu: a.cpu, memory: a.memory }, limits { cpu: a.cpu_max, memory: a.memory_max } }
              livenessProbe: probe("/healthz", "http", 10)
              readinessProbe: probe("/ready", "http", 5)
              volumeMounts: [{ name: "config", mountPath: "/etc/app" }, { name: "data", mountPath: "/data" }]
            }
            containers proxy {
              image: "example/proxy:1.4.2"
              ports: [{ name: "metrics", containerPort: 9100 }]
              env UPSTREAM { value: "127.0.0.1:\(a.port)" }
              env TEAM { value: a.team }
              resources { requests { cpu: 20m, memory: 32Mi }, limits { cpu: 100m, memory: 64Mi } }
              readinessProbe: probe("/ready", "metrics", 5)
            }
            volumes config { configMap.name: a.name }
            volumes data { persistentVolumeClaim.claimName: a.name }
          }
        }
      }
    }
    object Ingress "\(a.name)" {
      metadata.labels: labels
      spec {
        tls: [{ hosts: [host], secretName: "\(a.name)-tls" }]
        rules: [{
          host: host
          http.paths: [{ path: "/", pathType: "Prefix", backend.service { name: a.name, port.name: "http" } }]
        }]
      }
    }
  }
}

fn probe(path: String, port: String, delay: Int(0..)) -> core/v1.Probe = {
  httpGet { path: path, port: port }
  initialDelaySeconds: delay
  periodSeconds: 10
}
'''

LB_POOL = r'''/// Addresses of one VLAN that the load balancer of a cluster gives out, labelled with the VLAN.
kind lb-pool static {
  on: cluster
  vlan: network.vlan
  range: IpRange
  lower(p) {
    object IPAddressPool "\(p.name)" in "metallb-system" {
      metadata.labels { vlan: "\(p.vlan.id)" }
      spec { addresses: ["\(p.range.first)-\(p.range.last)"], autoAssign: true }
    }
    object L2Advertisement "\(p.name)" in "metallb-system" {
      metadata.labels { vlan: "\(p.vlan.id)" }
      spec { ipAddressPools: [p.name] }
    }
  }
}
'''

SETTINGS = '''/// What every environment says.
settings {
  domain: Hostname
  log_level: "debug" | "info" | "warn"
}
'''


def vix_app(a):
    return (f'web-app {a["name"]} {{\n  team: "{a["team"]}"\n  image: "{a["image"]}"\n  port: {a["port"]}\n  cache_mb: {a["cache_mb"]}\n'
            f'  region: "{a["region"]}"\n  db: "{a["db"]}"\n  size: {a["size_gi"]}Gi\n}}\n')


def vix_env(e, apps):
    lines = [f'  web-app {a["name"]} {{ tag: "{o["tag"]}", replicas: {o["replicas"]}, cpu: {o["cpu"]}, memory: {o["memory"]}, '
             f'cpu_max: {o["cpu_max"]}, memory_max: {o["memory_max"]} }}\n' for a, o in ((a, a["over"][e["name"]]) for a in apps)]
    return (f'env {e["name"]} {{\n  cluster: cluster.{e["name"]}\n  settings {{ domain: "{e["domain"]}", log_level: "{e["log"]}" }}\n'
            f'  namespace {e["name"]}\n' + "".join(lines) + "}\n")


def vix_clusters(envs):
    vlans = "".join(f'  vlan {e["name"]} {{ id: {e["vlan"]}, cidr: {e["net"]}.0/24 }}\n' for e in envs)
    parts = ["network lab {\n" + vlans + "}\n"]
    for e in envs:
        n = e["name"]
        parts.append(f'\ncluster {n} {{ kubernetes: "1.36", load_balancer {{ metallb {{ namespace: "metallb-system" }} }} }}\n'
                     f'lb-pool pool-{n} on cluster.{n} {{ vlan: network.lab.vlan.{n}, range: {e["net"]}.10..{e["net"]}.250 }}\n'
                     f'namespace {n}\n')
    return "".join(parts)


def project(out, apps, envs):
    out("vix.toml", 'vix = "0.1"\n')
    out("lib/web_app.vix", WEB_APP)
    out("lib/lb_pool.vix", LB_POOL)
    out("settings.vix", SETTINGS)
    out("clusters.vix", vix_clusters(envs))
    for a in apps:
        out(f"apps/{a['name']}.vix", vix_app(a))
    for e in envs:
        out(f"envs/{e['name']}.vix", vix_env(e, apps))


# ------------------------------------------------------------------- what must come out
def objects(a, o, e):
    n, host = a["name"], f"{a['name']}.{e['domain']}"
    selector = {"app.kubernetes.io/name": n}
    pod_labels = {**selector, "app.kubernetes.io/part-of": a["team"]}

    def obj(api, kind, **rest):
        meta = {"name": n, "namespace": e["name"], "labels": {**pod_labels, "environment": e["name"]}}
        return {"apiVersion": api, "kind": kind, "metadata": meta, **rest}

    def probe(path, port, delay):
        return {"httpGet": {"path": path, "port": port}, "initialDelaySeconds": delay, "periodSeconds": 10}

    def var(key, value):
        return {"name": key, "value": value}
    main = {
        "name": "main", "image": f"{a['image']}:{o['tag']}", "ports": [{"name": "http", "containerPort": a["port"]}],
        "env": [var("APP_NAME", n), var("PORT", str(a["port"])), var("DATABASE_HOST", a["db"]), var("CACHE_MB", str(a["cache_mb"])),
                var("REGION", a["region"]), var("TEAM", a["team"]),
                {"name": "LOG_LEVEL", "valueFrom": {"configMapKeyRef": {"name": n, "key": "log_level"}}},
                {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        "resources": {"requests": {"cpu": o["cpu"], "memory": o["memory"]}, "limits": {"cpu": o["cpu_max"], "memory": o["memory_max"]}},
        "livenessProbe": probe("/healthz", "http", 10), "readinessProbe": probe("/ready", "http", 5),
        "volumeMounts": [{"name": "config", "mountPath": "/etc/app"}, {"name": "data", "mountPath": "/data"}]}
    side = {
        "name": "proxy", "image": "example/proxy:1.4.2", "ports": [{"name": "metrics", "containerPort": 9100}],
        "env": [var("UPSTREAM", f"127.0.0.1:{a['port']}"), var("TEAM", a["team"])],
        "resources": {"requests": {"cpu": "20m", "memory": "32Mi"}, "limits": {"cpu": "100m", "memory": "64Mi"}},
        "readinessProbe": probe("/ready", "metrics", 5)}
    volumes = [{"name": "config", "configMap": {"name": n}}, {"name": "data", "persistentVolumeClaim": {"claimName": n}}]
    pod = {"metadata": {"labels": pod_labels}, "spec": {"serviceAccountName": n, "containers": [main, side], "volumes": volumes}}
    path = {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": n, "port": {"name": "http"}}}}
    properties = f"name={n}\nport={a['port']}\nteam={a['team']}\nregion={a['region']}\n"
    return [
        obj("v1", "ServiceAccount", automountServiceAccountToken=False),
        obj("v1", "ConfigMap", data={"log_level": e["log"], "cache_mb": str(a["cache_mb"]), "region": a["region"], "app.properties": properties}),
        obj("v1", "PersistentVolumeClaim", spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": f"{a['size_gi']}Gi"}}}),
        obj("v1", "Service", spec={"selector": selector, "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]}),
        obj("apps/v1", "Deployment", spec={"replicas": o["replicas"], "selector": {"matchLabels": selector}, "template": pod}),
        obj("networking.k8s.io/v1", "Ingress", spec={"tls": [{"hosts": [host], "secretName": f"{n}-tls"}],
                                                     "rules": [{"host": host, "http": {"paths": [path]}}]}),
    ]


def env_objects(e):
    meta = {"name": f"pool-{e['name']}", "namespace": "metallb-system", "labels": {"vlan": str(e["vlan"])}}
    pool = {"addresses": [f"{e['net']}.10-{e['net']}.250"], "autoAssign": True}
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": e["name"]}},
            {"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool", "metadata": meta, "spec": pool},
            {"apiVersion": "metallb.io/v1beta1", "kind": "L2Advertisement", "metadata": meta, "spec": {"ipAddressPools": [meta["name"]]}}]


# ------------------------------------------------------------------- writing
class Out:
    """Writes files under a folder."""

    def __init__(self, root):
        self.root = root

    def __call__(self, path, text):
        p = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(p), exist_ok=True)
        with open(p, "w") as f:
            f.write(text)


def write(folder, n, names=("dev",), expected=False):
    """Write the project with `n` apps."""
    envs = [env(name, k) for k, name in enumerate(names)]
    apps = [{**app(i), "over": {name: over(i, name) for name in names}} for i in range(1, n + 1)]
    out = Out(folder)
    project(out, apps, envs)
    if expected:
        for e in envs:
            all_objects = env_objects(e) + [x for a in apps for x in objects(a, a["over"][e["name"]], e)]
            out(f"expected-{e['name']}.json", json.dumps(all_objects))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out")
    p.add_argument("-n", type=int, default=10)
    p.add_argument("--envs", default="dev")
    p.add_argument("--expected", action="store_true")
    q = p.parse_args()
    write(q.out, q.n, q.envs.split(","), q.expected)


if __name__ == "__main__":
    main()
