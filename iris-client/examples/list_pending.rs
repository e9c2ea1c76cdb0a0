//! Lists alerts that wait for a triage.
//!
//! Without anything it starts a sandbox and puts three alerts into it: `cargo run -p iris-client --example list_pending`.
//!
//! Against a server, or a sandbox that runs by itself: `IRIS_URL=https://iris.example.org IRIS_KEY=… cargo run …`; the names
//! that the binaries read, `IRIS_BASE_URL` and `IRIS_BEARER`, are taken as well. `IRIS_FINGERPRINT` pins a certificate.

#![expect(clippy::print_stdout, reason = "it is a program for people")]

use std::{env, error::Error};

use futures_util::TryStreamExt;
use iris_client::{AlertFilter, CustomerId, IrisClient, NewAlert, TlsMode, sandbox::Sandbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Some(url) = variable(["IRIS_URL", "IRIS_BASE_URL"]) else {
        let sandbox = Sandbox::builder().start().await?;
        let iris = IrisClient::builder(&sandbox.url())
            .token(sandbox.token().into())
            .build()?;
        fill(&iris).await?;
        return list(&iris).await;
    };
    let tls = env::var("IRIS_FINGERPRINT").map_or(TlsMode::Verify, TlsMode::Fingerprint);
    let key = variable(["IRIS_KEY", "IRIS_BEARER"]).ok_or("set IRIS_KEY to the API key of an account")?;
    let iris = IrisClient::builder(&url).token(key.into()).tls(tls).build()?;
    list(&iris).await
}

fn variable(names: [&str; 2]) -> Option<String> {
    names.iter().find_map(|name| env::var(name).ok())
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
