//! What to do with an alert, from what a fresh read of it shows.

use super::watch::Hold;
use super::{ClaimToken, Lapse, TagNames, TagSet, Timing, token};

/// A fresh read of one alert.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Its tags.
    pub tags: &'a TagSet,
    /// Whether its note holds a finished block of ours: the record that the work is done.
    pub note_finished: bool,
    /// Whether nobody owns it.
    pub owner_is_none: bool,
}

impl Seen<'_> {
    /// Gives the `alert_owner_id` to send with an update, or `None` to send none.
    ///
    /// IRIS makes the caller of an update the owner of an unowned alert unless it says -1, and -1 takes an owned alert
    /// away from its owner: so it is sent exactly when a fresh read shows no owner.
    pub fn owner_to_send(&self) -> Option<i64> {
        self.owner_is_none.then_some(-1)
    }
}

/// What to do with an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Claim it: it asks for a triage and nobody holds it.
    Claim {
        /// Count to write into `ai-try`.
        tries: u8,
    },
    /// Claim it although it is held: nobody works under that claim.
    TakeOver {
        /// Count to write into `ai-try`.
        tries: u8,
    },
    /// Give it up: write `ai-failed` and a note that says so. Too many claims of it have lapsed, so that it may be what
    /// ends the workers: make that note without looking into the alert.
    Fail {
        /// Claims that have lapsed.
        tries: u8,
    },
    /// Only put its tags right: the note says that it is done.
    Complete,
    /// Leave it to whoever holds it.
    Wait,
    /// Nothing of ours.
    Skip,
}

/// Says what to do with an alert, from a fresh read of it and what has become of its claim ([`super::Watch::see`]).
pub fn next_step(seen: &Seen<'_>, lapse: Lapse, names: &TagNames, timing: &Timing) -> Step {
    let held = Hold::of(seen.tags, names).is_some();
    let pending = seen.tags.contains(names.pending());
    let tries = token::tries(seen.tags);
    if seen.note_finished {
        let open = held || pending || seen.tags.iter().any(token::is_try);
        return if open { Step::Complete } else { Step::Skip };
    }
    match (held, lapse) {
        (true, Lapse::Running) => Step::Wait,
        (true, Lapse::Lapsed) if tries >= timing.max_tries => Step::Fail { tries },
        (true, Lapse::Lapsed) => Step::TakeOver { tries: tries + 1 },
        (true, Lapse::Excused) => Step::TakeOver { tries: tries.max(1) },
        // No claim lapsed, so whatever count is left over from an earlier request says nothing about this one.
        (false, _) if pending => Step::Claim { tries: 1 },
        (false, _) => Step::Skip,
    }
}

/// How the work on an alert ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The note holds a verdict.
    Reviewed,
    /// The note says why there is none.
    Failed,
}

/// Gives the tags of a claim request: those just seen, with the claim in place of everything else of ours.
pub fn claim_tags(seen: &Seen<'_>, token: &ClaimToken, tries: u8, names: &TagNames) -> TagSet {
    foreign(seen.tags, names)
        .with(names.processing())
        .with(&token.to_string())
        .with(&token::try_tag(tries))
}

/// Gives the tags of a finished alert: those just seen, with the outcome in place of everything else of ours.
pub fn finished_tags(fresh: &TagSet, outcome: Outcome, names: &TagNames) -> TagSet {
    let end = match outcome {
        Outcome::Reviewed => names.reviewed(),
        Outcome::Failed => names.failed(),
    };
    foreign(fresh, names).with(end)
}

/// Gives the tags that put a finished alert right ([`Step::Complete`]): `ai-failed` stays where it alone is seen.
pub fn completed_tags(fresh: &TagSet, names: &TagNames) -> TagSet {
    let failed = fresh.contains(names.failed()) && !fresh.contains(names.reviewed());
    let outcome = if failed { Outcome::Failed } else { Outcome::Reviewed };
    finished_tags(fresh, outcome, names)
}

/// Gives the tags that tell all observers that a claim lapses through no fault of the alert: the same claim, not counted.
///
/// `None` where another claim stands beside or in place of it, or nothing was counted. The claim stays, so nobody is let in by
/// it, however late it is written.
pub fn excused_tags(fresh: &TagSet, token: &ClaimToken) -> Option<TagSet> {
    let tries = token::tries(fresh);
    if tries == 0 || !token.is_alone_in(fresh) {
        return None;
    }
    let without = fresh.clone().retain(|tag| !token::is_try(tag));
    Some(if tries == 1 {
        without
    } else {
        without.with(&token::try_tag(tries - 1))
    })
}

