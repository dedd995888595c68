//! Sources to units: the one place that knows the interfaces of the phases before.

use std::collections::HashMap;
use std::sync::Arc;

use diag::{Diagnostic, FileId, Span};
use manifest::unit::{Anchor, Chunk, Piece, Text, Unit};
use manifest::yaml::write;
use schema::schemas::Schemas;
use sema::analysis::{Analysis, DeclId, DeclKind, SourceFile};
use sema::check::Body;
use sema::ir::InstanceRef;
use sema::program::Program;

use crate::context::{EnvContext, Inputs, Options, Statics};
use crate::run::{EnvInput, UnitInput, eval_env, eval_statics, eval_unit};

/// A network, a cluster, a pool, settings, a namespace.
pub const HEAD: &str = r#"
network home { vlan lan { id: 208, cidr: 192.168.208.0/24, gateway: 192.168.208.1 } }
cluster one { kubernetes: "1.36", network: network.home, load_balancer { metallb { namespace: "metallb-system" } } }
pool lb on cluster.one { vlan: network.home.vlan.lan, static: 192.168.208.70..192.168.208.74, auto: 192.168.208.75..192.168.208.79, reserve dns: 192.168.208.71 }
settings { domain: Hostname, zone: String = "Europe/Paris" }
namespace tools { labels { "pod-security.kubernetes.io/enforce": "restricted" } }
"#;

/// Files by path.
pub struct Files(pub HashMap<&'static str, &'static [u8]>);

impl Inputs for Files {
    fn file(&self, path: &str) -> Option<Arc<[u8]>> {
        self.0.get(path).map(|it| Arc::from(*it))
    }

    fn anchor(&self, span: Span) -> Anchor {
        Anchor { file: "main.vix".into(), declaration: String::new().into(), start: span.start, end: span.end }
    }
}

/// A checked project.
pub struct Project {
    pub source: String,
    pub program: Program,
    pub statics: Statics,
    pub static_errors: Vec<Diagnostic>,
    pub files: Files,
}

pub fn schemas() -> Arc<Schemas> {
    Arc::new(Schemas::open(stdlib::PACKS.iter().map(|it| it.1).collect()).unwrap())
}

/// Parses, resolves and checks a project of one file; panics with the messages if the checker finds an error.
pub fn project(source: &str) -> Project {
    let (project, errors) = try_project(source);
    assert!(errors.is_empty(), "{}", errors.iter().map(|it| format!("{}: {}\n", it.code.name, it.message)).collect::<String>());
    project
}

pub fn try_project(source: &str) -> (Project, Vec<Diagnostic>) {
    let mut files = Vec::new();
    let mut errors = Vec::new();
    let mut add = |library, module: &str, text: &str| {
        let id = FileId(files.len() as u32);
        let parsed = syntax::parse(id, text.into());
        errors.extend(parsed.diagnostics.iter().cloned());
        files.push(SourceFile { id, library, path: module.into(), module: module.into(), tree: Arc::new(parsed.tree) });
    };
    add(0, "main", source);
    for file in stdlib::FILES.iter().chain(stdlib::FACTS) {
        add(1, file.path.trim_end_matches(".vix"), file.source);
    }
    let (analysis, sink) = Analysis::new(files, &[], schemas());
    errors.extend(sink.into_sorted());
    let mut program = Program {
        schemas: analysis.schemas.clone(),
        facts: analysis.facts.clone(),
        kinds: analysis.kinds.iter().map(|_| None).collect(),
        functions: analysis.fns.iter().map(|_| None).collect(),
        lets: analysis.lets.iter().map(|_| None).collect(),
        instances: analysis.instances.iter().map(|_| None).collect(),
        envs: analysis.envs.iter().map(|_| None).collect(),
        layers: analysis.layers.iter().map(|_| None).collect(),
        traits: analysis.traits.iter().map(|_| None).collect(),
        assertions: Default::default(),
        settings: analysis.settings.clone(),
    };
    for id in 0..analysis.decls.len() as u32 {
        let checked = analysis.check(DeclId(id));
        errors.extend(checked.diagnostics);
        match (checked.body, analysis.decl(DeclId(id)).kind) {
            (Body::Let(it), DeclKind::Let(at)) => program.lets[at.0 as usize] = Some(it),
            (Body::Function(it), DeclKind::Fn(at)) => program.functions[at.0 as usize] = Some(it),
            (Body::Kind(it), DeclKind::Kind(at)) => program.kinds[at.0 as usize] = Some(it),
            (Body::Instance(it), DeclKind::Instance(at)) => program.instances[at.0 as usize] = Some(it),
            (Body::Env(it), DeclKind::Env(at)) => program.envs[at as usize] = Some(it),
            (Body::Env(it), DeclKind::Layer(at)) => program.layers[at.0 as usize] = Some(it),
            (Body::Trait(it), DeclKind::Trait(at)) => program.traits[at as usize] = Some(it),
            (_, _) => {}
        }
    }
    errors.retain(|it| it.severity == diag::Severity::Error);
    let files = Files(HashMap::from([
        ("conf/app.yaml", b"level: info\n" as &[u8]),
        ("conf/bad.bin", b"ok\xff"),
        ("conf/values.yaml", b"replicas: 3\nnested: { a: 1, none: null }\nlist: [1, \"two\", null]\n"),
    ]));
    let (statics, static_errors) = eval_statics(&program, &files, Options::default());
    (Project { source: source.to_owned(), program, statics, static_errors, files }, errors)
}

