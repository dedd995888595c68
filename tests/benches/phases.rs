//! `cargo bench`: the phases inside one process, on text made here, so that they can be compared from commit to commit.
//!
//! What a user waits for is measured on whole processes, beside other tools, by `tests/bench/run.py`. No time is asserted anywhere: machines differ.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use schema::schemas::Schemas;
use schema::types::Type;

fn main() {
    divan::main();
}

/// About `bytes` bytes of ordinary apps.
fn source(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 1024);
    let mut number = 0;
    while text.len() < bytes {
        number += 1;
        text.push_str(&format!(
            "/// Number {number} of many.\napp shop-{number} {{\n  params {{ host: Hostname = \"\\(name).\\(settings.domain)\", memory: Quantity = 256Mi }}\n  \
             namespace: tools\n  container main {{\n    image: \"ghcr.io/acme/shop:1.{number}.0\"\n    port http {{ number: {port} }}\n    \
             env {{ TZ: \"Europe/Paris\", POD: field(\"metadata.name\") }} // where, and who\n    \
             resources {{ requests {{ cpu: 50m, memory: params.memory }}, limits {{ memory: params.memory }} }}\n    \
             probe liveness {{ http: http, path: \"/healthz\", every: 30s }}\n    mount \"/data\" {{ volume: data }}\n  }}\n  volume data {{ size: 5Gi }}\n  \
             service main {{ ports: [http] }}\n  ingress main {{ host: params.host, to: main.http }}\n}}\n\n",
            port = 8000 + number % 1000
        ));
    }
    text
}

#[divan::bench(args = [16 << 10, 5 << 20])]
fn parse(bencher: Bencher<'_, '_>, bytes: usize) {
    let text: std::sync::Arc<str> = source(bytes).into();
    bencher.counter(BytesCount::of_str(&*text)).bench(|| syntax::parse(diag::FileId(0), black_box(text.clone())));
}

#[divan::bench(args = [16 << 10, 5 << 20])]
fn format(bencher: Bencher<'_, '_>, bytes: usize) {
    let text: std::sync::Arc<str> = source(bytes).into();
    let tree = syntax::parse(diag::FileId(0), text.clone()).tree;
    bencher.counter(BytesCount::of_str(&*text)).bench(|| syntax::fmt::format(black_box(&tree)));
}

/// Opening the packs and reading every field of a Deployment's specification.
#[divan::bench]
fn first_use_of_a_kind() -> usize {
    let packs = stdlib::PACKS.iter().map(|it| it.1).collect();
    let Ok(schemas) = Schemas::open(packs) else { return 0 };
    let Some(kind) = schemas.kind_by_path("apps/v1.Deployment") else { return 0 };
    let Type::Record(record) = schemas.ty(schemas.kind_info(kind).ty) else { return 0 };
    record.fields().map(|field| matches!(schemas.ty(field.ty), Type::Record(_)) as usize).sum()
}
