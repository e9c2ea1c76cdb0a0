//! Eight times the text takes about eight times the work: nothing in an alert or an answer stalls us.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that prints what it measured"
)]

use triage_core::{Draft, Evidence, FlagScanner, Meta, Policy, Redactor, RedactorSettings, ground};

#[test]
fn the_work_grows_with_the_text_and_not_with_its_square() {
    let redactor = Redactor::new(RedactorSettings::default()).unwrap();
    let nothing = redactor.redact(Evidence::default()).unwrap();
    let work = |text: &str| {
        let Some(begun) = ticks() else { return 0 };
        let _ = redactor.redact_text(text);
        let _ = FlagScanner::default().is_suspicious(text);
        let answer = serde_json::json!({ "verdict": "true_positive", "summary": text }).to_string();
        for answer in [text, answer.as_str()] {
            let _ = ground(&Draft::new(answer, Meta::default()), &nothing, &Policy::default());
        }
        ticks().unwrap_or(begun) - begun
    };
    for piece in [
        "-----BEGIN PRIVATE KEY-----",
        "password=",
        "mysql -p ",
        "curl -b a=b;",
        "http://a:b@",
        "hxxp[:]//a:b[@]",
        "[://](at)",
        "pass^",
        "crypt ( '",
        "for p in -p $p ",
        "-u b -p Aa1!aaaa ",
        "$p='",
        "passwd << E\n",
        "max-secret='",
        "\"",
        "\"mysql -p\"a ",
        "\\\"a \"b ",
        "\\",
    ] {
        let of = |size: usize| work(&piece.repeat(size / piece.len()));
        work(piece);
        let (short, long) = (of(48 << 10), of(384 << 10));
        println!("{piece:?}: {short} and {long} hundredths of a second");
        // Time of the processor, in steps of 10 ms: other work on the machine does not count.
        assert!(long <= 14 * short.max(3), "{piece:?}: {short} and {long}");
    }
}

#[test]
fn keys_that_become_the_same_are_numbered_without_counting_from_the_start() {
    let redactor = Redactor::new(RedactorSettings::default()).unwrap();
    let work = |count: usize| {
        let keys = (0..count).map(|number| (format!("pw=a{number}B7"), serde_json::json!("x")));
        let mut object = serde_json::Value::Object(keys.collect());
        let begun = ticks()?;
        assert_eq!(redactor.redact_json(&mut object), count);
        assert_eq!(object.as_object().unwrap().len(), count);
        Some(ticks()? - begun)
    };
    work(10);
    let (Some(short), Some(long)) = (work(1_000), work(8_000)) else {
        return;
    };
    println!("{short} and {long} hundredths of a second");
    assert!(long <= 14 * short.max(3), "{short} and {long}");
}

/// Processor time of this thread; `None` where the system does not tell.
fn ticks() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user + system)
}
