//! Numbers to call, and requests for secrets.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

use super::place::{is_asked_about, is_order, is_order_in_text};
use crate::safe::regex;

/// Says whether a sentence gives a telephone number, or numbers where it says to call.
pub(super) fn is_phone_number(sentence: &str) -> bool {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?:^|[^\w.+-])(?:\+\d(?:[ ()./-]{0,2}\d){6,14}|\(\d{2,5}\)[ ./-]{0,2}\d{2,4}(?:[ ./-]?\d{2,6}){1,3}|(?:1[ .-])?\d{3}[ .-]\d{3}[ .-]\d{4}|0[18]00[ /-]?\d{3}[ /-]?\d{3,5}|0\d{2,4}[ /-]\d{5,8}|00\d{1,3}[ /-]\d(?:[ ./-]?\d){6,12})(?:\D|$)",
        )
    });
    static CALLING: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:call|phone|dial|ring|tel|telephone|hot\s?line|sms|whats\s?app|fax|telefon|anrufen|rufen|appeler|llamar)\b[^.!?]*?\d(?:[ ()./-]{0,2}\d){5,}",
        )
    });
    let plain = without_addresses(sentence);
    NUMBER.is_match(&plain) || CALLING.is_match(&plain)
}

/// Says whether a step has somebody call a number, however short.
pub(super) fn is_number_to_call(sentence: &str) -> bool {
    static CALL: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?i)\b(?:dial|call|ring|phone|text)\s+(?:[^ ]+\s+){0,2}?\+?\d{3,}"));
    let plain = without_addresses(sentence);
    CALL.find_iter(&plain).any(|found| is_order(&plain, found.start()))
}

/// Addresses, dates and times are digits too, and calls of systems and networks go to them.
fn without_addresses(sentence: &str) -> Cow<'_, str> {
    static ADDRESS: LazyLock<Regex> =
        LazyLock::new(|| regex(r"\b(?:\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?|\d{4}-\d\d-\d\d|\d{1,2}:\d\d(?::\d\d)?)\b"));
    ADDRESS.replace_all(sentence, "…")
}

/// Says whether a step asks people for secrets, or sends them somewhere to give them.
pub(super) fn is_request_for_secrets(sentence: &str) -> bool {
    asks(&[&GIVE, &LOG_ON], sentence, |at| !is_asked_about(sentence, at))
        || asks(&[&SHARE], sentence, |at| is_order(sentence, at))
}

/// Says whether running text tells its reader to give secrets; that others were asked for them is what it may tell.
pub(super) fn is_order_to_give_secrets(sentence: &str) -> bool {
    asks(&[&GIVE, &LOG_ON, &SHARE], sentence, |at| is_order_in_text(sentence, at))
}

fn asks(patterns: &[&LazyLock<Regex>], sentence: &str, stands: impl Fn(usize) -> bool) -> bool {
    // Telling people to change a secret is no request for it.
    static RENEW: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\b(?:reset|chang|rotat|revok|renew)"));
    patterns.iter().any(|pattern| {
        let mut found = pattern.find_iter(sentence);
        found.any(|found| stands(found.start()) && !RENEW.is_match(found.as_str()))
    })
}

static GIVE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix) \b (?: read \s+ out | tell | send | give | provide | enter | submit | type (?:\s in)? | supply | disclose | hand \s+ over ) \s+ (?:[a-z0-9_'-]+\s+){0,5}?
        (?: password | passphrase | passcode | mfa | otp | 2fa | pin | token | credential | secret | one.time | recovery \s+ code | verification \s+ code )s? \b
        | \b (?: confirm | verify | validate | update | re-?enter ) \s+ your \s+ (?:[a-z0-9_'-]+\s+){0,2}? (?: password | passphrase | passcode | pin | token | credential | account | identity | login )s? \b
        | \b what \s+ (?:is|are) \s+ (?: the | your | their | his | her ) \s+ (?:[a-z]+\s+)? (?: password | passphrase | passcode | pin | otp | mfa \s code | token | credential )s? (?: [^a-z]* $ | \s+ (?:of|for) \b )
        | \b ask (?:ing)? \s+ (?:[a-z0-9_'-]+\s+){1,4}? for \s+ (?: their | his | her | your | the | an? )? \s* (?: current \s+ )? (?: password | passphrase | passcode | otp | pin | credential | one.time \s+ code | mfa \s+ code )s? \b",
    )
});

/// `share` is a folder too, and with stolen credentials it is reached.
static SHARE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix) \b share \s+ (?:[a-z0-9_'-]+\s+){0,5}?
        (?: password | passphrase | passcode | mfa | otp | 2fa | pin | token | credential | secret | one.time | recovery \s+ code | verification \s+ code )s? \b",
    )
});

static LOG_ON: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix) \b (?: sign | log ) [\s-]? (?:in|on) \s+
        (?: (?: at | to | on | with | here | via ) \b .* \b (?: portal | page | link | site | website | url | console | form | again ) | again \b )",
    )
});
