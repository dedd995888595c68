//! Names of the kinds and types of Kubernetes and its operators: which one a text means.
//!
//! Invariant: what a library means does not depend on the kinds that a project brings.

use schema::types::{KindId, TypeId};

use super::{Analysis, Module};

impl Analysis {
    /// The Kubernetes kinds that a text names: `Deployment`, `apps/v1.Deployment`, a string with the same, or a group and kind.
    pub fn schema_kinds(&self, text: &str) -> Vec<KindId> {
        if text.contains('/') || text.starts_with("v1.") {
            return self.schemas.kind_by_path(text).into_iter().collect();
        }
        self.best(self.schemas.kind_by_name(text).collect())
    }

    /// The same, as a module means it: a library was written without knowing what kinds a project brings, and means those that come with vix.
    pub fn schema_kinds_in(&self, module: &Module, text: &str) -> Vec<KindId> {
        if self.modules.get(module.0 as usize).is_none_or(|it| it.library == 0) || text.contains('/') {
            return self.schema_kinds(text);
        }
        let shipped: Vec<KindId> = self.schemas.kind_by_name(text).filter(|it| !self.schemas.is_own(*it)).collect();
        if shipped.is_empty() { self.schema_kinds(text) } else { self.best(shipped) }
    }

    /// Of kinds of one name, those that are served, each in its newest version.
    fn best(&self, all: Vec<KindId>) -> Vec<KindId> {
        let served: Vec<KindId> = all.iter().copied().filter(|it| self.schemas.kind_info(*it).served_by_default).collect();
        self.newest(if served.is_empty() { all } else { served })
    }

    /// Of kinds that differ in version only, the newest stable one; kinds of different groups stay.
    fn newest(&self, kinds: Vec<KindId>) -> Vec<KindId> {
        let mut best: Vec<KindId> = Vec::new();
        for kind in kinds {
            let info = self.schemas.kind_info(kind);
            match best.iter_mut().find(|it| self.schemas.kind_info(**it).group == info.group) {
                Some(other) if version_rank(info.version) > version_rank(self.schemas.kind_info(*other).version) => *other = kind,
                Some(_) => {}
                None => best.push(kind),
            }
        }
        best
    }

    /// A named schema type, or a path into one or into a kind.
    pub fn schema_path(&self, text: &str) -> Option<TypeId> {
        if let Some(id) = self.schemas.definition(text) {
            return Some(id);
        }
        let slash = text.find('/')?;
        let mut ends: Vec<usize> = text.match_indices('.').map(|(at, _)| at).filter(|at| *at > slash).collect();
        ends.push(text.len());
        // `group/version.Name` ends at the second dot behind the slash; longer prefixes cannot be names.
        let end = *ends.get(1)?;
        let (head, rest) = text.split_at(end);
        let from = self.schemas.definition(head).or_else(|| self.schemas.kind_by_path(head).map(|it| self.schemas.kind_info(it).ty))?;
        crate::types::schema_walk(self, from, rest)
    }

    /// Short names of all Kubernetes kinds.
    pub fn schema_kind_names(&self) -> Vec<String> {
        self.schemas.kinds().map(|it| self.schemas.kind_info(it).kind.to_owned()).collect()
    }

    /// Full names of all kinds and named types of the schemas.
    pub fn schema_type_names(&self) -> Vec<String> {
        let kinds: Vec<KindId> = self.schemas.kinds().collect();
        self.schemas.definitions().map(|it| it.0.to_owned()).chain(self.kind_names(&kinds)).collect()
    }

    /// Full names of kinds.
    pub fn kind_names(&self, kinds: &[KindId]) -> Vec<String> {
        let group = |group: &str| if group.is_empty() { "core".to_owned() } else { group.to_owned() };
        kinds.iter().map(|it| self.schemas.kind_info(*it)).map(|it| format!("{}/{}.{}", group(it.group), it.version, it.kind)).collect()
    }
}

/// Kubernetes' version priority: stable above beta above alpha, then the greater number (k8s.io/apimachinery/pkg/version/helpers.go).
fn version_rank(version: &str) -> (u8, u32, u32) {
    let rest = version.strip_prefix('v').unwrap_or(version);
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    let major = digits(rest);
    match (rest.find("alpha"), rest.find("beta")) {
        (Some(at), _) => (0, major, digits(&rest[at + 5..])),
        (_, Some(at)) => (1, major, digits(&rest[at + 4..])),
        _ => (2, major, 0),
    }
}
