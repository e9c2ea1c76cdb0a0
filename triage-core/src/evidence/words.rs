//! Numbers of Windows and of protocols, in words that a small model and a tired analyst read at once.

/// What a Windows logon type means.
pub(super) fn logon_type(number: &str) -> Option<&'static str> {
    Some(match number.trim() {
        "0" => "system start",
        "2" => "interactive, at the console",
        "3" => "network (share, SMB, WinRM)",
        "4" => "batch (scheduled task)",
        "5" => "service",
        "7" => "unlock of a session",
        "8" => "network with clear-text password",
        "9" => "new credentials (runas /netonly, pass-the-hash tools)",
        "10" => "remote interactive (RDP)",
        "11" => "cached credentials, interactive",
        "12" => "cached credentials, remote interactive",
        "13" => "cached credentials, unlock",
        _ => return None,
    })
}

/// What an NTSTATUS of a failed logon or a Kerberos request means.
pub(super) fn status(code: &str) -> Option<&'static str> {
    let code = code.trim().to_ascii_lowercase();
    Some(match code.strip_prefix("0x")?.trim_start_matches('0') {
        "c0000064" => "user name does not exist",
        "c000006a" => "user name is right, password is wrong",
        "c000006d" => "bad user name or password",
        "c000006e" => "account restriction",
        "c000006f" => "outside of the allowed logon hours",
        "c0000070" => "from a workstation that is not allowed",
        "c0000071" => "password has expired",
        "c0000072" => "account is disabled",
        "c00000dc" => "server was in the wrong state",
        "c0000133" => "clocks differ too much",
        "c000015b" => "logon type was not granted",
        "c000018c" => "trust with the domain failed",
        "c0000192" => "Netlogon service was not started",
        "c0000193" => "account has expired",
        "c0000224" => "password must be changed at next logon",
        "c0000225" => "Windows error, no risk by itself",
        "c0000234" => "account is locked out",
        "c0000413" => "authentication firewall refused",
        _ => return None,
    })
}

/// What a Windows message constant (`%%2313`) means.
pub(super) fn message_constant(constant: &str) -> Option<&'static str> {
    Some(match constant.trim() {
        "%%1832" => "identification",
        "%%1833" => "impersonation",
        "%%1840" => "delegation",
        "%%1842" => "yes",
        "%%1843" => "no",
        "%%1936" => "full token (administrator rights, no UAC limit)",
        "%%1937" => "elevated token",
        "%%1938" => "limited token",
        "%%2304" => "an error occurred during logon",
        "%%2305" => "user account has expired",
        "%%2307" => "account is locked out",
        "%%2309" => "password has expired",
        "%%2310" => "account is disabled",
        "%%2312" => "not allowed to log on to this computer",
        "%%2313" => "unknown user name or bad password",
        "%%14592" => "inbound",
        "%%14593" => "outbound",
        _ => return None,
    })
}

/// Which rights of another process a Sysmon access mask asks for, where that tells something.
pub(super) fn granted_access(mask: &str) -> Option<&'static str> {
    let mask = u32::from_str_radix(mask.trim().to_ascii_lowercase().strip_prefix("0x")?, 16).ok()?;
    Some(match mask {
        0x001f_ffff | 0x001f_3fff | 0x001f_0fff => "all rights over the process, reading its memory included",
        mask if mask & 0x0020 != 0 && mask & 0x0010 != 0 => "reading and writing the process's memory",
        mask if mask & 0x0002 != 0 && mask & 0x0020 != 0 => "writing memory and starting threads",
        mask if mask & 0x0010 != 0 => "reading the process's memory (what a credential dump needs)",
        0x0400 | 0x1000 | 0x1400 | 0x1f_ff40 => "only asking for information about the process",
        _ => return None,
    })
}

/// What the answer of a web server means.
pub(super) fn http_status(code: &str) -> Option<&'static str> {
    let code: u16 = code.trim().parse().ok()?;
    Some(match code {
        200..=299 => "success: the server answered the request",
        300..=399 => "redirect",
        401 => "not logged in",
        403 => "forbidden: the server refused",
        404 | 410 => "not found: the target does not exist",
        400 | 405..=409 | 411..=499 => "client error: the server refused the request",
        500..=599 => "server error: the request broke something",
        _ => return None,
    })
}

/// Which group or account everybody knows by this SID.
pub(super) fn well_known_sid(sid: &str) -> Option<&'static str> {
    let sid = sid.trim();
    Some(match sid {
        "S-1-5-18" => "SYSTEM",
        "S-1-5-19" => "LOCAL SERVICE",
        "S-1-5-20" => "NETWORK SERVICE",
        "S-1-5-32-544" => "local Administrators",
        "S-1-5-32-545" => "local Users",
        "S-1-5-32-546" => "local Guests",
        "S-1-5-32-551" => "Backup Operators",
        "S-1-5-32-555" => "Remote Desktop Users",
        "S-1-5-32-580" => "Remote Management Users",
        "S-1-5-32-548" => "Account Operators",
        "S-1-5-32-549" => "Server Operators",
        "S-1-5-32-550" => "Print Operators",
        "S-1-1-0" => "Everyone",
        _ => match sid.strip_prefix("S-1-5-21-")?.rsplit_once('-')?.1 {
            "500" => "built-in Administrator",
            "501" => "built-in Guest",
            "502" => "krbtgt",
            "512" => "Domain Admins",
            "513" => "Domain Users",
            "516" => "Domain Controllers",
            "518" => "Schema Admins",
            "519" => "Enterprise Admins",
            "520" => "Group Policy Creator Owners",
            "525" => "Protected Users",
            "526" | "527" => "Key Admins",
            _ => return None,
        },
    })
}

/// Whose address this is: a network class, in words.
pub(super) fn address_class(address: &str) -> Option<&'static str> {
    let ip: std::net::IpAddr = address.trim().trim_start_matches("::ffff:").parse().ok()?;
    Some(match ip {
        std::net::IpAddr::V4(v4) if v4.octets() == [169, 254, 169, 254] => "cloud metadata service",
        ip if ip.is_loopback() => "loopback: this host itself",
        ip if ip.is_unspecified() => "no address",
        ip if ip.is_multicast() => "multicast",
        std::net::IpAddr::V4(v4) if v4.is_private() => "private",
        std::net::IpAddr::V4(v4) if v4.is_link_local() => "link-local",
        std::net::IpAddr::V4(v4) if v4.is_broadcast() => "broadcast",
        std::net::IpAddr::V4(v4) if v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1]) => {
            "shared carrier address (CGNAT), not public"
        }
        std::net::IpAddr::V6(v6) if v6.segments()[0] & 0xfe00 == 0xfc00 => "private",
        std::net::IpAddr::V6(v6) if v6.segments()[0] & 0xffc0 == 0xfe80 => "link-local",
        _ => "public",
    })
}
