//! The analysis against texts: what is wrong is said once and at its place, what is right is not complained about, and nothing panics.

mod cases;
mod damage;
mod library;
mod support;
