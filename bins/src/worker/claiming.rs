//! One alert from the first look to the written result, by the protocol of `triage_core::workflow`.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use iris_client::{Alert, AlertFilter, AlertId, AlertPatch, Error, IrisClient, OwnerChange};
use tokio::sync::Semaphore;
use triage_core::note;
use triage_core::workflow::{
    Claim, ClaimToken, Claimed, Lapse, Lost, Nonces, Outcome, Refusal, Seen, Settling, Step, TagNames, TagSet, Timing,
    Watch, WorkerId, claim_tags, completed_tags, finished_tags, next_step,
};
use triage_core::{Health, TriageError, TriageErrorKind};

use super::review::{Heard, Review, Reviewer};
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

/// Pause before a confirmation or a result that failed is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// How work on one alert ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// A verdict was written.
    Reviewed,
    /// A note that says why there is none was written.
    Failed {
        /// Whether the triager had answered at all.
        answered: bool,
    },
    /// Only its tags were put right: it was done before.
    Completed,
    /// It is somebody else's, or nobody's: nothing was done.
    Left,
    /// The triager could not be reached; the claim lapses.
    Backend(TriageError),
    /// IRIS could not be reached or refused before there was a claim: the alert waits as before.
    Unclaimed(Error),
    /// IRIS could not be reached or refused when there was, or may have been, a claim; it lapses.
    Iris(Error),
}

/// Alerts in a row, of all that are under work, for which the triager did not answer in time.
#[derive(Debug, Default)]
pub(super) struct Silence(AtomicU32);

impl Silence {
    /// Counts one more; says whether it is the first since the last answer.
    fn is_first(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) == 0
    }

    fn broken(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
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
    /// Texts of the comments, where results are comments and they were asked for.
    comments: Vec<String>,
}

