//! All packs of a build, asked by name.
//!
//! Pack 0 is usually the built-in kinds; user CRDs follow. A definition that one pack takes from another
//! (every CRD's `metadata` is `meta/v1.ObjectMeta`) is resolved when the packs are opened.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::model::NameRule;
use crate::pack::read::Pack;
use crate::pack::{KINDS, PackError, TYPES_MAX};
use crate::types::{KindId, KindInfo, Type, TypeId};
use crate::version;

/// Packs a build may open: the pack's number is one byte of an id, whose top bit is kept free.
const PACKS_MAX: usize = 128;

/// An opened set of packs. Shared between threads as it is.
pub struct Schemas {
    packs: Vec<Pack>,
    digest: [u8; 32],
    versions: OnceLock<u32>,
    /// The number of the pack that a project brought.
    own: Option<u32>,
}

impl Schemas {
    /// Opens embedded packs; cost is per pack, not per type.
    ///
    /// # Errors
    /// When one is not a pack, is cut short, or names a definition that none holds. Damage inside tables
    /// is no error, see [`Schemas::verify`].
    pub fn open(packs: Vec<&'static [u8]>) -> Result<Schemas, PackError> {
        Schemas::open_all(packs.into_iter().map(Cow::Borrowed).collect())
    }

    /// Opens packs that are embedded or were made in this process.
    ///
    /// # Errors
    /// As [`Schemas::open`].
    pub fn open_all(packs: Vec<Cow<'static, [u8]>>) -> Result<Schemas, PackError> {
        if packs.len() > PACKS_MAX {
            return Err(PackError::TooManyPacks);
        }
        let packs = packs.into_iter().map(Pack::open).collect::<Result<Vec<_>, _>>()?;
        let mut hasher = blake3::Hasher::new();
        packs.iter().for_each(|pack| _ = hasher.update(&pack.digest()));
        let mut schemas = Schemas { packs, digest: *hasher.finalize().as_bytes(), versions: OnceLock::new(), own: None };
        let externals = schemas.packs.iter().map(|pack| schemas.externals(pack)).collect::<Result<Vec<_>, _>>()?;
        for (pack, externals) in schemas.packs.iter_mut().zip(externals) {
            pack.externals = externals;
        }
        Ok(schemas)
    }

    /// Says which pack a project brought.
    #[must_use]
    pub fn with_own(self, pack: u32) -> Self {
        Self { own: Some(pack), ..self }
    }

    /// Whether a kind is one that a project brought.
    pub fn is_own(&self, id: KindId) -> bool {
        self.own == Some(split(id.0).0)
    }

    /// A definition that is itself external in every pack that lists it is missing: no chains.
    fn externals(&self, pack: &Pack) -> Result<Vec<TypeId>, PackError> {
        let find = |name: &str| self.named(name).ok_or_else(|| PackError::MissingDefinition(name.to_owned()));
        pack.external_names().map(find).collect()
    }

    /// Reads all bytes and compares them with the digests in the headers.
    ///
    /// # Errors
    /// When a pack was damaged.
    pub fn verify(&self) -> Result<(), PackError> {
        self.packs.iter().try_for_each(Pack::verify)
    }

    /// Digest of all packs in order.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The Kubernetes versions that are known, as a mask: those that some kind is of, but not all that ever will be.
    pub fn versions(&self) -> u32 {
        *self.versions.get_or_init(|| {
            let masks = self.kinds().map(|it| self.kind_info(it).mask);
            masks.filter(|it| *it != version::ALL).fold(0, |all, it| all | it)
        })
    }

    /// Every kind, by pack, kind, group, version.
    pub fn kinds(&self) -> impl Iterator<Item = KindId> {
        self.numbered().flat_map(|(number, pack)| (0..pack.count(KINDS)).map(move |row| KindId(number << 24 | row)))
    }

    /// Kinds of that short name (`Deployment`), by pack, group, version. Several groups may share one.
    pub fn kind_by_name(&self, kind: &str) -> impl Iterator<Item = KindId> {
        self.numbered().flat_map(move |(number, pack)| pack.kinds_named(kind).map(move |row| KindId(number << 24 | row)))
    }

