//! Entries that change what is there: `remove`, `add`, `final`.

use diag::Span;
use sema::ir::{Added, Block, Entry, Expr, Position, Step};

use super::Shape;
use super::node::{Content, Level, Node, Slot};
use crate::diagnostics;
use crate::machine::{Eval, Mode, Run, Stop};
use crate::value::Value;

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// `remove path`: the place stays taken, so that writing it in the same sub-layer is a conflict.
    pub(super) fn remove(&mut self, path: &'a [Step], at: Span, node: &mut Node<'a>) -> Run<()> {
        let Some((last, before)) = path.split_last() else { return Ok(()) };
        let traced = self.trace_path(path);
        let mut here = &mut *node;
        for (nth, step) in before.iter().enumerate() {
            let element = element_of(path.get(nth + 1));
            here = self.enter_step(here, step, element, at)?;
        }
        let key = self.step_key(last)?;
        if let Some(field) = element_of(Some(last)) {
            here.element.get_or_insert(field);
        }
        let Some(position) = here.position(key) else {
            return self.missing_path(here, key, step_span(last, at), true);
        };
        let slot = &here.slots[position];
        if slot.fixed {
            return self.fail(diagnostics::final_override(at, key, slot.at));
        }
        if slot.level == Level::Strong && !matches!(slot.content, Content::Value(Value::Absent)) {
            let path = self.trace.path.clone();
            return self.fail(diagnostics::layer_conflict(at, &path, slot.at));
        }
        self.sequence += 1;
        here.slots[position] = Slot { key, content: Content::Value(Value::Absent), at, level: Level::Strong, sequence: self.sequence, fixed: false };
        here.pruned = true;
        if TRACE && let Some(object) = self.trace.object {
            let path = self.arena.alloc_str(&self.trace.path);
            self.trace.notes.push(crate::trace::Note { object, path, at, origin: at, value: Some(Value::Absent) });
        }
        self.trace_back(traced);
        Ok(())
    }

    /// The node at one step of a path that must be there.
    fn enter_step<'n>(&mut self, node: &'n mut Node<'a>, step: &'a Step, element: Option<&'a str>, at: Span) -> Run<&'n mut Node<'a>> {
        let key = self.step_key(step)?;
        match node.position(key) {
            Some(position) => self.open(&mut node.slots[position], element, at),
            None => self.missing_path(node, key, step_span(step, at), true),
        }
    }

    fn step_key(&mut self, step: &'a Step) -> Run<&'a str> {
        match step {
            Step::Field(name) => Ok(name),
            Step::Key(key) | Step::Element { key, .. } => self.key_text(key),
        }
    }

    #[cold]
    pub(super) fn missing_path<T>(&mut self, node: &Node<'a>, key: &str, at: Span, removes: bool) -> Run<T> {
        let there = node.slots.iter().filter(|it| !matches!(it.content, Content::Value(Value::Absent)));
        let names: Vec<&str> = there.map(|it| it.key).filter(|it| !it.starts_with('#')).collect();
        self.fail(diagnostics::path_missing(at, key, node.element.is_some(), removes, &names))
    }

    /// `add path NAME before N { .. }`.
    pub(super) fn add_element(
        &mut self,
        entry: &'a Entry,
        block: &'a Block,
        path: &'a [Step],
        position: &'a Position,
        content: &'a Added,
        node: &mut Node<'a>,
    ) -> Run<()> {
        let (Some((last, before)), at) = (path.split_last(), entry.span) else { return Ok(()) };
        let Step::Element { field, key } = last else { return Ok(()) };
        let traced = self.trace_path(path);
        let field: &'a str = field;
        let key_value = self.eval(key)?;
        let key = self.text_of_key(key_value, key.span)?;
        let mut here = &mut *node;
        for (nth, step) in before.iter().enumerate() {
            let shape = self.shape_at(block, &before[..nth]);
            here = self.step_into(here, step, path.get(nth + 1), at, shape)?;
        }
        here.element.get_or_insert(field);
        if here.position(key).is_some() {
            return self.fail(diagnostics::element_exists(step_span(last, at), key));
        }
        let place = match position {
            Position::First => here.slots.iter().take_while(|it| it.level == Level::Strong && it.sequence > 0 && self.is_added(it)).count(),
            Position::Last => here.slots.len(),
            Position::Before(beside) => self.beside(here, beside)?,
            Position::After(beside) => self.beside(here, beside)? + 1,
        };
        self.sequence += 1;
        let sequence = self.sequence;
        let mut child = self.pool.node(at);
        child.push(Slot { key: field, content: Content::Value(key_value), at, level: Level::Strong, sequence, fixed: false });
        if TRACE && let Some(object) = self.trace.object {
            let path = self.arena.alloc_str(&self.trace.path);
            self.trace.notes.push(crate::trace::Note { object, path, at, origin: at, value: None });
        }
        let mode = std::mem::replace(&mut self.mode, Mode::Make);
        let filled = match content {
            Added::Block(block) => self.block(block, &mut child),
            Added::Value(value) => self.eval(value).and_then(|value| {
                self.note_write(at, value);
                for it in value.entries().unwrap_or(&[]) {
                    let mark = super::write::Mark { at: it.at, level: Level::Strong, op: sema::ir::SetOp::Set };
                    self.write(&mut child, it.key, it.value, mark, Shape::Unknown)?;
                }
                Ok(())
            }),
        };
        self.mode = mode;
        filled?;
        here.insert(place, Slot { key, content: Content::Open(child), at, level: Level::Strong, sequence, fixed: false });
        self.trace_back(traced);
        Ok(())
    }

    /// Whether a slot is an element that this sub-layer has added: those added first keep the order in which they were added.
    fn is_added(&self, slot: &Slot<'a>) -> bool {
        matches!(&slot.content, Content::Open(node) if node.slots.iter().all(|it| it.level == Level::Strong))
    }

    fn beside(&mut self, node: &Node<'a>, key: &'a Expr) -> Run<usize> {
        let text = self.key_text(key)?;
        match node.position(text) {
            Some(position) => Ok(position),
            None => self.missing_path(node, text, key.span, false),
        }
    }

    /// `final`: what stands at the path now is not to be changed by later steps.
    pub(super) fn fix(&mut self, path: &'a [Step], node: &mut Node<'a>) -> Run<()> {
        let mut here = &mut *node;
        for (nth, step) in path.iter().enumerate() {
            let key = self.step_key(step)?;
            let Some(position) = here.position(key) else { return Ok(()) };
            let slot = &mut here.slots[position];
            if nth + 1 == path.len() {
                slot.fixed = true;
                if let (Step::Element { .. }, Content::Open(element)) = (step, &mut slot.content) {
                    element.slots.iter_mut().for_each(|it| it.fixed = true);
                }
                return Ok(());
            }
            match &mut slot.content {
                Content::Open(child) => here = child,
                Content::Value(_) => return Err(Stop),
            }
        }
        Ok(())
    }
}

fn element_of(step: Option<&Step>) -> Option<&str> {
    match step {
        Some(Step::Element { field, .. }) => Some(field),
        _ => None,
    }
}

fn step_span(step: &Step, at: Span) -> Span {
    match step {
        Step::Element { key, .. } | Step::Key(key) => key.span,
        Step::Field(_) => at,
    }
}
