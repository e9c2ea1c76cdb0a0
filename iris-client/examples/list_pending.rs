//! Lists alerts that wait for a triage.
//!
//! Against a server: `IRIS_URL=https://iris.example.org IRIS_KEY=… cargo run -p iris-client --features sandbox --example list_pending`.
//! Without `IRIS_URL` it starts a sandbox and puts three alerts into it.

#![expect(clippy::print_stdout, reason = "it is a program for people")]

use std::{env, error::Error};

use futures_util::TryStreamExt;
use iris_client::{AlertFilter, CustomerId, IrisClient, NewAlert, TlsMode, sandbox::Sandbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Ok(url) = env::var("IRIS_URL") else {
        let sandbox = Sandbox::builder().start().await?;
        let iris = IrisClient::builder(&sandbox.url())
            .token(sandbox.token().into())
            .build()?;
        fill(&iris).await?;
        return list(&iris).await;
    };
    let tls = env::var("IRIS_FINGERPRINT").map_or(TlsMode::Verify, TlsMode::Fingerprint);
    let iris = IrisClient::builder(&url)
        .token(env::var("IRIS_KEY")?.into())
        .tls(tls)
        .build()?;
    list(&iris).await
}

async fn list(iris: &IrisClient) -> Result<(), Box<dyn Error>> {
    let filter = AlertFilter::default()
        .tag("ai-pending")
        .fields(&["alert_title", "alert_tags"])
        .per_page(100);
    let mut pages = std::pin::pin!(iris.alerts().pages(filter));
    while let Some(page) = pages.try_next().await? {
        // The filter finds parts of words, too.
        for alert in page.into_iter().filter(|alert| alert.has_tag("ai-pending")) {
            println!("#{:<6} {}", alert.id, alert.title.unwrap_or_default());
        }
    }
    Ok(())
}

async fn fill(iris: &IrisClient) -> Result<(), Box<dyn Error>> {
    let catalog = iris.catalog();
    let (high, new) = (catalog.severity("High").await?, catalog.status("New").await?);
    for (title, tags) in [
        ("sshd: brute force", "wazuh,ai-pending"),
        ("Integrity checksum changed", "wazuh,ai-reviewed"),
        ("Trojaned version of file detected", "ai-pending,wazuh"),
    ] {
        let alert = NewAlert::new(title, high, new, CustomerId(1)).tags(tags);
        iris.alerts().add(&alert).await?;
    }
    Ok(())
}
