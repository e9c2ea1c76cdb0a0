//! Calls about alerts, in the order of an alert's life.

mod case;
mod comment;
mod filter;
mod model;
mod new_alert;
mod patch;
mod receipt;

use std::collections::HashSet;

use futures_util::stream::{self, Stream};
use reqwest::Method;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::transport::{Answer, Call};
use crate::{AlertId, ApiVersion, CaseId, CommentId, Error, IrisClient, Page, Result};

pub use case::{Case, Escalation, Graph, Merge, Similarities};
pub use comment::Comment;
pub use filter::{AlertFilter, Op, Sort};
pub use model::{Alert, Asset, Ioc};
pub use new_alert::{NewAlert, NewAsset, NewIoc};
pub use patch::{AlertPatch, OwnerChange};
pub use receipt::Receipt;

/// Calls about alerts; [`IrisClient::alerts`].
///
/// # Guarantees
/// - A call that only reads is sent again after passing failures; one that writes is sent once.
/// - Nothing that was read is ever posted back: bodies hold the fields of [`NewAlert`] and [`AlertPatch`] only.
///
/// # Caveats
/// - IRIS has no compare-and-set: of two updates of the same field, the later one wins, and neither is told.
/// - An update makes the caller the owner of an alert that nobody owns; see [`OwnerChange`].
///
/// ```no_run
/// # use iris_client::{AlertFilter, AlertId, IrisClient};
/// # async fn example(iris: IrisClient) -> Result<(), iris_client::Error> {
/// let few = AlertFilter::default().ids(&[AlertId(7)]).fields(&["alert_tags", "alert_note"]);
/// let alert = iris.alerts().filter(&few).await?.into_iter().next();
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Alerts<'a> {
    client: &'a IrisClient,
}

/// What became of [`Alerts::add_once`].
///
/// ```
/// use iris_client::{Added, AlertId};
/// assert_eq!(Added::AlreadyThere(AlertId(3)).id(), AlertId(3));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "short-lived, and the large one is the usual one"
)]
pub enum Added {
    /// It was stored by this call.
    New(Alert),
    /// It had been stored before, or by an attempt whose answer was lost.
    AlreadyThere(AlertId),
}

impl Added {
    /// Number of the alert.
    pub fn id(&self) -> AlertId {
        match self {
            Self::New(alert) => alert.id,
            Self::AlreadyThere(id) => *id,
        }
    }
}

impl<'a> Alerts<'a> {
    pub(crate) fn new(client: &'a IrisClient) -> Self {
        Self { client }
    }

    /// Makes an alert.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] if its uuid is stored already. After any error whose [`Error::may_have_been_stored`] is true,
    /// an alert with a uuid of our own may simply be sent again.
    pub async fn add(&self, alert: &NewAlert) -> Result<Alert> {
        self.send_new(alert).await?.data()
    }

    /// Makes an alert, and reads only the receipt of the whole alert that IRIS answers: for whoever sends thousands.
    ///
    /// # Errors
    /// Those of [`Alerts::add`].
    pub async fn add_for_receipt(&self, alert: &NewAlert) -> Result<Receipt> {
        Receipt::read(&self.send_new(alert).await?)
    }

    async fn send_new(&self, alert: &NewAlert) -> Result<Answer> {
        let path = match self.version() {
            ApiVersion::V2 => "/alerts/add",
            ApiVersion::V3 => "/api/v2/alerts",
        };
        let call = Call::write(Method::POST, path).json(alert)?;
        self.client.inner.transport.send(call).await
    }

    /// Makes an alert unless one with its uuid is stored, and finds out which after an ambiguous failure. Safe to repeat.
    ///
    /// # Errors
    /// [`Error::Configuration`] without a uuid. [`Error::is_retryable`] ones may have stored the alert; repeat the call.
    pub async fn add_once(&self, alert: &NewAlert) -> Result<Added> {
        let Some(uuid) = alert.uuid else {
            return Err(Error::configuration(
                "an alert that is to be stored once needs a uuid of our own",
            ));
        };
        let error = match self.add(alert).await {
            Ok(alert) => return Ok(Added::New(alert)),
            Err(error) => error,
        };
        // IRIS 3 answers 500 to a duplicate, so a server error is worth a look, too.
        if !error.may_have_been_stored() {
            return Err(error);
        }
        match self.find_by_uuid(uuid).await {
            Ok(Some(found)) => Ok(Added::AlreadyThere(found.id)),
            Ok(None) | Err(_) => Err(error),
        }
    }

