//! Names that announce a secret: in code, settings, flags, headers and everyday language, in the languages of our users.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::text::is_listed;

/// What kind of value a name announces; it decides how much the value must look like a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Announces {
    /// A password: whatever stands there.
    Password,
    /// A token or key made by a machine.
    Token,
    /// The name of a request, so that it is carried out once: a secret only if it is no identifier.
    Request,
    /// A few digits.
    Pin,
    /// A session, which is a secret only if it looks random.
    Session,
    /// The signature of a link.
    Signature,
}

impl Announces {
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Token | Self::Request => "token",
            Self::Pin => "pin",
            Self::Session => "session",
            Self::Signature => "signature",
        }
    }
}

// Whole words, as the last part of a name.
const PASSWORDS: &str = "\
    password passwords passwd passphrase passcode passwort kennwort kennwoerter pass pwd pw pswd psw \
    passw pword passwrd psswd pasword pssword userpw userpass mdp motdepasse contraseña contrasena \
    contraseñas clave senha palavrapasse parola password1 wachtwoord hasło haslo heslo şifre sifre \
    jelszó jelszo salasana lösenord losenord adgangskode passord lozinka geslo parool slaptažodis \
    пароль пароля паролю паролем parolă zugangscode zugangskennung hasła heslem slaptazodis 密码 密碼 口令 パスワード 暗証番号 비밀번호 암호 κωδικός mậtkhẩu كلمةالمرور סיסמה cpassword dpapi authtok passw0rd pssw0rd";
// Distinctive enough to end a longer word without a boundary: `pgpassword`, `clientsecret`.
const PASSWORD_ENDINGS: &str = "\
    password passwd passphrase passwort kennwort contraseña contrasena motdepasse пароль 密码 パスワード 비밀번호 \
    pass pwd pw secret presharedkey";
const TOKEN_ENDINGS: &str = "\
    sharedkey apikey secretkey privatekey accesskey accountkey encryptionkey signingkey masterkey \
    authkey storagekey subscriptionkey apitoken authtoken accesstoken sessiontoken refreshtoken token";
const TOKENS: &str = "\
    token jwt bearer psk wpapsk apikey auth credential credentials creds passkey jeton \
    geheimnis totp sastoken keymaterial nthash xjfrogartapi samlresponse samlart wresult";
const SESSIONS: &str = "\
    session sessionid sessid sid jsessionid phpsessid asp.net_sessionid sessionkey csrftoken xsrftoken \
    connect.sid";
const PINS: &str = "\
    pin otp pincode mfacode otpcode totpcode tokencode cvv";
// What makes a `key` a secret one.
const KEY_OF: &str = "\
    api access secret private account encryption encrypt enc signing sign master auth shared storage \
    client app application service admin root webhook subscription consumer functions function primary \
    secondary preshared hmac aes jwt crypto cipher license validation decryption fernet unseal setup";
// What makes a `token` the name of a request: `clientToken` and `ClientRequestToken` of AWS, idempotency tokens.
const REQUEST_OF: &str = "client request idempotency idempotent retry creation";
// Where a list goes on: `nextToken`, `pageToken`.
const PAGE_OF: &str = "next page continuation sync pagination";
// Said after the name without changing what it announces.
const QUALIFIERS: &str = "\
    hash b64 base64 enc encoded encrypted value val text plain plaintext cleartext confirm confirmation \
    again old new repeat current raw str string data verify retype default prod dev base";
// Words that end like a password and are none.
const INNOCENT: &str = "\
    bypass compass trespass surpass encompass overpass underpass nopass lastpass keepass hypass cwd \
    oldpwd secondpass firstpass lastpwd askpass";

// Names of policies: `maxMinutesUntilChangePassword` is a number, `requirePassword` a choice.
const POLICY: &str = "\
    max min minutes days until require requires required enforce allow allowed disable enable history expire expires length is has needs \
    minimum maximum without stdin ask prompt";

