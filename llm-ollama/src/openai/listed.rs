//! What a server says about its models, as far as it says anything.

use serde::Deserialize;
use serde_json::Value;

/// One entry of the list of models.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Listed {
    id: Option<String>,
    /// Who serves it: `vllm`, `llamacpp`.
    pub(crate) owned_by: Option<String>,
    /// vLLM's word for the context that it gives.
    max_model_len: Option<u64>,
    /// llama-server's.
    meta: Option<About>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct About {
    n_ctx_train: Option<u64>,
    n_params: Option<u64>,
}

impl Listed {
    /// Finds the model in a list, or the only one there is; anything but a list is none.
    pub(crate) fn among(body: &[u8], model: &str) -> Option<Self> {
        let list: Value = serde_json::from_slice(body).ok()?;
        let entries: Vec<Self> = list
            .get("data")?
            .as_array()?
            .iter()
            .filter_map(|entry| Self::deserialize(entry).ok())
            .collect();
        let ours = entries.iter().find(|entry| entry.id.as_deref() == Some(model));
        match (ours, entries.as_slice()) {
            (Some(ours), _) | (None, [ours]) => Some(ours.clone()),
            (None, _) => None,
        }
    }

    /// Tokens that the model may hold.
    pub(crate) fn context(&self) -> Option<u64> {
        self.max_model_len
            .or_else(|| self.meta.as_ref().and_then(|meta| meta.n_ctx_train))
    }

    /// Parameters as people say them: `3.8B`.
    pub(crate) fn size(&self) -> Option<String> {
        let millions = self.meta.as_ref()?.n_params? / 1_000_000;
        Some(match millions {
            0 => return None,
            1..1000 => format!("{millions}M"),
            _ => format!("{}.{}B", millions / 1000, millions % 1000 / 100),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_found_by_its_name_or_by_being_the_only_one() {
        let vllm =
            br#"{"object":"list","data":[{"id":"a","owned_by":"vllm","max_model_len":8192},{"id":"b","odd":[]}]}"#;
        let found = Listed::among(vllm, "a").unwrap();
        assert_eq!((found.owned_by.as_deref(), found.context()), (Some("vllm"), Some(8192)));
        assert_eq!(Listed::among(vllm, "c"), None);
        let llama = br#"{"data":[{"id":"/models/x.gguf","owned_by":"llamacpp","meta":{"n_ctx_train":131072,"n_params":3836021856}}]}"#;
        let only = Listed::among(llama, "phi").unwrap();
        assert_eq!((only.context(), only.size().as_deref()), (Some(131_072), Some("3.8B")));
        for odd in ["", "[]", "{}", r#"{"data":null}"#, r#"{"data":[7]}"#] {
            assert_eq!(Listed::among(odd.as_bytes(), "a"), None, "{odd}");
        }
    }
}
