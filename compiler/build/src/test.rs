//! A build with a cache tells and makes what a build without one does, whatever was edited, broken or damaged in between.

mod project;
mod world;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use diag::{Diagnostic, Severity, Span};

use crate::{Elsewhere, Events, Format, Options, Outcome, Output, Select, Sources, run};
use project::{Edits, Random};
use world::Memory;

/// A folder of this test, removed with it.
pub struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("vix-build-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a temporary folder can be made");
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn options(cache: Option<&Folder>) -> Options {
    Options {
        select: Select::All,
        format: Format::Yaml,
        output: Output::Memory,
        cache: cache.map(|it| it.path().to_owned()),
        project: "test".to_owned(),
        memory: crate::Memory::Project,
        kubernetes: None,
        schemas: Vec::new(),
        identity: "test".to_owned(),
        deny_warnings: false,
        why: None,
        threads: 1,
        tests: None,
    }
}

fn place(span: Span, sources: &Sources) -> String {
    format!("{}:{}..{}", sources.path(span.file), span.start, span.end)
}

fn said(it: &Diagnostic, sources: &Sources) -> String {
    let severity = if it.severity == Severity::Error { "error" } else { "warning" };
    let mut out = format!("{severity}[{}] {}: {} ({})\n", it.code.name, place(it.primary.span, sources), it.message, it.primary.text);
    for label in &it.labels {
        out += &format!("  {}: {}\n", place(label.span, sources), label.text);
    }
    for note in &it.notes {
        out += &format!("  note: {note}\n");
    }
    if let Some(help) = &it.help {
        out += &format!("  help: {help}\n");
    }
    out
}

/// All that a build tells and makes.
fn told(outcome: &Outcome) -> String {
    let mut out: String = outcome.diagnostics.iter().map(|it| said(it, &outcome.sources)).collect();
    for fault in &outcome.faults {
        out += &format!("fault: {fault}\n");
    }
    for test in &outcome.tests {
        out += &format!("test {} at {}\n", test.title, place(test.place, &outcome.sources));
        out.extend(test.wrong.iter().map(|it| said(it, &outcome.sources)));
    }
    for env in &outcome.envs {
        out += &format!("== {} {} {}\n{}", env.name, env.objects, env.instances, String::from_utf8_lossy(&env.text.to_vec()));
    }
    out
}

