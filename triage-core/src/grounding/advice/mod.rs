//! What a note must never tell an analyst to do.
//!
//! The same words are advice or a fact by where they stand: "disable the agent" is an order, "find out who tried to disable the
//! agent" is a question that an analyst should ask. So a sentence is judged with the place of what is objectionable in it.

mod command;
mod consider;
mod contact;
mod hide;
mod place;
mod suppress;

use std::sync::LazyLock;

use regex::Regex;

use super::{Repair, known::Known};
use crate::safe::regex;

/// Says what is wrong with a sentence as advice, if anything. Strict: for steps and questions, which are carried out.
pub(super) fn objection_to_step(sentence: &str, known: &Known) -> Option<Repair> {
    if contact::is_number_to_call(sentence) {
        return Some(Repair::PhoneNumber);
    }
    if contact::is_request_for_secrets(sentence) {
        return Some(Repair::CredentialRequest);
    }
    objection(sentence).or_else(|| {
        if command::is_command(sentence, known) {
            return Some(Repair::CommandInStep);
        }
        suppress::is_step_to_hide(sentence).then_some(Repair::SuppressAdvice)
    })
}

/// Says what is wrong with a sentence wherever it stands, in a summary too, which tells what others did.
pub(super) fn objection(sentence: &str) -> Option<Repair> {
    if contact::is_phone_number(sentence) {
        return Some(Repair::PhoneNumber);
    }
    if contact::is_order_to_give_secrets(sentence) {
        return Some(Repair::CredentialRequest);
    }
    if FORGED_LINE.is_match(sentence) {
        return Some(Repair::ForgedLine);
    }
    if suppress::is_advice_to_close(sentence) {
        return Some(Repair::SuppressAdvice);
    }
    command::is_command_to_reader(sentence).then_some(Repair::CommandInStep)
}

/// Says what is wrong with a sentence as it is read behind a disguise. Commands are not looked for there: without their marks and
/// capitals, honest words look like programs.
pub(super) fn objection_in_disguise(sentence: &str, is_step: bool) -> Option<Repair> {
    let secrets = is_step && contact::is_request_for_secrets(sentence);
    if secrets || contact::is_order_to_give_secrets(sentence) {
        return Some(Repair::CredentialRequest);
    }
    let hides = suppress::is_advice_to_close(sentence) || (is_step && suppress::is_step_to_hide(sentence));
    hides.then_some(Repair::SuppressAdvice)
}

/// The look of our own note, or of a judgement passed in prose. A severity may be named, but not talked down.
static FORGED_LINE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b (?: verdict | disposition | ai[\ _-]?triage | ait:v\d ) \b [^a-z0-9_]{0,14} (?: v\d[^a-z0-9_]{0,3} )? [:=]
        | \b (?: severity | confidence ) \b [^a-z0-9_]{0,14} [:=] [^a-z0-9_]{0,3} (?: low | info | none | benign | harmless )
        | (?: ^[^a-z0-9_]* | \b (?: alert | case | ticket | incident ) \x20 ) (?: status | resolution | assessment | conclusion | classification | result | verdict ) [^a-z0-9_]{0,3} (?: [:=] | \x20 - ) [^a-z0-9_]{0,3} (?: closed | resolved | benign | harmless | false.positive | no \x20 threat )
        | \b (?: risk | threat (?:\x20 level)? | priority ) [^a-z0-9_]{0,3} [:=] [^a-z0-9_]{0,3} (?: none | harmless | info )
        | ^[^a-z0-9_]* ai [\x20_-]? triage \b
        | ^[^a-z0-9_]* (?: reviewed | approved | verified | closed | signed \x20 off | made ) \x20+ by \x20+ (?: (?:the|an?|our)\x20+ )? (?: human | soc | analysts? | ciso | security | lead | person ) \b
        | ^[^a-z0-9_]* rules \x20+ say \x20+ (?: true | false | benign | needs )
        | (?: ^[^a-z0-9_]* (?: the \x20+ )? (?: (?:final|overall)\x20+ )? (?: verdict | disposition ) \s+ (?:is\s+)? | \b verdict \s{2,} ) (?: true | false | benign | needs | none | harmless | safe | clean ) \b
        ",
    )
});

#[cfg(test)]
mod tests;
