//! Where in its sentence something stands: as an order, or as what is asked about.

use std::sync::LazyLock;

use regex::Regex;

use crate::safe::regex;

/// Says whether what begins at a byte of a step is an order: at the start, behind a break, or behind words that lead to one.
pub(super) fn is_order(sentence: &str, at: usize) -> bool {
    static LEAD: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) (?: ^ | [,;:(—–]
            | \b (?: please | then | and | or | so | must | should | can | may | could | will | now | just | simply | also | safely | instead | temporarily | permanently | automatically
                | (?: need | needs | have | has | want | able | free | safe | sure | fine | ok | okay | acceptable | reasonable | recommended | advised | best ) \s to ) \b ) \W* $",
        )
    });
    LEAD.is_match(&sentence[..at])
}

/// Says whether what begins at a byte of a step is an order, or what somebody is to be asked or told to do.
pub(super) fn is_order_or_errand(sentence: &str, at: usize) -> bool {
    static ERRAND: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)^\W*(?:(?:please|then|and)\s+)*(?:ask|tell|request|have|get|instruct|let|remind|advise)\s+(?:[^ ]+\s+){1,4}?(?:to\s+)?$|\blet['’]?s\s+$|^\W*why\s+(?:not|don['’]?t\s+(?:we|you))\s+$|\b(?:can|could|may|should|shall)\s+(?:we|you|i)\s+$",
        )
    });
    is_order(sentence, at) || ERRAND.is_match(&sentence[..at])
}

/// Says whether what begins at a byte of running text is said to its reader. Such text lists what attackers do as well, so a comma
/// leads to no order.
pub(super) fn is_said_to_reader(sentence: &str, at: usize) -> bool {
    static LEAD: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) (?: (?: ^ | [;—–] | \b (?: recommend[a-z]* | next | actions? | advice | note | steps? | todo ) \s* : ) \W* (?: (?: please | now | then | next | also | so | and | just | simply | first | [a-z]+ly ) \W+ )* | \b please \W+ (?: [a-z]+ly \s )?
            | \b (?: fine | ok | okay | safe | free | best | acceptable | recommended | advised ) \s to \s | \b let (?: ['’]?s | \s us ) \s
            | ^ \W* (?: acknowledge | confirm | document | check | isolate | verify | review | note ) \b [^,;]{0,40} \s and \s (?: then \s )?
            | ^ \W* (?: if | after | once | when ) \b [^,;]* , \s (?: (?: please | just | then ) \s )? | ^ \W* (?: ask | tell | have | get ) \s+ (?: [^\ ]+ \s+ ){1,4}? (?: to \s+ )?
            | \b (?: you | analysts? | soc | operators? | readers? | reviewers? | we | one ) \s (?: can | may | should | must | could | (?: need | have ) \s to ) \s (?: [a-z]+ly \s )? ) $",
        )
    });
    LEAD.is_match(&sentence[..at])
}

/// Says whether what begins at a byte of running text is an order: such text tells what others can, should or did, and that is
/// none.
pub(super) fn is_order_in_text(sentence: &str, at: usize) -> bool {
    static LEAD: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) (?: ^ | [,;:(—–] | \b (?: please | then | just | simply | (?: you | analysts? ) \s (?: can | may | should | must | could ) (?:\s\w+ly)? ) \b ) \W* $",
        )
    });
    LEAD.is_match(&sentence[..at])
}

/// Says whether what begins at a byte is what should not be done: `do not close the alert before …`. In `if it is malicious
/// escalate, if not close it` nothing is forbidden.
pub(super) fn is_negated(sentence: &str, at: usize) -> bool {
    static NOT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) (?: \b (?: do | does | did | should | must | may | might | can | could | need | shall | will | would | ought | is | are | was | were | be | better ) \s+ not | n['’]t | \b (?: never | cannot | not \s+ to ) )
            \s+ (?: (?: yet | simply | just | ever | to | be | blindly | already ) \s+ ){0,2} (?: [a-z]+ \s+ (?: or | nor ) \s+ )? $",
        )
    });
    static QUESTION: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\bwhy\s+[a-z]+n['’]t\s+(?:we\s+|you\s+)?$"));
    NOT.is_match(&sentence[..at]) && !QUESTION.is_match(&sentence[..at])
}

/// Says whether a sentence doubts what begins at a byte: `it is unlikely that this can be dismissed`.
pub(super) fn is_doubted(sentence: &str, at: usize) -> bool {
    static DOUBT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) \b (?: unlikely | doubtful | unclear | hardly | impossible | unsafe | wrong | premature
                | not \s+ (?: clear | certain | likely | sure | safe | shown | proven | possible | mean )
                | no \s+ (?: evidence | sign | proof | reason | ground )s? ) (?: \s+ [^\s.,;:]+ ){0,5} \s+ $",
        )
    });
    DOUBT.is_match(&sentence[..at])
}

/// Says whether what begins at a byte is what others were told to do: `a mail told the user to …`.
pub(super) fn is_told_to_others(sentence: &str, at: usize) -> bool {
    static TOLD: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:told|tells|asked|asks|urged|urges|instructed|instructs|tricked|tricks|lured|persuaded)\s+(?:(?:the|an?|its|his|their)\s+)?(?:[a-z]+\s+)?(?:users?|victims?|employees?|people|recipients?|readers?|programs?|models?|owners?)\s+(?:not\s+)?to\s+$",
        )
    });
    TOLD.is_match(&sentence[..at])
}

