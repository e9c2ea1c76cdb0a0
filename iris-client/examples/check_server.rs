//! Asks a server, real or sandbox, about everything this client relies on, and prints one line per check.
//!
//! `cargo run -p iris-client --example check_server -- --url http://127.0.0.1:8000 --key KEY`, with the key of an administrator.
//! It makes and deletes alerts of its own, makes two cases, and leaves everything else alone. Ends with 1 if anything differs.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a program for people")]

use std::{env, error::Error as StdError, fmt::Debug, panic::Location, process::ExitCode};

use futures_util::TryStreamExt;
use iris_client::{
    Added, Alert, AlertFilter, AlertId, AlertPatch, CaseId, CustomerId, Error, Escalation, IrisClient,
    IrisClientBuilder, Merge, NewAlert, NewAsset, NewIoc, Op, OwnerChange, Permission, RetryPolicy, Similarities, Sort,
    TlsMode,
};
use serde_json::{Value, json};
use uuid::Uuid;

const USAGE: &str = "usage: check_server --url URL --key KEY [--fingerprint SHA256] [--customer 1]";

type Outcome = Result<(), Box<dyn StdError>>;

#[tokio::main]
async fn main() -> ExitCode {
    let server = match Server::from_arguments() {
        Ok(server) => server,
        Err(error) => {
            eprintln!("error: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    check(&server).await.end()
}

/// Asks everything.
pub(crate) async fn check(server: &Server) -> Report {
    let mut report = Report::default();
    report.note("server", server.server_and_account().await);
    report.note("lists", server.lists().await);
    report.note("add", server.add().await);
    report.note("add refused", server.add_refused().await);
    report.note("update", server.update().await);
    report.note("owners", server.owners().await);
    report.note("batch", server.batch().await);
    report.note("comments", server.comments().await);
    report.note("filter", server.filter().await);
    report.note("conditions", server.conditions().await);
    report.note("filter quirks", server.filter_quirks().await);
    report.note("pages", server.pages().await);
    report.note("cases", server.cases().await);
    report.note("similar", server.similar().await);
    report.note("json", server.json().await);
    report.note("not found", server.not_found().await);
    report.note("delete", server.delete().await);
    report
}

#[derive(Default)]
pub(crate) struct Report {
    pub(crate) ok: u32,
    pub(crate) differs: u32,
}

impl Report {
    fn note(&mut self, what: &str, outcome: Outcome) {
        match outcome {
            Ok(()) => {
                self.ok += 1;
                println!("ok       {what}");
            }
            Err(error) => {
                self.differs += 1;
                println!("DIFFERS  {what}: {error}");
            }
        }
    }

    fn end(&self) -> ExitCode {
        println!("{} ok, {} differ", self.ok, self.differs);
        if self.differs == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// Ends a check where something is not as it should be.
#[track_caller]
#[expect(
    clippy::needless_pass_by_value,
    reason = "what is compared is often made on the spot"
)]
fn same<T: PartialEq<U> + Debug, U: Debug>(found: T, wanted: U) -> Outcome {
    if found == wanted {
        return Ok(());
    }
    Err(format!("line {}: {found:?} instead of {wanted:?}", Location::caller().line()).into())
}

/// Ends a check where a call does not fail as it should.
#[track_caller]
fn fails<T>(outcome: Result<T, Error>, fits: impl Fn(&Error) -> bool) -> Outcome {
    let line = Location::caller().line();
    match outcome {
        Err(error) if fits(&error) => Ok(()),
        Err(error) => Err(format!("line {line}: another error: {error} {error:?}").into()),
        Ok(_) => Err(format!("line {line}: it was accepted").into()),
    }
}

pub(crate) struct Server {
    iris: IrisClient,
    stranger: IrisClient,
    customer: CustomerId,
    /// Sets the alerts of this run apart from all others.
    run: String,
}

impl Server {
    fn from_arguments() -> Result<Self, Box<dyn StdError>> {
        let (mut url, mut key, mut tls, mut customer) = (None, None, TlsMode::Verify, CustomerId(1));
        let mut arguments = env::args().skip(1);
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--url" => url = Some(value),
                "--key" => key = Some(value),
                "--fingerprint" => tls = TlsMode::Fingerprint(value),
                "--customer" => customer = CustomerId(value.parse()?),
                other => return Err(format!("{other} is not known").into()),
            }
        }
        let builder = IrisClient::builder(&url.ok_or("--url is missing")?)
            .tls(tls)
            .retry(RetryPolicy::never());
        Self::new(builder, key.ok_or("--key is missing")?, customer)
    }

    pub(crate) fn new(
        builder: IrisClientBuilder,
        key: String,
        customer: CustomerId,
    ) -> Result<Self, Box<dyn StdError>> {
        Ok(Self {
            iris: builder.clone().token(key.into()).build()?,
            stranger: builder.token("no-such-key".into()).build()?,
            customer,
            run: format!("check-{}", Uuid::new_v4().simple()),
        })
    }

    fn new_alert(&self, title: &str) -> NewAlert {
        // Ids of a fresh server; `lists` says whether they hold.
        NewAlert::new(title, 4, 2, self.customer).source(&self.run)
    }

    async fn added(&self, alert: NewAlert) -> Result<Alert, Error> {
        self.iris.alerts().add(&alert).await
    }

    async fn read(&self, id: AlertId) -> Result<Alert, Box<dyn StdError>> {
        let page = self.iris.alerts().filter(&AlertFilter::default().ids(&[id])).await?;
        Ok(page.into_iter().next().ok_or("the alert is gone")?)
    }

    async fn titles(&self, filter: AlertFilter) -> Result<Vec<String>, Error> {
        let page = self.iris.alerts().filter(&filter.fields(&["alert_title"])).await?;
        Ok(page.into_iter().filter_map(|alert| alert.title).collect())
    }

    async fn server_and_account(&self) -> Outcome {
        self.iris.ping().await?;
        let versions = self.iris.versions().await?;
        println!("         IRIS {}, API {}", versions.iris, versions.api);
        same(self.iris.detect_version().await?, versions.api_version())?;
        let me = self.iris.whoami().await?;
        println!("         account {} ({})", me.login, me.id);
        for permission in [
            Permission::AlertsRead,
            Permission::AlertsWrite,
            Permission::AlertsDelete,
            Permission::ServerAdministrator,
        ] {
            same(self.iris.has_permission(permission).await?, true)?;
        }
        fails(self.stranger.ping().await, |error| matches!(error, Error::Unauthorized))?;
        fails(self.stranger.alerts().add(&self.new_alert("x")).await, |error| {
            matches!(error, Error::Unauthorized)
        })?;
        Ok(())
    }

    async fn lists(&self) -> Outcome {
        let catalog = self.iris.catalog();
        same(catalog.severity(" low ").await?, 4)?;
        same(catalog.severity("Critical").await?, 6)?;
        same(catalog.status("NEW").await?, 2)?;
        same(catalog.status("Escalated").await?, 8)?;
        same(catalog.resolution("false positive").await?, 1)?;
        same(catalog.ioc_type("ip-src").await?, 79)?;
        same(catalog.ioc_type("sha256").await?, 113)?;
        same(catalog.asset_type("Linux - Server").await?, 3)?;
        same(catalog.tlp("amber").await?, 2)?;
        same(catalog.classification("malicious-code:ransomware").await?, 6)?;
        catalog.customer("IrisInitialClient").await?;
        self.iris.manage().case_templates().await?;
        let manage = self.iris.manage();
        let lengths = [
            manage.severities().await?.len(),
            manage.alert_statuses().await?.len(),
            manage.alert_resolutions().await?.len(),
            manage.ioc_types().await?.len(),
            manage.asset_types().await?.len(),
            manage.tlps().await?.len(),
            manage.classifications().await?.len(),
        ];
        same(lengths, [6, 8, 6, 160, 21, 5, 36])?;
        fails(
            catalog.severity("Hihg").await,
            |error| matches!(error, Error::UnknownName { nearest: Some(name), .. } if name == "High"),
        )?;
        Ok(())
    }

    async fn add(&self) -> Outcome {
        let uuid = Uuid::new_v4();
        let new = self
            .new_alert("sshd: brute force ü 😀")
            .uuid(uuid)
            .description("two\nlines")
            .source_ref("m1|n1|1.2")
            .source_link("https://wazuh/x")
            .source_content(json!({"rule": {"id": "5712", "nul": "a\u{0}b", "n": 1.5}, "z": [null, true]}))
            .context(json!({"rule_id": "5712"}))
            .event_time("2026-11-22T10:11:12.345+0200")
            .note("n")
            .tags("wazuh, ai-pending ,,x")
            .classification(6)
            .ioc(NewIoc::new("203.0.113.9", 79).tlp(2).tags("x"))
            .asset(NewAsset::new("web-01", 3).ip("10.0.0.5"));
        let added = self.iris.alerts().add(&new).await?;
        let read = self.iris.alerts().get(added.id).await?;
        for alert in [&added, &read] {
            same(alert.uuid, Some(uuid))?;
            same(alert.title.as_deref(), Some("sshd: brute force ü 😀"))?;
            same(alert.event_time.as_deref(), Some("2026-11-22T08:11:12.345000"))?;
            same(
                alert.source_content.clone(),
                Some(json!({"rule": {"id": "5712", "nul": "a\u{0}b", "n": 1.5}, "z": [null, true]})),
            )?;
            same(alert.context.clone(), Some(json!({"rule_id": "5712"})))?;
            same(alert.tags.as_deref(), Some("wazuh, ai-pending ,,x"))?;
            same(alert.has_tag("ai-pending"), true)?;
            same(alert.owner_id, None)?;
            same(alert.classification_id, Some(6))?;
            same(alert.iocs.len(), 1)?;
            same(alert.iocs[0].tlp_id, Some(2))?;
            same(alert.assets[0].ip.as_deref(), Some("10.0.0.5"))?;
        }
        same(read.extra.contains_key("related_alerts"), true)?;
        same(read.history.map(|history| history.len()), Some(1))?;
        let found = self
            .iris
            .alerts()
            .find_by_uuid(uuid)
            .await?
            .ok_or("not found by uuid")?;
        same(found.id, added.id)?;
        fails(self.iris.alerts().add(&new).await, |error| {
            matches!(error, Error::AlreadyExists)
        })?;
        same(self.iris.alerts().add_once(&new).await?, Added::AlreadyThere(added.id))?;
        fails(self.iris.alerts().get(AlertId(i64::from(i32::MAX))).await, |error| {
            matches!(error, Error::NotFound)
        })?;
        Ok(())
    }

    async fn add_refused(&self) -> Outcome {
        let alerts = self.iris.alerts();
        fails(
            alerts.add(&NewAlert::new("t", 99, 2, self.customer)).await,
            |error| matches!(error, Error::UnknownId { field } if field == "alert_severity_id"),
        )?;
        fails(
            alerts.add(&self.new_alert("t").classification(999)).await,
            |error| matches!(error, Error::UnknownId { field } if field == "alert_classification_id"),
        )?;
        fails(
            alerts.add(&self.new_alert("t").ioc(NewIoc::new("x", 99_999))).await,
            |error| matches!(error, Error::Invalid { fields, .. } if fields.contains_key("ioc_type_id")),
        )?;
        fails(
            alerts.add(&self.new_alert("t").asset(NewAsset::new("x", 99_999))).await,
            |error| matches!(error, Error::Invalid { fields, .. } if fields.contains_key("asset_type_id")),
        )?;
        fails(
            alerts.add(&self.new_alert("t").event_time("yesterday")).await,
            |error| matches!(error, Error::Invalid { fields, .. } if fields.contains_key("alert_source_event_time")),
        )?;
        for (repeats, field) in [(90, "alert_title"), (400, "alert_source_ref")] {
            // Of 2,880 and 12,800 bytes: the database complains about them in two ways.
            let noise: String = (0..repeats).map(|_| Uuid::new_v4().simple().to_string()).collect();
            let new = if field == "alert_title" {
                self.new_alert(&noise)
            } else {
                self.new_alert("t").source_ref(noise)
            };
            fails(
                alerts.add(&new).await,
                |error| matches!(error, Error::Invalid { fields, .. } if fields.contains_key(field)),
            )?;
        }
        let noise: String = (0..400).map(|_| Uuid::new_v4().simple().to_string()).collect();
        fails(
            alerts.add(&self.new_alert(&noise)).await,
            |error| matches!(error, Error::Invalid { fields, .. } if fields.contains_key("alert_title")),
        )?;
        fails(alerts.add(&self.new_alert("a\u{0}b")).await, |error| {
            matches!(error, Error::Invalid { .. })
        })?;
        let raw = |body: Value| self.iris.request("POST", "/alerts/add").json(&body);
        fails(
            raw(json!({"alert_title": 5})).send().await,
            |error| matches!(error, Error::Invalid { fields, .. } if fields.len() == 4),
        )?;
        fails(raw(json!({})).send().await, |error| {
            matches!(error, Error::Invalid { .. })
        })?;
        let without_type = json!({"alert_title": "stored all the same", "alert_severity_id": 4, "alert_status_id": 2,
            "alert_customer_id": self.customer, "alert_source": self.run, "alert_iocs": [{"ioc_value": "1.2.3.4"}]});
        fails(raw(without_type).send().await, |error| {
            matches!(error, Error::StoredThenFailed)
        })?;
        same(self.titles(self.mine().title("stored all the same")).await?.len(), 1)?;
        Ok(())
    }

    async fn update(&self) -> Outcome {
        let id = self
            .added(self.new_alert("to change").tags("a,b").note("old"))
            .await?
            .id;
        let patch = AlertPatch::default()
            .title("changed")
            .note("new")
            .tags("c")
            .status(4)
            .severity(5)
            .resolution(1)
            .classification(6)
            .context(json!({"k": 1}))
            .description("d")
            .source_link("https://x")
            .event_time("2026-01-02T03:04:05");
        let changed = self.iris.alerts().update(id, &patch).await?;
        same(
            (
                changed.title.as_deref(),
                changed.note.as_deref(),
                changed.tags.as_deref(),
            ),
            (Some("changed"), Some("new"), Some("c")),
        )?;
        same(
            (
                changed.status_id,
                changed.severity_id,
                changed.resolution_id,
                changed.classification_id,
            ),
            (Some(4), Some(5), Some(1), Some(6)),
        )?;
        same(changed.event_time.as_deref(), Some("2026-01-02T03:04:05"))?;
        same(changed.history.as_ref().map(serde_json::Map::len), Some(2))?;
        let last = changed
            .history
            .as_ref()
            .and_then(|history| history.values().next_back());
        let action = last.and_then(|entry| entry["action"].as_str()).unwrap_or_default();
        same(action.contains("\"alert_tags\" from \"a,b\" to \"c\""), true)?;
        same(action.contains("\"alert_note\"") && !action.contains("old"), true)?;
        fails(
            self.iris.alerts().update(id, &AlertPatch::default().status(99)).await,
            |error| matches!(error, Error::UnknownId { field } if field == "alert_status_id"),
        )?;
        same(self.read(id).await?.status_id, Some(4))?;
        fails(
            self.iris
                .request("POST", &format!("/alerts/update/{id}"))
                .json(&json!({}))
                .send()
                .await,
            |error| matches!(error, Error::Invalid { .. }),
        )?;
        Ok(())
    }

    async fn owners(&self) -> Outcome {
        let me = self.iris.whoami().await?.id;
        let alerts = self.iris.alerts();
        let id = self.added(self.new_alert("owned")).await?.id;
        let quiet = AlertPatch::default().note("1").owner(OwnerChange::Unassign);
        same(alerts.update(id, &quiet).await?.owner_id, None)?;
        alerts.comment(id, "a comment takes nothing").await?;
        same(self.read(id).await?.owner_id, None)?;
        same(
            alerts.update(id, &AlertPatch::default().note("2")).await?.owner_id,
            Some(me),
        )?;
        same(alerts.update(id, &quiet).await?.owner_id, None)?;
        same(
            alerts
                .update(id, &AlertPatch::default().owner(OwnerChange::To(me)))
                .await?
                .owner_id,
            Some(me),
        )?;
        fails(
            alerts
                .update(id, &AlertPatch::default().owner(OwnerChange::To(999_999)))
                .await,
            |error| matches!(error, Error::UnknownId { field } if field == "alert_owner_id"),
        )?;
        Ok(())
    }

    async fn batch(&self) -> Outcome {
        let me = self.iris.whoami().await?.id;
        let alerts = self.iris.alerts();
        let mut ids = Vec::new();
        for owner in [None, Some(me), None] {
            let mut new = self.new_alert("batch");
            if let Some(owner) = owner {
                new = new.owner(owner);
            }
            ids.push(self.added(new).await?.id);
        }
        let quiet = AlertPatch::default().note("b").owner(OwnerChange::Unassign);
        alerts.batch_update(&ids, &quiet).await?;
        for &id in &ids {
            let alert = self.read(id).await?;
            same((alert.note.as_deref(), alert.owner_id), (Some("b"), None))?;
        }
        alerts
            .batch_update(&ids, &AlertPatch::default().owner(OwnerChange::To(me)))
            .await?;
        for &id in &ids {
            same(self.read(id).await?.owner_id, Some(me))?;
        }
        // What the route does by itself, and why `batch_update` goes round it.
        let raw = |body: Value| self.iris.request("POST", "/alerts/batch/update").json(&body);
        fails(
            raw(json!({"alert_ids": ids, "updates": {"alert_owner_id": -1}}))
                .send()
                .await,
            |error| matches!(error, Error::UnknownId { field } if field == "alert_owner_id"),
        )?;
        fails(raw(json!({"alert_ids": [], "updates": {}})).send().await, |error| {
            matches!(error, Error::Invalid { .. })
        })?;
        alerts.batch_update(&ids[..1], &quiet).await?;
        raw(json!({"alert_ids": ids, "updates": {"alert_tags": "", "alert_note": "c"}}))
            .send()
            .await?;
        same(self.read(ids[0]).await?.owner_id, Some(me))?;
        let halfway = [ids[0], AlertId(i64::from(i32::MAX)), ids[1]];
        fails(
            alerts.batch_update(&halfway, &AlertPatch::default().note("half")).await,
            |error| matches!(error, Error::NotFound),
        )?;
        same(self.read(ids[0]).await?.note.as_deref(), Some("half"))?;
        same(self.read(ids[1]).await?.note.as_deref(), Some("c"))?;
        fails(alerts.batch_delete(&halfway).await, |error| {
            matches!(error, Error::NotFound)
        })?;
        alerts.batch_delete(&ids).await?;
        same(self.titles(self.mine().title("batch")).await?.len(), 0)?;
        Ok(())
    }

    async fn comments(&self) -> Outcome {
        let alerts = self.iris.alerts();
        let id = self.added(self.new_alert("commented")).await?.id;
        let first = alerts.comment(id, "**one**").await?;
        let second = alerts.comment(id, "two").await?;
        same(second.id > first.id, true)?;
        same(first.author(), Some(self.iris.whoami().await?.login.as_str()))?;
        same(
            alerts.edit_comment(id, first.id, "edited").await?.text.as_deref(),
            Some("edited"),
        )?;
        let mut texts: Vec<_> = alerts
            .comments(id)
            .await?
            .into_iter()
            .filter_map(|comment| comment.text)
            .collect();
        texts.sort();
        same(texts, ["edited", "two"])?;
        alerts.delete_comment(id, first.id).await?;
        fails(alerts.delete_comment(id, first.id).await, |error| {
            matches!(error, Error::Forbidden { .. })
        })?;
        same(alerts.comments(id).await?.len(), 1)?;
        let raw = |body: Value| {
            self.iris
                .request("POST", &format!("/alerts/{id}/comments/add"))
                .json(&body)
        };
        fails(
            raw(json!({"comment_text": 5})).send().await,
            |error| matches!(error, Error::Invalid { fields, .. } if fields.contains_key("comment_text")),
        )?;
        fails(raw(json!({"comment_text": "a\u{0}b"})).send().await, |error| {
            matches!(error, Error::Unavailable { status: 500, .. })
        })?;
        fails(alerts.comment(AlertId(i64::from(i32::MAX)), "x").await, |error| {
            matches!(error, Error::NotFound)
        })?;
        Ok(())
    }

    /// The alerts of this run.
    fn mine(&self) -> AlertFilter {
        AlertFilter::default().source(&self.run).per_page(100)
    }

    /// The alerts of one check.
    async fn filled(&self, part: &str) -> Result<AlertFilter, Error> {
        let source = format!("{}-{part}", self.run);
        for (i, tags) in ["ai-pending", "AI-PENDING-2", "ai_pending", "aiXpending", "done"]
            .iter()
            .enumerate()
        {
            let mut new = self
                .new_alert(&format!("T{i}"))
                .source(&source)
                .tags(*tags)
                .description(format!("words of 100% {i}"))
                .source_ref(format!("{part}-Ref{i}"))
                .event_time(format!("2026-11-22T10:00:0{i}"));
            if i == 1 {
                new = new
                    .ioc(NewIoc::new("203.0.113.1", 79))
                    .ioc(NewIoc::new("203.0.113.2", 79))
                    .asset(NewAsset::new("web-01", 3));
            }
            if i == 2 {
                new = new.ioc(NewIoc::new("203.0.113.1", 79)).classification(6);
            }
            let id = self.added(new).await?.id;
            if i == 2 {
                let patch = AlertPatch::default().resolution(1).owner(OwnerChange::Unassign);
                self.iris.alerts().update(id, &patch).await?;
            }
        }
        Ok(AlertFilter::default().source(&source).per_page(100))
    }

    async fn filter(&self) -> Outcome {
        let all = self.filled("filter").await?;
        let all = || all.clone();
        same(self.titles(all()).await?, ["T4", "T3", "T2", "T1", "T0"])?;
        same(self.titles(all().sort(Sort::Asc).per_page(2)).await?, ["T0", "T1"])?;
        same(self.titles(all().tag("ai-pending")).await?, ["T1", "T0"])?;
        same(self.titles(all().tag("ai_pending")).await?, ["T2"])?;
        same(self.titles(all().title("t3")).await?, ["T3"])?;
        same(self.titles(all().description("100% 2")).await?, ["T2"])?;
        same(self.titles(all().source_ref_contains("Ref3")).await?, ["T3"])?;
        same(self.titles(all().source_ref_contains("ref3")).await?.len(), 0)?;
        same(self.titles(all().status(2)).await?.len(), 5)?;
        same(self.titles(all().status(3)).await?.len(), 0)?;
        same(self.titles(all().severity(4)).await?.len(), 5)?;
        same(self.titles(all().resolution(1)).await?, ["T2"])?;
        same(self.titles(all().classification(6)).await?, ["T2"])?;
        same(self.titles(all().unowned()).await?.len(), 5)?;
        same(self.titles(all().owner(1)).await?.len(), 0)?;
        same(self.titles(all().customer(self.customer)).await?.len(), 5)?;
        same(self.titles(all().customer(CustomerId(999_999))).await?.len(), 0)?;
        same(self.titles(all().case(CaseId(999_999))).await?.len(), 0)?;
        same(self.titles(all().assets(&["web-01", "none"])).await?, ["T1"])?;
        same(self.titles(all().iocs(&["203.0.113.1"])).await?, ["T2", "T1"])?;
        same(self.titles(all().ids(&[])).await?.len(), 0)?;
        let at = |second: u8| format!("2026-11-22T10:00:0{second}Z").parse();
        same(self.titles(all().happened_between(at(1)?, at(2)?)).await?, ["T2", "T1"])?;
        let (from, to) = ("2020-01-01T00:00:00Z".parse()?, "2100-01-01T00:00:00Z".parse()?);
        same(self.titles(all().created_between(from, to)).await?.len(), 5)?;
        same(self.titles(all().created_between(from, from)).await?.len(), 0)?;
        let few = self
            .iris
            .alerts()
            .filter(&all().fields(&["alert_tags"]))
            .await?
            .into_iter()
            .next();
        let few = few.ok_or("nothing found")?;
        same((few.title, few.tags.as_deref()), (None, Some("done")))?;
        Ok(())
    }

    async fn conditions(&self) -> Outcome {
        let all = self.filled("conditions").await?;
        let with = |field: &str, op: Op, value: Value| self.titles(all.clone().condition(field, op, value));
        same(
            with("alert_source_ref", Op::Eq, "conditions-Ref1".into()).await?,
            ["T1"],
        )?;
        same(
            with(
                "alert_source_ref",
                Op::In,
                json!(["conditions-Ref1", "conditions-Ref4"]),
            )
            .await?,
            ["T4", "T1"],
        )?;
        same(
            with("alert_source_ref", Op::Not, "conditions-Ref1".into()).await?.len(),
            4,
        )?;
        same(
            with("alert_title", Op::NotIn, json!(["T0", "T1", "T2"])).await?,
            ["T4", "T3"],
        )?;
        same(with("alert_tags", Op::Eq, "done".into()).await?, ["T4"])?;
        same(with("alert_tags", Op::Like, "pending-".into()).await?, ["T1"])?;
        same(with("alert_title", Op::Like, json!(1)).await?, ["T1"])?;
        same(with("alert_owner_id", Op::Eq, Value::Null).await?.len(), 5)?;
        same(with("alert_owner_id", Op::Not, Value::Null).await?.len(), 0)?;
        same(with("alert_owner_id", Op::In, json!([null])).await?.len(), 0)?;
        same(with("alert_resolution_status_id", Op::Not, json!(1)).await?.len(), 0)?;
        same(with("alert_severity_id", Op::NotIn, json!([])).await?.len(), 5)?;
        same(with("alert_severity_id", Op::Eq, "4".into()).await?.len(), 5)?;
        same(with("severity.severity_name", Op::Like, "lo".into()).await?.len(), 5)?;
        same(with("status.status_name", Op::Eq, "New".into()).await?.len(), 5)?;
        same(with("owner.user", Op::Eq, "administrator".into()).await?.len(), 0)?;
        same(with("customer.name", Op::Eq, "nobody".into()).await?.len(), 0)?;
        same(with("comments.comment_text", Op::Like, "x".into()).await?.len(), 0)?;
        same(with("assets.asset_name", Op::Eq, "web-01".into()).await?, ["T1"])?;
        same(with("iocs.ioc_value", Op::Not, "203.0.113.1".into()).await?, ["T1"])?;
        same(with("owner.password", Op::Eq, "x".into()).await?.len(), 5)?;
        let both = |a: &str, b: &str| {
            let filter = all.clone().condition("iocs.ioc_value", Op::Eq, a);
            self.titles(filter.condition("iocs.ioc_value", Op::Eq, b))
        };
        same(both("203.0.113.1", "203.0.113.1").await?, ["T2", "T1"])?;
        same(both("203.0.113.1", "203.0.113.2").await?.len(), 0)?;
        // An alert counts once for each indicator that fits, and stands once on a page.
        let joined = all.clone().condition("iocs.ioc_value", Op::Like, "203.");
        let page = self.iris.alerts().filter(&joined).await?;
        same((page.total, page.items.len()), (3, 2))?;
        for (field, op, value) in [
            ("nope", Op::Eq, json!(1)),
            ("nope.id", Op::Eq, json!(1)),
            ("owner.nope", Op::Eq, json!(1)),
            ("alert_context", Op::Eq, json!("x")),
            ("alert_uuid", Op::Eq, json!("x")),
            ("alert_uuid", Op::Like, json!("4")),
            ("alert_severity_id", Op::Like, json!("4")),
            ("alert_title", Op::Eq, json!(5)),
            ("severity", Op::Eq, json!(1)),
        ] {
            match with(field, op, value).await {
                Err(Error::Invalid { .. } | Error::Rejected { .. }) => {}
                other => return Err(format!("{field} {}: {other:?}", op.as_str()).into()),
            }
        }
        Ok(())
    }

    async fn filter_quirks(&self) -> Outcome {
        self.filled("quirks").await?;
        let source = format!("{}-quirks", self.run);
        let ask = async |name: &str, value: &str| -> Result<Value, Error> {
            let call = self
                .iris
                .request("GET", "/alerts/filter")
                .query("alert_source", &source);
            Ok(call.query(name, value).send().await?["data"].take())
        };
        for (name, value, total, shown) in [
            ("page", "0", 5, 5),
            ("page", "x", 5, 5),
            ("page", "9", 5, 0),
            ("per_page", "0", 5, 5),
            ("per_page", "2", 5, 2),
            ("per_page", "x", 5, 5),
            ("alert_source_ref", "nope", 5, 5),
            ("alert_status_id", "2,3", 5, 5),
            ("alert_severity_id", " 4", 5, 5),
            ("alert_title", "", 5, 5),
            ("alert_ids", "", 5, 5),
            ("alert_note", "x", 5, 5),
            ("alert_iocs", " 203.0.113.1", 0, 0),
            ("creation_start_date", "2099-01-01", 5, 5),
            ("custom_conditions", "{}", 5, 5),
            ("custom_conditions", "", 5, 5),
        ] {
            let data = ask(name, value).await?;
            let found = data["alerts"].as_array().map_or(0, Vec::len);
            if (data["total"].as_u64(), found) != (Some(total), shown) {
                return Err(format!("{name}={value}: {} found, {found} shown", data["total"]).into());
            }
        }
        for (name, value) in [
            ("alert_customer_id", "x"),
            ("alert_ids", "1,x"),
            ("custom_conditions", "nope"),
            ("custom_conditions", "5"),
            ("custom_conditions", "[5]"),
            ("custom_conditions", "[\"a\"]"),
            ("custom_conditions", "[{\"field\": \"alert_id\"}]"),
        ] {
            fails(ask(name, value).await, |error| {
                matches!(error, Error::Invalid { .. } | Error::Rejected { .. })
            })?;
        }
        let dated = async |from: &str, to: &str| -> Result<Value, Error> {
            let call = self
                .iris
                .request("GET", "/alerts/filter")
                .query("alert_source", &source);
            let call = call.query("source_start_date", from).query("source_end_date", to);
            Ok(call.send().await?["data"]["total"].take())
        };
        for (from, to, total) in [
            ("2026-11-22T10:00:01", "2026-11-22T10:00:02", 2),
            ("2026-11-22 10:00:01", "2026-11-22 10:00:02.000001", 2),
            ("2026-11-22T10:00:01Z", "2026-11-22T10:00:02Z", 2),
            ("2026-11-22T12:00:01+02:00", "2026-11-22T12:00:02+0200", 2),
            ("2026-11-22T10:00:01+02:00", "2026-11-22T10:00:02+02:00", 0),
            ("1795341601", "1795341602000", 2),
            ("2026-11-22", "2026-11-23", 5),
            ("garbage", "2026-11-23", 5),
        ] {
            if dated(from, to).await? != json!(total) {
                return Err(format!("{from} to {to}: {}", dated(from, to).await?).into());
            }
        }
        Ok(())
    }

    async fn pages(&self) -> Outcome {
        let all = self.filled("pages").await?.per_page(2);
        let pages: Vec<_> = self.iris.alerts().pages(all.clone()).try_collect().await?;
        let sizes: Vec<_> = pages
            .iter()
            .map(|page| (page.current, page.items.len(), page.total, page.last))
            .collect();
        same(sizes, [(1, 2, 5, 3), (2, 2, 5, 3), (3, 1, 5, 3)])?;
        let done = AlertPatch::default().title("worked on").owner(OwnerChange::Unassign);
        let mut drained = 0;
        let mut waiting = std::pin::pin!(self.iris.alerts().drain(all.title("T")));
        while let Some(page) = waiting.try_next().await? {
            for alert in page {
                self.iris.alerts().update(alert.id, &done.clone().title("w")).await?;
                drained += 1;
            }
        }
        same(drained, 5)?;
        Ok(())
    }

    async fn cases(&self) -> Outcome {
        let alerts = self.iris.alerts();
        let first = self
            .added(self.new_alert("to a case").ioc(NewIoc::new("203.0.113.9", 79)))
            .await?;
        let second = self.added(self.new_alert("into it")).await?.id;
        let ioc = first.iocs[0].uuid.ok_or("an indicator without a uuid")?;
        let escalation = Escalation::default()
            .title("Brute force")
            .note("why")
            .tags("a,b")
            .iocs(vec![ioc])
            .import_as_event(true);
        let case = alerts.escalate(first.id, &escalation).await?;
        same(
            case.name.as_deref().is_some_and(|name| name.contains("Brute force")),
            true,
        )?;
        let read = self.read(first.id).await?;
        same(
            (read.status_id, read.extra["cases"].clone()),
            (Some(8), json!([case.id])),
        )?;
        same(read.owner_id, None)?;
        let merged = alerts
            .merge(second, &Merge::into_case(case.id).note("same").tags("c"))
            .await?;
        same(merged.id, case.id)?;
        let again = alerts.merge(second, &Merge::into_case(case.id)).await?;
        same(again.id, case.id)?;
        let read = self.read(second).await?;
        same(
            (read.status_id, read.extra["cases"].clone()),
            (Some(7), json!([case.id])),
        )?;
        let mut found = self.titles(AlertFilter::default().case(case.id)).await?;
        found.sort();
        same(found, ["into it", "to a case"])?;
        let unmerged = alerts.unmerge(second, case.id).await?;
        same(
            (unmerged.status_id, unmerged.extra["cases"].clone()),
            (Some(7), json!([])),
        )?;
        fails(alerts.unmerge(second, case.id).await, |error| {
            matches!(error, Error::NotFound)
        })?;
        fails(
            alerts.merge(second, &Merge::into_case(CaseId(999_999))).await,
            |error| matches!(error, Error::NotFound),
        )?;
        fails(alerts.unmerge(second, CaseId(999_999)).await, |error| {
            matches!(error, Error::NotFound)
        })?;
        fails(
            alerts
                .escalate(AlertId(i64::from(i32::MAX)), &Escalation::default())
                .await,
            |error| matches!(error, Error::NotFound),
        )?;
        // Without the tags it fails halfway: the alert is escalated, and to no case.
        let raw = self.iris.request("POST", &format!("/alerts/escalate/{second}"));
        fails(raw.json(&json!({"note": "x"})).send().await, |error| {
            matches!(error, Error::Rejected { .. })
        })?;
        let read = self.read(second).await?;
        same((read.status_id, read.extra["cases"].clone()), (Some(8), json!([])))?;
        let raw = self.iris.request("POST", "/alerts/batch/merge");
        let body = json!({"target_case_id": case.id, "alert_ids": second.to_string(), "iocs_import_list": [],
            "assets_import_list": [], "note": "", "import_as_event": false, "case_tags": ""});
        raw.json(&body).send().await?;
        same(self.read(second).await?.extra["cases"].clone(), json!([case.id]))?;
        let raw = self.iris.request("POST", "/alerts/batch/escalate");
        let body = json!({"alert_ids": second.to_string(), "case_title": "x", "case_tags": "", "iocs_import_list": [],
            "assets_import_list": [], "note": "", "import_as_event": false, "case_template_id": null});
        fails(raw.json(&body).send().await, |error| {
            matches!(error, Error::Rejected { .. })
        })?;
        Ok(())
    }

    async fn similar(&self) -> Outcome {
        let name = format!("host-{}", Uuid::new_v4().simple());
        let new = || {
            self.new_alert("similar")
                .asset(NewAsset::new(&name, 3))
                .ioc(NewIoc::new(&name, 79))
        };
        let (a, b) = (self.added(new()).await?.id, self.added(new()).await?.id);
        let graph = self
            .iris
            .alerts()
            .similarities(a, Similarities::default().open_alerts(true))
            .await?;
        let mut found: Vec<_> = graph.alerts().collect();
        found.sort();
        same(found, [a, b])?;
        same((graph.nodes.len(), graph.edges.len()), (4, 4))?;
        let closed = Similarities::default().closed_alerts(true);
        same(self.iris.alerts().similarities(a, closed).await?.nodes.len(), 0)?;
        let alone = self.added(self.new_alert("alone")).await?.id;
        same(
            self.iris
                .alerts()
                .similarities(alone, Similarities::default())
                .await?
                .nodes
                .len(),
            0,
        )?;
        let related = self.iris.alerts().get(a).await?.extra["related_alerts"].clone();
        same(related["assets"].as_array().map_or(0, Vec::len), 2)?;
        Ok(())
    }

    async fn json(&self) -> Outcome {
        // 200 levels: as deep as an alert of Wazuh could be made, deeper than serde_json reads by itself.
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        for (body, fits) in [
            (json!({"x": "a\u{7f}\u{2028}b"}), true),
            (json!({"x": 1e300, "y": u64::MAX, "z": -0.0}), true),
            (json!({"x": deep}), true),
            (Value::from("text"), true),
            (json!([1, "a", null]), true),
            (json!({}), true),
        ] {
            let added = self.added(self.new_alert("json").source_content(body.clone())).await?;
            same(self.read(added.id).await?.source_content == Some(body), fits)?;
        }
        Ok(())
    }

    async fn not_found(&self) -> Outcome {
        fails(self.iris.request("GET", "/alerts/nope/nope").send().await, |error| {
            matches!(error, Error::NotIris { status: 404, .. })
        })?;
        fails(self.iris.request("GET", "/alerts/add").send().await, |error| {
            matches!(error, Error::NotIris { status: 405, .. })
        })?;
        fails(
            self.iris
                .request("POST", "/alerts/add/")
                .json(&json!({"a": 1}))
                .send()
                .await,
            |error| matches!(error, Error::NotIris { status: 404, .. }),
        )?;
        Ok(())
    }

    async fn delete(&self) -> Outcome {
        let id = self.added(self.new_alert("to delete")).await?.id;
        self.iris.alerts().comment(id, "goes along").await?;
        self.iris.alerts().delete(id).await?;
        fails(self.iris.alerts().get(id).await, |error| {
            matches!(error, Error::NotFound)
        })?;
        fails(self.iris.alerts().delete(id).await, |error| {
            matches!(error, Error::NotFound)
        })?;
        // Everything of this run, the parts included: their sources begin with it.
        let mut left = std::pin::pin!(self.iris.alerts().drain(self.mine().fields(&["alert_id"])));
        let mut deleted = 0;
        while let Some(page) = left.try_next().await? {
            let ids: Vec<AlertId> = page.into_iter().map(|alert| alert.id).collect();
            self.iris.alerts().batch_delete(&ids).await?;
            deleted += ids.len();
        }
        same(deleted > 20, true)?;
        same(self.titles(self.mine()).await?.len(), 0)?;
        Ok(())
    }
}
