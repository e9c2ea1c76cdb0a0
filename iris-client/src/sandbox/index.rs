//! Ways to an alert that are shorter than looking at every one.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::{like::Pattern, stored::StoredAlert};

/// Numbers of alerts by what they are asked for most.
#[derive(Debug, Default)]
pub(super) struct Index {
    uuids: HashMap<Uuid, i64>,
    /// By the whole text: a filter matches parts of it, but far fewer texts than alerts are to be looked at.
    tags: HashMap<String, BTreeSet<i64>>,
    refs: HashMap<String, BTreeSet<i64>>,
    comments: HashMap<i64, i64>,
}

impl Index {
    pub(super) fn learn(&mut self, alert: &StoredAlert) {
        let id = alert.id.0;
        self.uuids.insert(alert.uuid, id);
        enter(&mut self.tags, alert.tags.as_deref(), id);
        enter(&mut self.refs, alert.source_ref.as_deref(), id);
        for comment in &alert.comments {
            self.comments.insert(comment.id, id);
        }
    }

    pub(super) fn forget(&mut self, alert: &StoredAlert) {
        let id = alert.id.0;
        self.uuids.remove(&alert.uuid);
        strike(&mut self.tags, alert.tags.as_deref(), id);
        strike(&mut self.refs, alert.source_ref.as_deref(), id);
        for comment in &alert.comments {
            self.comments.remove(&comment.id);
        }
    }

    /// A comment was added to an alert that is known.
    pub(super) fn learn_comment(&mut self, comment: i64, alert: i64) {
        self.comments.insert(comment, alert);
    }

    pub(super) fn uuid(&self, uuid: &Uuid) -> Option<i64> {
        self.uuids.get(uuid).copied()
    }

    pub(super) fn comment(&self, comment: i64) -> Option<i64> {
        self.comments.get(&comment).copied()
    }

    /// Alerts with exactly this reference.
    pub(super) fn source_ref(&self, text: &str) -> impl Iterator<Item = i64> {
        self.refs.get(text).into_iter().flatten().copied()
    }

    /// Alerts with exactly these tags.
    pub(super) fn tags(&self, text: &str) -> impl Iterator<Item = i64> {
        self.tags.get(text).into_iter().flatten().copied()
    }

    /// Alerts whose tags are like this.
    pub(super) fn tags_like(&self, pattern: &Pattern) -> impl Iterator<Item = i64> {
        let fitting = self.tags.iter().filter(|(tags, _)| pattern.matches(tags));
        fitting.flat_map(|(_, ids)| ids).copied()
    }
}

fn enter(texts: &mut HashMap<String, BTreeSet<i64>>, text: Option<&str>, id: i64) {
    let Some(text) = text else { return };
    match texts.get_mut(text) {
        Some(ids) => {
            ids.insert(id);
        }
        None => {
            texts.insert(text.to_owned(), BTreeSet::from([id]));
        }
    }
}

fn strike(texts: &mut HashMap<String, BTreeSet<i64>>, text: Option<&str>, id: i64) {
    let Some(text) = text else { return };
    let Some(ids) = texts.get_mut(text) else { return };
    ids.remove(&id);
    if ids.is_empty() {
        texts.remove(text);
    }
}
