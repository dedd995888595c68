//! Bodies: expressions and blocks are checked against the types expected of them and become the typed tree.
//!
//! One checker a declaration; many run at once over one `Analysis`. Files: `expr` (expressions), `literal` (numbers, strings), `reference` (keys,
//! handles), `member` (fields, methods, calls), `block` (entries), `statement` (`lower` bodies), `writes` (what a literal gives, for required and
//! doubled fields), `arms` (`match`), `lint` (warnings and `allow`), `keys` (key sets), `decl` (declarations), `env` (environments and layers), `overlay`
//! (traits, `each`, `patch`), `external` (`extern`), `assertion` (`check`, `test`), `pasted` (`object yaml`).

mod arms;
mod assertion;
mod below;
mod block;
mod decl;
mod env;
mod expr;
mod external;
pub(crate) mod keys;
mod lint;
mod literal;
mod member;
mod overlay;
mod pasted;
mod reference;
mod statement;
mod writes;

use std::sync::Arc;

use diag::{Diagnostic, FileId, Span};
use syntax::ast;

use crate::analysis::{Analysis, DeclId, Module};
use crate::diagnostics;
use crate::ir::{self, Expr, ExprKind, InstanceRef, Slot};
use crate::relate::{Relation, Types};
use crate::ty::{Domain, KindRef, RecordDef, Ty};

use keys::KeySet;

/// What checking a declaration gives.
#[derive(Debug, Default)]
pub struct Checked {
    /// What is wrong or worth a warning.
    pub diagnostics: Vec<Diagnostic>,
    /// Its typed form; `None` where it has an error of its own.
    pub body: Body,
    /// Instances it refers to, each with a place.
    pub reached: Vec<(InstanceRef, Span)>,
    /// Declarations whose bodies its evaluation runs.
    pub uses: Vec<DeclId>,
}

/// The typed form of a declaration.
#[derive(Debug, Default)]
pub enum Body {
    /// Nothing to run: a type, a schema, or a declaration with an error.
    #[default]
    None,
    /// A constant.
    Let(ir::Let),
    /// A function.
    Function(ir::Function),
    /// A kind.
    Kind(ir::Kind),
    /// An instance.
    Instance(ir::Instance),
    /// An environment or a layer.
    Env(ir::Env),
    /// A trait.
    Trait(ir::Trait),
    /// A `check` or `test`.
    Assertion(ir::Assertion),
}

/// What names mean besides locals, module items and the prelude.
#[derive(Clone, Default)]
struct Site {
    /// Parameters in scope as `params.x`, in the order of their indices.
    params: Option<Vec<(Arc<str>, Ty)>>,
    /// Library whose `settings` are in scope.
    settings: bool,
    /// `here`.
    here: bool,
    /// `name`.
    name: bool,
    /// Roots of kinds that are not static.
    roots: bool,
    /// Kind whose keys `Key` types of this place mean.
    kind: Option<KindRef>,
    /// Final objects.
    objects: assertion::Objects,
}

impl Site {
    /// The roots in scope.
    fn names(&self) -> Vec<&'static str> {
        let roots = [(self.params.is_some(), "params"), (self.settings, "settings"), (self.here, "here"), (self.name, "name")];
        roots.into_iter().filter(|it| it.0).map(|it| it.1).collect()
    }
}

struct Local {
    name: Arc<str>,
    slot: Slot,
    ty: Ty,
}

/// The innermost instance whose body is being checked.
struct Own {
    kind: KindRef,
    keys: Arc<KeySet>,
}

/// Checks one declaration.
pub struct Checker<'a> {
    an: &'a Analysis,
    t: Types<'a>,
    file: FileId,
    library: u32,
    module: Module,
    sink: Vec<Diagnostic>,
    reached: Vec<(InstanceRef, Span)>,
    uses: Vec<DeclId>,
    locals: Vec<Local>,
    next_slot: u32,
    max_slots: u32,
    site: Site,
    own: Vec<Own>,
    /// The last read of a field of a schema type, and whether it was the `metadata` of an object: absent there means absent below.
    read: Option<(Span, bool)>,
    /// How many literals without an expected type are being looked into.
    probes: u32,
    /// Settings, by library, that a wrong name may have been meant for.
    meant: Vec<(u32, u32)>,
    /// Defaults of parameters written out for calls.
    defaults: u32,
    lets: Vec<ir::LetRef>,
    /// Kinds of the final objects that are looked at.
    kinds: Vec<schema::types::KindId>,
    /// A field that holds entries by key is misspelt.
    lost_keys: bool,
    /// The block changes an object that is there: `add` and `remove` may stand in it, keyed lists keep what they hold.
    overlay: bool,
    /// Lints that are silenced, each with the block in which they are.
    allowed: Vec<(diag::Code, Span)>,
}

impl Analysis {
    /// Checks the body of a declaration.
    pub fn check(&self, id: DeclId) -> Checked {
        decl::check(self, id)
    }
}

impl<'a> Checker<'a> {
    fn new(an: &'a Analysis, id: DeclId) -> Self {
        let decl = an.decl(id);
        Self {
            an,
            t: an.types(),
            file: decl.span.file,
            library: an.files[decl.file as usize].library,
            module: decl.module,
            sink: Vec::new(),
            reached: Vec::new(),
            uses: Vec::new(),
            locals: Vec::new(),
            next_slot: 0,
            max_slots: 0,
            site: Site::default(),
            own: Vec::new(),
            read: None,
            probes: 0,
            meant: Vec::new(),
            defaults: 0,
            lets: Vec::new(),
            kinds: Vec::new(),
            lost_keys: false,
            overlay: false,
            allowed: Vec::new(),
        }
    }

    fn span(&self, range: (u32, u32)) -> Span {
        Span::new(self.file, range.0, range.1)
    }

