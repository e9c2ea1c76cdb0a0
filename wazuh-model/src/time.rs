//! Times as Wazuh writes them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::Value;

/// Reads a time: `2026-01-20T13:26:18.123+0000`, RFC 3339, or seconds or milliseconds since 1970. UTC where no offset is given.
pub(crate) fn of(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => of_text(text.trim()),
        Value::Number(number) => of_epoch(number.as_f64()?),
        _ => None,
    }
}

/// Reads the time that a 4.x alert id starts with: `<seconds since 1970>.<offset in the log>`.
pub(crate) fn of_id(id: &str) -> Option<Timestamp> {
    let (seconds, offset) = id.split_once('.')?;
    offset.parse::<u64>().ok()?;
    let seconds: i64 = seconds.parse().ok()?;
    // Ids of test data are small numbers; a manager of before Wazuh's first release is none.
    (seconds > 1_000_000_000)
        .then(|| Timestamp::from_second(seconds).ok())
        .flatten()
}

fn of_text(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if let Ok(time) = Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text) {
        return Some(time);
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return time
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp());
    }
    text.parse().ok().and_then(of_epoch)
}

fn of_epoch(number: f64) -> Option<Timestamp> {
    let seconds = if number.abs() > 1e11 { number / 1e3 } else { number };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "`as` saturates, and the bounds are checked by the callee"
    )]
    Timestamp::from_millisecond((seconds * 1e3).round() as i64).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_a_time_is_read() {
        for written in [
            json!("2026-01-20T13:26:18.123+0000"),
            json!("2026-01-20T15:26:18.123+0200"),
            json!("2026-01-20T13:26:18.123Z"),
            json!("2026-01-20T08:26:18.123-05:00"),
            json!("2026-01-20T13:26:18.123"),
            json!("1768915578.123"),
            json!(1_768_915_578_123_u64),
        ] {
            assert_eq!(of(&written).unwrap().as_millisecond(), 1_768_915_578_123, "{written}");
        }
        assert_eq!(of(&json!("yesterday")), None);
        assert_eq!(of(&json!(1e300)), None);
    }

    #[test]
    fn an_id_tells_the_second() {
        assert_eq!(of_id("1768899737.107919").unwrap().as_second(), 1_768_899_737);
        assert_eq!(of_id("1.2"), None);
        assert_eq!(of_id("JtdsTZ8BL87M59AHfCQm"), None);
    }
}
