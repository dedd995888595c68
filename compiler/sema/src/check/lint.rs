//! What is worth a warning, and `allow`, which silences one where it stands.

use diag::{Code, Severity, Span, code};
use schema::types::KindId;
use syntax::ast::{self, Entry};
use syntax::literal::version::Version;

use super::Checker;
use crate::analysis::DeclKind;
use crate::diagnostics;
use crate::ty::KindRef;

/// What can be allowed. Some of it is found by link, which looks for `allow` itself.
const LINTS: [Code; 13] = [
    code::ADDRESS_IN_AUTO_RANGE,
    code::DUPLICATE_RESERVE,
    code::EMPTY_NAMESPACE,
    code::KIND_HIDDEN,
    code::NAMESPACE_ON_CLUSTER_SCOPE,
    code::NOT_SERVED,
    code::PLAIN_SECRET,
    code::RESERVE_IN_AUTO_RANGE,
    code::SELECTS_NOTHING,
    code::UNKNOWN_PORT,
    code::UNKNOWN_REFERENCE,
    code::UNKNOWN_VERSION,
    code::UNREACHABLE_ARM,
];

impl Checker<'_> {
    /// `allow CODE "why"`: in the block around it and its head.
    pub(super) fn allow(&mut self, allow: ast::Allow<'_>) {
        let Some((name, word)) = allow.code().and_then(|it| Some((it, it.text()?))) else { return };
        match LINTS.iter().find(|it| it.name == &*word) {
            Some(code) => {
                self.allowed.push((*code, self.span(allow.scope())));
            }
            None => self.report(diagnostics::no_lint(self.span(name.range()), &word, &LINTS.map(|it| it.name))),
        }
    }

    /// As `allow`, for all that stands directly in a declaration.
    pub(super) fn allow_all(&mut self, node: ast::Decl<'_>) {
        for entry in node.entries() {
            if let Entry::Allow(allow) = entry {
                self.allow(allow);
            }
        }
    }

    /// `app: web` or `apps: [web]` in an environment: says how instances are listed.
    pub(super) fn listed_as_field(&mut self) {
        for at in 0..self.sink.len() {
            let found = &self.sink[at];
            if found.code != code::UNKNOWN_FIELD || found.fix.is_some() || found.help.is_some() {
                continue;
            }
            let word = self.source(found.primary.span);
            let kind = [word, word.trim_end_matches('s')].into_iter().find(|it| self.an.kind_by_name(it).is_some());
            self.sink[at].help = kind.map(|it| format!("list each instance on its own: `{it} NAME`"));
        }
    }

    /// Drops the warnings that are allowed.
    pub(super) fn silence(&mut self) {
        let allowed = std::mem::take(&mut self.allowed);
        let is_allowed = |it: &diag::Diagnostic| {
            let at = it.primary.span;
            allowed.iter().any(|(code, block)| *code == it.code && block.start <= at.start && at.end <= block.end)
        };
        self.sink.retain(|it| it.severity == Severity::Error || !is_allowed(it));
    }

    /// Whether instances of a kind of that name can be named here.
    pub(super) fn is_visible_kind(&self, word: &str) -> bool {
        self.library == 0 && self.an.kind_by_name(word).and_then(|it| self.t.kind(it)).is_some_and(|it| self.site.roots || it.is_static)
    }

    /// `let app = ..`: no name hides another.
    pub(super) fn shadows_kind(&mut self, name: Option<ast::Name<'_>>) {
        let Some((name, word)) = name.and_then(|it| Some((it, it.text()?))) else { return };
        if self.library > 0 {
            return;
        }
        let span = self.span(name.range());
        if matches!(&*word, "params" | "settings" | "here" | "name") {
            return self.report(diagnostics::shadowed_name(span, &word));
        }
        if let Some(kind) = self.an.kind_by_name(&word) {
            let decl = self.an.decl(self.an.kind_decls[kind.0 as usize]);
            // Nobody needs to see where the library says so.
            let own = self.an.files[decl.file as usize].library == 0;
            self.report(diagnostics::shadows_kind(span, &word, own.then_some(decl.span)));
        }
    }

    /// A kind of the project whose name is a keyed field of a library's kind.
    pub(super) fn kind_hidden(&mut self, name: Option<ast::Name<'_>>) {
        let Some((name, word)) = name.and_then(|it| Some((it, it.text()?))) else { return };
        if self.library > 0 {
            return;
        }
        let hides = |decl: &&crate::analysis::DeclId| {
            let decl = self.an.decl(**decl);
            let DeclKind::Kind(kind) = decl.kind else { return false };
            let field = self.t.kind(kind).and_then(|it| it.fields.field(&word));
            self.an.files[decl.file as usize].library > 0 && field.is_some_and(|it| self.t.map(it.ty().present().0).is_some())
        };
        if let Some(owner) = self.an.kind_decls.iter().find(hides) {
            let owner = self.an.decl(*owner).name.clone();
            self.report(diagnostics::kind_hidden(self.span(name.range()), &word, &owner));
        }
    }

    /// A Secret whose values are written in the source.
    pub(super) fn plain_secret(&mut self, object: ast::Object<'_>, kind: KindId) {
        let info = self.an.schemas.kind_info(kind);
        if info.kind != "Secret" || !info.group.is_empty() {
            return;
        }
        let entries = object.block().into_iter().flat_map(ast::Block::entries);
        let written = entries.filter_map(|it| if let Entry::Set(set) = it { Some(set) } else { None }).find(|set| {
            let first = set.path().and_then(|it| it.segments().next()).and_then(ast::Segment::text);
            matches!(first.as_deref(), Some("data" | "stringData")) && has_plain_value(*set)
        });
        if let Some(set) = written {
            self.report(diagnostics::plain_secret(self.first_word(set.node())));
        }
    }

    /// A kind that an API server does not serve unless it is told to.
    pub(super) fn not_served(&mut self, head: Span, kind: KindId) {
        let info = self.an.schemas.kind_info(kind);
        if info.served_by_default || self.library > 0 {
            return;
        }
        let is_better = |it: &KindId| {
            let other = self.an.schemas.kind_info(*it);
            other.group == info.group && other.served_by_default
        };
        let served: Vec<KindId> = self.an.schemas.kind_by_name(info.kind).filter(is_better).collect();
        let names = self.an.kind_names(&[kind]);
        let is_custom = info.mask == schema::version::ALL;
        self.report(diagnostics::not_served(head, names.first().map_or("", |it| it), is_custom, self.an.kind_names(&served).last().map(String::as_str)));
    }

    /// A cluster's version that no schema knows.
    pub(super) fn known_version(&mut self, kind: KindRef, node: ast::Decl<'_>) {
        if self.t.kind(kind).is_none_or(|it| &*it.name != "cluster") {
            return;
        }
        let mut sets = node.entries().filter_map(|it| if let Entry::Set(set) = it { Some(set) } else { None });
        let written = sets.find(|it| it.path().and_then(ast::Path::single).as_deref() == Some("kubernetes")).and_then(ast::Set::expr);
        let Some(ast::Expr::String(text)) = written else { return };
        let Some(Ok(version)) = text.is_plain().map(|it| Version::parse(&it)) else { return };
        let known: Vec<u32> = schema::version::minors(self.an.schemas.versions()).collect();
        let (major, minor) = version.line();
        let is_known = major == 1 && known.iter().any(|it| u64::from(*it) == minor);
        if !known.is_empty() && !is_known {
            self.report(diagnostics::unknown_version(self.span(text.range()), &format!("{major}.{minor}"), &known));
        }
    }
}

/// Whether a text of its own is among the values that an entry gives.
fn has_plain_value(set: ast::Set<'_>) -> bool {
    let block = set.block().or(match set.expr() {
        Some(ast::Expr::Block(block)) => Some(block),
        _ => None,
    });
    match (block, set.expr()) {
        (Some(block), _) => block.entries().any(|it| matches!(it, Entry::Set(inner) if has_plain_value(inner))),
        (None, Some(ast::Expr::String(text))) => text.is_plain().is_some_and(|it| !it.is_empty()),
        _ => false,
    }
}
