//! The fast way: `serde_json` does the reading, this visitor merges duplicate keys and bounds the depth.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use super::{MAX_DEPTH, merge};

/// Most members that wait for the end of their objects at once, in most alerts.
const USUAL_MEMBERS: usize = 32;

/// Reads clean JSON. Any error only means that the lenient reader has to look.
pub(super) fn read(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    // All at once: a look at every string for itself takes ten times as long.
    let text = std::str::from_utf8(bytes).map_err(serde_json::Error::custom)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut members = Vec::with_capacity(USUAL_MEMBERS);
    let node = Node {
        depth: 0,
        members: &mut members,
    };
    let value = node.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// One value, below this many containers.
struct Node<'m> {
    depth: usize,
    /// Members of the objects that are not at their end yet: an object is made when it is known how many it has, and never grows.
    members: &'m mut Vec<(String, Value)>,
}

impl Node<'_> {
    fn inside<E: Error>(&self) -> Result<usize, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom("nested too deep"));
        }
        Ok(self.depth + 1)
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let depth = self.inside()?;
        let mut array = Vec::new();
        let members = self.members;
        while let Some(element) = elements.next_element_seed(Node { depth, members })? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let depth = self.inside()?;
        let members = self.members;
        let start = members.len();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(Node { depth, members })?;
            members.push((key, value));
        }
        let mut object = Map::with_capacity(members.len() - start);
        let mut repeats = merge::Repeats::default();
        for (key, value) in members.drain(start..) {
            match object.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(value);
                }
                Entry::Occupied(entry) => repeats.push(entry.key(), value),
            }
        }
        repeats.merge_into(&mut object);
        Ok(Value::Object(object))
    }
}
