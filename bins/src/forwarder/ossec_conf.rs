//! The `<integration>` blocks of `ossec.conf`, as far as we need to understand them.

use iris_client::{IrisClient, Url};
use secrecy::SecretString;

use super::spool::Destination;

/// The name under which integratord runs us: custom integrations must begin with `custom-`.
pub(super) const NAME: &str = "custom-iris";

/// One `<integration>` block of ours.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// What the hook is told by it; the word that stands in for a key is none.
    pub(super) destination: Destination,
    /// Whether alerts come as JSON.
    pub(super) json: bool,
}

/// The word that `install` writes where the key belongs.
pub(super) const PLACEHOLDER: &str = "IRIS_API_KEY";
/// The address that it writes when it was told none.
pub(super) const NO_ADDRESS: &str = "https://IRIS:8443";

/// Our blocks in the file, in their order; what is commented out is not there.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    integrations(text)
        .into_iter()
        .filter(|(name, _)| name == NAME)
        .map(|(_, block)| {
            let block = block.as_str();
            let key = element(block, "api_key").unwrap_or_default();
            Block {
                destination: Destination {
                    url: element(block, "hook_url").unwrap_or_default(),
                    key: (!key.is_empty() && key != PLACEHOLDER).then(|| SecretString::from(key)),
                    options: element(block, "options").unwrap_or_default(),
                },
                json: element(block, "alert_format").is_some_and(|format| format.starts_with("json")),
            }
        })
        .collect()
}

/// Names of other integrations that send to IRIS, such as the `custom-iris.py` that this program takes the place of: they are called so,
/// or their address is that of one of our blocks, or of the call that makes alerts.
pub(super) fn others(text: &str) -> Vec<String> {
    let address = |block: &str| Url::parse(&element(block, "hook_url")?).ok();
    let server = |url: &Url| Some((url.host_str()?.to_owned(), url.port_or_known_default()));
    let (ours, others): (Vec<_>, Vec<_>) = integrations(text).into_iter().partition(|(name, _)| name == NAME);
    let ours: Vec<_> = ours.iter().filter_map(|(_, block)| server(&address(block)?)).collect();
    let is_for_iris = |url: &Url| {
        url.path().trim_end_matches('/').ends_with("/alerts/add")
            || server(url).is_some_and(|server| ours.contains(&server))
    };
    others
        .into_iter()
        .filter(|(name, block)| {
            name.to_ascii_lowercase().contains("iris") || address(block).as_ref().is_some_and(is_for_iris)
        })
        .map(|(name, _)| name)
        .collect()
}

/// Every `<integration>` block with its name.
fn integrations(text: &str) -> Vec<(String, String)> {
    let text = blanked(text).0.replace(BLANK, "");
    elements(&text, "integration")
        .filter_map(|block| Some((element(block, "name")?, block.to_owned())))
        .collect()
}

/// The text of an element; of several, the last one counts. Wazuh reads no entities: `&amp;` reaches the hook as it stands.
fn element(block: &str, name: &str) -> Option<String> {
    elements(block, name).last().map(|text| text.trim().to_owned())
}

/// What the elements of this name hold. To Wazuh, any space ends the name in an opening tag, and none may stand in a closing one.
fn elements<'a>(text: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (_, behind) = rest.split_once(&open)?;
            rest = behind;
            if !behind.starts_with(|next: char| next == '>' || next.is_ascii_whitespace()) {
                continue;
            }
            let (_, behind) = behind.split_once('>')?;
            let (held, behind) = behind.split_once(&close)?;
            rest = behind;
            return Some(held);
        }
    })
}

/// What stands where a comment stood.
const BLANK: char = '\0';

/// A comment that never ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unclosed {
    /// Where it begins.
    pub(super) line: usize,
}

/// The same text with every comment blanked out: places stay where they are. To Wazuh, a comment is what stands between `<!` and the
/// next `-->` or `!>`; one that never ends hides all that follows.
fn blanked(text: &str) -> (String, Option<Unclosed>) {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut unclosed = None;
    while let Some(start) = rest.find("<!") {
        let behind = &rest[start + 2..];
        let ends = [("-->", 3), ("!>", 2)].map(|(end, length)| behind.find(end).map(|at| at + length));
        let end = ends.into_iter().flatten().min();
        if end.is_none() {
            let before = &text[..text.len() - rest.len() + start];
            let line = 1 + before.matches('\n').count();
            unclosed = Some(Unclosed { line });
        }
        let end = end.map_or(rest.len(), |length| start + 2 + length);
        clean.push_str(&rest[..start]);
        clean.extend(std::iter::repeat_n(BLANK, end - start));
        rest = &rest[end..];
    }
    clean.push_str(rest);
    (clean, unclosed)
}

