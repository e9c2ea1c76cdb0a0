//! Orders to hide an attack whose verbs mean honest things elsewhere, so that only their place makes them advice.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    place::{is_asked_about, is_doubted, is_negated, is_order_in_text, is_told},
    suppress::is_rule_of_others,
};
use crate::safe::regex;

/// Says whether a sentence orders to hide something, where `stands` tells an order.
pub(super) fn is_ordered(sentence: &str, stands: fn(&str, usize) -> bool) -> bool {
    let patterns: [&LazyLock<Regex>; 6] = [&CLOSING, &BARE, &RULE, &JUDGING, &EXCEPTING, &PASSING];
    let mut patterns = patterns.into_iter();
    patterns.any(|pattern| {
        let mut found = pattern.find_iter(sentence);
        found.any(|found| {
            let at = found.start();
            stands(sentence, at)
                && !is_negated(sentence, at)
                && !is_doubted(sentence, at)
                && !is_asked_about(sentence, at)
                && !is_told(sentence, at)
                && !is_honest(sentence, &found)
                && !is_rule_of_others(sentence, &found)
                && !is_fault(sentence, &found)
        })
    }) || is_forbidden_to_block(sentence, stands)
}

/// Says whether a sentence forbids to block something. Logs that `do not contain` a thing, and firewalls that `do not block` it,
/// are told of.
fn is_forbidden_to_block(sentence: &str, stands: fn(&str, usize) -> bool) -> bool {
    static FORBIDDING: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) \b (?: so \x20 )? (?: do \x20 not | don['’]t ) \x20
            (?: block | quarantine | contain \x20 (?: it | this | them | (?: the | this ) \x20 (?: [^\x20]+ \x20 )? (?: hosts? | machines? | servers? | systems? | endpoints? | accounts? | users? | threat | incident ) ) ) \b",
        )
    });
    let mut found = FORBIDDING.find_iter(sentence);
    found.any(|found| {
        let at = found.start();
        (stands(sentence, at) || is_order_in_text(sentence, at))
            && !is_asked_about(sentence, at)
            && !is_doubted(sentence, at)
            && !is_honest(sentence, &found)
    })
}

/// Says whether what is to be resolved is a fault: `Find the misconfiguration and resolve it`.
pub(super) fn is_fault(sentence: &str, found: &regex::Match<'_>) -> bool {
    static FAULT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:(?:failed|failing)\x20checks?|misconfigurations?|cause|errors?|faults?|flaws?|weakness(?:es)?|vulnerabilit(?:y|ies)|conflicts?|problems?)\b[^.;]*$",
        )
    });
    static ALERT: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\b(?:alert|case|ticket|incident|finding)s?\b"));
    let before = &sentence[..found.start()];
    let resolves = found
        .as_str()
        .split(' ')
        .next()
        .is_some_and(|verb| verb.eq_ignore_ascii_case("resolve"));
    resolves && FAULT.is_match(before) && !ALERT.is_match(&sentence[..found.end()])
}

/// Says whether a sentence has it that nothing needs to be done.
pub(super) fn is_inaction(sentence: &str) -> bool {
    let mut found = INACTION.find_iter(sentence);
    found.any(|found| {
        let at = found.start();
        !is_asked_about(sentence, at) && !is_doubted(sentence, at) && !is_honest(sentence, &found)
    })
}

/// Says whether what follows makes something else of an order: the report on an incident, a rule of the attacker, a search without
/// what is known, a script that runs in a sandbox, a block that comes too early.
fn is_honest(sentence: &str, found: &regex::Match<'_>) -> bool {
    static OTHER: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) ^ \x20+ (?: timeline | report | record | handler | owner | details? | data | logs? | window | session | port | connection | history | notes? | form | beyond ) \b
            | ^ [^.;:]* \b (?: sandbox | isolated | lab | vm | before | until | yet | unless | once ) \b
            | ^ (?: \x20+ [^\x20]+ ){0,2} \x20+ (?: added | created | made | set | left | planted | installed | (?: that | which ) \x20 (?: was | were | has | had | forward[a-z]* | allow[a-z]* | permit[a-z]* | open[a-z]* | hide[a-z]* | delete[a-z]* ) ) \b
            | ^ \x20+ from \x20+ (?: (?:the|this|your)\x20+ )? (?: [^\x20]+ \x20+ )? (?: search | query | results? | hunt | comparison | count | backup | report | suspects? ) \b",
        )
    });
    // `Delay the response until …` only says for how long.
    let first = found.as_str().split(' ').next().unwrap_or_default();
    let delays = ["postpone", "defer", "delay"]
        .iter()
        .any(|verb| first.eq_ignore_ascii_case(verb));
    !delays && OTHER.is_match(&sentence[found.end()..])
}