    /// Reads an alert with everything that IRIS relates to it. Slow where its assets stand in very many alerts: to read some
    /// fields, use [`Alerts::filter`] with [`AlertFilter::ids`] and [`AlertFilter::fields`].
    pub async fn get(&self, id: AlertId) -> Result<Alert> {
        match self.version() {
            ApiVersion::V2 => self.client.get(&format!("/alerts/{id}")).await,
            ApiVersion::V3 => {
                self.thing(Method::GET, &format!("/api/v2/alerts/{id}"), None::<&()>)
                    .await
            }
        }
    }

    /// Finds alerts.
    pub async fn filter(&self, filter: &AlertFilter) -> Result<Page<Alert>> {
        if filter.finds_nothing() {
            return Ok(Page {
                items: Vec::new(),
                total: 0,
                current: filter.current_page(),
                last: 0,
                next: None,
            });
        }
        let call = match self.version() {
            ApiVersion::V2 => Call::read(Method::GET, "/alerts/filter"),
            ApiVersion::V3 => Call::read(Method::GET, "/api/v2/alerts"),
        };
        let answer = self.client.inner.transport.send(call.query(filter.query())).await?;
        Ok(answer.data::<WirePage>()?.into())
    }

    /// Finds alerts page by page, beginning with the filter's. Do not change what the filter looks at meanwhile: alerts would
    /// move between pages; for that there is [`Alerts::drain`].
    ///
    /// ```no_run
    /// # use iris_client::{AlertFilter, IrisClient};
    /// use futures_util::TryStreamExt;
    /// # async fn example(iris: IrisClient) -> Result<(), iris_client::Error> {
    /// let mut pages = std::pin::pin!(iris.alerts().pages(AlertFilter::default().per_page(100)));
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} of {}", page.items.len(), page.total);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages(&self, filter: AlertFilter) -> impl Stream<Item = Result<Page<Alert>>> + 'a {
        let alerts = *self;
        stream::try_unfold(Some(filter), move |next| async move {
            let Some(filter) = next else { return Ok(None) };
            let page = alerts.filter(&filter).await?;
            let next = page.next.filter(|&next| next > page.current && !page.is_empty());
            let rest = next.map(|next| filter.page(next));
            Ok(Some((page, rest)))
        })
    }

    /// Hands out the alerts of a filter that empties as they are worked on, each alert once: asks for the first page again
    /// until nothing new is found.
    ///
    /// Turning the pages of such a filter with [`Alerts::pages`] works on half of it, because what is done moves the rest to
    /// the front. Alerts that stay in the filter all the same are not handed out twice; the pages behind them are looked at.
    ///
    /// ```no_run
    /// # use iris_client::{AlertFilter, AlertPatch, IrisClient, OwnerChange};
    /// use futures_util::TryStreamExt;
    /// # async fn example(iris: IrisClient) -> Result<(), iris_client::Error> {
    /// let done = AlertPatch::default().tags("wazuh,done").owner(OwnerChange::Unassign);
    /// let mut waiting = std::pin::pin!(iris.alerts().drain(AlertFilter::default().tag("waiting").per_page(50)));
    /// while let Some(page) = waiting.try_next().await? {
    ///     for alert in page {
    ///         iris.alerts().update(alert.id, &done).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn drain(&self, filter: AlertFilter) -> impl Stream<Item = Result<Page<Alert>>> + 'a {
        let alerts = *self;
        let seen: HashSet<AlertId> = HashSet::new();
        stream::try_unfold((filter, seen), move |(filter, mut seen)| async move {
            let mut number = 1;
            loop {
                let mut page = alerts.filter(&filter.clone().page(number)).await?;
                let next = page.next.filter(|&next| next > number && !page.is_empty());
                page.items.retain(|alert| seen.insert(alert.id));
                if !page.is_empty() {
                    return Ok(Some((page, (filter, seen))));
                }
                let Some(next) = next else { return Ok(None) };
                number = next;
            }
        })
    }

    /// Finds the alert with this uuid. On IRIS before 2.4.17, which ignores the question, it looks through one page only.
    pub async fn find_by_uuid(&self, uuid: Uuid) -> Result<Option<Alert>> {
        let filter = AlertFilter::default()
            .condition("alert_uuid", Op::Eq, uuid.to_string())
            .per_page(10);
        let page = self.filter(&filter).await?;
        Ok(page.into_iter().find(|alert| alert.uuid == Some(uuid)))
    }

    /// Changes an alert and returns it as it is now.
    pub async fn update(&self, id: AlertId, patch: &AlertPatch) -> Result<Alert> {
        if patch.is_empty() {
            return Err(nothing_to_change());
        }
        match self.version() {
            ApiVersion::V2 => self.client.post(&format!("/alerts/update/{id}"), patch).await,
            ApiVersion::V3 => {
                self.thing(Method::PUT, &format!("/api/v2/alerts/{id}"), Some(patch))
                    .await
            }
        }
    }

    /// Changes several alerts alike, in this order, and leaves the owners of others alone.
    ///
    /// IRIS's own batch route gives every alert, from the first that nobody owns on, to the caller, even those of colleagues,
    /// and knows one other wish only: that nobody owns them. So [`OwnerChange::Unassign`] goes in one request, and any other
    /// patch alert by alert, as [`Alerts::update`] does; a single update takes an unowned alert, too.
    ///
    /// # Caveats
    /// It stops at the first one that IRIS refuses, and those before it stay changed. No ids, and nothing is sent.
    pub async fn batch_update(&self, ids: &[AlertId], patch: &AlertPatch) -> Result<()> {
        if patch.is_empty() {
            return Err(nothing_to_change());
        }
        if ids.is_empty() {
            return Ok(());
        }
        // The batch route skips empty tags, and IRIS 3 has none of its own.
        let empty_tags = patch.tags.as_ref().is_some_and(String::is_empty);
        if patch.owner != Some(OwnerChange::Unassign) || empty_tags || self.version() == ApiVersion::V3 {
            for &id in ids {
                self.update(id, patch).await?;
            }
            return Ok(());
        }
        // Among the updates, a -1 is taken for a user; it is understood beside them.
        let updates = AlertPatch {
            owner: None,
            ..patch.clone()
        };
        let body = json!({"alert_ids": ids, "updates": updates, "alert_owner_id": OwnerChange::Unassign});
        self.client.post::<Value>("/alerts/batch/update", &body).await.map(drop)
    }

    /// Deletes an alert; needs the permission `alerts_delete`.
    pub async fn delete(&self, id: AlertId) -> Result<()> {
        match self.version() {
            ApiVersion::V2 => self
                .client
                .post::<Value>(&format!("/alerts/delete/{id}"), &json!({}))
                .await
                .map(drop),
            ApiVersion::V3 => {
                let call = Call::write(Method::DELETE, format!("/api/v2/alerts/{id}"));
                self.client.inner.transport.send(call).await.map(drop)
            }
        }
    }

    /// Deletes several alerts; needs the permission `alerts_delete`. Either all are deleted or none.
    pub async fn batch_delete(&self, ids: &[AlertId]) -> Result<()> {
        let body = json!({"alert_ids": ids});
        self.client.post::<Value>("/alerts/batch/delete", &body).await.map(drop)
    }

    /// Adds a comment, which is Markdown. Sent twice, it stands there twice.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a NUL character, at which IRIS breaks.
    pub async fn comment(&self, id: AlertId, text: &str) -> Result<Comment> {
        let body = comment_body(text)?;
        match self.version() {
            ApiVersion::V2 => self.client.post(&format!("/alerts/{id}/comments/add"), &body).await,
            ApiVersion::V3 => {
                self.thing(Method::POST, &format!("/api/v2/alerts/{id}/comments"), Some(&body))
                    .await
            }
        }
    }

    /// Reads the comments, in no promised order.
    pub async fn comments(&self, id: AlertId) -> Result<Vec<Comment>> {
        match self.version() {
            ApiVersion::V2 => self.client.get(&format!("/alerts/{id}/comments/list")).await,
            ApiVersion::V3 => {
                let mut comments = Vec::new();
                let mut page = Some(1_u32);
                while let Some(number) = page {
                    let query = vec![
                        ("page".to_owned(), number.to_string()),
                        ("per_page".to_owned(), "100".to_owned()),
                    ];
                    let call = Call::read(Method::GET, format!("/api/v2/alerts/{id}/comments"));
                    let answer = self.client.inner.transport.send(call.query(query)).await?;
                    let wire: WireComments = answer.data()?;
                    page = wire.next_page.filter(|&next| next > number && !wire.data.is_empty());
                    comments.extend(wire.data);
                }
                Ok(comments)
            }
        }
    }

    /// Replaces the text of a comment, whoever wrote it.
    pub async fn edit_comment(&self, id: AlertId, comment: CommentId, text: &str) -> Result<Comment> {
        let body = comment_body(text)?;
        match self.version() {
            ApiVersion::V2 => {
                self.client
                    .post(&format!("/alerts/{id}/comments/{comment}/edit"), &body)
                    .await
            }
            ApiVersion::V3 => {
                self.thing(
                    Method::PUT,
                    &format!("/api/v2/alerts/{id}/comments/{comment}"),
                    Some(&body),
                )
                .await
            }
        }
    }

    /// Deletes a comment of our own.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if somebody else wrote it, or if there is none: IRIS 2 does not say which.
    pub async fn delete_comment(&self, id: AlertId, comment: CommentId) -> Result<()> {
        match self.version() {
            ApiVersion::V2 => {
                let path = format!("/alerts/{id}/comments/{comment}/delete");
                self.client.post::<Value>(&path, &json!({})).await.map(drop)
            }
            ApiVersion::V3 => {
                let call = Call::write(Method::DELETE, format!("/api/v2/alerts/{id}/comments/{comment}"));
                self.client.inner.transport.send(call).await.map(drop)
            }
        }
    }

    /// Makes a case of an alert. Not safe to repeat: each time makes a case.
    pub async fn escalate(&self, id: AlertId, escalation: &Escalation) -> Result<Case> {
        self.case_call("escalate", id, escalation).await
    }

    /// Merges an alert into a case; a second time changes nothing.
    pub async fn merge(&self, id: AlertId, merge: &Merge) -> Result<Case> {
        self.case_call("merge", id, merge).await
    }

    /// Takes an alert out of a case. Its status stays what the merge made of it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it is not in that case (any more). Of several that try at once, IRIS lets exactly one succeed.
    pub async fn unmerge(&self, id: AlertId, case: CaseId) -> Result<Alert> {
        self.case_call("unmerge", id, &json!({"target_case_id": case})).await
    }

    /// Finds what shares indicators or assets with an alert.
    pub async fn similarities(&self, id: AlertId, wanted: Similarities) -> Result<Graph> {
        let call = match self.version() {
            ApiVersion::V2 => Call::read(Method::GET, format!("/alerts/similarities/{id}")),
            ApiVersion::V3 => Call::read(Method::GET, format!("/api/v2/alerts/{id}/related-alerts")),
        };
        let answer = self.client.inner.transport.send(call.query(wanted.query())).await?;
        answer.data()
    }

    fn version(self) -> ApiVersion {
        self.client.api_version()
    }

    async fn case_call<T: DeserializeOwned>(&self, verb: &str, id: AlertId, body: &impl Serialize) -> Result<T> {
        match self.version() {
            ApiVersion::V2 => self.client.post(&format!("/alerts/{verb}/{id}"), body).await,
            ApiVersion::V3 => {
                self.thing(Method::POST, &format!("/api/v2/alerts/{verb}/{id}"), Some(body))
                    .await
            }
        }
    }

    /// A call of IRIS 3, whose answer is the thing itself.
    async fn thing<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Result<T> {
        let call = if method == Method::GET {
            Call::read(method, path)
        } else {
            Call::write(method, path)
        };
        let call = match body {
            Some(body) => call.json(body)?,
            None => call,
        };
        self.client.inner.transport.send(call).await?.data()
    }
}