fn assert_same(expected: &str, actual: &str, context: &str) {
    if expected == actual {
        return;
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let missing: Vec<&&str> = a.iter().filter(|it| !b.contains(it)).take(12).collect();
    let surplus: Vec<&&str> = b.iter().filter(|it| !a.contains(it)).take(12).collect();
    panic!(
        "{context}\nmissing with the cache: {missing:#?}\nonly with the cache: {surplus:#?}\n--- without cache\n{}\n--- with cache\n{}",
        head(expected),
        head(actual)
    );
}

fn head(text: &str) -> String {
    text.lines().filter(|it| !it.starts_with(' ')).take(30).collect::<Vec<_>>().join("\n")
}

fn rounds() -> usize {
    std::env::var("VIX_ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(60)
}

fn selects() -> [Select; 5] {
    [Select::All, Select::Env("dev".to_owned()), Select::Env("prod".to_owned()), Select::Path("envs/dev".to_owned()), Select::Env("nope".to_owned())]
}

/// One random walk over edits; after each the build with a cache must equal that without.
fn walk(seed: u64, damage: bool) {
    let cache = Folder::new();
    let mut random = Random::new(seed);
    let mut edits = Edits::new();
    let mut log = Vec::new();
    for round in 0..rounds() {
        for _ in 0..1 + random.below(2) {
            log.push(format!("{round}: {}", edits.step(&mut random)));
        }
        if damage && random.below(3) == 0 {
            log.push(format!("{round}: {}", hurt(cache.path(), &mut random)));
        }
        let mut files = edits.files();
        files.shuffle = random.next();
        let select = if random.below(3) == 0 { selects()[random.below(5)].clone() } else { Select::All };
        let mut with = Options { select, threads: 1 + random.below(3), ..options(Some(&cache)) };
        with.format = if random.below(4) == 0 { Format::Json } else { Format::Yaml };
        with.output = if random.below(6) == 0 { Output::None } else { Output::Memory };
        with.deny_warnings = random.below(8) == 0;
        with.tests = (random.below(4) == 0).then(String::new);
        if with.tests.is_some() && random.below(2) == 0 {
            with.select = Select::Tested;
        }
        let clean = Options { cache: None, threads: 1, ..with.clone() };
        let (expected, actual) = (run(&edits.files(), &clean), run(&files, &with));
        assert_events(&actual.events, &log);
        let tail = log[log.len().saturating_sub(14)..].join("\n");
        assert_same(&told(&expected), &told(&actual), &format!("seed {seed}, {:?} {:?}\n{tail}", with.select, with.format));
    }
}

/// Compares a build with a cache with one without.
fn compare(edits: &Edits, with: &Options, context: &str) {
    let clean = Options { cache: None, ..with.clone() };
    let (expected, actual) = (run(&edits.files(), &clean), run(&edits.files(), with));
    assert_same(&told(&expected), &told(&actual), context);
}

/// One edit of a whole project, a remark somewhere, a second edit, and back: what is wrong stays told, and only as long.
fn two_and_back(first: (&'static str, usize), second: (&'static str, usize), random: &mut Random) {
    let cache = Folder::new();
    let select = if random.below(4) == 0 { selects()[random.below(4)].clone() } else { Select::All };
    let tests = (random.below(4) == 0).then(String::new);
    let with = Options { select, tests, ..options(Some(&cache)) };
    let mut edits = Edits::new();
    compare(&edits, &with, "at first");
    for _ in 0..4 {
        edits.remark(random);
    }
    compare(&edits, &with, "remarks at first");
    let context = format!("{first:?} then {second:?}, {:?}", with.select);
    edits.version(first);
    compare(&edits, &with, &format!("{context}: the first"));
    for _ in 0..2 {
        let path = edits.remark(random);
        compare(&edits, &with, &format!("{context}: a remark in {path}"));
    }
    edits.version(second);
    compare(&edits, &with, &format!("{context}: the second"));
    edits.version((first.0, 0));
    compare(&edits, &with, &format!("{context}: the first is undone"));
    let path = edits.remark(random);
    compare(&edits, &with, &format!("{context}: a remark in {path} at last"));
    edits.version((second.0, 0));
    compare(&edits, &with, &format!("{context}: both are undone"));
}

#[test]
fn each_edit_is_told_as_long_as_it_stands() {
    let all = Edits::all();
    let mut random = Random::new(rounds() as u64);
    for first in &all {
        for _ in 0..rounds().div_ceil(60) {
            two_and_back(*first, all[random.below(all.len())], &mut random);
        }
    }
}

fn assert_events(events: &Events, log: &[String]) {
    assert!(events.parsed <= events.read + 100, "{events:?} {log:?}");
}

fn files_below(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("readable").map(|it| it.expect("readable").path()) {
        if entry.is_dir() { files_below(&entry, out) } else { out.push(entry) }
    }
}

/// Damages one file of the cache.
fn hurt(cache: &Path, random: &mut Random) -> String {
    let mut files = Vec::new();
    files_below(cache, &mut files);
    files.retain(|it| std::fs::metadata(it).is_ok_and(|it| it.len() > 0));
    files.sort();
    if files.is_empty() {
        return "nothing to damage".to_owned();
    }
    let path = &files[random.below(files.len())];
    let mut bytes = std::fs::read(path).expect("readable");
    let what = random.below(3);
    let at = random.below(bytes.len());
    match what {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes.truncate(at),
        _ => {
            std::fs::remove_file(path).expect("removable");
            return format!("{} removed", path.display());
        }
    }
    std::fs::write(path, bytes).expect("writable");
    format!("{} damaged ({what}) at {at}", path.display())
}

#[test]
fn the_first_project_builds() {
    let outcome = run(&Edits::new().files(), &options(None));
    let told = told(&outcome);
    assert!(outcome.diagnostics.is_empty() && outcome.faults.is_empty(), "{}", head(&told));
    assert_eq!(outcome.envs.len(), 2);
    assert!(told.contains("kind: Deployment"), "{told}");
}

#[test]
fn a_build_with_a_cache_equals_one_without() {
    let base: u64 = std::env::var("VIX_SEED").ok().and_then(|it| it.parse().ok()).unwrap_or(1);
    for seed in base..base + 6 {
        walk(seed, false);
    }
}

#[test]
fn a_damaged_cache_shows_nowhere() {
    for seed in 100..104 {
        walk(seed, true);
    }
}

/// A build that must say nothing.
fn silent(files: &Memory, options: &Options) -> Outcome {
    let outcome = run(files, options);
    assert!(outcome.diagnostics.is_empty() && outcome.faults.is_empty(), "{}", head(&told(&outcome)));
    outcome
}

#[test]
fn only_what_changed_is_done_again() {
    let cache = Folder::new();
    let with = options(Some(&cache));
    let mut edits = Edits::new();
    let first = silent(&edits.files(), &with);
    let all = first.events.evaluated;
    assert!(all > 6 && first.events.reused == 0 && first.events.linked == 2, "{:?}", first.events);

    let nothing = silent(&edits.files(), &with).events;
    assert_eq!(nothing, Events { reused: all, ..Events::default() });

    edits.replace("apps/b.vix", "app b {", "// what it is for\napp b {");
    let comment = silent(&edits.files(), &with).events;
    assert_eq!(comment, Events { read: 1, parsed: 1, reused: all, ..Events::default() });
    assert_eq!(silent(&edits.files(), &with).events, Events { reused: all, ..Events::default() });

    edits.replace("apps/b.vix", "number: 80", "number: 81");
    let one = silent(&edits.files(), &with).events;
    assert_eq!((one.evaluated, one.reused), (1, all - 1), "{one:?}");
    assert!(one.parsed < first.events.parsed && one.checked < first.events.checked, "{one:?}");

    let check = Options { output: Output::None, ..with.clone() };
    assert_eq!(silent(&edits.files(), &check).events.evaluated, 0);
    let json = Options { format: Format::Json, ..with.clone() };
    assert_eq!(silent(&edits.files(), &json).events.evaluated, all);
    assert_eq!(silent(&edits.files(), &with).events, Events { reused: all, ..Events::default() });
    assert_eq!(silent(&edits.files(), &json).events, Events { reused: all, ..Events::default() });
}

#[test]
fn a_check_is_decided_when_what_it_looks_at_has_changed() {
    let cache = Folder::new();
    let with = options(Some(&cache));
    let mut edits = Edits::new();
    let decided = |edits: &Edits| silent(&edits.files(), &with).events.decided;
    // One of each environment, and one of dev alone.
    assert_eq!(decided(&edits), 3);
    assert_eq!(decided(&edits), 0);
    edits.replace("apps/notes.vix", "see ", "look at ");
    assert_eq!(decided(&edits), 0, "no check looks at ConfigMaps");
    edits.replace("apps/b.vix", "1.27", "1.28");
    assert_eq!(decided(&edits), 1, "only dev lists app b");
    edits.replace("truths.vix", "<= size + 4", "<= size + 3");
    assert_eq!(decided(&edits), 2);
    edits.replace("apps/a.vix", "replicas: params.copies", "replicas: 6");
    let told = told(&run(&edits.files(), &with));
    assert!(told.contains("check-failed") && told.contains("this is 6 for Deployment a in tools of env dev"), "{told}");
    edits.replace("apps/a.vix", "replicas: 6", "replicas: params.copies");
    assert_eq!(decided(&edits), 0, "what held once holds again");
}

#[test]
fn environments_built_one_by_one_are_still_compared() {
    let cache = Folder::new();
    let mut edits = Edits::new();
    // Both environments on one cluster, each with a Service at the same address.
    edits.replace("envs/prod.vix", "cluster.far", "cluster.lab");
    edits.replace("envs/prod.vix", "  note one\n", "  app c\n");
    let expected = told(&run(&edits.files(), &options(None)));
    assert!(expected.contains("error["), "{expected}");
    for env in ["dev", "prod"] {
        silent(&edits.files(), &Options { select: Select::Env(env.to_owned()), ..options(Some(&cache)) });
    }
    for _ in 0..2 {
        assert_same(&expected, &told(&run(&edits.files(), &options(Some(&cache)))), "all after each alone");
    }
}

#[test]
fn places_that_a_remark_moved_are_told_where_they_are_now() {
    let cache = Folder::new();
    let with = options(Some(&cache));
    let mut edits = Edits::new();
    silent(&edits.files(), &with);
    edits.replace("kinds.vix", "  lower(n) {\n", "  // A remark, which moves what follows and changes no key.\n  lower(n) {\n");
    silent(&edits.files(), &with);
    edits.set("more.vix", "kind memo { lower(m) { object ConfigMap \"one\" in \"default\" { data { a: \"b\" } } } }\nmemo x\n".to_owned());
    edits.replace("envs/prod.vix", "  note one\n", "  note one\n  memo x\n");
    let expected = told(&run(&edits.files(), &options(None)));
    assert!(expected.contains("duplicate-object"), "{expected}");
    assert_same(&expected, &told(&run(&edits.files(), &with)), "after a remark");
}

#[test]
fn a_mistake_elsewhere_keeps_nothing_from_being_built() {
    let dev = |cache| Options { select: Select::Env("dev".to_owned()), ..options(cache) };
    let mut edits = Edits::new();
    let expected = told(&silent(&edits.files(), &dev(None)));
    let cache = Folder::new();
    edits.set("apps/wrong.vix", "note strange { text: 5 }\n".to_owned());
    for with in [dev(None), dev(Some(&cache)), dev(Some(&cache))] {
        let outcome = silent(&edits.files(), &with);
        assert_eq!(outcome.elsewhere, Elsewhere { errors: 1, warnings: 0, files: 1 });
        assert_same(&expected, &told(&outcome), "a mistake elsewhere");
    }
    // But what all share, what dev lists, and what nobody can read, keeps it.
    let all = run(&edits.files(), &options(Some(&cache)));
    assert!(all.diagnostics.len() == 1 && all.envs.is_empty(), "{}", told(&all));
    for wrong in
        ["pool extra on cluster.lab { colour: 5 }\n", "note strange { text: \"a\"\n", "use nowhere.{nothing}\n", "let x: Int = x\nsettings { y: Int = x }\n"]
    {
        edits.set("apps/wrong.vix", wrong.to_owned());
        let outcome = run(&edits.files(), &dev(Some(&cache)));
        assert!(!outcome.diagnostics.is_empty() && outcome.envs.is_empty(), "{wrong}{}", told(&outcome));
    }
    edits.set("apps/wrong.vix", String::new());
    assert_same(&expected, &told(&silent(&edits.files(), &dev(Some(&cache)))), "mended");
}

#[test]
fn an_unchanged_file_whose_use_has_lost_its_target_is_told() {
    let cache = Folder::new();
    let mut edits = Edits::new();
    edits.set("apps/twin.vix", "use other.{unused}\n".to_owned());
    silent(&edits.files(), &options(Some(&cache)));
    edits.set("other.vix", String::new());
    let outcome = run(&edits.files(), &options(Some(&cache)));
    assert!(outcome.diagnostics.iter().any(|it| outcome.sources.path(it.primary.span.file) == "apps/twin.vix"), "{}", told(&outcome));
}

#[test]
fn a_folder_and_a_cache_that_lost_files_are_made_whole() {
    let (cache, out) = (Folder::new(), Folder::new());
    let edits = Edits::new();
    let with = Options { output: Output::Folder(out.path().join("build")), ..options(Some(&cache)) };
    let mut random = Random::new(5);
    silent(&edits.files(), &with);
    let read = || {
        let mut files = Vec::new();
        files_below(&out.path().join("build"), &mut files);
        files.retain(|it| it.extension().is_some_and(|it| it == "yaml"));
        files.sort();
        files.into_iter().map(|it| (it.clone(), std::fs::read(it).expect("readable"))).collect::<Vec<_>>()
    };
    let expected = read();
    assert!(expected.len() > 6);
    for round in 0..30 {
        for (path, _) in &expected {
            match random.below(4) {
                0 => std::fs::remove_file(path).expect("removable"),
                1 => std::fs::write(path, "edited: by hand\n").expect("writable"),
                _ => {}
            }
        }
        let damage = hurt(cache.path(), &mut random);
        silent(&edits.files(), &with);
        assert!(read() == expected, "round {round}, {damage}");
    }
}

#[test]
fn builds_at_the_same_time_all_succeed() {
    let (cache, out) = (Folder::new(), Folder::new());
    let with = Options { output: Output::Folder(out.path().join("build")), ..options(Some(&cache)) };
    let mut edits = Edits::new();
    for round in 0..4 {
        edits.replace("apps/a.vix", "nginx:1.", &format!("nginx:1.{round}"));
        let files = edits.files();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| silent(&files, &with));
            }
        });
        let expected = told(&run(&files, &options(None)));
        assert_same(&expected, &told(&run(&files, &options(Some(&cache)))), "after four at once");
    }
}

