//! What a leaf costs; printed, not asserted, as machines differ. Run with `cargo test --release -p eval bench -- --nocapture`.

use std::time::Instant;

use super::kit::{HEAD, project};
use crate::context::Options;

/// More with `VIX_BENCH` when a profile is taken.
const ROUNDS: usize = if option_env!("VIX_BENCH").is_some() { 2000 } else { 20 };

#[test]
fn cost_of_a_leaf() {
    let apps: String = (0..50)
        .map(|n| {
            format!(
                r#"
app a{n} {{
  params {{ host: Hostname = "\(name).\(settings.domain)", memory: Quantity = 256Mi }}
  namespace: tools
  container main {{
    image: "registry.example.org/team/a{n}:1.2.{n}"
    port http {{ number: 8080, expose: 80 }}
    port metrics {{ number: 9090 }}
    env {{ ZONE: settings.zone, NAME: here.env, LEVEL: "info", URL: "https://\(params.host)/x", PASSWORD: secret.main.password }}
    probe readiness {{ http: http, path: "/health" }}
    probe liveness {{ http: http, path: "/health", every: 30s }}
    mount "/data" {{ volume: data }}
    mount "/conf" {{ volume: conf }}
    resources {{ requests {{ cpu: 5m, memory: params.memory }}, limits {{ memory: params.memory }} }}
    raw {{ securityContext {{ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false }} }}
  }}
  config conf {{ data {{ A: "1", B: "two", C: "three" }} }}
  secret main {{ source: extern(), keys: ["password"] }}
  volume conf {{ config: config.conf }}
  volume data {{ size: 5Gi }}
  service main {{ ports: [http, metrics] }}
  ingress main {{ host: params.host, to: main.http }}
}}
"#
            )
        })
        .collect();
    let entries: String = (0..50).map(|n| format!(", app a{n}")).collect();
    let project = project(&format!("{HEAD}{apps}\nenv dev {{ cluster: cluster.one, settings {{ domain: \"example.org\" }}{entries} }}\n"));
    let (env, _) = project.env("dev");
    let instances: Vec<_> = (0..50).map(|n| project.find("app", &format!("a{n}"))).collect();
    let mut leaves = 0;
    let mut best = f64::MAX;
    let mut steps = 0;
    for _ in 0..ROUNDS {
        leaves = 0;
        steps = 0;
        let start = Instant::now();
        for instance in &instances {
            let unit = project.unit_in(&env, *instance, Options::default()).unwrap();
            leaves += unit.text.bytes.iter().filter(|it| **it == b'\n').count();
            steps += unit.summary.steps;
        }
        best = best.min(start.elapsed().as_nanos() as f64);
    }
    println!("{leaves} lines, {:.0} ns each, {} steps each unit", best / leaves as f64, steps / 50);
}
