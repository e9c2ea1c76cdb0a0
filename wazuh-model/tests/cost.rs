//! What a hostile alert may cost, as work that can be counted and not as time.

#![allow(clippy::unwrap_used, reason = "tests")]

mod shapes;

use std::time::Duration;

use wazuh_model::{Alert, OwnNetworks};

#[test]
fn what_a_hostile_alert_costs_grows_with_its_size_and_no_faster() {
    for (name, shape) in shapes::all() {
        assert_linear(name, &shape);
    }
}

#[test]
fn urls_inside_of_urls_cost_no_more_than_urls() {
    let eventdata =
        |name: &str, text: &str| format!(r#"{{"data":{{"win":{{"eventdata":{{"{name}":"{text}"}}}}}}}}"#).into_bytes();
    let inside = |size: usize, end: &str| {
        (0..size / 24)
            .map(|n| format!("http://a{n}.example/?{end}"))
            .collect::<Vec<_>>()
            .concat()
    };
    assert_linear("one word", &|size| eventdata("commandLine", &inside(size, "")));
    assert_linear("many words", &|size| {
        let word = inside(4_000, "");
        eventdata("scriptBlockText", &format!("{word} ").repeat(size / word.len()))
    });
    assert_linear("many schemes that lead nowhere", &|size| {
        eventdata("commandLine", &"php://a/".repeat(size / 8))
    });
    for word in [
        "<a xmlns=&quot;b ",
        " xmlns",
        "&amp;amp;",
        "'.a",
        "' http://a.example/'.b",
    ] {
        assert_linear(word, &|size| eventdata("taskContent", &word.repeat(size / word.len())));
    }
    assert_linear("many places of a look-up", &|size| {
        format!(r#"{{"data":{{"id":"${{jndi:{}"}}}}"#, inside(size, "#b.example")).into_bytes()
    });
}

#[test]
fn names_of_users_before_hosts_cost_no_more_than_other_text() {
    let fields = |word: &str| {
        let field = |n: usize| format!(r#""f{n}":"{}""#, word.repeat(4_000));
        let fields: Vec<_> = (0..16).map(field).collect();
        format!(r#"{{"rule":{{"id":"1"}},"data":{{{}}}}}"#, fields.join(",")).into_bytes()
    };
    let (plain, users) = (fields("+1"), fields("@1"));
    // A busy machine may spoil a measurement, not three.
    let costs: Vec<_> = (0..3).filter_map(|_| Some((cost(&plain)?, cost(&users)?))).collect();
    assert!(
        costs.is_empty()
            || costs
                .iter()
                .any(|(plain, users)| *users < *plain * 4 + Duration::from_millis(20)),
        "{costs:?}"
    );
}

fn assert_linear(name: &str, shape: &dyn Fn(usize) -> Vec<u8>) {
    let (small, large) = (shape(1 << 15), shape(1 << 17));
    // Four times the bytes: linear is 4, quadratic 16. The clock of a thread is coarse, so short times prove nothing.
    let grows = || {
        let large = cost(&large).filter(|large| *large > Duration::from_millis(60))?;
        let small = cost(&small)?;
        (large > small * 10 + Duration::from_millis(20)).then_some((small, large))
    };
    // A busy machine may spoil a measurement, not three.
    let each: Option<Vec<_>> = (0..3).map(|_| grows()).collect();
    assert!(each.is_none(), "{name}: {each:?}");
}

/// What one reading costs on this thread's own clock.
fn cost(bytes: &[u8]) -> Option<Duration> {
    let before = shapes::time_on_a_processor()?;
    shapes::everything(bytes);
    Some(shapes::time_on_a_processor()?.saturating_sub(before))
}

#[test]
fn a_path_of_a_thousand_empty_names_says_nothing_and_is_not_looked_at() {
    let items = vec!["1"; 20_000].join(",");
    let line = format!(r#"{{"data":{{"{}":["203.0.113.9",{items},[]]}}}}"#, ".".repeat(1000));
    let alert = Alert::from_slice(line.as_bytes()).unwrap();
    assert!(alert.indicators(&OwnNetworks::none()).is_empty());
    let _ = (alert.actors().users.len(), alert.fingerprint().key.len());
}
