//! Where settings come from: one TOML file, and the environment above it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::SettingsError;
use super::keys::{Form, KEYS, Key, find, variable};

/// The environment, as a value so that tests bring their own.
pub type Environment = BTreeMap<String, String>;

/// Settings as they were written, each with the name under which the user gave it.
#[derive(Debug, Default)]
pub struct Source {
    given: BTreeMap<&'static str, Given>,
    tables: BTreeMap<&'static str, Vec<toml::Table>>,
    /// A line on each table in which nothing stands and nothing could.
    unknown: Vec<String>,
}

struct Given {
    /// The variable or key that the user wrote.
    name: String,
    value: String,
}

impl std::fmt::Debug for Given {
    // The value may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Given")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// Reads the file, if one is given, and lays the environment over it.
    pub fn read(file: Option<&Path>, environment: &Environment) -> Result<Self, SettingsError> {
        let mut source = Self::default();
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).map_err(|error| SettingsError::Unreadable {
                path: path.to_owned(),
                source: error,
            })?;
            source.take_file(path, &text)?;
        }
        source.take_environment(environment)?;
        Ok(source)
    }

    fn take_file(&mut self, path: &Path, text: &str) -> Result<(), SettingsError> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| SettingsError::NotToml {
            path: path.to_owned(),
            message: error.message().to_owned() + &position(text, error.span()),
        })?;
        let mut leaves = Vec::new();
        flatten("", table, &mut leaves);
        for (name, value) in leaves {
            let unknown = || SettingsError::UnknownKey {
                path: path.to_owned(),
                key: name.clone(),
                hint: nearest(&name),
            };
            if let Some(key) = name
                .strip_suffix("_file")
                .and_then(find)
                .filter(|key| key.form == Form::Secret)
            {
                let toml::Value::String(from) = &value else {
                    return Err(unknown());
                };
                self.take_secret_file(key, &name, Path::new(from))?;
                continue;
            }
            if find(&name).is_none() && value.as_table().is_some_and(toml::Table::is_empty) {
                // Nothing that was meant is lost, unless it is commented out by mistake.
                let line = format!("{}: there are no settings [{name}]: {}", path.display(), nearest(&name));
                self.unknown.push(line);
                continue;
            }
            let key = find(&name).ok_or_else(unknown)?;
            match value {
                // As where all that stood in it is commented out.
                toml::Value::Table(pairs) if pairs.is_empty() => {}
                toml::Value::Array(items) if key.form == Form::Tables && items.iter().all(toml::Value::is_table) => {
                    let tables = items.into_iter().filter_map(|item| item.try_into().ok()).collect();
                    self.tables.insert(key.name, tables);
                }
                _ if key.form == Form::Tables => {
                    let hint = format!("write [[{name}]] before each of its tables");
                    return Err(SettingsError::BadValue {
                        name,
                        value: "something else".to_owned(),
                        wanted: "a list of tables",
                        hint,
                    });
                }
                toml::Value::Table(pairs) if key.form == Form::Map => {
                    let mut names: Vec<String> = pairs.keys().map(|of| of.to_lowercase()).collect();
                    names.sort();
                    if let Some([twice, _]) = names.windows(2).find(|two| two[0] == two[1]) {
                        let hint = format!("name {twice} once");
                        return Err(SettingsError::BadValue {
                            name,
                            value: "a table".to_owned(),
                            wanted: "a table in which each is named once",
                            hint,
                        });
                    }
                    let pairs: Vec<String> = pairs
                        .iter()
                        .map(|(of, value)| format!("{of}={}", plain(value)))
                        .collect();
                    self.put(key, name, pairs.join(","));
                }
                toml::Value::Table(_) => {
                    let (_, leaf) = name.rsplit_once('.').unwrap_or(("", &name));
                    let (wanted, hint) = match key.form {
                        Form::List => ("a list", format!("write {leaf} = [\"…\", \"…\"]")),
                        _ => ("one value", format!("write {leaf} = and the value")),
                    };
                    return Err(SettingsError::BadValue {
                        name,
                        value: "a table".to_owned(),
                        wanted,
                        hint,
                    });
                }
                toml::Value::Array(items) => {
                    let items: Vec<String> = items.iter().map(plain).collect();
                    self.put(key, name, items.join(","));
                }
                other => self.put(key, name, plain(&other)),
            }
        }
        Ok(())
    }

    fn take_environment(&mut self, environment: &Environment) -> Result<(), SettingsError> {
        for key in KEYS.iter().filter(|key| key.form != Form::Tables) {
            let own = variable(key.name);
            // Our own name wins over the original's.
            for name in key.aliases.iter().map(|alias| (*alias).to_owned()).chain([own]) {
                if let Some(path) = environment
                    .get(&format!("{name}_FILE"))
                    .filter(|_| key.form == Form::Secret)
                {
                    self.take_secret_file(key, &format!("{name}_FILE"), Path::new(path))?;
                }
                // An empty variable is the shell's way of saying "not set".
                if let Some(value) = environment.get(&name).filter(|value| !value.is_empty()) {
                    self.put(key, name, value.clone());
                }
            }
        }
        Ok(())
    }

    fn take_secret_file(&mut self, key: &'static Key, name: &str, path: &Path) -> Result<(), SettingsError> {
        // An empty variable is the shell's way of saying "not set".
        if path.as_os_str().is_empty() {
            return Ok(());
        }
        let text = std::fs::read_to_string(path).map_err(|error| SettingsError::SecretFile {
            name: name.to_owned(),
            path: path.to_owned(),
            source: error,
        })?;
        self.put(key, name.to_owned(), text.trim().to_owned());
        Ok(())
    }

    fn put(&mut self, key: &'static Key, name: String, value: String) {
        self.given.insert(key.name, Given { name, value });
    }

    /// The text of a setting, or its default; empty when neither is there.
    pub(super) fn text(&self, name: &'static str) -> String {
        match self.given.get(name) {
            Some(given) => given.value.trim().to_owned(),
            None => find(name).map(|key| key.default.to_owned()).unwrap_or_default(),
        }
    }

    /// The text of a setting, `None` when it is empty.
    pub(super) fn optional(&self, name: &'static str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// A secret, `None` when it is empty.
    pub(super) fn secret(&self, name: &'static str) -> Option<SecretString> {
        self.optional(name).map(SecretString::from)
    }

    /// A list of texts.
    pub(super) fn list(&self, name: &'static str) -> Vec<String> {
        let text = self.text(name);
        text.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// A line on each table that is none of settings.
    pub(super) fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// Tables of the file.
    pub(super) fn tables(&self, name: &'static str) -> &[toml::Table] {
        self.tables.get(name).map_or(&[], Vec::as_slice)
    }

    /// A whole number within bounds.
    pub(super) fn number(
        &self,
        name: &'static str,
        bounds: std::ops::RangeInclusive<u64>,
    ) -> Result<u64, SettingsError> {
        let text = self.text(name);
        let bad = |wanted, hint| self.bad(name, wanted, hint);
        let seconds = name.ends_with("_seconds");
        let wanted = if seconds {
            "a whole number of seconds"
        } else {
            "a whole number"
        };
        let number: u64 = text.parse().map_err(|_| {
            bad(
                wanted,
                in_seconds(&text).filter(|_| seconds).map_or_else(
                    || format!("write {}", find(name).map_or("1", |key| key.default)),
                    |value| format!("write {value}"),
                ),
            )
        })?;
        if !bounds.contains(&number) {
            return Err(bad(
                "in range",
                format!("write a number from {} to {}", bounds.start(), bounds.end()),
            ));
        }
        Ok(number)
    }

    /// A whole number that may be absent.
    pub(super) fn maybe_number(
        &self,
        name: &'static str,
        bounds: std::ops::RangeInclusive<u64>,
    ) -> Result<Option<u64>, SettingsError> {
        if self.text(name).is_empty() {
            Ok(None)
        } else {
            self.number(name, bounds).map(Some)
        }
    }

    /// A yes or no, in the spellings that the original took.
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, SettingsError> {
        match self.text(name).to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(self.bad(name, "true or false", "write true or false".to_owned())),
        }
    }

    /// The name of a setting as the user wrote it: a variable or a key.
    pub(super) fn name(&self, name: &'static str) -> String {
        self.given
            .get(name)
            .map_or_else(|| name.to_owned(), |given| given.name.clone())
    }

    /// The error for a value that has the wrong form.
    pub(super) fn bad(&self, name: &'static str, wanted: &'static str, hint: String) -> SettingsError {
        let given = self.given.get(name);
        SettingsError::BadValue {
            name: self.name(name),
            value: given.map_or_else(String::new, |given| given.value.clone()),
            wanted,
            hint,
        }
    }
}

