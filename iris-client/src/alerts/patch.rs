//! A change to an alert, as a value.

use serde::{Serialize, Serializer};
use serde_json::Value;

/// A change to an alert; `None` leaves a field alone. What is given replaces the whole field.
///
/// On the server, an update of an alert that nobody owns makes the caller its owner: send [`OwnerChange::Unassign`] along to
/// leave it unowned. The same word takes the alert away from a person who owns it, so look first.
///
/// ```
/// use iris_client::{AlertPatch, OwnerChange};
/// let patch = AlertPatch::default().note("seen").owner(OwnerChange::Unassign);
/// assert_eq!(serde_json::to_string(&patch).unwrap(), r#"{"alert_owner_id":-1,"alert_note":"seen"}"#);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AlertPatch {
    /// Owner.
    #[serde(rename = "alert_owner_id", skip_serializing_if = "Option::is_none")]
    pub owner: Option<OwnerChange>,
    /// Title.
    #[serde(rename = "alert_title", skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Description. IRIS copies old and new text into the alert's history.
    #[serde(rename = "alert_description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Note; the only long text whose changes do not swell the history.
    #[serde(rename = "alert_note", skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Tags, one comma separated string.
    #[serde(rename = "alert_tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// Context. IRIS copies old and new value into the alert's history.
    #[serde(rename = "alert_context", skip_serializing_if = "Option::is_none")]
    pub context: Option<Value>,
    /// Severity, as an id of this server.
    #[serde(rename = "alert_severity_id", skip_serializing_if = "Option::is_none")]
    pub severity_id: Option<i64>,
    /// Status, as an id of this server.
    #[serde(rename = "alert_status_id", skip_serializing_if = "Option::is_none")]
    pub status_id: Option<i64>,
    /// Resolution, as an id of this server.
    #[serde(rename = "alert_resolution_status_id", skip_serializing_if = "Option::is_none")]
    pub resolution_id: Option<i64>,
    /// Classification, as an id of this server.
    #[serde(rename = "alert_classification_id", skip_serializing_if = "Option::is_none")]
    pub classification_id: Option<i64>,
    /// When it happened, ISO 8601.
    #[serde(rename = "alert_source_event_time", skip_serializing_if = "Option::is_none")]
    pub event_time: Option<String>,
    /// Where to see it in the product that raised it.
    #[serde(rename = "alert_source_link", skip_serializing_if = "Option::is_none")]
    pub source_link: Option<String>,
}

impl AlertPatch {
    /// Changes the owner.
    #[must_use]
    pub fn owner(mut self, owner: OwnerChange) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Replaces the title.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Replaces the description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Replaces the note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Replaces the tags, comma separated.
    #[must_use]
    pub fn tags(mut self, tags: impl Into<String>) -> Self {
        self.tags = Some(tags.into());
        self
    }

    /// Replaces the context.
    #[must_use]
    pub fn context(mut self, context: Value) -> Self {
        self.context = Some(context);
        self
    }

    /// Changes the severity.
    #[must_use]
    pub fn severity(mut self, id: i64) -> Self {
        self.severity_id = Some(id);
        self
    }

    /// Changes the status.
    #[must_use]
    pub fn status(mut self, id: i64) -> Self {
        self.status_id = Some(id);
        self
    }

    /// Changes the resolution.
    #[must_use]
    pub fn resolution(mut self, id: i64) -> Self {
        self.resolution_id = Some(id);
        self
    }

    /// Changes the classification.
    #[must_use]
    pub fn classification(mut self, id: i64) -> Self {
        self.classification_id = Some(id);
        self
    }

    /// Changes when it happened, ISO 8601.
    #[must_use]
    pub fn event_time(mut self, event_time: impl Into<String>) -> Self {
        self.event_time = Some(event_time.into());
        self
    }

    /// Changes where to see it in the product that raised it.
    #[must_use]
    pub fn source_link(mut self, source_link: impl Into<String>) -> Self {
        self.source_link = Some(source_link.into());
        self
    }

    /// Says whether nothing would change; IRIS refuses such an update.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A change of an alert's owner.
///
/// ```
/// use iris_client::OwnerChange;
/// assert_eq!(serde_json::to_string(&OwnerChange::To(4)).unwrap(), "4");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerChange {
    /// Nobody owns it afterwards; on the wire −1.
    Unassign,
    /// This user owns it afterwards.
    To(i64),
}

impl Serialize for OwnerChange {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_i64(match self {
            Self::Unassign => -1,
            Self::To(id) => *id,
        })
    }
}
