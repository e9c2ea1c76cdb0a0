//! The same question is asked once.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::{
        LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use regex::Regex;
use sha2::{Digest as _, Sha256};

use super::clock::Clock;
use crate::{
    About, Call, Draft, Evidence, Health, Meta, Origin, Outcome, Policy, Prompt, Redacted, TriageError, Triager,
    ground, safe::regex,
};

/// Answers a question that was asked before with the same draft.
///
/// The question is the whole redacted evidence (rule, level, every fact, and what each pseudonym stands for), the version of the
/// prompt, and [`Call::fingerprint`]; one changed byte asks anew. What differs each time by its nature is left out: the time of the
/// event, the client's port, and both of them and process numbers within a log line.
///
/// # Guarantees
/// - Never across agents: evidence that names no agent is not cached, and a pseudonym is the host behind it, not its label.
/// - Never with an injection flag, weak ones included: an attacker must not answer for later alerts.
/// - Only a draft that can be grounded in its evidence is kept, and it is repeated only where it can be grounded again; a
///   [`Call::repair`] asks anew and replaces it.
/// - A question about the same [`Call::subject`] is asked anew: whoever asks twice about one alert wants another answer.
/// - A repeated draft says so in [`Meta::warnings`] (`same as alert #123`), and claims no time and no tokens.
///
/// # Caveats
/// Two equal questions at the same time are both asked.
#[derive(Debug)]
pub struct Cached<T> {
    inner: T,
    settings: CacheSettings,
    clock: Clock,
    store: Mutex<Store>,
    hits: AtomicU64,
}

/// How much is kept, how long, and for which prompt.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CacheSettings {
    /// Most drafts that are kept; beyond it the oldest goes. 0 keeps none.
    pub most: usize,
    /// How long a draft is repeated. A day by default.
    pub time_to_live: Duration,
    /// Version of the prompt; another one is another question. [`Prompt::version`] by default.
    pub prompt_version: String,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            most: 1000,
            time_to_live: Duration::from_hours(24),
            prompt_version: Prompt::version().to_owned(),
        }
    }
}

impl CacheSettings {
    /// Keeps at most this many drafts.
    #[must_use]
    pub fn most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// Repeats a draft for this long.
    #[must_use]
    pub fn time_to_live(mut self, time: Duration) -> Self {
        self.time_to_live = time;
        self
    }

    /// Says which prompt asks.
    #[must_use]
    pub fn prompt_version(mut self, version: impl Into<String>) -> Self {
        self.prompt_version = version.into();
        self
    }
}

type Key = [u8; 32];

#[derive(Debug, Default)]
struct Store {
    kept: HashMap<Key, Kept>,
    // Oldest first: what goes for want of room also ends first.
    order: BTreeMap<u64, Key>,
    next: u64,
}

#[derive(Debug)]
struct Kept {
    draft: Draft,
    subject: Option<String>,
    since: Instant,
    number: u64,
}

impl Store {
    fn remove(&mut self, key: &Key) {
        if let Some(kept) = self.kept.remove(key) {
            self.order.remove(&kept.number);
        }
    }

    fn insert(&mut self, key: Key, draft: Draft, subject: Option<String>, since: Instant, most: usize) {
        self.remove(&key);
        while self.kept.len() >= most {
            let Some((_, oldest)) = self.order.pop_first() else {
                return;
            };
            self.kept.remove(&oldest);
        }
        let number = self.next;
        self.next += 1;
        self.order.insert(number, key);
        let kept = Kept {
            draft,
            subject,
            since,
            number,
        };
        self.kept.insert(key, kept);
    }
}

impl<T: Triager> Cached<T> {
    /// Remembers the drafts of a triager.
    pub fn new(inner: T, settings: CacheSettings) -> Self {
        Self {
            inner,
            settings,
            clock: Clock::default(),
            store: Mutex::default(),
            hits: AtomicU64::new(0),
        }
    }

    /// Tells the time by this clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Returns how many drafts are kept.
    pub fn len(&self) -> usize {
        self.store().kept.len()
    }

