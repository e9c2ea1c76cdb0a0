//! What a field must look like.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::slice::from_ref;

use ipnet::IpNet;

use super::contents::{self, Contents};
use super::fields::{common, is_prose};
use super::pattern::Pattern;
use super::reading::{self, Readings};
use super::shell::Shells;
use super::values::Values;
use super::{drive, path, pattern, slip, spelling};

/// One test of a field.
#[derive(Debug)]
pub(super) enum Matcher {
    /// `eq` and `in`: one of these texts and nothing else. Whoever writes a way up into one means it.
    Exact(Vec<Pattern>),
    /// `regex`, and `glob` and `prefix` of prose: over the value as it is written, and over what a way up in it leads to.
    Text {
        pattern: Pattern,
        contents: Contents,
    },
    /// Glob and prefix: the same over the path that the value leads to; what may lead to two does not fit.
    Path {
        pattern: Pattern,
        /// As the rule has it, so far as it must be the start of a path.
        text: String,
        contents: Contents,
    },
    Networks(Vec<IpNet>),
    Exists(bool),
    Above(f64),
    Below(f64),
    /// `gt` and `lt` together.
    Between(f64, f64),
}

impl Matcher {
    pub(super) fn read(path: &str, value: &toml::Value) -> Result<Vec<Self>, String> {
        let table = match value {
            toml::Value::Table(table) => table,
            toml::Value::Array(_) => return Err(format!("`{path}`: write {{ in = […] }} for one of a list")),
            scalar => {
                let pattern = pattern::exactly(&text(path, scalar)?, false)?;
                return Ok(vec![Self::Exact(vec![pattern.of_field(path)])]);
            }
        };
        let fold_case = match table.get("ignore_case") {
            None => false,
            Some(value) => value
                .as_bool()
                .ok_or_else(|| format!("`{path}`: ignore_case wants true or false"))?,
        };
        let tests = table
            .iter()
            .filter(|(key, _)| *key != "ignore_case" && !(*key == "lt" && table.contains_key("gt")))
            .map(|(key, value)| {
                let list = || -> Result<Vec<String>, String> {
                    match value {
                        toml::Value::Array(items) if items.is_empty() => {
                            Err(format!("`{path}`: `{key}` of nothing never matches"))
                        }
                        toml::Value::Array(items) => items.iter().map(|item| text(path, item)).collect(),
                        one => Ok(vec![text(path, one)?]),
                    }
                };
                let exactly = |text: &str| pattern::exactly(text, fold_case).map(|pattern| pattern.of_field(path));
                let number = |key: &str, value| limit(value).map_err(|problem| format!("`{path}`: `{key}` {problem}"));
                match key.as_str() {
                    "eq" => exactly(&text(path, value)?).map(|pattern| Self::Exact(vec![pattern])),
                    "in" => {
                        let patterns = list()?.iter().map(|item| exactly(item)).collect::<Result<_, _>>()?;
                        Ok(Self::Exact(patterns))
                    }
                    "glob" => {
                        let text = text(path, value)?;
                        let pattern = pattern::glob(path, &text, fold_case)?.of_field(path);
                        Ok(Self::of_a_path_or_prose(path, pattern, text))
                    }
                    "prefix" => {
                        let mut text = text(path, value)?;
                        let pattern = pattern::prefix(&text, fold_case)?.of_field(path);
                        // What it ends in may go on.
                        text.truncate(text.rfind(['/', '\\']).map_or(0, |at| at + 1));
                        Ok(Self::of_a_path_or_prose(path, pattern, text))
                    }
                    "regex" => {
                        let text = text(path, value)?;
                        Ok(Self::Text {
                            pattern: pattern::regex(path, &text, fold_case)?.of_field(path),
                            contents: Contents::of(path),
                        })
                    }
                    "cidr" => {
                        let networks = list()?.iter().map(|item| network(item)).collect::<Result<_, _>>()?;
                        Ok(Self::Networks(networks))
                    }
                    "exists" => value
                        .as_bool()
                        .map(Self::Exists)
                        .ok_or_else(|| format!("`{path}`: exists wants true or false")),
                    "gt" => match table.get("lt") {
                        Some(below) => Ok(Self::Between(number("gt", value)?, number("lt", below)?)),
                        None => number("gt", value).map(Self::Above),
                    },
                    "lt" => number("lt", value).map(Self::Below),
                    other => Err(slip::instead_of(path, other, value)),
                }
            });
        let tests: Vec<Self> = tests.collect::<Result<_, _>>()?;
        let has_letters = |test: &Self| matches!(test, Self::Exact(_) | Self::Text { .. } | Self::Path { .. });
        if table.contains_key("ignore_case") && !tests.is_empty() && !tests.iter().any(has_letters) {
            return Err(format!("`{path}`: ignore_case is for texts; leave it out"));
        }
        if tests.is_empty() {
            Err(format!("`{path}` has no matcher; {}", slip::MATCHERS))
        } else {
            Ok(tests)
        }
    }