impl Project {
    pub fn env(&self, name: &str) -> (EnvContext, Vec<Diagnostic>) {
        let env = self.program.envs.iter().flatten().find(|it| *it.name == *name).unwrap();
        let is_pool = |it: &InstanceRef| self.program.instances[it.0 as usize].as_ref().is_some_and(|it| self.kind(it.kind) == "pool");
        let pools: Vec<InstanceRef> = (0..self.program.instances.len() as u32).map(InstanceRef).filter(is_pool).collect();
        eval_env(&EnvInput {
            program: &self.program,
            chain: &self.program.chain(env).unwrap(),
            statics: &self.statics,
            pools: &pools,
            inputs: &self.files,
            options: Options::default(),
        })
    }

    fn kind(&self, kind: sema::ty::KindRef) -> &str {
        self.program.kinds[kind.0 as usize].as_ref().map_or("", |it| &it.name)
    }

    pub fn find(&self, kind: &str, name: &str) -> InstanceRef {
        let at = self.program.instances.iter().position(|it| it.as_ref().is_some_and(|it| self.kind(it.kind) == kind && *it.name == *name));
        InstanceRef(at.unwrap_or_else(|| panic!("no {kind} {name}")) as u32)
    }

    /// Evaluates an instance in env `dev`.
    pub fn unit_with(&self, kind: &str, name: &str, options: Options) -> Result<Unit, Vec<Diagnostic>> {
        let (env, errors) = self.env("dev");
        assert!(errors.is_empty(), "{errors:?}");
        self.unit_in(&env, self.find(kind, name), options)
    }

    pub fn unit_in(&self, env: &EnvContext, instance: InstanceRef, options: Options) -> Result<Unit, Vec<Diagnostic>> {
        let stages = self.stages(instance);
        eval_unit(&UnitInput { program: &self.program, env, statics: &self.statics, instance, alias: None, stages: &stages, inputs: &self.files, options })
    }

