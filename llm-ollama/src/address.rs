//! Where a model server is, and whether that is our own network.

use std::net::{IpAddr, Ipv6Addr};

use triage_core::{TriageError, TriageErrorKind};
use url::{Host, Url};

/// What an address of Ollama may end in: its endpoints, because that is what `OLLAMA_URL` used to hold.
const OLLAMA_PATHS: &[&str] = &[
    "/api/generate",
    "/api/chat",
    "/api/show",
    "/api/tags",
    "/api/version",
    "/api",
    "/v1/chat/completions",
    "/v1",
];

/// Base address of a model server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// Always ends in `/`.
    base: Url,
    origin: String,
    local: bool,
}

impl Address {
    /// Reads Ollama's address: a URL, which may end in one of its endpoints, or what its own `OLLAMA_HOST` holds, where the port is
    /// 11434 unless it says another.
    pub(crate) fn of_ollama(text: &str) -> Result<Self, TriageError> {
        let text = text.trim();
        if text.contains("://") {
            return Self::parse(text, OLLAMA_PATHS);
        }
        let (host, path) = text.find('/').map_or((text, ""), |at| text.split_at(at));
        let host = match (host.parse::<Ipv6Addr>(), host.strip_prefix(':')) {
            (Ok(_), _) => format!("[{host}]"),
            // An address to listen on, where every address is meant.
            (_, Some(port)) if !port.is_empty() => format!("127.0.0.1:{port}"),
            _ => host.to_owned(),
        };
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
        let port = if has_port || host.is_empty() { "" } else { ":11434" };
        Self::parse(&format!("{host}{port}{path}"), OLLAMA_PATHS)
    }

    /// Reads an address that may end in one of these paths of the server's API.
    pub(crate) fn parse(text: &str, api_paths: &[&str]) -> Result<Self, TriageError> {
        let refused =
            |why: &str| TriageError::new(TriageErrorKind::Misconfigured, format!("the model's address {why}"));
        let text = text.trim();
        // Without a scheme a parser would take `localhost:` for one.
        let with_scheme = if text.contains("://") {
            text.to_owned()
        } else {
            format!("http://{text}")
        };
        let mut base = Url::parse(&with_scheme).map_err(|error| refused("is not a URL").caused_by(error))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(refused("is neither http nor https"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(refused("holds a user name or password; give the key as a bearer token"));
        }
        if base.query_pairs().any(|(name, _)| name == "api-version") {
            return Err(refused(
                "has an api-version; give Azure's address that needs none, which ends in /openai/v1",
            ));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(refused("has a query or a fragment; leave it out"));
        }
        let path = base.path().trim_end_matches('/');
        let path = api_paths.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path);
        let path = format!("{}/", path.trim_end_matches('/'));
        base.set_path(&path);
        let local = base.host().is_some_and(|host| is_own_network(&host));
        let origin = origin(&base);
        Ok(Self { base, origin, local })
    }

    /// Puts this path where a bare host was given.
    #[cfg(feature = "openai")]
    pub(crate) fn or_path(mut self, path: &str) -> Self {
        if self.base.path() == "/" {
            self.base.set_path(&format!("/{path}/"));
        }
        self
    }

    /// Gives the address of one endpoint, such as `api/chat`.
    pub(crate) fn at(&self, endpoint: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{endpoint}", self.base.path()));
        url
    }

    /// Gives an address of the server's own, beside its OpenAI-compatible ones.
    #[cfg(feature = "openai")]
    pub(crate) fn beside(&self, endpoint: &str) -> Url {
        let mut url = self.base.clone();
        let path = self.base.path();
        url.set_path(&format!("{}{endpoint}", path.strip_suffix("v1/").unwrap_or(path)));
        url
    }

