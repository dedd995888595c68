//! One write into a node: where it goes, and what happens if something is there already.

use diag::Span;
use sema::ir::{Block, SetOp, Step};

use super::Shape;
use super::node::{Content, Level, Node, Slot};
use crate::diagnostics;
use crate::machine::{Eval, Mode, Run, Stop};
use crate::value::Value;

/// Who writes, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub at: Span,
    pub level: Level,
    pub op: SetOp,
}

impl<'a, const TRACE: bool> Eval<'a, TRACE> {
    /// Writes one parameter of a layer.
    pub fn write_layer(&mut self, node: &mut Node<'a>, key: &'a str, value: Value<'a>, at: Span, op: SetOp) -> Run<()> {
        if value.is_absent() {
            node.retain(|it| it.key != key);
            node.push(Slot { key, content: Content::Value(value), at, level: Level::Weak, sequence: 0, fixed: false });
            return Ok(());
        }
        if let Some(position) = node.position(key)
            && matches!(node.slots[position].content, Content::Value(Value::Absent))
        {
            node.retain(|it| it.key != key);
        }
        self.write(node, key, value, Mark { at, level: Level::Strong, op }, Shape::Unknown)
    }

    /// Opens a slot as a record.
    pub fn open_slot<'n>(&mut self, node: &'n mut Node<'a>, key: &'a str, at: Span) -> Run<&'n mut Node<'a>> {
        if let Some(position) = node.position(key)
            && matches!(node.slots[position].content, Content::Value(Value::Absent))
        {
            node.retain(|it| it.key != key);
        }
        let position = match node.position(key) {
            Some(position) => position,
            None => {
                let child = self.pool.node(at);
                self.sequence += 1;
                node.push(Slot { key, content: Content::Open(child), at, level: Level::Strong, sequence: self.sequence, fixed: false });
                node.slots.len() - 1
            }
        };
        self.open(&mut node.slots[position], None, at)
    }

    /// The node at a path, opened or made.
    pub(super) fn descend<'n>(&mut self, node: &'n mut Node<'a>, path: &'a [Step], at: Span, block: &'a Block) -> Run<&'n mut Node<'a>> {
        let mut here = node;
        for (nth, step) in path.iter().enumerate() {
            let shape = if here.soft { self.shape_at(block, &path[..nth]) } else { Shape::Unknown };
            here = self.step_into(here, step, path.get(nth + 1), at, shape)?;
        }
        Ok(here)
    }

    pub(super) fn step_into<'n>(
        &mut self,
        node: &'n mut Node<'a>,
        step: &'a Step,
        next: Option<&'a Step>,
        at: Span,
        shape: Shape<'a>,
    ) -> Run<&'n mut Node<'a>> {
        let (key, key_field) = match step {
            Step::Field(name) => (&**name, None),
            Step::Key(key) => (self.key_text(key)?, None),
            Step::Element { field, key } => {
                let value = self.eval(key)?;
                (self.text_of_key(value, key.span)?, Some((&**field, value)))
            }
        };
        if let Some((field, _)) = key_field {
            node.element.get_or_insert(field);
        }
        let position = match node.position(key) {
            Some(position) if self.mode == Mode::Change && node.slots[position].fixed => {
                return self.fail(diagnostics::final_override(at, key, node.slots[position].at));
            }
            Some(position) => position,
            None if key_field.is_some() && self.mode == Mode::Change => {
                let at = if let Step::Element { key, .. } = step { key.span } else { at };
                return self.missing_path(node, key, at, false);
            }
            None => {
                self.displace(node, key, Level::Strong, shape);
                let mut child = self.pool.node(at);
                self.sequence += 1;
                if let Some((field, value)) = key_field {
                    child.push(Slot { key: field, content: Content::Value(value), at, level: Level::Strong, sequence: self.sequence, fixed: false });
                }
                node.push(Slot { key, content: Content::Open(child), at, level: Level::Strong, sequence: self.sequence, fixed: false });
                node.slots.len() - 1
            }
        };
        let element = match next {
            Some(Step::Element { field, .. }) => Some(&**field),
            Some(Step::Field(_) | Step::Key(_)) | None => None,
        };
        self.open(&mut node.slots[position], element, at)
    }

    /// Opens what is in a slot; `element` is the key field if it is to be a keyed list.
    pub(super) fn open<'n>(&mut self, slot: &'n mut Slot<'a>, element: Option<&'a str>, at: Span) -> Run<&'n mut Node<'a>> {
        if let Content::Value(value) = slot.content {
            let mut node = self.pool.node(slot.at);
            match (value, element) {
                (Value::Record(entries), _) => node.fill(entries, slot.level, slot.sequence),
                (Value::Instance(instance), _) => node.fill(instance.fields, slot.level, slot.sequence),
                (Value::List(values), Some(field)) => {
                    if self.mode == Mode::Change {
                        self.fill_leniently(&mut node, values, field, slot.level, slot.sequence);
                    } else if !self.fill_elements(&mut node, values, field, slot.level, slot.sequence) {
                        return self.fail(diagnostics::duplicate_field(at, slot.key, slot.at));
                    }
                }
                // Something that cannot be opened: gone if it may be overridden.
                _ if slot.level < Level::Strong => {}
                _ => return self.clash(at, slot.key, slot.at),
            }
            self.pay_scan(node.slots.len(), at)?;
            slot.content = Content::Open(node);
        }
        self.sequence += 1;
        slot.level = Level::Strong;
        slot.sequence = self.sequence;
        match &mut slot.content {
            Content::Open(node) => Ok(node),
            Content::Value(_) => Err(Stop),
        }
    }

    /// As `fill_elements`; elements without a key of their own stay where they are, and cannot be named.
    fn fill_leniently(&mut self, node: &mut Node<'a>, values: &'a [Value<'a>], field: &'a str, level: Level, sequence: u32) {
        node.element = Some(field);
        for (nth, value) in values.iter().enumerate() {
            let entry = value.entries().and_then(|it| crate::value::find(it, field));
            let key = entry.and_then(|it| self.text_of_key(it.value, it.at).ok()).filter(|it| node.position(it).is_none());
            let key = key.unwrap_or_else(|| self.arena.alloc_str(&format!("#{nth}")));
            let at = entry.map_or(node.at, |it| it.at);
            node.push(Slot { key, content: Content::Value(*value), at, level, sequence, fixed: false });
        }
    }

    /// Two writes of one place that differ.
    #[cold]
    fn clash<T>(&mut self, at: Span, key: &str, other: Span) -> Run<T> {
        if self.mode == Mode::Change {
            let path = if self.trace.path.is_empty() { key.to_owned() } else { self.trace.path.clone() };
            return self.fail(diagnostics::layer_conflict(at, &path, other));
        }
        self.fail(diagnostics::duplicate_field(at, key, other))
    }

    /// Elements by the text of their key field; false if one has none or two are equal.
    fn fill_elements(&mut self, node: &mut Node<'a>, values: &'a [Value<'a>], field: &'a str, level: Level, sequence: u32) -> bool {
        node.element = Some(field);
        for value in values {
            let Some(entry) = value.entries().and_then(|it| crate::value::find(it, field)) else { return false };
            let Ok(key) = self.text_of_key(entry.value, entry.at) else { return false };
            if node.position(key).is_some() {
                return false;
            }
            node.push(Slot { key, content: Content::Value(*value), at: entry.at, level, sequence, fixed: false });
        }
        true
    }

    /// Writes a value into a slot of a node.
    pub(super) fn write(&mut self, node: &mut Node<'a>, key: &'a str, value: Value<'a>, mark: Mark, shape: Shape<'a>) -> Run<()> {
        if value.is_absent() {
            return Ok(());
        }
        self.sequence += 1;
        let sequence = self.sequence;
        let at = if TRACE && mark.level == Level::Strong { self.trace.origin.unwrap_or(mark.at) } else { mark.at };
        let Some(position) = node.position(key) else {
            self.displace(node, key, mark.level, shape);
            node.push(Slot { key, content: Content::Value(value), at, level: mark.level, sequence, fixed: false });
            return Ok(());
        };
        if self.mode == Mode::Change {
            self.may_change(&node.slots[position], value, mark)?;
        }
        let slot = &mut node.slots[position];
        match mark.op {
            SetOp::Replace => {
                *slot = Slot { key, content: Content::Value(value), at, level: mark.level, sequence, fixed: false };
                Ok(())
            }
            SetOp::Append => self.append_to(slot, value, Mark { at, ..mark }),
            SetOp::Set => {
                node.soft |= mark.level < Level::Strong;
                self.merge(&mut node.slots[position], value, Mark { at, ..mark }, shape)
            }
        }
    }

    /// Whether a later step may write there, and nothing of the same sub-layer says otherwise.
    fn may_change(&mut self, slot: &Slot<'a>, value: Value<'a>, mark: Mark) -> Run<()> {
        if !slot.fixed && (mark.op != SetOp::Replace || slot.level < Level::Strong) {
            return Ok(());
        }
        let agrees = match slot.content {
            Content::Value(there) => self.same(there, value, mark.at)?,
            Content::Open(_) => false,
        };
        match agrees {
            true => Ok(()),
            false if slot.fixed => self.fail(diagnostics::final_override(mark.at, slot.key, slot.at)),
            false => self.clash(mark.at, slot.key, slot.at),
        }
    }

    /// What is there and what comes.
    fn merge(&mut self, slot: &mut Slot<'a>, value: Value<'a>, mark: Mark, shape: Shape<'a>) -> Run<()> {
        let open = matches!(&slot.content, Content::Open(node) if node.element.is_none()) || matches!(slot.content, Content::Value(Value::Record(_)));
        if let Value::Record(entries) = value
            && open
        {
            return self.merge_record(slot, entries, mark, shape);
        }
        if let Value::List(values) = value
            && let Some(done) = self.merge_list(slot, values, mark, shape)?
        {
            return Ok(done);
        }
        if mark.level == Level::Default && slot.level > Level::Default {
            return Ok(());
        }
        if mark.level == Level::Strong && slot.level == Level::Strong {
            let agrees = match slot.content {
                Content::Value(there) => self.same(there, value, mark.at)?,
                Content::Open(_) => false,
            };
            return if agrees { Ok(()) } else { self.clash(mark.at, slot.key, slot.at) };
        }
        *slot = Slot { key: slot.key, content: Content::Value(value), at: mark.at, level: mark.level, sequence: self.sequence, fixed: slot.fixed };
        Ok(())
    }

    fn merge_record(&mut self, slot: &mut Slot<'a>, entries: &'a [crate::value::Entry<'a>], mark: Mark, parent: Shape<'a>) -> Run<()> {
        self.enter(mark.at)?;
        let shape = parent.step(slot.key, self.setting.program);
        let (level, at) = (slot.level, slot.at);
        let node = self.open(slot, None, mark.at)?;
        for it in entries {
            let level = if it.is_default { Level::Default } else { mark.level };
            self.write_merged(node, it, Mark { at: it.at, level, op: SetOp::Set }, shape)?;
        }
        slot.level = level.max(mark.level);
        slot.at = at;
        self.leave();
        Ok(())
    }

    /// As `write`, but the place is the entry's own in traced runs too.
    fn write_merged(&mut self, node: &mut Node<'a>, entry: &crate::value::Entry<'a>, mark: Mark, shape: Shape<'a>) -> Run<()> {
        let origin = self.trace.origin;
        self.trace.origin = Some(entry.at);
        let result = self.write(node, entry.key, entry.value, mark, shape);
        self.trace.origin = origin;
        result
    }

    /// Keyed lists merge by key: those open by key, and those whose type says so where one of the two may be overridden.
    fn merge_list(&mut self, slot: &mut Slot<'a>, values: &'a [Value<'a>], mark: Mark, parent: Shape<'a>) -> Run<Option<()>> {
        let program = self.setting.program;
        let field = match &slot.content {
            Content::Open(node) => match node.element {
                Some(field) => field,
                None if node.slots.is_empty() => {
                    slot.content = Content::Value(Value::List(values));
                    return Ok(Some(()));
                }
                None => return Ok(None),
            },
            Content::Value(Value::List(_)) if mark.level < Level::Strong || slot.level < Level::Strong => {
                match parent.step(slot.key, program).list_key(parent, slot.key, program) {
                    Some(field) => field,
                    None => return Ok(None),
                }
            }
            Content::Value(_) => return Ok(None),
        };
        let mut incoming = self.pool.node(mark.at);
        if !self.fill_elements(&mut incoming, values, field, mark.level, self.sequence) {
            return Ok(None);
        }
        let element_shape = parent.step(slot.key, program);
        let level = slot.level;
        let node = self.open(slot, Some(field), mark.at)?;
        self.pay_scan(values.len(), mark.at)?;
        for it in incoming.slots.drain(..) {
            let Content::Value(value) = it.content else { continue };
            match node.position(it.key) {
                Some(position) => self.merge(&mut node.slots[position], value, mark, element_shape)?,
                None => node.push(Slot { key: it.key, content: Content::Value(value), at: it.at, level: mark.level, sequence: self.sequence, fixed: false }),
            }
        }
        slot.level = level.max(mark.level);
        self.pool.give(incoming);
        Ok(Some(()))
    }

    /// `+=`.
    fn append_to(&mut self, slot: &mut Slot<'a>, value: Value<'a>, mark: Mark) -> Run<()> {
        let added = match value {
            Value::List(values) => values,
            other => self.arena.alloc_slice_copy(&[other]),
        };
        match &mut slot.content {
            Content::Value(Value::List(there)) => {
                self.trace.before = there.len();
                self.pay(there.len() + added.len(), mark.at)?;
                slot.content = Content::Value(Value::List(self.arena.alloc_slice_copy(&[*there, added].concat())));
            }
            Content::Open(node) if node.element.is_some() => {
                let field = node.element.unwrap_or_default();
                let mut incoming = self.pool.node(mark.at);
                let keyed = self.fill_elements(&mut incoming, added, field, mark.level, self.sequence);
                if !keyed || incoming.slots.iter().any(|it| node.position(it.key).is_some()) {
                    return self.fail(diagnostics::duplicate_key(mark.at, slot.key, slot.at));
                }
                incoming.slots.drain(..).for_each(|it| node.push(it));
                self.pool.give(incoming);
            }
            Content::Value(_) | Content::Open(_) => slot.content = Content::Value(Value::List(added)),
        }
        slot.at = mark.at;
        if self.mode == Mode::Change {
            slot.level = Level::Strong;
        }
        Ok(())
    }

    /// A new alternative of a `one of` removes those that may be overridden.
    fn displace(&mut self, node: &mut Node<'a>, key: &str, level: Level, shape: Shape<'a>) {
        if !node.soft && level == Level::Strong {
            return;
        }
        let Some(rivals) = shape.rivals(key, self.setting.program) else { return };
        let is_rival = |slot: &Slot<'a>| slot.key != key && rivals.iter().any(|it| **it == *slot.key);
        if self.mode == Mode::Change && level == Level::Strong {
            // The place stays, so that removing it in so many words is no mistake.
            for slot in node.slots.iter_mut().filter(|it| is_rival(it) && it.level < Level::Strong) {
                slot.content = Content::Value(Value::Absent);
                node.pruned = true;
            }
            return;
        }
        if node.slots.iter().any(is_rival) {
            node.retain(|slot| !is_rival(slot) || (slot.level == Level::Strong && level == Level::Strong));
        }
    }
}
