//! Turns every page `explain/<code>.md` into a constant, so that a code without a page does not compile.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=explain");
    let mut names: Vec<String> = fs::read_dir("explain")
        .expect("the folder of error pages is part of the source")
        .map(|entry| entry.expect("readable folder").file_name().into_string().expect("ASCII file names"))
        .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
        .collect();
    names.sort();
    let root = env::var("CARGO_MANIFEST_DIR").expect("set by cargo");
    let mut out = String::new();
    for name in &names {
        let constant = name.to_uppercase().replace('-', "_");
        writeln!(
            out,
            "/// `{name}`: see its page.\npub const {constant}: Code = Code {{ name: {name:?}, page: include_str!({:?}) }};",
            format!("{root}/explain/{name}.md")
        )
        .expect("writing to a string");
    }
    writeln!(out, "/// Every code, sorted by name.\npub const ALL: &[Code] = &[").expect("writing to a string");
    for name in &names {
        writeln!(out, "    {},", name.to_uppercase().replace('-', "_")).expect("writing to a string");
    }
    out.push_str("];\n");
    let path = PathBuf::from(env::var("OUT_DIR").expect("set by cargo")).join("codes.rs");
    fs::write(path, out).expect("cargo's output folder is writable");
}
