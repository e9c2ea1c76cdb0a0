//! Settings become things once: everything is parsed before the first effect.

mod backends;
mod customers;
mod error;
mod filter;
mod floors;
mod keys;
mod severity;
mod source;
mod sources;
mod variables;

use std::path::PathBuf;
use std::time::Duration;

use iris_client::{IrisClient, TlsMode};
use secrecy::SecretString;

pub use backends::{CommandSettings, OllamaSettings, OpenAiSettings, StructureChoice, TriagerChoice};
pub use customers::CustomerRule;
pub use error::SettingsError;
pub use keys::{Form, KEYS, Key, variable};
pub use severity::{Severity, SeverityMap};
pub(crate) use source::position;
pub use source::{Environment, Source, file_in_use, files_to_use};
pub(crate) use sources::LARGEST_FINDING;
pub use sources::{TailSettings, WebhookSettings};

/// How IRIS is reached, before the hook's own URL and key are laid over it.
#[derive(Debug, Clone)]
pub struct IrisSettings {
    /// Address, when the settings give one.
    pub base_url: Option<String>,
    /// API key, when the settings give one.
    pub bearer: Option<SecretString>,
    /// Certificate verification; false is the explicit word that switches it off.
    pub verify: bool,
    /// Own certificate authority.
    pub ca_file: Option<PathBuf>,
    /// Pinned certificate, SHA-256 in hexadecimal.
    pub fingerprint: Option<String>,
    /// Customer id.
    pub customer: i64,
    /// Longest time for one call.
    pub timeout: Duration,
    /// Most calls at once.
    pub concurrency: usize,
}

/// What is forwarded, and how it looks in IRIS.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct ForwardSettings {
    /// Level gate.
    pub min_level: u8,
    /// Alerts with an ATT&CK technique pass the gate.
    pub mitre: bool,
    /// Rule ids that pass the gate.
    pub rules: Vec<String>,
    /// Rule ids that never pass it.
    pub suppress_rules: Vec<String>,
    /// Agents whose alerts never pass it, by id or name.
    pub suppress_agents: Vec<String>,
    /// The source that IRIS shows.
    pub source_name: String,
    /// Link to the event, with `{id}`, `{rule}`, `{agent}`, `{from}`, `{to}`.
    pub link_template: Option<String>,
    /// Address of the Wazuh dashboard, for the link where no template is given.
    pub dashboard_url: Option<String>,
    /// Severities by level.
    pub severity: SeverityMap,
    /// Largest source content, in bytes.
    pub max_content: usize,
    /// Customers by agent or rule.
    pub customers: Vec<CustomerRule>,
    /// Agent as an asset.
    pub agent_asset: bool,
    /// Tag `agent-<name>`.
    pub agent_tag: bool,
    /// Further tags.
    pub tags: Vec<String>,
    /// Tag for the triage worker, or none.
    pub pending_tag: Option<String>,
    /// Secrets are masked in IRIS too.
    pub mask_secrets: bool,
    /// Own networks in CIDR form.
    pub own_networks: Vec<String>,
    /// Own domains, each with all below it.
    pub own_domains: Vec<String>,
}

/// Noise reduction.
#[derive(Debug, Clone)]
pub struct NoiseSettings {
    /// Window for repeats; zero switches folding off.
    pub fold_window: Duration,
    /// How often counts go to IRIS.
    pub flush_every: Duration,
    /// Never folded from this level on.
    pub never_fold_level: u8,
    /// Alerts per rule and agent in a burst window; zero switches burst control off.
    pub burst_max: u32,
    /// Alerts over all rules and agents in a burst window; zero switches the overall limit off.
    pub overall_max: u32,
    /// The burst window.
    pub burst_window: Duration,
    /// File with further allowlist rules.
    pub allowlist: Option<PathBuf>,
    /// Allowlist rules of the settings file.
    pub allow: Vec<toml::Table>,
}

/// Bounds of the spool.
#[derive(Debug, Clone)]
pub struct SpoolSettings {
    /// Least free bytes on its file system.
    pub min_free_bytes: u64,
    /// Least free inodes on its file system.
    pub min_free_inodes: u64,
    /// Most bytes of the queue.
    pub max_bytes: u64,
    /// How long settled alerts keep their text.
    pub keep: Duration,
}