#[test]
fn what_the_command_line_asks_for_in_vain_has_no_place() {
    let outcome = run(&Edits::new().files(), &Options { select: Select::Env("dav".to_owned()), ..options(None) });
    assert_eq!(told(&outcome), "error[unknown-env] :0..0: there is no environment `dav` ()\n  help: did you mean `dev`?\n");
}

#[test]
fn an_input_that_may_not_be_read_is_told_with_the_reason() {
    let mut files = Edits::new().files();
    files.denied = vec!["files/c.txt".to_owned()];
    let told = told(&run(&files, &options(None)));
    assert!(told.contains("files/c.txt may not be read: permission denied"), "{told}");
}

/// Texts of all units, as `Output::Units` gives them.
fn units(outcome: &Outcome) -> Vec<String> {
    let of = |it: &crate::EnvOutcome| {
        let units: Vec<&crate::BuiltUnit> = it.units.iter().filter(|it| it.objects > 0).collect();
        let texts = outcome.results.texts(&units).expect("no text is lost");
        units.iter().zip(texts).map(|(unit, text)| format!("{} {} {}\n{}", it.name, unit.kind, unit.name, String::from_utf8_lossy(&text))).collect::<Vec<_>>()
    };
    outcome.envs.iter().flat_map(of).collect()
}

