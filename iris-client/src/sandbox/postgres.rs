//! What PostgreSQL refuses, in the words in which IRIS passes it on.

use serde_json::Value;

use super::{lone, printed::Cell, python::repr, seed, state::State, stored::StoredAlert};

/// PostgreSQL's limit for an entry of a btree index, and what an entry costs beyond its text.
const INDEX_MAX: usize = 2704;
const INDEX_OVERHEAD: usize = 12;
/// Beyond this, an entry does not even come to its index.
const PAGE_MAX: usize = 8191;

/// What stands in the way of storing an alert; `is_new` spends a number of the sequence where a real server would.
///
/// The order is PostgreSQL's: the driver first, then size limits and uniqueness of indexes, then references.
pub(super) fn refusal(state: &mut State, alert: &StoredAlert, is_new: bool) -> Option<String> {
    let texts = [
        Some(&alert.title),
        alert.description.as_ref(),
        alert.source.as_ref(),
        alert.source_ref.as_ref(),
        alert.source_link.as_ref(),
        alert.note.as_ref(),
        alert.tags.as_ref(),
    ];
    if let Some(message) = texts.into_iter().flatten().find_map(|text| unsendable(text)) {
        return Some(message);
    }
    let id = if is_new { state.next("alert") } else { alert.id.0 };
    // Written only if it is needed: it repeats the whole alert.
    let sql = || statement(alert, is_new);
    if let Some(message) = too_long(alert, id, sql) {
        return Some(message);
    }
    let holder = state.index.uuid(&alert.uuid);
    if holder.is_some_and(|other| is_new || other != alert.id.0) {
        let uuid = alert.uuid.to_string();
        return Some(unique("alerts_alert_uuid_key", "alert_uuid", &uuid, &sql()));
    }
    dangling(state, alert, sql).or_else(|| refusal_of_parts(alert))
}

fn too_long(alert: &StoredAlert, id: i64, sql: impl Fn() -> String) -> Option<String> {
    let indexed = [
        ("idx_alerts_title", Some(&alert.title)),
        ("idx_alert_source_ref", alert.source_ref.as_ref()),
    ];
    indexed.into_iter().find_map(|(index, text)| {
        let size = index_row(text?);
        if size > PAGE_MAX {
            return Some(format!(
                "(psycopg2.errors.ProgramLimitExceeded) index row requires {size} bytes, maximum size is {PAGE_MAX}\n{}",
                sql()
            ));
        }
        (size > INDEX_MAX).then(|| {
            format!(
                "(psycopg2.errors.ProgramLimitExceeded) index row size {size} exceeds btree version 4 maximum {INDEX_MAX} \
                 for index \"{index}\"\nDETAIL:  Index row references tuple (0,{id}) in relation \"alerts\".\n\
                 HINT:  Values larger than 1/3 of a buffer page cannot be indexed.\n\
                 Consider a function index of an MD5 hash of the value, or use full text indexing.\n{}",
                sql()
            )
        })
    })
}

/// A reference to a row that does not exist.
fn dangling(state: &State, alert: &StoredAlert, sql: impl Fn() -> String) -> Option<String> {
    let classification = alert.classification_id;
    let references = [
        (
            "alert_severity_id",
            "severities",
            seed::row(&seed::SEVERITIES, alert.severity_id).is_some(),
        ),
        (
            "alert_status_id",
            "alert_status",
            seed::row(&seed::STATUSES, alert.status_id).is_some(),
        ),
        (
            "alert_customer_id",
            "client",
            state.customers.contains_key(&alert.customer_id),
        ),
        (
            "alert_classification_id",
            "case_classification",
            classification.is_none_or(|id| seed::entry(&seed::CLASSIFICATIONS, id).is_some()),
        ),
        (
            "alert_owner_id",
            "user",
            alert.owner_id.is_none_or(|id| state.users.contains_key(&id)),
        ),
        (
            "alert_resolution_status_id",
            "alert_resolution_status",
            alert
                .resolution_id
                .is_none_or(|id| seed::row(&seed::RESOLUTIONS, id).is_some()),
        ),
    ];
    let (column, table, _) = references.into_iter().find(|(_, _, exists)| !exists)?;
    Some(foreign(
        "alerts",
        column,
        &Cell::of(alert, column).value(),
        table,
        &sql(),
    ))
}

fn refusal_of_parts(alert: &StoredAlert) -> Option<String> {
    let iocs = alert
        .iocs
        .iter()
        .flat_map(|ioc| [Some(&ioc.value), ioc.description.as_ref(), ioc.tags.as_ref()]);
    let assets = alert.assets.iter().flat_map(|asset| {
        [
            Some(&asset.name),
            asset.description.as_ref(),
            asset.ip.as_ref(),
            asset.domain.as_ref(),
        ]
    });
    if let Some(message) = iocs.chain(assets).flatten().find_map(|text| unsendable(text)) {
        return Some(message);
    }
    let unknown = |id: &i64| seed::entry(&seed::TLPS, *id).is_none();
    let tlp = alert.iocs.iter().find_map(|ioc| ioc.tlp_id.filter(unknown))?;
    let sql = "\n[SQL: INSERT INTO ioc (ioc_value, ioc_tlp_id) VALUES (%(ioc_value)s, %(ioc_tlp_id)s)]\n\
               (Background on this error at: https://sqlalche.me/e/20/gkpj)";
    Some(foreign("ioc", "ioc_tlp_id", &Value::from(tlp), "tlp", sql))
}

