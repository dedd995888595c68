//! What kubectl reads in our YAML is what we mean: the same objects as in our JSON. Needs kubectl, and no cluster.

use std::io::Write as _;
use std::process::{Command, Stdio};

use build::{Format, Options, Output};
use serde_json::Value;

use crate::support::memory::Memory;
use crate::support::{compile, options, parallel, report, skip};
use crate::{examples, readme, spec, stdlib};

/// Whether kubectl can be started.
pub fn is_there() -> bool {
    Command::new("kubectl").args(["version", "--client"]).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|it| it.success())
}

/// Runs kubectl with a text as its input; gives what it says on both streams.
pub fn run(args: &[&str], input: &str) -> (String, String, bool) {
    let mut child =
        Command::new("kubectl").args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("kubectl can be started");
    let mut stdin = child.stdin.take().expect("it is piped");
    let text = input.to_owned();
    let writer = std::thread::spawn(move || drop(stdin.write_all(text.as_bytes())));
    let output = child.wait_with_output().expect("kubectl ends");
    writer.join().expect("writing does not panic");
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned(), output.status.success())
}

/// Everything in the repository that builds without a word, as (name, YAML, JSON).
pub fn built() -> Vec<(String, String, String)> {
    let mut projects: Vec<(String, Memory)> = examples::folders().iter().map(|it| (it.to_string_lossy().into_owned(), Memory::of_folder(it))).collect();
    projects.push(readme::project());
    projects.extend(stdlib::projects());
    projects.extend(spec::pages().iter().flat_map(|it| spec::cases(it)).map(|it| (it.name, it.files)));
    let built = parallel(&projects, |(name, files)| {
        let yaml = compile(files, &options(Output::Memory));
        if !yaml.diagnostics.is_empty() {
            return Vec::new();
        }
        let json = compile(files, &Options { format: Format::Json, ..options(Output::Memory) });
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let envs = yaml.envs.iter().zip(&json.envs).filter(|it| it.0.objects > 0);
        envs.map(|(yaml, json)| (format!("{name} ({})", yaml.name), text(&yaml.text.to_vec()), text(&json.text.to_vec()))).collect()
    });
    built.into_iter().flatten().collect()
}

#[test]
fn kubectl_reads_what_is_meant() {
    if !is_there() {
        return skip("kubectl_reads_what_is_meant", "no kubectl in PATH");
    }
    let built = built();
    assert!(!built.is_empty(), "nothing was built");
    // One call for all: `---` between what are streams of documents.
    let all: Vec<&str> = built.iter().map(|it| it.1.as_str()).collect();
    let (out, said, ok) = run(&["annotate", "--local", "-f", "-", "-o", "json", "x=y"], &all.join("---\n"));
    assert!(ok, "{said}");
    let mut read = serde_json::Deserializer::from_str(&out).into_iter::<Value>().map(|it| it.expect("kubectl writes JSON"));
    let mut failures = Vec::new();
    for (name, _, json) in &built {
        for meant in documents(json) {
            let mut read = read.next().expect("kubectl writes as many objects as it reads");
            unmark(&mut read);
            if read != meant {
                failures.push(format!("{name}\n  meant {meant}\n  read  {read}"));
            }
        }
    }
    report("the objects", failures);
}

/// The objects of our JSON: a list, or an object of kind `List`.
pub fn documents(json: &str) -> Vec<Value> {
    match serde_json::from_str(json).expect("we write JSON") {
        Value::Array(items) => items,
        Value::Object(mut list) if list.get("kind").is_some_and(|it| it == "List") => match list.remove("items") {
            Some(Value::Array(items)) => items,
            _ => panic!("a list has items"),
        },
        one => vec![one],
    }
}

/// Takes away what `kubectl annotate` added.
fn unmark(object: &mut Value) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.remove("x");
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
}
