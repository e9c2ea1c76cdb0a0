//! What a server says about a model before it is asked anything.

use serde::{Deserialize, Serialize, Serializer};
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
    /// What `think` may be, where the server says so; newer ones do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub think_values: Option<Vec<Value>>,
    /// Whether llama-server applies the model's own chat template; schema properties are then sorted by name.
    pub native_template: bool,
    /// Names of the weights: two model names with the same ones share one loaded model.
    #[serde(skip)]
    pub(crate) weights: Option<String>,
}

/// How much a model may think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Think {
    Off,
    Low,
}

impl Serialize for Think {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Off => out.serialize_bool(false),
            Self::Low => out.serialize_str("low"),
        }
    }
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
    thinking: Option<Value>,
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
            // A list of nothing says no more than none: every model can do something.
            capabilities: shown.capabilities.filter(|words| !words.is_empty()),
            context_length: info
                .iter()
                .find(|(name, _)| name.ends_with(".context_length"))
                .and_then(|(_, length)| length.as_u64()),
            family: filled(details.family),
            parameter_size: filled(details.parameter_size),
            quantization: filled(details.quantization_level),
            remote_host: filled(shown.remote_host).or(filled(shown.remote_model)),
            think_values: shown
                .thinking
                .as_ref()
                .and_then(|thinking| thinking.get("values")?.as_array().cloned()),
            native_template: shown.template.is_some_and(|template| template.contains("{%")),
            weights: shown.modelfile.as_deref().and_then(weights_in).map(str::to_owned),
        })
    }

    /// Says whether the model thinks before it answers, unless told not to.
    pub fn thinks(&self) -> bool {
        self.can("thinking").unwrap_or(false)
    }

    /// Says how to keep it from thinking, as far as that can be done: off, or as little as a model does that cannot but think.
    pub(crate) fn think(&self) -> Option<Think> {
        if let Some(values) = &self.think_values {
            let may = |value: &Value| values.contains(value);
            return match (may(&Value::Bool(true)) || self.thinks(), may(&Value::Bool(false))) {
                (true, true) => Some(Think::Off),
                _ if may(&Value::from("low")) => Some(Think::Low),
                // There is nothing to choose between.
                _ => None,
            };
        }
        if !self.thinks() {
            return None;
        }
        let family = self.family.as_deref().unwrap_or_default();
        let only_less = matches!(family, "gptoss" | "gpt-oss");
        Some(if only_less { Think::Low } else { Think::Off })
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
    fn a_model_is_kept_from_thinking_as_far_as_it_lets_itself() {
        for (shown, think) in [
            (r#"{"capabilities":["completion"]}"#, None),
            // Before 0.6.4 nothing is said, and nothing can think.
            ("{}", None),
            (r#"{"capabilities":["completion","thinking"]}"#, Some(Think::Off)),
            (
                r#"{"capabilities":["completion","thinking"],"details":{"family":"gptoss"}}"#,
                Some(Think::Low),
            ),
            (
                r#"{"capabilities":["completion","thinking"],"thinking":{"values":[true,false]}}"#,
                Some(Think::Off),
            ),
            (
                r#"{"capabilities":["completion","thinking"],"thinking":{"values":["low","high"]}}"#,
                Some(Think::Low),
            ),
            (r#"{"capabilities":["completion"],"thinking":{"values":[false]}}"#, None),
        ] {
            assert_eq!(ModelCard::read(shown.as_bytes()).unwrap().think(), think, "{shown}");
        }
    }

    #[test]
    fn a_server_that_says_nothing_of_a_model_is_asked_all_the_same() {
        for shown in ["{}", r#"{"capabilities":null}"#, r#"{"capabilities":[]}"#] {
            assert_eq!(ModelCard::read(shown.as_bytes()).unwrap().completes(), None, "{shown}");
        }
        let embeds = ModelCard::read(br#"{"capabilities":["embedding"]}"#).unwrap();
        assert_eq!(embeds.completes(), Some(false));
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
