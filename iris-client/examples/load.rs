//! Measures the sandbox: adds per second, a tag filter, an update and the page for people, with 5,000 alerts or more stored.
//!
//! `cargo run --release -p iris-client --example load -- [ALERTS]`

#![expect(clippy::print_stdout, reason = "it is a program for people")]

use std::{
    error::Error,
    time::{Duration, Instant},
};

use futures_util::{TryStreamExt, stream};
use iris_client::{
    AlertFilter, AlertId, AlertPatch, CustomerId, IrisClient, NewAlert, NewAsset, NewIoc, Op, OwnerChange,
    sandbox::Sandbox,
};
use serde_json::json;
use uuid::Uuid;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let stored: u32 = std::env::args().nth(1).map_or(Ok(5000), |text| text.parse())?;
    let sandbox = Sandbox::builder().start().await?;
    let iris = IrisClient::builder(&sandbox.url())
        .token(sandbox.token().into())
        .build()?;

    let filling = add(&iris, 0..stored).await?;
    println!("{stored} adds into an empty one: {:.0}/s", rate(stored, filling));
    let more = add(&iris, stored..stored + 500).await?;
    println!("500 adds on top: {:.0}/s", rate(500, more));

    let filter = AlertFilter::default()
        .tag("ai-pending")
        .fields(&["alert_tags"])
        .per_page(20);
    let start = Instant::now();
    for _ in 0..20 {
        iris.alerts().filter(&filter).await?;
    }
    println!(
        "tag that every alert has: {:.1} ms",
        start.elapsed().as_secs_f64() * 50.0
    );

    for (what, filter) in [
        (
            "uuid",
            AlertFilter::default().condition("alert_uuid", Op::Eq, Uuid::nil().to_string()),
        ),
        (
            "reference",
            AlertFilter::default().condition("alert_source_ref", Op::Eq, "1"),
        ),
        ("numbers", AlertFilter::default().ids(&[AlertId(1), AlertId(2)])),
        ("rare tag", AlertFilter::default().tag("rule-1")),
    ] {
        let start = Instant::now();
        for _ in 0..20 {
            iris.alerts().filter(&filter).await?;
        }
        println!("by {what}: {:.2} ms", start.elapsed().as_secs_f64() * 50.0);
    }

    let start = Instant::now();
    let patch = AlertPatch::default()
        .note("n")
        .tags("wazuh,ai-reviewed")
        .owner(OwnerChange::Unassign);
    for id in 1..=100 {
        iris.alerts().update(AlertId(id), &patch).await?;
    }
    println!("updates: {:.0}/s", rate(100, start.elapsed()));

    let start = Instant::now();
    iris.request("GET", "/").send().await.ok();
    println!("page for people: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    Ok(())
}

/// Adds alerts like Wazuh's on four connections.
async fn add(iris: &IrisClient, numbers: std::ops::Range<u32>) -> Result<Duration, iris_client::Error> {
    let start = Instant::now();
    stream::iter(numbers.map(Ok))
        .try_for_each_concurrent(4, |number| async move {
            let agent = format!("web-{:02}", number % 40);
            let alert = NewAlert::new(
                "sshd: brute force trying to get access to the system",
                5,
                2,
                CustomerId(1),
            )
            .uuid(Uuid::new_v4())
            .description("Wazuh rule 5712 (level 10)")
            .source("Wazuh")
            .source_ref(format!("manager|node|{number}.1"))
            .tags(format!("wazuh,rule-5712,agent-{agent},ai-pending"))
            .source_content(
                json!({"rule": {"id": "5712", "level": 10}, "agent": {"name": agent}, "full_log": "x".repeat(1000)}),
            )
            .ioc(NewIoc::new(format!("203.0.113.{}", number % 250), 79))
            .asset(NewAsset::new(agent, 3));
            iris.alerts().add(&alert).await.map(drop)
        })
        .await?;
    Ok(start.elapsed())
}

fn rate(number: u32, time: Duration) -> f64 {
    f64::from(number) / time.as_secs_f64()
}