    /// What the chain of env `dev` says about an instance.
    fn stages(&self, instance: InstanceRef) -> Vec<crate::Stage<'_>> {
        static NOTHING: sema::ir::Overlay = sema::ir::Overlay { with: Vec::new(), each: Vec::new(), patch: Vec::new() };
        let env = self.program.envs.iter().flatten().find(|it| *it.name == *"dev").unwrap();
        let chain = self.program.chain(env).unwrap();
        fn stage<'s>(step: &'s sema::ir::Env, instance: InstanceRef) -> crate::Stage<'s> {
            let entry = step.entries.iter().find(|it| it.instance == instance);
            crate::Stage { slots: step.slots, writes: entry.map_or(&[], |it| &it.writes), own: entry.map_or(&NOTHING, |it| &it.overlay), all: &step.overlay }
        }
        chain.into_iter().map(|it| stage(it, instance)).collect()
    }

    /// Who wrote a leaf: `text of the entry <- text of the origin = value`.
    pub fn trace(&self, kind: &str, name: &str, object: u32, path: &str) -> Vec<String> {
        let (env, _) = self.env("dev");
        let instance = self.find(kind, name);
        let stages = self.stages(instance);
        let input = UnitInput {
            program: &self.program,
            env: &env,
            statics: &self.statics,
            instance,
            alias: None,
            stages: &stages,
            inputs: &self.files,
            options: Options::default(),
        };
        let text = |span: Span| if span.file == FileId(0) { &self.source[span.start as usize..span.end as usize] } else { "std" };
        crate::trace(&input, object, path).unwrap().iter().map(|it| format!("{} <- {} = {}", text(it.span), text(it.origin), it.value)).collect()
    }

    pub fn unit(&self, kind: &str, name: &str) -> Result<Unit, Vec<Diagnostic>> {
        self.unit_with(kind, name, Options::default())
    }

    /// Text of all objects of an instance, holes shown as `<kind.name[.path]:attr>`; or its diagnostics.
    pub fn yaml(&self, kind: &str, name: &str) -> String {
        match self.unit(kind, name) {
            Ok(unit) => shown(&unit),
            Err(errors) => self.errors(&errors),
        }
    }

    /// `code: message @ text of the primary span [+ text of labels]`.
    pub fn errors(&self, errors: &[Diagnostic]) -> String {
        let text = |span: Span| match span.file {
            FileId(0) => self.source[span.start as usize..span.end as usize].lines().next().unwrap_or_default().to_owned(),
            _ => "std".to_owned(),
        };
        errors
            .iter()
            .map(|it| {
                let labels: Vec<String> = it.labels.iter().map(|label| format!("{} ({})", text(label.span), label.text)).collect();
                format!("{}: {} @ {} + {}\n", it.code.name, it.message, text(it.primary.span), labels.join("; "))
            })
            .collect()
    }
}

/// The objects of a unit, `---` between them.
pub fn shown(unit: &Unit) -> String {
    let documents: Vec<String> = unit.summary.objects.iter().map(|it| document(unit, it.chunks)).collect();
    documents.join("---\n")
}

pub fn document(unit: &Unit, chunks: (u32, u32)) -> String {
    let mut out = Vec::new();
    for chunk in &unit.text.chunks[chunks.0 as usize..chunks.1 as usize] {
        match chunk {
            Chunk::Bytes { start, end } => out.extend_from_slice(&unit.text.bytes[*start as usize..*end as usize]),
            Chunk::Scalar { text, indent } => write::scalar_str(&mut out, &with_holes(unit, text), *indent as usize),
        }
    }
    String::from_utf8(out).unwrap()
}

pub fn with_holes(unit: &Unit, text: &Text) -> String {
    text.0
        .iter()
        .map(|piece| match piece {
            Piece::Str(it) => it.to_string(),
            Piece::Hole(hole) => {
                let hole = &unit.summary.holes[*hole as usize];
                let path = if hole.path.is_empty() { String::new() } else { format!(".{}", hole.path) };
                format!("<{}.{}{path}/{:?}>", hole.kind, hole.name, hole.attr)
            }
        })
        .collect()
}

/// A cluster, a kind `probe` with this body, one instance `it` of it with that body, and env `dev`.
pub fn probe(prelude: &str, kind: &str, body: &str, entry: &str) -> Project {
    project(&format!(
        "{prelude}\ncluster one {{ kubernetes: \"1.36\", load_balancer {{ metallb {{ namespace: \"metallb-system\" }} }} }}\n\
         kind probe {{\n{kind}\n}}\nprobe it {{\n{body}\n}}\nenv dev {{ cluster: cluster.one, probe it {{ {entry} }} }}\n"
    ))
}

/// Evaluates `let x: TYPE = EXPR` as a leaf of a ConfigMap and gives its text.
pub fn leaf(prelude: &str, expr: &str) -> String {
    let source = format!(
        "{prelude}\ncluster one {{ kubernetes: \"1.36\", load_balancer {{ metallb {{ namespace: \"metallb-system\" }} }} }}\n\
         kind probe {{ lower(p) {{ object ConfigMap \"x\" in \"default\" {{ data {{ v: \"\\({expr})\" }} }} }} }}\n\
         probe it\nenv dev {{ cluster: cluster.one, probe it }}\n"
    );
    let project = project(&source);
    match project.unit("probe", "it") {
        Ok(unit) => {
            let text = document(&unit, unit.summary.objects[0].chunks);
            let value = text.split_once("  v: ").map_or("", |it| it.1).trim_end();
            value.trim_matches('"').to_owned()
        }
        Err(errors) => errors.iter().map(|it| format!("{}: {}", it.code.name, it.message)).collect::<Vec<_>>().join("\n"),
    }
}
