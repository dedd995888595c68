//! What two sequences have in common: elements of lists, lines of texts.

/// Two sequences are aligned as long as the product of their lengths is not larger; of larger ones only what begins and ends alike is in common.
const ALIGNED_MAX: usize = 4_000_000;

/// Places of a longest common subsequence on both sides, in order.
pub fn common<T: PartialEq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (left, right) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let middle = if left.len().saturating_mul(right.len()) > ALIGNED_MAX { Vec::new() } else { aligned(left, right) };
    let ends = (0..tail).map(|nth| (old.len() - tail + nth, new.len() - tail + nth));
    (0..head).map(|nth| (nth, nth)).chain(middle.into_iter().map(|(i, j)| (head + i, head + j))).chain(ends).collect()
}

fn aligned<T: PartialEq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    // Row by row: the length of the longest common subsequence of what follows.
    let mut rest = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let at = i * width + j;
            rest[at] = if old[i] == new[j] { rest[at + width + 1] + 1 } else { rest[at + width].max(rest[at + 1]) };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < old.len() && j < new.len() {
        let at = i * width + j;
        if old[i] == new[j] {
            out.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if rest[at + width] >= rest[at + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}
