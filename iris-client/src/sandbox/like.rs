//! SQL's `LIKE` and `ILIKE`.

/// A pattern: `%` any text, `_` any character, `\` takes the next one as it is.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    parts: Vec<Part>,
    any_case: bool,
    /// The text itself where there is no wildcard inside, which is the usual and the fast way.
    plain: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Char(char),
    One,
    Many,
}

impl Pattern {
    /// `%text%`.
    pub(super) fn containing(text: &str, any_case: bool) -> Self {
        let mut parts = vec![Part::Many];
        // PostgreSQL takes a backslash at the end together with the `%` behind it.
        let mut chars = text.chars().chain(std::iter::once('%')).peekable();
        while let Some(c) = chars.next() {
            match c {
                '%' => parts.push(Part::Many),
                '_' => parts.push(Part::One),
                '\\' => parts.extend(chars.next().map(|c| Part::Char(folded(c, any_case)))),
                c => parts.push(Part::Char(folded(c, any_case))),
            }
        }
        let inner = &parts[1..parts.len() - 1];
        let plain = parts.last() == Some(&Part::Many) && inner.iter().all(|part| matches!(part, Part::Char(_)));
        let plain = plain.then(|| {
            let chars = inner.iter().filter_map(|part| match part {
                Part::Char(c) => Some(*c),
                Part::One | Part::Many => None,
            });
            chars.collect()
        });
        Self { parts, any_case, plain }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        if let Some(plain) = &self.plain {
            return if self.any_case {
                text.to_lowercase().contains(plain.as_str())
            } else {
                text.contains(plain.as_str())
            };
        }
        let text: Vec<char> = text.chars().map(|c| folded(c, self.any_case)).collect();
        let (mut t, mut p) = (0, 0);
        // Where the last `%` stood, and how far it has been stretched.
        let mut retry: Option<(usize, usize)> = None;
        while t < text.len() {
            match self.parts.get(p) {
                Some(Part::Many) => {
                    retry = Some((p, t));
                    p += 1;
                    continue;
                }
                Some(Part::One) => {
                    p += 1;
                    t += 1;
                    continue;
                }
                Some(Part::Char(c)) if *c == text[t] => {
                    p += 1;
                    t += 1;
                    continue;
                }
                Some(Part::Char(_)) | None => {}
            }
            let Some((many, stretched)) = retry else { return false };
            retry = Some((many, stretched + 1));
            p = many + 1;
            t = stretched + 1;
        }
        self.parts[p..].iter().all(|part| *part == Part::Many)
    }
}

fn folded(c: char, any_case: bool) -> char {
    if any_case {
        c.to_lowercase().next().unwrap_or(c)
    } else {
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_in_postgresql() {
        for (pattern, text, any_case, matches) in [
            ("ai-pending", "wazuh,AI-PENDING-2", true, true),
            ("ai-pending", "AI-PENDING", false, false),
            ("ai_pending", "aiXpending", true, true),
            (r"ai\_pending", "aiXpending", true, false),
            (r"ai\_pending", "x,ai_pending", true, true),
            ("a%d", "xabcdx", true, true),
            ("a%d", "dcba", true, false),
            ("", "", true, true),
            ("_", "", true, false),
            (r"x\", "x%", true, true),
            (r"x\", "x", true, false),
            ("a_b_c", "zza1b2cz", true, true),
            ("É", "é", true, true),
        ] {
            assert_eq!(
                Pattern::containing(pattern, any_case).matches(text),
                matches,
                "{pattern} in {text}"
            );
        }
    }
}
