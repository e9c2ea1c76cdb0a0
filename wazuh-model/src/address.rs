//! Internet addresses, and whose they are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::domain;

/// Networks and domains that belong to the organisation: what lies in them is no indicator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnNetworks {
    /// Networks, beside the private ones that everybody has.
    pub networks: Vec<IpNet>,
    /// Domains, with everything below them: `corp.example` also means `dc01.corp.example`. Lower case.
    pub domains: Vec<String>,
}

impl OwnNetworks {
    /// Nothing beside what is private anyway.
    pub fn none() -> Self {
        Self::default()
    }

    /// Takes networks and domains; a domain may be written in any case, and with a leading or trailing dot.
    pub fn new(networks: impl IntoIterator<Item = IpNet>, domains: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let domains = domains.into_iter();
        Self {
            networks: networks.into_iter().collect(),
            domains: domains
                .map(|domain| form(domain.as_ref().trim_matches(['.', '*', ' '])))
                .filter(|domain| !domain.is_empty())
                .collect(),
        }
    }

    /// Says where an address lies.
    pub fn scope(&self, ip: IpAddr) -> Scope {
        if self.networks.iter().any(|network| network.contains(&ip)) {
            return Scope::Own;
        }
        Scope::of(ip)
    }

    /// Says whether a host name lies in one of the domains.
    pub fn owns_domain(&self, name: &str) -> bool {
        let name = form(name);
        let below = |domain: &String| {
            name.strip_suffix(domain.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.domains.iter().any(below)
    }
}

/// A name in the form of indicators; what is no name of the internet, in lower case.
fn form(name: &str) -> String {
    domain::form(name).unwrap_or_else(|| name.trim_end_matches('.').to_lowercase())
}

/// Where an address lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In the internet.
    Public,
    /// In a configured network of the organisation.
    Own,
    /// In a private network: RFC 1918, RFC 6598 (carrier NAT), RFC 4193.
    Private,
    /// This host.
    Loopback,
    /// This link: `169.254.0.0/16`, `fe80::/10`.
    LinkLocal,
    /// In a network for documentation: RFC 5737, RFC 3849. Real traffic never comes from there; test data does.
    Documentation,
    /// Nobody: unspecified, multicast, broadcast, benchmarks, reserved.
    Reserved,
}

impl Scope {
    /// Says where an address lies when no network is known to be one's own.
    pub fn of(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(ip) => Self::of_v4(ip),
            IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or_else(|| Self::of_v6(ip), Self::of_v4),
        }
    }

    /// Says whether an indicator may be made of such an address.
    pub fn is_foreign(self) -> bool {
        match self {
            Self::Public | Self::Documentation => true,
            Self::Own | Self::Private | Self::Loopback | Self::LinkLocal | Self::Reserved => false,
        }
    }

    fn of_v4(ip: Ipv4Addr) -> Self {
        let [a, b, ..] = ip.octets();
        match (a, b) {
            _ if ip.is_loopback() => Self::Loopback,
            _ if ip.is_private() => Self::Private,
            _ if ip.is_link_local() => Self::LinkLocal,
            _ if ip.is_documentation() => Self::Documentation,
            (100, 64..=127) => Self::Private,
            (198, 18 | 19) | (0 | 224..=255, _) => Self::Reserved,
            _ => Self::Public,
        }
    }

    fn of_v6(ip: Ipv6Addr) -> Self {
        match ip.segments() {
            _ if ip.is_loopback() => Self::Loopback,
            _ if ip.is_unspecified() || ip.is_multicast() => Self::Reserved,
            _ if ip.is_unique_local() => Self::Private,
            _ if ip.is_unicast_link_local() => Self::LinkLocal,
            [0x2001, 0xdb8, ..] => Self::Documentation,
            [0x3fff, second, ..] if second < 0x1000 => Self::Documentation,
            // Only 2000::/3 is given out; NAT64 wraps IPv4 addresses.
            [first, ..] if first & 0xe000 == 0x2000 => Self::Public,
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                Self::of_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
            }
            _ => Self::Reserved,
        }
    }
}

