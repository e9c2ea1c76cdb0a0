//! Secrets in links and HTTP headers: user information, hooks, `Authorization`, cookies.

use std::sync::LazyLock;

use crate::ascii::Pattern;

use super::payload;
use super::spans::Span;
use super::value::looks_made;
use crate::text::is_listed;

// With a scheme or without one (`mount_smbfs //bob:X@host/share`). The last `@` before the path ends the user information: passwords hold `@` too.
static USER_INFO: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(r#"(?i)(?:\b[a-z][a-z0-9+.-]{1,20}:|(?:^|[\s"'=(]))/{2}((?:[^\s/?#"'<>\\]|\b['"]\b){1,512})@"#)
});
// The same in a parameter of another link; what is encoded twice is a sign of the password.
static ENCODED_INFO: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r#"(?i)%3a%2f%2f(?:[^\s/?#&%:"'<>\\]|%40|%2[de]|%5[cf]|%25[0-9a-f]{2}){1,128}%3a((?:[^\s/?#&%"<>\\]|%2[0-24-9a-e]|%3[0-9a-e]|%[4-9a-f][0-9a-f]){1,512})%40"#,
    )
});
static HOOKS: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"(?i)hooks\.slack\.com/(?:services|workflows|triggers)/[A-Z0-9]+/[A-Z0-9]+/([A-Za-z0-9/]{12,})|discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d+/([\w-]{20,})|api\.telegram\.org/(?:file/)?bot\d+:([\w-]{20,})|(?:webhook|outlook)\.office(?:365)?\.com/webhook(?:b2)?/[\w@-]+/IncomingWebhook/([0-9a-f]{32}/[\w-]+)|chat\.googleapis\.com/v1/spaces/\S+?[?&]key=([\w-]+)|maker\.ifttt\.com/trigger/\w+/(?:json/)?with/key/([\w-]+)|logic\.azure\.com\S*?[?&]sig=([\w%-]+)|open\.(?:feishu|larksuite)\.c\w+/open-apis/bot/(?:v\d/)?hook/([\w-]{16,})|qyapi\.weixin\.qq\.com/cgi-bin/webhook/\w+\?(?:[\w=&]{0,64}&)?key=([\w-]{16,})|hooks\.zapier\.com/hooks/(?:catch|standard)/(\d+/[\w/-]{5,})|hook\.[a-z0-9.]{0,16}make\.com/(\w{20,})|sctapi\.ftqq\.com/(SCT\w{16,})",
    )
});
static AUTHORIZATION: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r#"(?i)\b(?:proxy-|x-)?(?:authorization|authenticate|auth-token|x-authorization)\b[\\"']{0,4}\s*(?:=>|[:=,])\s*[\\"']{0,4}\s*(?:(basic|bearer|token|digest|negotiate|ntlm|apikey|aws4-hmac-sha256|hmac|key|kerberos|hawk|sharedkeylite|sharedkey|splunk|geniekey|oauth|bot|snowflake|jwt|ssws|pveapitoken=\S+?=)[ \t]+)?([^\s"'\\,;][^\s"'\\;]*)"#,
    )
});
static SIGNATURE_PART: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r#"(?i)\b(?:signature|response|nonce|cnonce|mac|oauth_signature|oauth_token)\s*=\s*"?([A-Za-z0-9+/=%_-]{8,})"#,
    )
});
static BARE_SCHEME: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::new(r"(?i)\b(?:bearer|basic|ssws)[ \t]+([A-Za-z0-9+/_.~-]{16,}={0,2})"));
static COOKIES: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::new(r#"(?i)\b(set-)?cookies?2?[\\"']{0,4}\s*[:=]\s*[\\"']{0,4}\s*([^\r\n"']{3,})"#));

// `curl -b "theme=dark; sid=…"`: the pairs behind the first.
static CURL_COOKIES: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r#"(?i)\bcurl\b[^\n|]{0,300}?\s(?:-b|--cookie)[=\s]{0,4}\\*(?:["']([\w.-]+=[^\r\n"']{3,})|([\w.-]+=[^\s"']{3,}))"#,
    )
});

/// Finds secrets in links and headers. Linear.
pub(super) fn find(text: &str, out: &mut Vec<Span>) {
    if text.contains("//") && text.contains('@') {
        user_info(text, out);
    }
    if text.contains("://") {
        for found in HOOKS.captures_iter(text) {
            if let Some(token) = found.first() {
                out.push(Span::new(token.start(), token.end(), "webhook"));
            }
        }
    }
    if text.contains("%40") {
        for found in ENCODED_INFO.captures_iter(text) {
            if let Some(password) = found.get(1) {
                out.push(Span::new(password.start(), password.end(), "url-password"));
            }
        }
    }
    if text.contains("code=") {
        codes(text, out);
    }
    authorization(text, out);
    curl_cookies(text, out);
    for found in COOKIES.captures_iter(text) {
        if let Some(list) = found.get(2) {
            cookies(list.as_str(), list.start(), found.get(1).is_some(), out);
        }
    }
}

fn curl_cookies(text: &str, out: &mut Vec<Span>) {
    for found in CURL_COOKIES.captures_iter(text) {
        if let Some(list) = found.get(1).or_else(|| found.get(2)) {
            cookies(list.as_str(), list.start(), false, out);
        }
    }
}

fn user_info(text: &str, out: &mut Vec<Span>) {
    for found in USER_INFO.captures_iter(text) {
        let Some(info) = found.get(1) else { continue };
        match info.as_str().split_once(':') {
            Some((_, password)) => out.push(Span::new(info.end() - password.len(), info.end(), "url-password")),
            None if looks_made(info.as_str(), 16) => out.push(Span::new(info.start(), info.end(), "url-token")),
            None => {}
        }
    }
}

