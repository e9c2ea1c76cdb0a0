//! Whether a file holds alerts at all: each line of `alerts.log` as an alert of its own in IRIS helps nobody.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::input::{Unpacked, quoted};
use crate::forwarder::source::{is_whole, texts};
use crate::terminal::Failure;

/// How much of a file is looked at, unpacked.
const LOOKED_AT: u64 = 256 << 10;

/// Refuses a file at whose beginning no line is an alert; standard input is taken as it is.
pub(in crate::forwarder) fn expect_alerts(files: &[PathBuf]) -> Result<(), Failure> {
    let of_others = |path: &&PathBuf| path.is_file() && beginning(path).is_some_and(|text| holds_none(&text));
    match files.iter().find(of_others) {
        None => Ok(()),
        Some(path) => Err(Failure::failed(format!(
            "no line at the beginning of {} is a JSON object: nothing is stored\nhint: alerts.json has one alert a line (`jq -c .` makes that of \
             JSON over several lines); if all the same each line is to go to IRIS as text: custom-iris replay - <{}",
            path.display(),
            quoted(path)
        ))),
    }
}

/// What cannot be read is told when it is its turn.
fn beginning(path: &Path) -> Option<Vec<u8>> {
    let stream = Unpacked::new(File::open(path).ok()?).ok()?.ok()?;
    let mut text = Vec::new();
    stream.take(LOOKED_AT).read_to_end(&mut text).ok()?;
    Some(text)
}

/// Whether there are whole lines, and none of them holds an alert.
fn holds_none(text: &[u8]) -> bool {
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    // Behind the last newline stands nothing, or what may go on: an alert may, here or in what is not looked at.
    let rest = lines.pop().unwrap_or_default();
    lines.retain(|line| !line.trim_ascii().is_empty());
    let holds_one = |line: &[u8]| texts(line.to_vec()).iter().any(|text| is_whole(text));
    // Only the first line may be half of one.
    let may_be_cut = lines.len() < 2 && rest.trim_ascii_start().starts_with(b"{");
    !lines.is_empty() && !lines.iter().any(|line| holds_one(line)) && !may_be_cut && !holds_one(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alert_among_its_lines_makes_a_file_one_of_alerts_and_a_line_without_end_says_nothing() {
        for text in [
            "",
            "\n \n",
            "{\"id\":\"1\"}",
            "{\"id\":\"1\"}\n",
            "\u{feff}{\"id\":\"1\"}\n",
            "half of a line\"}\n{\"id\":\"1\"}\n",
            "garbage\ngarbage\n{\"id\":\"1\"}",
            "{\"timestamp\":\"2026{\"timestamp\":\"2026\",\"id\":\"1\"}\n",
            "{\"id\":\"1\",\"full_l",
            "half of a line\"}\n{\"id\":\"1\",\"full_l",
        ] {
            assert!(!holds_none(text.as_bytes()), "{text}");
        }
        for text in [
            "** Alert 1768899737.1: - syslog,\n2026 Nov 30 host->/var/log/auth.log\nRule: 5710 (level 5)\n",
            "a,b,c\n1,2,3\n",
            "{\n \"id\": \"1\",\n \"rule\": {\n  \"level\": 3\n }\n}\n",
            "[{\"id\":\"1\"},{\"id\":\"2\"}]\n",
            "[{\"id\":\"1\"},\n{\"id\":\"2\"},\n{\"id\":\"3\",\"full",
        ] {
            assert!(holds_none(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_file_without_alerts_is_refused_packed_or_not_with_the_way_round() {
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let [plain, packed] = ["alerts.log", "alerts.log.gz"].map(|name| folder.path().join(name));
        std::fs::write(&plain, "** Alert\nRule: 5710\n").unwrap();
        let mut packer = flate2::write::GzEncoder::new(File::create(&packed).unwrap(), flate2::Compression::fast());
        packer.write_all(b"** Alert\nRule: 5710\n").unwrap();
        packer.finish().unwrap();
        for path in [plain, packed.clone()] {
            let said = expect_alerts(std::slice::from_ref(&path)).unwrap_err().message;
            assert!(said.contains(&format!("replay - <{}", path.display())), "{said}");
        }
        let none = [
            PathBuf::from("-"),
            folder.path().to_owned(),
            folder.path().join("missing"),
        ];
        assert!(expect_alerts(&none).is_ok());
        // Behind half a line stands an alert that is longer than what is looked at, or damage, which is told when it is its turn.
        let long = folder.path().join("long.json");
        let alert = format!(
            "half of a line\"}}\n{{\"id\":\"1\",\"full_log\":\"{}\"}}\n",
            "x".repeat(300 << 10)
        );
        std::fs::write(&long, alert).unwrap();
        let mut damaged = std::fs::read(&packed).unwrap();
        let last = damaged.len() - 5;
        damaged[last] ^= 1;
        std::fs::write(&packed, damaged).unwrap();
        let taken = expect_alerts(&[long, packed]).map_err(|failure| failure.message);
        assert_eq!(taken, Ok(()));
    }
}
