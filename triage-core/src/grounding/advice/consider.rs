//! Deeds that hide an attack, proposed otherwise than as an order: `consider disabling …`, `… should be switched off`.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    place::{is_asked_about, is_doubted, is_negated},
    suppress::{ALERT, CONTROL, DETERMINERS, is_repair},
};
use crate::safe::regex;

/// Says whether a step proposes such a deed.
pub(super) fn is_proposed_in_step(sentence: &str, stands: fn(&str, usize) -> bool) -> bool {
    // What would be wrong, or only later, is no proposal.
    static WARNS: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)\b(?:not|never|n['’]t|mistake|wrong|risky?|dangerous|premature|unsafe|only|until|unless|avoid)\b")
    });
    let opens = DOING
        .find(sentence)
        .is_some_and(|doing| sentence[..doing.start()].chars().all(|c| !c.is_alphanumeric()))
        && !WARNS.is_match(sentence);
    let passive = CAN_BE.find_iter(sentence).any(|found| {
        !is_negated(sentence, found.start())
            && !is_asked_about(sentence, found.start())
            && !is_by_others(sentence, &found)
    });
    opens || passive || is_proposed(sentence, stands)
}

/// Says whether running text proposes such a deed: there, what can be done is what attackers can do.
pub(super) fn is_proposed(sentence: &str, stands: fn(&str, usize) -> bool) -> bool {
    let mut should = SHOULD_BE.find_iter(sentence).chain(BE_IT.find_iter(sentence));
    let mut approved = APPROVED.find_iter(sentence);
    let mut led = LED.captures_iter(sentence);
    should.any(|found| {
        !is_negated(sentence, found.start())
            && !is_doubted(sentence, found.start())
            && !is_asked_about(sentence, found.start())
            && !is_by_others(sentence, &found)
            && !is_repair(sentence, &found)
    }) || approved.any(|found| {
        !is_disapproved(found.as_str())
            && !is_doubted(sentence, found.start())
            && !is_asked_about(sentence, found.start())
    }) || led.any(|led| {
        let at = led.get(0).map_or(0, |led| led.start());
        let by_us = led.name("us").is_some();
        (by_us || stands(sentence, at)) && !is_negated(sentence, at) && !is_asked_about(sentence, at)
    })
}

/// `Disabling Defender is not recommended`.
fn is_disapproved(approval: &str) -> bool {
    static NOT: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)\b(?:not|n['’]t|never|rarely|hardly|seldom)\x20+(?:(?:[a-z]+ly|be|considered)\x20+){0,2}?[a-z]+$")
    });
    NOT.find(approval)
        .is_some_and(|not| !not.as_str().to_ascii_lowercase().starts_with("not only "))
}

fn is_by_others(sentence: &str, found: &regex::Match<'_>) -> bool {
    static BY: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)^\x20+(?:by|from)\x20+(?:(?:the|an?|this|another)\x20+)?(?:[a-z-]+\x20+)?(?:attackers?|polic(?:y|ies)|gpos?|products?|installers?|updates?|malware|intruders?|adversar[a-z]+|scripts?|programs?|process|ransomware|actors?|users?|commands?|tools?)\b",
        )
    });
    BY.is_match(&sentence[found.end()..])
}

const DOINGS: &str = "disabling | switching \\x20 off | turning \\x20 off | deactivating | stopping | pausing | suspending | uninstalling | killing";
const HIDINGS: &str = "closing | dismissing | ignoring | suppressing | muting | silencing | disregarding | archiving | de-?prioriti[sz]ing";
const OFF: &str = "disabled | turned \\x20 off | switched \\x20 off | stopped | deactivated | uninstalled | tuned | paused | suspended | muted | silenced";
const EXCEPTIONS: &str = "exception | exclusion | exemption | suppression | bypass";

/// The deed as a noun.
fn doing() -> String {
    format!(
        r"(?: (?: {DOINGS} ) \x20+ {DETERMINERS} (?: {CONTROL} ) \b
        | (?: {HIDINGS} ) (?: \x20+ {DETERMINERS} (?: {ALERT} | {CONTROL} | it | this | them | events? | host | address | user | activity ) \b | \W* $ )
        | (?: excluding | exempting | trusting | (?:white|allow)-?listing ) \x20+ (?: of\x20+ )? [^\x20]
        | (?: lowering | reducing | decreasing | downgrading ) \x20+ (?: (?:the|its|this)\x20+ )? (?: (?:alert|rule)\x20+ )? (?: level | severity | priority | threshold )s? \x20+ (?: of | for ) \x20+ (?: this | the | these | such | similar ) \x20+ (?: rules? | alerts? | events? | detections? ) \b
        | (?: raising | increasing ) \x20+ (?: (?:the|its|this)\x20+ )? (?: (?:alert|rule)\x20+ )? thresholds? \x20+ (?: of | for ) \x20+ (?: this | the | these | such | similar ) \x20+ (?: rules? | alerts? | events? | detections? ) \b
        | tuning \x20+ (?: out | down ) \b
        | (?: adding | putting | placing | including ) \x20+ (?: [^\x20]+ \x20+ ){{1,6}}? (?: to | on | in | into ) \x20+ (?: [^\x20]+ \x20+ ){{0,3}}? (?: exclusions? | exceptions? | exemptions? | (?: white | allow | safe | ignore | exclusion ) [\x20-]? lists? ) \b
        | (?: adding | creating | making | writing ) \x20+ (?: an?\x20+ | the\x20+ )? (?: [a-z]+ \x20+ ){{0,2}} (?: {EXCEPTIONS} ) s? \b )"
    )
}

