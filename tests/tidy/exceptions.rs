//! The list of exceptions: `rule | subject | reason`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use crate::support::root;

/// The exceptions to one rule.
pub struct Exceptions {
    rule: &'static str,
    reasons: BTreeMap<String, String>,
    used: Mutex<BTreeSet<String>>,
}

impl Exceptions {
    /// Reads those of `rule`.
    pub fn read(rule: &'static str) -> Self {
        let text = std::fs::read_to_string(root().join("tests/tidy/exceptions.txt")).expect("readable");
        let mut reasons = BTreeMap::new();
        for line in text.lines().filter(|it| !it.starts_with('#') && !it.trim().is_empty()) {
            let parts: Vec<&str> = line.split('|').map(str::trim).collect();
            let [of, subject, reason] = parts[..] else { panic!("not `rule | subject | reason`: {line}") };
            assert!(!reason.is_empty(), "an exception without a reason: {line}");
            if of == rule {
                reasons.insert(subject.to_owned(), reason.to_owned());
            }
        }
        Self { rule, reasons, used: Mutex::default() }
    }

    /// Whether `subject` is one. Ask only about what breaks the rule.
    pub fn allow(&self, subject: &str) -> bool {
        let listed = self.reasons.contains_key(subject);
        if listed {
            self.used.lock().expect("no panic in between").insert(subject.to_owned());
        }
        listed
    }

    /// Fails if an exception is not needed.
    pub fn all_used(&self) {
        let used = self.used.lock().expect("no panic in between");
        let idle: Vec<&String> = self.reasons.keys().filter(|it| !used.contains(*it)).collect();
        assert!(std::env::var_os("VIX_ONLY").is_some() || idle.is_empty(), "exceptions to {} that nothing needs: {idle:?}", self.rule);
    }
}
