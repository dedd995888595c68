//! An environment as a tree of instances and their objects.
//!
//! ```text
//! dev: 2 instances, 4 objects
//! ├─ app web in net
//! │  ├─ Deployment web → ConfigMap conf
//! │  └─ 2 Service: web, web-admin
//! └─ namespace net
//!    └─ Namespace net
//! ```

use std::collections::BTreeSet;

use super::paint::Tone;
use crate::escape;
use crate::inventory::{Instance, Inventory, Target};
use crate::render::Style;
use crate::ui::count;

/// More instances of one kind than this are counted.
const INSTANCES_MAX: usize = 40;

/// Draws an environment; `full` folds nothing.
pub fn draw(env: &Inventory, style: Style, full: bool) -> String {
    let title = format!("{}: {}, {}", escape::line(&env.name), count(env.instances.len(), "instance"), count(env.objects.len(), "object"));
    let mut tree = Tree { style, full, out: format!("{}\n", style.paint(Tone::Head, &title)) };
    let mut branches: Vec<(String, Vec<String>)> = Vec::new();
    for group in env.instances.chunk_by(|a, b| a.kind == b.kind) {
        let shown = if full || group.len() <= INSTANCES_MAX + 1 { group.len() } else { INSTANCES_MAX };
        branches.extend(group[..shown].iter().map(|it| tree.instance(env, it)));
        if let Some(rest @ [first, ..]) = group.get(shown..) {
            branches.push((style.paint(Tone::Aside, &format!("{} {} more of {}", style.ellipsis(), rest.len(), escape::line(&first.kind))), Vec::new()));
        }
    }
    let last = branches.len().saturating_sub(1);
    for (nth, (head, leaves)) in branches.into_iter().enumerate() {
        tree.branch(nth == last, &head, &leaves);
    }
    tree.out
}

struct Tree {
    style: Style,
    full: bool,
    out: String,
}

impl Tree {
    /// An instance in a line, and its objects.
    fn instance(&self, env: &Inventory, instance: &Instance) -> (String, Vec<String>) {
        let namespaces: BTreeSet<Option<&str>> = instance.objects.iter().map(|it| env.objects[*it].id.namespace.as_deref()).collect();
        let common = match namespaces.iter().collect::<Vec<_>>().as_slice() {
            [Some(one)] => Some(*one),
            _ => None,
        };
        let place = common.map_or_else(String::new, |it| format!(" in {it}"));
        let head = self.style.paint(Tone::Head, &escape::line(&format!("{} {}", instance.kind, instance.name)));
        if let ([only], false) = (instance.objects.as_slice(), self.full) {
            let id = &env.objects[*only].id;
            // A `namespace net` that makes the Namespace net has said all.
            if id.name == instance.name && id.kind.to_lowercase() == instance.kind.replace('-', "") {
                return (format!("{head}{}", escape::line(&place)), Vec::new());
            }
        }
        let kind = |at: &usize| (&env.objects[*at].id.group, &env.objects[*at].id.kind);
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for object in &instance.objects {
            match groups.iter_mut().find(|it| !self.full && kind(&it[0]) == kind(object)) {
                Some(group) => group.push(*object),
                None => groups.push(vec![*object]),
            }
        }
        let leaves = groups.iter().map(|it| self.objects(env, it, common)).collect();
        (format!("{head}{}", escape::line(&place)), leaves)
    }

    fn objects(&self, env: &Inventory, objects: &[usize], namespace: Option<&str>) -> String {
        let name = |at: usize| {
            let id = &env.objects[at].id;
            match &id.namespace {
                Some(own) if Some(own.as_str()) != namespace => format!("{own}/{}", id.name),
                _ => id.name.clone(),
            }
        };
        let text = match objects {
            [one] => {
                let object = &env.objects[*one];
                let targets: BTreeSet<String> = object
                    .references
                    .iter()
                    .filter(|it| !it.is_namespace())
                    .map(|it| match &it.to {
                        Target::Object(to) => format!("{} {}", env.objects[*to].id.kind, name(*to)),
                        Target::Outside(id) => format!("{} {} (made elsewhere)", id.kind, id.name),
                    })
                    .collect();
                let arrow = if targets.is_empty() { String::new() } else { format!(" {} ", self.style.arrow()) };
                format!("{} {}{arrow}{}", object.id.kind, name(*one), targets.into_iter().collect::<Vec<_>>().join(", "))
            }
            several => {
                let names: Vec<String> = several.iter().map(|it| name(*it)).collect();
                format!("{} {}: {}", several.len(), env.objects[several[0]].id.kind, names.join(", "))
            }
        };
        self.cut(&escape::line(&text), 6)
    }

    /// As much of a line as fits behind `indent` columns.
    fn cut(&self, line: &str, indent: usize) -> String {
        let room = self.style.width.saturating_sub(indent).max(1);
        if self.full || line.chars().count() <= room {
            return line.to_owned();
        }
        let ellipsis = self.style.ellipsis();
        let kept = room.saturating_sub(ellipsis.chars().count());
        format!("{}{ellipsis}", line.chars().take(kept).collect::<String>())
    }

    fn branch(&mut self, is_last: bool, head: &str, leaves: &[String]) {
        let [fork, end, bar] = if self.style.unicode { ["├─ ", "└─ ", "│  "] } else { ["|- ", "`- ", "|  "] };
        self.out.push_str(&format!("{}{head}\n", if is_last { end } else { fork }));
        for (nth, leaf) in leaves.iter().enumerate() {
            let above = if is_last { "   " } else { bar };
            self.out.push_str(&format!("{above}{}{leaf}\n", if nth + 1 == leaves.len() { end } else { fork }));
        }
    }
}