    /// Says whether it is on this host or on a private network.
    pub(crate) fn is_local(&self) -> bool {
        self.local
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Gives scheme, host and port, for messages.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Gives host and port, for spans and fields of the log.
    pub(crate) fn authority(&self) -> &str {
        self.base.authority()
    }
}

fn origin(base: &Url) -> String {
    let port = base.port_or_known_default().map(|port| format!(":{port}"));
    format!(
        "{}://{}{}",
        base.scheme(),
        base.host_str().unwrap_or_default(),
        port.unwrap_or_default()
    )
}

fn is_own_network(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(ip) => is_own_ip(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => is_own_ip(ip.to_canonical()),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            // One label: a container's or a neighbour's name, which no public server can have.
            is_localhost(name)
                || !name.contains('.')
                || [".local", ".internal", ".lan", ".home.arpa"]
                    .iter()
                    .any(|end| name.ends_with(end))
        }
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

fn is_own_ip(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_the_base_or_end_in_an_endpoint() {
        for text in [
            "http://127.0.0.1:11434",
            "http://127.0.0.1:11434/",
            "http://127.0.0.1:11434//",
            "127.0.0.1:11434",
            "127.0.0.1",
            ":11434",
            "127.0.0.1/api/generate",
            " http://127.0.0.1:11434/api/generate ",
            "http://127.0.0.1:11434/api/generate/",
            "http://127.0.0.1:11434/api/chat/",
            "http://127.0.0.1:11434/api",
            "http://127.0.0.1:11434/v1",
        ] {
            let address = Address::of_ollama(text).unwrap();
            assert_eq!(
                address.at("api/chat").as_str(),
                "http://127.0.0.1:11434/api/chat",
                "{text}"
            );
        }
        for (text, chat) in [
            (
                "https://gpu.example.com/ollama/api/generate",
                "https://gpu.example.com/ollama/api/chat",
            ),
            (
                "https://gpu.example.com/ollama/",
                "https://gpu.example.com/ollama/api/chat",
            ),
            // A URL has the port of its scheme, as every URL does.
            ("http://gpu.example.com", "http://gpu.example.com/api/chat"),
            ("gpu.example.com", "http://gpu.example.com:11434/api/chat"),
            ("gpu.example.com:80/x", "http://gpu.example.com/x/api/chat"),
            ("http://[::1]:11434/api/generate", "http://[::1]:11434/api/chat"),
            ("[::1]:8080", "http://[::1]:8080/api/chat"),
            ("[::1]", "http://[::1]:11434/api/chat"),
            ("::1", "http://[::1]:11434/api/chat"),
        ] {
            assert_eq!(
                Address::of_ollama(text).unwrap().at("api/chat").as_str(),
                chat,
                "{text}"
            );
        }
    }

    #[test]
    fn an_address_with_a_secret_in_it_is_refused_without_repeating_it() {
        for text in [
            "http://me:hunter2@host",
            "http://host/?key=hunter2",
            "ftp://host",
            "http://",
            "",
            ":",
            "http://host#hunter2",
            "me:hunter2@host",
        ] {
            let error = Address::of_ollama(text).unwrap_err();
            assert_eq!(error.kind, TriageErrorKind::Misconfigured);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn azures_old_addresses_are_refused_with_the_new_one() {
        let old = "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21";
        let error = Address::parse(old, &["/chat/completions"]).unwrap_err();
        assert!(error.message.contains("/openai/v1"), "{error}");
    }

    #[test]
    fn only_loopback_private_and_undotted_names_are_our_own_network() {
        for text in [
            "localhost:11434",
            "http://127.9.9.9",
            "http://[::1]:11434",
            "http://10.1.2.3",
            "http://192.168.1.9",
            "http://172.20.0.2",
            "http://[fd00::1]",
            "http://[::ffff:10.0.0.1]",
            "http://ollama:11434",
            "http://gpu.lan",
        ] {
            assert!(Address::of_ollama(text).unwrap().is_local(), "{text}");
        }
        for text in [
            "https://ollama.com",
            "http://8.8.8.8",
            "http://172.32.0.1",
            "http://localhost.example.com",
            "http://[2001:db8::1]",
            "http://[::ffff:8.8.8.8]",
            "http://lan.example.com",
        ] {
            assert!(!Address::of_ollama(text).unwrap().is_local(), "{text}");
        }
    }
}