    fn of_a_path_or_prose(path: &str, pattern: Pattern, text: String) -> Self {
        let contents = Contents::of(path);
        if is_prose(path) {
            Self::Text { pattern, contents }
        } else {
            Self::Path {
                pattern,
                text,
                contents,
            }
        }
    }

    /// Whether what stands at the path passes, in as many of its readings as must.
    pub(super) fn holds(&self, values: &Values, readings: Readings) -> bool {
        let in_doubt = readings == Readings::One;
        let as_written = readings == Readings::AsWritten;
        let passes = |test: &dyn Fn(&str) -> bool| values.pass(in_doubt, test);
        // In the form that the pattern is written in.
        let passes_as_named = |pattern: &Pattern, test: &dyn Fn(&str) -> bool| {
            values.pass_as(&|text, stored| test(pattern.form(text, stored)))
        };
        let number = |test: &dyn Fn(f64) -> bool| passes(&|value| number(value).map_or(in_doubt, test));
        match self {
            Self::Exact(patterns) if in_doubt => {
                passes(&|value| may_fit(patterns, value) || is_address(value, patterns))
            }
            Self::Exact(patterns) => values.pass_as(&|text, stored| {
                let is_match = |pattern: &Pattern| pattern.is_match(pattern.form(text, stored));
                patterns.iter().any(is_match)
            }),
            Self::Text { pattern, .. } if as_written => passes_as_named(pattern, &|value| pattern.is_match(value)),
            Self::Path { pattern, .. } if as_written => passes_as_named(pattern, &|value| {
                pattern.is_match(value) || pattern.is_match(&path::marked(value))
            }),
            Self::Text { pattern, contents } if in_doubt => passes(&|value| {
                (!pattern.compares_contents(value) && contents.make_another(value)) || may_fit(from_ref(pattern), value)
            }),
            Self::Text { pattern, contents } => passes_as_named(pattern, &|value| fits(pattern, *contents, value)),
            Self::Path { pattern, contents, .. } if in_doubt => passes(&|value| {
                (!pattern.compares_contents(value) && contents.make_another(value)) || may_lead_to(pattern, value)
            }),
            Self::Path {
                pattern,
                text,
                contents,
            } => passes_as_named(pattern, &|value| {
                path::stays_below(value, text) && leads_to(pattern, *contents, value)
            }),
            Self::Networks(networks) => {
                let may_be = |value: &str| in_doubt && !is_no_address(value);
                passes(&|value| {
                    address(value).map_or_else(|| may_be(value), |address| are_of(networks, address, in_doubt))
                })
            }
            Self::Exists(wanted) => values.exist() == *wanted,
            Self::Above(limit) => number(&|number| number > *limit),
            Self::Below(limit) => number(&|number| number < *limit),
            Self::Between(above, below) => number(&|number| number > *above && number < *below),
        }
    }

    /// Its name in a rule, for an error about it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Exact(_) => "eq",
            Self::Text { .. } => "regex",
            Self::Path { .. } => "glob",
            Self::Networks(_) => "cidr",
            Self::Exists(_) => "exists",
            Self::Above(_) => "gt",
            Self::Below(_) => "lt",
            Self::Between(..) => "gt and lt",
        }
    }

    /// The value of most alerts of a kind that passes, if this is about such a field.
    pub(super) fn lets_pass_common(&self, path: &str) -> Option<&'static str> {
        if let Self::Networks(networks) = self {
            let private =
                |private: &&&str| network(private).is_ok_and(|all| networks.iter().any(|one| one.contains(&all)));
            return (path == "agent.ip")
                .then(|| PRIVATE.iter().find(private).copied())
                .flatten();
        }
        common(path, |value| self.holds(&Values::of(value), Readings::All))
    }
}

