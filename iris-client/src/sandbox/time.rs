//! Times as IRIS reads and prints them: UTC without an offset.

use std::fmt;

use jiff::{
    SignedDuration, Timestamp,
    civil::{self, DateTime},
    tz::TimeZone,
};
use serde::{Serialize, Serializer};

/// Now, to the microsecond.
pub(super) fn now() -> DateTime {
    truncated(Timestamp::now().to_zoned(TimeZone::UTC).datetime())
}

/// Prints as `isoformat()` does: no fraction where there is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Iso(pub(super) DateTime);

impl fmt::Display for Iso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.0.date(), self.0.time());
        write!(f, "{:04}-{:02}-{:02}T", date.year(), date.month(), date.day())?;
        write!(f, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
        match time.subsec_nanosecond() / 1000 {
            0 => Ok(()),
            micros => write!(f, ".{micros:06}"),
        }
    }
}

impl Serialize for Iso {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

/// `isoformat()`.
pub(super) fn iso(time: DateTime) -> String {
    Iso(time).to_string()
}

/// `str(datetime)`.
pub(super) fn spaced(time: DateTime) -> String {
    iso(time).replacen('T', " ", 1)
}

/// Seconds since 1970 as Python prints a float: the key of a history entry.
pub(super) fn epoch(time: DateTime) -> String {
    let micros = TimeZone::UTC
        .to_timestamp(time)
        .map(Timestamp::as_microsecond)
        .unwrap_or_default();
    let text = format!("{}.{:06}", micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let short = text.trim_end_matches('0');
    if short.ends_with('.') {
        format!("{short}0")
    } else {
        short.to_owned()
    }
}

/// What marshmallow takes as a date and time: ISO 8601, `T` or a space, any fraction, offset with or without colon or none.
pub(super) fn parse_event(text: &str) -> Option<DateTime> {
    let bytes = text.as_bytes();
    if bytes.len() < 16 || !matches!(bytes[10], b'T' | b' ') || bytes.contains(&b'[') {
        return None;
    }
    let date: civil::Date = text.get(..10)?.parse().ok()?;
    let rest = text.get(11..)?;
    let at = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (clock, offset) = rest.split_at(at);
    let time: civil::Time = clock.parse().ok()?;
    let offset = match offset {
        "" | "Z" => 0,
        offset => seconds_of(offset)?,
    };
    let local = truncated(date.to_datetime(time));
    local.checked_sub(SignedDuration::from_secs(offset)).ok()
}

/// What a filter takes as a date; `None` is ignored. The odder formats that IRIS tries are left out.
pub(super) fn parse_filter(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if digits && text.len() == 10 {
        let time = Timestamp::from_second(text.parse().ok()?).ok()?;
        return Some(time.to_zoned(TimeZone::UTC).datetime());
    }
    if digits && text.len() == 13 {
        let time = Timestamp::from_millisecond(text.parse().ok()?).ok()?;
        return Some(time.to_zoned(TimeZone::UTC).datetime());
    }
    if let Ok(date) = text.parse::<civil::Date>()
        && text.len() == 10
    {
        return Some(date.at(0, 0, 0, 0));
    }
    for format in ["%d.%m.%Y", "%d/%m/%Y"] {
        if let Ok(date) = civil::Date::strptime(format, text) {
            return Some(date.at(0, 0, 0, 0));
        }
    }
    // An offset counts: the database compares with its own clock, which is UTC.
    parse_event(text)
}

fn seconds_of(offset: &str) -> Option<i64> {
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits: String = offset[1..].chars().filter(|&c| c != ':').collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let hours: i64 = digits[..2].parse().ok()?;
    let minutes: i64 = digits
        .get(2..)
        .filter(|rest| !rest.is_empty())
        .map_or(Some(0), |rest| rest.parse().ok())?;
    Some(sign * (hours * 3600 + minutes * 60))
}

fn truncated(time: DateTime) -> DateTime {
    let micros = time.subsec_nanosecond() / 1000 * 1000;
    time.with().subsec_nanosecond(micros).build().unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str) -> Option<String> {
        parse_event(text).map(iso)
    }

    #[test]
    fn reads_what_a_real_server_reads() {
        for (given, stored) in [
            ("2026-11-22T10:00:00", "2026-11-22T10:00:00"),
            ("2026-11-22 10:00:00", "2026-11-22T10:00:00"),
            ("2026-11-22T10:00:00.123456789", "2026-11-22T10:00:00.123456"),
            ("2026-11-22T10:11:12.345+0000", "2026-11-22T10:11:12.345000"),
            ("2026-11-22T10:11:12+02:00", "2026-11-22T08:11:12"),
            ("2026-11-22T10:11:12Z", "2026-11-22T10:11:12"),
        ] {
            assert_eq!(event(given).as_deref(), Some(stored), "{given}");
        }
        for refused in [
            "1795312345",
            "2026-11-22",
            "yesterday",
            "Sun, 22 Nov 2026 10:00:00 GMT",
            "",
        ] {
            assert_eq!(event(refused), None, "{refused}");
        }
    }

    #[test]
    fn prints_keys_of_the_history_like_python() {
        let time = |text: &str| epoch(parse_event(text).unwrap());
        assert_eq!(time("2026-11-23T03:28:11.403250"), "1795404491.40325");
        assert_eq!(time("1970-01-01T00:00:01"), "1.0");
    }

    #[test]
    fn a_filter_takes_more_forms_and_ignores_the_rest() {
        for (given, read) in [
            ("2026-01-01", "2026-01-01T00:00:00"),
            ("2026-11-22T10:00:02", "2026-11-22T10:00:02"),
            ("2026-11-22 10:00", "2026-11-22T10:00:00"),
            ("2026-11-22T10:00:02+02:00", "2026-11-22T08:00:02"),
            ("2026-11-22T10:00:02Z", "2026-11-22T10:00:02"),
            ("1795312345", "2026-11-22T01:52:25"),
            ("22.11.2026", "2026-11-22T00:00:00"),
        ] {
            assert_eq!(parse_filter(given).map(iso).as_deref(), Some(read), "{given}");
        }
        assert_eq!(parse_filter("garbage"), None);
        assert_eq!(parse_filter(""), None);
    }
}