/// Reads an address as logs write it: in brackets, with a port, with a zone, IPv4 inside IPv6.
pub(crate) fn parse(text: &str) -> Option<(IpAddr, Option<u16>)> {
    let text = text.trim().trim_start_matches('/');
    // The longest is a full IPv6 address with IPv4 tail, brackets, zone and port.
    if text.len() > 80 || !text.contains(['.', ':']) {
        return None;
    }
    if let Some(ip) = plain(text) {
        return Some((ip, None));
    }
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok()?;
    let host = host
        .strip_prefix('[')
        .map_or(Some(host), |host| host.strip_suffix(']'))?;
    Some((plain(host)?, Some(port)))
}

fn plain(text: &str) -> Option<IpAddr> {
    let text = text
        .strip_prefix('[')
        .map_or(Some(text), |text| text.strip_suffix(']'))?;
    let text = text.split_once('%').map_or(text, |(ip, _zone)| ip);
    let ip: IpAddr = text.parse().ok()?;
    Some(ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_address_is_told_apart() {
        for (ip, scope) in [
            ("8.8.8.8", Scope::Public),
            ("172.15.0.1", Scope::Public),
            ("172.32.0.1", Scope::Public),
            ("10.1.2.3", Scope::Private),
            ("172.16.0.1", Scope::Private),
            ("192.168.1.1", Scope::Private),
            ("100.64.0.1", Scope::Private),
            ("127.0.0.53", Scope::Loopback),
            ("169.254.169.254", Scope::LinkLocal),
            ("192.0.2.1", Scope::Documentation),
            ("198.51.100.7", Scope::Documentation),
            ("203.0.113.66", Scope::Documentation),
            ("0.0.0.0", Scope::Reserved),
            ("224.0.0.251", Scope::Reserved),
            ("255.255.255.255", Scope::Reserved),
            ("198.18.0.1", Scope::Reserved),
            ("2606:4700::1", Scope::Public),
            ("::1", Scope::Loopback),
            ("::", Scope::Reserved),
            ("fe80::1", Scope::LinkLocal),
            ("fd00::1", Scope::Private),
            ("ff02::fb", Scope::Reserved),
            ("2001:db8::1", Scope::Documentation),
            ("::ffff:10.0.0.1", Scope::Private),
            ("64:ff9b::808:808", Scope::Public),
        ] {
            assert_eq!(Scope::of(ip.parse().unwrap()), scope, "{ip}");
        }
    }

    #[test]
    fn own_networks_and_domains_come_first() {
        let own = OwnNetworks::new(
            ["8.8.0.0/16".parse().unwrap(), "2606:4700::/32".parse().unwrap()],
            [".Corp.Example."],
        );
        assert_eq!(own.scope("8.8.8.8".parse().unwrap()), Scope::Own);
        assert_eq!(own.scope("2606:4700::1".parse().unwrap()), Scope::Own);
        assert_eq!(own.scope("8.9.8.8".parse().unwrap()), Scope::Public);
        assert!(own.owns_domain("DC01.corp.example.") && own.owns_domain("corp.example"));
        assert!(!own.owns_domain("notcorp.example"));
        let own = OwnNetworks::new([], ["B\u{fc}cher.example"]);
        assert!(own.owns_domain("shop.xn--bcher-kva.example") && own.owns_domain("b\u{fc}cher.example"));
    }

    #[test]
    fn addresses_are_read_as_logs_write_them() {
        for (text, ip, port) in [
            ("203.0.113.66", "203.0.113.66", None),
            ("203.0.113.66:4444", "203.0.113.66", Some(4444)),
            ("[2001:db8::1]:443", "2001:db8::1", Some(443)),
            ("[2001:db8::1]", "2001:db8::1", None),
            ("::ffff:203.0.113.66", "203.0.113.66", None),
            ("fe80::1%eth0", "fe80::1", None),
            ("/203.0.113.66:80", "203.0.113.66", Some(80)),
        ] {
            assert_eq!(parse(text), Some((ip.parse().unwrap(), port)), "{text}");
        }
        for text in [
            "10.0.19041.746",
            "1.2.3",
            "host:80",
            "12:34",
            "",
            "1.2.3.4.5",
            "203.0.113.66:99999",
            "[1.2.3.4",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
