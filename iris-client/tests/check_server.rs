//! The list that real servers are held to, against the sandbox.

#![allow(clippy::unwrap_used, reason = "tests")]

use iris_client::{CustomerId, IrisClient, RetryPolicy, sandbox::Sandbox};

#[allow(dead_code, reason = "its `main` is for the command line")]
#[path = "../examples/check_server.rs"]
mod list;

#[tokio::test]
async fn the_sandbox_passes_the_list_that_a_real_server_passes() {
    let iris = Sandbox::builder().start().await.unwrap();
    let builder = IrisClient::builder(&iris.url()).retry(RetryPolicy::never());
    let server = list::Server::new(builder, iris.admin_token().to_owned(), CustomerId(1)).unwrap();
    let report = list::check(&server).await;
    assert_eq!((report.ok, report.differs), (17, 0));
}
