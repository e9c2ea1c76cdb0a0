//! What reading an alert costs, against `serde_json` on the same bytes.
//!
//! `cargo bench -p wazuh-model` prints the ratio per corpus first (both sides take turns in one run, the quickest turn counts), then divan's tables.

#![allow(clippy::unwrap_used, reason = "only measures")]
#![allow(clippy::print_stdout, reason = "a benchmark prints")]
#![allow(clippy::cast_precision_loss, reason = "counts of alerts are small")]

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

/// Sums the quickest of many turns of each alert: what other processes do meanwhile only ever makes a turn slower.
fn print_ratios() {
    for (name, lines) in clean() {
        let bytes: usize = lines.iter().map(Vec::len).sum();
        let mut quickest = vec![(f64::INFINITY, f64::INFINITY); lines.len()];
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(4) {
            for (line, (alert, value)) in lines.iter().zip(&mut quickest) {
                *alert = alert.min(seconds(line, read_alert));
                *value = value.min(seconds(line, read_value));
            }
        }
        let alert: f64 = quickest.iter().map(|(alert, _)| alert).sum();
        let value: f64 = quickest.iter().map(|(_, value)| value).sum();
        let count = lines.len() as f64;
        println!(
            "{name}: {count} alerts of {:.0} bytes on average, Alert::from_slice takes {:.2} times serde_json ({:.2} and {:.2} microseconds)",
            bytes as f64 / count,
            alert / value,
            alert / count * 1e6,
            value / count * 1e6,
        );
    }
}

fn seconds(line: &[u8], read: impl Fn(&[u8])) -> f64 {
    let started = Instant::now();
    read(line);
    started.elapsed().as_secs_f64()
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
