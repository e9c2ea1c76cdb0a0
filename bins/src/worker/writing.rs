//! What a worker writes into IRIS: results over a read just made, excuses, and results once more that were wiped.

use std::time::Duration;

use iris_client::{Alert, AlertFilter, AlertId, AlertPatch, Error, IrisClient, OwnerChange};
use triage_core::note;
use triage_core::workflow::{
    ClaimToken, Claimed, Lapse, Outcome, Refusal, Step, TagSet, completed_tags, excused_tags, finished_tags, next_step,
};

use super::claiming::{Comments, Desk, Ending, FEW_FIELDS, Fresh, RETRY_PAUSE, locked, number};
use super::clock;
use super::overwritten::Overwritten;
use super::review::{Heard, Review};
use crate::settings::ResultPlace;

impl Desk {
    /// Writes a result over a read just made, again and again until the deadline.
    pub(super) async fn write(
        &self,
        id: AlertId,
        claimed: &Claimed,
        review: Review,
        mut fresh: Option<Fresh>,
    ) -> Result<Ending, Error> {
        loop {
            let written = self.write_once(id, claimed, &review, fresh.take()).await;
            match written {
                Err(error) if error.is_retryable() && claimed.time_left(clock::now() + RETRY_PAUSE).is_some() => {
                    tracing::warn!(alert.id = %id, %error, "could not write the result of alert {id}; it is tried again");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                other => return other,
            }
        }
    }

    async fn write_once(
        &self,
        id: AlertId,
        claimed: &Claimed,
        review: &Review,
        fresh: Option<Fresh>,
    ) -> Result<Ending, Error> {
        let fresh = match fresh {
            Some(fresh) => fresh,
            None => self.read(&self.iris, id, FEW_FIELDS, Comments::Read).await?,
        };
        let permit = match claimed.may_write(clock::now(), &fresh.seen(), &self.names) {
            Ok(permit) => permit,
            Err(Refusal::AlreadyReviewed) => return self.written_before(id, &fresh, review).await,
            // Not the alert's fault: the caller excuses it.
            Err(Refusal::Deadline) => return Err(Error::Timeout { sent: false }),
            Err(refusal) => {
                tracing::info!(alert.id = %id, %refusal, "the result of alert {id} is dropped");
                return Ok(Ending::Left);
            }
        };
        let Some(left) = permit.time_left(clock::now()) else {
            return Err(Error::Timeout { sent: false });
        };
        let tags = permit.tags(review.outcome, &self.names);
        self.send(id, &fresh, review, &tags, permit.owner_to_send(), left)
            .await?;
        Ok(said(id, review))
    }

    /// Writes what the rules say until the triager can be asked. The claim stays and lapses: then the alert is taken up again.
    pub(super) async fn write_interim(
        &self,
        id: AlertId,
        claimed: &Claimed,
        token: &ClaimToken,
        review: &Review,
    ) -> Result<Ending, Error> {
        let fresh = self.read(&self.iris, id, FEW_FIELDS, Comments::Read).await?;
        let permit = match claimed.may_write(clock::now(), &fresh.seen(), &self.names) {
            Ok(permit) => permit,
            Err(refusal) => {
                tracing::info!(alert.id = %id, %refusal, "the rule-based note of alert {id} is dropped");
                return Ok(Ending::Left);
            }
        };
        let (Some(left), Some(tags)) = (permit.time_left(clock::now()), excused_tags(&fresh.tags, token)) else {
            return Ok(Ending::Left);
        };
        self.send(id, &fresh, review, &tags, permit.owner_to_send(), left)
            .await?;
        tracing::info!(alert.id = %id, "alert {id} has a rule-based note until the triager can be asked");
        Ok(Ending::Interim)
    }

    /// Tells all workers that a claim of this one lapses through no fault of the alert. Where that cannot be written, at least this
    /// worker knows.
    pub(super) async fn excuse(&self, id: AlertId, token: &ClaimToken) {
        let told = tokio::time::timeout(self.timing.settle, self.try_excuse(id, token)).await;
        match told {
            Ok(Ok(true)) => {}
            Ok(Err(error)) => {
                tracing::debug!(alert.id = %id, %error, "could not say that alert {id} is not to blame");
                locked(&self.watch).excuse(number(id), token, clock::now());
            }
            Ok(Ok(false)) | Err(_) => locked(&self.watch).excuse(number(id), token, clock::now()),
        }
    }

    async fn try_excuse(&self, id: AlertId, token: &ClaimToken) -> Result<bool, Error> {
        let fresh = self.read(&self.iris, id, FEW_FIELDS, Comments::Leave).await?;
        if fresh.note_finished {
            return Ok(false);
        }
        let Some(tags) = excused_tags(&fresh.tags, token) else {
            return Ok(false);
        };
        let owed = self.owed(id);
        let patch = AlertPatch::default().tags(owed.again(&tags).to_string());
        let patch = with_owner_back(patch, owed.owner, fresh.seen().owner_to_send());
        update(&self.iris, id, patch).await?;
        Ok(true)
    }

    /// What the claim on an alert wrote over.
    fn owed(&self, id: AlertId) -> Overwritten {
        locked(&self.owed).get(&id).cloned().unwrap_or_default()
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

    /// Finds results that were wiped out of their notes, by one request. An alert that asks for a triage again is none: it is worked
    /// on anew.
    pub(super) async fn wiped(&self, ids: &[AlertId], per_page: u32) -> Result<Vec<AlertId>, Error> {
        let filter = AlertFilter::default().ids(ids).fields(FEW_FIELDS).per_page(per_page);
        let page = self.iris.alerts().filter(&filter).await?;
        let wiped = page.items.into_iter().filter(|alert| {
            let note = alert.note.as_deref().unwrap_or_default();
            let tags = TagSet::parse(alert.tags.as_deref().unwrap_or_default());
            self.place == ResultPlace::Note && !note::finished_block(note) && self.is_wiped(&tags)
        });
        Ok(wiped.map(|alert| alert.id).collect())
    }

    /// Says whether tags are those of a result, or of this worker's own claim as a dialog kept them.
    fn is_wiped(&self, tags: &TagSet) -> bool {
        if tags.contains(self.names.pending()) {
            return false;
        }
        let own = |tag: &str| ClaimToken::parse(tag).is_some_and(|token| *token.worker() == self.me);
        tags.contains(self.names.reviewed()) || tags.contains(self.names.failed()) || tags.iter().any(own)
    }

    /// Writes a result once more over a fresh read, if it is still wiped.
    pub(super) async fn restore(&self, id: AlertId, review: &Review) -> Result<bool, Error> {
        let fresh = self.read(&self.iris, id, FEW_FIELDS, Comments::Read).await?;
        if fresh.note_finished || !self.is_wiped(&fresh.tags) {
            return Ok(false);
        }
        let tags = finished_tags(&fresh.tags, review.outcome, &self.names);
        let owner = fresh.seen().owner_to_send();
        self.send(id, &fresh, review, &tags, owner, self.timing.settle).await?;
        tracing::info!(alert.id = %id, "the result of alert {id} was wiped out of its note, and is written again");
        Ok(true)
    }

    /// Sends tags alone.
    pub(super) async fn put_right(&self, id: AlertId, fresh: &Fresh, tags: &TagSet) -> Result<(), Error> {
        let patch = AlertPatch::default().tags(tags.to_string());
        update(&self.iris, id, with_owner(patch, fresh.seen().owner_to_send())).await?;
        Ok(())
    }

    /// Does again what others did to tags and owner in the moment between a read and the write of a result.
    async fn mend(&self, id: AlertId, over: &Overwritten) -> Result<(), Error> {
        let fresh = self.read(&self.iris, id, FEW_FIELDS, Comments::Leave).await?;
        let patch = AlertPatch::default().tags(over.again(&fresh.tags).to_string());
        let patch = match (over.owner, fresh.alert.owner_id) {
            (Some(owner), None) => patch.owner(OwnerChange::To(owner)),
            _ => with_owner(patch, fresh.seen().owner_to_send()),
        };
        update(&self.iris, id, patch).await?;
        tracing::info!(alert.id = %id, "what was changed on alert {id} in the moment of our write is there again");
        Ok(())
    }

    /// Note and tags in one update; a comment comes before the tags, so that what is tagged as done has its result.
    pub(super) async fn send(
        &self,
        id: AlertId,
        fresh: &Fresh,
        review: &Review,
        tags: &TagSet,
        owner: Option<i64>,
        limit: Duration,
    ) -> Result<(), Error> {
        let owed = self.owed(id);
        let tags = &owed.again(tags);
        let patch = AlertPatch::default().tags(tags.to_string());
        let sent = async {
            let patch = match self.place {
                ResultPlace::Note => patch.note(note::merge(fresh.alert.note.as_deref(), &review.block)),
                ResultPlace::Comment => {
                    self.iris.alerts().comment(id, &review.block.as_comment()).await?;
                    patch
                }
            };
            update(&self.iris, id, with_owner_back(patch, owed.owner, owner)).await
        };
        let answer = tokio::time::timeout(limit, sent)
            .await
            .unwrap_or(Err(Error::Timeout { sent: true }))?;
        if let Some(over) = Overwritten::by(&answer, &fresh.tags, tags, &self.names)
            && let Err(error) = self.mend(id, &over).await
        {
            tracing::warn!(alert.id = %id, %error, "what was changed on alert {id} in the moment of our write is lost");
        }
        Ok(())
    }
}

/// Logs a written result and names the ending.
fn said(id: AlertId, review: &Review) -> Ending {
    if let Some(disposition) = review.disposition {
        tracing::info!(alert.id = %id, verdict = ?disposition, repeated = review.repeated, "reviewed alert {id}");
        return Ending::Reviewed(review.clone());
    }
    debug_assert_ne!(review.outcome, Outcome::Reviewed);
    tracing::warn!(
        alert.id = %id,
        reason = review.reason.as_deref(),
        answered = review.heard == Heard::Answer,
        "no usable verdict for alert {id}; it has a rule-based note"
    );
    Ending::Failed(review.clone())
}

pub(super) async fn update(iris: &IrisClient, id: AlertId, patch: AlertPatch) -> Result<Alert, Error> {
    iris.alerts().update(id, &patch).await
}

fn with_owner_back(patch: AlertPatch, taken: Option<i64>, owner: Option<i64>) -> AlertPatch {
    match (taken, owner) {
        // Nobody owns it because our claim took it away from them.
        (Some(taken), Some(_)) => patch.owner(OwnerChange::To(taken)),
        (_, owner) => with_owner(patch, owner),
    }
}

pub(super) fn with_owner(patch: AlertPatch, owner: Option<i64>) -> AlertPatch {
    // The protocol sends "nobody" or nothing: it never gives an alert to anybody.
    if owner.is_some() {
        patch.owner(OwnerChange::Unassign)
    } else {
        patch
    }
}