    /// Returns how many questions were answered with a draft that was kept.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// Returns whether no draft is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn repeat(&self, key: &Key, evidence: &Redacted<Evidence>, subject: Option<&str>) -> Option<Draft> {
        let mut store = self.store();
        let kept = store.kept.get(key)?;
        let age = self.clock.since(kept.since);
        if age >= self.settings.time_to_live {
            store.remove(key);
            return None;
        }
        if subject.is_some() && subject == kept.subject.as_deref() {
            return None;
        }
        let warning = match &kept.subject {
            Some(subject) => format!(
                "same as {subject}, answered {} s before; not asked again",
                age.as_secs()
            ),
            None => format!(
                "same as the answer given {} s ago to the same evidence of the same agent ({})",
                age.as_secs(),
                hex::encode(&key[..4])
            ),
        };
        let Draft { answer, meta } = kept.draft.clone();
        drop(store);
        let mut warnings = meta.warnings;
        // First: where a note has little room, this is what must stay.
        warnings.insert(0, warning);
        // What a repetition took is nothing: counted again, times and tokens would be wrong.
        let meta = Meta {
            model: meta.model,
            digest: meta.digest,
            server: meta.server,
            prompt_version: meta.prompt_version,
            warnings,
            repeated: true,
            ..Meta::default()
        };
        let draft = Draft { answer, meta };
        // It may name what differs after all.
        if matches!(ground(&draft, evidence, &Policy::default()), Outcome::Rejected(_)) {
            return None;
        }
        self.hits.fetch_add(1, Ordering::Relaxed);
        Some(draft)
    }
}

// `None`: must not be cached.
fn key(evidence: &Redacted<Evidence>, prompt_version: &str, fingerprint: Option<&str>) -> Option<Key> {
    let names_agent = evidence.facts.iter().any(|fact| {
        fact.origin == Origin::Alert
            && matches!(fact.path.as_str(), "agent.name" | "agent.id" | "agent.ip")
            && !fact.value.trim().is_empty()
    });
    if !evidence.flags.is_empty() || !names_agent {
        return None;
    }
    let names = &evidence.report().names.labels;
    let mut lasting = (**evidence).clone();
    for fact in lasting.facts.iter_mut().filter(|fact| fact.origin == Origin::Alert) {
        if let Cow::Owned(value) = without_moment(&fact.path, &fact.value) {
            fact.value = value;
        }
    }
    let question = serde_json::to_vec(&(prompt_version, fingerprint, lasting, names)).ok()?;
    Some(Sha256::digest(question).into())
}

/// Takes out of a value what is another one each time, whatever happens.
fn without_moment<'a>(path: &str, value: &'a str) -> Cow<'a, str> {
    static MOMENT: LazyLock<Regex> = LazyLock::new(|| {
        regex(concat!(
            r"(?i)\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|\s?[+-]\d\d:?\d\d)?",
            r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec) [ \d]\d \d\d:\d\d:\d\d",
            r"|\b\d\d/[a-z]{3}/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?",
            // A process number follows its process; a port that a client is given is a high one, and 22 or 3389 is a service.
            r"|\b\[\d+\](?::|\s)|\bport (?:3[3-9]|[4-6]\d)\d{3}\b",
        ))
    });
    let leaf = path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase();
    match leaf.as_str() {
        "timestamp" | "srcport" | "src_port" | "sourceport" | "ipport" => Cow::Owned("#".to_owned()),
        "full_log" | "previous_output" | "previous_log" | "message" => MOMENT.replace_all(value, "#"),
        _ => Cow::Borrowed(value),
    }
}

#[async_trait]
impl<T: Triager> Triager for Cached<T> {
    fn about(&self) -> About {
        self.inner.about()
    }

    async fn triage(&self, evidence: &Redacted<Evidence>, call: &Call) -> Result<Draft, TriageError> {
        let Some(key) = key(evidence, &self.settings.prompt_version, call.fingerprint.as_deref()) else {
            return self.inner.triage(evidence, call).await;
        };
        if call.repair.is_some() {
            self.store().remove(&key);
        } else if let Some(draft) = self.repeat(&key, evidence, call.subject.as_deref()) {
            return Ok(draft);
        }
        let draft = self.inner.triage(evidence, call).await?;
        if !matches!(ground(&draft, evidence, &Policy::default()), Outcome::Rejected(_)) {
            let now = self.clock.now();
            self.store()
                .insert(key, draft.clone(), call.subject.clone(), now, self.settings.most);
        }
        Ok(draft)
    }

    async fn health(&self) -> Health {
        self.inner.health().await
    }