/// Where a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultPlace {
    /// The alert's note.
    Note,
    /// A comment on the alert.
    Comment,
}

/// The triage worker.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Who judges.
    pub triager: TriagerChoice,
    /// Worker id, when the settings give one.
    pub id: Option<String>,
    /// Pause when there is no work.
    pub poll: Duration,
    /// Alerts per page.
    pub page_size: u32,
    /// Alerts between two looks for work.
    pub max_per_cycle: usize,
    /// How long a claim must stand.
    pub settle: Duration,
    /// Longest work on one alert.
    pub deadline: Duration,
    /// How long another worker's unchanged claim is respected.
    pub lease: Duration,
    /// Secrets are masked before the prompt.
    pub redact_secrets: bool,
    /// Pseudonyms: `None` decides by where the triager runs.
    pub pseudonyms: Option<bool>,
    /// Own domains.
    pub own_domains: Vec<String>,
    /// What no triager may close.
    pub floors: triage_core::FloorSettings,
    /// Most bytes of evidence.
    pub max_chars: usize,
    /// Failures in a row that open the breaker.
    pub fail_limit: u32,
    /// How long it stays open.
    pub cooldown: Duration,
    /// How long a verdict is given again for the same thing; `None` always asks.
    pub cache: Option<Duration>,
    /// Alerts that the triager is asked about in an hour; 0 is no limit.
    pub budget_per_hour: usize,
    /// The same for one rule.
    pub budget_per_rule: usize,
    /// How long an alert waits for a triager before it gets a rule-based note; `None` waits.
    pub rules_after: Option<Duration>,
    /// Whether such an alert is reviewed later.
    pub review_later: bool,
    /// How often earlier results are looked at again; `None` never.
    pub recheck: Option<Duration>,
    /// Where the result goes.
    pub result: ResultPlace,
}

/// Names of the workflow tags.
#[derive(Debug, Clone)]
pub struct TagSettings {
    /// Awaiting triage.
    pub pending: String,
    /// Claimed.
    pub processing: String,
    /// Done.
    pub reviewed: String,
    /// Given up.
    pub failed: String,
}

/// Everything, parsed.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
    /// Places of a settings file that could not be looked at, each with the reason. For a worker beside Wazuh that is as it should be.
    pub hidden: Vec<String>,
    /// A line on each setting that does not count: a variable that looks like one and is none, a filter that would let nothing through.
    pub unknown: Vec<String>,
    /// Wazuh's own settings, whose blocks say what the hook is told.
    pub ossec_conf: PathBuf,
    /// IRIS.
    pub iris: IrisSettings,
    /// Forwarding.
    pub forward: ForwardSettings,
    /// Noise reduction.
    pub noise: NoiseSettings,
    /// Spool bounds.
    pub spool: SpoolSettings,
    /// Wazuh's own file as a source.
    pub tail: TailSettings,
    /// Findings of Wazuh 5 as a source.
    pub webhook: WebhookSettings,
    /// Triage worker.
    pub worker: WorkerSettings,
    /// Ollama.
    pub ollama: OllamaSettings,
    /// An OpenAI-compatible server.
    pub openai: OpenAiSettings,
    /// A program of one's own.
    pub command: CommandSettings,
    /// Tag names.
    pub tags: TagSettings,
    /// Address of the health and metrics server.
    pub health_listen: Option<std::net::SocketAddr>,
    /// Whether logs are JSON.
    pub log_json: bool,
    /// Log filter.
    pub log_filter: String,
}

impl Settings {
    /// Reads the settings file in use and the environment.
    pub fn load(home: &std::path::Path, environment: &Environment) -> Result<Self, SettingsError> {
        let (file, hidden) = file_in_use(home, environment);
        let source = Source::read(file.as_deref(), environment)?;
        let mut settings = Self::parse(&source)?;
        settings.file = file;
        settings.hidden = hidden;
        settings.unknown.extend(variables::unknown(environment));
        settings.ossec_conf = home.join("etc/ossec.conf");
        if settings.tail.path.as_os_str().is_empty() {
            settings.tail.path = home.join("logs/alerts/alerts.json");
        }
        Ok(settings)
    }