    /// The word an entry begins with: what is wrong with an entry as such stands there.
    fn first_word(&self, node: syntax::tree::Node<'_>) -> Span {
        self.span(node.first_token().map_or(node.range(), |it| it.range()))
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.sink.push(diagnostic);
    }

    fn error(&self, range: (u32, u32)) -> Expr {
        Expr { span: self.span(range), kind: ExprKind::Error }
    }

    /// Binds a name to a new slot.
    fn bind(&mut self, name: Option<ast::Name<'_>>, ty: Ty) -> Option<Slot> {
        let name = name?;
        let text = name.text()?;
        if &*text == "_" {
            return None;
        }
        let shadows = self.locals.iter().any(|it| *it.name == *text)
            || matches!(&*text, "params" | "settings" | "here" | "name")
            || (self.library == 0 && matches!(self.an.item(&self.module, &text), Some(crate::analysis::Item::Let(_) | crate::analysis::Item::Fn(_))))
            || self.is_visible_kind(&text);
        if shadows {
            self.report(diagnostics::shadowed_name(self.span(name.range()), &text));
        }
        let slot = Slot(self.next_slot);
        self.next_slot += 1;
        self.max_slots = self.max_slots.max(self.next_slot);
        self.locals.push(Local { name: Arc::from(&*text), slot, ty });
        Some(slot)
    }

    /// Runs `inner` with the locals it binds forgotten afterwards.
    fn scoped<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        let locals = self.locals.len();
        let next = self.next_slot;
        let result = inner(self);
        self.locals.truncate(locals);
        self.next_slot = next;
        result
    }

    /// Runs `inner` and forgets what it found wrong; tells whether that was nothing.
    fn attempt<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let (found, reached, uses) = (self.sink.len(), self.reached.len(), self.uses.len());
        let result = inner(self);
        if self.sink.len() == found {
            return Some(result);
        }
        self.sink.truncate(found);
        self.reached.truncate(reached);
        self.uses.truncate(uses);
        None
    }

    /// Brings a synthesised expression to the expected type.
    fn coerce(&mut self, expr: Expr, from: &Ty, to: &Ty, leaf: bool) -> Expr {
        let relation = if leaf { self.t.relate_leaf(from, to) } else { self.t.relate(from, to) };
        match relation {
            Relation::Fits => expr,
            Relation::Converts(coercion) => Expr { span: expr.span, kind: ExprKind::Coerce(coercion, Box::new(expr)) },
            Relation::MayBeAbsent => {
                self.report(diagnostics::may_be_absent(expr.span, &self.t.show(to)));
                Expr { span: expr.span, kind: ExprKind::Error }
            }
            Relation::Differs => {
                let diagnostic = diagnostics::type_mismatch(expr.span, &self.t.show(to.present().0), &self.t.show(from));
                let diagnostic = self.mismatch_help(diagnostic, &expr, from, to);
                self.report(diagnostic);
                Expr { span: expr.span, kind: ExprKind::Error }
            }
        }
    }

    /// Adds what certainly helps to a mismatch.
    fn mismatch_help(&self, diagnostic: Diagnostic, expr: &Expr, from: &Ty, to: &Ty) -> Diagnostic {
        let to = to.present().0;
        let text = self.source(expr.span);
        let literal = matches!(expr.kind, ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Number(_) | ExprKind::Ip(_) | ExprKind::Cidr(_));
        if literal && self.quotable(to, text) {
            return diagnostic.fix(expr.span, format!("\"{text}\""), "quote it");
        }
        let printable = matches!(from.base(), Ty::Bool | Ty::Int(..) | Ty::Number | Ty::Ip | Ty::Cidr | Ty::Quantity | Ty::Duration);
        if let Some(element) = self.t.element(to)
            && self.t.element(from).is_none()
            && !matches!(self.t.relate(from, &element), Relation::Differs)
            && !text.contains('\n')
        {
            return diagnostic.fix(expr.span, format!("[{text}]"), "write a list of one");
        }
        if self.spreads(from, to) && !text.contains('\n') {
            let spread = format!("{{ ...{text} }}");
            return diagnostic.fix(expr.span, &spread, format!("write `{spread}`"));
        }
        match (from, to.base()) {
            (_, Ty::Text(Domain::String | Domain::Text)) if printable && !literal && !text.contains('"') => {
                diagnostic.fix(expr.span, format!("\"\\({text})\""), "write it as a text")
            }
            (Ty::Text(Domain::Text), Ty::Text(_)) => diagnostic.note("a `Text` may hold names that are only known when everything is linked"),
            (Ty::Text(_), Ty::Text(domain)) if !text.contains('\n') => diagnostic.help(format!("write `{domain:?}({text})` to check it while building")),
            (Ty::Handle(..), Ty::Text(Domain::Text)) => diagnostic.fix(Span { start: expr.span.end, ..expr.span }, ".name", "read its name"),
            (Ty::Handle(..), Ty::Union(def)) if def.alternatives.iter().any(|it| matches!(it.ty(), Ty::Text(Domain::Text))) => {
                diagnostic.fix(Span { start: expr.span.end, ..expr.span }, ".name", "read its name")
            }
            _ => diagnostic,
        }
    }

    fn source(&self, span: Span) -> &'a str {
        let file = self.an.files.iter().find(|it| it.id == span.file);
        file.and_then(|it| it.tree.source().get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    fn use_type(&mut self, def: &RecordDef) {
        // Bodies of record types with defaults run when a literal leaves the field out.
        if def.fields.iter().any(|it| it.has_default)
            && let Some(name) = &def.name
            && let Some(crate::analysis::Item::Type(index)) = self.an.item(&self.module, name)
        {
            self.uses.push(self.an.types[index as usize].decl);
        }
    }
}
