//! What reading an alert costs, against `serde_json` on the same bytes.
//!
//! `cargo bench -p wazuh-model` prints the ratio per corpus first (both sides take turns in one run), then divan's tables.

#![allow(clippy::unwrap_used, reason = "only measures")]
#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::Value;
use wazuh_model::{Alert, OwnNetworks};

#[path = "../tests/corpus/mod.rs"]
mod corpus;

fn main() {
    print_ratios();
    divan::main();
}

/// Alerts that `serde_json` can read too, by corpus.
fn clean() -> Vec<(String, Vec<Vec<u8>>)> {
    let mut by_name: Vec<(String, Vec<Vec<u8>>)> = vec![(
        "labelled_alerts".to_owned(),
        corpus::labelled().into_iter().map(|(_, line)| line).collect(),
    )];
    for (name, line) in corpus::real() {
        if serde_json::from_slice::<Value>(&line).is_err() {
            continue;
        }
        match by_name.iter_mut().find(|(known, _)| *known == name) {
            Some((_, lines)) => lines.push(line),
            None => by_name.push((name, vec![line])),
        }
    }
    by_name
}

fn print_ratios() {
    for (name, lines) in clean() {
        let bytes: usize = lines.iter().map(Vec::len).sum();
        let mut ratios: Vec<f64> = (0..31)
            .map(|_| seconds(&lines, read_alert) / seconds(&lines, read_value))
            .collect();
        ratios.sort_by(f64::total_cmp);
        println!(
            "{name}: {} alerts of {} bytes on average, Alert::from_slice takes {:.2} times serde_json (of 31 turns: best {:.2}, worst {:.2})",
            lines.len(),
            bytes / lines.len(),
            ratios[15],
            ratios[0],
            ratios[30],
        );
    }
}

fn seconds(lines: &[Vec<u8>], read: impl Fn(&[u8])) -> f64 {
    let started = Instant::now();
    let mut rounds = 0;
    while rounds == 0 || started.elapsed() < Duration::from_millis(10) {
        for line in lines {
            read(line);
        }
        rounds += 1;
    }
    started.elapsed().as_secs_f64() / f64::from(rounds)
}

fn read_alert(line: &[u8]) {
    black_box(Alert::from_slice(black_box(line)).unwrap());
}

fn read_value(line: &[u8]) {
    black_box(serde_json::from_slice::<Value>(black_box(line)).unwrap());
}

fn labelled() -> Vec<Vec<u8>> {
    corpus::labelled().into_iter().map(|(_, line)| line).collect()
}

fn alerts() -> Vec<Alert> {
    labelled().iter().map(|line| Alert::from_slice(line).unwrap()).collect()
}

#[divan::bench]
fn serde_json_value(bencher: divan::Bencher<'_, '_>) {
    let lines = labelled();
    bencher.bench(|| lines.iter().for_each(|line| read_value(line)));
}

#[divan::bench]
fn alert_from_slice(bencher: divan::Bencher<'_, '_>) {
    let lines = labelled();
    bencher.bench(|| lines.iter().for_each(|line| read_alert(line)));
}

#[divan::bench]
fn uuid(bencher: divan::Bencher<'_, '_>) {
    let alerts = alerts();
    bencher.bench(|| alerts.iter().map(Alert::uuid).max());
}

#[divan::bench]
fn actors(bencher: divan::Bencher<'_, '_>) {
    let alerts = alerts();
    bencher.bench(|| alerts.iter().for_each(|alert| drop(black_box(alert.actors()))));
}

#[divan::bench]
fn indicators(bencher: divan::Bencher<'_, '_>) {
    let alerts = alerts();
    let own = OwnNetworks::none();
    bencher.bench(|| alerts.iter().for_each(|alert| drop(black_box(alert.indicators(&own)))));
}

#[divan::bench]
fn fingerprint(bencher: divan::Bencher<'_, '_>) {
    let alerts = alerts();
    bencher.bench(|| alerts.iter().for_each(|alert| drop(black_box(alert.fingerprint()))));
}
