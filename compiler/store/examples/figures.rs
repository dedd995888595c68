//! Measures the store: `cargo run --release -p store --example figures`.
//!
//! Not a test, since it reads the clock. Prints the median of some runs of each step, in milliseconds.

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};
use store::{Content, Digest, Memo, OutFile, Output, file_name};

const RUNS: usize = 15;

fn main() {
    let folder = tempfile::tempdir_in(".").expect("the current folder is writable");
    memo(folder.path());
    output(folder.path());
}

fn show(what: &str, mut times: Vec<Duration>) {
    times.sort();
    println!("{:8.3} ms  {what}", times[times.len() / 2].as_secs_f64() * 1000.0);
}

fn measure<S, T>(what: &str, mut prepare: impl FnMut(usize) -> S, mut step: impl FnMut(S) -> T) {
    let run = |n| {
        let prepared = prepare(n);
        let begin = Instant::now();
        let made = black_box(step(prepared));
        let time = begin.elapsed();
        drop(made);
        time
    };
    show(what, (0..RUNS).map(run).collect());
}

fn results(size: usize) -> Vec<(Digest, Vec<u8>)> {
    (0..1000_u64).map(|n| (Digest::of(&n.to_le_bytes()), n.to_le_bytes().repeat(size / 8))).collect()
}

fn memo(root: &Path) {
    let (state, keys): (_, Vec<Digest>) = (vec![7; 200_000], results(8).iter().map(|it| it.0).collect());
    let cache = |size: usize| root.join(format!("cache-{size}"));
    for size in [500, 5000] {
        Memo::open(&cache(size), "p", "dev").commit(results(size), &keys, &state).expect("the disk is writable");
    }
    measure("open, state of 200 kB", |_| (), |()| Memo::open(&cache(500), "p", "dev"));
    for size in [500, 5000] {
        let what = format!("get_many, 1,000 results of {size} B");
        measure(
            &what,
            |_| Memo::open(&cache(size), "p", "dev"),
            |memo| {
                assert!(memo.get_many(&keys).iter().all(Option::is_some));
                memo
            },
        );
    }
    measure(
        "get one by one, 1,000 results of 500 B",
        |_| Memo::open(&cache(500), "p", "dev"),
        |memo| {
            assert!(keys.iter().all(|it| memo.get(it).is_some()));
            memo
        },
    );
    measure(
        "commit, 1,000 results, 5 MB",
        |n| (Memo::open(&root.join(format!("new-{n}")), "p", "dev"), results(5000)),
        |(mut memo, new)| memo.commit(new, &keys, &state),
    );
    measure(
        "commit of one result beside 1,000; every eighth merges",
        |n| (Memo::open(&cache(5000), "p", "dev"), vec![(Digest::of(&[n as u8]), b"one")]),
        |(mut memo, new)| memo.commit(new, &keys, &state),
    );
}

fn output(root: &Path) {
    let file = |n: usize, content: &str| OutFile {
        name: file_name("app", &format!("instance-{n}")),
        source: Digest::of(content.as_bytes()),
        content: Content::Bytes(content.repeat(300).into_bytes().into()),
    };
    let files = |changed: usize, n: usize| -> Vec<OutFile> {
        (0..1000).map(|it| file(it, &if it < changed { format!("text {it} {n}\n") } else { format!("text {it}\n") })).collect()
    };
    let lock = |folder: &str| Output::lock(root, folder).expect("the disk is writable");
    let source = |n: usize| Digest::of(&n.to_le_bytes());
    measure(
        "publish, 1,000 new files, 4 MB",
        |n| (lock(&format!("build/{n}")), files(0, 0)),
        |(mut output, files)| output.publish(source(0), files).expect("the disk is writable"),
    );
    std::thread::sleep(Duration::from_millis(50));
    measure("lock and unchanged, 1,000 files", |_| (), |()| assert!(lock("build/0").unchanged(&source(0))));
    measure(
        "publish, 1 of 1,000 files changed",
        |n| (lock("build/0"), files(1, n)),
        |(mut output, files)| output.publish(source(1), files).expect("the disk is writable"),
    );
    measure(
        "publish, 500 of 1,000 files changed",
        |n| (lock("build/0"), files(500, n + RUNS)),
        |(mut output, files)| output.publish(source(1), files).expect("the disk is writable"),
    );
}
