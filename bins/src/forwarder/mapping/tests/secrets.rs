//! What of a secret reaches IRIS: nothing, in no field.

use serde_json::json;

use super::{mapped, sysmon};

/// The values of an alert's IOCs, in order.
fn values(alert: &serde_json::Value) -> Vec<String> {
    let mut values: Vec<_> = mapped(alert).iocs.into_iter().map(|ioc| ioc.value).collect();
    values.sort_unstable();
    values
}

#[test]
fn a_piece_of_a_masked_password_is_no_indicator() {
    for (password, piece) in [
        (["Pa@Hunt", "er2.com;x"], "hunter2.com"),
        (["P@ss.w", "ord&1"], "ss.word"),
        (["Sommer@20", "26.berlin;x"], "2026.berlin"),
        (["Adm@in.p", "ass^1"], "in.pass"),
        (["Adm@in.p", "ass|1"], "in.pass"),
        (["Adm@in.p", "ass`1"], "in.pass"),
        (["Adm@in.p", "ass'1"], "in.pass"),
        (["Adm@198.51", ".100.7;1"], "198.51.100.7"),
    ] {
        let password = password.concat();
        let link = format!("https://svc:{password}@db.example.org/");
        let mut asked = link.clone();
        for (sign, escape) in [
            (":", "%3A"),
            ("/", "%2F"),
            ("@", "%40"),
            ("^", "%5E"),
            ("&", "%26"),
            (";", "%3B"),
        ] {
            asked = asked.replace(sign, escape);
        }
        // What is escaped ends at an apostrophe.
        let asked = Some(asked).filter(|asked| !asked.contains('\''));
        let asked = asked.map(|asked| json!({"url": format!("/r?to={asked}")}));
        for data in asked.into_iter().chain([json!({"command": format!("curl {link}")})]) {
            let mut alert = sysmon("x");
            alert["full_log"] = json!("x");
            alert["data"] = data;
            let new = mapped(&alert);
            assert_eq!(values(&alert), ["db.example.org"], "{alert}");
            let body = serde_json::to_string(&new).unwrap().to_lowercase();
            assert!(!body.contains(piece), "{body}");
            assert!(body.contains("left out, for a secret"), "it is counted: {body}");
        }
    }
}

#[test]
fn what_stands_beside_a_secret_is_an_indicator_however_it_is_written() {
    let password = ["S3cret", "Pw1x"].concat();
    let mut alert = sysmon(&format!(
        "curl -u bob:{password} hxxp[:]//EVIL[.]example:80/%61 & ping 0xcb.0x0.0x71.0x9; curl http://b\u{fc}cher.example/x"
    ));
    alert["data"]["win"]["eventdata"]["destinationIp"] = json!("::ffff:203.0.113.66");
    alert["data"]["win"]["eventdata"]["hashes"] = json!("MD5=087875B45857B2A20D4D64230AD402A4");
    let of_secret = values(&alert);
    alert["data"]["win"]["eventdata"]["commandLine"] = json!(
        alert["data"]["win"]["eventdata"]["commandLine"]
            .as_str()
            .unwrap()
            .replace(&format!("-u bob:{password} "), "")
    );
    assert_eq!(of_secret, values(&alert));
    assert!(of_secret.len() >= 4, "{of_secret:?}");
}
