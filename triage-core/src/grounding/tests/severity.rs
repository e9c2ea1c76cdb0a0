use super::*;

#[test]
fn a_severity_is_raised_where_a_floor_stands_whatever_the_verdict() {
    let mut evidence = (*quiet()).clone();
    evidence.facts[2].value = "rundll32.exe comsvcs.dll, MiniDump 704 x.bin full".into();
    let evidence = Redacted::new(evidence);
    let least = crate::rules::opinion(&evidence).severity;
    assert!(least > Severity::Low);
    for verdict in ["true_positive", "needs_investigation", "benign_positive"] {
        let said = answer(&json!({ "verdict": verdict, "severity": "low" }));
        let outcome = ground(&said, &evidence, &Policy::default());
        assert!(outcome.verdict().unwrap().severity() >= least, "{verdict}: {outcome:?}");
    }
}

#[test]
fn a_severity_that_is_not_harmless_is_the_triagers_to_judge() {
    let case = &fixtures::lines("validator_cases.jsonl")[0];
    let (evidence, aside) = fixtures::validator_case(case);
    for severity in ["medium", "high", "critical"] {
        let mut answer: Value = serde_json::from_str(case["raw"].as_str().unwrap()).unwrap();
        answer["severity"] = severity.into();
        let draft = Draft::new(answer.to_string(), Meta::default());
        let outcome = ground_beside(&draft, &evidence, &aside, &Policy::default());
        assert!(
            matches!(&outcome, Outcome::Accepted(verdict) if verdict.severity().as_str() == severity),
            "{severity}: {outcome:?}"
        );
    }
}

#[test]
fn the_low_severity_of_an_attack_that_failed_is_the_triagers_to_judge() {
    let failed = ["sqli_404", "traversal_403", "shellshock"];
    let alerts = fixtures::labelled();
    let mut judged = 0;
    for alert in alerts.iter().filter(|alert| failed.contains(&alert.kind.as_str())) {
        let evidence = fixtures::evidence(&alert.alert);
        let least = crate::rules::opinion(&evidence).severity;
        assert_eq!(least, Severity::Medium, "{}", alert.kind);
        let severity = |said: &str| {
            let said = answer(&json!({ "verdict": "true_positive", "severity": said }));
            ground(&said, &evidence, &Policy::default())
                .verdict()
                .unwrap()
                .severity()
        };
        assert_eq!(severity("low"), Severity::Low, "{}", alert.kind);
        assert_eq!(severity("informational"), least, "{}", alert.kind);
        judged += 1;
    }
    assert!(judged > 0);
}

#[test]
fn a_severity_that_was_not_given_is_fitted_to_the_verdict() {
    let mut evidence = (*quiet()).clone();
    evidence.level = Some(11);
    let evidence = Redacted::new(evidence);
    assert!(crate::rules::opinion(&evidence).severity > Severity::Low);
    let outcome = ground(&answer(&json!({ "severity": null })), &evidence, &Policy::default());
    assert!(
        matches!(outcome, Outcome::Rejected(_)),
        "null is no severity: {outcome:?}"
    );
    let mut said: Value = serde_json::from_str(&answer(&json!({})).answer).unwrap();
    said.as_object_mut().unwrap().remove("severity");
    let outcome = ground(
        &Draft::new(said.to_string(), Meta::default()),
        &evidence,
        &Policy::default(),
    );
    let verdict = outcome.verdict().unwrap();
    assert_eq!(
        (verdict.disposition(), verdict.severity()),
        (Disposition::BenignPositive, Severity::Low)
    );
}
