//! Comments on an alert: the one place where the UI of IRIS renders Markdown.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::CommentId;

/// A comment on an alert.
///
/// ```
/// let comment: iris_client::Comment =
///     serde_json::from_str(r#"{"comment_id": 1, "comment_text": null, "user": {"user_login": "svc"}}"#).unwrap();
/// assert_eq!(comment.author(), Some("svc"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    /// Number, counted over all alerts and cases.
    #[serde(rename = "comment_id")]
    pub id: CommentId,
    /// Markdown; IRIS accepts a comment without text.
    #[serde(rename = "comment_text", default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When it was written, in the server's *local* time without an offset.
    #[serde(rename = "comment_date", default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// When it was last changed, in the server's local time.
    #[serde(rename = "comment_update_date", default, skip_serializing_if = "Option::is_none")]
    pub update_date: Option<String>,
    /// Who wrote it.
    #[serde(rename = "comment_user_id", default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// Everything else, as it came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Comment {
    /// Login of whoever wrote it.
    pub fn author(&self) -> Option<&str> {
        self.extra.get("user")?.get("user_login")?.as_str()
    }
}