/// Getting rid of an alert, in words that are not always said of alerts.
static CLOSING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b (?: auto-?close | (?:bulk|batch) [\x20-] close | automatically\x20close | erase | bin | clear | remove | shut | end | get\x20rid\x20of | sign\x20off (?:\x20on)? | throw | wrap\x20up | close\x20out | suppress | archive )
          \x20+ (?: (?:this|that|the|these|all|such|any|further|similar|future|out|up|type|of)\x20+ ){0,4} (?: alerts? | cases? | tickets? | incidents? | findings? | detections? | notifications? | duplicates? ) \b
        | \b (?: finish | complete | conclude | close ) \x20+ (?: (?:the|this)\x20+ )? (?: alert | case | ticket | investigation ) \W* $
        | \b (?: set \x20 up | enable | configure | add ) \x20+ (?: (?:an?|the)\x20+ )? auto (?: matic )? [\x20-]? clos(?:e|ing|ure) \b
        | \b (?: take | remove ) \x20+ (?: the | this ) \x20+ (?: alert | case | ticket ) \x20+ (?: off | from | out \x20 of ) \b
        | \b merge \x20+ (?: [^\x20]+ \x20+ ){1,3}? into \x20+ (?: a | the ) \x20+ closed \b
        | \b (?: ignore | disregard | dismiss | overlook | mute | silence | snooze ) \x20+ [^\x20]
        | \b (?: skip | abandon | terminate | discontinue | cancel | postpone | defer | delay | stop | cease | suspend )
          \x20+ (?: (?:the|this|any|all|further)\x20+ ){0,2} (?: investigat(?:ion|ing) | triage | checks? | response | analysis | escalation | monitoring | watching | alerting | alerts | looking ) \b
        | \b (?: move | go | proceed | continue ) \x20+ (?: on\x20+ )? to \x20+ the \x20+ next \x20+ (?: alert | case | ticket | event ) \b
        | \b (?: move \x20+ on | wait \x20 and \x20 see | do \x20 nothing | proceed \x20 to \x20 close ) \W* $
        ",
    )
});

/// Closing where nothing is named that is closed.
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix) \b (?: close | dismiss | ignore | disregard | skip | resolve | suppress | mute | silence | snooze | whitelist | allowlist )
        (?: \x20+ (?: it | this | them | out | for \x20 now | as \x20 [^\x20]+ | (?:it|this) \x20 out ) )? \W* $",
    )
});

/// Changing what raised the alert.
static RULE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix) \b (?: delete | drop | override | overwrite | comment \x20 out | bypass | suppress | mute | snooze ) \x20+ (?: (?:the|this|that|wazuh|detection|local|custom|alert)\x20+ ){0,3} (?: rules? | signatures? | detections? ) \b
        | \b (?: add | write | create | set | use | lower | reduce ) \x20+ (?: [^\x20]+ \x20+ ){0,5}? level \x20+ (?: to\x20+ | of\x20+ )? 0 \b
        | \b (?: add | create | write ) \x20+ (?: an?\x20+ | the\x20+ )? (?: [a-z]+\x20+ ){0,2}? rules? \x20+ (?: that | which | to ) \x20+ (?: silences? | hides? | ignores? | suppress(?:es)? | mutes? | overrides? ) \b
        | \b (?: add | create | set \x20 up ) \x20+ (?: an?\x20+ )? (?: alert | suppression | noise ) \x20 filter \b
        | \b (?: update | modify | configure | change | edit | adjust | set | tune | extend ) \x20+ (?: [^\x20]+ \x20+ ){1,5}? (?: to | so \x20 that \x20 it ) \x20+ (?: ignores? | excludes? | skips? | suppress(?:es)? | whitelists? | allowlists? ) \x20+ [^\x20]
        | \b unmonitor \x20+ [^\x20]
        | \b reduce \x20+ (?: the\x20+ )? (?: noise | logging | log \x20 retention | audit \x20 policy ) \b",
    )
});

/// Calling it harmless, without a word such as `mark`.
static JUDGING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix) \b (?: re-?classify | regrade | relabel | downgrade | dismiss | resolve | close | (?: view | take | call ) \x20+ (?: it | this | that ) | return ) \x20+ (?: [^\x20]+ \x20+ ){0,5}? (?: as\x20+ | to\x20+ )? (?: an?\x20+ )?
        (?: benign | informational | false.positive | noise | safe | harmless ) \b",
    )
});

