//! What a server says about a model before it is asked anything.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What `/api/show` says about a model, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ModelCard {
    /// `completion`, `thinking`, `tools`, …; `None` before Ollama 0.6.4, which does not say.
    pub capabilities: Option<Vec<String>>,
    /// Tokens that the model was trained for; a larger `num_ctx` is clamped to it.
    pub context_length: Option<u64>,
    /// Architecture, such as `llama` or `phi3`.
    pub family: Option<String>,
    /// Parameters as people say them: `3.8B`.
    pub parameter_size: Option<String>,
    /// Quantisation, such as `Q4_K_M`.
    pub quantization: Option<String>,
    /// Where it really runs, when that is not this server.
    pub remote_host: Option<String>,
    /// Whether llama-server applies the model's own chat template; schema properties are then sorted by name.
    pub native_template: bool,
    /// Names of the weights: two model names with the same ones share one loaded model.
    #[serde(skip)]
    pub(crate) weights: Option<String>,
}

/// The answer of `/api/show`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Shown {
    capabilities: Option<Vec<String>>,
    details: Option<Details>,
    model_info: Option<Map<String, Value>>,
    modelfile: Option<String>,
    template: Option<String>,
    remote_host: Option<String>,
    remote_model: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    family: Option<String>,
    parameter_size: Option<String>,
    quantization_level: Option<String>,
}

impl ModelCard {
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let shown: Shown = serde_json::from_slice(body).ok()?;
        let details = shown.details.unwrap_or_default();
        let info = shown.model_info.unwrap_or_default();
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Some(Self {
            capabilities: shown.capabilities,
            context_length: info
                .iter()
                .find(|(name, _)| name.ends_with(".context_length"))
                .and_then(|(_, length)| length.as_u64()),
            family: filled(details.family),
            parameter_size: filled(details.parameter_size),
            quantization: filled(details.quantization_level),
            remote_host: filled(shown.remote_host).or(filled(shown.remote_model)),
            native_template: shown.template.is_some_and(|template| template.contains("{%")),
            weights: shown.modelfile.as_deref().and_then(weights_in).map(str::to_owned),
        })
    }

    /// Says whether the model thinks before it answers, unless told not to.
    pub fn thinks(&self) -> bool {
        self.can("thinking").unwrap_or(false)
    }

    /// Says whether it can be asked anything; `None` where the server does not say.
    pub fn completes(&self) -> Option<bool> {
        self.can("completion")
    }

    fn can(&self, what: &str) -> Option<bool> {
        Some(self.capabilities.as_ref()?.iter().any(|capability| capability == what))
    }
}

/// Finds the file that a model is made of: `FROM …/blobs/sha256-…`.
fn weights_in(modelfile: &str) -> Option<&str> {
    modelfile
        .lines()
        .filter_map(|line| line.strip_prefix("FROM "))
        .find(|from| from.contains("sha256-"))
        .map(str::trim)
}

/// Says whether a mere name sends the alert to a hosted model.
pub(crate) fn is_cloud_name(model: &str) -> bool {
    let model = model.trim().to_ascii_lowercase();
    model.ends_with(":cloud") || model.ends_with("-cloud")
}

/// Says whether two names mean the same model: a missing tag is `latest`.
pub(crate) fn same_model(one: &str, other: &str) -> bool {
    let full = |name: &str| {
        let name = name.trim();
        let last = name.rsplit('/').next().unwrap_or(name);
        if last.contains(':') {
            name.to_ascii_lowercase()
        } else {
            format!("{}:latest", name.to_ascii_lowercase())
        }
    };
    full(one) == full(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tag_means_latest_and_a_port_is_no_tag() {
        assert!(same_model("phi4-mini", "phi4-mini:latest"));
        assert!(same_model("registry:5000/x/Phi", "registry:5000/x/phi:latest"));
        assert!(!same_model("phi4-mini:3.8b", "phi4-mini"));
    }

    #[test]
    fn cloud_names_are_known_by_their_end() {
        for name in [
            "gpt-oss:20b-cloud",
            "deepseek-v3.1:671b-cloud",
            "glm:cloud",
            "GLM:Cloud",
        ] {
            assert!(is_cloud_name(name), "{name}");
        }
        for name in ["phi4-mini:latest", "cloudy:7b", "cloud:8b"] {
            assert!(!is_cloud_name(name), "{name}");
        }
    }
}