/// Networks of which each is large enough for all agents.
const PRIVATE: &[&str] = &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fd00::/8"];

/// Whether it fits as it is written, and still does when a way up in it is resolved.
fn fits(pattern: &Pattern, contents: Contents, value: &str) -> bool {
    let reads = |reading: &str| pattern.is_match(reading);
    let marked = contents.marked(value);
    reads(&marked)
        && !reading::has_strange_escapes(value)
        && !path::hides_a_way_up(value)
        && (!reading::leads_up(value) || (!reading::is_ambiguous(value) && reading::passes(&marked, false, reads)))
}

/// Whether it fits one of the patterns, which are for one field, in one of all ways to read it. These are made once for all of them.
fn may_fit(patterns: &[Pattern], value: &str) -> bool {
    let Some(any) = patterns.first() else { return false };
    let unquoted = drive::unquoted(value);
    let usual = &*drive::with_usual_drive(unquoted);
    let leaves_out_its_drive = drive::leaves_out_its_drive(usual);
    let may_match =
        |value: &str| reading::any_spelling(value, |value| patterns.iter().any(|pattern| pattern.may_match(value)));
    path::may_be_another(if unquoted == value { usual } else { value })
        || (unquoted != value && drive::begins_elsewhere(usual))
        || (drive::has_hidden_share(value) && !any.is_for_shares())
        || (!any.compares_contents(value) && contents::has_some(value))
        || (leaves_out_its_drive && patterns.iter().any(|pattern| !pattern.has_roots(usual)))
        || any.shells().make_another(value)
        || (any.shells() != Shells::None
            && patterns.iter().any(Pattern::is_for_paths_of_arguments)
            && drive::has_names_of_the_kernel(unquoted, patterns.iter().all(Pattern::begins_anywhere)))
        || reading::has_strange_escapes(value)
        || may_match(value)
        || (usual != unquoted && may_match(usual))
        || (leaves_out_its_drive
            && patterns.iter().any(|pattern| pattern.may_mean_drive(usual))
            && drive::on_each_drive(usual).any(|value| may_match(&value)))
        || (any.is_of_a_service() && drive::in_the_folder_of_windows(usual).is_some_and(|value| may_match(&value)))
        || any
            .without_contents(usual)
            .is_some_and(|others| others.iter().any(|value| may_match(value)))
        || any
            .shells()
            .without_escapes(value)
            .is_some_and(|value| may_match(&value))
}

/// Whether what it leads to fits; what may be another file does not.
fn leads_to(pattern: &Pattern, contents: Contents, value: &str) -> bool {
    if reading::is_ambiguous(value) || reading::has_strange_escapes(value) || path::hides_a_way_up(value) {
        return false;
    }
    let reads = |reading: &str| pattern.names(reading);
    let leads = |value: &str| {
        let value = path::marked(value);
        (reads(&value) && path::may_be_text(&value) && !reading::leads_up(&value))
            || reading::passes(&value, false, reads)
    };
    let marked = contents.marked(value);
    leads(&marked) && path::without_tail(&marked).is_none_or(leads)
}

/// Whether it or what it leads to fits in one of all ways to read it.
fn may_lead_to(pattern: &Pattern, value: &str) -> bool {
    let reads = |reading: &str| pattern.may_match(reading);
    let marked = path::marked(value);
    may_fit(from_ref(pattern), value) || reads(&marked) || reading::passes(&marked, true, reads)
}

/// An address as logs write it: in brackets, with a port, with a zone.
fn address(value: &str) -> Option<IpAddr> {
    let plain = |text: &str| {
        let text = text
            .strip_prefix('[')
            .map_or(Some(text), |text| text.strip_suffix(']'))?;
        text.split('%').next()?.parse::<IpAddr>().ok()
    };
    let value = value.trim();
    plain(value).or_else(|| {
        let (host, port) = value.rsplit_once(':')?;
        port.parse::<u16>().ok()?;
        plain(host)
    })
}

