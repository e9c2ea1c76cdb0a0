//! The checks of the fuzz targets on the same few inputs every time; `examples/fuzz_gates.rs` goes on for as long as one likes.

#[path = "../fuzz/checks.rs"]
mod checks;
#[path = "../fuzz/mutations.rs"]
mod mutations;

const INPUTS: usize = 200;

#[test]
fn whatever_comes_the_two_gates_hold() {
    let seeds = mutations::seeds();
    assert!(seeds.len() > 1_000);
    let mut random = mutations::Random::new(1);
    for _ in 0..INPUTS {
        let input = mutations::mutated(&seeds, &mut random);
        checks::redacted_text(&input);
        checks::grounded_answer(&input);
    }
}
