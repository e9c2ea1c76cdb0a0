//! Dotted paths into a JSON object.

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde_json::{Map, Value};

use crate::text;

/// Longest path that [`leaves`] gives, in bytes. An attacker who chooses keys must not choose how much memory their paths take.
const MAX_PATH: usize = 1_024;

/// What most paths need, in bytes.
const USUAL_PATH: usize = 128;

/// Where an active response tells of the alert that it answers, whole.
const OCCASION: &str = "data.parameters.alert.";

/// Says whether a path is that of a field of the alert that an active response answers.
pub(crate) fn is_of_the_occasion(path: &str) -> bool {
    path.starts_with(OCCASION)
}

/// Gives the path of a field as it was in the alert that an active response answers; of every other field the path itself.
pub(crate) fn of_the_occasion(mut path: &str) -> &str {
    // Asked of every leaf: to search for the text, as `trim_start_matches` does, takes many times as long.
    while let Some(rest) = path.strip_prefix(OCCASION) {
        path = rest;
    }
    path
}

/// Says whether values below a path carry one more layer of escapes: all that Windows wrote, except the frame of an event.
pub(crate) fn is_escaped(path: &str) -> bool {
    let path = of_the_occasion(path);
    path.starts_with("data.win.") && !path.starts_with("data.win.system.")
}

/// Places that [`get`] looks at before it gives up. Keys with dots can be nested so that a path has exponentially many readings.
const MAX_LOOKS: u32 = 10_000;

/// Finds the value at a dotted path. A key that has dots itself is found too, the plain nesting first; a number picks an element
/// of a list.
pub(crate) fn get<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let mut looks = MAX_LOOKS;
    look(value, path, &mut looks)
}

fn look<'a>(value: &'a Value, path: &str, looks: &mut u32) -> Option<&'a Value> {
    *looks = looks.checked_sub(1)?;
    match value {
        Value::Object(object) => {
            let mut dots = path.match_indices('.');
            let nested = dots.find_map(|(dot, _)| look(member(object, &path[..dot])?, &path[dot + 1..], looks));
            nested.or_else(|| member(object, path))
        }
        Value::Array(elements) => {
            let (index, rest) = path
                .split_once('.')
                .map_or((path, None), |(index, rest)| (index, Some(rest)));
            let element = elements.get(index.parse::<usize>().ok()?)?;
            rest.map_or(Some(element), |rest| look(element, rest, looks))
        }
        _ => None,
    }
}

/// Finds a member of an object: to look at a few keys is quicker than to hash one.
fn member<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    const FEW: usize = 24;
    if object.len() > FEW {
        return object.get(key);
    }
    // Most names differ in length or at the beginning: to see that takes no call.
    let first = key.as_bytes().first();
    let is_it = |name: &String| name.len() == key.len() && name.as_bytes().first() == first && name == key;
    object.iter().find_map(|(name, value)| is_it(name).then_some(value))
}

/// Gives a member of an object, and `null` where there is none.
pub(crate) fn child<'a>(value: &'a Value, key: &str) -> &'a Value {
    static NULL: Value = Value::Null;
    value
        .as_object()
        .and_then(|object| member(object, key))
        .unwrap_or(&NULL)
}

