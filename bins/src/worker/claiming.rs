//! One alert from the first look to the written result, by the protocol of `triage_core::workflow`.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use iris_client::{Alert, AlertFilter, AlertId, AlertPatch, Error, IrisClient, OwnerChange};
use tokio::sync::Semaphore;
use triage_core::TriageError;
use triage_core::note;
use triage_core::workflow::{
    Claim, ClaimToken, Claimed, Nonces, Outcome, Refusal, Seen, Settling, Step, TagNames, TagSet, Timing, Watch,
    WorkerId, claim_tags, completed_tags, finished_tags, next_step,
};

use super::review::{Review, Reviewer};
use super::{clock, fields};
use crate::settings::ResultPlace;

/// What a fresh read asks for. Never `GET /alerts/<id>`: it takes seconds for an alert whose asset stands in many others.
const FIELDS: &[&str] = &[
    "alert_id",
    "alert_tags",
    "alert_note",
    "alert_owner_id",
    "alert_title",
    "alert_description",
    "alert_source",
    "alert_source_content",
];
const FEW_FIELDS: &[&str] = &["alert_id", "alert_tags", "alert_note", "alert_owner_id"];

/// Pause before a result that could not be written is written again.
const WRITE_PAUSE: Duration = Duration::from_millis(500);

/// How work on one alert ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// A verdict was written.
    Reviewed,
    /// A note that says why there is none was written.
    Failed,
    /// Only its tags were put right: it was done before.
    Completed,
    /// It is somebody else's, or nobody's: nothing was done.
    Left,
    /// The triager could not be reached; the claim lapses.
    Backend(TriageError),
    /// IRIS could not be reached or refused; if there is a claim it lapses.
    Iris(Error),
}

/// What all alerts of a worker share.
pub(super) struct Desk {
    pub(super) iris: IrisClient,
    /// Connections of their own for claims, and as many claims at once: from the first read to the answer of a claim counts,
    /// so neither may wait in line behind other work.
    pub(super) claims: IrisClient,
    pub(super) claiming: Semaphore,
    pub(super) me: WorkerId,
    pub(super) names: TagNames,
    pub(super) timing: Timing,
    pub(super) place: ResultPlace,
    pub(super) watch: Mutex<Watch>,
    pub(super) nonces: Mutex<Nonces>,
}

/// A fresh read, with what the protocol looks at.
struct Fresh {
    alert: Alert,
    tags: TagSet,
    note_finished: bool,
}

impl Fresh {
    fn seen(&self) -> Seen<'_> {
        Seen {
            tags: &self.tags,
            note_finished: self.note_finished,
            owner_is_none: self.alert.owner_id.is_none(),
        }
    }
}

impl Desk {
    /// Works on one alert.
    pub(super) async fn work_on(&self, id: AlertId, reviewer: &Reviewer) -> Ending {
        match self.try_work_on(id, reviewer).await {
            Ok(ending) => ending,
            Err(Error::NotFound) => Ending::Left,
            Err(error) => Ending::Iris(error),
        }
    }

    async fn try_work_on(&self, id: AlertId, reviewer: &Reviewer) -> Result<Ending, Error> {
        let turn = self.claiming.acquire().await;
        let started = clock::now();
        let fresh = self.read(&self.claims, id, FIELDS).await?;
        let sighting = locked(&self.watch).see(number(id), &fresh.tags, &self.names, clock::now());
        match next_step(&fresh.seen(), sighting.lapse, &self.names, &self.timing) {
            Step::Claim { tries } | Step::TakeOver { tries } => {
                let settling = self.claim(id, &fresh, tries, started).await?;
                drop(turn);
                let Some(settling) = settling else {
                    return Ok(Ending::Left);
                };
                self.review(id, &fresh, settling, reviewer).await
            }
            Step::Fail { tries } => {
                let reason = format!("{tries} workers ended while they worked on this alert; it is not tried again");
                let review = reviewer.give_up(&reason);
                let tags = finished_tags(&fresh.tags, Outcome::Failed, &self.names);
                self.send(
                    id,
                    &fresh,
                    &review,
                    &tags,
                    fresh.seen().owner_to_send(),
                    self.timing.settle,
                )
                .await?;
                Ok(Ending::Failed)
            }
            Step::Complete => {
                let tags = completed_tags(&fresh.tags, &self.names);
                update(
                    &self.iris,
                    id,
                    with_owner(
                        AlertPatch::default().tags(tags.to_string()),
                        fresh.seen().owner_to_send(),
                    ),
                )
                .await?;
                Ok(Ending::Completed)
            }
            Step::Wait | Step::Skip => Ok(Ending::Left),
        }
    }

