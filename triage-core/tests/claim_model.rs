//! Model check of the claim protocol within bounds that fit a debug build; the example `check_claims` has the larger ones.
#![expect(clippy::print_stdout, reason = "the table is the result")]

#[path = "claim_model/mod.rs"]
mod claim_model;

use claim_model::{ALIVE, ClaimModel, Outcome, QUICK, Setup, check, explore};

#[test]
fn the_naive_swap_gives_one_alert_to_two_workers_in_eight_steps() {
    let outcome = come_out_as_said(&["N1", "N2", "N3"]).remove(0);
    assert_eq!(outcome.counter_example.len(), 8, "{:#?}", outcome.counter_example);
}

#[test]
fn at_most_one_works_however_late_requests_come_in() {
    come_out_as_said(&["S1", "S2", "S3"]);
}

#[test]
fn a_limit_as_long_as_the_pause_and_a_token_without_a_nonce_are_not_enough() {
    come_out_as_said(&["E1", "E2"]);
}

#[test]
fn clocks_of_different_rates_need_a_pause_longer_by_as_much() {
    come_out_as_said(&["C1", "C2"]);
}

#[test]
fn a_lapsed_claim_is_taken_over_while_at_most_one_works() {
    come_out_as_said(&["L1", "L2", "L3", "L4", "L5", "L6", "F1"]);
}

#[test]
fn completion_stands_in_the_note_and_no_claim_is_given_back() {
    come_out_as_said(&["D1", "D2", "U1"]);
}

#[test]
fn a_claim_that_is_excused_lets_nobody_in() {
    come_out_as_said(&["B1", "B2"]);
}

#[test]
fn what_a_person_saves_is_kept_and_answered_as_documented() {
    come_out_as_said(&["P1", "P2", "P3"]);
}

#[test]
fn no_state_is_a_dead_end_and_a_second_search_counts_the_same_states() {
    for setup in ALIVE {
        let reach = explore(&ClaimModel::new(*setup));
        println!("{}: {} states, {} dead ends", setup.name, reach.states, reach.dead_ends);
        assert_eq!(reach.dead_ends, 0, "{}: {:?}", setup.name, reach.example);
        if setup.violated == [false; 3] {
            assert_eq!(check(*setup).states, reach.states, "{}", setup.name);
        }
    }
}

#[test]
fn the_settings_check_refuses_what_the_model_shows_to_be_unsafe() {
    for (name, accepted) in [("L3", false), ("L4", false), ("L5", true), ("L6", true)] {
        assert_eq!(ClaimModel::new(named(name)).is_accepted(), accepted, "{name}");
    }
}

#[test]
fn every_run_of_the_quick_list_belongs_to_a_test() {
    let tested = "N1 N2 N3 S1 S2 S3 E1 E2 C1 C2 L1 L2 L3 L4 L5 L6 F1 D1 D2 U1 B1 B2 P1 P2 P3";
    assert_eq!(
        QUICK.iter().map(|setup| setup.name).collect::<Vec<_>>().join(" "),
        tested
    );
}

fn named(name: &str) -> Setup {
    *QUICK.iter().find(|setup| setup.name == name).expect("is in the list")
}

fn come_out_as_said(names: &[&str]) -> Vec<Outcome> {
    let outcomes: Vec<Outcome> = names.iter().map(|name| check(named(name))).collect();
    for outcome in &outcomes {
        println!("{}", outcome.line());
        assert!(
            outcome.is_as_expected(),
            "{}: {:#?}",
            outcome.line(),
            outcome.counter_example
        );
    }
    outcomes
}