/// Finds what [`get`] finds in a value whose keys have no dots: there is one way down.
fn get_nested<'a>(mut value: &'a Value, path: &str) -> Option<&'a Value> {
    let mut rest = Some(path);
    while let Some(path) = rest {
        let key;
        (key, rest) = first_key(path);
        value = match value {
            Value::Object(object) => member(object, key)?,
            Value::Array(elements) => elements.get(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

/// Takes a path apart at its first dot. A key has a few letters: to start a search for the dot, as `split_once` does, takes longer than
/// to look at them.
fn first_key(path: &str) -> (&str, Option<&str>) {
    match path.bytes().position(|byte| byte == b'.') {
        Some(dot) => (&path[..dot], Some(&path[dot + 1..])),
        None => (path, None),
    }
}

/// What is known of an object beforehand by which [`get`] finds more quickly. Most paths that are asked for lead nowhere, and a look at
/// the first two keys shows it.
#[derive(Debug)]
pub(crate) struct Outline {
    dotted: bool,
    /// A bit for each key at the top, and for each in `data`; several keys may share one.
    top: u64,
    data: u64,
}

impl Outline {
    /// The outline of a value.
    pub(crate) fn of(value: &Value) -> Self {
        Self {
            dotted: has_dotted_keys(value),
            top: bits(value),
            data: bits(child(value, "data")),
        }
    }

    /// Finds what [`get`] finds in the value that this is the outline of.
    pub(crate) fn get<'a>(&self, value: &'a Value, path: &str) -> Option<&'a Value> {
        if self.dotted {
            return get(value, path);
        }
        self.may_have(path).then(|| get_nested(value, path)).flatten()
    }

    fn may_have(&self, path: &str) -> bool {
        let (first, rest) = first_key(path);
        let below = rest.filter(|_| first == "data");
        self.top & bit(first) != 0 && below.is_none_or(|rest| self.data & bit(first_key(rest).0) != 0)
    }
}

/// The bits of all keys; all bits of what is no object, and may be a list.
fn bits(value: &Value) -> u64 {
    let keys = value.as_object().map(Map::keys);
    keys.map_or(u64::MAX, |keys| keys.fold(0, |bits, key| bits | bit(key)))
}

fn bit(key: &str) -> u64 {
    let at = |byte: Option<&u8>| byte.map_or(0, |byte| usize::from(*byte));
    let bytes = key.as_bytes();
    1 << ((bytes.len() * 5 + at(bytes.first()) * 3 + at(bytes.last())) % 64)
}

/// Says whether any key in it has a dot.
fn has_dotted_keys(value: &Value) -> bool {
    match value {
        // A key has a few letters, for which to start a search takes longer than to look at them.
        Value::Object(object) => object
            .iter()
            .any(|(key, value)| key.bytes().any(|byte| byte == b'.') || has_dotted_keys(value)),
        Value::Array(elements) => elements.iter().any(has_dotted_keys),
        _ => false,
    }
}

/// Gives the text at a dotted path.
pub(crate) fn text<'a>(value: &'a Value, path: &str) -> Option<Cow<'a, str>> {
    text_of(get(value, path)?, path)
}

/// Gives the text of what is at a dotted path, Windows event data without its extra layer of escapes.
pub(crate) fn text_of<'a>(value: &'a Value, path: &str) -> Option<Cow<'a, str>> {
    let text = text::of(value)?;
    Some(if is_escaped(path) { text::unescaped(text) } else { text })
}

/// Lists every leaf that says something as (dotted path, text), in the object's order.
pub(crate) fn leaves(value: &Value) -> Vec<(String, String)> {
    let mut leaves = Vec::new();
    visit(value, &mut |path, leaf| {
        leaves.extend(leaf.text(path).map(|text| (path.to_owned(), text.into_owned())));
    });
    leaves
}

/// A scalar or a list of scalars. Its text is made when it is asked for: most leaves are told apart by their paths.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaf<'a>(&'a Value);

impl<'a> Leaf<'a> {
    /// Its text, of which the path says how it is written; `None` for `null`.
    pub(crate) fn text(self, path: &str) -> Option<Cow<'a, str>> {
        text_of(self.0, path)
    }
}

/// Calls back for every leaf with its dotted path, in the object's order.
///
/// Lists of scalars are one leaf, joined with `, `; other lists number their elements. `null` and empty containers have no text.
pub(crate) fn visit<'a>(value: &'a Value, found: &mut dyn FnMut(&str, Leaf<'a>)) {
    visit_below("", value, found);
}

/// The same for what stands below a path: each begins with it.
pub(crate) fn visit_below<'a>(below: &str, value: &'a Value, found: &mut dyn FnMut(&str, Leaf<'a>)) {
    let mut path = String::with_capacity(USUAL_PATH);
    path.push_str(below);
    let _ = walk(value, &mut path, below.is_empty(), &mut |path, leaf| {
        found(path, leaf);
        ControlFlow::Continue(())
    });
}

