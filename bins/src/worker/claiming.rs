//! One alert from the first look to the confirmed claim, by the protocol of `triage_core::workflow`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use iris_client::{Alert, AlertFilter, AlertId, AlertPatch, Error, IrisClient};
use tokio::sync::{Semaphore, oneshot};
use triage_core::note;
use triage_core::workflow::{
    Claim, ClaimToken, Claimed, Lost, Nonces, Outcome, Seen, Settling, Step, TagNames, TagSet, Timing, Watch, WorkerId,
    claim_tags, completed_tags, finished_tags, next_step,
};
use triage_core::{Health, TriageError, TriageErrorKind};

use super::budget::Budget;
use super::floor::{Floor, Place};
use super::overwritten::Overwritten;
use super::review::{Heard, Review, Reviewer};
use super::{clock, fields, identity};
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
pub(super) const FEW_FIELDS: &[&str] = &["alert_id", "alert_tags", "alert_note", "alert_owner_id"];

/// Pause before a confirmation or a result that failed is tried again.
pub(super) const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// How work on one alert ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// A verdict was written.
    Reviewed(Review),
    /// A note that says why there is none was written.
    Failed(Review),
    /// The rule-based note was written until the triager can be asked; the claim lapses.
    Interim,
    /// Only its tags were put right: it was done before.
    Completed,
    /// It is somebody else's, or nobody's: nothing was done.
    Left,
    /// It waits, until then, for the triager: it has its rule-based note already, or its rule has used up its budget.
    Waits(Duration),
    /// The triager could not be reached; the claim lapses.
    Backend(TriageError),
    /// IRIS could not be reached or refused before there was a claim: the alert waits as before.
    Unclaimed(Error),
    /// IRIS could not be reached or refused when there was, or may have been, a claim; it lapses.
    Iris(Error),
}

/// How an alert is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mode {
    /// By the triager.
    Ask,
    /// By rules alone, for this reason.
    Rules(String),
}

/// One alert to work on.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: AlertId,
    pub(super) mode: Mode,
    /// Whether a failure of the triager is its own; false where it failed for this alert again and again, and for others not.
    pub(super) excusable: bool,
    pub(super) place: Place,
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
    pub(super) here: identity::Place,
    /// When another worker was last seen at work in IRIS.
    pub(super) company: Mutex<Option<Duration>>,
    pub(super) names: TagNames,
    pub(super) timing: Timing,
    pub(super) place: ResultPlace,
    /// Whether a rule-based note for want of a triager is for the time being only.
    pub(super) review_later: bool,
    pub(super) watch: Mutex<Watch>,
    pub(super) nonces: Mutex<Nonces>,
    pub(super) budget: Mutex<Budget>,
    /// What claims wrote over: done again with the result or the excuse, because a second write of a claim would not be safe.
    pub(super) owed: Mutex<BTreeMap<AlertId, Overwritten>>,
    pub(super) floor: Arc<Floor>,
}

/// A fresh read, with what the protocol looks at.
pub(super) struct Fresh {
    pub(super) alert: Alert,
    pub(super) tags: TagSet,
    pub(super) note_finished: bool,
    /// Texts of the comments, where results are comments and they were asked for.
    pub(super) comments: Vec<String>,
}

/// Whether a read asks for comments, where results are comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comments {
    Read,
    Leave,
}

impl Fresh {
    pub(super) fn seen(&self) -> Seen<'_> {
        Seen {
            tags: &self.tags,
            note_finished: self.note_finished,
            owner_is_none: self.alert.owner_id.is_none(),
        }
    }

    fn has_interim(&self) -> bool {
        self.alert.note.as_deref().is_some_and(note::interim_block)
            || self.comments.iter().any(|text| note::interim_block(&plain(text)))
    }
}

impl Desk {
    /// Works on one alert.
    pub(super) async fn work_on(&self, job: Job, reviewer: &Reviewer, silence: &Silence) -> Ending {
        match self.try_work_on(job, reviewer, silence).await {
            Ok(ending) => ending,
            Err(Error::NotFound) => Ending::Left,
            Err(error) => Ending::Unclaimed(error),
        }
    }

    /// Takes up no alert any more; claims under way are carried on.
    pub(super) fn close(&self) {
        self.claiming.close();
    }