#[test]
fn a_revision_begins_with_what_is_remembered_of_the_project() {
    let cache = Folder::new();
    let project = Options { output: Output::Units, ..options(Some(&cache)) };
    let revision = Options { memory: crate::Memory::Revision, ..project.clone() };
    let clean = Options { cache: None, ..project.clone() };
    let old = Edits::new();
    let mut new = Edits::new();
    new.replace("apps/b.vix", "number: 80", "number: 81");
    let all = silent(&new.files(), &project).events.evaluated;
    let first = silent(&old.files(), &revision);
    assert_eq!((first.events.evaluated, first.events.reused), (1, all - 1), "{:?}", first.events);
    for _ in 0..2 {
        for (edits, with) in [(&new, &project), (&old, &revision)] {
            let outcome = silent(&edits.files(), with);
            assert_eq!(outcome.events, Events { reused: all, ..Events::default() });
            assert_eq!(units(&outcome), units(&silent(&edits.files(), &clean)));
            let units: Vec<&crate::BuiltUnit> = outcome.envs.iter().flat_map(|it| &it.units).collect();
            let summaries = outcome.results.summaries(&units).expect("no summary is lost");
            assert!(
                units
                    .iter()
                    .zip(&summaries)
                    .all(|(unit, summary)| (&unit.kind, &unit.name, unit.objects) == (&summary.kind, &summary.name, summary.objects.len()))
            );
        }
    }
}