/// Calls back for every leaf that has a text until one of the answers is yes, and says whether one was. Keeps none of them.
pub(crate) fn any_leaf(value: &Value, found: &mut dyn FnMut(&str, Cow<'_, str>) -> bool) -> bool {
    let flow = walk(
        value,
        &mut String::with_capacity(USUAL_PATH),
        true,
        &mut |path, leaf| {
            if leaf.text(path).is_some_and(|text| found(path, text)) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    );
    flow.is_break()
}

fn walk<'a>(
    value: &'a Value,
    path: &mut String,
    top: bool,
    found: &mut dyn FnMut(&str, Leaf<'a>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    match value {
        Value::Object(object) => object
            .iter()
            .try_for_each(|(key, value)| below(key, value, path, top, found)),
        Value::Array(elements) if !text::are_scalars(elements) => elements
            .iter()
            .enumerate()
            .try_for_each(|(index, value)| below(&index.to_string(), value, path, top, found)),
        scalar => found(path, Leaf(scalar)),
    }
}

fn below<'a>(
    key: &str,
    value: &'a Value,
    path: &mut String,
    top: bool,
    found: &mut dyn FnMut(&str, Leaf<'a>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let length = path.len();
    // Not "where the path is empty": a key may be empty too, and what is below it must be found again.
    if !top {
        path.push('.');
    }
    path.push_str(key);
    if path.len() > MAX_PATH {
        path.truncate(path.floor_char_boundary(MAX_PATH));
        path.push('…');
    }
    let flow = walk(value, path, false, found);
    path.truncate(length);
    flow
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_with_dots_are_found_however_they_are_nested() {
        let value = json!({"data": {"a.b": {"c": "x"}, "a": {"b.c": "y"}, "d": {"e": {"f": "z"}, "e.f": "w"}}});
        assert_eq!(get(&value, "data.a.b.c"), Some(&json!("y")));
        assert_eq!(get(&value, "data.d.e.f"), Some(&json!("z")));
        assert_eq!(get(&json!({"e.f": "w"}), "e.f"), Some(&json!("w")));
        assert_eq!(
            get(&json!({"pci_dss_v3.2.1": ["1"]}), "pci_dss_v3.2.1.0"),
            Some(&json!("1"))
        );
        assert_eq!(get(&value, "data.a.b.d"), None);
        assert_eq!(get(&value, ""), None);
        assert_eq!(
            leaves(&json!({"": {"name": {"": "x"}}})),
            [(".name.".to_owned(), "x".to_owned())]
        );
        assert_eq!(text(&json!({"": {"name": {"": "x"}}}), ".name.").unwrap(), "x");
    }

    #[test]
    fn a_number_picks_an_element_of_a_list() {
        let value = json!({"items": [{"k": "a"}, {"k": ["b", "c"]}]});
        assert_eq!(text(&value, "items.1.k").unwrap(), "b, c");
        assert_eq!(text(&value, "items.1.k.1").unwrap(), "c");
        assert_eq!(text(&value, "items.2.k"), None);
        assert_eq!(text(&value, "items"), None);
    }

    #[test]
    fn leaves_stand_in_the_alerts_order_and_say_what_text_says() {
        let value = json!({
            "b": {"z": 1, "y": true, "x": null, "w": {}, "v": []},
            "a": ["p", 2, false],
            "data": {"win": {"eventdata": {"image": "C:\\\\a.exe"}, "system": {"message": "C:\\\\a.exe"}}},
            "list": [{"k": "v"}, "w", ["q", "r"]]
        });
        let leaves = leaves(&value);
        let expected = [
            ("b.z", "1"),
            ("b.y", "true"),
            ("a", "p, 2, false"),
            ("data.win.eventdata.image", "C:\\a.exe"),
            ("data.win.system.message", "C:\\\\a.exe"),
            ("list.0.k", "v"),
            ("list.1", "w"),
            ("list.2", "q, r"),
        ];
        assert_eq!(leaves, expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
        for (path, leaf) in leaves {
            assert_eq!(text(&value, &path).unwrap(), leaf);
        }
    }

    #[test]
    fn without_dots_in_keys_the_one_way_down_finds_the_same() {
        let value = json!({
            "a": {"b": {"c": "x"}, "": {"d": 1}}, "l": [{"k": ["p", {"q": 2}]}], "n": null, "": {"": 3},
            "data": {"win": {"system": {"x": "y"}}, "list": [5], "": 4, "text": "z"},
        });
        let outline = Outline::of(&value);
        assert!(!outline.dotted);
        for path in [
            "a",
            "a.b",
            "a.b.c",
            "a.b.c.d",
            "a..d",
            "a.",
            "",
            ".",
            "..",
            "l",
            "l.0",
            "l.0.k",
            "l.0.k.1.q",
            "l.0.k.2",
            "l.x",
            "l.+0",
            "n",
            "n.a",
            "z",
            "z.a",
            "data",
            "data.",
            "data..",
            "data.win.system.x",
            "data.win.eventdata.x",
            "data.list.0",
            "data.list.1",
            "data.text",
            "data.text.z",
            "data.nowhere",
            "data.nowhere.at.all",
        ] {
            assert_eq!(outline.get(&value, path), get(&value, path), "{path:?}");
        }
        for value in [json!({"a.b": 1}), json!({"a": [{"b": {"c.": 1}}]})] {
            assert!(Outline::of(&value).dotted, "{value}");
        }
        for value in [
            json!({"data": [7, {"x": 8}]}),
            json!({"data": "x"}),
            json!([9]),
            json!({}),
        ] {
            let outline = Outline::of(&value);
            for path in ["data", "data.0", "data.1.x", "data.x", "0", ""] {
                assert_eq!(outline.get(&value, path), get(&value, path), "{path:?} in {value}");
            }
        }
    }

    #[test]
    fn a_path_with_exponentially_many_readings_is_given_up() {
        // Every level is there twice, so each of the 2^13 ways down has to be tried.
        let mut value = json!("x");
        for _ in 0..13 {
            value = json!({"a": value, "a.a": value});
        }
        let mut looks = MAX_LOOKS;
        assert_eq!(look(&value, &format!("{}b", "a.".repeat(26)), &mut looks), None);
        assert_eq!(looks, 0);
        assert_eq!(get(&value, &"a.".repeat(13)[..25]), Some(&json!("x")));
    }

    #[test]
    fn a_walk_ends_where_it_is_told_to() {
        let value = json!({"a": {"b": [{"c": 1}, {"c": 2}], "d": 3}, "n": null, "e": "x"});
        let mut seen = Vec::new();
        let mut until = |end: &str| {
            seen.clear();
            let told = any_leaf(&value, &mut |path, text| {
                seen.push(format!("{path}={text}"));
                path == end
            });
            (told, seen.join(" "))
        };
        assert_eq!(until("a.b.1.c"), (true, "a.b.0.c=1 a.b.1.c=2".to_owned()));
        assert_eq!(until("n"), (false, "a.b.0.c=1 a.b.1.c=2 a.d=3 e=x".to_owned()));
        let mut below = Vec::new();
        visit_below("x.y", &value["a"]["b"], &mut |path, _| below.push(path.to_owned()));
        assert_eq!(below, ["x.y.0.c", "x.y.1.c"]);
    }

    #[test]
    fn long_keys_do_not_multiply() {
        let many: serde_json::Map<_, _> = (0..5_000).map(|n| (n.to_string(), json!(1))).collect();
        let value = json!({"k".repeat(60_000): many});
        let leaves = leaves(&value);
        assert_eq!(leaves.len(), 5_000);
        assert!(leaves.iter().all(|(path, _)| path.len() < 1_100 && path.ends_with('…')));
    }
}