// `/oauth/callback?code=…&state=…`: whoever has it first is logged in.
fn codes(text: &str, out: &mut Vec<Span>) {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '\\' | '`');
    let mut at = 0;
    for link in text.split(ends) {
        if link.contains("code=") && is_callback(link) {
            let mut start = at;
            for parameter in link.split(['?', '&', ';', '#']) {
                let named = parameter.strip_prefix("code=");
                if let Some(code) = named
                    .map(|code| code.trim_end_matches([',', ')', ']', '.']))
                    .filter(|c| is_code(c))
                {
                    let from = start + "code=".len();
                    out.push(Span::new(from, from + code.len(), "code"));
                }
                start += parameter.len() + 1;
            }
        }
        at += link.len();
        at += text[at..].chars().next().map_or(0, char::len_utf8);
    }
}

// By a word of its path, or by what else is asked for beside the code.
fn is_callback(link: &str) -> bool {
    const BESIDE: [&str; 7] = [
        "state=",
        "session_state=",
        "redirect_uri=",
        "code_verifier=",
        "grant_type=authorization_code",
        "iss=",
        "authuser=",
    ];
    const PATHS: &str =
        "callback oauth oauth2 auth oidc sso saml signin login authorize authenticate openid connect cb";
    let (path, query) = link.split_once(['?', '#']).unwrap_or(("", link));
    let parts = |c: char| !c.is_ascii_alphanumeric();
    query
        .split(['&', ';', '#'])
        .any(|parameter| BESIDE.iter().any(|name| parameter.starts_with(name)))
        || path
            .split(parts)
            .any(|part| is_listed(PATHS, &part.to_ascii_lowercase()))
}

// `404`, `ERR_HTTP2_PROTOCOL_ERROR`, `SUMMER2026` and `0x80070005` are none.
fn is_code(code: &str) -> bool {
    let has = |test: fn(&u8) -> bool| code.as_bytes().iter().any(test);
    let (digit, lower, upper) = (
        has(u8::is_ascii_digit),
        has(u8::is_ascii_lowercase),
        has(u8::is_ascii_uppercase),
    );
    let signs = |b: u8| b.is_ascii_alphanumeric() || b"%._~+/=-".contains(&b);
    let made =
        code.len() >= 8 && digit && lower || code.len() >= 16 && upper && (lower || digit && !code.contains('_'));
    made && code.bytes().all(signs) && !code.starts_with("0x") && !payload::is_attack(code)
}

fn authorization(text: &str, out: &mut Vec<Span>) {
    for found in AUTHORIZATION.captures_iter(text) {
        let (scheme, Some(value)) = (found.get(1), found.get(2)) else {
            continue;
        };
        let scheme_name = scheme
            .map(|scheme| scheme.as_str().to_ascii_lowercase())
            .unwrap_or_default();
        if scheme_name.starts_with("aws4")
            || scheme_name == "digest"
            || scheme_name == "hawk"
            || scheme_name == "oauth" && value.as_str().contains('=')
        {
            let end = text[value.start()..]
                .find(['\n', '\''])
                .map_or(text.len(), |at| value.start() + at)
                .min(value.start() + 2048);
            let end = super::spans::floor(text, end);
            for part in SIGNATURE_PART.captures_iter(&text[value.start()..end]) {
                if let Some(part) = part.get(1) {
                    out.push(Span::new(
                        value.start() + part.start(),
                        value.start() + part.end(),
                        "signature",
                    ));
                }
            }
            continue;
        }
        // `WWW-Authenticate: Basic realm="x"` asks for a secret.
        if ["realm=", "error=", "scope=", "charset="]
            .iter()
            .any(|part| value.as_str().starts_with(part))
        {
            continue;
        }
        let known = !scheme_name.is_empty();
        let is_secret = known
            && value.as_str().len() >= 4
            && value.as_str().bytes().any(|b| b.is_ascii_alphanumeric())
            && !value.as_str().starts_with(['$', '<', '{', '%'])
            || looks_made(value.as_str(), 12);
        if is_secret && !payload::is_lookup(value.as_str()) {
            out.push(Span::new(value.start(), value.end(), "authorization"));
        }
    }
    for found in BARE_SCHEME.captures_iter(text) {
        if let Some(value) = found.get(1)
            && looks_made(value.as_str(), 16)
        {
            out.push(Span::new(value.start(), value.end(), "authorization"));
        }
    }
}

// `theme=dark` stays: only what opens a session is masked. Of `Set-Cookie` the first pair is the cookie, the rest are its terms.
fn cookies(list: &str, offset: usize, one: bool, out: &mut Vec<Span>) {
    let mut at = offset;
    for pair in list.split_inclusive(';') {
        let bare = pair.trim_end_matches(';');
        if let Some((name, value)) = bare.split_once('=') {
            let start = at + name.len() + 1;
            let value = value.split(' ').next().unwrap_or(value);
            let lower = name.trim().to_ascii_lowercase();
            let session = [
                "sess",
                "sid",
                "auth",
                "token",
                "jwt",
                "login",
                "remember",
                "csrf",
                "xsrf",
                "sso",
                "ticket",
                "secret",
                "key",
                "identity",
                "credential",
                "pass",
                "_id",
                "user",
            ]
            .iter()
            .any(|word| lower.contains(word));
            let opens =
                session && value.len() >= 6 && (one || value.bytes().any(|b| b.is_ascii_digit()) || value.len() >= 12)
                    || looks_made(value, 16);
            if opens && !payload::is_lookup(value) {
                out.push(Span::new(start, start + value.len(), "cookie"));
            }
        }
        at += pair.len();
        if one {
            break;
        }
    }
}