/// A comment that never ends, if there is one: all that follows counts for nothing.
pub(super) fn unclosed(text: &str) -> Option<Unclosed> {
    blanked(text).1
}

/// What a block has to say of an address that a person wrote: of that, the hook uses the server and the path.
pub(super) fn hook_url(address: &str) -> iris_client::Result<String> {
    let server = IrisClient::address_of(address)?;
    Ok(format!("{}/alerts/add", server.as_str().trim_end_matches('/')))
}

/// Whether the client refuses to send there as long as certificates are verified, because anybody on the way could read it.
pub(super) fn is_in_the_clear(hook_url: &str) -> bool {
    // Without TLS, it is the address alone that can be refused.
    let client = IrisClient::builder(hook_url).token("none".to_owned().into());
    hook_url.starts_with("http:") && client.build().is_err()
}

/// The block for `ossec.conf`.
pub(super) fn block(hook_url: &str, level: u8) -> String {
    let level = if level == 0 {
        String::new()
    } else {
        format!("    <level>{level}</level>\n")
    };
    format!(
        "  <integration>\n    <name>{NAME}</name>\n    <hook_url>{hook_url}</hook_url>\n    <api_key>{PLACEHOLDER}</api_key>\n{level}    \
         <alert_format>json</alert_format>\n  </integration>\n"
    )
}

