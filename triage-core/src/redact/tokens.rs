//! Tokens that a vendor's prefix or shape gives away, wherever they stand.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

use super::spans::Span;
use super::variables;
use crate::ascii;

/// How far from a hash its account is looked for, in bytes.
const ACCOUNT: usize = 200;

struct Rule {
    kind: &'static str,
    // One of these pieces must occur, or the pattern is not tried.
    pieces: &'static [&'static str],
    // The first group is the secret; without one it is the whole match.
    pattern: &'static str,
}

const fn rule(kind: &'static str, pieces: &'static [&'static str], pattern: &'static str) -> Rule {
    Rule { kind, pieces, pattern }
}

// Shapes as the vendors document them and as the rules of gitleaks (MIT) collect them.
const RULES: &[Rule] = &[
    rule(
        "github",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        r"\b(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255})",
    ),
    rule(
        "gitlab",
        &[
            "glpat-",
            "glptt-",
            "gldt-",
            "glrt-",
            "glcbt-",
            "glsoat-",
            "glft-",
            "glimt-",
            "glagent-",
            "GR1348941",
            "gloas-",
        ],
        r"\b(?:gl(?:pat|ptt|dt|rt|cbt|soat|ft|imt|agent|oas)-[A-Za-z0-9_.-]{16,}|GR1348941[A-Za-z0-9_-]{20})",
    ),
    rule(
        "aws-secret",
        &["aws"],
        r#"(?i)aws[\w.-]{0,20}(?:secret|sk)[\w.-]{0,20}["'\\]{0,3}\s*[:=,\s]\s*["'\\]{0,3}([A-Za-z0-9/+]{40})\b"#,
    ),
    rule(
        "aws-session",
        &["IQoJb3Jp", "FwoGZX", "FQoGZX", "AQoDYX", "AQoEXA"],
        r"\b(?:IQoJb3Jp|FwoGZX|FQoGZX|AQoDYX|AQoEXA)[A-Za-z0-9/+=%]{20,}",
    ),
    rule(
        "aws-bedrock",
        &["ABSK", "bedrock-api-key-"],
        r"\bABSK[A-Za-z0-9+/]{100,}={0,2}|\bbedrock-api-key-[A-Za-z0-9+/=]{20,}",
    ),
    rule("google-api-key", &["AIza"], r"\bAIza[A-Za-z0-9_-]{35}"),
    rule(
        "google-oauth",
        &["ya29.", "GOCSPX-", "1//0", "4/0"],
        r"\bya29\.[A-Za-z0-9_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{20,}|\b1//0[A-Za-z0-9_-]{30,}|\b4/0[A-Za-z0-9_-]{30,}",
    ),
    rule(
        "slack",
        &["xox", "xapp-"],
        r"(?i)\b(?:xox[abceoprs](?:\.xox[a-z])?-[A-Za-z0-9.-]{10,}|xapp-\d-[A-Za-z0-9-]{20,})",
    ),
    rule(
        "stripe",
        &["_live_", "_test_", "_prod_", "whsec_"],
        r"\b[rs]k_(?:live|test|prod)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9]{20,}",
    ),
    rule(
        "openai",
        &["sk-"],
        r"\bsk-(?:proj|svcacct|admin|None|lf)-[A-Za-z0-9_-]{20,}|\bsk-(?:[a-z]{2,8}-(?:v\d-)?)?[A-Za-z0-9]{20,}",
    ),
    rule(
        "anthropic",
        &["sk-ant-"],
        r"\bsk-ant-[a-z]{3,8}\d{2}-[A-Za-z0-9_-]{20,}",
    ),
    rule(
        "huggingface",
        &["hf_", "api_org_"],
        r"\bhf_[A-Za-z0-9]{30,}|\bapi_org_[A-Za-z0-9]{30,}",
    ),
    rule(
        "ai-service",
        &[
            "gsk_", "pplx-", "r8_", "xai-", "nvapi-", "tvly-", "fw_", "co_", "jina_", "sk-or-",
        ],
        r"\b(?:gsk_[A-Za-z0-9]{40,}|pplx-[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{30,}|xai-[A-Za-z0-9]{40,}|nvapi-[A-Za-z0-9_-]{40,}|tvly-[A-Za-z0-9-]{20,}|jina_[A-Za-z0-9_-]{30,})",
    ),
    rule("npm", &["npm_"], r"\bnpm_[A-Za-z0-9]{30,}"),
    rule("pypi", &["pypi-AgE"], r"\bpypi-AgE[A-Za-z0-9_-]{30,}"),
    rule(
        "package-registry",
        &["rubygems_", "cio", "oy2", "dckr_", "nuget", "AKCp"],
        r"\brubygems_[a-f0-9]{40,}|\bcio[A-Za-z0-9]{32}\b|\boy2[a-z0-9]{43}\b|\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}|\bAKCp[A-Za-z0-9]{60,}",
    ),
    rule(
        "vault",
        &["hvs.", "hvb.", "hvr.", "s.", "b.", "r."],
        r"\bhv[sbr]\.[A-Za-z0-9_-]{20,}|\b[sbr]\.[A-Za-z0-9]{24}\b",
    ),
    rule(
        "terraform",
        &["atlasv1."],
        r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,}",
    ),
    rule(
        "cloud-provider",
        &[
            "dop_v1_",
            "doo_v1_",
            "dor_v1_",
            "LTAI",
            "EZAK",
            "EZTK",
            "fo1_",
            "fm1",
            "fm2",
            "FlyV1",
            "tskey-",
            "pscale_",
            "exo",
            "scw",
            "CCIPAT_",
            "nfp_",
            "vercel_",
            "vcp_",
            "sbp_",
            "sb_secret_",
            "rnd_",
            "railway",
            "v1.0-",
            "pul-",
            "AQVN",
            "y0_",
            "t1.",
        ],
        r"\bdo[opr]_v1_[a-f0-9]{60,}|\bLTAI[A-Za-z0-9]{17,21}\b|\bEZ[AT]K[A-Za-z0-9]{50,}|\bfo1_[\w-]{40,}|\bfm[12][ar]?_[A-Za-z0-9+/]{40,}={0,3}|\btskey-[a-z]+-[A-Za-z0-9]+-?[A-Za-z0-9]{8,}|\bpscale_(?:tkn|pw|oauth)_[\w=.-]{32,}|\bCCIPAT_[A-Za-z0-9]{22}_[a-f0-9]{40}|\bnfp_[A-Za-z0-9]{36}|\b(?:vercel|vcp)_[A-Za-z0-9]{20,}|\bsbp_[a-f0-9]{40}|\bsb_secret_[\w-]{20,}|\brnd_[A-Za-z0-9]{20,}|\bv1\.0-[a-f0-9]{24}-[a-f0-9]{100,}|\bpul-[a-f0-9]{40}\b|\bAQVN[A-Za-z0-9_-]{30,}|\by0_[A-Za-z0-9_-]{50,}|\bt1\.[A-Za-z0-9_-]{1,200}={0,2}\.[A-Za-z0-9_-]{86}={0,2}",
    ),
    rule(
        "azure-secret",
        &["Q~"],
        r"\b[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}|\b[A-Za-z0-9_~.]{3,4}\d?Q~[A-Za-z0-9_~.-]{31,34}",
    ),
    rule(
        "azure-key",
        &[
            "AccountKey",
            "SharedAccessKey",
            "accountkey",
            "sharedaccesskey",
            "EndpointKey",
            "AZC",
            "AIoT",
            "AEh",
            "ACR",
            "ARm",
            "ASt",
            "APIM",
            "ACDb",
            "AzFu",
            "AzSe",
        ],
        r"(?i)\b(?:AccountKey|SharedAccessKey|EndpointKey)\s*=\s*([A-Za-z0-9+/]{20,}={0,2})|\b[A-Za-z0-9+/]{44,76}(?:\+ASt|AAAA[A-Z0-9]{1,4}AZC[a-zA-Z0-9]{1,5}|\+AEh|\+ARm|AzFu|AzSe[A-D]|ACDb|APIM|\+ACR|AIoT)[A-Za-z0-9+/]{4,10}={0,2}",
    ),
    rule("azure-devops", &["AZDO"], r"\b[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}\b"),
    rule(
        "atlassian",
        &["ATATT3", "ATCTT3", "ATBB", "ATSTT3", "BBDC-"],
        r"\bAT[ACS]TT3[A-Za-z0-9_=-]{50,}|\bATBB[A-Za-z0-9]{24,}|\bBBDC-[A-Za-z0-9+@_-]{30,}",
    ),
    rule(
        "mail-service",
        &[
            "SG.",
            "key-",
            "pubkey-",
            "xkeysib-",
            "xsmtpsib-",
            "-us",
            "re_",
            "POSTMARK",
        ],
        r"\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}|\bkey-[a-f0-9]{32}\b|\bxkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}|\bxsmtpsib-[a-f0-9]{64}-[A-Za-z0-9]{16}|\b[a-f0-9]{32}-us\d{1,2}\b|\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}",
    ),
    rule("telephony", &["SK", "AC", "NRAK-", "twilio"], r"\bSK[0-9a-f]{32}\b"),
    rule(
        "monitoring",
        &[
            "NRAK-",
            "NRJS-",
            "NRII-",
            "NRIQ-",
            "glsa_",
            "glc_",
            "eyJrIjoi",
            "sntrys_",
            "sntryu_",
            "ddp_",
            "PMAK-",
            "phx_",
            "phc_",
            "dapi",
            "dt0c01.",
            "lin_api_",
            "HRKU-",
            "dp.",
            "PAGERDUTY",
            "sq",
            "figd_",
            "figo_",
            "figu_",
            "ops_",
            "secret_",
            "ntn_",
            "shp",
            "sl.",
            "pat",
            "EAA",
            "lob_",
        ],
        r"\bNRAK-[A-Z0-9]{27}|\bNRJS-[a-f0-9]{19}|\bNRI[IQ]-[A-Za-z0-9-]{32}|\bglsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|\bglc_[A-Za-z0-9+/]{32,}={0,3}|\bsntry[su]_[A-Za-z0-9_=+/-]{40,}|\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}|\bphx_[A-Za-z0-9]{40,}|\bdapi[a-f0-9]{32}(?:-\d)?\b|\bdt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}|\blin_api_[A-Za-z0-9]{40}|\bHRKU-[A-Za-z0-9_-]{36,}|\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40,}|\bsq[apu]_[a-f0-9]{40}|\bfig[dou]_[A-Za-z0-9_-]{36,}|\bops_eyJ[A-Za-z0-9+/]{100,}={0,3}|\b(?:secret|ntn)_[A-Za-z0-9]{40,}|\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|\bsl\.[A-Za-z0-9_-]{130,}|\bEAA[A-Za-z0-9]{60,}",
    ),
    rule(
        "social",
        &["AAAAAAAAAAAAAAAAAAAA", "EAACEdEose", "IGQV"],
        r"\bA{20,22}[B-Zb-z0-9%][A-Za-z0-9%]{58,}|\bEAACEdEose0cBA[A-Za-z0-9]+|\bIGQV[A-Za-z0-9_-]{80,}",
    ),
    rule(
        "discord",
        &["."],
        r"\b[MNO][A-Za-z0-9]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}\b",
    ),
    rule("telegram", &[":AA"], r"\b\d{8,10}:(AA[A-Za-z0-9_-]{32,34})"),
    rule(
        "square",
        &[
            "sq0",
            "EAAA",
            "shippo_",
            "access_token$",
            "flwseck",
            "FLWSECK",
            "live_",
            "cko_",
            "rzp_",
        ],
        r"\bsq0[a-z]{3}-[A-Za-z0-9_-]{22,}|\bshippo_(?:live|test)_[a-f0-9]{40}|access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}|\bFLWSECK(?:_TEST)?-[a-h0-9]{32}|\brzp_(?:live|test)_[A-Za-z0-9]{14,}",
    ),
    rule(
        "jwt",
        &["eyJ", "ZXlK"],
        r"\beyJ[A-Za-z0-9_=-]{8,}\.(?:eyJ)?[A-Za-z0-9_=-]{4,}(?:\.[A-Za-z0-9_.+/=-]*)?|\bZXlK[A-Za-z0-9+/]{40,}={0,2}",
    ),
    rule(
        "crypt-hash",
        &[
            "$1$",
            "$2",
            "$5$",
            "$6$",
            "$y$",
            "$7$",
            "$apr1$",
            "$argon2",
            "$pbkdf2",
            "$sha1$",
            "$8$",
            "$9$",
            "$gy$",
            "{SSHA",
            "{SHA",
            "{SMD5",
            "{MD5",
            "{PBKDF2",
            "{ARGON2",
            "{CRYPT",
            "$bcrypt-sha256$",
            "$P$",
            "$H$",
            "$S$",
            "pbkdf2_",
            "$scrypt",
            "$md5",
            "$krb5",
            "$DCC2$",
            "$NT$",
        ],
        r"\$(?:1|5|6|7|y|gy|apr1|2[abxy]?)\$[A-Za-z0-9./=,+*#@_-]{0,64}\$[A-Za-z0-9./$=,+*#@_-]{8,}|\$(?:8|9|2[abxy]?|argon2(?:id|i|d)|pbkdf2(?:-sha\d+)?|scrypt|sha1|md5|bcrypt-sha256|NT)\$[A-Za-z0-9./$=,+*#@_-]{8,}|\$(?:DCC2|krb5tgs|krb5asrep|krb5pa)\$[A-Za-z0-9./$=,+*#@_:-]{8,}|\{(?:SSHA|SHA|SMD5|MD5|CRYPT|SSHA\d{3}|PBKDF2[\w-]*|ARGON2)\}[A-Za-z0-9+/=$.,-]{16,}|\$[PHS]\$[A-Za-z0-9./]{20,}|\bpbkdf2_sha\d+\$\d+\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]{20,}",
    ),
    rule(
        "ntlm-hash",
        &["aad3b435b51404ee", ":::"],
        r"(?i)\b(aad3b435b51404eeaad3b435b51404ee:[0-9a-f]{32})\b|\b[0-9a-f]{32}:([0-9a-f]{32}):::",
    ),
    rule(
        "ntlm-hash",
        &[
            "ntlm",
            "rc4",
            "hash",
            "krbtgt",
            "aes",
            "-des",
            "/des",
            "-pth",
            "/pth",
            "plain_password_hex",
            "dpapi_",
            "des-cbc-md5",
            "NL$KM",
        ],
        r"(?i)(?:[-/]{1,2}(?:ntlm|rc4|rc4_hmac|hash|hashes|nthash|nt-hash|lmhash|krbtgt|aes128|aes256|aes|aeskey|des|des_cbc_md5|pth|user-hash|password-hash)|\bntlm(?: hash)?|\bnt hash|\brc4_hmac(?:_nt)?|\baes(?:128|256)_hmac|\blm hash)\s{0,12}[:=\s]\s{0,12}([0-9a-f]{16,64}(?::[0-9a-f]{32})?|:[0-9a-f]{32})\b|(?:\bplain_password_hex|\bdpapi_(?:machine|user)key|\baes(?:128|256)-cts-hmac-sha1-96|\bdes-cbc-md5|\bNL\$KM):(?:0x)?([0-9a-f]{16,})",
    ),
    rule(
        "netntlm",
        &["::"],
        r"(?i)\b[\w.$-]{1,64}::[\w.-]{0,64}:([0-9a-f]{16,48}:[0-9a-f]{32,48}:[0-9a-f]{16,})",
    ),
    rule(
        "kerberos-ticket",
        &["doIF", "doIE", "doIG", "doIC", "doID", "YII", "do"],
        r"\bdoI[A-Za-z0-9+/]{2}[A-Za-z0-9+/]{60,}={0,2}",
    ),
    rule(
        "wifi-key",
        &[
            "key content",
            "sselinhalt",
            "contenu de la cl",
            "contenido de la clave",
            "contenuto chiave",
        ],
        r"(?i)\b(?:key content|schl.{1,2}sselinhalt|contenu de la cl\S{1,3}|contenido de la clave|contenuto chiave)\s{1,32}:\s{0,4}(\S{8,63})",
    ),
    rule("recovery-key", &["-"], r"\b\d{6}(?:-\d{6}){7}\b"),
    rule("age-key", &["AGE-SECRET-KEY-"], r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}"),
    rule(
        "1password",
        &["A3-", "ops_"],
        r"\bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}\b",
    ),
    rule("facebook", &["|"], r"\b\d{15,16}\|[A-Za-z0-9_-]{27,40}\b"),
    rule("openshift", &["sha256~"], r"\bsha256~[A-Za-z0-9_-]{43}\b"),
    rule(
        "link-signature",
        &["sig=", "signature=", "sig%3D", "signature%3D", "code="],
        r"(?i)[?&;](?:sig|x-amz-signature|x-goog-signature|signature)(?:=|%3D)([A-Za-z0-9%+/_=-]{16,})|[?&]code=([A-Za-z0-9%+/_=-]{40,})",
    ),
    // Parameters that only some programs know.
    rule(
        "token",
        &[
            "ticket=st-",
            "appid=",
            "&p=",
            "secret_id",
            "secretid",
            "secret id",
            "secret-id",
            "sonar.login",
        ],
        r#"(?i)[?&]ticket=(ST-[\w.-]{16,})|[?&]appid=([0-9a-f]{32})\b|[?&]u=[^&\s"]{1,64}&p=(?:enc:)?([^&\s"]{3,128})|\bsecret[_ -]?id["']?\s{0,12}[:=]\s{0,12}["']?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b|\bsonar\.login=([0-9a-f]{40})\b"#,
    ),
    rule(
        "aws-secret",
        &["AKIA", "ASIA"],
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}[:,\s]{1,3}([A-Za-z0-9/+]{40})\b",
    ),
    // What programs print and read in lines of their own.
    rule(
        "password",
        &[
            ":CLEARTEXT:",
            "VALID LOGIN:",
            "cur/text:",
            "::add-mask::",
            "\"AUTH\"",
            " PSK ",
            " EAP ",
            " XAUTH ",
            "changeuserpassword",
        ],
        r#"(?i):CLEARTEXT:(\S{1,128})|VALID LOGIN:\s{1,8}[^\s:]{1,128}:(\S{1,128})|\bcur/text:\s{0,8}([^\s\[]\S{0,127})|::add-mask::([^\s\[]\S{0,255})|"AUTH"\s(?:"[^"]{1,64}"\s)?"([^"\[]{1,256})"\s*(?:$|[^\s"])|\s:(?: PSK | EAP | XAUTH )"([^"\[]{1,128})"|\bchangeuserpassword\s{0,4}\(\s{0,4}["'][^"']{0,128}["']\s{0,4},\s{0,4}["']([^"'\[]{1,128})["']"#,
    ),
    rule(
        "crypt-hash",
        &["grub.pbkdf2"],
        r"(?i)\bgrub\.pbkdf2\.sha512\.\d{1,8}\.([0-9A-F.]{20,})",
    ),
    rule(
        "otp-seed",
        &["otpauth://"],
        r"(?i)otpauth://\S*?[?&]secret=([A-Z2-7]{8,})",
    ),
    rule(
        "ssh-key-body",
        &["PrivateKey", "PresharedKey"],
        r"(?i)\bP(?:rivate|reshared)Key\s*=\s*([A-Za-z0-9+/]{43}=)",
    ),
];