/// What a name announces. `None`: nothing that must be hidden.
pub(super) fn announces(name: &str) -> Option<Announces> {
    if holds_no_word(name) {
        return None;
    }
    let parts = parts(name);
    if !WORDS.is_match(&parts.concat()) {
        return None;
    }
    let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    while parts.len() > 1 && (parts.last().is_some_and(|last| is_listed(QUALIFIERS, last)) || parts.last() == Some(&""))
    {
        parts.pop();
    }
    let last = *parts.last()?;
    if is_listed(INNOCENT, last) {
        return None;
    }
    if parts.len() > 1 && parts.iter().any(|part| is_listed(POLICY, part)) {
        return None;
    }
    let joined = parts.concat();
    if is_public(name) {
        return None;
    }
    let before = parts.len().checked_sub(2).map(|at| parts[at]);
    // `-no-pass`, `--skip-password`, `--disabled-password` take no value.
    if name.starts_with('-') && before.is_some_and(|before| matches!(before, "no" | "skip" | "disabled")) {
        return None;
    }
    if is_listed(SESSIONS, last) || is_listed(SESSIONS, &joined) {
        return Some(Announces::Session);
    }
    if matches!(last, "csrf" | "xsrf") {
        return Some(Announces::Session);
    }
    if is_listed(PASSWORDS, last) || is_listed(PASSWORDS, &joined) {
        return Some(Announces::Password);
    }
    if is_listed(PINS, last) || is_listed(PINS, &joined) {
        return Some(Announces::Pin);
    }
    if matches!(last, "sig" | "signature") {
        return Some(Announces::Signature);
    }
    if last == "token" && before.is_some_and(|of| is_listed(REQUEST_OF, of)) {
        return Some(Announces::Request);
    }
    if last == "token" && before.is_some_and(|of| is_listed(PAGE_OF, of)) {
        return None;
    }
    if matches!(last, "key" | "keys") && before == Some("wep") {
        return Some(Announces::Password);
    }
    if is_listed(TOKENS, last) || is_listed(TOKENS, &joined) {
        return Some(Announces::Token);
    }
    if matches!(last, "key" | "keys") && before.is_some_and(|of| is_listed(KEY_OF, of)) {
        return Some(Announces::Token);
    }
    if INNOCENT.split(' ').any(|innocent| joined.ends_with(innocent)) {
        return None;
    }
    let ends = |list: &str| {
        let mut endings = list.as_bytes().split(|&b| b == b' ');
        endings.any(|ending| last.as_bytes().ends_with(ending) || joined.as_bytes().ends_with(ending))
    };
    if ends(PASSWORD_ENDINGS) {
        return Some(Announces::Password);
    }
    ends(TOKEN_ENDINGS).then_some(Announces::Token)
}

// Most names hold none of the words at all, and end here: whatever their words hold, their letters in a row do. (A word with a digit
// begins with another word.)
fn holds_no_word(name: &str) -> bool {
    let mut letters = [0; 64];
    if name.len() > letters.len() || !name.is_ascii() {
        return false;
    }
    let mut end = 0;
    for byte in name.bytes().filter(u8::is_ascii_alphabetic) {
        letters[end] = byte.to_ascii_lowercase();
        end += 1;
    }
    !WORDS.is_match(&letters[..end])
}

/// Whether a name in lower case is no more than the word for a password or a key.
pub(super) fn is_bare(name: &str) -> bool {
    matches!(
        name,
        "password" | "passwd" | "pass" | "pwd" | "passphrase" | "secret" | "apikey" | "token"
    )
}

/// Names of what everybody may know: `PublicKeyToken` of .NET assemblies, public keys.
pub(super) fn is_public(name: &str) -> bool {
    let joined = parts(name).concat();
    ["publickeytoken", "publickey", "publictoken"]
        .iter()
        .any(|public| joined.ends_with(public))
}

// Every word that a name may be or end with to announce something.
static WORDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let lists = [
        PASSWORDS,
        PASSWORD_ENDINGS,
        TOKEN_ENDINGS,
        TOKENS,
        SESSIONS,
        PINS,
        "csrf xsrf sig token key keys psswrd",
    ];
    AhoCorasick::new(
        lists
            .iter()
            .flat_map(|list| list.split(' '))
            .filter(|word| !word.is_empty()),
    )
    .expect("a constant list that a test builds")
});

/// Finds pieces that a name of a secret must hold; without one of them there is none.
pub(super) static PIECES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let ascii = "\
        pass|pwd|psw|pword|kennwor|secret|token|key|auth|cred|jwt|bearer|psk|session|sess|sid|csrf|\
        xsrf|pin|otp|cvv|sig|zugangscode|mdp|contrase|clave|senha|palavra|parola|wachtwoord|haslo|heslo|sifre|jelsz|\
        salasana|losenord|kennwoe|psswd|pasword|pssword|zugangskennung|heslem|slaptazodis|mfacode|adgangskode|lozinka|geslo|parool|jeton|geheimnis|userpw|nthash|dpapi|pw|p@ssw|pssw0rd|jfrog|saml|wresult";
    let others = "\
        hasło|hasła|parolă|şifre|lösenord|slaptažodis|парол|密码|密碼|口令|パスワード|暗証番号|비밀번호|암호|κωδικός|mật khẩu|mậtkhẩu|كلمة المرور|كلمةالمرور|\
        סיסמה|contraseña";
    let mut words: Vec<String> = ascii.split('|').map(str::to_owned).collect();
    for word in others.split('|') {
        let mut capital = word.chars();
        let first = capital
            .next()
            .map(|c| c.to_uppercase().collect::<String>())
            .unwrap_or_default();
        words.extend([
            word.to_owned(),
            word.to_uppercase(),
            format!("{first}{}", capital.as_str()),
        ]);
    }
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(words)
        .expect("a constant list that a test builds")
});