    /// One kind; `group` is `""` for core.
    pub fn kind(&self, group: &str, version: &str, kind: &str) -> Option<KindId> {
        self.kind_by_name(kind).find(|id| {
            let info = self.kind_info(*id);
            info.group == group && info.version == version
        })
    }

    /// One kind by its name in the language, `apps/v1.Deployment` or `core/v1.Pod` (grammar.md, "Kind names").
    pub fn kind_by_path(&self, path: &str) -> Option<KindId> {
        let (group, rest) = path.rsplit_once('/')?;
        let (version, kind) = rest.split_once('.')?;
        self.kind(if group == "core" { "" } else { group }, version, kind)
    }

    /// What is known of a kind. An id of another set of packs gives empty names.
    pub fn kind_info(&self, id: KindId) -> KindInfo<'_> {
        let (number, row) = split(id.0);
        match self.packs.get(number as usize).and_then(|pack| pack.kind(number, row)) {
            Some(info) => info,
            None => unknown_kind(),
        }
    }

    /// The type of a kind's objects, and whether these live in namespaces: as [`Self::kind_info`] says, which also reads all names.
    pub fn kind_type(&self, id: KindId) -> (TypeId, bool) {
        let (number, row) = split(id.0);
        let known = self.packs.get(number as usize).and_then(|pack| pack.kind_type(number, row));
        known.unwrap_or_else(|| (unknown_kind().ty, unknown_kind().namespaced))
    }

    /// A named type (`core/v1.PodSpec`), or a type by path from one
    /// (`networking.k8s.io/v1.NetworkPolicy.spec.ingress[]`: fields by `.name`, elements and values by `[]`).
    pub fn definition(&self, path: &str) -> Option<TypeId> {
        if let Some(exact) = self.named(path) {
            return Some(exact);
        }
        let version = path.rfind('/').map_or(0, |slash| slash + 1);
        let kind = version + path[version..].find('.')? + 1;
        let end = kind + path[kind..].find(['.', '['])?;
        self.walk(self.named(&path[..end])?, &path[end..])
    }

    /// Every named type with its name, by pack and name.
    pub fn definitions(&self) -> impl Iterator<Item = (&str, TypeId)> {
        self.numbered().flat_map(|(number, pack)| pack.definitions(number))
    }

    /// A type, one level deep. An id of another set of packs reads as [`Type::Json`].
    pub fn ty(&self, id: TypeId) -> Type<'_> {
        let (number, row) = split(id.0);
        self.packs.get(number as usize).map_or(Type::Json, |pack| pack.ty(number, row))
    }

    fn named(&self, name: &str) -> Option<TypeId> {
        self.numbered().find_map(|(number, pack)| pack.find_definition(number, name))
    }

    fn walk(&self, from: TypeId, path: &str) -> Option<TypeId> {
        let mut at = from;
        let mut rest = path;
        while !rest.is_empty() {
            (at, rest) = if let Some(after) = rest.strip_prefix("[]") {
                match self.ty(at) {
                    Type::List { element, .. } => (element, after),
                    Type::Map { value, .. } => (value, after),
                    _ => return None,
                }
            } else {
                let after = rest.strip_prefix('.')?;
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let Type::Record(record) = self.ty(at) else { return None };
                (record.field(&after[..end])?.ty, &after[end..])
            };
        }
        Some(at)
    }

    fn numbered(&self) -> impl Iterator<Item = (u32, &Pack)> {
        (0u32..).zip(&self.packs)
    }
}

fn split(id: u32) -> (u32, u32) {
    (id >> 24, id & (TYPES_MAX - 1))
}

fn unknown_kind() -> KindInfo<'static> {
    KindInfo {
        group: "",
        version: "",
        kind: "",
        plural: "",
        singular: "",
        short_names: Default::default(),
        namespaced: false,
        mask: 0,
        served_by_default: false,
        patchable: false,
        status: false,
        scale: false,
        name_rule: NameRule::Subdomain,
        ty: TypeId(u32::MAX),
    }
}