    /// Parses everything, so that a bad setting is known before the first effect.
    pub fn parse(source: &Source) -> Result<Self, SettingsError> {
        let tags = parse_tags(source)?;
        let (log_filter, unknown) = filter::filter(source);
        Ok(Self {
            file: None,
            hidden: Vec::new(),
            unknown: source.unknown().iter().cloned().chain(unknown).collect(),
            ossec_conf: PathBuf::new(),
            iris: parse_iris(source)?,
            forward: parse_forward(source, &tags)?,
            noise: NoiseSettings {
                fold_window: seconds(source, "noise.fold_seconds", 0..=86_400)?,
                flush_every: seconds(source, "noise.flush_seconds", 1..=86_400)?,
                never_fold_level: level(source, "noise.never_fold_level")?,
                burst_max: number(source, "noise.burst_max", 0..=1_000_000)?,
                overall_max: number(source, "noise.overall_max", 0..=1_000_000)?,
                burst_window: seconds(source, "noise.burst_seconds", 1..=86_400)?,
                allowlist: source.optional("noise.allowlist").map(PathBuf::from),
                allow: source.tables("allow").to_vec(),
            },
            spool: SpoolSettings {
                min_free_bytes: source.number("spool.min_free_bytes", 0..=u64::MAX)?,
                min_free_inodes: source.number("spool.min_free_inodes", 0..=u64::MAX)?,
                max_bytes: source.number("spool.max_bytes", 1..=u64::MAX)?,
                keep: Duration::from_secs(86_400 * source.number("spool.keep_days", 0..=3650)?),
            },
            tail: sources::tail(source)?,
            webhook: sources::webhook(source)?,
            worker: parse_worker(source)?,
            ollama: backends::ollama(source)?,
            openai: backends::openai(source)?,
            command: backends::command(source)?,
            tags,
            health_listen: source
                .optional("health.listen")
                .map(|text| {
                    text.parse().map_err(|_| {
                        source.bad(
                            "health.listen",
                            "an address and a port",
                            "write 127.0.0.1:9464".to_owned(),
                        )
                    })
                })
                .transpose()?,
            log_json: choice(source, "log.format", &["text", "json"])? == 1,
            log_filter,
        })
    }
}

/// The table of `docs/configuration.md`.
pub fn table() -> String {
    let mut text = String::from("| setting | variables | default | what it does |\n| --- | --- | --- | --- |\n");
    for key in KEYS {
        let mut variables = vec![variable(key.name)];
        variables.extend(key.aliases.iter().map(|alias| (*alias).to_owned()));
        if key.form == Form::Secret {
            variables.push(format!("{}_FILE", variable(key.name)));
        }
        let variables = if key.form == Form::Tables {
            String::new()
        } else {
            format!("`{}`", variables.join("` `"))
        };
        let default = if key.default.is_empty() {
            String::new()
        } else {
            format!("`{}`", key.default)
        };
        let row = format!("| `{}` | {variables} | {default} | {} |\n", key.name, key.about);
        text.push_str(&row);
    }
    text
}

fn parse_iris(source: &Source) -> Result<IrisSettings, SettingsError> {
    let base_url = source.optional("iris.base_url");
    let fingerprint = source.optional("iris.fingerprint");
    let verify = source.flag("iris.verify_ssl")?;
    // Said now and not at the first alert.
    if let Some(url) = &base_url {
        let tls = match &fingerprint {
            None if !verify => TlsMode::DangerousOff,
            // It takes what the others take, and reads no file.
            _ => TlsMode::Fingerprint("00".repeat(32)),
        };
        would_connect(source, "iris.base_url", url, tls)?;
    }
    if let Some(fingerprint) = &fingerprint {
        let tls = TlsMode::Fingerprint(fingerprint.clone());
        would_connect(source, "iris.fingerprint", "https://iris.example", tls)?;
    }
    Ok(IrisSettings {
        base_url,
        bearer: source.secret("iris.bearer"),
        verify,
        ca_file: source.optional("iris.ca_file").map(PathBuf::from),
        fingerprint,
        customer: number(source, "iris.customer_id", 1..=i64::MAX.unsigned_abs())?,
        timeout: seconds(source, "iris.timeout_seconds", 1..=600)?,
        concurrency: number(source, "iris.concurrency", 1..=32)?,
    })
}