// The words of a name, in lower case: `dbUserPassword2` and `DB_USER-PASSWORD` are `db user password`.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let chars: Vec<char> = name.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            if parts.last().is_some_and(|part| !part.is_empty()) {
                parts.push(String::new());
            }
            continue;
        }
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1);
        let hump = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || before.is_uppercase() && after.is_some_and(|after| after.is_lowercase())
            });
        // `PassWord` and `passWD` are one word each, whatever the humps say; the joined name is looked at too.
        if hump && parts.last().is_some_and(|part| !part.is_empty()) {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.extend(c.to_lowercase());
        }
    }
    for part in &mut parts {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        if letters > 0 {
            part.truncate(letters);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_name_that_holds_a_word_is_passed_over(name in "[A-Za-z0-9_. -]{0,8}(pass|Word|1|Key|_pin|SID|asp.net_session|connect|2)[A-Za-z0-9_. -]{0,8}") {
            prop_assert!(!(holds_no_word(&name) && WORDS.is_match(&parts(&name).concat())), "{name}");
        }
    }

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        for name in [
            "password",
            "PassWord",
            "SMTP_PASSWORD",
            "db.password",
            "DefaultPassword",
            "PGPASSWORD",
            "MYSQL_PWD",
            "spring.datasource.password",
            "newPassword2",
            "user[password",
            "clientSecret",
            "AWS_SECRET_ACCESS_KEY",
            "x-api-key",
            "apiKey",
            "Contraseña",
            "ПАРОЛЬ",
            "密码",
            "_authToken",
            "sessionToken",
            "private_key",
            "PaSsWoRd",
            "ansible_become_pass",
            "--http-password",
            "mot de passe",
            "smbpass",
            "rpcpassword",
            "NO_PROXY_PASSWORD",
            "bindpw",
            "ldap_default_authtok",
            "passw0rd",
            "p@ssw0rd",
            "validationKey",
            "AIRFLOW__CORE__FERNET_KEY",
            "--setup-key",
            "wep_key0",
            "X-JFrog-Art-Api",
        ] {
            assert!(announces(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_word_that_announces_something_holds_a_piece() {
        let missed: Vec<_> = [PASSWORDS, PASSWORD_ENDINGS, TOKEN_ENDINGS, TOKENS, SESSIONS, PINS]
            .iter()
            .flat_map(|list| list.split(' '))
            .flat_map(|word| [word.to_owned(), word.to_uppercase()])
            .filter(|word| !word.is_empty() && !PIECES.is_match(word.as_str()))
            .collect();
        assert_eq!(missed, [""; 0]);
    }

    #[test]
    fn a_token_may_only_name_a_request() {
        for name in ["clientToken", "ClientRequestToken", "x-idempotency-token"] {
            assert_eq!(announces(name), Some(Announces::Request), "{name}");
        }
        for name in ["accessToken", "clientAuthToken", "token"] {
            assert_eq!(announces(name), Some(Announces::Token), "{name}");
        }
    }

    #[test]
    fn names_that_only_look_like_it_are_left_alone() {
        for name in [
            "monkey",
            "keyboard",
            "turkey",
            "token_type",
            "PasswordLastSet",
            "Min. Password Length",
            "Password History Length",
            "bypass",
            "tokenElevationType",
            "passwordPolicy",
            "-no-pass",
            "--no-passphrase",
            "--skip-password",
            "--disabled-password",
            "GIT_ASKPASS",
            "nextToken",
            "NextPageToken",
            "elevatedTokenType",
            "max_tokens",
            "key",
            "keyLength",
            "accessKeyId",
            "compass",
            "password_file",
            "ssh_auth_sock",
            "logonId",
        ] {
            assert_eq!(announces(name), None, "{name}");
        }
    }
}
