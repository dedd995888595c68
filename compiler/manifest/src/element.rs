//! What elements of lists are called in paths, where no schema is at hand.

/// Fields that tell elements of Kubernetes' lists apart, the most telling first.
pub const KEY_FIELDS: [&str; 8] = ["name", "mountPath", "host", "path", "ip", "topologyKey", "devicePath", "key"];
