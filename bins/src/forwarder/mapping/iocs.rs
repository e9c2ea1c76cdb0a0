//! Which indicators of an alert become IOCs.

use std::collections::HashSet;

use iris_client::NewIoc;
use wazuh_model::{Alert, Indicator, IndicatorKind};

use super::{Mapping, neutral};
use crate::forwarder::ids::Ids;

/// Most indicators of one alert; a mail gateway's alert may name hundreds.
pub(super) const MOST_INDICATORS: usize = 50;

/// The first indicators as IRIS takes them, and what is to be said of the others. They are those of the alert as it came; `masked` is the
/// same alert if secrets were masked in it.
pub(super) fn iocs(all: Vec<Indicator>, masked: Option<&Alert>, mapping: &Mapping, ids: &Ids) -> (Vec<NewIoc>, String) {
    let secret = masked.map_or_else(HashSet::new, |masked| masked_away(&all, masked, mapping));
    let of_a_known_type = all
        .into_iter()
        .filter_map(|indicator| Some((ids.ioc_type(indicator.kind)?, indicator)));
    let (mut iocs, mut left_out, mut more) = (Vec::new(), 0_usize, 0_usize);
    for (kind, indicator) in of_a_known_type {
        let shown = neutral::indicator(&indicator.value).filter(|_| !secret.contains(&indicator.value));
        let Some(value) = shown else {
            left_out += 1;
            continue;
        };
        if iocs.len() == MOST_INDICATORS {
            more += 1;
            continue;
        }
        // An indicator with a secret in it (a URL with a password) is no indicator for others. These two may be spelled otherwise in
        // the alert, where no rule saw it.
        let may_hold = masked.is_some() || matches!(indicator.kind, IndicatorKind::Url | IndicatorKind::Email);
        if may_hold && mapping.holds_secret(&value) {
            left_out += 1;
        } else {
            iocs.push(NewIoc::new(value, kind));
        }
    }
    let mut told = Vec::new();
    if more > 0 {
        let usable = iocs.len() + more;
        told.push(format!("the first {MOST_INDICATORS} of {usable} are IOCs here"));
    }
    if left_out > 0 {
        told.push(format!(
            "{left_out} left out, for a secret or characters that IRIS cannot show"
        ));
    }
    (iocs, told.join("; "))
}

/// The values that are nowhere in the masked alert: pieces of a secret, which look like hosts or hashes where they stand alone.
fn masked_away(all: &[Indicator], masked: &Alert, mapping: &Mapping) -> HashSet<String> {
    // Each is looked for in all of the alert; whoever writes more into one than anybody looks at gets none of the rest.
    const MOST_SEARCHES: usize = 256;
    let found_again: HashSet<String> = masked
        .indicators(&mapping.own)
        .into_iter()
        .map(|indicator| indicator.value)
        .collect();
    let missing = || {
        all.iter()
            .map(|one| &one.value)
            .filter(|value| !found_again.contains(*value))
    };
    if missing().next().is_none() {
        return HashSet::new();
    }
    let text = masked.value().to_string().to_lowercase();
    missing()
        .enumerate()
        .filter(|(at, value)| *at >= MOST_SEARCHES || !text.contains(&value.to_lowercase()))
        .map(|(_, value)| value.clone())
        .collect()
}