/// The race for a tag that nobody has used yet.
pub(super) fn tag_race(tag: &str) -> String {
    let sql = format!(
        "\n[SQL: INSERT INTO tags (tag_title, tag_creation_date, tag_namespace) VALUES (%(tag_title)s, %(tag_creation_date)s, \
         %(tag_namespace)s) RETURNING tags.id]\n[parameters: {{'tag_title': {}, 'tag_namespace': None}}]\n\
         (Background on this error at: https://sqlalche.me/e/20/gkpj)",
        repr(tag)
    );
    unique("tags_tag_title_key", "tag_title", tag, &sql)
}

/// What the driver cannot send at all.
pub(super) fn unsendable(text: &str) -> Option<String> {
    if text.contains('\0') {
        return Some("A string literal cannot contain NUL (0x00) characters.".to_owned());
    }
    let (at, unit) = lone::first(text)?;
    Some(format!(
        "'utf-8' codec can't encode character '\\u{unit:04x}' in position {at}: surrogates not allowed"
    ))
}

fn unique(constraint: &str, column: &str, value: &str, sql: &str) -> String {
    format!(
        "(psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint \"{constraint}\"\n\
         DETAIL:  Key ({column})=({value}) already exists.\n{sql}"
    )
}

fn foreign(table: &str, column: &str, value: &Value, target: &str, sql: &str) -> String {
    format!(
        "(psycopg2.errors.ForeignKeyViolation) insert or update on table \"{table}\" violates foreign key constraint \
         \"{table}_{column}_fkey\"\nDETAIL:  Key ({column})=({value}) is not present in table \"{target}\".\n{sql}"
    )
}

/// The statement with its values, which IRIS passes on to the caller.
fn statement(alert: &StoredAlert, is_new: bool) -> String {
    let verb = if is_new {
        "INSERT INTO alerts"
    } else {
        "UPDATE alerts SET"
    };
    format!(
        "\n[SQL: {verb} (alert_uuid, alert_title, alert_description) VALUES (%(alert_uuid)s::UUID, %(alert_title)s, %(alert_description)s)]\n\
         [parameters: {{'alert_uuid': UUID('{}'), 'alert_title': {}, 'alert_description': {}}}]\n\
         (Background on this error at: https://sqlalche.me/e/20/gkpj)",
        alert.uuid,
        repr(&alert.title),
        alert.description.as_deref().map_or_else(|| "None".to_owned(), repr),
    )
}

/// Bytes that a text takes in an index. PostgreSQL compresses long ones first.
fn index_row(text: &str) -> usize {
    let plain = aligned(text.len() + INDEX_OVERHEAD);
    if plain <= INDEX_MAX {
        return plain;
    }
    // It keeps the compressed form only where that saves a quarter.
    let small = compressed(text.as_bytes());
    if small > text.len() / 100 * 75 {
        return plain;
    }
    aligned(small + INDEX_OVERHEAD)
}

fn aligned(size: usize) -> usize {
    size.next_multiple_of(8)
}

/// Size after PostgreSQL's own LZ: matches of 3 to 273 bytes within 4 kB cost 2 or 3 bytes, others 1, each 1 bit more.
fn compressed(bytes: &[u8]) -> usize {
    let mut last = std::collections::HashMap::new();
    let (mut size, mut items, mut at) = (4, 0_usize, 0);
    while at < bytes.len() {
        let key = bytes.get(at..at + 3);
        let back = key
            .and_then(|key| last.insert(key, at))
            .filter(|&back| at - back < 4096);
        let length = back.map_or(0, |back| {
            let same = bytes[back..].iter().zip(&bytes[at..]).take_while(|(a, b)| a == b);
            same.take(273).count()
        });
        items += 1;
        if length >= 3 {
            size += if length > 17 { 3 } else { 2 };
            at += length;
        } else {
            size += 1;
            at += 1;
        }
    }
    size + items.div_ceil(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_refused_unless_they_compress() {
        let mut seed = 1_u32;
        let noise: String = (0..2800)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                char::from(b'!' + u8::try_from(seed >> 24).unwrap() % 90)
            })
            .collect();
        assert_eq!(index_row(&noise), 2816);
        assert!(index_row(&noise[..2692]) <= INDEX_MAX);
        assert!(index_row(&"a".repeat(100_000)) <= INDEX_MAX);
        // Sixteen letters at random: a real server counted 2,896 bytes for these.
        let letters: String = noise
            .bytes()
            .cycle()
            .zip(0_u32..)
            .map(|(byte, at)| char::from_digit((u32::from(byte) + at * at / 7) % 16, 16).unwrap())
            .take(2880)
            .collect();
        assert_eq!(index_row(&letters), 2896);
    }
}