    /// Sends a claim. A request whose answer does not come in time may still be carried out, so nothing is started then.
    async fn claim(&self, id: AlertId, fresh: &Fresh, tries: u8, started: Duration) -> Result<Option<Settling>, Error> {
        let token: ClaimToken = locked(&self.nonces).token(number(id), &self.me, &fresh.tags);
        let claim = Claim::started(token.clone(), started);
        let tags = claim_tags(&fresh.seen(), &token, tries, &self.names);
        let patch = with_owner(
            AlertPatch::default().tags(tags.to_string()),
            fresh.seen().owner_to_send(),
        );
        match tokio::time::timeout(self.timing.settle, update(&self.claims, id, patch)).await {
            Err(_) => Err(Error::Timeout { sent: true }),
            // Two first uses of one tag at once: the other request made the tag, and the next look will claim.
            Ok(Err(Error::Conflict)) => Ok(None),
            Ok(Err(error)) => Err(error),
            Ok(Ok(())) => match claim.posted(clock::now(), &self.timing) {
                Ok(settling) => Ok(Some(settling)),
                Err(void) => {
                    tracing::info!(alert.id = %id, %void, "the claim on alert {id} does not count");
                    // It lapses for everybody; this worker knows that the alert was not to blame.
                    locked(&self.watch).excuse(number(id), &token, clock::now());
                    Ok(None)
                }
            },
        }
    }

    /// Triages while the claim settles, and writes only what the claim allows.
    async fn review(
        &self,
        id: AlertId,
        fresh: &Fresh,
        settling: Settling,
        reviewer: &Reviewer,
    ) -> Result<Ending, Error> {
        let fields = fields::of(&fresh.alert);
        let deadline = settling.deadline();
        let token = settling.token().clone();
        let quiet_until = settling.quiet_until();
        let confirm = async {
            clock::sleep_until(quiet_until).await;
            let asked = clock::now();
            let again = self.read(&self.iris, id, FEW_FIELDS).await?;
            Ok::<_, Error>(settling.confirm(&again.seen(), asked))
        };
        let triage = reviewer.review(&fields, deadline);
        let overdue = clock::sleep_until(deadline);
        tokio::pin!(confirm, triage, overdue);
        let mut claimed = None;
        let mut review = None;
        // Both run at once; dropping the triage on the way out ends the model's work.
        while claimed.is_none() || review.is_none() {
            tokio::select! {
                confirmed = &mut confirm, if claimed.is_none() => match confirmed? {
                    Ok(held) => claimed = Some(held),
                    Err(lost) => {
                        tracing::info!(alert.id = %id, %lost, "the claim on alert {id} was lost");
                        return Ok(Ending::Left);
                    }
                },
                done = &mut triage, if review.is_none() => match done {
                    Ok(done) => review = Some(done),
                    Err(error) => {
                        locked(&self.watch).excuse(number(id), &token, clock::now());
                        return Ok(Ending::Backend(error));
                    }
                },
                () = &mut overdue => {
                    tracing::warn!(alert.id = %id, "the deadline of alert {id} has passed; its claim lapses");
                    let late = TriageError::new(triage_core::TriageErrorKind::Timeout, "the deadline of the claim has passed");
                    return Ok(Ending::Backend(late));
                }
            }
        }
        let (Some(claimed), Some(review)) = (claimed, review) else {
            return Ok(Ending::Left);
        };
        self.write(id, &claimed, &review).await
    }

