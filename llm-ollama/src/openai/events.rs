//! Server-sent events, as far as chat completions use them.

/// The last event of every stream.
pub(crate) const DONE: &[u8] = b"[DONE]";

/// Collects lines into the data of events.
#[derive(Debug, Default)]
pub(crate) struct Events {
    data: Vec<u8>,
}

impl Events {
    /// Takes a line; gives the data of an event when the line ends one.
    pub(crate) fn push(&mut self, line: &[u8]) -> Option<Vec<u8>> {
        if line.is_empty() {
            return if self.data.is_empty() {
                None
            } else {
                Some(std::mem::take(&mut self.data))
            };
        }
        // llama-server used to send errors in a field of their own.
        if let Some(error) = field(line, b"error") {
            return Some([b"{\"error\":".as_slice(), error, b"}"].concat());
        }
        // Other fields and comments say nothing about the answer; a comment only keeps the connection open.
        if let Some(value) = field(line, b"data") {
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(value);
            // The end is the end: some servers leave out the blank line behind it, and keep the connection open.
            if self.data == DONE {
                return Some(std::mem::take(&mut self.data));
            }
        }
        None
    }

    /// Bytes of the event that is not over yet.
    pub(crate) fn pending(&self) -> usize {
        self.data.len()
    }
}

fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = line.strip_prefix(name)?.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_what_stands_between_blank_lines() {
        let mut events = Events::default();
        let text = ": keep-alive\n\ndata: {\"a\":\ndata:1}\nid: 7\n\n\ndata: [DONE]\n\nerror: {\"b\":2}\n\ndata: torn";
        let found: Vec<_> = text
            .split('\n')
            .filter_map(|line| events.push(line.as_bytes()))
            .collect();
        assert_eq!(found, [b"{\"a\":\n1}".as_slice(), b"[DONE]", b"{\"error\":{\"b\":2}}"]);
        assert_eq!(events.pending(), 4);
    }
}
