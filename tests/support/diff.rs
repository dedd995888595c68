//! Two texts beside each other, so that a failed comparison can be read.

use std::fmt::Write as _;

/// Lines shown around a change.
const CONTEXT: usize = 2;
/// Larger texts are cut to where they begin to differ.
const LINES_MAX: usize = 1500;

/// The lines that differ: `-` expected, `+` actual.
pub fn lines(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let old = &old[same..old.len().min(same + LINES_MAX)];
    let new = &new[same..new.len().min(same + LINES_MAX)];
    let script = script(old, new);
    let mut out = String::new();
    let mut last_shown = 0;
    for (at, (sign, line)) in script.iter().enumerate() {
        let near = script[at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(script.len())].iter().any(|it| it.0 != ' ');
        if near {
            if at > last_shown {
                out.push_str("    ...\n");
            }
            writeln!(out, "  {sign} {line}").expect("writing to a string");
            last_shown = at + 1;
        }
    }
    out
}

/// Turns one list into the other along a longest common subsequence.
fn script<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<(char, &'t str)> {
    let mut common = vec![vec![0u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            out.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            out.push(('-', old[i]));
            i += 1;
        } else {
            out.push(('+', new[j]));
            j += 1;
        }
    }
    out
}