#[test]
fn each_of_several_names_must_be_declared() {
    let cache = Folder::new();
    let select = |names: &[&str]| Select::Envs(names.iter().map(|it| (*it).to_owned()).collect());
    let with = |names| Options { select: select(names), ..options(Some(&cache)) };
    for _ in 0..2 {
        assert_eq!(silent(&Edits::new().files(), &with(&["prod", "dev"])).envs.len(), 2);
        let outcome = run(&Edits::new().files(), &with(&["dev", "nope"]));
        assert!(outcome.diagnostics.len() == 1 && outcome.diagnostics[0].code.name == "unknown-env", "{}", told(&outcome));
    }
}

/// A definition with one text field in `spec`.
fn definition(field: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: volumes.storage.example.org}}
spec:
  group: storage.example.org
  scope: Cluster
  names: {{kind: Volume, plural: volumes}}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, properties: {{{field}: {{type: string}}}}}}}}}}}}
"
    )
}

#[test]
fn definitions_are_converted_once_and_taken_only_as_agreed() {
    let cache = Folder::new();
    let mut edits = Edits::new();
    edits.set("disks.vix", "kind disk { lower(d) { object Volume \"\\(d.name)\" { spec { size: \"1Gi\" } } } }\ndisk data\n".to_owned());
    edits.replace("envs/dev.vix", "  app b\n", "  app b\n  disk data\n");
    let agree = |text: &str| vec![crate::SchemaFile { path: "volumes.yaml".into(), digest: store::Digest::of(text.as_bytes()) }];
    let (sizes, sorts) = (definition("size"), definition("sort"));
    edits.set("volumes.yaml", sizes.clone());
    let with = Options { schemas: agree(&sizes), ..options(Some(&cache)) };
    let clean = Options { cache: None, ..with.clone() };
    let converted = |edits: &Edits, with: &Options| {
        let outcome = run(&edits.files(), with);
        assert_same(&told(&run(&edits.files(), &Options { cache: None, ..with.clone() })), &told(&outcome), "definitions");
        outcome.events.converted
    };
    assert!(told(&silent(&edits.files(), &clean)).contains("kind: Volume"));
    assert_eq!(converted(&edits, &with), 1);
    edits.replace("disks.vix", "1Gi", "2Gi");
    assert_eq!(converted(&edits, &with), 0, "the pack is remembered");
    edits.set("volumes.yaml", sorts.clone());
    assert_eq!(converted(&edits, &with), 0);
    assert!(told(&run(&edits.files(), &with)).contains("error[schema-changed] volumes.yaml"));
    let with = Options { schemas: agree(&sorts), ..with };
    assert_eq!(converted(&edits, &with), 1);
    assert!(told(&run(&edits.files(), &with)).contains("error[unknown-field] disks.vix"));
    edits.set("volumes.yaml", sizes.clone());
    let with = Options { schemas: agree(&sizes), ..with };
    converted(&edits, &with);
    silent(&edits.files(), &with);
}
