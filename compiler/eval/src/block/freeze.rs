//! A node becomes a value: defaults are filled in, what is missing is reported, alternatives are counted.

use sema::ty::{FieldDef, RecordDef, Ty, UnionDef};

use super::Shape;
use super::node::{Content, Level, Node, Slot};
use crate::diagnostics;
use crate::machine::{Eval, Run};
use crate::value::{Entry, Value};

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// The value of a node, whose type is `shape`.
    pub fn freeze(&mut self, mut node: Box<Node<'a>>, shape: Shape<'a>) -> Run<Value<'a>> {
        let at = node.at;
        if node.pruned {
            node.retain(|it| !matches!(it.content, Content::Value(Value::Absent)));
        }
        self.close_children(&mut node, shape)?;
        self.pay(node.slots.len() + 1, at)?;
        let value = match shape {
            _ if node.element.is_some() => {
                Value::List(self.arena.alloc_slice_fill_iter(node.slots.drain(..).map(|it| value_of(&it.content).unwrap_or(Value::Absent))))
            }
            Shape::Ty(ty) => {
                match ty.base() {
                    Ty::Record(def) => self.complete(&mut node, def)?,
                    Ty::Union(def) => self.one_alternative(&mut node, def)?,
                    Ty::List(_) if node.slots.is_empty() => {
                        self.pool.give(node);
                        return Ok(Value::List(&[]));
                    }
                    _ => {}
                }
                let value = Value::Record(self.entries(&mut node));
                if matches!(ty, Ty::Refined(_)) {
                    self.check(value, ty, at)?;
                }
                value
            }
            Shape::Partial(ty) => {
                if let Ty::Union(def) = ty.base() {
                    self.one_alternative(&mut node, def)?;
                }
                Value::Record(self.entries(&mut node))
            }
            Shape::Schema(_) if node.slots.is_empty() && shape.is_list(self.setting.program) => Value::List(&[]),
            Shape::Schema(_) | Shape::Unknown => Value::Record(self.entries(&mut node)),
        };
        self.pool.give(node);
        Ok(value)
    }

    /// The fields of an instance: its kind's record.
    pub fn freeze_fields(&mut self, mut node: Box<Node<'a>>, def: &'a RecordDef) -> Run<&'a [Entry<'a>]> {
        for slot in &mut node.slots {
            let Content::Open(_) = slot.content else { continue };
            let Content::Open(child) = std::mem::replace(&mut slot.content, Content::Value(Value::Absent)) else { continue };
            let inner = def.field(slot.key).map_or(Shape::Unknown, |it| Shape::of(it.ty(), self.setting.program));
            slot.content = Content::Value(self.freeze(child, inner)?);
        }
        self.complete(&mut node, def)?;
        self.pay(node.slots.len() + 1, node.at)?;
        let fields = self.entries(&mut node);
        self.pool.give(node);
        Ok(fields)
    }

    fn close_children(&mut self, node: &mut Node<'a>, shape: Shape<'a>) -> Run<()> {
        for slot in &mut node.slots {
            let Content::Open(_) = slot.content else { continue };
            let Content::Open(child) = std::mem::replace(&mut slot.content, Content::Value(Value::Absent)) else { continue };
            // Below a schema's type only an empty block asks what it is.
            let inner = match shape {
                Shape::Schema(_) if !child.slots.is_empty() && child.slots.iter().all(|it| matches!(it.content, Content::Value(_))) => Shape::Unknown,
                _ => shape.step(slot.key, self.setting.program),
            };
            self.enter(slot.at)?;
            slot.content = Content::Value(self.freeze(child, inner)?);
            self.leave();
        }
        Ok(())
    }

    fn entries(&mut self, node: &mut Node<'a>) -> &'a [Entry<'a>] {
        self.arena.alloc_slice_fill_iter(node.slots.drain(..).map(|slot| Entry {
            key: slot.key,
            value: value_of(&slot.content).unwrap_or(Value::Absent),
            at: slot.at,
            is_default: slot.level == Level::Default,
            is_final: slot.fixed,
        }))
    }

    /// Fills in what is declared and not written.
    fn complete(&mut self, node: &mut Node<'a>, def: &'a RecordDef) -> Run<()> {
        for field in &def.fields {
            if node.position(&field.name).is_some() {
                continue;
            }
            if let Some(default) = field.default.get() {
                // A default of an alternative stands only where no other alternative was written.
                if def.union_of(&field.name).is_some_and(|group| group.iter().any(|it| node.position(it).is_some())) {
                    continue;
                }
                let value = self.framed(0, |it| it.eval(default))?;
                self.push_default(node, field, value);
            } else if field.required() && def.union_of(&field.name).is_none() && !matches!(field.ty(), Ty::Error) {
                return self.fail(diagnostics::missing_field(node.at, &field.name, def.name.as_deref(), field.span));
            }
        }
        for group in &def.unions {
            self.one_of(node, group.iter().map(|it| &**it))?;
        }
        Ok(())
    }

    fn push_default(&mut self, node: &mut Node<'a>, field: &'a FieldDef, value: Value<'a>) {
        if !value.is_absent() {
            node.push(Slot { key: &field.name, content: Content::Value(value), at: field.span, level: Level::Default, sequence: 0, fixed: false });
        }
    }

    fn one_alternative(&mut self, node: &mut Node<'a>, def: &'a UnionDef) -> Run<()> {
        self.one_of(node, def.alternatives.iter().map(|it| &*it.name))
    }

    /// Exactly one of a group: the later of two of which one may be overridden.
    fn one_of(&mut self, node: &mut Node<'a>, group: impl Iterator<Item = &'a str> + Clone) -> Run<()> {
        let mut present: Vec<(&'a str, Level, u32, diag::Span)> =
            node.slots.iter().filter(|slot| group.clone().any(|it| it == slot.key)).map(|it| (it.key, it.level, it.sequence, it.at)).collect();
        match present.as_slice() {
            [_] => return Ok(()),
            [] => {
                let names: Vec<&str> = group.collect();
                return self.fail(diagnostics::missing_alternative(node.at, &names));
            }
            _ => {}
        }
        present.sort_by_key(|it| it.2);
        let strong: Vec<_> = present.iter().filter(|it| it.1 == Level::Strong).collect();
        if let [first, second, ..] = strong.as_slice() {
            return self.fail(diagnostics::union_conflict(second.3, first.0, second.0, first.3));
        }
        let winner = present.iter().max_by_key(|it| (it.1 > Level::Default, it.2)).map_or("", |it| it.0);
        node.retain(|slot| slot.key == winner || !present.iter().any(|it| it.0 == slot.key));
        Ok(())
    }
}

fn value_of<'a>(content: &Content<'a>) -> Option<Value<'a>> {
    match content {
        Content::Value(value) => Some(*value),
        Content::Open(_) => None,
    }
}
