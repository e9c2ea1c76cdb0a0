//! Numbers to call, and requests for secrets.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

use super::place::{is_asked_about, is_negated, is_order, is_order_in_text};
use crate::safe::regex;

/// Says whether a sentence gives a telephone number, or numbers where it says to call.
pub(super) fn is_phone_number(sentence: &str) -> bool {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?:^|[^\w.+-])(?:\+\d(?:[ ()./-]{0,2}\d){6,14}|\((?:\d{2,3}|0\d{3,4})\)[ ./-]{0,2}\d{2,4}(?:[ ./-]?\d{2,6}){1,3}|(?:1[ .-])?\d{3}[ .-]\d{3}[ .-]\d{4}|0[18]00[ /-]?\d{3}[ /-]?\d{3,5}|0\d{2,4}[ /-]\d{5,8}|0\d(?:[ .]\d\d){4}|1-8\d\d-[A-Z]{5,7}|00\d{1,3}[ /-]\d(?:[ ./-]?\d){6,12})(?:\D|$)",
        )
    });
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) \b (?: tel | telephone | hot\s?line | support\sline | sms | whats\s?app | fax | telefon | rufnummer | anrufen ) \b \.? [^.!?]*? \d (?: [\ ()./-]{0,2} \d ){5,}
            | \b (?: reach | contact ) \s+ (?: [^\ ]+ \s+ ){0,5}? (?: on | at | under ) \s+ \d (?: [\ ()./-]{0,2} \d ){5,}",
        )
    });
    let plain = without_addresses(sentence);
    NUMBER.is_match(&plain) || LINE.is_match(&plain) || is_called(&plain)
}

/// Says whether a number stands where people are told to call. A call of a program or to a system is none, and neither are its
/// account and its process.
fn is_called(plain: &str) -> bool {
    static CALL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) \b (?: call | phone | dial | ring | rufen | appelez | appeler | llame | llamar ) \s+ (?: (?P<last> [^\ .!?]+ ) [\s:]+ ){0,5}? \+? \d (?: [\ ()./-]{0,2} \d ){5,}",
        )
    });
    static THING: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:api|system|function|method|procedure|library|rpc|sts|the|an?|this|that|its|each|every|one|first|last|same|of|token|key|(?-i:[A-Z][a-z]+[A-Z][A-Za-z]+))\s+$",
        )
    });
    static OTHER_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)^(?:account|process|pid|ppid|thread|id|uid|gid|user|port|session|event|size|offset|record|line|at|wrote|read|sent|took|held|used|returned)$",
        )
    });
    CALL.captures_iter(plain).any(|call| {
        let at = call.get(0).map_or(0, |call| call.start());
        let last = call.name("last");
        !THING.is_match(&plain[..at]) && !last.is_some_and(|word| OTHER_NUMBER.is_match(word.as_str()))
    })
}

/// Says whether a step has somebody call a number, however short.
pub(super) fn is_number_to_call(sentence: &str) -> bool {
    static CALL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:dial|call|ring|phone|text)\s+(?:[^ ]+\s+){0,2}?\+?\d{3,}|\b(?:contact|reach)\s+(?:[^ ]+\s+){0,5}?ext(?:ension|\.)?\s+\d{2,}|\b(?:send\s+an?\s+)?(?:sms|text)\s+to\s+\+?\d{4,}",
        )
    });
    let plain = without_addresses(sentence);
    CALL.find_iter(&plain).any(|found| is_order(&plain, found.start()))
}

/// Addresses, dates and times are digits too, and calls of systems and networks go to them.
fn without_addresses(sentence: &str) -> Cow<'_, str> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"\b(?:\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?|\d{4}-\d\d-\d\d(?:[Tt]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:[Zz]|[+-]\d\d:?\d\d)?)?|\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?)\b",
        )
    });
    ADDRESS.replace_all(sentence, "…")
}

/// Says whether a step asks people for secrets, or sends them somewhere to give them.
pub(super) fn is_request_for_secrets(sentence: &str) -> bool {
    asks(&[&GIVE, &GIVE_ABROAD, &LOG_ON], sentence, |at| {
        !is_asked_about(sentence, at) && !is_negated(sentence, at)
    }) || asks(&[&SHARE], sentence, |at| is_order(sentence, at))
}

/// Says whether running text tells its reader to give secrets; that others were asked for them is what it may tell.
pub(super) fn is_order_to_give_secrets(sentence: &str) -> bool {
    asks(&[&GIVE, &GIVE_ABROAD, &LOG_ON, &SHARE], sentence, |at| {
        is_order_in_text(sentence, at)
    })
}

