//! The recordings.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value};

/// One exchange with a real IRIS.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Recording {
    #[serde(skip)]
    pub(crate) file: String,
    pub(crate) account: String,
    pub(crate) request: Request,
    pub(crate) response: Response,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) query: Map<String, Value>,
    #[serde(default)]
    pub(crate) headers: Map<String, Value>,
    #[serde(default)]
    pub(crate) body: Option<Value>,
    #[serde(default)]
    pub(crate) body_raw: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Response {
    #[serde(default)]
    pub(crate) status: Option<u16>,
    #[serde(default)]
    pub(crate) headers: Map<String, Value>,
    #[serde(default)]
    pub(crate) body: Option<Value>,
    #[serde(default)]
    pub(crate) body_raw: Option<String>,
}

impl Recording {
    /// All, in the order in which they were made.
    pub(crate) fn all() -> Vec<Self> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/contract");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect();
        files.sort();
        files
            .into_iter()
            .map(|path| {
                let bytes = std::fs::read(&path).unwrap();
                let mut recording: Self =
                    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                recording.file = path.file_stem().unwrap().to_string_lossy().into_owned();
                recording
            })
            .collect()
    }

    /// The recording whose file begins with this number.
    pub(crate) fn number(number: u32) -> Self {
        let prefix = format!("{number:03}_");
        Self::all()
            .into_iter()
            .find(|one| one.file.starts_with(&prefix))
            .unwrap()
    }

    pub(crate) fn no(&self) -> u32 {
        self.file[..3].parse().unwrap()
    }

    /// Bytes of the body that was sent, if one was.
    pub(crate) fn sent(&self) -> Option<Vec<u8>> {
        match (&self.request.body, &self.request.body_raw) {
            (_, Some(raw)) => Some(raw.clone().into_bytes()),
            (Some(body), None) => Some(serde_json::to_vec(body).unwrap()),
            (None, None) => None,
        }
    }

    pub(crate) fn content_type(&self) -> String {
        self.response
            .headers
            .get("content-type")
            .and_then(Value::as_str)
            .unwrap_or("application/json")
            .to_owned()
    }

    /// Bytes of the answer.
    pub(crate) fn answered(&self) -> Vec<u8> {
        match (&self.response.body, &self.response.body_raw) {
            (_, Some(raw)) => raw.clone().into_bytes(),
            (Some(body), None) => serde_json::to_vec(body).unwrap(),
            (None, None) => Vec::new(),
        }
    }
}
