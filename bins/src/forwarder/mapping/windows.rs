//! What events of Windows tell in fields of their own kind.

use std::borrow::Cow;

use wazuh_model::Alert;

/// What was asked for or changed: a file, a key, an object of the directory, what lies on a share. Ids say nothing to people.
pub(super) fn object(alert: &Alert) -> Option<String> {
    let text = |name: &str| {
        let text = alert.text(&format!("data.win.eventdata.{name}"))?;
        let text = text.trim();
        (!matches!(text, "" | "-") && !["%{", "S-1-"].iter().any(|id| text.starts_with(id))).then(|| text.to_owned())
    };
    if let Some(share) = text("shareName") {
        return Some(match text("relativeTargetName") {
            Some(target) if target != "\\" => format!("{share}\\{target}"),
            _ => share,
        });
    }
    let object = text("objectName").or_else(|| text("objectDN"))?;
    Some(match text("objectValueName") {
        Some(value) => format!("{object}\\{value}"),
        None => object,
    })
}

/// What a permanent subscription of WMI runs (Sysmon 20).
pub(super) fn consumer(alert: &Alert) -> Option<Cow<'_, str>> {
    let provider = alert.text("data.win.system.providerName")?;
    alert
        .text("data.win.eventdata.destination")
        .filter(|_| provider.contains("Sysmon"))
}

/// The service that the service manager tells of, which numbers what it says.
pub(super) fn numbered_service(alert: &Alert) -> Option<Cow<'_, str>> {
    if alert.text("data.win.system.providerName").as_deref() != Some("Service Control Manager") {
        return None;
    }
    let event = alert.text("data.win.system.eventID");
    let (number, is_a_name) = match event.and_then(|event| event.trim().parse::<u16>().ok()) {
        // How long it waited comes before what it waited for.
        Some(7009 | 7011) => (2, true),
        // What it tried to do about it.
        Some(7032) => (3, true),
        // A list of drivers.
        Some(7026) => return None,
        Some(7000..=7003 | 7016 | 7022..=7024 | 7030 | 7031 | 7034..=7036 | 7038..=7043) => (1, true),
        _ => (1, false),
    };
    let is_number = |text: &str| text.trim().bytes().all(|byte| byte.is_ascii_digit());
    // A service may be called by a number; elsewhere one that stands first counts something.
    alert
        .text(&format!("data.win.eventdata.param{number}"))
        .filter(|text| is_a_name || !is_number(text))
}
