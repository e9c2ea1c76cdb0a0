//! How a pattern begins, which says whether it matters what stands before what it names.

use regex_syntax::hir::{Dot, Hir, HirKind};

use super::is_dot;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Begins {
    /// It fits behind whatever stands before it.
    pub(super) anywhere: bool,
    /// A drive may be named, by its letter or as the kernel does.
    pub(super) names_drive: bool,
    /// There with a separator, so that no drive before that is anything but what stands before it: `**\Windows`.
    pub(super) at_a_separator: bool,
}

impl Begins {
    pub(super) fn of_glob(written: &str, wide: &str) -> Self {
        let behind = written.strip_prefix("**");
        Self {
            anywhere: wide.starts_with("(?s:.)*"),
            names_drive: names_drive(written),
            at_a_separator: behind.is_some_and(|text| text.starts_with(['\\', '/'])),
        }
    }

    pub(super) fn of_regex(written: &str) -> Self {
        let parsed = regex_syntax::parse(written).ok();
        Self {
            anywhere: parsed.as_ref().is_some_and(begins_with_anything),
            names_drive: names_drive(&written.replace("(?:", "(")),
            at_a_separator: parsed.as_ref().is_some_and(is_followed_by_a_separator),
        }
    }
}

fn names_drive(written: &str) -> bool {
    written.contains(':') || written.to_ascii_lowercase().contains("harddiskvolume")
}

fn begins_with_anything(pattern: &Hir) -> bool {
    match pattern.kind() {
        HirKind::Repetition(repetition) => {
            let is_any = is_dot(&repetition.sub) || *repetition.sub == Hir::dot(Dot::AnyChar);
            repetition.min == 0 && repetition.max.is_none() && is_any
        }
        HirKind::Capture(capture) => begins_with_anything(&capture.sub),
        HirKind::Concat(parts) => without_anchors(parts).next().is_some_and(begins_with_anything),
        HirKind::Alternation(parts) => parts.iter().all(begins_with_anything),
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => false,
    }
}

/// Whether a separator stands behind what it begins with.
fn is_followed_by_a_separator(pattern: &Hir) -> bool {
    match pattern.kind() {
        HirKind::Capture(capture) => is_followed_by_a_separator(&capture.sub),
        HirKind::Concat(parts) => {
            let mut parts = without_anchors(parts).map(Hir::kind);
            let begins = match parts.next() {
                Some(HirKind::Capture(capture)) => matches!(capture.sub.kind(), HirKind::Repetition(_)),
                first => matches!(first, Some(HirKind::Repetition(_))),
            };
            let goes_on = match parts.next() {
                Some(HirKind::Literal(literal)) => literal.0.starts_with(b"\\") || literal.0.starts_with(b"/"),
                _ => false,
            };
            begins && goes_on
        }
        HirKind::Alternation(parts) => parts.iter().all(is_followed_by_a_separator),
        _ => false,
    }
}

fn without_anchors(parts: &[Hir]) -> impl Iterator<Item = &Hir> {
    parts.iter().filter(|part| !matches!(part.kind(), HirKind::Look(_)))
}
