//! `/alerts/<id>/comments/…`.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    auth::Caller,
    exchange::{Answer, Request},
    postgres,
    state::State,
    stored::{StoredAlert, StoredComment},
    time,
};

pub(super) fn list(state: &State, caller: &Caller, id: i64) -> Result<Answer, Answer> {
    let alert = readable(state, caller, id)?;
    let printed = alert
        .comments
        .iter()
        .map(|comment| state.print_comment(comment, alert.id));
    Ok(Answer::success("", printed.collect::<Vec<_>>()))
}

pub(super) fn get(state: &State, caller: &Caller, id: i64, comment: i64) -> Result<Answer, Answer> {
    let alert = readable(state, caller, id)?;
    let found = alert.comments.iter().find(|own| own.id == comment);
    let found = found.ok_or_else(|| Answer::error("Invalid comment ID"))?;
    Ok(Answer::success("", state.print_comment(found, alert.id)))
}

pub(super) fn add(state: &mut State, caller: &Caller, request: &Request, id: i64) -> Result<Answer, Answer> {
    readable(state, caller, id)?;
    let data = request.json()?;
    let text = match data.get("comment_text") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => {
            let complaint = json!({"comment_text": ["Not a valid string."]});
            return Err(Answer::envelope(400, "error", "Data error", complaint));
        }
    };
    // The one place where IRIS does not catch what the database driver throws.
    if text.as_deref().is_some_and(|text| postgres::unsendable(text).is_some()) {
        return Err(Answer::crash());
    }
    let now = time::now();
    let comment = StoredComment {
        id: state.next("comment"),
        uuid: Uuid::new_v4(),
        text,
        date: now,
        update_date: now,
        user_id: caller.id,
    };
    let answer = Answer::success("Alert commented", state.print_comment(&comment, crate::AlertId(id)));
    state.index.learn_comment(comment.id, id);
    if let Some(alert) = state.alerts.get_mut(&id) {
        alert.comments.push(comment);
        alert.remember(&caller.login, caller.id, "commented");
    }
    Ok(answer)
}

pub(super) fn edit(
    state: &mut State,
    caller: &Caller,
    request: &Request,
    id: i64,
    comment: i64,
) -> Result<Answer, Answer> {
    readable(state, caller, id)?;
    // IRIS looks the comment up by its number alone, whatever alert it is on.
    let place = state.index.comment(comment).and_then(|id| {
        let alert = state.alerts.get(&id)?;
        let at = alert.comments.iter().position(|own| own.id == comment)?;
        Some((alert.id, at))
    });
    let (alert, at) = place.ok_or_else(|| Answer::error("Invalid comment ID"))?;
    let data = request.json()?;
    let text = data.get("comment_text").and_then(Value::as_str).map(str::to_owned);
    if text.as_deref().is_some_and(|text| postgres::unsendable(text).is_some()) {
        return Err(Answer::crash());
    }
    let Some(stored) = state
        .alerts
        .get_mut(&alert.0)
        .and_then(|alert| alert.comments.get_mut(at))
    else {
        return Err(Answer::crash());
    };
    stored.text = text;
    stored.update_date = time::now();
    let edited = stored.clone();
    Ok(Answer::success("Comment edited", state.print_comment(&edited, alert)))
}

pub(super) fn delete(state: &mut State, caller: &Caller, id: i64, comment: i64) -> Result<Answer, Answer> {
    readable(state, caller, id)?;
    let comments = state.alerts.get_mut(&id).map(|alert| &mut alert.comments);
    let own = comments.and_then(|comments| {
        let at = comments
            .iter()
            .position(|own| own.id == comment && own.user_id == caller.id)?;
        Some(comments.remove(at))
    });
    match own {
        Some(_) => Ok(Answer::done("Comment deleted successfully")),
        None => Err(Answer::error("You are not allowed to delete this comment")),
    }
}

fn readable<'a>(state: &'a State, caller: &Caller, id: i64) -> Result<&'a StoredAlert, Answer> {
    let alert = state.alerts.get(&id).ok_or_else(|| Answer::error("Invalid alert ID"))?;
    if !caller.may_use(alert.customer_id) {
        return Err(Answer::refused(403, "User not entitled to read alerts for the client"));
    }
    Ok(alert)
}
