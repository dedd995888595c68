//! A folder of CRD files as one model.

use std::fs;
use std::path::{Path, PathBuf};

use schema::convert;
use schema::model::Model;
use serde_json::Value;

use crate::Error;

/// Reads every YAML file of a folder, in the order of their names; each holds one CRD.
pub(crate) fn model(folder: &Path) -> Result<Model, Error> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, Error>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    let mut model = Model::default();
    for file in files {
        let document: Value = serde_yaml::from_str(&fs::read_to_string(&file)?)?;
        let converted = convert::crd(&document).map_err(|error| format!("{}: {error}", file.display()))?;
        model.definitions.extend(converted.definitions);
        model.kinds.extend(converted.kinds);
    }
    Ok(model)
}
