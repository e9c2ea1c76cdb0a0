//! The words in which IRIS 2.4 and 3, and what they are built on, complain.

/// What a word of an error may be. Upper and lower case do not matter. Whatever is not here may have come out of an alert.
#[rustfmt::skip] // one list, one look
const WORDS: [&str; 312] = [
    "0x00", "10", "400", "401", "403", "404", "405", "409", "413", "415", "422", "429", "500", "502", "503", "504",
    "8", "a", "access", "account", "added", "adding", "alert", "alerts", "all", "allowed", "already", "am", "an",
    "analysis", "and", "any", "append", "are", "argument", "arguments", "as", "asset", "assets", "assignment", "at",
    "attempted", "attribute", "attributeerror", "attributes", "authenticated", "authentication", "bad", "base", "be",
    "before", "body", "bool", "boolean", "browser", "but", "by", "byte", "bytes", "can", "cannot", "case", "cases",
    "category", "characters", "check", "chosen", "class", "classification", "client", "codec", "comment", "comments",
    "compare", "contain", "content", "could", "create", "created", "customer", "customers", "data", "database",
    "date", "datetime", "decode", "decoded", "default", "delete", "deleted", "denied", "deprecated", "description",
    "dict", "directory", "disabled", "do", "does", "duplicate", "email", "empty", "encode", "endpoint", "entitled",
    "equal", "error", "errors", "escalate", "event", "exceeded", "exception", "exist", "existing", "exists",
    "expected", "expecting", "failed", "field", "fields", "filter", "filtering", "float", "flow", "for", "forbidden",
    "format", "found", "from", "get", "got", "group", "groups", "has", "have", "here", "id", "ids", "if", "in",
    "index", "indices", "input", "instance", "int", "integer", "integers", "internal", "invalid", "ioc", "iocs", "is",
    "it", "item", "items", "iterable", "json", "key", "keyerror", "keys", "large", "length", "linked", "list",
    "lists", "literal", "local", "logs", "long", "longer", "malformed", "mapping", "match", "maximum", "may",
    "member", "memory", "merge", "merged", "method", "minimum", "mismatch", "missing", "model", "module", "more",
    "must", "name", "named", "names", "no", "none", "nonetype", "not", "nothing", "nul", "null", "number", "object",
    "of", "on", "one", "only", "operand", "operator", "option", "or", "ordereddict", "out", "overflow", "owner",
    "page", "parameter", "parse", "pattern", "permission", "permissions", "permitted", "pop", "port", "position",
    "processed", "proxy", "query", "range", "reached", "read", "recursion", "referenced", "refused", "related",
    "relationship", "request", "required", "resolution", "resource", "response", "retry", "role", "rolled", "row",
    "rows", "schema", "sent", "server", "session", "set", "severity", "shorter", "size", "split", "start", "state",
    "status", "str", "string", "strings", "subscriptable", "such", "support", "supported", "surrogates", "t", "tag",
    "tags", "takes", "target", "template", "than", "that", "the", "this", "time", "timeout", "title", "tlp", "to",
    "token", "too", "transaction", "tuple", "type", "typeerror", "types", "unable", "understand", "unexpected",
    "unhashable", "unknown", "unlink", "unlinked", "unmerge", "unsupported", "update", "updated", "user", "users",
    "utf", "utf-8", "uuid", "valid", "value", "valueerror", "variable", "version", "was", "when", "while", "with",
    "without", "write", "you", "your",
];

/// Says whether a word is one that IRIS uses by itself.
pub(super) fn knows(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    WORDS.binary_search(&word.as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_in_order() {
        assert!(WORDS.is_sorted());
        assert!(knows("Alert") && !knows("hunter"));
    }
}
