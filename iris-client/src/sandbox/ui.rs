//! What an analyst would see, read only: no key, no script, nothing from elsewhere.

use std::fmt::Write;

use serde_json::Value;

use super::{
    exchange::{Answer, Request},
    seed,
    server::Shared,
    state::State,
    stored::StoredAlert,
    time,
};

const PER_PAGE: usize = 50;

const STYLE: &str = "
:root{color-scheme:light dark;--line:#8884;--soft:#8882}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:78rem;padding:1.5rem}
h1{font-size:1.3rem;margin:0 0 .3rem}h2{font-size:1rem;margin:1.6rem 0 .4rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;border-bottom:1px solid var(--line)}
th{font-weight:600;font-size:.85rem}td.n{text-align:right;white-space:nowrap}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);border-radius:6px;padding:.7rem;margin:.3rem 0;font-size:.85rem}
td pre{max-height:9rem;overflow:auto}
.chip{display:inline-block;background:var(--soft);border-radius:99px;padding:0 .6rem;margin:.1rem .15rem .1rem 0;font-size:.82rem}
.sev{font-weight:600;border-left:.35rem solid #888;padding-left:.5rem;white-space:nowrap}
.s-critical{border-color:#a3003c}.s-high{border-color:#d9480f}.s-medium{border-color:#e0a800}.s-low{border-color:#2b8a3e}.s-informational{border-color:#1c7ed6}
.quiet{opacity:.7;font-size:.9rem}a{color:inherit}nav{margin:1rem 0;display:flex;gap:1rem}
";

/// Answers a request to one of the pages.
pub(super) fn answer(shared: &Shared, request: &Request) -> Option<Answer> {
    let alert = request.path.strip_prefix("/ui/alerts/");
    if request.method != "GET" || (request.path != "/" && alert.is_none()) {
        return None;
    }
    let state = shared.state();
    let found = match alert {
        None => Some(list(&state, request)),
        Some(id) => id
            .parse()
            .ok()
            .and_then(|id| state.alerts.get(&id))
            .map(|alert| detail(&state, alert)),
    };
    drop(state);
    let page = match found {
        Some(body) => Answer::page(200, body),
        None => Answer::page(
            404,
            page(
                "No such alert",
                "<h1>No such alert</h1><p><a href=\"/\">All alerts</a></p>",
            ),
        ),
    };
    Some(
        page.with_header(
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'",
        )
        .with_header("x-content-type-options", "nosniff")
        .with_header("referrer-policy", "no-referrer"),
    )
}

fn list(state: &State, request: &Request) -> String {
    let total = state.alerts.len();
    let last = total.div_ceil(PER_PAGE).max(1);
    let asked = request.int_param("page").and_then(|page| usize::try_from(page).ok());
    let current = asked.unwrap_or(1).clamp(1, last);
    let mut body = format!(
        "<h1>Alerts</h1><p class=quiet>A sandbox that behaves like DFIR-IRIS 2.4.20. {total} alerts, newest first; page {current} of {last}.</p>"
    );
    if total == 0 {
        body.push_str("<p>Nothing has been delivered yet.</p>");
        return page("Alerts", &body);
    }
    body.push_str(
        "<table><thead><tr><th>#</th><th>Severity</th><th>Alert</th><th>Status</th><th>Owner</th><th>IOCs</th><th>Assets</th></tr></thead><tbody>",
    );
    for alert in state
        .alerts
        .values()
        .rev()
        .skip((current - 1) * PER_PAGE)
        .take(PER_PAGE)
    {
        row(state, alert, &mut body);
    }
    body.push_str("</tbody></table><nav>");
    if current > 1 {
        let _ = write!(body, "<a href=\"/?page={}\">newer</a>", current - 1);
    }
    if current < last {
        let _ = write!(body, "<a href=\"/?page={}\">older</a>", current + 1);
    }
    body.push_str("</nav>");
    page("Alerts", &body)
}

fn row(state: &State, alert: &StoredAlert, out: &mut String) {
    let id = alert.id;
    let _ = write!(
        out,
        "<tr><td class=n><a href=\"/ui/alerts/{id}\">{id}</a></td><td>{}</td><td><a href=\"/ui/alerts/{id}\"><b>{}</b></a><br>{}",
        severity(alert),
        escaped(&alert.title),
        chips(alert)
    );
    if let Some(note) = alert.note.as_deref().filter(|note| !note.is_empty()) {
        let _ = write!(out, "<pre>{}</pre>", escaped(note));
    }
    let _ = write!(
        out,
        "<div class=quiet>{} · {}</div></td><td>{}</td><td>{}</td><td class=n>{}</td><td class=n>{}</td></tr>",
        time::spaced(alert.event_time),
        escaped(alert.source.as_deref().unwrap_or("no source")),
        status(alert),
        escaped(&owner(state, alert)),
        alert.iocs.len(),
        alert.assets.len()
    );
}

fn detail(state: &State, alert: &StoredAlert) -> String {
    let mut body = format!(
        "<nav><a href=\"/\">All alerts</a></nav><h1>#{} {}</h1><p>{} · {} · {} · happened {} UTC, stored {} UTC</p><p>{}</p>",
        alert.id,
        escaped(&alert.title),
        severity(alert),
        status(alert),
        escaped(&owner(state, alert)),
        time::spaced(alert.event_time),
        time::spaced(alert.creation_time),
        chips(alert)
    );
    let _ = write!(
        body,
        "<p class=quiet>{} · {} · {}</p>",
        escaped(alert.source.as_deref().unwrap_or("no source")),
        escaped(alert.source_ref.as_deref().unwrap_or("no source reference")),
        alert.uuid
    );
    block("Description", alert.description.as_deref(), &mut body);
    block("Note", alert.note.as_deref(), &mut body);
    table(
        "IOCs",
        &["Value", "Type", "Description", "Tags"],
        alert.iocs.iter().map(|ioc| {
            let kind = ioc.type_id.and_then(|id| seed::entry(&seed::IOC_TYPES, id)).copied();
            vec![
                ioc.value.clone(),
                kind.unwrap_or_default().to_owned(),
                ioc.description.clone().unwrap_or_default(),
                ioc.tags.clone().unwrap_or_default(),
            ]
        }),
        &mut body,
    );
    table(
        "Assets",
        &["Name", "Type", "Address", "Description"],
        alert.assets.iter().map(|asset| {
            vec![
                asset.name.clone(),
                seed::entry(&seed::ASSET_TYPES, asset.type_id).map_or_else(String::new, |kind| kind.0.to_owned()),
                asset.ip.clone().unwrap_or_default(),
                asset.description.clone().unwrap_or_default(),
            ]
        }),
        &mut body,
    );
    match &alert.context {
        Value::Object(map) => table(
            "Context",
            &["Key", "Value"],
            map.iter().map(|(key, value)| vec![key.clone(), plain(value)]),
            &mut body,
        ),
        Value::Null => {}
        other => block("Context", Some(&plain(other)), &mut body),
    }
    table(
        "Comments",
        &["When", "Who", "What"],
        alert.comments.iter().map(|comment| {
            vec![
                time::spaced(comment.date),
                state.login(comment.user_id),
                comment.text.clone().unwrap_or_default(),
            ]
        }),
        &mut body,
    );
    let history = alert.history.as_object();
    table(
        "History",
        &["When (seconds since 1970)", "Who", "What"],
        history
            .into_iter()
            .flatten()
            .map(|(when, entry)| vec![when.clone(), plain(&entry["user"]), plain(&entry["action"])]),
        &mut body,
    );
    let content = match &alert.source_content {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => serde_json::to_string_pretty(other).ok(),
    };
    block("Source content", content.as_deref(), &mut body);
    page(&format!("#{} {}", alert.id, alert.title), &body)
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{}</title><style>{STYLE}</style></head><body>{body}</body></html>",
        escaped(title)
    )
}

fn block(title: &str, text: Option<&str>, out: &mut String) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        let _ = write!(out, "<h2>{title}</h2><pre>{}</pre>", escaped(text));
    }
}

fn table(title: &str, heads: &[&str], rows: impl Iterator<Item = Vec<String>>, out: &mut String) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return;
    }
    let _ = write!(out, "<h2>{title}</h2><table><thead><tr>");
    for head in heads {
        let _ = write!(out, "<th>{head}</th>");
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            let _ = write!(
                out,
                "<td><span style=\"white-space:pre-wrap;overflow-wrap:anywhere\">{}</span></td>",
                escaped(&cell)
            );
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
}

fn severity(alert: &StoredAlert) -> String {
    let name = seed::row(&seed::SEVERITIES, alert.severity_id).map_or("?", |row| row.1);
    format!("<span class=\"sev s-{}\">{name}</span>", name.to_lowercase())
}

fn status(alert: &StoredAlert) -> &'static str {
    seed::row(&seed::STATUSES, alert.status_id).map_or("?", |row| row.1)
}

fn owner(state: &State, alert: &StoredAlert) -> String {
    alert.owner_id.map_or_else(|| "nobody".to_owned(), |id| state.login(id))
}

fn chips(alert: &StoredAlert) -> String {
    let chips = alert
        .tag_list()
        .map(|tag| format!("<span class=chip>{}</span>", escaped(tag)));
    chips.collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
