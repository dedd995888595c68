//! Types as written become types as meant. Not here: how they relate (`relate`).

use std::sync::{Arc, OnceLock};

use diag::{Diagnostic, FileId, Span};
use schema::types::{KindId, Type, TypeId};
use syntax::ast::{self, Expr, RefineArg, TypeAtom};

use crate::analysis::{Analysis, Item, Module};
use crate::diagnostics;
use crate::ty::{Domain, FieldDef, RecordDef, RefTarget, Refine, Ty, UnionDef};

/// Resolves the types of one file.
pub struct TypeResolver<'a> {
    /// Everything declared.
    pub analysis: &'a Analysis,
    /// Where the types stand.
    pub file: FileId,
    /// Names in scope.
    pub module: Module,
    /// What is wrong.
    pub sink: Vec<Diagnostic>,
    /// Aliases being resolved, to find cycles.
    pub stack: Vec<u32>,
}

impl<'a> TypeResolver<'a> {
    /// A resolver for types of `file`.
    pub fn new(analysis: &'a Analysis, file: FileId, module: Module) -> Self {
        Self { analysis, file, module, sink: Vec::new(), stack: Vec::new() }
    }

    fn span(&self, range: (u32, u32)) -> Span {
        Span::new(self.file, range.0, range.1)
    }

    /// The type, or `Error` where it is reported or missing.
    pub fn resolve(&mut self, ty: Option<ast::Type<'_>>) -> Ty {
        let Some(ty) = ty else { return Ty::Error };
        let atoms: Vec<TypeAtom<'_>> = ty.atoms().collect();
        let meant = match atoms.as_slice() {
            [] => Ty::Error,
            [one] => self.atom(*one),
            many => self.alternatives(many, ty.range()),
        };
        if ty.is_optional() { meant.optional() } else { meant }
    }