static PREFILTER: LazyLock<(AhoCorasick, Vec<usize>)> = LazyLock::new(|| {
    let (mut pieces, mut of) = (Vec::new(), Vec::new());
    for (at, rule) in RULES.iter().enumerate() {
        for piece in rule.pieces {
            pieces.push(*piece);
            of.push(at);
        }
    }
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(pieces)
        .expect("a constant list that a test builds");
    (automaton, of)
});
type LazyRegex = LazyLock<Regex, Box<dyn FnOnce() -> Regex + Send>>;
// Compiled one by one when first wanted: all at once cost more than a start should take.
static PATTERNS: LazyLock<Vec<LazyRegex>> = LazyLock::new(|| {
    let lazy =
        |pattern: &'static str| -> Box<dyn FnOnce() -> Regex + Send> { Box::new(move || ascii::compile(pattern)) };
    RULES.iter().map(|rule| LazyLock::new(lazy(rule.pattern))).collect()
});

/// Finds every vendor token. Linear: each pattern runs once, and only where one of its pieces occurs.
pub(super) fn find(text: &str, out: &mut Vec<Span>) {
    let (automaton, of) = &*PREFILTER;
    let mut wanted = 0_u64;
    for piece in automaton.find_overlapping_iter(text) {
        wanted |= 1 << of[piece.pattern().as_usize()];
    }
    for (at, rule) in RULES.iter().enumerate() {
        if wanted & (1 << at) == 0 {
            continue;
        }
        let pattern = &*PATTERNS[at];
        if pattern.captures_len() == 1 {
            out.extend(
                pattern
                    .find_iter(text)
                    .filter(|found| is_meant(rule.kind, text, Some(*found), found.as_str()))
                    .map(|found| Span::new(found.start(), found.end(), rule.kind)),
            );
            continue;
        }
        for found in pattern.captures_iter(text) {
            let secret = found.iter().skip(1).flatten().next().or_else(|| found.get(0));
            if let Some(secret) = secret.filter(|secret| is_meant(rule.kind, text, found.get(0), secret.as_str())) {
                out.push(Span::new(secret.start(), secret.end(), rule.kind));
            }
        }
    }
}

