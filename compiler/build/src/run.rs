//! One build, from files to output.

use std::sync::Arc;

use diag::Sink;

use crate::options::{Events, Options, Outcome, Sources};
use crate::world::World;
use crate::{load, project};

/// Builds what `options` asks for.
pub fn run(world: &dyn World, _options: &Options) -> Outcome {
    let mut sources = Sources::default();
    let mut events = Events::default();
    let mut sink = Sink::new();
    let found = match world.walk() {
        Ok(found) => found,
        Err(fault) => return Outcome { faults: vec![format!("{}: {}", fault.path, fault.reason)], ..Outcome::default() },
    };
    let mut paths: Vec<Arc<str>> = found.into_iter().map(|it| it.path.into()).collect();
    paths.sort();
    let (loaded, faults) = load::project(world, &paths, &mut sources, &mut events);
    faults.into_iter().for_each(|it| sink.push(it));
    let library = load::library(&mut sources);
    let mut files = Vec::new();
    for it in loaded.into_iter().chain(library) {
        it.diagnostics.into_iter().for_each(|it| sink.push(it));
        files.push(it.file);
    }
    let _project = project::check(files, &[], None, &mut sink);
    Outcome { sources, diagnostics: sink.into_sorted(), events, ..Outcome::default() }
}