/// Whether a read asks for comments, where results are comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comments {
    Read,
    Leave,
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
    pub(super) async fn work_on(&self, id: AlertId, reviewer: &Reviewer, silence: &Silence) -> Ending {
        match self.try_work_on(id, reviewer, silence).await {
            Ok(ending) => ending,
            Err(Error::NotFound) => Ending::Left,
            Err(error) => Ending::Unclaimed(error),
        }
    }

    /// Takes up no alert any more; claims under way are carried on.
    pub(super) fn close(&self) {
        self.claiming.close();
    }

    async fn try_work_on(&self, id: AlertId, reviewer: &Reviewer, silence: &Silence) -> Result<Ending, Error> {
        let Ok(turn) = self.claiming.acquire().await else {
            return Ok(Ending::Left);
        };
        let started = clock::now();
        let fresh = self.read(&self.claims, id, FIELDS, Comments::Read).await?;
        let sighting = locked(&self.watch).see(number(id), &fresh.tags, &self.names, clock::now());
        match next_step(&fresh.seen(), sighting.lapse, &self.names, &self.timing) {
            Step::Claim { tries } | Step::TakeOver { tries } => {
                let settling = match self.claim(id, &fresh, tries, started).await {
                    Ok(Some(settling)) => settling,
                    Ok(None) => return Ok(Ending::Left),
                    Err(error) if error.may_have_been_stored() => return Ok(Ending::Iris(error)),
                    Err(error) => return Err(error),
                };
                drop(turn);
                let token = settling.token().clone();
                let ended = self.review(id, &fresh, settling, reviewer, silence).await;
                if !matches!(ended, Ok(Ending::Backend(_)) | Err(_)) {
                    return ended;
                }
                // It lapses for everybody; this worker knows that the alert was not to blame.
                locked(&self.watch).excuse(number(id), &token, clock::now());
                match ended {
                    Err(Error::NotFound) => Ok(Ending::Left),
                    Err(error) => Ok(Ending::Iris(error)),
                    ended => ended,
                }
            }
            Step::Fail { tries } => {
                let reason = format!("{tries} workers ended while they worked on this alert; it is not tried again");
                let review = reviewer.give_up(&reason);
                let tags = finished_tags(&fresh.tags, Outcome::Failed, &self.names);
                let owner = fresh.seen().owner_to_send();
                self.send(id, &fresh, &review, &tags, owner, self.timing.settle).await?;
                Ok(Ending::Failed { answered: false })
            }
            Step::Complete => {
                let tags = completed_tags(&fresh.tags, &self.names);
                self.put_right(id, &fresh, &tags).await?;
                Ok(Ending::Completed)
            }
            Step::Wait | Step::Skip => Ok(Ending::Left),
        }
    }

    /// Sends tags alone.
    async fn put_right(&self, id: AlertId, fresh: &Fresh, tags: &TagSet) -> Result<(), Error> {
        let patch = AlertPatch::default().tags(tags.to_string());
        update(&self.iris, id, with_owner(patch, fresh.seen().owner_to_send())).await
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
        let sent = tokio::time::timeout(self.timing.settle, update(&self.claims, id, patch)).await;
        match sent.unwrap_or(Err(Error::Timeout { sent: true })) {
            // Two first uses of one tag at once: the other request made the tag, and the next look will claim.
            Err(Error::Conflict) => Ok(None),
            Err(error) => {
                locked(&self.watch).excuse(number(id), &token, clock::now());
                Err(error)
            }
            Ok(()) => match claim.posted(clock::now(), &self.timing) {
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
        silence: &Silence,
    ) -> Result<Ending, Error> {
        let fields = fields::of(&fresh.alert);
        let deadline = settling.deadline();
        let triage = reviewer.review(&fields, deadline.saturating_sub(reserve(&self.timing)));
        let confirm = self.confirm(id, settling);
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
                    Err(error) => return Ok(Ending::Backend(error)),
                },
                () = &mut overdue => {
                    tracing::warn!(alert.id = %id, "the deadline of alert {id} has passed; its claim lapses");
                    return if review.is_some() {
                        Err(Error::Timeout { sent: true })
                    } else {
                        Ok(Ending::Backend(late("the deadline of the claim has passed")))
                    };
                }
            }
        }
        let (Some(claimed), Some(review)) = (claimed, review) else {
            return Ok(Ending::Left);
        };
        match review.heard {
            Heard::Answer => silence.broken(),
            Heard::Silence => {
                if let Some(error) = blame(reviewer, silence).await {
                    return Ok(Ending::Backend(error));
                }
            }
            Heard::Nothing => {}
        }
        self.write(id, &claimed, &review).await
    }

    /// Reads the claim back once it has settled, again and again until its deadline.
    async fn confirm(&self, id: AlertId, settling: Settling) -> Result<Result<Claimed, Lost>, Error> {
        clock::sleep_until(settling.quiet_until()).await;
        loop {
            let asked = clock::now();
            match self.read(&self.iris, id, FEW_FIELDS, Comments::Leave).await {
                Ok(again) => return Ok(settling.confirm(&again.seen(), asked)),
                Err(error) if error.is_retryable() => {
                    let pause = error.retry_after().unwrap_or(RETRY_PAUSE).max(RETRY_PAUSE);
                    if clock::now() + pause >= settling.deadline() {
                        return Err(error);
                    }
                    tracing::warn!(alert.id = %id, %error, "could not confirm the claim on alert {id}; it is tried again");
                    tokio::time::sleep(pause).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes a result over a read just made, again and again until the deadline.
    async fn write(&self, id: AlertId, claimed: &Claimed, review: &Review) -> Result<Ending, Error> {
        loop {
            let written = self.write_once(id, claimed, review).await;
            match written {
                Err(error) if error.is_retryable() && claimed.time_left(clock::now() + RETRY_PAUSE).is_some() => {
                    tracing::warn!(alert.id = %id, %error, "could not write the result of alert {id}; it is tried again");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                other => return other,
            }
        }
    }

    async fn write_once(&self, id: AlertId, claimed: &Claimed, review: &Review) -> Result<Ending, Error> {
        let fresh = self.read(&self.iris, id, FEW_FIELDS, Comments::Read).await?;
        let permit = match claimed.may_write(clock::now(), &fresh.seen(), &self.names) {
            Ok(permit) => permit,
            Err(Refusal::AlreadyReviewed) => return self.written_before(id, &fresh, review).await,
            Err(refusal) => {
                tracing::info!(alert.id = %id, %refusal, "the result of alert {id} is dropped");
                return Ok(Ending::Left);
            }
        };
        let Some(left) = permit.time_left(clock::now()) else {
            return Ok(Ending::Left);
        };
        let tags = permit.tags(review.outcome, &self.names);
        self.send(id, &fresh, review, &tags, permit.owner_to_send(), left)
            .await?;
        Ok(said(id, review))
    }

    /// Finds a finished block where a result was to be written: an earlier write of this one whose answer was lost, or
    /// somebody else's. Tags that it has left behind are put right.
    async fn written_before(&self, id: AlertId, fresh: &Fresh, review: &Review) -> Result<Ending, Error> {
        let ours = match self.place {
            ResultPlace::Note => {
                let note = fresh.alert.note.as_deref().unwrap_or_default().replace("\r\n", "\n");
                note.contains(review.block.as_str())
            }
            ResultPlace::Comment => fresh.comments.contains(&review.block.as_comment()),
        };
        if next_step(&fresh.seen(), Lapse::Running, &self.names, &self.timing) == Step::Complete {
            let tags = if ours {
                finished_tags(&fresh.tags, review.outcome, &self.names)
            } else {
                completed_tags(&fresh.tags, &self.names)
            };
            self.put_right(id, fresh, &tags).await?;
        }
        if ours {
            return Ok(said(id, review));
        }
        tracing::info!(alert.id = %id, "alert {id} was finished by somebody else; the result is dropped");
        Ok(Ending::Completed)
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

    async fn read(&self, iris: &IrisClient, id: AlertId, wanted: &[&str], comments: Comments) -> Result<Fresh, Error> {
        let filter = AlertFilter::default().ids(&[id]).fields(wanted);
        let page = iris.alerts().filter(&filter).await?;
        let alert = page
            .items
            .into_iter()
            .find(|alert| alert.id == id)
            .ok_or(Error::NotFound)?;
        let tags = TagSet::parse(alert.tags.as_deref().unwrap_or_default());
        let comments: Vec<String> = if self.place == ResultPlace::Comment && comments == Comments::Read {
            let comments = iris.alerts().comments(id).await?;
            comments.into_iter().filter_map(|comment| comment.text).collect()
        } else {
            Vec::new()
        };
        let note_finished = match self.place {
            ResultPlace::Note => alert.note.as_deref().is_some_and(note::finished_block),
            // The block as a comment has its marks escaped for markdown.
            ResultPlace::Comment => comments
                .iter()
                .any(|text| note::finished_block(&text.replace('\\', ""))),
        };
        Ok(Fresh {
            alert,
            tags,
            note_finished,
            comments,
        })
    }
}

/// Time that is kept for a note and its writing, at the end of a claim.
fn reserve(timing: &Timing) -> Duration {
    timing.settle.saturating_mul(2).min(timing.deadline / 4)
}

/// Says why a silent triager is the one to blame, and not the alert that it was silent about.
async fn blame(reviewer: &Reviewer, silence: &Silence) -> Option<TriageError> {
    let first = silence.is_first();
    match reviewer.triager.health().await {
        Health::Ready if first => None,
        Health::Ready => Some(late("the triager did not answer in time for several alerts in a row")),
        Health::Cold => Some(late("the triager did not answer in time and has to be warmed up again")),
        Health::Down(why) | Health::Misconfigured(why) => Some(TriageError::new(TriageErrorKind::Unavailable, why)),
    }
}

fn late(words: &str) -> TriageError {
    TriageError::new(TriageErrorKind::Timeout, words)
}

/// Logs a written result and names the ending.
fn said(id: AlertId, review: &Review) -> Ending {
    if let Some(disposition) = review.disposition {
        tracing::info!(alert.id = %id, verdict = ?disposition, "reviewed alert {id}");
        return Ending::Reviewed;
    }
    tracing::warn!(alert.id = %id, reason = review.reason.as_deref(), "no usable verdict for alert {id}; it has a rule-based note");
    Ending::Failed {
        answered: review.heard == Heard::Answer,
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
