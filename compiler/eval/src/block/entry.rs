//! The entries of a block, one rule each.

use sema::ir::{Block, Entry, EntryKind, Expr, ExprKind, For, SetOp, Step};

use super::Shape;
use super::node::{Level, Node};
use super::write::Mark;
use crate::machine::{Eval, Mode, Run};
use crate::value::Value;

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// A record or map literal.
    pub fn record(&mut self, block: &'a Block) -> Run<Value<'a>> {
        let mode = std::mem::replace(&mut self.mode, Mode::Make);
        let value = self.literal(block);
        self.mode = mode;
        value
    }

    fn literal(&mut self, block: &'a Block) -> Run<Value<'a>> {
        let shape = Shape::of(&block.ty, self.setting.program);
        // A literal is a value of its own: what is written in it is no write of the object around it.
        let object = if TRACE { self.trace.object.take() } else { None };
        let mut node = self.pool.node(block.span);
        self.block(block, &mut node)?;
        let value = self.freeze(node, shape);
        if TRACE {
            self.trace.object = object;
            self.trace.origin = Some(block.span);
        }
        value
    }

    /// Writes the entries of a block into a node.
    pub fn block(&mut self, block: &'a Block, node: &mut Node<'a>) -> Run<()> {
        self.enter(block.span)?;
        for entry in &block.entries {
            self.step(entry.span)?;
            self.entry(entry, block, node)?;
        }
        self.leave();
        Ok(())
    }

    fn entry(&mut self, entry: &'a Entry, block: &'a Block, node: &mut Node<'a>) -> Run<()> {
        match &entry.kind {
            // One pass makes objects, the next writes.
            EntryKind::Object(_) | EntryKind::Pasted(_) | EntryKind::Extern(_) if self.mode == Mode::Change => Ok(()),
            EntryKind::Set { .. } | EntryKind::Merge { .. } | EntryKind::Spread(_) | EntryKind::Hashed if self.mode == Mode::Create => Ok(()),
            EntryKind::Remove(_) | EntryKind::Add { .. } | EntryKind::Final { .. } if self.mode == Mode::Create => Ok(()),
            EntryKind::Set { path, op, value } => self.set(entry, block, path, *op, value, node),
            EntryKind::Merge { path, block: inner } => {
                let traced = self.trace_path(path);
                self.note_empty(inner, entry.span);
                let child = self.descend(node, path, entry.span, block)?;
                let result = self.block(inner, child);
                self.trace_back(traced);
                result
            }
            EntryKind::Spread(expr) => {
                let value = self.eval(expr)?;
                self.spread(value, entry, block, node)
            }
            EntryKind::Let(slot, expr) => {
                let value = self.eval(expr)?;
                self.bind(*slot, value);
                Ok(())
            }
            EntryKind::For(it) => self.for_block(it, node),
            EntryKind::If { slot, cond, then, other } => {
                if self.condition(*slot, cond)? {
                    return self.block(then, node);
                }
                other.as_ref().map_or(Ok(()), |it| self.block(it, node))
            }
            EntryKind::Match(subject, arms) => {
                let value = self.eval(subject)?;
                let arm = self.select(value, arms, subject.span)?;
                self.block(arm, node)
            }
            EntryKind::Object(object) => self.object(object, entry.span),
            EntryKind::Instance(nested) => self.nested(nested, entry.span),
            EntryKind::Pasted(it) => self.pasted(it, entry.span),
            EntryKind::Extern(it) => self.outside(it, entry.span),
            EntryKind::Hashed => {
                self.hashed = true;
                Ok(())
            }
            EntryKind::With(calls, hashed) => {
                self.hashed |= hashed;
                self.with(calls)
            }
            EntryKind::Remove(path) => self.remove(path, entry.span, node),
            EntryKind::Add { path, position, content } => self.add_element(entry, block, path, position, content, node),
            EntryKind::Final { path, entry: inner } => {
                self.entry(inner, block, node)?;
                self.fix(path, node)
            }
        }
    }

    fn set(&mut self, entry: &'a Entry, block: &'a Block, path: &'a [Step], op: SetOp, value: &'a Expr, node: &mut Node<'a>) -> Run<()> {
        let traced = self.trace_path(path);
        let result = match (&value.kind, op) {
            // A literal is written into what is there, so that defaults wait until all entries are known.
            (ExprKind::Record(inner), SetOp::Set) => {
                self.note_empty(inner, entry.span);
                let child = self.descend(node, path, entry.span, block)?;
                self.block(inner, child)
            }
            (_, SetOp::Set | SetOp::Replace | SetOp::Append) => {
                let value = self.eval(value)?;
                let mark = Mark { at: entry.span, level: Level::Strong, op };
                let origin = self.trace.origin;
                let done = self.set_at(node, path, value, mark, block);
                self.trace.origin = origin;
                self.note_write(mark.at, value);
                done
            }
        };
        self.trace_back(traced);
        result
    }

    fn set_at(&mut self, node: &mut Node<'a>, path: &'a [Step], value: Value<'a>, mark: Mark, block: &'a Block) -> Run<()> {
        let Some((last, before)) = path.split_last() else { return Ok(()) };
        if value.is_absent() {
            return Ok(());
        }
        let mut shape = Shape::Unknown;
        let target = if before.is_empty() { &mut *node } else { self.descend(node, before, mark.at, block)? };
        if target.soft || matches!(value, Value::Record(_) | Value::List(_)) {
            shape = self.shape_at(block, before);
        }
        match last {
            Step::Field(name) => self.write(target, name, value, mark, shape),
            Step::Key(key) => {
                let key = self.key_text(key)?;
                self.write(target, key, value, mark, shape)
            }
            Step::Element { .. } => {
                let element = self.step_into(target, last, None, mark.at, shape)?;
                for it in value.entries().unwrap_or(&[]) {
                    self.write(element, it.key, it.value, Mark { at: it.at, ..mark }, Shape::Unknown)?;
                }
                Ok(())
            }
        }
    }

    /// The type at a path of a block; fields only, as that is where it matters.
    pub(super) fn shape_at(&self, block: &'a Block, path: &'a [Step]) -> Shape<'a> {
        let program = self.setting.program;
        path.iter().fold(Shape::of(&block.ty, program), |shape, step| match step {
            Step::Field(name) => shape.step(name, program),
            Step::Key(_) | Step::Element { .. } => shape.step("", program),
        })
    }

    fn spread(&mut self, value: Value<'a>, entry: &'a Entry, block: &'a Block, node: &mut Node<'a>) -> Run<()> {
        let Some(entries) = value.entries() else { return Ok(()) };
        let shape = Shape::of(&block.ty, self.setting.program);
        self.note_write(entry.span, value);
        self.pay_scan(entries.len(), entry.span)?;
        for it in entries {
            let level = if it.is_default { Level::Default } else { Level::Weak };
            self.write(node, it.key, it.value, Mark { at: it.at, level, op: SetOp::Set }, shape)?;
        }
        Ok(())
    }

    fn for_block(&mut self, it: &'a For<Block>, node: &mut Node<'a>) -> Run<()> {
        let source = self.eval(&it.source)?;
        self.each(source, it.key, it.value, it.source.span, |this| {
            if let Some(filter) = &it.filter
                && !this.truth(filter)?
            {
                return Ok(true);
            }
            this.block(&it.body, node)?;
            Ok(true)
        })
    }

    /// Extends the traced path; gives back its old length.
    pub(super) fn trace_path(&mut self, path: &'a [Step]) -> usize {
        if !TRACE {
            return 0;
        }
        let len = self.trace.path.len();
        for step in path {
            match step {
                Step::Field(name) => self.trace.push_field(name),
                Step::Key(key) => {
                    let text = self.key_text(key).unwrap_or_default();
                    self.trace.push_field(text);
                }
                Step::Element { field, key } => {
                    let text = self.key_text(key).unwrap_or_default();
                    self.trace.push_element(text);
                    let arena = self.arena;
                    self.trace.note_key(arena, field, key.span, text);
                }
            }
        }
        len
    }

    pub(super) fn trace_back(&mut self, len: usize) {
        if TRACE {
            self.trace.path.truncate(len);
        }
    }

    /// Notes a block that says nothing: it makes something empty.
    fn note_empty(&mut self, block: &Block, at: diag::Span) {
        if TRACE
            && block.entries.is_empty()
            && let Some(object) = self.trace.object
        {
            let path = self.arena.alloc_str(&self.trace.path);
            self.trace.notes.push(crate::trace::Note { object, path, at, origin: at, value: None });
        }
    }

    /// Notes a write at the traced path, leaf by leaf.
    pub(super) fn note_write(&mut self, at: diag::Span, value: Value<'a>) {
        if TRACE && self.trace.object.is_some() {
            let origin = self.trace.origin.unwrap_or(at);
            let arena = self.arena;
            self.trace.note_value(arena, at, origin, value);
        }
    }
}
