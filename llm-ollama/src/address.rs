//! Where a model server is, and whether that is our own network.

use std::net::IpAddr;

use triage_core::{TriageError, TriageErrorKind};
use url::{Host, Url};

/// Base address of a model server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// Always ends in `/`.
    base: Url,
    local: bool,
}

impl Address {
    /// Reads an address that may end in one of these paths of the server's API.
    pub(crate) fn parse(text: &str, api_paths: &[&str]) -> Result<Self, TriageError> {
        let refused =
            |why: &str| TriageError::new(TriageErrorKind::Misconfigured, format!("the model's address {why}"));
        let text = text.trim();
        // Ollama's own OLLAMA_HOST goes without a scheme, and a parser would take `localhost:` for one.
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
        if base.query().is_some() || base.fragment().is_some() {
            return Err(refused("has a query or a fragment; leave it out"));
        }
        let path = base.path().trim_end_matches('/');
        let path = api_paths.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path);
        let path = format!("{}/", path.trim_end_matches('/'));
        base.set_path(&path);
        let local = base.host().is_some_and(|host| is_own_network(&host));
        Ok(Self { base, local })
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

    /// Says whether it is on this host or on a private network.
    pub(crate) fn is_local(&self) -> bool {
        self.local
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Gives host and port, for messages and spans.
    pub(crate) fn authority(&self) -> &str {
        self.base.authority()
    }
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

    const OLLAMA: &[&str] = &["/api/generate", "/api/chat", "/api"];

    #[test]
    fn an_address_may_be_the_base_or_end_in_an_endpoint() {
        for text in [
            "http://127.0.0.1:11434",
            "http://127.0.0.1:11434/",
            "127.0.0.1:11434",
            " http://127.0.0.1:11434/api/generate ",
            "http://127.0.0.1:11434/api/chat/",
            "http://127.0.0.1:11434/api",
        ] {
            let address = Address::parse(text, OLLAMA).unwrap();
            assert_eq!(
                address.at("api/chat").as_str(),
                "http://127.0.0.1:11434/api/chat",
                "{text}"
            );
        }
        let behind_a_path = Address::parse("https://gpu.example.com/ollama/api/generate", OLLAMA).unwrap();
        assert_eq!(
            behind_a_path.at("api/chat").as_str(),
            "https://gpu.example.com/ollama/api/chat"
        );
    }

    #[test]
    fn an_address_with_a_secret_in_it_is_refused_without_repeating_it() {
        for text in [
            "http://me:hunter2@host",
            "http://host/?key=hunter2",
            "ftp://host",
            "http://",
            "http://host#hunter2",
        ] {
            let error = Address::parse(text, OLLAMA).unwrap_err();
            assert_eq!(error.kind, TriageErrorKind::Misconfigured);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
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
            assert!(Address::parse(text, OLLAMA).unwrap().is_local(), "{text}");
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
            assert!(!Address::parse(text, OLLAMA).unwrap().is_local(), "{text}");
        }
    }
}
