//! Texts in no particular order: a few as they are, very many as a hash.

use sha2::{Digest, Sha256};

/// Most bytes that are kept. Events have a tenth of it; but whoever writes fields below a long name must not choose how much memory it
/// takes to write that name before each.
pub(super) const MOST: usize = 1 << 20;

/// Collects texts.
#[derive(Debug, Default)]
pub(super) struct Values {
    kept: Vec<String>,
    bytes: usize,
    more: Option<Sha256>,
}

impl Values {
    /// Adds one, if there is one.
    pub(super) fn extend(&mut self, value: Option<String>) {
        if let Some(value) = value {
            self.push(value);
        }
    }

    /// Adds one.
    pub(super) fn push(&mut self, value: String) {
        if let Some(hash) = &mut self.more {
            return add(hash, &value);
        }
        self.bytes += value.len() + size_of::<String>();
        self.kept.push(value);
        if self.bytes > MOST {
            let hash = self.more.insert(Sha256::new());
            for value in std::mem::take(&mut self.kept) {
                add(hash, &value);
            }
        }
    }

    /// Gives them, sorted: nothing says that fields stand in the same order again. Of very many it gives one text, for their order too:
    /// only a list that can be sorted is surely the same in another order.
    pub(super) fn sorted(mut self) -> Vec<String> {
        self.kept.sort_unstable();
        self.kept
            .extend(self.more.map(|hash| format!("… {}", hex::encode(hash.finalize()))));
        self.kept
    }
}

/// Adds one to a hash of several, so that none can look like the end of one and the start of the next.
pub(super) fn add(hash: &mut Sha256, value: &str) {
    hash.update((value.len() as u64).to_le_bytes());
    hash.update(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl Iterator<Item = String>) -> Values {
        let mut all = Values::default();
        values.for_each(|value| all.push(value));
        all
    }

    #[test]
    fn a_few_are_given_as_they_are_in_one_order() {
        let values = of(["b", "a", "b"].into_iter().map(str::to_owned));
        assert_eq!(values.sorted(), ["a", "b", "b"]);
    }

    #[test]
    fn very_many_take_no_more_memory_and_any_of_them_counts() {
        let name = "k".repeat(1000);
        let many = |last: usize| of((0..20_000).chain([last]).map(|n| format!("{name}={n}")));
        let values = many(1);
        assert!(values.kept.is_empty() && values.kept.capacity() == 0 && values.bytes < MOST + 2000);
        let (one, same, other) = (values.sorted(), many(1).sorted(), many(2).sorted());
        assert!(one.len() == 1 && one[0].len() < 100, "{one:?}");
        assert_eq!(one, same);
        assert_ne!(one, other);
    }
}