/// The file with the block before its last `</ossec_config>`; `None` when it has one already. A comment in Latin-1 stays as it is.
/// Behind a comment that never ends, the block would not be there the next time either, and would be put in once more.
pub(super) fn with_block(file: &[u8], block: &str) -> Result<Option<Vec<u8>>, Unclosed> {
    // One character for each byte, so that places are the same.
    let text: String = file
        .iter()
        .map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' })
        .collect();
    let (clean, unclosed) = blanked(&text);
    if let Some(unclosed) = unclosed {
        return Err(unclosed);
    }
    if !blocks(&text).is_empty() {
        return Ok(None);
    }
    Ok(Some(match clean.rfind("</ossec_config>") {
        Some(end) => [file[..end].trim_ascii_end(), b"\n", block.as_bytes(), &file[end..]].concat(),
        None => [file, b"\n<ossec_config>\n", block.as_bytes(), b"</ossec_config>\n"].concat(),
    }))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn the_block_goes_in_once_and_before_the_end() {
        let text = "<ossec_config>\n  <global/>\n</ossec_config>\n<!-- </ossec_config> -->\n";
        let block = block("https://iris:8443/alerts/add", 3);
        let changed = with_block(text.as_bytes(), &block).unwrap().unwrap();
        let changed = String::from_utf8(changed).unwrap();
        assert!(
            changed.contains("<hook_url>https://iris:8443/alerts/add</hook_url>"),
            "{changed}"
        );
        assert!(
            changed.ends_with("</integration>\n</ossec_config>\n<!-- </ossec_config> -->\n"),
            "{changed}"
        );
        assert_eq!(with_block(changed.as_bytes(), &block), Ok(None));
    }

    #[test]
    fn a_block_that_is_commented_out_is_not_there() {
        let commented = format!(
            "<ossec_config>\n<!--\n{}-->\n</ossec_config>\n",
            block("https://old", 3)
        );
        assert!(blocks(&commented).is_empty());
        let changed = with_block(commented.as_bytes(), &block("https://new", 0));
        let changed = changed.unwrap().unwrap();
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(blocks(&changed).len(), 1);
        assert_eq!(blocks(&changed)[0].destination.url, "https://new");
    }

    #[test]
    fn behind_a_comment_that_never_ends_no_block_is_put() {
        let block = block("https://iris", 3);
        for (file, line) in [
            ("<ossec_config>\n</ossec_config>\n<!-- old: -- >\n", 3),
            ("<!-- a -->\n<ossec_config>\n <! b\n</ossec_config>\n", 3),
            ("<!--", 1),
        ] {
            assert_eq!(with_block(file.as_bytes(), &block), Err(Unclosed { line }), "{file}");
            assert_eq!(unclosed(file), Some(Unclosed { line }));
        }
        assert_eq!(unclosed("<!-- a --> -- > <! b !>"), None);
    }

    #[test]
    fn a_file_with_another_encoding_and_other_line_ends_keeps_every_byte() {
        let file = b"<ossec_config>\r\n<!-- f\xfcr uns -->\r\n</ossec_config>\r\n<ossec_config>\r\n\t<global/>\r\n</ossec_config>";
        let block = block("https://iris", 3);
        let changed = with_block(file, &block).unwrap().unwrap();
        let (before, rest) = changed.split_at(file.len() - 17);
        assert_eq!(before, &file[..file.len() - 17]);
        assert_eq!(rest, format!("\n{block}</ossec_config>").as_bytes());
    }

    #[test]
    fn the_script_that_this_program_replaces_is_another_one() {
        let text = "<integration><name>custom-iris.py</name></integration><!--<integration><name>iris-2</name></integration>-->\
                    <integration><name>custom-iris</name></integration><integration><name>slack</name></integration>";
        assert_eq!(others(text), ["custom-iris.py"]);
    }

    #[test]
    fn a_script_of_any_name_that_sends_to_our_iris_or_makes_alerts_there_is_another_one() {
        let block =
            |name: &str, url: &str| format!("<integration><name>{name}</name><hook_url>{url}</hook_url></integration>");
        let text = [
            block("custom-iris", "https://iris.example/alerts/add"),
            block("custom-dfir", "https://IRIS.example:443/api/x"),
            block("custom-w2i.py", "https://other.example:8443/alerts/add/?cid=1"),
            block("shuffle", "https://iris.example:3001/api/v1/hooks/1"),
            block("slack", "https://hooks.example/services/alerts/added"),
            block("custom-none", ""),
        ]
        .concat();
        assert_eq!(others(&text), ["custom-dfir", "custom-w2i.py"]);
    }

    #[test]
    fn what_a_block_says_is_read_as_wazuh_reads_it() {
        let text = "<ossec_config><integration>\n<name> custom-iris </name><api_key>k</api_key>\
                    <options>{\"tags\": [\"a &amp; b\"]}</options></integration>\
                    <integrations><name>custom-iris</name></integrations><integration><name>slack</name></integration></ossec_config>";
        let [only] = blocks(text).try_into().unwrap();
        assert_eq!(only.destination.url, "");
        assert_eq!(only.destination.key.unwrap().expose_secret(), "k");
        // Wazuh knows no entities, so this is what the hook is called with.
        assert_eq!(only.destination.options, "{\"tags\": [\"a &amp; b\"]}");
        assert!(!only.json);
        let fresh = blocks(&block("https://iris", 3));
        assert!(fresh[0].destination.key.is_none(), "the placeholder is no key");
    }

    #[test]
    fn of_an_element_that_stands_twice_the_last_one_counts() {
        let text = "<ossec_config><integration><name>slack</name><hook_url>https://old</hook_url><api_key>old</api_key>\
                    <options>{}</options><alert_format>json</alert_format><name>custom-iris</name><hook_url>https://new</hook_url>\
                    <api_key>new</api_key><options>{\"tags\":[]}</options><alert_format>text</alert_format></integration></ossec_config>";
        let [only] = blocks(text).try_into().unwrap();
        let Destination { url, key, options } = only.destination;
        assert_eq!((url.as_str(), options.as_str()), ("https://new", "{\"tags\":[]}"));
        assert_eq!(key.unwrap().expose_secret(), "new");
        assert!(!only.json);
    }

    #[test]
    fn a_tag_with_a_space_is_one_and_a_comment_is_what_wazuh_takes_for_one() {
        let block = |tag: &str, inner: &str| {
            format!("<ossec_config><{tag}><name>custom-iris</name>{inner}</integration></ossec_config>")
        };
        for tag in ["integration ", "integration\n", "integration\t", "integration a=\"b\""] {
            let file = block(tag, "");
            assert_eq!(blocks(&file).len(), 1, "{tag:?}");
            assert_eq!(with_block(file.as_bytes(), "x"), Ok(None), "{tag:?}");
        }
        for comment in [
            "<!-- x -->",
            "<! x !>",
            "<!-- x !>",
            "<! x -->",
            "<!-->",
            "<!\n<name>\n-->",
        ] {
            let file = block(
                "integration",
                &format!("<options >{{\"tags\":{comment}[\"a\"]}}</options>"),
            );
            let blocks = blocks(&file);
            assert_eq!(blocks[0].destination.options, "{\"tags\":[\"a\"]}", "{comment}");
        }
        let file = format!("<! {} !>", block("integration", ""));
        assert!(blocks(&file).is_empty());
        let file = format!("<!-- old !>{}<!-- -->", block("integration", ""));
        assert_eq!(blocks(&file).len(), 1);
    }

    #[test]
    fn an_address_becomes_what_the_hook_is_to_be_called_with() {
        for (given, written) in [
            ("https://iris:8443/", "https://iris:8443/alerts/add"),
            ("https://iris.example/alerts/add", "https://iris.example/alerts/add"),
            ("https://h/iris/?cid=3#x", "https://h/iris/alerts/add"),
            ("https://h/a&b", "https://h/a&b/alerts/add"),
            ("https://h/a<b", "https://h/a%3Cb/alerts/add"),
        ] {
            assert_eq!(hook_url(given).unwrap(), written);
        }
        for refused in ["", "iris", "iris:8443", "https://a b", "https://user:hidden@h"] {
            let error = hook_url(refused).unwrap_err().to_string();
            assert!(error.contains("https://") && !error.contains("hidden"), "{error}");
        }
    }
}