fn nothing_to_change() -> Error {
    Error::Invalid {
        fields: std::collections::BTreeMap::new(),
        message: "the patch changes nothing, which IRIS refuses".to_owned(),
    }
}

fn comment_body(text: &str) -> Result<Value> {
    if text.contains('\0') {
        return Err(Error::invalid(
            "comment_text",
            "Holds a NUL character, at which IRIS breaks.",
        ));
    }
    Ok(json!({"comment_text": text}))
}

/// A page on the wire: IRIS 2 lists under `alerts`, IRIS 3 under `data`.
#[derive(Deserialize)]
struct WirePage {
    #[serde(default)]
    total: u64,
    #[serde(alias = "data")]
    alerts: Vec<Alert>,
    #[serde(default)]
    last_page: Option<u32>,
    #[serde(default)]
    current_page: Option<u32>,
    #[serde(default)]
    next_page: Option<u32>,
}

impl From<WirePage> for Page<Alert> {
    fn from(wire: WirePage) -> Self {
        Self {
            items: wire.alerts,
            total: wire.total,
            current: wire.current_page.unwrap_or(1),
            last: wire.last_page.unwrap_or_default(),
            next: wire.next_page,
        }
    }
}

#[derive(Deserialize)]
struct WireComments {
    #[serde(alias = "comments")]
    data: Vec<Comment>,
    #[serde(default)]
    next_page: Option<u32>,
}