    fn alternatives(&mut self, atoms: &[TypeAtom<'_>], range: (u32, u32)) -> Ty {
        let mut values: Vec<Arc<str>> = Vec::new();
        for atom in atoms {
            match atom {
                TypeAtom::String(text) => values.extend(text.is_plain().map(|it| Arc::from(&*it))),
                other => match self.atom(*other) {
                    Ty::Enum(more) => values.extend(more.iter().cloned()),
                    Ty::Error => return Ty::Error,
                    _ => {
                        self.sink.push(diagnostics::untagged_union(self.span(range)));
                        return Ty::Error;
                    }
                },
            }
        }
        Ty::Enum(values.into())
    }

    fn atom(&mut self, atom: TypeAtom<'_>) -> Ty {
        match atom {
            TypeAtom::Name(name) => self.named(name),
            TypeAtom::String(text) => text.is_plain().map_or(Ty::Error, |it| Ty::Enum([Arc::from(&*it)].into())),
            TypeAtom::Fields(fields) => {
                let def = self.declare_record(None, fields);
                self.fill_record(&def, fields);
                Ty::Record(def)
            }
            TypeAtom::OneOf(one_of) => match one_of.fields() {
                Some(fields) => {
                    let def = self.declare_union(None, fields);
                    self.fill_union(&def, fields);
                    Ty::Union(def)
                }
                None => Ty::Error,
            },
            TypeAtom::Paren(paren) => self.resolve(paren.ty()),
        }
    }

    /// A record with its field names, types to follow.
    pub fn declare_record(&mut self, name: Option<Arc<str>>, fields: ast::Fields<'_>) -> Arc<RecordDef> {
        let mut def = RecordDef { name, fields: Vec::new(), unions: Vec::new() };
        for item in fields.items() {
            match item {
                ast::FieldItem::Field(field) => self.declare_field(&mut def.fields, field),
                ast::FieldItem::OneOf(one_of) => self.declare_group(&mut def, one_of),
            }
        }
        Arc::new(def)
    }

    /// Fields of a `one of { .. }` inside a record: each optional, exactly one present.
    pub fn declare_group(&mut self, def: &mut RecordDef, one_of: ast::OneOfField<'_>) {
        let before = def.fields.len();
        for item in one_of.fields().into_iter().flat_map(ast::Fields::items) {
            if let ast::FieldItem::Field(field) = item {
                self.declare_field(&mut def.fields, field);
            }
        }
        def.unions.push(def.fields[before..].iter().map(|it| it.name.clone()).collect());
    }

    /// A field with its name, type to follow.
    pub fn declare_field(&mut self, fields: &mut Vec<FieldDef>, field: ast::Field<'_>) {
        let Some(param) = field.param() else { return };
        self.declare_param(fields, param, field.is_param(), field.is_final());
    }

    /// A parameter as a field.
    pub fn declare_param(&mut self, fields: &mut Vec<FieldDef>, param: ast::Param<'_>, is_param: bool, is_final: bool) {
        let Some(name) = param.name() else { return };
        let Some(text) = name.text() else { return };
        let span = self.span(name.range());
        if let Some(other) = fields.iter().find(|it| *it.name == *text) {
            self.sink.push(diagnostics::duplicate_declaration("field", &text, span, other.span));
            return;
        }
        fields.push(FieldDef {
            name: Arc::from(&*text),
            ty: OnceLock::new(),
            default: OnceLock::new(),
            has_default: param.default().is_some(),
            param: is_param,
            fixed: is_final,
            span,
        });
    }

    /// The types of a declared record's fields.
    pub fn fill_record(&mut self, def: &RecordDef, fields: ast::Fields<'_>) {
        for item in fields.items() {
            match item {
                ast::FieldItem::Field(field) => self.fill_field(&def.fields, field.param(), false),
                ast::FieldItem::OneOf(one_of) => {
                    for inner in one_of.fields().into_iter().flat_map(ast::Fields::items) {
                        if let ast::FieldItem::Field(field) = inner {
                            self.fill_field(&def.fields, field.param(), true);
                        }
                    }
                }
            }
        }
    }

    /// The type of one field; `optional` for members of a group.
    pub fn fill_field(&mut self, fields: &[FieldDef], param: Option<ast::Param<'_>>, optional: bool) {
        let Some(param) = param else { return };
        let ty = self.resolve(param.ty());
        let ty = if optional { ty.optional() } else { ty };
        let range = param.name().map(|it| self.span(it.range()));
        if let Some(field) = fields.iter().find(|it| Some(it.span) == range) {
            // A second setting of the same lock cannot happen: each span belongs to one field.
            let _ = field.ty.set(ty);
        }
    }

    /// A union with its alternatives' names, types to follow.
    pub fn declare_union(&mut self, name: Option<Arc<str>>, fields: ast::Fields<'_>) -> Arc<UnionDef> {
        let mut alternatives = Vec::new();
        for item in fields.items() {
            if let ast::FieldItem::Field(field) = item {
                self.declare_field(&mut alternatives, field);
            }
        }
        Arc::new(UnionDef { name, alternatives })
    }

    /// The types of a declared union's alternatives.
    pub fn fill_union(&mut self, def: &UnionDef, fields: ast::Fields<'_>) {
        for item in fields.items() {
            if let ast::FieldItem::Field(field) = item {
                self.fill_field(&def.alternatives, field.param(), false);
            }
        }
    }

    fn named(&mut self, name: ast::TypeName<'_>) -> Ty {
        let Some(gvk) = name.gvk() else { return Ty::Error };
        let Some(text) = gvk.text() else { return Ty::Error };
        let args: Vec<ast::Type<'_>> = name.args().collect();
        let ty = match (&*text, args.as_slice()) {
            ("List", [element]) => self.resolve(Some(*element)).list(),
            ("Map", [key, value]) => Ty::Map(Arc::new((self.resolve(Some(*key)), self.resolve(Some(*value))))),
            ("Partial", [inner]) => match self.resolve(Some(*inner)) {
                Ty::Error => Ty::Error,
                Ty::Object(kind) => Ty::Partial(Arc::new(Ty::Schema(self.analysis.schemas.kind_info(kind).ty))),
                ty => Ty::Partial(Arc::new(ty)),
            },
            ("Ref", [target]) => self.reference(*target),
            ("Key", [path]) => self.key(*path),
            ("List" | "Map" | "Partial" | "Ref" | "Key", _) => {
                self.sink.push(diagnostics::type_arguments(self.span(name.range()), &text, if &*text == "Map" { 2 } else { 1 }));
                Ty::Error
            }
            (_, []) => self.plain(&text, gvk.range()),
            _ => {
                self.sink.push(diagnostics::type_arguments(self.span(name.range()), &text, 0));
                Ty::Error
            }
        };
        match name.refine() {
            Some(refine) => self.refined(ty, refine),
            None => ty,
        }
    }

    fn plain(&mut self, text: &str, range: (u32, u32)) -> Ty {
        if let Some(ty) = built_in(text) {
            return ty;
        }
        if let Some(Item::Type(index)) = self.analysis.item(&self.module, text) {
            return self.declared(index);
        }
        if let Some((kind, path)) = self.vix_kind(text) {
            return Ty::Instance(kind, path);
        }
        match self.analysis.schema_kinds_in(&self.module, text).as_slice() {
            [kind] => return Ty::Object(*kind),
            [] => {}
            many => {
                self.sink.push(diagnostics::ambiguous_kind(self.span(range), text, &self.analysis.kind_names(many)));
                return Ty::Error;
            }
        }
        if let Some(id) = self.analysis.schema_path(text) {
            return self.analysis.types().schema_view(id);
        }
        if let Some(module) = self.analysis.declaring_module(self.analysis.library_of(self.module), text, |it| matches!(it, Item::Type(_))) {
            self.sink.push(diagnostics::unknown_type_elsewhere(self.span(range), text, module));
            return Ty::Error;
        }
        let candidates = if text.contains('/') { self.analysis.schema_type_names() } else { self.analysis.type_names(&self.module) };
        self.sink.push(diagnostics::unknown_type(self.span(range), text, &candidates));
        Ty::Error
    }

    /// `network`, `network.vlan`: a kind of vix and a path of keyed fields. `gateway.networking.k8s.io/v1.Gateway` is none, though a kind may be named `gateway`.
    fn vix_kind(&self, text: &str) -> Option<(crate::ty::KindRef, Arc<[Arc<str>]>)> {
        if text.contains('/') {
            return None;
        }
        let mut words = text.split('.');
        let kind = self.analysis.kind_by_name(words.next()?)?;
        Some((kind, words.map(Arc::from).collect()))
    }

    /// A type of the project or the library; aliases are resolved on demand.
    pub fn declared(&mut self, index: u32) -> Ty {
        let entry = &self.analysis.types[index as usize];
        if let Some(ty) = entry.ty.get() {
            return ty.clone();
        }
        if self.stack.contains(&index) {
            let from = self.stack.iter().position(|it| *it == index).unwrap_or(0);
            let mut cycle: Vec<u32> = self.stack[from..].to_vec();
            let least = cycle.iter().enumerate().min_by_key(|it| it.1).map_or(0, |it| it.0);
            cycle.rotate_left(least);
            let steps: Vec<(String, Span)> = cycle.iter().map(|it| &self.analysis.types[*it as usize]).map(|it| (it.name.to_string(), it.span)).collect();
            self.sink.push(diagnostics::cycle("type", &steps[0].0, steps[0].1, &steps));
            return Ty::Error;
        }
        self.stack.push(index);
        let mut inner = TypeResolver::new(self.analysis, entry.span.file, entry.module);
        inner.stack = std::mem::take(&mut self.stack);
        let ty = self.analysis.type_decl(index).map_or(Ty::Error, |decl| inner.alias(decl));
        self.stack = std::mem::take(&mut inner.stack);
        self.stack.pop();
        self.sink.append(&mut inner.sink);
        let _ = entry.ty.set(ty.clone());
        ty
    }

    fn alias(&mut self, decl: ast::TypeDecl<'_>) -> Ty {
        match decl.kinds() {
            Some(kinds) => Ty::Ref(self.kinds(kinds)),
            None => self.resolve(decl.ty()),
        }
    }

    /// A set of kinds, as targets.
    pub fn kinds(&mut self, kinds: ast::Kinds<'_>) -> Arc<[RefTarget]> {
        kinds.gvks().flat_map(|gvk| self.targets(gvk)).collect()
    }

    /// What one word of a set means.
    pub fn targets(&mut self, gvk: ast::Gvk<'_>) -> Vec<RefTarget> {
        let Some(text) = gvk.text() else { return Vec::new() };
        if let Some((kind, path)) = self.vix_kind(&text)
            && path.is_empty()
        {
            return vec![RefTarget::Instance(kind)];
        }
        if let Some(Item::Type(index)) = self.analysis.item(&self.module, &text)
            && let Ty::Ref(targets) = self.declared(index)
        {
            return targets.to_vec();
        }
        let kinds = self.schema_kind(gvk);
        kinds.into_iter().map(RefTarget::Object).collect()
    }

    /// The Kubernetes kind that is named, reported where there is none or more than one.
    pub fn schema_kind(&mut self, gvk: ast::Gvk<'_>) -> Option<KindId> {
        self.schema_kind_of(&gvk.text()?, self.span(gvk.range()))
    }

    /// The Kubernetes kind of a text at that place.
    pub fn schema_kind_of(&mut self, text: &str, span: Span) -> Option<KindId> {
        match self.analysis.schema_kinds_in(&self.module, text).as_slice() {
            [kind] => Some(*kind),
            [] => {
                let candidates = self.analysis.schema_kind_names();
                self.sink.push(diagnostics::unknown_kind(span, text, &candidates));
                None
            }
            many => {
                self.sink.push(diagnostics::ambiguous_kind(span, text, &self.analysis.kind_names(many)));
                None
            }
        }
    }

    fn reference(&mut self, target: ast::Type<'_>) -> Ty {
        let mut targets = Vec::new();
        for atom in target.atoms() {
            if let TypeAtom::Name(name) = atom
                && let Some(gvk) = name.gvk()
            {
                targets.extend(self.targets(gvk));
            }
        }
        if targets.is_empty() { Ty::Error } else { Ty::Ref(targets.into()) }
    }

    fn key(&mut self, path: ast::Type<'_>) -> Ty {
        let words: Option<Arc<[Arc<str>]>> = path.atoms().next().and_then(|atom| match atom {
            TypeAtom::Name(name) => Some(name.gvk()?.text()?.split('.').map(Arc::from).collect()),
            _ => None,
        });
        words.map_or(Ty::Error, Ty::Key)
    }

    fn refined(&mut self, ty: Ty, refine: ast::Refine<'_>) -> Ty {
        let mut bounds = Refine::default();
        let (mut low, mut high) = (None, None);
        for arg in refine.args() {
            match arg {
                RefineArg::Range(range) => {
                    low = range.low().and_then(integer);
                    high = range.high().and_then(integer);
                }
                RefineArg::Arg(arg) => self.refine_arg(&ty, arg, &mut bounds, &mut low, &mut high),
            }
        }
        let types = self.analysis.types();
        let wrong = |why: &str| diagnostics::bad_refinement(self.span(refine.range()), &types.show(&ty), why);
        let lengths = bounds.min.is_some() || bounds.max.is_some();
        let textual = matches!(ty.base(), Ty::Text(domain) if *domain != Domain::Text);
        let sized = textual || types.element(&ty).is_some() || types.map(&ty).is_some();
        let fault = match ty.base() {
            Ty::Error => None,
            Ty::Int(a, b) => match (low.or(*a), high.or(*b)) {
                (Some(low), Some(high)) if low > high => Some(wrong("the range holds no number")),
                _ if lengths || bounds.pattern.is_some() => Some(wrong("numbers are refined by a range, `min` and `max`")),
                _ => None,
            },
            _ if low.is_some() || high.is_some() => Some(wrong("a range refines `Int` only")),
            _ if bounds.min.zip(bounds.max).is_some_and(|(min, max)| min > max) => Some(wrong("no length is left")),
            _ if bounds.pattern.is_some() && !textual => Some(wrong("`match` refines texts")),
            _ if lengths && !sized => Some(wrong("`min`, `max` and `len` refine texts, lists and maps")),
            _ => None,
        };
        if let Some(fault) = fault {
            self.sink.push(fault);
            return ty;
        }
        match ty {
            Ty::Int(a, b) => Ty::Int(low.or(a), high.or(b)),
            Ty::Error => Ty::Error,
            ty => Ty::Refined(Arc::new((ty, bounds))),
        }
    }

    fn refine_arg(&mut self, ty: &Ty, arg: ast::Arg<'_>, bounds: &mut Refine, low: &mut Option<i64>, high: &mut Option<i64>) {
        let span = self.span(arg.range());
        let name = arg.name().and_then(|it| it.text().map(std::borrow::Cow::into_owned)).unwrap_or_default();
        let number = arg.expr().and_then(integer);
        match (name.as_str(), number) {
            ("min", Some(value)) if matches!(ty, Ty::Int(..)) => *low = Some(value),
            ("max", Some(value)) if matches!(ty, Ty::Int(..)) => *high = Some(value),
            ("min", Some(value)) => bounds.min = u64::try_from(value).ok(),
            ("max", Some(value)) => bounds.max = u64::try_from(value).ok(),
            ("len", Some(value)) => {
                bounds.min = u64::try_from(value).ok();
                bounds.max = bounds.min;
            }
            ("match", _) => match arg.expr() {
                Some(Expr::String(text)) if text.is_plain().is_some() => {
                    let pattern = text.is_plain().unwrap_or_default().into_owned();
                    match crate::pattern::compile(&pattern) {
                        Ok(regex) => bounds.pattern = Some(Arc::new((pattern.into(), regex))),
                        Err(why) => self.sink.push(diagnostics::bad_pattern(span, &why)),
                    }
                }
                _ => self.sink.push(diagnostics::bad_refinement(span, "match", "`match` takes a string without holes")),
            },
            _ => self.sink.push(diagnostics::bad_refinement(span, &name, "a refinement is a range, or `min`, `max`, `len` or `match`")),
        }
    }
}

/// The integer that an expression literally is.
fn integer(expr: Expr<'_>) -> Option<i64> {
    match expr.unparen() {
        Expr::Number(number) => number.text().replace('_', "").parse().ok(),
        Expr::Unary(unary) if unary.op().is_some_and(|it| it.text() == "-") => integer(unary.expr()?).map(i64::wrapping_neg),
        _ => None,
    }
}

/// Types every file knows.
fn built_in(text: &str) -> Option<Ty> {
    Some(match text {
        "Bool" => Ty::Bool,
        "Int" => Ty::INT,
        "Port" => Ty::PORT,
        "Number" => Ty::Number,
        "Text" => Ty::TEXT,
        "String" => Ty::STRING,
        "Name" => Ty::Text(Domain::Name),
        "Hostname" => Ty::Text(Domain::Hostname),
        "Image" => Ty::Text(Domain::Image),
        "Path" => Ty::Text(Domain::Path),
        "Version" => Ty::Text(Domain::Version),
        "Cron" => Ty::Text(Domain::Cron),
        "LabelKey" => Ty::Text(Domain::LabelKey),
        "LabelValue" => Ty::Text(Domain::LabelValue),
        "PortName" => Ty::Text(Domain::PortName),
        "EnvName" => Ty::Text(Domain::EnvName),
        "FileName" => Ty::Text(Domain::FileName),
        "Quantity" => Ty::Quantity,
        "Duration" => Ty::Duration,
        "Percent" => Ty::Percent,
        "Ip" => Ty::Ip,
        "Cidr" => Ty::Cidr,
        "IpRange" => Ty::IpRange,
        "File" => Ty::File,
        "Json" => Ty::Json,
        "IntOrString" => Ty::IntOrString,
        "SecretKey" => Ty::SecretKey,
        "ConfigKey" => Ty::ConfigKey,
        "SecretSource" => Ty::SecretSource,
        "PodField" => Ty::PodField,
        _ => return None,
    })
}

/// Names of the types every file knows, for suggestions and completion.
pub const BUILT_IN: &[&str] = &[
    "Bool",
    "Int",
    "Port",
    "Number",
    "Text",
    "String",
    "Name",
    "Hostname",
    "Image",
    "Path",
    "Version",
    "Cron",
    "LabelKey",
    "LabelValue",
    "PortName",
    "EnvName",
    "FileName",
    "Quantity",
    "Duration",
    "Percent",
    "Ip",
    "Cidr",
    "IpRange",
    "File",
    "Json",
    "IntOrString",
    "SecretKey",
    "ConfigKey",
    "SecretSource",
    "PodField",
    "List",
    "Map",
    "Partial",
    "Ref",
    "Key",
];

/// Follows a path of fields and `[]` into a schema type.
pub fn schema_walk(analysis: &Analysis, from: TypeId, steps: &str) -> Option<TypeId> {
    let mut at = from;
    for step in steps.split('.').filter(|it| !it.is_empty()) {
        let (field, items) = step.split_once('[').map_or((step, 0), |(field, rest)| (field, 1 + rest.matches('[').count()));
        at = match analysis.schemas.ty(at) {
            Type::Record(record) => record.field(field)?.ty,
            _ => return None,
        };
        for _ in 0..items {
            at = match analysis.schemas.ty(at) {
                Type::List { element, .. } => element,
                Type::Map { value, .. } => value,
                _ => return None,
            };
        }
    }
    Some(at)
}
