//! Logons: failures, guesses, successes, lock-outs.

use super::{EVENT_ID, line};
use crate::rules::{
    signals::{
        Signal,
        Test::{Has, Is, Isnt, Lacks},
    },
    view::Place::{Field, Group, Line, Log, Title, Trait},
};

/// Titles of rules that count.
const REPEATED: &str =
    r"multiple|brute|several|many|repeated|frequen|excessive|spray|(attempts|failures|errors)\b.*\b(from|by)\b.*same";

#[rustfmt::skip]
pub(super) const SIGNALS: &[Signal] = &[
    line("guessing_from_outside", 5, "T1110.001", "many failures from an address of the internet",
        &[Has(Title, REPEATED), Has(Trait, r"^src:public$"), Has(Group, r"^authentication_fail|^appsec$|^invalid_login$|^sshd$|^win_authentication|^syslog$|^web$|^wordpress$|^vpn$|^ftpd$|^mail"), Lacks(Title, r"40[34]|400|error code|scan|spam")]),
    line("guessing_inside", 3, "T1110", "many failures from inside",
        &[Has(Title, REPEATED), Has(Trait, r"^src:(internal|loopback)$"), Has(Group, r"^authentication_fail")]),
    line("guessing_unknown", 2, "T1110", "many failures",
        &[Has(Title, REPEATED), Has(Group, r"^authentication_fail"), Lacks(Trait, r"^src:")]),
    line("brute_force_title", 3, "T1110", "the rule counts guesses",
        &[Has(Title, r"brute.?force|password spray|credential stuffing")]),
    line("attacker_workstation", 3, "T1110", "the other side calls itself by the name of an attack system",
        &[Has(Field, r"(workstationname|workstation|srchost|devicename)=(kali|parrot|commando|pentoo|blackarch|nmap|metasploit|backbox)")]),
    line("success_after_failures", 6, "T1110", "a logon worked after failures",
        &[Has(Title, r"(fail\w*|brute.?force|invalid|attempts).{0,80}(followed by|then).{0,40}success|success\w*.{0,60}after.{0,60}(fail|brute|multiple|many)")]),
    line("single_failure", -2, "", "one failed logon and no success",
        &[Has(Group, r"^(authentication_failed|invalid_login|win_authentication_failed)$"), Lacks(Title, REPEATED), Lacks(Field, r"rule\.frequency="), Lacks(Group, r"^authentication_failures$|^attack$")]),
    line("title_single_failure", -2, "", "one failed logon and no success",
        &[Has(Title, r"(login|logon|authentication|signin|sign-in) (attempt )?fail|user login failed|bad password|login denied"), Lacks(Group, r"^(authentication_failed|invalid_login|win_authentication_failed|authentication_failures|attack)$"), Lacks(Title, REPEATED)]),
    line("failure_is_local", -1, "", "the failure came from the computer itself or its own network",
        &[Has(Group, r"^authentication_failed$"), Has(Trait, r"^src:(loopback|internal)$"), Lacks(Title, REPEATED)]),
    line("expired_password", -3, "", "the password has expired or the account is disabled: an operations problem",
        &[Is("data.win.eventdata.substatus|data.win.eventdata.status|data.win.eventdata.failurereason", r"0xc00000(71|72)|0xc0000(193|224)|0x12|.*(expired|disabled).*"), Lacks(Trait, r"^src:public$")]),
    line("root_taken_by_server", 5, "T1548", "an account of a server program became root",
        &[Has(Group, r"^su$"), Has(Trait, r"^actor:(web|database)$"), Lacks(Title, r"fail")]),
    line("password_was_right", 3, "T1078", "the password was right, from the internet, and only a limit of the account refused it",
        &[Is("data.win.eventdata.substatus|data.win.eventdata.status", r"0xc00000(6f|7[012])|0xc0000193"), Has(Trait, r"^src:public$")]),
    line("guessing_root", 1, "T1110.001", "the target is the most powerful account",
        &[Has(Trait, r"^user:root$"), Has(Group, r"^authentication_fail|^invalid_login"), Has(Trait, r"^src:public$")]),
    line("locked_out", 2, "T1110", "an account was locked after wrong passwords",
        &[Has(Title, r"locked out|lockout|account locked"), Lacks(Title, r"unlock")]),
    line("ordinary_success", -2, "", "an ordinary logon, and nothing odd in it",
        &[Has(Group, r"^authentication_success$|stslogon$|^login_success$"), Lacks(Title, r"after|first time|followed|root|unusual|anomal|multiple|impossible|risk|fail"), Lacks(Field, r"mfaused=no|useridentity\.type=root|resultstatus=fail|logonerror")]),
    line("ordinary_success_inside", -1, "", "the logon came from inside",
        &[Has(Group, r"^authentication_success$"), Has(Trait, r"^src:(internal|loopback)$"), Lacks(Field, r"logontype=10$")]),
    line("root_from_outside", 3, "T1078", "the most powerful account logged on from the internet",
        &[Has(Group, r"^authentication_success$"), Has(Trait, r"^user:root$"), Has(Trait, r"^src:public$"), Isnt("data.aws.useridentity.type", r"root")]),
    line("administrator_from_outside", 3, "T1133", "an administrator of the equipment itself logged on from the internet",
        &[Has(Group, r"^authentication_success$"), Has(Title, r"admin"), Has(Trait, r"^src:public$"), Lacks(Group, r"^(aws|amazon|office365|azure|gcp|windows)")]),
    line("desktop_from_outside", 4, "T1021.001", "a remote desktop session came straight from the internet",
        &[Has(Field, r"logontype=(10|7)$"), Has(Trait, r"^src:public$"), Has(Field, r"eventid=4624$")]),
    line("desktop_by_tunnel", 5, "T1572", "a remote desktop session came from the computer itself, as through a tunnel",
        &[Has(Field, r"logontype=10$"), Has(Trait, r"^src:loopback$")]),
    line("pass_the_hash", 4, "T1550.002", "a logon in the way that stolen digests are used",
        &[Has(Field, r"logontype=(3|9)$"), Has(Field, r"logonprocessname=seclogo"), Has(Field, r"authenticationpackagename=negotiate"), Has(Field, r"eventid=4624$"), Has(Field, r"logontype=9$")]),
    line("pass_the_hash_title", 3, "T1550.002", "the rule looks for stolen digests",
        &[Has(Title, r"pass.the.hash|overpass|golden ticket|silver ticket|pass.the.ticket")]),
    line("anonymous_logon", 1, "T1078", "somebody without a name logged on over the network",
        &[Has(Field, r"targetusername=anonymous logon$"), Has(Trait, r"^src:public$")]),
    line("failure_for_unknown", 1, "T1110.003", "the account does not exist and the address is of the internet",
        &[Has(Log, r"invalid user|illegal user|user unknown|unknown user|non-existent user"), Has(Trait, r"^src:public$")]),
    line("machine_noise", -2, "", "a computer account or the system itself logged on",
        &[Is(EVENT_ID, r"4624|4634|4672|4648"), Is("data.win.eventdata.targetusername", r".*\$|system|local service|network service|dwm-\d+|umfd-\d+")]),
    line("mail_refused", -3, "", "the mail server refused a stranger, as it does all day",
        &[Has(Group, r"^(postfix|sendmail|exim|mail|spam)$"), Has(Line, r"^(postfix|sendmail|exim|postscreen|dovecot)[\w./-]*: .*(relay access denied|relaying denied|reject: rcpt|blocked using|rejected)"), Lacks(Title, r"multiple|flood|brute")]),
    line("probe_without_logon", -1, "", "somebody connected and left again",
        &[Has(Line, r"^sshd(-session)?: (did not receive identification|connection (closed|reset) by (\d|[0-9a-f:]+ port)|bad protocol version|banner exchange|unable to negotiate with \S+ port \d+: no matching |(received disconnect|disconnected) from \d.*\[preauth\]$)"), Lacks(Title, REPEATED)]),
];