    /// Writes a result over a read just made, again and again until the deadline.
    async fn write(&self, id: AlertId, claimed: &Claimed, review: &Review) -> Result<Ending, Error> {
        loop {
            let written = self.write_once(id, claimed, review).await;
            match written {
                Err(error) if error.is_retryable() && claimed.time_left(clock::now() + WRITE_PAUSE).is_some() => {
                    tracing::warn!(alert.id = %id, %error, "could not write the result of alert {id}; it is tried again");
                    tokio::time::sleep(WRITE_PAUSE).await;
                }
                other => return other,
            }
        }
    }

    async fn write_once(&self, id: AlertId, claimed: &Claimed, review: &Review) -> Result<Ending, Error> {
        let fresh = self.read(&self.iris, id, FEW_FIELDS).await?;
        let permit = match claimed.may_write(clock::now(), &fresh.seen(), &self.names) {
            Ok(permit) => permit,
            Err(refusal) => {
                tracing::info!(alert.id = %id, %refusal, "the result of alert {id} is dropped");
                return Ok(if refusal == Refusal::AlreadyReviewed {
                    Ending::Completed
                } else {
                    Ending::Left
                });
            }
        };
        let Some(left) = permit.time_left(clock::now()) else {
            return Ok(Ending::Left);
        };
        let tags = permit.tags(review.outcome, &self.names);
        self.send(id, &fresh, review, &tags, permit.owner_to_send(), left)
            .await?;
        if let Some(disposition) = review.disposition {
            tracing::info!(alert.id = %id, verdict = ?disposition, "reviewed alert {id}");
            return Ok(Ending::Reviewed);
        }
        tracing::warn!(alert.id = %id, reason = review.reason.as_deref(), "no usable verdict for alert {id}; it has a rule-based note");
        Ok(Ending::Failed)
    }

    /// Note and tags in one update; a comment comes before the tags, so that what is tagged as done has its result.
    async fn send(
        &self,
        id: AlertId,
        fresh: &Fresh,
        review: &Review,
        tags: &TagSet,
        owner: Option<i64>,
        limit: Duration,
    ) -> Result<(), Error> {
        let patch = AlertPatch::default().tags(tags.to_string());
        let sent = async {
            let patch = match self.place {
                ResultPlace::Note => patch.note(note::merge(fresh.alert.note.as_deref(), &review.block)),
                ResultPlace::Comment => {
                    self.iris.alerts().comment(id, &review.block.as_comment()).await?;
                    patch
                }
            };
            update(&self.iris, id, with_owner(patch, owner)).await
        };
        tokio::time::timeout(limit, sent)
            .await
            .unwrap_or(Err(Error::Timeout { sent: true }))
    }

    async fn read(&self, iris: &IrisClient, id: AlertId, wanted: &[&str]) -> Result<Fresh, Error> {
        let filter = AlertFilter::default().ids(&[id]).fields(wanted);
        let page = iris.alerts().filter(&filter).await?;
        let alert = page
            .items
            .into_iter()
            .find(|alert| alert.id == id)
            .ok_or(Error::NotFound)?;
        let tags = TagSet::parse(alert.tags.as_deref().unwrap_or_default());
        let note_finished = match self.place {
            ResultPlace::Note => alert.note.as_deref().is_some_and(note::finished_block),
            ResultPlace::Comment => {
                let comments = iris.alerts().comments(id).await?;
                // The block as a comment has its marks escaped for markdown.
                let finished = |text: &str| note::finished_block(&text.replace('\\', ""));
                comments
                    .iter()
                    .any(|comment| comment.text.as_deref().is_some_and(finished))
            }
        };
        Ok(Fresh {
            alert,
            tags,
            note_finished,
        })
    }
}

async fn update(iris: &IrisClient, id: AlertId, patch: AlertPatch) -> Result<(), Error> {
    iris.alerts().update(id, &patch).await.map(|_| ())
}

fn with_owner(patch: AlertPatch, owner: Option<i64>) -> AlertPatch {
    // The protocol sends "nobody" or nothing: it never gives an alert to anybody.
    if owner.is_some() {
        patch.owner(OwnerChange::Unassign)
    } else {
        patch
    }
}

/// The protocol counts alerts from 0; IRIS numbers them from 1.
pub(super) fn number(id: AlertId) -> u64 {
    u64::try_from(id.0).unwrap_or(0)
}

/// What is behind the lock is whole at every moment, so a panic elsewhere does not matter.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