/// Making exceptions, and giving rights.
static EXCEPTING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b (?: add | put | place | include ) \x20+ (?: [^\x20]+ \x20+ ){1,6}? (?: to | on | in | into ) \x20+ (?: [^\x20]+ \x20+ ){0,3}? (?: exclusions? | exceptions? | exemptions? | trusted \x20 [a-z]+ | list \x20 of \x20 (?: known | trusted | approved | allowed ) \x20 (?: users? | hosts? | address(?:es)? | accounts? | process(?:es)? | programs? | software | devices? | domains? | ips? ) | (?: white | allow | safe | ignore | exclusion | pass ) [\x20-]? lists? ) \b
        | \b (?: put | grant | give | request | apply \x20 for ) \x20+ (?: an? | the ) \x20+ (?: [a-z]+ \x20+ )? (?: exception | exclusion | exemption ) \b
        | \b request \x20+ (?: white | allow ) -? listing \b
        | \b exempt \x20+ [^\x20]
        | \b exclude \x20+ (?: (?:the|this)\x20+ )? [^\x20]* [0-9./\\:@] [^\x20]*
        | \b trust \x20+ [^\x20]* [a-z0-9] [.@\\_0-9] [^\x20]*
        | \b (?: create | add | set \x20 up | make ) \x20+ (?: an?\x20+ )? (?: [a-z]+ \x20+ )? filter \b [^.]* \b (?: hides? | suppress(?:es)? | mutes? | ignores? | for \x20 (?: these | such | this | similar ) \x20 alerts? ) \b
        | \b filter \x20+ (?: these | such | this ) (?: \x20+ (?: alerts? | events? ) )? \W* $
        | \b (?: grant | give | assign ) \x20+ (?: [^\x20]+ \x20+ ){0,3}? (?: administrator | admin | root | full | remote ) \x20+ (?: rights | access | control | privileges )
        | \b add \x20+ (?: [^\x20]+ \x20+ ){1,2} to \x20+ (?: the\x20+ )? (?: (?:domain|enterprise|local)\x20+ )? admin
        ",
    )
});

/// Letting it go on.
static PASSING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b (?: let | leave ) \x20+ (?: it | this (?: \x20 one )? | (?:the|this) \x20 (?: process | script | program | command | connection | session | job | download | transfer ) ) \x20+ (?: run | running | go | slide | finish | continue | pass | complete | open | be ) \b
        | \b keep \x20+ (?: the | this ) \x20 (?: process | script | connection | session ) \x20+ (?: running | open | alive ) \b
        | \b (?: release | reconnect ) \x20+ (?: the\x20+ )? (?: host | machine | endpoint | server ) \W* $
        | \b delete \x20+ [^\x20]+ \x20+ (?: from | off ) \x20+ (?: the\x20+ )? (?: block | deny | watch ) [\x20-]? list
        | \b wave \x20+ [^\x20]+ \x20+ through \b
        | \b accept \x20+ (?: the\x20+ )? (?: risk | mfa | push | prompt ) \b
        | \b (?: allow | permit ) \x20+ (?: it \W* $ | [^\x20]* \d\.\d [^\x20]* )
        ",
    )
});

/// Saying that nothing is to be done, where it is no order.
static INACTION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b nothing \x20 to \x20 do \W* $
        | \b (?: alert | event | case | incident | activity | finding | this | that | it ) \x20+ (?: [a-z]+ly \x20+ )? (?: (?: does | do ) \x20 not | (?: does | do ) n['’]?t ) \x20+ (?: require | need | warrant ) \x20+ (?: (?:any|further|additional|immediate|urgent|more)\x20+ ){0,2}
          (?: action | investigation | attention | escalation | response | follow.?up | review | analysis ) \b
        | \b not \x20 (?: necessary | needed | required ) \x20 to \x20 (?: escalate | investigate | report | isolate | respond | act | block | review ) \b
        | \b (?: do \x20 not | don['’]t | never ) \x20 (?: alert | trigger | fire ) \x20+ (?: (?:on|for|about)\x20+ )? (?: [^\x20]+ \x20+ ){0,3}? (?: again | in \x20 future | in \x20 the \x20 future | any \x20? more ) \b
        | \b nothing \x20+ (?: (?:else|more|further|here)\x20+ )? (?: (?:needs|has) \x20 to \x20 be \x20 (?: done | checked | investigated ) | to \x20 (?: worry | investigate ) \b )
        | (?: ^ \W* | \b (?: further | additional | more | any | so | that | then ) \x20+ | [,;:] \x20* ) (?: action | investigation | escalation | analysis | response | review | triage | check | step | measure )s? \x20+ (?: (?:is|are)\x20+ )? (?: not \x20 (?: needed | necessary | required | warranted ) | unnecessary )
        | \b no \x20+ (?: (?:further|additional|more|special|other)\x20+ )? (?: check | step | measure | analys[ei]s | triage | work )s? \x20+ (?: (?:is|are)\x20+ )? (?: needed | required | necessary ) \b
        | ^ \W* no \x20+ (?: further | additional | more ) \x20+ (?: check | step | measure )s? \W* $
        | ^ \W* (?: none | nothing ) \x20+ (?: (?:is|are)\x20+ )? (?: needed | required | necessary ) \b
        | \b not \x20 worth \x20 (?: investigat | an?\x20 | the\x20 | your\x20 )
        | \b (?: do \x20 not | don['’]t ) \x20 (?: bother | waste ) \b
        | \b (?: rather | better ) \x20 not \x20 (?: investigat | escalat | report | respond | isolat ) [a-z]*
        | \b no \x20 need \x20 to \x20 (?: look | check | go | dig ) \b
        | \b (?: do \x20 not | don['’]t ) \x20 (?: tell | contact ) \x20+ (?: the\x20+ )? (?: soc | csirt | anyone | anybody | security | management | team | analysts? | police ) \b
        | ^ \W* avoid \x20 (?: blocking | isolating | quarantining | containing | escalating | investigating ) \b
        ",
    )
});