    /// Says whether another worker may be after the same alerts. What was claimed is then confirmed before the triager is asked,
    /// so that it is asked once; otherwise both go on at once.
    pub(super) fn in_company(&self) -> bool {
        let seen = *locked(&self.company);
        seen.is_some_and(|seen| clock::now().saturating_sub(seen) < self.timing.lease)
            || !self.here.neighbours(&self.me).is_empty()
    }

    async fn try_work_on(&self, job: Job, reviewer: &Reviewer, silence: &Silence) -> Result<Ending, Error> {
        let id = job.id;
        let Ok(turn) = self.claiming.acquire().await else {
            return Ok(Ending::Left);
        };
        let started = clock::now();
        let fresh = self.read(&self.claims, id, FIELDS, Comments::Read).await?;
        let sighting = locked(&self.watch).see(number(id), &fresh.tags, &self.names, clock::now());
        match next_step(&fresh.seen(), sighting.lapse, &self.names, &self.timing) {
            Step::Claim { tries } | Step::TakeOver { tries } => {
                let subject = fields::of(&fresh.alert, &reviewer.redactor);
                if let Some(until) = self.must_wait(&job, &fresh, &subject) {
                    return Ok(Ending::Waits(until));
                }
                let claim = self.claim(id, &fresh, tries, started).await;
                if !matches!(claim, Ok(Some(_))) {
                    locked(&self.budget).give_back(id);
                }
                let settling = match claim {
                    Ok(Some(settling)) => settling,
                    Ok(None) => return Ok(Ending::Left),
                    Err(error) if error.may_have_been_stored() => return Ok(Ending::Iris(error)),
                    Err(error) => return Err(error),
                };
                drop(turn);
                let token = settling.token().clone();
                let excusable = job.excusable;
                let ended = self.review(job, &subject, settling, reviewer, silence).await;
                if excusable && matches!(ended, Ok(Ending::Backend(_)) | Err(_)) {
                    self.excuse(id, &token).await;
                }
                locked(&self.owed).remove(&id);
                match ended {
                    Ok(Ending::Left) | Err(Error::NotFound) => {
                        locked(&self.budget).give_back(id);
                        Ok(Ending::Left)
                    }
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
                Ok(Ending::Failed(review))
            }
            Step::Complete => {
                let tags = completed_tags(&fresh.tags, &self.names);
                self.put_right(id, &fresh, &tags).await?;
                Ok(Ending::Completed)
            }
            Step::Wait | Step::Skip => Ok(Ending::Left),
        }
    }

    /// Says until when an alert waits for the triager, if it does; else counts it, if the triager is to be asked.
    fn must_wait(&self, job: &Job, fresh: &Fresh, subject: &fields::Subject) -> Option<Duration> {
        let now = clock::now();
        if job.mode != Mode::Ask {
            return (self.review_later && fresh.has_interim()).then(|| now + self.timing.lease);
        }
        let rule = subject.fields.rule_id.as_deref();
        let mut budget = locked(&self.budget);
        let until = budget.free_at(rule, now);
        if until.is_none() {
            budget.spend(job.id, rule, now);
        }
        until
    }

    /// Sends a claim. A request whose answer does not come in time may still be carried out, so nothing is started then.
    async fn claim(&self, id: AlertId, fresh: &Fresh, tries: u8, started: Duration) -> Result<Option<Settling>, Error> {
        let token: ClaimToken = locked(&self.nonces).token(number(id), &self.me, &fresh.tags);
        let claim = Claim::started(token.clone(), started);
        let tags = claim_tags(&fresh.seen(), &token, tries, &self.names);
        let patch = super::writing::with_owner(
            AlertPatch::default().tags(tags.to_string()),
            fresh.seen().owner_to_send(),
        );
        let update = super::writing::update(&self.claims, id, patch);
        let sent = tokio::time::timeout(self.timing.settle, update).await;
        match sent.unwrap_or(Err(Error::Timeout { sent: true })) {
            // Two first uses of one tag at once: the other request made the tag, and the next look will claim.
            Err(Error::Conflict) => Ok(None),
            Err(error) => {
                locked(&self.watch).excuse(number(id), &token, clock::now());
                Err(error)
            }
            Ok(answer) => {
                let posted = claim.posted(clock::now(), &self.timing);
                if let Some(over) = Overwritten::by(&answer, &fresh.tags, &tags, &self.names) {
                    locked(&self.owed).insert(id, over);
                }
                match posted {
                    Ok(settling) => Ok(Some(settling)),
                    Err(void) => {
                        tracing::info!(alert.id = %id, %void, "the claim on alert {id} does not count");
                        self.excuse(id, &token).await;
                        locked(&self.owed).remove(&id);
                        Err(Error::Timeout { sent: true })
                    }
                }
            }
        }
    }

    /// Confirms the claim and triages, in this order in company and at once when alone, and writes only what the claim allows.
    async fn review(
        &self,
        mut job: Job,
        subject: &fields::Subject,
        settling: Settling,
        reviewer: &Reviewer,
        silence: &Silence,
    ) -> Result<Ending, Error> {
        let id = job.id;
        let deadline = settling.deadline();
        let token = settling.token().clone();
        let last = deadline.saturating_sub(reserve(&self.timing));
        let in_company = self.in_company();
        let (tell, told) = oneshot::channel();
        let triage = async {
            if in_company && told.await.is_err() {
                // The claim was lost, and this is about to be dropped.
                std::future::pending::<()>().await;
            }
            if let Mode::Rules(reason) = &job.mode {
                return Ok(reviewer.by_rules(&subject.fields, reason, self.review_later));
            }
            let turn = tokio::select! {
                turn = job.place.turn() => turn,
                () = clock::sleep_until(last) => {
                    return Err(TriageError::new(TriageErrorKind::Busy, "the triager had no slot in time"));
                }
            };
            let done = reviewer.review(subject, last).await;
            let asked = |review: &Review| review.heard == Heard::Answer && !review.repeated;
            turn.ended(done.as_ref().is_ok_and(asked));
            done
        };
        let confirm = self.confirm(id, settling);
        let overdue = clock::sleep_until(deadline);
        tokio::pin!(confirm, triage, overdue);
        let mut tell = Some(tell);
        let mut held: Option<(Claimed, Fresh)> = None;
        let mut review = None;
        // A read that was made when the result was there is fresh enough to write it over.
        let mut is_fresh = false;
        while held.is_none() || review.is_none() {
            tokio::select! {
                confirmed = &mut confirm, if held.is_none() => match confirmed? {
                    Ok(confirmed) => {
                        held = Some(confirmed);
                        is_fresh = review.is_some() && self.place == ResultPlace::Note;
                        if let Some(tell) = tell.take() {
                            let _ = tell.send(());
                        }
                    }
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
        let (Some((claimed, fresh)), Some(review)) = (held, review) else {
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
        let fresh = Some(fresh).filter(|_| is_fresh);
        if note::interim_block(review.block.as_str()) {
            return self.write_interim(id, &claimed, &token, &review).await;
        }
        self.write(id, &claimed, review, fresh).await
    }

    /// Reads the claim back once it has settled, again and again until its deadline.
    async fn confirm(&self, id: AlertId, settling: Settling) -> Result<Result<(Claimed, Fresh), Lost>, Error> {
        clock::sleep_until(settling.quiet_until()).await;
        loop {
            let asked = clock::now();
            match self.read(&self.iris, id, FEW_FIELDS, Comments::Leave).await {
                Ok(again) => {
                    let confirmed = settling.confirm(&again.seen(), asked);
                    return Ok(confirmed.map(|claimed| (claimed, again)));
                }
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

    pub(super) async fn read(
        &self,
        iris: &IrisClient,
        id: AlertId,
        wanted: &[&str],
        comments: Comments,
    ) -> Result<Fresh, Error> {
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
            ResultPlace::Comment => comments.iter().any(|text| note::finished_block(&plain(text))),
        };
        Ok(Fresh {
            alert,
            tags,
            note_finished,
            comments,
        })
    }
}

/// A block as it was before it became a comment: there its marks are escaped for markdown.
pub(super) fn plain(comment: &str) -> String {
    comment.replace('\\', "").replace("&colon;", ":")
}

/// Time that is kept for a note and its writing, at the end of a claim.
pub(super) fn reserve(timing: &Timing) -> Duration {
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

/// The protocol counts alerts from 0; IRIS numbers them from 1.
pub(super) fn number(id: AlertId) -> u64 {
    u64::try_from(id.0).unwrap_or(0)
}

/// What is behind the lock is whole at every moment, so a panic elsewhere does not matter.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