/// Asks the client, which alone knows what it takes; nothing is sent.
fn would_connect(source: &Source, name: &'static str, url: &str, tls: TlsMode) -> Result<(), SettingsError> {
    let client = IrisClient::builder(url).token("-".to_owned().into()).tls(tls).build();
    client.map(drop).map_err(|error| SettingsError::Unusable {
        name: source.name(name),
        why: error.to_string(),
    })
}

fn parse_forward(source: &Source, tags: &TagSettings) -> Result<ForwardSettings, SettingsError> {
    let link_template = source.optional("forward.link_template");
    let usable = |text: &String| {
        let words = ["{id}", "{rule}", "{agent}", "{from}", "{to}"];
        let filled = words.iter().fold(text.clone(), |text, word| text.replace(word, "1"));
        url::Url::parse(&filled).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
            && !filled.contains(['"', '\'', '<', '>', '`', '{', '}', ' '])
    };
    if link_template.as_ref().is_some_and(|text| !usable(text)) {
        let hint =
            "write https://wazuh.example/... with {id}, {rule}, {agent}, {from} or {to} where they belong".to_owned();
        return Err(source.bad("forward.link_template", "a web address", hint));
    }
    let dashboard_url = source.optional("forward.dashboard_url");
    if dashboard_url
        .as_ref()
        .is_some_and(|text| !usable(text) || text.contains(['{', '#']))
    {
        let hint = "write https://wazuh.example".to_owned();
        return Err(source.bad("forward.dashboard_url", "a web address", hint));
    }
    let severity = SeverityMap::read(&source.list("forward.severity")).map_err(|problem| {
        let hint = format!("{problem}; write Informational=0, Low=4, Medium=7, High=10, Critical=13");
        source.bad("forward.severity", "a map of severities", hint)
    })?;
    for network in source.list("forward.own_networks") {
        if network.parse::<ipnet::IpNet>().is_err() && network.parse::<std::net::IpAddr>().is_err() {
            let hint = "write networks in CIDR form, such as 198.51.100.0/24".to_owned();
            return Err(source.bad("forward.own_networks", "a list of networks", hint));
        }
    }
    for domain in source.list("forward.own_domains") {
        let name = domain.trim_start_matches("*.").trim_matches('.');
        if name.is_empty() || name.contains(['/', ':', '@', '*', '\\']) || name.contains(char::is_whitespace) {
            let hint = "write names of domains, such as corp.example".to_owned();
            return Err(source.bad("forward.own_domains", "a list of domains", hint));
        }
    }
    Ok(ForwardSettings {
        min_level: level(source, "forward.min_level")?,
        mitre: source.flag("forward.mitre")?,
        rules: source.list("forward.rules"),
        suppress_rules: source.list("forward.suppress_rules"),
        suppress_agents: source.list("forward.suppress_agents"),
        source_name: source.text("forward.source_name"),
        link_template,
        dashboard_url,
        severity,
        max_content: number(source, "forward.max_content_bytes", 4096..=64 << 20)?,
        customers: customers::customers(source)?,
        agent_asset: source.flag("forward.agent_asset")?,
        agent_tag: source.flag("forward.agent_tag")?,
        tags: source.list("forward.tags"),
        pending_tag: source.flag("forward.ai")?.then(|| tags.pending.clone()),
        mask_secrets: source.flag("forward.mask_secrets")?,
        own_networks: source.list("forward.own_networks"),
        own_domains: source.list("forward.own_domains"),
    })
}

