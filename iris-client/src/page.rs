//! One page of a list.

/// One page of a list, and where the next one is.
///
/// IRIS orders by event time only: alerts of the same instant may stand on two pages or on none while others are added. To
/// drain a filter whose alerts disappear as they are worked on, ask for page 1 again and again.
///
/// ```
/// let page = iris_client::Page { items: vec!["a", "b"], total: 5, current: 1, last: 3, next: Some(2) };
/// assert!(!page.is_empty());
/// assert_eq!(page.into_iter().collect::<Vec<_>>(), ["a", "b"]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What stands on this page; empty beyond the last.
    pub items: Vec<T>,
    /// How many there are on all pages.
    pub total: u64,
    /// Number of this page, from 1.
    pub current: u32,
    /// Number of the last page; 0 when there is none.
    pub last: u32,
    /// Number of the next page.
    pub next: Option<u32>,
}

impl<T> Page<T> {
    /// Says whether there is nothing on this page.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;
    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}
