//! Programs made to cost: each ends in a diagnostic, within bounded time, memory and stack.

use std::time::{Duration, Instant};

use super::kit::{leaf, probe};

/// On the stack that a thread pool's threads have.
fn on_small_stack(run: impl FnOnce() -> String + Send + 'static) -> String {
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap()
}

fn within(limit: Duration, run: impl FnOnce() -> String + Send + 'static) -> String {
    let start = Instant::now();
    let result = on_small_stack(run);
    assert!(start.elapsed() < limit, "{:?}", start.elapsed());
    result
}

#[test]
fn loops_in_loops() {
    let prelude = "fn d(n: Int) -> Int = [for i in 1..1000 => [for j in 1..1000 => [for k in 1..1000 => i + j + k + n].len].len].len";
    let found = within(Duration::from_secs(60), move || leaf(prelude, "d(1)"));
    assert!(found.starts_with("fuel-exhausted"), "{found}");
}

#[test]
fn values_that_share_look_like_trees() {
    let mut prelude = String::from("let x0: List<Json> = [1, 2]\n");
    for n in 1..60 {
        prelude.push_str(&format!("let x{n}: List<Json> = [x{0}, x{0}]\n", n - 1));
    }
    let text = prelude.clone();
    let found = within(Duration::from_secs(60), move || leaf(&text, "json(x59).len"));
    assert!(found.starts_with("fuel-exhausted"), "{found}");
    let text = prelude.clone();
    let found = within(Duration::from_secs(60), move || leaf(&text, "x59 == x59"));
    assert!(found.starts_with("fuel-exhausted"), "{found}");
}

#[test]
fn texts_that_double() {
    let mut prelude = String::from("let s0: String = \"0123456789abcdef\"\n");
    for n in 1..60 {
        prelude.push_str(&format!("let s{n}: String = \"\\(s{0})\\(s{0})\"\n", n - 1));
    }
    let found = within(Duration::from_secs(60), move || leaf(&prelude, "s59.len"));
    assert!(found.starts_with("fuel-exhausted"), "{found}");
}

#[test]
fn large_ranges() {
    assert!(leaf("", "[for i in 1..65536 => i].len").starts_with("65536"));
    assert!(leaf("", "[for i in 0..65536 => i].len").starts_with("range-too-large"));
    assert!(leaf("", "(0..100000000).len").starts_with("range-too-large"));
}

#[test]
fn calls_in_a_long_row() {
    let mut prelude = String::from("fn f0(n: Int) -> Int = n\n");
    for n in 1..2000 {
        prelude.push_str(&format!("fn f{n}(n: Int) -> Int = f{}(n + 1)\n", n - 1));
    }
    let found = within(Duration::from_secs(60), move || leaf(&prelude, "f1999(1)"));
    assert!(found.starts_with("fuel-exhausted"), "{found}");
}

#[test]
fn records_in_a_long_row_of_calls() {
    let mut prelude = String::from("fn f0(n: Int) -> Json = { v: n }\n");
    for n in 1..2000 {
        prelude.push_str(&format!("fn f{n}(n: Int) -> Json = {{ a: [if n > 0 => {{ b {{ c: f{}(n + 1) }} }}] }}\n", n - 1));
    }
    let found = within(Duration::from_secs(60), move || leaf(&prelude, "json(f1999(1)).len"));
    assert!(found.starts_with("fuel-exhausted"), "{found}");
}

#[test]
fn many_keys_written_one_by_one() {
    let found = within(Duration::from_secs(60), || {
        let kind = "lower(p) { let l: List<Int> = [for i in 1..60000 => i]\nobject ConfigMap \"x\" in \"default\" { for i in l { data[\"k\\(i)\"]: \"v\" } } }";
        probe("", kind, "", "").unit("probe", "it").map_or_else(|it| it[0].code.name.to_owned(), |it| it.text.bytes.len().to_string())
    });
    assert!(found.parse::<usize>().is_ok_and(|it| it > 600_000), "{found}");
}

#[test]
fn exhaustion_names_what_cost_most() {
    let project = probe(
        "fn slow(n: Int) -> Int = [for i in 1..60000 => i * n].len",
        "lower(p) { object ConfigMap \"x\" in \"default\" { data { v: \"\\([for i in 1..300 => slow(i)].len)\" } } }",
        "",
        "",
    );
    let errors = project.unit("probe", "it").unwrap_err();
    assert_eq!(errors[0].code.name, "fuel-exhausted");
    assert!(project.errors(&errors).contains("1..60000 (ran "), "{}", project.errors(&errors));
}