static DOING: LazyLock<Regex> = LazyLock::new(|| regex(&format!(r"(?ix) \b {}", doing())));

/// `Consider …`, `we recommend …`.
static LED: LazyLock<Regex> = LazyLock::new(|| {
    let doing = doing();
    regex(&format!(
        r"(?ix) (?P<us> \b (?: we | i | analysts? | you ) \x20+ (?: (?:should|would|could|can|may|might)\x20+ )? )? \b
        (?: consider | recommend(?:ed)? :? | suggest | advise | propose | try | proceed \x20 with | go \x20 ahead \x20 with | start \x20 by | begin \x20 by | how \x20 about | what \x20 about | think \x20 about | request )
        \x20+ (?: [a-z]+ly \x20+ )?
        (?: {doing} | to \x20+ (?: close | dismiss | ignore | disable ) \x20+ {DETERMINERS} (?: {ALERT} | {CONTROL} | it | this ) \b
          | (?: closing | closure | dismissal | suppression | (?:white|allow)-?listing ) (?: \x20+ (?: of | for ) \b | \W* $ )
          | (?: an?\x20+ ) (?: [a-z]+ \x20+ )? (?: {EXCEPTIONS} ) \b )"
    ))
});

/// `Closing the alert is recommended`.
static APPROVED: LazyLock<Regex> = LazyLock::new(|| {
    let doing = doing();
    regex(&format!(
        r"(?ix) (?: {doing} | \b (?: closing | closure | dismissal | suppression | (?:white|allow)-?listing ) \b (?: \x20+ of (?: \x20+ [^\x20]+ ){{1,3}}? )? ) (?: \x20+ [^\x20]+ ){{0,3}}?
        \x20+ (?: (?:is|are|seems?|looks|would \x20 be|was) \x20+ (?: [a-z]+ly \x20+ )? )? (?: recommended | advised | advisable | fine | safe | ok | okay | appropriate | suggested | justified | acceptable | reasonable ) \b
        | \b safely \x20 ignorable \b
        | ^ \W* (?: (?:the|this)\x20+ )? (?: case | alert | ticket | incident ) \x20+ (?: is\x20+ )? (?: closed | resolved ) \W* $"
    ))
});

/// `The antivirus should be disabled`.
static SHOULD_BE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?ix) \b (?: {CONTROL} ) \x20+ (?: should | must | needs? \x20 to | has \x20 to | have \x20 to | ought \x20 to ) \x20+ (?: [a-z]+ly\x20+ | now\x20+ )? be \x20+ (?: [a-z]+ly\x20+ )? (?: {OFF} ) \b
        | (?: ^ \W* | \b (?: this | that | it | status | {ALERT} ) \x20+ ) (?: can | may | should | could | must | needs? \x20 to | ought \x20 to ) \x20+ (?: [a-z]+ly\x20+ | now\x20+ )? be \x20+ (?: [a-z]+ly\x20+ )?
          (?: (?: set | changed | marked | moved ) \x20+ (?: as\x20+ | to\x20+ )? )? (?: closed | resolved | dismissed | ignored | suppressed | archived | muted )
          (?: \W* $ | \x20* [,;.(] | \x20+ (?: as | now | safely | here | and | for \x20 now | if | because | since | in \x20 iris | immediately | today ) \b )"
    ))
});

/// `The antivirus may be disabled`, as a step.
static CAN_BE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?ix) \b (?: {CONTROL} ) \x20+ (?: can | may | could ) \x20+ (?: [a-z]+ly\x20+ | now\x20+ )? be \x20+ (?: [a-z]+ly\x20+ )? (?: {OFF} ) \b
        | ^ \W* (?: can | may | could | should | shall | must ) \x20+ {DETERMINERS} (?: {CONTROL} ) \x20+ be \x20+ (?: {OFF} ) \b"
    ))
});

/// `Ensure that the agent is stopped`, `get the alert closed`. To confirm that the agent is stopped is to find it out.
static BE_IT: LazyLock<Regex> = LazyLock::new(|| {
    let closed = format!(r"(?: {ALERT} ) \x20+ (?: (?:is|are|gets?)\x20+ )? (?: closed | dismissed | resolved )");
    regex(&format!(
        r"(?ix) ^ \W* (?: (?:please|then|and|also)\x20+ )*
        (?: (?: ensure | make \x20 sure | see \x20 to \x20 it | see | get | have | keep ) \x20+ (?: that\x20+ )? {DETERMINERS}
            (?: (?: {CONTROL} ) \x20+ (?: (?:is|are|gets?|be|has \x20 been)\x20+ )? (?: {OFF} | off ) | {closed} )
          | confirm \x20+ (?: that\x20+ )? {DETERMINERS} {closed} ) \b"
    ))
});