/// Whether one of the networks holds an address or, in doubt, one that it may stand for.
fn are_of(networks: &[IpNet], address: IpAddr, in_doubt: bool) -> bool {
    let holds = |address| networks.iter().any(|network| network.contains(&address));
    holds(address)
        || holds(address.to_canonical())
        || (in_doubt && within(address).is_some_and(|inner| holds(inner.into())))
}

/// Whether a value may be an address that a rule names, however it is written: one in it is, or is so in an odd spelling.
fn is_address(value: &str, patterns: &[Pattern]) -> bool {
    let written = patterns.iter().map(Pattern::written);
    let wanted: Vec<(&str, IpAddr)> = written
        .filter_map(|written| Some((written, written.parse::<IpAddr>().ok()?.to_canonical())))
        .collect();
    if wanted.is_empty() {
        return false;
    }
    let value = spelling::with_usual_dots(value);
    let is = |text: &str| {
        let read = address(text);
        wanted.iter().any(|(_, wanted)| match read {
            Some(address) => are_of(&[(*wanted).into()], address, true),
            None => spelling::may_be(text, *wanted),
        })
    };
    let is_meant = |text: &str| is(text) || spelling::without_port(text).is_some_and(|host| is(&host));
    let of_none = |c: char| !c.is_alphanumeric() && !".:%[]-_".contains(c);
    wanted.iter().any(|(written, _)| spelling::holds(&value, written))
        || is_meant(&value)
        // A word that stands there often is looked at once.
        || value.split(of_none).collect::<BTreeSet<_>>().into_iter().any(is_meant)
}

/// What Windows writes where there is no address.
fn is_no_address(value: &str) -> bool {
    matches!(value.trim(), "" | "-")
}

/// The address that one of IPv6 may stand for: `::10.1.2.3`, `::ffff:0:10.1.2.3`, `64:ff9b::10.1.2.3`, `64:ff9b:1::10.1.2.3`,
/// `fe80::5efe:10.1.2.3`, `2002:a01:203::`, and that of a client of Teredo, turned over (`2001:0:…:f5fe:fdfc`).
fn within(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else { return None };
    if let [0x2001, 0, _, _, _, _, high, low] = address.segments() {
        return Some((!(u32::from(high) << 16 | u32::from(low))).into());
    }
    let ([0x2002, high, low, ..]
    | [0 | 0x64, 0 | 0xff9b, 0, 0, 0, 0, high, low]
    | [0x64, 0xff9b, 1, _, _, _, high, low]
    | [_, _, _, _, 0 | 0x200, 0x5efe, high, low]
    | [0, 0, 0, 0, 0xffff, 0, high, low]) = address.segments()
    else {
        return None;
    };
    Some((u32::from(high) << 16 | u32::from(low)).into())
}

fn number(value: &str) -> Option<f64> {
    value.trim().parse().ok().filter(|number: &f64| !number.is_nan())
}

/// What numbers are compared with, so far as it can be told from its neighbours.
fn limit(value: &toml::Value) -> Result<f64, &'static str> {
    let (number, fits) = match value {
        toml::Value::Integer(number) => (number.to_string().parse().ok(), number.unsigned_abs() <= 1 << 53),
        toml::Value::Float(number) => (
            Some(*number).filter(|number| !number.is_nan()),
            number.abs() <= 2_f64.powi(53),
        ),
        _ => (None, true),
    };
    let number = number.ok_or("wants a number")?;
    if !fits {
        return Err("wants a number of at most 9007199254740992 (2^53): larger ones are not told apart");
    }
    Ok(number)
}

fn text(path: &str, value: &toml::Value) -> Result<String, String> {
    match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => Ok(value.to_string()),
        toml::Value::Array(_) => Err(format!(
            "`{path}` wants one text here; write any = [{{ … }}, {{ … }}] for several"
        )),
        _ => Err(format!("`{path}` wants a text or a matcher")),
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    text.parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| format!("`{text}` is not a network in CIDR form"))
}
