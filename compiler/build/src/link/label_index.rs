//! Which objects carry a label, and whether an object satisfies a selector.
//!
//! Two things carry labels: an object itself (found by selectors for its kind), and the pods it makes (found by selectors for pods).
//! Rules: k8s.io/apimachinery/pkg/labels, `Requirement.Matches`.

use manifest::unit::{LabelOperator, Namespaces, Selector, Str, Text};

use super::table::{Object, Table};
use super::word_hash::WordMap;

/// Objects by label. Chains instead of lists: one allocation for all.
pub(super) struct LabelIndex<'t> {
    /// (carrier, label, value) to the first link of its chain and the chain's length.
    heads: WordMap<(&'t str, &'t str, &'t str), (u32, u32)>,
    /// Object and next link.
    links: Vec<(u32, u32)>,
    /// Texts with holes are compared by their filled form, which lives nowhere else: objects with such labels are always looked at.
    irregular: Vec<u32>,
}

/// What carries the pods' labels in the index. No object is a Pod and something else.
const PODS: &str = "Pod";
const END: u32 = u32::MAX;

/// Labels that controllers put on pods; no template has them. Source: kubernetes.io, "Well-Known Labels, Annotations and Taints".
const SET_AT_RUN_TIME: &[&str] = &[
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "controller-revision-hash",
    "pod-template-hash",
    "pod-template-generation",
    "job-name",
    "controller-uid",
    "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
];

/// Whether a label can be compared before anything runs.
fn is_known(key: &str) -> bool {
    !SET_AT_RUN_TIME.contains(&key)
}

/// The labels that a selector for (group, kind) compares, if the object has any.
fn carried<'o>(object: &'o Object<'_>, target: (&str, &str)) -> Option<&'o [(Str, Text)]> {
    if target == ("", PODS) {
        return object.summary.shape.pods.as_ref().map(|it| &*it.labels);
    }
    (&*object.summary.group == target.0 && &*object.summary.kind == target.1).then_some(&*object.summary.labels)
}

/// Whether the object, or the pods it makes, is what the selector of `holder` asks for.
pub(super) fn selects(table: &Table<'_>, holder: &Object<'_>, selector: &Selector, object: &Object<'_>) -> bool {
    let Some(labels) = carried(object, (&selector.target.0, &selector.target.1)) else { return false };
    let in_namespace = match &selector.namespaces {
        Namespaces::Own => object.namespace == holder.namespace,
        Namespaces::All => true,
        Namespaces::Named(names) => names.iter().any(|it| table.text(holder.unit, it) == object.namespace),
    };
    if !in_namespace {
        return false;
    }
    let value = |key: &str| labels.iter().find(|it| *it.0 == *key).map(|it| table.text(object.unit, &it.1));
    let listed = |values: &[Text], value: &str| values.iter().any(|it| table.text(holder.unit, it) == value);
    let (mut labels, mut expressions) = (selector.labels.iter().filter(|it| is_known(&it.0)), selector.expressions.iter().filter(|it| is_known(&it.key)));
    labels.all(|(key, wanted)| value(key).is_some_and(|it| it == table.text(holder.unit, wanted)))
        && expressions.all(|it| match it.operator {
            LabelOperator::In => value(&it.key).is_some_and(|value| listed(&it.values, &value)),
            LabelOperator::NotIn => !value(&it.key).is_some_and(|value| listed(&it.values, &value)),
            LabelOperator::Exists => value(&it.key).is_some(),
            LabelOperator::DoesNotExist => value(&it.key).is_none(),
        })
}

impl<'t> LabelIndex<'t> {
    /// Indexes all objects.
    pub fn new(table: &'t Table<'t>) -> Self {
        let mut index = Self { heads: WordMap::default(), links: Vec::new(), irregular: Vec::new() };
        for (at, object) in table.objects.iter().enumerate() {
            let at = at as u32;
            let pods = object.summary.shape.pods.iter().flat_map(|it| it.labels.iter().map(|it| (PODS, it)));
            for (carrier, (key, value)) in pods.chain(object.summary.labels.iter().map(|it| (&*object.summary.kind, it))) {
                match value.as_known() {
                    Some(value) => index.add((carrier, key, value), at),
                    None => index.irregular.push(at),
                }
            }
        }
        index.irregular.dedup();
        index
    }

    fn add(&mut self, label: (&'t str, &'t str, &'t str), object: u32) {
        let (head, length) = self.heads.entry(label).or_insert((END, 0));
        self.links.push((object, *head));
        *head = self.links.len() as u32 - 1;
        *length += 1;
    }

    /// Objects that the selector of `holder` asks for, in the order of the table.
    pub fn selected(&self, table: &'t Table<'t>, holder: &Object<'_>, selector: &Selector) -> Vec<&'t Object<'t>> {
        // The rarest label decides who is looked at; without labels, everybody.
        let chain = selector.labels.iter().filter(|it| is_known(&it.0)).map(|(key, value)| {
            let value = table.text(holder.unit, value);
            self.heads.get(&(&*selector.target.1, &**key, &*value)).copied().unwrap_or((END, 0))
        });
        let mut objects: Vec<&Object<'t>> = match chain.min_by_key(|it| it.1) {
            Some((mut link, length)) => {
                let mut candidates = Vec::with_capacity(length as usize + self.irregular.len());
                while let Some((object, next)) = self.links.get(link as usize) {
                    candidates.push(*object);
                    link = *next;
                }
                candidates.extend(&self.irregular);
                candidates.sort_unstable();
                candidates.dedup();
                candidates.iter().map(|it| &table.objects[*it as usize]).collect()
            }
            None => table.objects.iter().collect(),
        };
        objects.retain(|it| selects(table, holder, selector, it));
        objects
    }
}