fn foreign(tags: &TagSet, names: &TagNames) -> TagSet {
    tags.clone().retain(|tag| !names.owns(tag))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::WorkerId;
    use super::super::tags::tests::hostile;
    use super::*;

    fn step(tags: &str, note_finished: bool, lapse: Lapse) -> Step {
        let tags = TagSet::parse(tags);
        next_step(
            &seen(&tags, note_finished),
            lapse,
            &TagNames::default(),
            &Timing::default(),
        )
    }

    fn seen(tags: &TagSet, note_finished: bool) -> Seen<'_> {
        Seen {
            tags,
            note_finished,
            owner_is_none: false,
        }
    }

    fn token() -> ClaimToken {
        ClaimToken::new(WorkerId::new("me").unwrap(), 10)
    }

    #[test]
    fn an_alert_that_asks_is_claimed_for_the_first_time() {
        for tags in [
            "ai-pending",
            "x,ai-pending,y",
            "ai-reviewed,ai-pending",
            "ai-failed,ai-pending,ai-try:3",
        ] {
            assert_eq!(step(tags, false, Lapse::Running), Step::Claim { tries: 1 }, "{tags}");
        }
    }

    #[test]
    fn an_alert_that_does_not_ask_is_left_alone() {
        for tags in [
            "",
            "x",
            "ai-reviewed",
            "ai-failed",
            "ai-try:2",
            "AI-PENDING",
            "ai-pending-2",
            "not-ai-pending",
        ] {
            assert_eq!(step(tags, false, Lapse::Running), Step::Skip, "{tags}");
        }
    }

    #[test]
    fn a_claim_is_respected_until_it_lapses_even_beside_a_request() {
        let held = [
            "ai-processing,ai-claim:a.1,ai-try:1",
            "ai-claim:a.1,ai-pending,ai-try:1",
            "ai-pending,ai-processing,ai-try:1",
            "ai-claim:rubbish,ai-try:1",
        ];
        for tags in held {
            assert_eq!(step(tags, false, Lapse::Running), Step::Wait, "{tags}");
            assert_eq!(step(tags, false, Lapse::Lapsed), Step::TakeOver { tries: 2 }, "{tags}");
        }
    }

    #[test]
    fn lapsed_claims_are_counted_up_to_the_last_and_then_the_alert_is_given_up() {
        let lapsed = |count: &str| step(&format!("ai-claim:a.1,{count}"), false, Lapse::Lapsed);
        assert_eq!(lapsed(""), Step::TakeOver { tries: 1 });
        assert_eq!(lapsed("ai-try:2"), Step::TakeOver { tries: 3 });
        assert_eq!(lapsed("ai-try:3"), Step::Fail { tries: 3 });
        assert_eq!(lapsed("ai-try:255"), Step::Fail { tries: 255 });
    }

    #[test]
    fn an_excused_lapse_is_not_counted() {
        let tags = "ai-processing,ai-claim:me.1,ai-try:3";
        assert_eq!(step(tags, false, Lapse::Excused), Step::TakeOver { tries: 3 });
        assert_eq!(
            step("ai-claim:me.1", false, Lapse::Excused),
            Step::TakeOver { tries: 1 }
        );
    }

    #[test]
    fn an_excuse_takes_the_count_back_and_nothing_else() {
        let excused = |tags: &str| excused_tags(&TagSet::parse(tags), &token()).map(|tags| tags.to_string());
        let own = "x,ai-processing,ai-claim:me.a,ai-try:3,y";
        assert_eq!(
            excused(own).as_deref(),
            Some("x,ai-processing,ai-claim:me.a,y,ai-try:2")
        );
        assert_eq!(
            step(&excused(own).unwrap(), false, Lapse::Lapsed),
            Step::TakeOver { tries: 3 }
        );
        let first = excused("ai-processing,ai-claim:me.a,ai-try:1").unwrap();
        assert_eq!(first, "ai-processing,ai-claim:me.a");
        assert_eq!(step(&first, false, Lapse::Lapsed), Step::TakeOver { tries: 1 });
        assert_eq!(step(&first, false, Lapse::Running), Step::Wait);
        for tags in [
            first.as_str(),
            "ai-processing,ai-claim:you.1,ai-try:1",
            "ai-processing,ai-claim:me.a,ai-claim:you.1,ai-try:1",
            "ai-pending",
            "ai-reviewed",
            "",
        ] {
            assert_eq!(excused(tags), None, "{tags}");
        }
    }

    #[test]
    fn a_finished_note_is_never_worked_on_whatever_the_tags_say() {
        for tags in [
            "ai-pending",
            "ai-processing,ai-claim:a.1,ai-try:3",
            "ai-reviewed,ai-claim:x",
            "ai-try:1",
        ] {
            for lapse in [Lapse::Running, Lapse::Lapsed, Lapse::Excused] {
                assert_eq!(step(tags, true, lapse), Step::Complete, "{tags}");
            }
        }
        for tags in ["ai-reviewed", "ai-failed,x", "x", ""] {
            assert_eq!(step(tags, true, Lapse::Running), Step::Skip, "{tags}");
        }
    }

    #[test]
    fn a_claim_replaces_all_that_is_ours_and_keeps_the_rest_in_its_place() {
        let tags = TagSet::parse("b,ai-pending,a,ai-failed,ai-claim:x.1,ai-try:2,ai-pending-2");
        let claimed = claim_tags(&seen(&tags, false), &token(), 3, &TagNames::default());
        assert_eq!(
            claimed.to_string(),
            "b,a,ai-pending-2,ai-processing,ai-claim:me.a,ai-try:3"
        );
    }

    #[test]
    fn what_is_finished_shows_one_outcome_and_no_claim() {
        let tags = TagSet::parse("b,ai-pending,ai-processing,ai-claim:x.1,ai-claim:,ai-try:2,ai-reviewed,a");
        let names = TagNames::default();
        assert_eq!(
            finished_tags(&tags, Outcome::Failed, &names).to_string(),
            "b,a,ai-failed"
        );
        assert_eq!(
            finished_tags(&tags, Outcome::Reviewed, &names).to_string(),
            "b,a,ai-reviewed"
        );
    }

    #[test]
    fn putting_the_tags_right_keeps_a_failure_a_failure_and_leaves_nothing_to_do() {
        let names = TagNames::default();
        for (tags, right) in [
            ("ai-pending,ai-failed", "ai-failed"),
            ("ai-processing,ai-claim:a.1,ai-try:1,x", "x,ai-reviewed"),
            ("ai-failed,ai-reviewed,ai-try:1", "ai-reviewed"),
        ] {
            let completed = completed_tags(&TagSet::parse(tags), &names);
            assert_eq!(completed.to_string(), right);
            assert_eq!(step(right, true, Lapse::Running), Step::Skip);
        }
    }

    #[test]
    fn an_update_says_that_nobody_owns_the_alert_exactly_when_nobody_does() {
        let tags = TagSet::default();
        let owned = seen(&tags, false);
        assert_eq!(owned.owner_to_send(), None);
        let unowned = Seen {
            owner_is_none: true,
            ..owned
        };
        assert_eq!(unowned.owner_to_send(), Some(-1));
    }

    #[test]
    fn renamed_tags_are_followed_and_the_usual_names_become_foreign() {
        let names = TagNames::new("todo", "busy", "done", "stuck").unwrap();
        let tags = TagSet::parse("todo,ai-pending");
        assert_eq!(
            next_step(&seen(&tags, false), Lapse::Running, &names, &Timing::default()),
            Step::Claim { tries: 1 }
        );
        assert_eq!(
            claim_tags(&seen(&tags, false), &token(), 1, &names).to_string(),
            "ai-pending,busy,ai-claim:me.a,ai-try:1"
        );
    }

    proptest! {
        #[test]
        fn whatever_the_tags_claim_and_end_leave_every_foreign_tag_in_its_place(
            text in hostile(),
            tries in 1u8..=9,
            failed: bool,
        ) {
            let names = TagNames::default();
            let before = TagSet::parse(&text);
            let claimed = claim_tags(&seen(&before, false), &token(), tries, &names);
            prop_assert_eq!(foreign(&claimed, &names).to_string(), foreign(&before, &names).to_string());
            prop_assert!(token().is_alone_in(&claimed));
            prop_assert_eq!(token::tries(&claimed), tries);
            prop_assert!(!claimed.contains(names.pending()));

            let outcome = if failed { Outcome::Failed } else { Outcome::Reviewed };
            let ended = finished_tags(&claimed, outcome, &names);
            prop_assert_eq!(foreign(&ended, &names).to_string(), foreign(&before, &names).to_string());
            prop_assert_eq!(ended.iter().filter(|tag| names.owns(tag)).count(), 1);
            prop_assert_eq!(next_step(&seen(&ended, true), Lapse::Running, &names, &Timing::default()), Step::Skip);
            prop_assert_eq!(completed_tags(&ended, &names), ended);
        }

        #[test]
        fn what_was_written_is_understood_after_iris_has_stored_it(text in hostile(), tries in 1u8..=9) {
            let names = TagNames::default();
            let claimed = claim_tags(&seen(&TagSet::parse(&text), false), &token(), tries, &names);
            let stored = TagSet::parse(&claimed.to_string());
            prop_assert_eq!(&stored, &claimed);
            let timing = Timing::default();
            prop_assert_eq!(next_step(&seen(&stored, false), Lapse::Running, &names, &timing), Step::Wait);
            let next = next_step(&seen(&stored, false), Lapse::Lapsed, &names, &timing);
            let expected = if tries < 3 { Step::TakeOver { tries: tries + 1 } } else { Step::Fail { tries } };
            prop_assert_eq!(next, expected);
        }

        #[test]
        fn whatever_the_tags_only_a_request_without_a_hold_and_a_block_is_claimed_at_once(
            text in hostile(),
            note_finished: bool,
        ) {
            let names = TagNames::default();
            let tags = TagSet::parse(&text);
            let next = next_step(&seen(&tags, note_finished), Lapse::Running, &names, &Timing::default());
            let asks = tags.contains("ai-pending");
            let held = tags.contains("ai-processing") || tags.iter().any(|tag| tag.starts_with("ai-claim:"));
            prop_assert_eq!(next == Step::Claim { tries: 1 }, asks && !held && !note_finished);
            prop_assert_eq!(next == Step::Wait, held && !note_finished);
        }
    }
}