// What has the shape and is something else: `s.AuthenticationEntryPoint`, the hash of a file behind `--hash`.
fn is_meant(kind: &str, text: &str, whole: Option<regex::Match<'_>>, secret: &str) -> bool {
    match kind {
        // Subsonic; elsewhere `p` is a page or a post.
        "token" => whole.is_none_or(|whole| {
            let account = whole
                .as_str()
                .get(1..3)
                .is_some_and(|name| name.eq_ignore_ascii_case("u="));
            let before = &text[text.floor_char_boundary(whole.start().saturating_sub(ACCOUNT))..whole.start()];
            let path = before.split_whitespace().next_back().unwrap_or_default();
            !account || path.contains("/rest/") || whole.as_str().contains("p=enc:") || variables::looks_chosen(secret)
        }),
        "vault" => secret.starts_with('h') || secret.bytes().any(|b| b.is_ascii_digit()),
        "ntlm-hash" => whole.is_none_or(|whole| {
            let named = whole.as_str().trim_start_matches(['-', '/']);
            let name = named.split([':', '=', ' ', '\t']).next().unwrap_or_default();
            !name.eq_ignore_ascii_case("hash") || secret.len() != 64 && of_account(text, whole)
        }),
        _ => true,
    }
}

// `-Username bob -Hash …`, `Invoke-TheHash`: a user or such a tool beside it says that it opens an account.
fn of_account(text: &str, hash: regex::Match<'_>) -> bool {
    let start = text.floor_char_boundary(hash.start().saturating_sub(ACCOUNT));
    let end = text.floor_char_boundary(hash.end().saturating_add(ACCOUNT).min(text.len()));
    text[start..end].split_whitespace().any(|word| {
        let word = word.to_ascii_lowercase();
        let switch = word
            .strip_prefix(['-', '/'])
            .map_or("", |name| name.trim_start_matches('-'));
        let name = switch.split([':', '=']).next().unwrap_or_default();
        matches!(name, "u" | "user" | "username" | "login")
            || ["thehash", "wmiexec", "smbexec", "psexec"]
                .iter()
                .any(|tool| word.contains(tool))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::covered;

    #[test]
    fn every_pattern_compiles_and_fits_the_prefilter() {
        assert!(RULES.len() <= 64);
        for pattern in PATTERNS.iter() {
            assert!(!pattern.as_str().is_empty());
        }
    }

    #[test]
    fn whatever_a_pattern_matches_holds_one_of_its_pieces() {
        for (rule, pattern) in RULES.iter().zip(PATTERNS.iter()) {
            let escape = covered::escape(pattern.as_str(), rule.pieces);
            assert_eq!(escape, None, "{}", rule.kind);
        }
    }
}