    async fn warm_up(&self) -> Result<(), TriageError> {
        self.inner.warm_up().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::doubles::{HandClock, answer, block_on, conforms};
    use super::*;
    use crate::{
        AlertFields, FlagKind, InjectionFlag, Redactor, RedactorSettings, RuleTriager, TriageErrorKind,
        testing::{self, ScriptedTriager},
    };

    fn cached(settings: CacheSettings) -> (Cached<Arc<ScriptedTriager>>, Arc<ScriptedTriager>, HandClock) {
        let inner = Arc::new(ScriptedTriager::with((0..9).map(|_| answer())));
        let time = HandClock::default();
        (
            Cached::new(Arc::clone(&inner), settings).clock(time.clock()),
            inner,
            time,
        )
    }

    fn ask(cached: &impl Triager, evidence: &Redacted<Evidence>) -> Draft {
        block_on(cached.triage(evidence, &Call::default())).unwrap()
    }

    fn with(change: impl FnOnce(&mut Evidence)) -> Redacted<Evidence> {
        let mut evidence = (*testing::evidence()).clone();
        change(&mut evidence);
        Redacted::new(evidence)
    }

    #[test]
    fn a_cached_triager_conforms() {
        conforms(&Cached::new(RuleTriager, CacheSettings::default()));
        conforms(&Cached::new(RuleTriager, CacheSettings::default().most(0)));
    }

    #[test]
    fn the_same_evidence_is_answered_once_and_the_repetition_says_so() {
        let mut first = answer().unwrap();
        first.meta.model = Some("m".into());
        (first.meta.output_tokens, first.meta.total) = (Some(7), Some(Duration::from_secs(9)));
        let (inner, time) = (Arc::new(ScriptedTriager::with([Ok(first)])), HandClock::default());
        let cached = Cached::new(Arc::clone(&inner), CacheSettings::default()).clock(time.clock());
        let first = ask(&cached, &testing::evidence());
        time.advance(Duration::from_secs(90));
        let again = ask(&cached, &testing::evidence());
        assert_eq!((&again.answer, inner.calls().len()), (&first.answer, 1));
        assert!(again.meta.warnings[0].starts_with("same as the answer given 90 s ago"));
        assert_eq!(
            (again.meta.model.as_deref(), again.meta.output_tokens, again.meta.total),
            (Some("m"), None, None)
        );
    }

    #[test]
    fn a_repeated_draft_stands_on_the_floors_of_whoever_asks() {
        let benign = r#"{"evidence":[{"field":"F01","shows":"x"}],"summary":"Nothing of interest happened","verdict":"false_positive"}"#;
        let cached = Cached::new(ScriptedTriager::answering([benign]), CacheSettings::default());
        let severe = with(|e| e.level = Some(13));
        ask(&cached, &severe);
        let again = ask(&cached, &severe);
        // What is kept is what the triager said, not what floors made of it.
        assert!(again.meta.repeated && again.answer == benign);
        let mut strict = Policy::default();
        strict.floors.level = Some(13);
        let outcome = ground(&again, &severe, &strict);
        let verdict = outcome.verdict().unwrap();
        assert!(!verdict.disposition().is_benign() && verdict.floors().contains(&crate::Floor::Level(13)));
    }

    #[test]
    fn a_draft_is_not_repeated_for_longer_than_it_lives() {
        let (cached, inner, time) = cached(CacheSettings::default().time_to_live(Duration::from_mins(1)));
        ask(&cached, &testing::evidence());
        time.advance(Duration::from_secs(59));
        ask(&cached, &testing::evidence());
        assert_eq!(inner.calls().len(), 1);
        // A repetition does not prolong it.
        time.advance(Duration::from_secs(1));
        ask(&cached, &testing::evidence());
        assert_eq!((inner.calls().len(), cached.len()), (2, 1));
    }

    #[test]
    fn the_oldest_goes_where_there_is_no_room() {
        let (cached, inner, _) = cached(CacheSettings::default().most(2));
        let evidence: Vec<_> = (1..=3).map(|level| with(|e| e.level = Some(level))).collect();
        for evidence in &evidence {
            ask(&cached, evidence);
        }
        assert_eq!(cached.len(), 2);
        ask(&cached, &evidence[2]);
        ask(&cached, &evidence[1]);
        assert_eq!(inner.calls().len(), 3);
        ask(&cached, &evidence[0]);
        assert_eq!((inner.calls().len(), cached.len()), (4, 2));
    }

    #[test]
    fn no_other_question_is_answered_with_it() {
        let (cached, inner, _) = cached(CacheSettings::default());
        ask(&cached, &testing::evidence());
        ask(&cached, &with(|e| e.facts[1].value = "ws-043".into()));
        ask(&cached, &with(|e| e.facts[2].value.push('x')));
        ask(&cached, &with(|e| e.rule_id = Some("92028".into())));
        assert_eq!(inner.calls().len(), 4);
        let version = |version| key(&testing::evidence(), version, None);
        assert_ne!(version("a"), version("b"));
    }

    #[test]
    fn another_fingerprint_is_another_question_and_the_same_alert_is_asked_anew() {
        let (cached, inner, _) = cached(CacheSettings::default());
        let about = |number: u64, kind: &str| {
            let call = Call::default().about(Some(format!("alert #{number}")), Some(kind.to_owned()));
            block_on(cached.triage(&testing::evidence(), &call)).unwrap()
        };
        about(1, "a");
        about(2, "b");
        assert_eq!(inner.calls().len(), 2);
        let repeated = about(3, "a");
        assert_eq!(
            repeated.meta.warnings,
            ["same as alert #1, answered 0 s before; not asked again"]
        );
        assert_eq!((inner.calls().len(), cached.hits()), (2, 1));
        about(1, "a");
        assert_eq!((inner.calls().len(), cached.hits()), (3, 1));
    }

    #[test]
    fn the_moment_makes_no_other_question_and_an_address_does() {
        let at = |path: &str, value: &str| without_moment(path, value).into_owned();
        let line = "Jan 20 09:02:17 web-1 sshd[4711]: Failed password for root from 203.0.113.66 port 51234 ssh2";
        let later = "Jan 20 11:40:02 web-1 sshd[9]: Failed password for root from 203.0.113.66 port 40022 ssh2";
        assert_eq!(at("full_log", line), at("full_log", later));
        assert_ne!(at("full_log", line), at("full_log", &later.replace("113.66", "113.67")));
        assert_ne!(at("full_log", line), at("full_log", &later.replace("root", "ann")));
        assert_ne!(at("full_log", "SYN to port 22"), at("full_log", "SYN to port 3389"));
        assert_ne!(
            at("message", "event [4624] of ann"),
            at("message", "event [4625] of ann")
        );
        assert_eq!(at("timestamp", "a"), at("timestamp", "b"));
        assert_eq!(at("data.srcport", "1"), at("data.srcport", "2"));
        assert_ne!(at("data.dstport", "1"), at("data.dstport", "2"));
    }

    #[test]
    fn two_hosts_behind_the_same_label_are_two_questions() {
        let redactor = Redactor::new(RedactorSettings {
            pseudonyms: true,
            ..RedactorSettings::default()
        })
        .unwrap();
        let alert = |host: &str| {
            let fields = AlertFields {
                title: "Program started".into(),
                fields: vec![("agent.name".into(), host.into())],
                ..AlertFields::default()
            };
            redactor.redact(Evidence::from_fields(&fields)).unwrap()
        };
        let (one, other) = (alert("fileserver-a"), alert("fileserver-b"));
        assert_eq!(one.facts, other.facts);
        assert_ne!(key(&one, "", None), key(&other, "", None));
        assert_eq!(key(&one, "", None), key(&alert("fileserver-a"), "", None));
    }

    #[test]
    fn evidence_with_a_flag_or_without_an_agent_is_always_asked() {
        let (cached, inner, _) = cached(CacheSettings::default());
        let flagged = with(|e| {
            e.flags = vec![InjectionFlag {
                kind: FlagKind::Markup,
                fact: None,
            }];
        });
        let nobody = with(|e| e.facts.retain(|fact| fact.path != "agent.name"));
        for evidence in [&flagged, &flagged, &nobody, &nobody] {
            ask(&cached, evidence);
        }
        assert_eq!(inner.calls().len(), 4);
        assert!(cached.is_empty());
    }

    #[test]
    fn what_cannot_be_grounded_or_was_refused_is_not_repeated() {
        let garbage = Draft::new("I cannot help with that", Meta::default());
        let down = Err(TriageError::new(TriageErrorKind::Unavailable, "down"));
        let inner = ScriptedTriager::with([Ok(garbage), down, answer(), answer()]);
        let cached = Cached::new(inner, CacheSettings::default());
        ask(&cached, &testing::evidence());
        assert!(block_on(cached.triage(&testing::evidence(), &Call::default())).is_err());
        assert!(cached.is_empty());
        ask(&cached, &testing::evidence());
        let repair = Call::default().repairing("no");
        let anew = block_on(cached.triage(&testing::evidence(), &repair)).unwrap();
        assert!(anew.meta.warnings.is_empty());
        assert_eq!(cached.len(), 1);
    }
}
