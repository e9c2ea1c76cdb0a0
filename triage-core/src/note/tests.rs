use super::*;

fn block(suffix: &str) -> Block {
    Block(format!(
        "== AI TRIAGE == [ait:v1:BEGIN:{suffix}]\nVerdict     x\n== [ait:v1:END:{suffix}]"
    ))
}

#[test]
fn a_block_is_appended_after_what_people_wrote() {
    let note = merge(Some("I called the user.\n"), &block("a1"));
    assert_eq!(note, format!("I called the user.\n\n{}", block("a1")));
    assert_eq!(merge(None, &block("a1")), block("a1").to_string());
    assert!(finished_block(&note));
}

#[test]
fn a_second_review_replaces_the_first_and_nothing_else() {
    let note = format!("before\n\n{}\nafter\n{}\nend", block("a1"), block("b2"));
    assert_eq!(
        merge(Some(&note), &block("c3")),
        format!("before\n\n{}\nafter\n\nend", block("c3"))
    );
}

#[test]
fn an_unfinished_block_is_not_done_and_is_left_to_its_owner() {
    let torn = "== AI TRIAGE == [ait:v1:BEGIN:a1]\nVerdict";
    assert!(!finished_block(torn));
    assert!(!finished_block("== [ait:v1:END:a1]"));
    assert!(!finished_block("== AI == [ait:v1:BEGIN:a1]\n== [ait:v1:END:b2]"));
    let merged = merge(Some(torn), &block("b2"));
    assert!(merged.starts_with(torn) && finished_block(&merged));
}

#[test]
fn long_words_are_broken_and_long_texts_cut() {
    let lines = wrapped(&"x".repeat(150), 68, 2);
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line.chars().count() <= 68));
    assert!(lines[1].ends_with('…'));
    assert_eq!(wrapped("a b", 68, 1), ["a b"]);
}
