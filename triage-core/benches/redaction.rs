//! What redaction costs: nanoseconds a KiB, which must not grow with the length, and the time for one alert of 4 KiB.
//!
//! `cargo bench -p triage-core --bench redaction`

use divan::Bencher;
use divan::counter::BytesCount;
use triage_core::{AlertFields, Evidence, Redactor, RedactorSettings};

fn main() {
    divan::main();
}

fn redactor() -> Redactor {
    Redactor::new(RedactorSettings::default()).expect("the defaults are sound")
}

/// Command lines, log lines and settings, with a secret every 2 KiB or so.
fn text(kib: usize) -> String {
    const LINES: [&str; 6] = [
        r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe -NoProfile -ExecutionPolicy Bypass -File C:\Scripts\backup.ps1 -Verbose",
        "Jan 20 13:26:18 host sshd[1234]: Failed password for invalid user admin from 203.0.113.7 port 50222 ssh2",
        "GET /shop/item.php?id=1%27+union+select+null,null,version()--&token_type=bearer HTTP/1.1 200 5120 Mozilla/5.0 (X11; Linux x86_64)",
        "{\"user\":\"bob\",\"hash\":\"4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945\",\"path\":\"/usr/bin/ssh\",\"size\":4096}",
        "type=EXECVE msg=audit(1768915578.123:4567): argc=4 a0=\"find\" a1=\"/etc\" a2=\"-name\" a3=\"*.conf\"",
        "C:\\\\Windows\\\\System32\\\\svchost.exe -k netsvcs -p -s Schedule; S-1-5-21-2636795918-1848476775-1458562315-1001 logonId=0x4a0d6",
    ];
    let mut out = String::with_capacity(kib * 1024);
    let mut line = 0;
    while out.len() < kib * 1024 {
        out.push_str(LINES[line % LINES.len()]);
        out.push('\n');
        line += 1;
        if line % 18 == 0 {
            out.push_str("mysqldump --password=Sommer2026x --all-databases\n");
        }
    }
    out.truncate(kib * 1024);
    out
}

#[divan::bench(args = [4, 64, 512], sample_count = 20)]
fn text_of_kib(bencher: Bencher<'_, '_>, kib: usize) {
    let (redactor, text) = (redactor(), text(kib));
    redactor.redact_text(&text);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| redactor.redact_text(divan::black_box(&text)));
}

// What an attacker would send: names of secrets, quotes that never close, tools that repeat.
#[divan::bench(args = [4, 64, 512], sample_count = 10)]
fn hostile_kib(bencher: Bencher<'_, '_>, kib: usize) {
    let redactor = redactor();
    let text = "password=\" token='\\\" net user mysql -p curl -u key: eyJ -----BEGIN PRIVATE KEY----- secret=“ "
        .repeat(kib * 1024 / 96 + 1);
    redactor.redact_text(&text);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| redactor.redact_text(divan::black_box(&text)));
}

/// 4 KiB in thirty fields, with numbers that make every text new.
fn alert(number: usize) -> Evidence {
    let fields = text(4)
        .lines()
        .enumerate()
        .map(|(at, line)| (format!("data.field{at}"), format!("{line} {number}")))
        .collect();
    Evidence::from_fields(&AlertFields {
        title: "Suspicious process".into(),
        rule_id: Some("1".into()),
        fields,
        ..AlertFields::default()
    })
}

// The same texts as in the alert before, which is what most alerts bring.
#[divan::bench(sample_count = 50)]
fn alert_of_4_kib(bencher: Bencher<'_, '_>) {
    let redactor = redactor();
    assert!(redactor.redact(alert(0)).is_ok());
    bencher
        .with_inputs(|| alert(0))
        .bench_values(|evidence| redactor.redact(evidence).is_ok());
}

// No text of it has ever been seen.
#[divan::bench(sample_count = 50)]
fn new_alert_of_4_kib(bencher: Bencher<'_, '_>) {
    let redactor = redactor();
    assert!(redactor.redact(alert(0)).is_ok());
    let mut number = 0;
    bencher
        .with_inputs(|| {
            number += 1;
            alert(number)
        })
        .bench_local_values(|evidence| redactor.redact(evidence).is_ok());
}

#[divan::bench(sample_count = 50)]
fn evidence_of_4_kib_with_flags(bencher: Bencher<'_, '_>) {
    let text = text(4);
    let fields = text
        .lines()
        .enumerate()
        .map(|(at, line)| (format!("data.field{at}"), line.to_owned()))
        .collect();
    let alert = AlertFields {
        title: "Suspicious process".into(),
        rule_id: Some("1".into()),
        fields,
        ..AlertFields::default()
    };
    bencher.bench(|| Evidence::from_fields(divan::black_box(&alert)));
}