fn asks(patterns: &[&LazyLock<Regex>], sentence: &str, stands: impl Fn(usize) -> bool) -> bool {
    // Telling people to change a secret is no request for it, and neither is asking what happened to it.
    static RENEW: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) \b (?: reset | chang | rotat | revok | renew | (?: whether | if | who | when | why | how | which ) \b )
                | ^ tell \s .* \b (?: set | choose | pick | create ) \s a \s new \b | ^ give \s .* \s a \s new \b
                | ^ tell \s .* \b (?: not \s to | never \s to | to \s never ) \s (?: approve | accept | enter | share | send | give | disclose | reveal | type | reuse | provide ) \b",
        )
    });
    static ABOUT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)^\s+(?:reset|change|polic|rotation|expir|history|manager|vault|spray|protection|hash|age\b|length|settings|attempts?|guess|logs?\b)",
        )
    });
    patterns.iter().any(|pattern| {
        let mut found = pattern.find_iter(sentence);
        found.any(|found| {
            stands(found.start()) && !RENEW.is_match(found.as_str()) && !ABOUT.is_match(&sentence[found.end()..])
        })
    })
}

static GIVE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix) \b (?: read \s+ out | tell | send | give | provide | enter | submit | type (?:\s in)? | supply | disclose | hand \s+ over ) \s+ (?:[a-z0-9_.@\\'’-]*[a-z0-9_'’-]\s+){0,5}?
        (?: password | passphrase | passcode | mfa | otp | 2fa | pin | token | credential | secret | one.time | recovery \s+ code | verification \s+ code | (?: private | api | secret ) \s+ key )s? \b
        | \b (?: confirm | verify | validate | update | re-?enter ) \s+ your \s+ (?:[a-z0-9_'-]+\s+){0,2}? (?: password | passphrase | passcode | pin | token | credential | account | identity | login )s? \b
        | \b what \s+ (?:is|are) \s+ (?: the | your | their | his | her ) \s+ (?:[a-z]+\s+)? (?: password | passphrase | passcode | pin | otp | mfa \s code | token | credential )s? (?: [^a-z]* $ | \s+ (?:of|for) \b )
        | \b ask (?:ing)? \s+ (?:[a-z0-9_.@\\'’-]*[a-z0-9_'’-]\s+){1,4}? for \s+ (?: their | his | her | your | the | an? )? \s* (?: current \s+ )? (?: password | passphrase | passcode | otp | pin | credential | one.time \s+ code | mfa \s+ code )s? \b",
    )
});

/// The same with verbs that mean other things elsewhere, and in the languages that models drift into.
static GIVE_ABROAD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix) \b (?: forward | e-?mail | paste | post | repeat | (?: reply | respond | answer ) \s with ) \s+ (?: (?:the|your|their|his|her)\s+ ) (?: [a-z]+\s+ ){0,2}? (?: password | passphrase | passcode | pin | (?: mfa | otp | 2fa | verification | security | one.time | recovery ) \s+ code )s? \b
        | \b (?: obtain | get | request | collect | note | write \s+ down | ask \s+ for ) \s+ (?: (?:the|your|their|his|her|[a-z0-9._-]+['’]s?)\s+ ){1,3} (?: password | passphrase | passcode | pin )s? \b
        | \b (?: was \s ist \s ihr \s (?: passwort | kennwort ) | quel \s est \s votre \s mot \s de \s passe | cu(?:á|a)l \s es \s (?: su | tu ) \s contrase(?:ñ|n)a )
        | \b read (?: \s+ out )? \s+ (?: the | your | that ) \s+ (?: [a-z]+\s+ )? code \b [^.]* \b to \b
        | \b geben \s+ sie \s+ [^.]{0,30} (?: passwort | kennwort | pin )
        | \b (?: entrez | saisissez | indiquez | donnez ) \s+ (?: votre | le ) \s+ (?: mot \s de \s passe | code )
        | \b (?: introduzca | ingrese | ingresa | indique ) \s+ (?: su | tu | la ) \s+ (?: contrase(?:ñ|n)a | clave )
        | \b (?: inserisci | inserisca | inserite ) \s+ la \s+ (?: (?:tua|sua|vostra)\s+ )? password | \b (?: digite | informe ) \s+ (?: sua | a ) \s+ senha
        | (?: введите | сообщите | отправьте | укажите ) \s+ (?: (?: ваш | свой ) \s+ )? (?: пароль | код )
        | (?: 输入 | 提供 | 发送 | 輸入 ) (?: 您的 | 你的 )? (?: 密码 | 口令 | 验证码 | 密碼 ) | パスワードを (?: 入力 | 送信 | 教え ) | 비밀번호를 \s? (?: 입력 | 알려 | 보내 )",
    )
});

/// `share` is a folder too, and with stolen credentials it is reached.
static SHARE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix) \b share \s+ (?:[a-z0-9_.@\\'’-]*[a-z0-9_'’-]\s+){0,5}?
        (?: password | passphrase | passcode | mfa | otp | 2fa | pin | token | credential | secret | one.time | recovery \s+ code | verification \s+ code )s? \b",
    )
});

static LOG_ON: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix) \b (?: sign | log ) [\s-]? (?:in|on) \s+
        (?: (?: at | to | on | with | here | via ) \b .* \b (?: portal | page | link | site | website | url | console | form | again ) | again \b )",
    )
});