fn parse_worker(source: &Source) -> Result<WorkerSettings, SettingsError> {
    let id = source.optional("worker.id");
    let usable = |id: &String| {
        (1..=16).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if id.as_ref().is_some_and(|id| !usable(id)) {
        let hint = "use 1 to 16 of a-z, 0-9 and -, such as triage-1".to_owned();
        return Err(source.bad("worker.id", "a worker name", hint));
    }
    let settle = Duration::from_millis(source.number("worker.settle_ms", 1..=600_000)?);
    let deadline = seconds(source, "worker.deadline_seconds", 1..=86_400)?;
    let lease = seconds(source, "worker.lease_seconds", 1..=604_800)?;
    if lease < deadline * 2 {
        let hint = format!(
            "write at least {} (twice worker.deadline_seconds)",
            deadline.as_secs() * 2
        );
        return Err(source.bad("worker.lease_seconds", "at least twice the deadline", hint));
    }
    Ok(WorkerSettings {
        triager: TriagerChoice::parse(source)?,
        id,
        poll: seconds(source, "worker.poll_seconds", 1..=3600)?,
        page_size: number(source, "worker.page_size", 1..=1000)?,
        max_per_cycle: number(source, "worker.max_per_cycle", 1..=100_000)?,
        settle,
        deadline,
        lease,
        redact_secrets: source.flag("worker.redact_secrets")?,
        pseudonyms: match source.text("worker.pseudonyms").as_str() {
            "auto" => None,
            _ => Some(source.flag("worker.pseudonyms")?),
        },
        own_domains: source.list("worker.own_domains"),
        floors: floors::parse(source)?,
        max_chars: number(source, "worker.max_chars", 700..=100_000)?,
        fail_limit: number(source, "worker.fail_limit", 1..=1000)?,
        cooldown: seconds(source, "worker.cooldown_seconds", 1..=86_400)?,
        cache: some_seconds(source, "worker.cache_seconds", 604_800)?,
        budget_per_hour: number(source, "worker.budget_per_hour", 0..=100_000)?,
        budget_per_rule: number(source, "worker.budget_per_rule", 0..=100_000)?,
        rules_after: some_seconds(source, "worker.rules_after_seconds", 604_800)?,
        review_later: source.flag("worker.review_later")?,
        recheck: some_seconds(source, "worker.recheck_seconds", 3600)?,
        result: match choice(source, "worker.result", &["note", "comment"])? {
            0 => ResultPlace::Note,
            _ => ResultPlace::Comment,
        },
    })
}

fn parse_tags(source: &Source) -> Result<TagSettings, SettingsError> {
    let one = |name| {
        let tag = source.text(name);
        let usable = !tag.is_empty()
            && tag.len() <= 64
            && tag
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-'));
        if usable {
            Ok(tag)
        } else {
            let hint = "use letters, digits, dots, colons, underscores and hyphens".to_owned();
            Err(source.bad(name, "a tag", hint))
        }
    };
    Ok(TagSettings {
        pending: one("tags.pending")?,
        processing: one("tags.processing")?,
        reviewed: one("tags.reviewed")?,
        failed: one("tags.failed")?,
    })
}

fn number<T: TryFrom<u64>>(
    source: &Source,
    name: &'static str,
    bounds: std::ops::RangeInclusive<u64>,
) -> Result<T, SettingsError> {
    let value = source.number(name, bounds)?;
    T::try_from(value).map_err(|_| source.bad(name, "in range", "write a smaller number".to_owned()))
}

fn level(source: &Source, name: &'static str) -> Result<u8, SettingsError> {
    number(source, name, 0..=17)
}

fn seconds(
    source: &Source,
    name: &'static str,
    bounds: std::ops::RangeInclusive<u64>,
) -> Result<Duration, SettingsError> {
    source.number(name, bounds).map(Duration::from_secs)
}

/// A time that 0 switches off.
fn some_seconds(source: &Source, name: &'static str, most: u64) -> Result<Option<Duration>, SettingsError> {
    let time = seconds(source, name, 0..=most)?;
    Ok(Some(time).filter(|time| !time.is_zero()))
}

fn choice(source: &Source, name: &'static str, words: &'static [&'static str]) -> Result<usize, SettingsError> {
    let text = source.text(name);
    words.iter().position(|word| *word == text).ok_or_else(|| {
        source.bad(
            name,
            "one of the words it takes",
            format!("write one of: {}", words.join(", ")),
        )
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn settings(toml: &str, pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("wazuh-iris.toml");
        std::fs::write(&file, toml).unwrap();
        Settings::parse(&Source::read(Some(&file), &environment(pairs))?)
    }

    #[test]
    fn a_place_that_cannot_be_looked_at_is_told_from_one_where_nothing_is() {
        let folder = tempfile::tempdir().unwrap();
        let look = || Settings::load(folder.path(), &Environment::new()).unwrap();
        let here = |settings: &Settings| {
            let home = folder.path().to_str().unwrap();
            settings.hidden.iter().filter(|place| place.contains(home)).count()
        };
        assert_eq!(here(&look()), 0);
        // Root may look into every folder, but not into what is none.
        std::fs::write(folder.path().join("etc"), "").unwrap();
        assert_eq!(here(&look()), 1);
    }

    #[test]
    fn every_default_is_a_value_that_its_own_setting_accepts() {
        let settings = settings("", &[]).unwrap();
        assert_eq!(settings.forward.min_level, 8);
        assert_eq!(settings.noise.fold_window, Duration::from_mins(15));
        assert_eq!(settings.tags.pending, "ai-pending");
        assert!(settings.iris.verify);
    }

    #[test]
    fn an_address_that_nothing_can_be_sent_to_is_said_at_once_and_not_repeated() {
        for (url, why) in [
            ("iris.example:8443", "begins with neither https:// nor http://"),
            ("htps://iris.example", "begins with neither"),
            ("https://", "cannot be read"),
            ("https://iris.example:99999", "cannot be read"),
            ("https://bob:Dingo88@iris.example", "user name or password"),
        ] {
            let error = settings("", &[("IRIS_BASE_URL", url)]).unwrap_err().to_string();
            assert!(error.starts_with("setting `IRIS_BASE_URL` cannot be used: "), "{error}");
            assert!(error.contains(why) && !error.contains("Dingo88"), "{url}: {error}");
        }
        let short = settings("[iris]\nfingerprint = 'AB:CD'", &[]).unwrap_err().to_string();
        assert!(
            short.starts_with("setting `iris.fingerprint` cannot be used: "),
            "{short}"
        );
        assert!(short.contains("openssl x509"), "{short}");
        let right = format!(
            "[iris]\nfingerprint = '{}'\nbase_url = 'https://iris/alerts/add'",
            "AB:".repeat(31) + "AB"
        );
        assert!(settings(&right, &[]).is_ok());
    }

    #[test]
    fn an_address_without_tls_needs_the_word_that_switches_the_checks_off() {
        let http = ("IRIS_BASE_URL", "http://iris.example:8000");
        let error = settings("", &[http]).unwrap_err().to_string();
        assert!(error.contains("in the clear"), "{error}");
        assert!(settings("", &[http, ("IRIS_VERIFY_SSL", "false")]).is_ok());
        assert!(settings("", &[("IRIS_BASE_URL", "http://127.0.0.1:8000")]).is_ok());
        // A pin comes first, and what is pinned is a certificate.
        let pin = "AB".repeat(32);
        let pinned = [
            http,
            ("IRIS_VERIFY_SSL", "false"),
            ("WAZUH_IRIS_IRIS_FINGERPRINT", &pin),
        ];
        assert!(settings("", &pinned).is_err());
    }

    #[test]
    fn the_environment_wins_over_the_file_and_our_name_over_the_originals() {
        let toml = "[worker]\npoll_seconds = 10\n[iris]\ncustomer_id = 3";
        let settings = settings(
            toml,
            &[
                ("AI_WORKER_POLL_SECONDS", "20"),
                ("WAZUH_IRIS_WORKER_POLL_SECONDS", "30"),
                ("IRIS_VERIFY_SSL", "False"),
            ],
        )
        .unwrap();
        assert_eq!(settings.worker.poll, Duration::from_secs(30));
        assert_eq!(settings.iris.customer, 3);
        assert!(!settings.iris.verify);
    }

    #[test]
    fn a_duration_with_a_unit_is_refused_with_the_number_to_write() {
        let error = settings("", &[("AI_WORKER_POLL_SECONDS", "1m")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "setting `AI_WORKER_POLL_SECONDS` is `1m`, which is not a whole number of seconds\nhint: write 60"
        );
    }

    #[test]
    fn an_empty_table_that_is_none_of_settings_is_said() {
        for (file, said) in [
            ("[forwrd]\n[forward]\n[spool]\n", &["[forwrd]"][..]),
            ("[noise.x]\n[a]\n[b.c]\n", &["[noise.x]", "[a]", "[b.c]"]),
            ("[noise]\n[log]\n[forward.severity]\n", &[]),
        ] {
            let unknown = settings(file, &[]).unwrap().unknown;
            let is_said = said.iter().all(|name| unknown.iter().any(|line| line.contains(name)));
            assert!(unknown.len() == said.len() && is_said, "{file}: {unknown:?}");
        }
    }

    #[test]
    fn a_misspelt_key_names_the_nearest_one() {
        let error = settings("[forward]\nmin_levl = 3", &[]).unwrap_err();
        assert!(
            error.to_string().contains("did you mean `forward.min_level`?"),
            "{error}"
        );
    }

    #[test]
    fn severities_are_a_table_a_list_or_a_text_and_no_other_setting_is_a_table() {
        for spelled in [
            "[forward]\nseverity = { High = 9, Low = 3 }",
            "[forward.severity]\nHigh = 9\nlow = '3'",
            "forward.severity.High = 9\nforward.severity.Low = 3",
            "[forward]\nseverity = ['High=9', 'Low=3']",
            "[forward]\nseverity = 'High=9, Low=3'",
        ] {
            let map = settings(spelled, &[]).unwrap().forward.severity;
            let of = [2, 3, 8, 9].map(|level| map.of(level).name());
            assert_eq!(of, ["Low", "Low", "Low", "High"], "{spelled}");
        }
        // Where all that stands in a table is commented out, nothing was said; in a list the last word counts.
        let of_12 = |toml: &str| settings(toml, &[]).unwrap().forward.severity.of(12).name();
        for nothing in [
            "[forward]\nseverity = {}",
            "[forward.severity]\n[customer]\n[allow]\n[tail.enabled]",
        ] {
            assert_eq!(of_12(nothing), of_12(""), "{nothing}");
        }
        assert_eq!(of_12("[forward]\nseverity = 'Low=0, High=13, high=12'"), "High");
        for (toml, says) in [
            ("[forward.severity]\nSevere = 9", "IRIS has no severity `Severe`"),
            ("[forward.severity]\nHigh = 9\nhigh = 10", "name high once"),
            (
                "[forward.tags]\na = 1",
                "`forward.tags` is `a table`, which is not a list\nhint: write tags = [",
            ),
            (
                "[forward]\nmin_level = { a = 1 }",
                "which is not one value\nhint: write min_level =",
            ),
            ("[customer]\nid = 3", "write [[customer]]"),
        ] {
            let said = settings(toml, &[]).unwrap_err().to_string();
            assert!(said.contains(says), "{toml}: {said}");
        }
    }

    #[test]
    fn a_secret_file_that_cannot_be_read_is_named_with_its_setting_and_an_empty_name_is_none() {
        let bearer = |settings: Settings| settings.iris.bearer.map(|key| key.expose_secret().to_owned());
        let given = [("IRIS_BEARER_FILE", ""), ("IRIS_BEARER", "k")];
        assert_eq!(bearer(settings("", &given).unwrap()).as_deref(), Some("k"));
        assert_eq!(bearer(settings("[iris]\nbearer_file = \"\"\n", &[]).unwrap()), None);
        let folder = tempfile::tempdir().unwrap();
        let (none, no_text) = (folder.path().join("none"), folder.path().join("bytes"));
        std::fs::write(&no_text, b"\xff\xfe").unwrap();
        for (path, hint) in [(&none, "make that file"), (&no_text, "a file of text")] {
            let name = "WAZUH_IRIS_IRIS_BEARER_FILE";
            let said = settings("", &[(name, path.to_str().unwrap())]).unwrap_err().to_string();
            let words = ["secret file", name, path.to_str().unwrap(), hint];
            assert!(words.iter().all(|word| said.contains(word)), "{said}");
            assert!(
                !said.contains("settings file") && !said.contains("readable for"),
                "{said}"
            );
        }
        let said = Source::read(Some(&none), &Environment::new()).unwrap_err().to_string();
        assert!(
            said.contains("the settings file") && said.contains("WAZUH_IRIS_CONFIG"),
            "{said}"
        );
    }

    #[test]
    fn a_secret_may_come_from_a_file_and_is_never_in_debug() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "s3cr3t-key\n").unwrap();
        let given = [("IRIS_BEARER_FILE", path.to_str().unwrap())];
        let settings = settings("", &given).unwrap();
        assert_eq!(settings.iris.bearer.as_ref().unwrap().expose_secret(), "s3cr3t-key");
        assert!(!format!("{settings:?}").contains("s3cr3t-key"));
    }

    #[test]
    fn a_lease_shorter_than_twice_the_deadline_is_refused() {
        let error = settings(
            "",
            &[
                ("AI_WORKER_DEADLINE_SECONDS", "100"),
                ("AI_WORKER_LEASE_SECONDS", "150"),
            ],
        )
        .unwrap_err();
        assert!(error.to_string().contains("at least 200"), "{error}");
    }
}