/// Where the settings file may be: in the place that `WAZUH_IRIS_CONFIG` names, else in one of these, the first of which counts.
pub fn files_to_use(home: &Path, environment: &Environment) -> Vec<PathBuf> {
    match environment.get("WAZUH_IRIS_CONFIG").filter(|path| !path.is_empty()) {
        Some(named) => vec![PathBuf::from(named)],
        None => vec![
            home.join("etc/wazuh-iris.toml"),
            PathBuf::from("/etc/wazuh-iris/wazuh-iris.toml"),
        ],
    }
}

/// The settings file: the one named by `WAZUH_IRIS_CONFIG`, else the first that exists. Then the places in front of it that could
/// not be looked at, each with the reason: a file may be there.
pub fn file_in_use(home: &Path, environment: &Environment) -> (Option<PathBuf>, Vec<String>) {
    let mut hidden = Vec::new();
    let files = files_to_use(home, environment);
    if let [named] = files.as_slice() {
        return (Some(named.clone()), hidden);
    }
    for path in files {
        match path.try_exists() {
            Ok(true) => return (Some(path), hidden),
            Ok(false) => {}
            Err(error) => hidden.push(format!("{}: {error}", path.display())),
        }
    }
    (None, hidden)
}

/// The settings of a table by their dotted names. The table of a setting stays whole: what stands in it is its value.
fn flatten(prefix: &str, table: toml::Table, into: &mut Vec<(String, toml::Value)>) {
    for (key, value) in table {
        let name = if prefix.is_empty() {
            key
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            toml::Value::Table(inner) if find(&name).is_none() && !(inner.is_empty() && leads_nowhere(&name)) => {
                flatten(&name, inner, into);
            }
            other => into.push((name, other)),
        }
    }
}

/// Whether no setting stands in a table of this name.
fn leads_nowhere(name: &str) -> bool {
    let is_within = |key: &Key| key.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    !KEYS.iter().any(is_within)
}

fn plain(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(crate) fn position(text: &str, span: Option<std::ops::Range<usize>>) -> String {
    let Some(before) = span.and_then(|span| text.get(..span.start)) else {
        return String::new();
    };
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!(" (line {line}, column {column})")
}

/// What `1m` or `2h` would be in seconds, for the hint.
fn in_seconds(text: &str) -> Option<u64> {
    let unit = text.chars().last()?;
    let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn nearest(name: &str) -> String {
    let best = KEYS
        .iter()
        .map(|key| (strsim::levenshtein(name, key.name), key.name))
        .min();
    match best {
        Some((distance, best)) if distance <= name.len() / 3 + 1 => format!("did you mean `{best}`?"),
        _ => "`custom-iris settings` lists all that exist".to_owned(),
    }
}
