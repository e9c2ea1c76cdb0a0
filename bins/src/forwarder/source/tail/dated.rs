//! The files behind alerts.json: `2026/Nov/ossec-alerts-28.json`, then `ossec-alerts-28-001.json`, each packed to `.json.gz` later.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::place::{FIRST, Stream};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Where a dated file stands in the order in which they were written: year, month, day, and the rotation within the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order(u16, u8, u8, u32);

/// A dated file, in one or both forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dated {
    pub(super) order: Order,
    /// Its path below the folder of alerts.json, without `.gz`.
    pub(super) name: String,
    /// There is a form that is not packed. It counts as long as it is there: the packed one may still be being written.
    pub(super) plain: bool,
    /// There is a packed form.
    pub(super) packed: bool,
    /// It was begun anew when the file of that name was packed, which comes before it.
    pub(super) is_second: bool,
}

impl Dated {
    /// The path of its best form, and whether that is packed.
    pub(super) fn path(&self, folder: &Path) -> (PathBuf, bool) {
        if self.plain {
            (folder.join(&self.name), false)
        } else {
            (folder.join(format!("{}.gz", self.name)), true)
        }
    }
}

/// Lists the dated files behind this alerts.json, oldest first; nothing where they are laid out otherwise.
///
/// # Errors
/// A folder cannot be listed. What is in it may be what comes next, so nothing may be concluded from the others.
pub(super) fn list(alerts: &Path) -> io::Result<Vec<Dated>> {
    let (Some(folder), Some(prefix)) = (alerts.parent(), prefix(alerts)) else {
        return Ok(Vec::new());
    };
    let mut found: Vec<Dated> = Vec::new();
    for year in names(folder)? {
        if year.len() != 4 || year.parse::<u16>().is_err() {
            continue;
        }
        for month in names(&folder.join(&year))? {
            if !MONTHS.contains(&month.as_str()) {
                continue;
            }
            for file in names(&folder.join(&year).join(&month))? {
                let name = format!("{year}/{month}/{file}");
                let (plain, packed) = match name.strip_suffix(".gz") {
                    Some(name) => (name.to_owned(), true),
                    None => (name, false),
                };
                if let Some(order) = order(&plain, &prefix) {
                    found.push(Dated {
                        order,
                        name: plain,
                        plain: !packed,
                        packed,
                        is_second: false,
                    });
                }
            }
        }
    }
    found.sort_by(|a, b| (a.order, &a.name).cmp(&(b.order, &b.name)));
    found.dedup_by(|second, first| {
        let same = first.name == second.name;
        if same {
            first.plain |= second.plain;
            first.packed |= second.packed;
        }
        same
    });
    let mut listed = Vec::with_capacity(found.len());
    for mut one in found {
        let second = (one.plain && one.packed && holds_another(folder, &one.name)).then(|| Dated {
            packed: false,
            is_second: true,
            ..one.clone()
        });
        one.plain &= second.is_none();
        listed.push(one);
        listed.extend(second);
    }
    Ok(listed)
}

/// Whether the packed form holds something else than the one that is not packed: the file was begun anew when it had been packed. While
/// it is being packed both begin alike, as far as the packed one can be read.
fn holds_another(folder: &Path, name: &str) -> bool {
    let first = |stream: io::Result<Stream>| {
        let mut head = Vec::new();
        let read = stream.and_then(|stream| stream.take(FIRST as u64).read_to_end(&mut head));
        head.truncate(memchr::memchr(b'\n', &head).unwrap_or(head.len()));
        (read.is_ok() || !head.is_empty()).then_some(head)
    };
    let packed = folder.join(format!("{name}.gz"));
    let (Some(plain), Some(before)) = (
        first(Stream::open(&folder.join(name), false)),
        first(Stream::open(&packed, true)),
    ) else {
        return false;
    };
    if plain == before || before.is_empty() {
        return false;
    }
    let whole = Stream::open(&packed, true).and_then(|mut stream| io::copy(&mut stream, &mut io::sink()));
    whole.is_ok()
}

/// What the names of the dated files begin with: archives.json stands before ossec-archive-DD.json.
pub(super) fn prefix(alerts: &Path) -> Option<String> {
    let stem = alerts.file_stem()?.to_str()?;
    let stem = if stem == "archives" { "archive" } else { stem };
    Some(format!("ossec-{stem}-"))
}

/// The place of a name such as `2026/Nov/ossec-alerts-28-001.json` in the order.
pub(super) fn order(name: &str, prefix: &str) -> Option<Order> {
    let mut parts = name.splitn(3, '/');
    let (year, month, file) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.iter().position(|known| *known == month)?;
    let day = file.strip_prefix(prefix)?.strip_suffix(".json")?;
    let (day, rotation) = match day.split_once('-') {
        Some((day, rotation)) => (day, rotation.parse().ok()?),
        None => (day, 0),
    };
    Some(Order(
        year.parse().ok()?,
        u8::try_from(month).ok()?,
        day.parse().ok()?,
        rotation,
    ))
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    match entries {
        Ok(entries) => Ok(entries
            .into_iter()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => {
            let text = format!("{}: {error}", folder.display());
            Err(io::Error::new(error.kind(), text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_months_and_rotations_stand_in_the_order_they_were_written_in() {
        let folder = tempfile::tempdir().unwrap();
        let written = [
            "2025/Dec/ossec-alerts-31.json.gz",
            "2026/Jan/ossec-alerts-09.json.gz",
            "2026/Jan/ossec-alerts-10.json",
            "2026/Jan/ossec-alerts-10-001.json",
            "2026/Jan/ossec-alerts-10-010.json",
            "2026/Feb/ossec-alerts-01.json",
        ];
        for name in written.iter().rev() {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        // Both forms while it is being packed; other files of Wazuh beside them.
        for other in [
            "2026/Jan/ossec-alerts-10.json.gz",
            "2026/Jan/ossec-alerts-10.log",
            "2026/Jan/ossec-alerts-10.json.sum",
            "2026/Jan/ossec-archive-10.json",
        ] {
            fs::write(folder.path().join(other), "").unwrap();
        }
        let list = list(&folder.path().join("alerts.json")).unwrap();
        let names: Vec<&str> = list.iter().map(|dated| dated.name.as_str()).collect();
        assert_eq!(names, written.map(|name| name.trim_end_matches(".gz")));
        assert!(list[2].plain && list[2].packed && !list[0].plain);
    }
}