/// Says whether what begins at a byte is what somebody else does or tries: `a script that may stop the agent`, `attempts to …`.
pub(super) fn is_told(sentence: &str, at: usize) -> bool {
    static TOLD: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) \b (?: that | which | who ) \s+ (?: (?: may | might | can | could | would | will | have | has | had | tr(?:y|ies|ied|ying) | attempt[a-z]* | want[a-z]* | seek[a-z]* | is | are | was | were | used | to ) \s+ ){0,4} $
            | \b (?: attempt(?:s|ed|ing)? | tries | tried | trying | failed | wants | wanted | intended | used | designed | meant | allowed ) \s+ to \s+ $",
        )
    });
    TOLD.is_match(&sentence[..at])
}

/// Says whether what begins at a byte is what a sentence wants to be found out, as in `Check who …`, and no order inside it, as in
/// `Check this and …` or `Ask the owner to …`.
pub(super) fn is_asked_about(sentence: &str, at: usize) -> bool {
    static LOOK: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) ^\W* (?: (?: please | then | also | first | next | now | finally | and ) \s+ )*
            (?: (?P<person> ask | contact | interview | tell | request | demander | preguntar | fragen )
            | check | confirm | verify | review | look | find | see | search | determine | identify | establish | clarify | learn | compare | examine
            | inspect | investigate | analy[sz]e | trace | track | correlate | hunt | list | record | document | monitor | watch | collect | gather | export
            | pull | fetch | retrieve | obtain | preserve | query | study | assess | evaluate
            | who | what | when | where | which | why | how | whose | was | were | is | are | did | does | has | had
            | pr(?:ü|ue)fen | (?:ü|ue)berpr(?:ü|ue)fen | kl(?:ä|ae)ren | v(?:é|e)rifier | verificar | verificare | comprobar | controleer | проверить | проверьте )
            (?P<next> \x20+ )",
        )
    });
    // `find / -delete`: programs have such names too.
    static PROGRAM: LazyLock<Regex> =
        LazyLock::new(|| regex(r"^\W*(?:find|watch|fetch|export|trace|query|who|which)\s+[-/.~$%]"));
    static BREAK: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)(?:[,;:(—–]|\b(?:please|then|and|or|so|now|just|simply|also|instead|case|otherwise|possible|safe|fine|ok|okay|acceptable|better|best|enough|you)(?:\s+(?:to|run|execute|use|type|enter|paste|issue|try))?)\W*$",
        )
    });
    static CLAUSE: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)\b(?:whether|if|who|whom|whose|what|which|when|where|why|how|that|about|for|si|ob|wer)\b")
    });
    // That is a proposal.
    static PROPOSAL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)^\W*(?:why\s+(?:not\b|don['’]?t\b|do\s+(?:we|you)\s+not\b)|(?:find|look\s+for|search\s+for|check\s+for)\s+(?:an?|the|some|another)\s+(?:way|option|means)\s+to\b)",
        )
    });
    let Some(look) = LOOK.captures(sentence).filter(|_| !PROPOSAL.is_match(sentence)) else {
        return false;
    };
    let next = look.name("next").map_or(sentence.len(), |next| next.end());
    if next > at || PROGRAM.is_match(sentence) {
        return false;
    }
    let between = &sentence[next..at];
    !BREAK.is_match(between) && (look.name("person").is_none() || CLAUSE.is_match(between))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(sentence: &str) -> usize {
        sentence.find("stop").unwrap()
    }

    #[test]
    fn what_is_to_be_found_out_is_no_order() {
        for sentence in [
            "Check who may stop it",
            "check the stop event",
            "Ask the owner who tried to stop it",
            "Was it stop?",
        ] {
            assert!(is_asked_about(sentence, at(sentence)), "{sentence}");
            assert!(!is_order_in_text(sentence, at(sentence)), "{sentence}");
        }
        for sentence in [
            "Check it and stop it",
            "Ask the owner to stop it",
            "find / -name stop",
            "stop it",
            "Check it, then stop it",
            "Isolate the host and stop it",
        ] {
            assert!(!is_asked_about(sentence, at(sentence)), "{sentence}");
        }
    }

    #[test]
    fn what_is_forbidden_is_negated_and_an_alternative_is_not() {
        for sentence in [
            "Do not stop it",
            "It must not yet stop it",
            "Never simply stop it",
            "You can't stop it",
            "Do not kill or stop it",
            "It should not be stop",
        ] {
            assert!(is_negated(sentence, at(sentence)), "{sentence}");
        }
        for sentence in [
            "If not stop it",
            "Whether or not stop it",
            "Why not stop it",
            "Do not wait, stop it",
        ] {
            assert!(!is_negated(sentence, at(sentence)), "{sentence}");
        }
    }

    #[test]
    fn an_order_stands_at_the_start_or_behind_what_leads_to_it() {
        for sentence in ["stop it", "Check it, then stop it", "You should stop it", "- stop it"] {
            assert!(is_order(sentence, at(sentence)), "{sentence}");
        }
        for sentence in ["The tool can stop it", "Someone told it to stop"] {
            assert!(!is_order_in_text(sentence, at(sentence)), "{sentence}");
        }
    }
}
