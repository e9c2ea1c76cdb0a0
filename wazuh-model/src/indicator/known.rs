//! Files and resolvers that are known everywhere, and files of one machine alone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Machines that everybody asks for names: who is asked says nothing, and what for does.
const RESOLVERS: [Ipv4Addr; 9] = [
    Ipv4Addr::new(1, 0, 0, 1),
    Ipv4Addr::new(1, 1, 1, 1),
    Ipv4Addr::new(4, 2, 2, 2),
    Ipv4Addr::new(8, 8, 4, 4),
    Ipv4Addr::new(8, 8, 8, 8),
    Ipv4Addr::new(9, 9, 9, 9),
    Ipv4Addr::new(149, 112, 112, 112),
    Ipv4Addr::new(208, 67, 220, 220),
    Ipv4Addr::new(208, 67, 222, 222),
];
/// Theirs of version 6.
const RESOLVERS_V6: [Ipv6Addr; 8] = [
    Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8844),
    Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8888),
    Ipv6Addr::new(0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x1001),
    Ipv6Addr::new(0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x1111),
    Ipv6Addr::new(0x2620, 0xfe, 0, 0, 0, 0, 0, 0x9),
    Ipv6Addr::new(0x2620, 0xfe, 0, 0, 0, 0, 0, 0xfe),
    Ipv6Addr::new(0x2620, 0x119, 0x35, 0, 0, 0, 0, 0x35),
    Ipv6Addr::new(0x2620, 0x119, 0x53, 0, 0, 0, 0, 0x53),
];

/// Says whether an address is of one of the large public resolvers.
pub(super) fn is_resolver(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => RESOLVERS.contains(&ip),
        IpAddr::V6(ip) => RESOLVERS_V6.contains(&ip),
    }
}

/// Files that every system has: their names say nothing elsewhere. What stands in these may be planted, and then their hashes do.
const COMMON: [&str; 8] = [
    "sudo",
    "authorized_keys",
    ".htaccess",
    "index.php",
    "index.html",
    "index.htm",
    "web.config",
    "ld.so.preload",
];

/// Files whose contents are of one machine alone and change as it is used: their hashes say nothing elsewhere either. These stand where
/// a Unix, or Windows, has its settings.
const SETTINGS: [&str; 17] = [
    "passwd",
    "passwd-",
    "shadow",
    "shadow-",
    "group",
    "group-",
    "gshadow",
    "gshadow-",
    "hosts",
    "hostname",
    "resolv.conf",
    "sudoers",
    "crontab",
    "fstab",
    "mtab",
    "sshd_config",
    "ssh_config",
];
/// And these in the home of somebody.
const PERSONAL: [&str; 5] = [".bashrc", ".profile", ".bash_history", "known_hosts", "ntuser.dat"];
/// And these in any folder, where Windows writes them.
const FOLDERS: [&str; 2] = ["desktop.ini", "thumbs.db"];

/// Folders below a home that others reach: what lies there is not its owner's alone.
const SHARED: [&str; 8] = [
    "htdocs",
    "webapps",
    "public_html",
    "html",
    "www",
    "tmp",
    "downloads",
    "desktop",
];

/// Where the accounts of services live.
const SERVICES: [&str; 3] = ["/var/lib/", "/srv/", "/opt/"];

/// Says whether a file is of this machine alone. Elsewhere, or brought by somebody, one of the same name is not.
pub(super) fn is_living(path: &str, is_new: bool) -> bool {
    let name = last_name(path);
    let folder = path.trim_end().strip_suffix(name).unwrap_or_default();
    let folder = folder
        .trim_end_matches(['\\', '/'])
        .replace('\\', "/")
        .to_ascii_lowercase();
    let folder = folder.strip_prefix("/private").unwrap_or(&folder);
    if is_one_of(name, &FOLDERS) {
        return !is_new;
    }
    if is_one_of(name, &SETTINGS) {
        return matches!(folder, "/etc" | "/etc/ssh" | "/etc/skel")
            // As a program of 32 bits names it.
            || [":/windows/system32/drivers/etc", ":/windows/sysnative/drivers/etc"]
                .iter()
                .any(|place| folder.ends_with(place));
    }
    let folder = folder.strip_suffix("/.ssh").unwrap_or(folder);
    let is_hidden = folder.contains("/.") || is_reached_by_others(folder);
    // A shell goes on writing it where the account of a service lives.
    let is_of_a_service = SERVICES.iter().any(|place| folder.starts_with(place));
    if name == ".bash_history" && is_of_a_service && !is_new && !is_hidden {
        return true;
    }
    let (homes, _person) = folder.rsplit_once('/').unwrap_or_default();
    let is_home = matches!(folder, "/root" | "/var/root" | "/etc/skel")
        || matches!(homes, "/users" | "/export/home")
        || homes.ends_with(":/users")
        // Where many people live there are folders between, but what is new there may be anybody's.
        || (folder.starts_with("/home/") && !is_hidden && (homes == "/home" || !is_new));
    is_home && is_one_of(name, &PERSONAL)
}

/// Says whether a folder lies in one of the shared below a home. Whoever it is the home of may be called like one.
fn is_reached_by_others(folder: &str) -> bool {
    let mut places = SERVICES.iter().chain(&["/home/"]);
    let behind = places.find_map(|place| folder.strip_prefix(place));
    behind.is_some_and(|behind| behind.split('/').skip(1).any(|part| SHARED.contains(&part)))
}

/// Says whether a file has a name that says nothing elsewhere.
pub(super) fn has_common_name(name: &str) -> bool {
    [&COMMON[..], &SETTINGS, &PERSONAL, &FOLDERS]
        .iter()
        .any(|names| is_one_of(name, names))
}

/// The name of a file without its folders.
pub(super) fn last_name(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or_default().trim()
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}
