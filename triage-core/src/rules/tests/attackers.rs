//! What an attacker may write speaks for nothing: the words of every line of the table that calms, in every field that others fill.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::{
    AlertFields, Evidence,
    rules::{
        signals::{
            Signal,
            Test::{Has, Is},
            opinion,
        },
        table::TABLES,
        view::Place,
    },
};

/// Most examples of one pattern.
const EXAMPLES: usize = 6;

/// Title, groups and fields.
type Carrier = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Alerts in which `{}` is what an attacker wrote, under a rule of a low level.
const CARRIERS: [Carrier; 6] = [
    (
        "Access to a restricted admin page",
        "web accesslog local",
        &[
            ("data.url", "/admin/export?all=1&{}"),
            ("data.user_agent", "{}"),
            ("data.srcip", "203.0.113.60"),
            (
                "full_log",
                r#"203.0.113.60 - - [02/Mar/2026:08:00:01 +0000] "GET /admin/export?all=1 HTTP/1.1" 200 512 "-" "{}""#,
            ),
        ],
    ),
    (
        "A name that nobody has was tried",
        "syslog sshd",
        &[
            ("data.srcip", "203.0.113.60"),
            ("data.srcuser", "{}"),
            (
                "full_log",
                "Mar  2 08:00:01 app01 sshd[9]: Invalid user {} from 203.0.113.60 port 4022",
            ),
        ],
    ),
    (
        "Payment service: transfer over the limit",
        "local payments",
        &[
            ("data.user", "{}"),
            ("data.note", "{}"),
            ("data.client_ip", "{}"),
            ("data.rule.groups", "{}"),
            ("data.form.eventid", "{}"),
            ("full_log", r#"{"user":"{}","note":"{}"}"#),
        ],
    ),
    (
        "Payment service: {}",
        "local payments virustotal ossec docker",
        &[("data.note", "{}"), ("data.amount", "900000")],
    ),
    (
        "A logon was refused",
        "windows windows_security",
        &[
            ("data.win.system.eventID", "4625"),
            ("data.win.eventdata.targetUserName", "{}"),
            ("data.win.eventdata.workstationName", "{}"),
            ("data.win.eventdata.ipAddress", "203.0.113.60"),
        ],
    ),
    (
        "A program was started",
        "windows sysmon",
        &[
            ("data.win.system.eventID", "1"),
            (
                "data.win.eventdata.commandLine",
                r"C:\Users\e\AppData\Local\App\x.exe --mode {}",
            ),
            ("data.win.eventdata.image", r"C:\Users\e\AppData\Local\App\x.exe"),
            ("data.win.eventdata.originalFileName", "{}"),
            ("data.win.eventdata.parentImage", r"C:\Users\e\AppData\Local\App\y.exe"),
            ("data.win.eventdata.parentCommandLine", "{}"),
        ],
    ),
];

#[test]
fn no_word_that_calms_does_so_where_others_write() {
    let mut tried = 0;
    let mut calmed = Vec::new();
    for (title, groups, fields) in CARRIERS {
        let plain = opinion(&alert(title, groups, fields, "x"));
        assert!(!plain.disposition.is_benign(), "{title}");
        for signal in calming() {
            for words in words(signal) {
                let said = opinion(&alert(title, groups, fields, &words));
                if said.score < plain.score || said.disposition.is_benign() {
                    calmed.push(format!("{} in {title}: {words:?}", signal.name));
                }
                tried += 1;
            }
        }
    }
    assert!(calmed.is_empty(), "{calmed:#?}");
    assert!(tried > 2_000, "{tried}");
}

#[test]
fn what_calms_looks_only_at_what_the_system_or_the_rule_wrote() {
    for signal in calming() {
        for test in signal.when {
            if let Has(place, pattern) = test {
                assert!(
                    !matches!(place, Place::Log | Place::Field),
                    "{}: {pattern}",
                    signal.name
                );
            }
            if let Is(paths, _) = test {
                let whole = |path: &str| path == path.to_lowercase() && (path == "full_log" || path.contains('.'));
                assert!(paths.split('|').all(whole), "{}: {paths}", signal.name);
            }
        }
    }
}

fn calming() -> impl Iterator<Item = &'static Signal> {
    TABLES
        .iter()
        .flat_map(|table| table.iter())
        .filter(|signal| signal.weight < 0)
}

fn alert(title: &str, groups: &str, fields: &[(&str, &str)], words: &str) -> Evidence {
    let fill = |text: &str| text.replace("{}", words);
    Evidence::from_fields(&AlertFields {
        title: fill(title),
        rule_id: Some("100300".into()),
        level: Some(5),
        groups: groups.split(' ').map(str::to_owned).collect(),
        fields: fields
            .iter()
            .map(|(path, value)| ((*path).to_owned(), fill(value)))
            .collect(),
        ..AlertFields::default()
    })
}

/// Examples of what a line looks for, each alone and all together.
fn words(signal: &Signal) -> BTreeSet<String> {
    let mut all: Vec<Vec<String>> = Vec::new();
    for test in signal.when {
        match test {
            // What a rule is made for is no word of an attacker, and neither is how high its level is.
            Has(Place::Group | Place::Trait, _) => {}
            Has(_, pattern) => all.push(examples(pattern)),
            Is(paths, value) => {
                let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
                let names = paths.split('|').flat_map(|path| [path.to_owned(), last(path)]);
                let values = examples(value);
                all.push(
                    names
                        .flat_map(|name| {
                            values
                                .iter()
                                .map(move |value| format!("{name}={value}"))
                                .collect::<Vec<_>>()
                        })
                        .chain(values.iter().cloned())
                        .collect(),
                );
            }
            _ => {}
        }
    }
    let first: Vec<_> = all.iter().filter_map(|examples| examples.first().cloned()).collect();
    all.into_iter().flatten().chain([first.join(" ")]).collect()
}

fn examples(pattern: &str) -> Vec<String> {
    let mut examples = variants(&regex_syntax::parse(pattern).unwrap());
    examples.truncate(EXAMPLES);
    examples
}

/// Short texts that match, with every alternative in one of them at least.
fn variants(hir: &Hir) -> Vec<String> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![String::new()],
        HirKind::Literal(literal) => vec![String::from_utf8_lossy(&literal.0).into_owned()],
        HirKind::Class(class) => vec![member(class).to_string()],
        HirKind::Repetition(repetition) => {
            let times = usize::try_from(repetition.min).unwrap();
            variants(&repetition.sub)
                .iter()
                .map(|once| once.repeat(times))
                .collect()
        }
        HirKind::Capture(capture) => variants(&capture.sub),
        HirKind::Alternation(choices) => choices.iter().flat_map(variants).collect(),
        HirKind::Concat(parts) => {
            let parts: Vec<_> = parts.iter().map(variants).collect();
            let most = parts.iter().map(Vec::len).max().unwrap_or(1).min(EXAMPLES);
            (0..most)
                .map(|n| parts.iter().map(|part| part[n % part.len()].as_str()).collect())
                .collect()
        }
    }
}

fn member(class: &Class) -> char {
    let Class::Unicode(class) = class else {
        return 'x';
    };
    let holds = |c: char| class.iter().any(|range| range.start() <= c && c <= range.end());
    let likely = ['a', '1', 'f', '-', ' ', '/', '.', '_', '=', '"'];
    likely
        .into_iter()
        .find(|c| holds(*c))
        .unwrap_or_else(|| class.ranges()[0].start())
}
