//! Every setting that exists: its name, its older names, its form, its default and what it does.
//!
//! `docs/configuration.md` is printed from this table (`custom-iris settings`), so it cannot say anything else.

/// The form of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Free text.
    Text,
    /// A secret: may also be given as a file (`<NAME>_FILE`, `<key>_file`), never shown.
    Secret,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A list of texts; separated by commas in a variable.
    List,
    /// A list of pairs such as `High=10`; in the file a table too.
    Map,
    /// An array of tables in the file only.
    Tables,
}

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// Dotted name in the file; also the variable `WAZUH_IRIS_` + upper case, dots as underscores.
    pub name: &'static str,
    /// Variables of the original scripts that mean the same.
    pub aliases: &'static [&'static str],
    /// Its form.
    pub form: Form,
    /// The default as it would be written; empty where there is none.
    pub default: &'static str,
    /// One line: what it does, with its unit.
    pub about: &'static str,
}

const fn key(
    name: &'static str,
    aliases: &'static [&'static str],
    form: Form,
    default: &'static str,
    about: &'static str,
) -> Key {
    Key {
        name,
        aliases,
        form,
        default,
        about,
    }
}

/// The table.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key("iris.base_url", &["IRIS_BASE_URL"], Form::Text, "", "Address of IRIS, such as https://iris.example:8443; the hook's URL wins for what the hook brings"),
    key("iris.bearer", &["IRIS_BEARER"], Form::Secret, "", "API key of the service account; the hook's key wins for what the hook brings"),
    key("iris.verify_ssl", &["IRIS_VERIFY_SSL"], Form::Flag, "true", "false switches certificate verification off, and says so at every start"),
    key("iris.ca_file", &[], Form::Text, "", "PEM file with the certificate authority that signed IRIS's certificate"),
    key("iris.fingerprint", &[], Form::Text, "", "SHA-256 fingerprint of IRIS's certificate; with it, the certificate alone decides"),
    key("iris.customer_id", &["IRIS_CID"], Form::Number, "1", "Customer that alerts are created for"),
    key("iris.timeout_seconds", &[], Form::Number, "20", "Longest time for one call to IRIS"),
    key("iris.concurrency", &[], Form::Number, "4", "Most calls to IRIS at once; a real one does not get faster beyond 4"),

    key("forward.min_level", &[], Form::Number, "8", "Alerts below this rule level are gated, unless another rule here lets them through"),
    key("forward.mitre", &[], Form::Flag, "true", "Lets alerts with an ATT&CK technique through the level gate"),
    key("forward.rules", &[], Form::List, "", "Rule ids that always pass the level gate"),
    key("forward.suppress_rules", &[], Form::List, "", "Rule ids that are always gated, below noise.never_fold_level"),
    key("forward.suppress_agents", &[], Form::List, "", "Agents whose alerts are always gated, by id or name, below noise.never_fold_level"),
    key("forward.source_name", &[], Form::Text, "Wazuh", "The source that IRIS shows"),
    key("forward.dashboard_url", &[], Form::Text, "", "Address of the Wazuh dashboard: each IRIS alert then links to its event there"),
    key("forward.link_template", &[], Form::Text, "", "Another link, with {id}, {rule}, {agent}, {from} and {to} (a minute around the event) where they belong"),
    key("forward.severity", &[], Form::Map, "Informational=0,Low=4,Medium=7,High=10,Critical=13", "From which rule level on each severity of IRIS holds; one that is not named is not used: name all that you want"),
    key("forward.max_content_bytes", &[], Form::Number, "262144", "Largest source content; of a larger alert the long parts are cut, and it says which"),
    key("forward.agent_asset", &[], Form::Flag, "true", "Adds the agent (other than 000) as an asset"),
    key("forward.agent_tag", &[], Form::Flag, "true", "Adds the tag agent-<name>"),
    key("forward.tags", &[], Form::List, "", "Further tags for every alert"),
    key("forward.ai", &[], Form::Flag, "true", "Tags alerts for the triage worker"),
    key("forward.mask_secrets", &[], Form::Flag, "true", "Masks passwords, tokens and keys in everything that is stored in IRIS"),
    key("forward.own_networks", &[], Form::List, "", "Networks in CIDR form that are yours besides the private ones: never reported as indicators"),
    key("forward.own_domains", &[], Form::List, "", "Domains that are yours, with all below them: their names, URLs and mail addresses are never reported as indicators; without them here, mail addresses of colleagues may be"),

    key("customer", &[], Form::Tables, "", "Customers by agent or rule: see below"),

    key("noise.fold_seconds", &[], Form::Number, "900", "Window in which repeats are folded into the first alert; 0 switches folding off"),
    key("noise.flush_seconds", &[], Form::Number, "300", "How often the counts of folded alerts are written to IRIS"),
    key("noise.never_fold_level", &[], Form::Number, "15", "Alerts of this level and above are never folded"),
    key("noise.burst_max", &[], Form::Number, "5", "Different alerts of one rule on one agent that pass in a burst window before the storm alert; 0 switches burst control off"),
    key("noise.overall_max", &[], Form::Number, "10000", "Alerts over all rules and agents that pass in a burst window, a fifth of them kept for level 12 and above and for rules not seen for a day; 0 switches this limit off"),
    key("noise.burst_seconds", &[], Form::Number, "300", "The burst window"),
    key("noise.allowlist", &[], Form::Text, "", "TOML file with [[allow]] rules, read besides those in this file"),
    key("allow", &[], Form::Tables, "", "Allowlist rules: see docs/operations.md"),

    key("spool.min_free_bytes", &[], Form::Number, "104857600", "Below this much free disk the hook stores nothing and exits 1"),
    key("spool.min_free_inodes", &[], Form::Number, "1000", "The same for free inodes"),
    key("spool.max_bytes", &[], Form::Number, "10737418240", "Above this size of the queue the hook stores nothing and exits 1"),
    key("spool.keep_days", &[], Form::Number, "7", "How long the text of a settled alert is kept for `spool show` (never that of a gated or repeated one); its id is kept ten times as long"),

    key("tail.enabled", &[], Form::Flag, "false", "Reads Wazuh's alerts.json besides what the hook brings; what comes by both ways leaves as repeated"),
    key("tail.path", &[], Form::Text, "", "The file to read; by default logs/alerts/alerts.json in Wazuh's folder"),
    key("tail.from", &[], Form::Text, "end", "Where the very first run begins: end (with what is written from then on) or start (with the beginning of the file)"),

    key("webhook.listen", &[], Form::Text, "", "Address on which findings of Wazuh 5 are received, such as 127.0.0.1:9465; empty opens no port"),
    key("webhook.token", &[], Form::Secret, "", "Bearer token that a sender must show; 16 characters at least"),
    key("webhook.max_bytes", &[], Form::Number, "8388608", "Largest body that is read, in bytes; 67108864 at most"),

    key("worker.triager", &["AI_WORKER_TRIAGER"], Form::Text, "ollama", "Who judges: ollama, rules, openai (an OpenAI-compatible server) or command (a program of your own)"),
    key("worker.id", &["AI_WORKER_ID"], Form::Text, "", "Name of this worker in claim tags, [a-z0-9-], at most 16; by default made from the machine"),
    key("worker.poll_seconds", &["AI_WORKER_POLL_SECONDS"], Form::Number, "60", "Pause between looks for work when there is none; 1 to 3600"),
    key("worker.page_size", &["AI_WORKER_PAGE_SIZE"], Form::Number, "30", "Alerts asked for at once"),
    key("worker.max_per_cycle", &["AI_WORKER_MAX_PER_CYCLE"], Form::Number, "10", "Alerts worked on between two looks for work"),
    key("worker.settle_ms", &["AI_WORKER_SETTLE_MS"], Form::Number, "5000", "How long a claim must stand before it counts"),
    key("worker.deadline_seconds", &["AI_WORKER_DEADLINE_SECONDS"], Form::Number, "900", "Longest work on one alert, from its claim; a result after that is not written"),
    key("worker.lease_seconds", &["AI_WORKER_LEASE_SECONDS"], Form::Number, "2400", "How long an unchanged claim of another worker is respected; at least twice the deadline"),
    key("worker.redact_secrets", &["OLLAMA_REDACT_SECRETS"], Form::Flag, "true", "Masks secrets before anything is shown to the triager"),
    key("worker.pseudonyms", &[], Form::Text, "auto", "Replaces names of users, hosts, internal addresses: auto (only when the triager is remote), true, false"),
    key("worker.own_domains", &[], Form::List, "", "Your domains, replaced by pseudonyms as well"),
    key("worker.floor_level", &[], Form::Number, "12", "An alert of a rule of this level or above is never closed by a triager; 0 for no such floor"),
    key("worker.floor_techniques", &[], Form::List, "T1003,T1490,T1562,T1070,T1505.003,T1136", "Nor is one of these techniques, by the rule or by the triager; T1003 covers T1003.001 too"),
    key("worker.floors_off", &[], Form::List, "", "Floors that do not hold here: suspected_injection, success_after_failures, rule_triager, hostile_signal, doubtful_text, cut_command"),
    key("worker.max_chars", &["OLLAMA_MAX_CHARS"], Form::Number, "2560", "Most bytes of evidence in one prompt; 700 at least"),
    key("worker.fail_limit", &["OLLAMA_FAIL_LIMIT"], Form::Number, "5", "Failures in a row after which no alert is claimed for a while"),
    key("worker.cooldown_seconds", &["OLLAMA_COOLDOWN_SECONDS"], Form::Number, "120", "That while"),
    key("worker.cache_seconds", &[], Form::Number, "86400", "How long a verdict is given again for the same thing on the same agent without asking the triager; 0 always asks"),
    key("worker.budget_per_hour", &[], Form::Number, "0", "Alerts that the triager is asked about in an hour, by this worker; the others wait; 0 sets no limit"),
    key("worker.budget_per_rule", &[], Form::Number, "0", "The same for the alerts of one rule"),
    key("worker.rules_after_seconds", &[], Form::Number, "0", "When the triager cannot be asked for this long, or a budget keeps an alert waiting for this long, the alert gets a rule-based note, marked as such; 0 lets it wait"),
    key("worker.review_later", &[], Form::Flag, "true", "true: such an alert is reviewed once the triager can be asked; false: it is finished as ai-failed"),
    key("worker.recheck_seconds", &[], Form::Number, "300", "How often the results of the last two hours are looked at again, by one request, and written once more where a dialog wiped them; 0 never"),
    key("worker.result", &[], Form::Text, "note", "Where the result goes: note or comment"),

    key("tags.pending", &["AI_TAG_PENDING"], Form::Text, "ai-pending", "Awaiting triage"),
    key("tags.processing", &["AI_TAG_PROCESSING"], Form::Text, "ai-processing", "Claimed by a worker"),
    key("tags.reviewed", &["AI_TAG_REVIEWED"], Form::Text, "ai-reviewed", "Triage done"),
    key("tags.failed", &["AI_TAG_FAILED"], Form::Text, "ai-failed", "Triage given up, with a note that says why"),

    key("ollama.url", &["OLLAMA_URL"], Form::Text, "http://127.0.0.1:11434", "Ollama's address; may end in /api/generate"),
    key("ollama.model", &["OLLAMA_MODEL"], Form::Text, "phi4-mini:latest", "The model"),
    key("ollama.bearer", &[], Form::Secret, "", "Key for a proxy in front of Ollama"),
    key("ollama.ca_file", &[], Form::Text, "", "PEM file with the certificate authority of that proxy"),
    key("ollama.silence_seconds", &["OLLAMA_TIMEOUT"], Form::Number, "60", "Longest silence between two tokens"),
    key("ollama.first_token_seconds", &[], Form::Number, "600", "Longest wait for the first token: loading the model, waiting for a slot, reading the prompt"),
    key("ollama.num_ctx", &[], Form::Number, "4096", "Context of the model in tokens"),
    key("ollama.num_predict", &[], Form::Number, "700", "Longest answer in tokens"),
    key("ollama.num_thread", &[], Form::Number, "", "Threads of the model; Ollama decides when empty"),
    key("ollama.keep_alive_seconds", &[], Form::Number, "1800", "How long Ollama keeps the model in memory"),
    key("ollama.concurrency", &[], Form::Number, "1", "Calls at once"),
    key("ollama.allow_remote", &[], Form::List, "", "Models that may run outside your network (cloud models), by name"),

    key("openai.url", &[], Form::Text, "", "Address of an OpenAI-compatible server, such as http://127.0.0.1:8000/v1"),
    key("openai.model", &[], Form::Text, "", "Model as that server calls it"),
    key("openai.key", &[], Form::Secret, "", "Key for that server, sent as a bearer token"),
    key("openai.ca_file", &[], Form::Text, "", "PEM file with the certificate authority that signed that server's certificate"),
    key("openai.extra", &[], Form::Text, "", "Fields that are added to each request, as a JSON object; null leaves one out; such as {\"chat_template_kwargs\":{\"enable_thinking\":false}}"),
    key("openai.remote", &[], Form::Flag, "true", "false says that evidence stays on your network; true brings pseudonyms (worker.pseudonyms)"),
    key("openai.structure", &[], Form::Text, "schema", "How the server is made to answer with the form: schema, loose (schema without strict), object (JSON of any form), prompt (by words only)"),
    key("openai.reasoning", &[], Form::Flag, "false", "true for a model that reasons: sends max_completion_tokens in place of max_tokens, and no temperature"),
    key("openai.max_tokens", &[], Form::Number, "700", "Longest answer in tokens, thoughts included"),
    key("openai.silence_seconds", &[], Form::Number, "60", "Longest silence between two tokens"),
    key("openai.first_token_seconds", &[], Form::Number, "600", "Longest wait for the first token"),
    key("openai.concurrency", &[], Form::Number, "1", "Calls at once"),

    key("command.program", &[], Form::Text, "", "Your program: see docs/writing-a-triager.md; a name without a slash is looked up in PATH"),
    key("command.arguments", &[], Form::List, "", "Its arguments; none of them may hold a comma"),
    key("command.environment", &[], Form::List, "", "Names of the variables that it sees beside PATH"),
    key("command.remote", &[], Form::Flag, "true", "false says that it keeps evidence on your network; true brings pseudonyms (worker.pseudonyms)"),
    key("command.children", &[], Form::Number, "1", "How many of it run at once, each on one alert"),
    key("command.start_seconds", &[], Form::Number, "15", "Longest wait for its first line"),

    key("health.listen", &[], Form::Text, "", "Address for /healthz, /readyz and /metrics, such as 127.0.0.1:9464, another for each program; empty opens no port"),
    key("log.format", &[], Form::Text, "text", "text or json, for long-running processes"),
    key("log.filter", &[], Form::Text, "info", "Which log lines: error, warn, info, debug, trace or off, and the same for a module, such as warn,wazuh_iris=debug"),
];

/// The variable of a key: `WAZUH_IRIS_` and the name in upper case with dots as underscores.
pub fn variable(name: &str) -> String {
    format!("WAZUH_IRIS_{}", name.to_ascii_uppercase().replace('.', "_"))
}

/// Finds a setting by its dotted name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_settings_share_a_name_or_a_variable() {
        let mut seen = BTreeSet::new();
        for key in KEYS {
            assert!(seen.insert(variable(key.name)), "{}", key.name);
            for alias in key.aliases {
                assert!(seen.insert((*alias).to_owned()), "{alias}");
            }
        }
    }
}
