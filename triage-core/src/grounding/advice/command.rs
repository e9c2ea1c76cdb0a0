//! What is to be pasted into a shell.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    super::known::Known,
    place::{is_asked_about, is_negated, is_order, is_order_or_errand, is_said_to_reader},
};
use crate::safe::regex;

/// Says whether a step is, or holds, something to paste into a shell. What the alert itself ran may be named, and asked about.
pub(super) fn is_command(sentence: &str, known: &Known) -> bool {
    let (run, at, is_ordered) = what_to_run(sentence);
    if ORDER.is_match(sentence)
        || (is_ordered && LOOK_ROUND.is_match(run))
        || (opens(run) && !is_looked_for(sentence))
        || is_script_to_run(sentence)
        || is_call(sentence, run)
        || is_fetched_and_run(sentence)
    {
        return true;
    }
    let unasked = |at: usize| !is_asked_about(sentence, at);
    let shell = SHELL.find_iter(sentence).any(|found| unasked(found.start()));
    let ordered = VERB
        .find_iter(sentence)
        .any(|found| is_run(sentence, found.start(), at));
    let option = OPTION.find_iter(sentence).any(|found| {
        is_run(sentence, found.start(), at) || (unasked(found.start()) && !is_known(found.as_str(), known))
    });
    shell || ordered || option
}

/// Says whether running text has its reader run something; what others ran is what it tells.
pub(super) fn is_command_to_reader(sentence: &str) -> bool {
    static RUN: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)\b(?:run|execute|exec|paste)\b(?:\s+(?:the\s+)?(?:following\s+)?commands?\b)?(?P<colon>\s*:)?\W*")
    });
    static PROGRAM: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) ^ (?-i: [a-z][a-z0-9_.-]* ) (?: \s [^\ ]+ ){0,3}? \s (?: --?[a-z] | \| | [^\ ]+://| /(?:etc|tmp|dev|var|usr|bin|home|opt)\b )
            | ^ (?: powershell | pwsh | cmd | bash | sh | curl | wget | sudo | net | reg | sc | certutil | schtasks | wmic | systemctl ) (?:\.exe)? \s",
        )
    });
    RUN.captures_iter(sentence).any(|run| {
        let (at, end) = run.get(0).map_or((0, 0), |run| (run.start(), run.end()));
        let program = &sentence[end..];
        is_said_to_reader(sentence, at)
            && (PROGRAM.is_match(program)
                || (run.name("colon").is_some() && (LOOK_ROUND.is_match(program) || opens(program))))
    })
}

/// Leaves out who is told and that it is to be run, and says where the rest begins and whether it is to be run: `Then run the
/// command: x` is `x`.
fn what_to_run(sentence: &str) -> (&str, usize, bool) {
    static LEAD: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) ^\W* (?: (?: then | and | please | first | next | now | also | finally ) \s+ )*
            (?: (?P<run> run | execute | exec | type | paste | enter | issue | invoke | launch | use | try ) \s+ (?: (?:the|this)\s+ )? (?: following\s+ )? (?: commands?\b )? \W* )?",
        )
    });
    let lead = LEAD.captures(sentence);
    let at = lead.as_ref().and_then(|lead| lead.get(0)).map_or(0, |lead| lead.end());
    let is_ordered = lead.is_some_and(|lead| lead.name("run").is_some());
    (&sentence[at..], at, is_ordered)
}

/// Says whether a text begins with a program and what it is given.
fn opens(run: &str) -> bool {
    // Sentences begin with a capital letter, programs do not; an option right behind the first word is one of either.
    static CALL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"^(?:[a-z][A-Za-z0-9_.+-]*(?: [^ ]+){0,4}?|[A-Z][A-Za-z0-9_.+-]*) --?[A-Za-z][A-Za-z0-9_-]*(?:[ :=,.]|$)|^[a-z][A-Za-z0-9_.+-]*(?: [^ ]+){0,4}? (?P<slash>/[A-Za-z?]{1,12})(?:[ :=,.]|$)|^[a-z][A-Za-z0-9_.+-]* (?:[^ ]+@)?[^ ]*[A-Za-z0-9_]\.[A-Za-z0-9_][^ ]*/[^ ]*$|^(?:bash|sh|zsh|python\d?|perl|ruby|php|node|powershell|pwsh|cscript|wscript|cmd) [^ ]+\.[A-Za-z0-9_]{1,4}\b",
        )
    });
    static CMDLET: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"^(?:Add|Block|Clear|Copy|Disable|Enable|Export|Find|Format|Get|Grant|Import|Install|Invoke|Lock|Mount|Move|New|Out|Push|Receive|Register|Remove|Rename|Reset|Restart|Resume|Revoke|Save|Select|Send|Set|Show|Start|Stop|Suspend|Test|Unblock|Uninstall|Unlock|Unregister|Update|Write)-[A-Z][A-Za-z]{2,}",
        )
    });
    const FOLDERS: [&str; 16] = [
        "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/mnt", "/opt", "/proc", "/root", "/run", "/srv", "/sys",
        "/tmp", "/usr", "/var",
    ];
    // `block requests to /admin`
    static PLACE: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(?:to|at|on|from|under|for|of|path)\x20$"));
    let call = CALL.captures(run).is_some_and(|call| {
        let slash = call.name("slash");
        !slash.is_some_and(|option| FOLDERS.contains(&option.as_str()) || PLACE.is_match(&run[..option.start()]))
    });
    call || CMDLET.is_match(run)
}

/// Says whether a step is a call of a program with what it is given and nothing else, or a file to run.
fn is_call(sentence: &str, run: &str) -> bool {
    static CALL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"^(?:service [a-z0-9_.@-]+ (?:stop|start|restart)|ufw (?:disable|enable|reset)|ufw (?:allow|delete|deny) [^ ]+(?: [^ ]+)?|setenforce [01]|(?:pkill|killall|userdel|groupdel|useradd|rmmod|insmod|mkfs[.a-z0-9]*) [^ ]+|kill [0-9]+|psexec(?:\.exe)? \\\\[^ ]+ [^ ]+|source [^ ]+\.(?:sh|bash|env)|export [A-Z_]+=[^ ]*|unset [A-Z_]+|reboot(?: now)?|sudo [a-z]+|(?:terraform|ansible|vagrant) (?:destroy|apply|all)(?: [^ ]+)*|(?:rm|vim?|nano|cat|less|tail|head|cp|mv|mshta|rundll32|regsvr32|scp|tar|chown|chmod)(?:\.exe)?(?: [^ ]+)? [^ ]*[/\\.][^ ]*(?: [^ ]+)?|wmic process call [^ ]+ [^ ]+|whoami|ipconfig|ifconfig|systeminfo|tasklist|netstat|quser)\W*$|^(?:DROP (?:TABLE|DATABASE|USER) |SELECT .* FROM |DELETE FROM |TRUNCATE TABLE )",
        )
    });
    static FILE: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"^\s*(?:(?:sh|bash) )?(?:\.{1,2}/|/(?:tmp|opt|usr|home|root|var|dev)/)[^ ]+\.?[a-z]*\s*$")
    });
    CALL.is_match(run) || FILE.is_match(sentence)
}

/// Says whether a step has something fetched and run, opened or pasted where it runs, other than where that is safe.
fn is_fetched_and_run(sentence: &str) -> bool {
    static FETCH: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) \b (?: download | fetch | get ) \s+ (?: [^\ ]+ \s+ ){0,6}? (?: and | then ) \s+ (?: then\s+ )? (?: run | execute | launch ) \s+ (?: it | them | (?:the|this|that)\s+ (?: [a-z]+\s+ )? (?: script | file | tool | clean [a-z]* | installer | program | binary | payload | executable | attachment | fix ) ) \b
            | \b pipe \s+ (?: [^\ ]+ \s+ ){1,4}? (?: in)?to \s+ (?: sh | bash | zsh | powershell | iex | python\d? | perl ) \b
            | \b (?: open | start ) \s+ (?: (?:an?|the)\s+ )? (?: (?:admin|elevated|root)\s+ )? (?: shell | cmd (?:\.exe)? | powershell (?:\.exe)? | terminal | console | command \s prompt ) \s+ (?: and | then ) \s+ (?: type | run | enter | execute | paste ) \b
            | ^ \W* (?: re-?run | run | execute | repeat | (?: copy \s and \s )? paste | re-?execute ) \s+ (?: the | that | this ) \s+ (?: (?:same|decoded|full|original|encoded)\s+ )? command \b
            | \b (?: click | tap | follow ) \s+ (?: on\s+ )? (?: the | this ) \s+ (?: link | url | button ) \b | \b scan \s+ (?: the | this ) \s+ qr \b
            | \b open \s+ (?: the | this ) \s+ (?: attachment | link | document ) (?: \W* $ | \s+ (?: and | from | in ) \b ) | \b enable \s+ (?: macros | content | editing ) \b
            | \b paste \b [^.]* \b (?: run \s (?: dialog | box | window | prompt ) | terminal | console | command \s (?: prompt | line ) | powershell | shell ) \b",
        )
    });
    static SAFELY: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)sandbox|detonat|isolated|virtual machine|\b(?:vm|lab|through|cyberchef|decoder|search)\b")
    });
    let mut fetch = FETCH.find_iter(sentence);
    !SAFELY.is_match(sentence)
        && fetch.any(|found| {
            let at = found.start();
            is_order_or_errand(sentence, at) && !is_asked_about(sentence, at) && !is_negated(sentence, at)
        })
}

/// A question that begins with a small letter looks like a call.
fn is_looked_for(sentence: &str) -> bool {
    is_asked_about(sentence, sentence.len())
}

/// Says whether a step has a file run, other than where that is safe.
fn is_script_to_run(sentence: &str) -> bool {
    static RUN: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) ^\W* (?: (?:then|and|please)\s+ )? (?: run | execute | launch ) \s+ (?: (?: the | this | that | an? | attached | downloaded | provided | following | cleanup | clean-up | fix | removal | repair ) \s+ ){0,3}
            (?: [a-z0-9_.-]+ \s+ )? (?: (?: script | payload | binary | executable | macro | installer | batch \s file ) \b | [a-z0-9_-]+ \. (?: ps1 | sh | bat | cmd | exe | vbs | js | py | msi | hta | jar ) \b )",
        )
    });
    static SAFELY: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?i)sandbox|detonat|isolated|virtual machine|\b(?:vm|lab)\b"));
    RUN.is_match(sentence) && !SAFELY.is_match(sentence)
}

/// Says whether what begins at a byte is to be run: the sentence begins with it, or orders it.
fn is_run(sentence: &str, at: usize, start: usize) -> bool {
    static BY: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?i)\b(?:run|running|execute|executing|use|using|with|via|type|enter)\W*$"));
    let ordered = at == start || is_order(sentence, at) || BY.is_match(&sentence[..at]);
    ordered && !is_asked_about(sentence, at)
}

fn is_known(call: &str, known: &Known) -> bool {
    let (tool, rest) = call.split_once(' ').unwrap_or((call, ""));
    known.holds_quote(call) || known.holds_quote(&format!("{tool}.exe {rest}"))
}

static ORDER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^\W*(?:then\s+|and\s+|please\s+)?(?:run|execute|exec|type|paste|enter|issue|invoke|launch)\b\s*(?:the\s+)?(?:following\s*)?(?:commands?\s*)?(?::|[^a-z0-9_]{0,2}[a-z][a-z0-9_.-]*\s+[-/|])",
    )
});

/// Programs that are given nothing: only where something is to be run.
static LOOK_ROUND: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:whoami|hostname|ipconfig|ifconfig|netstat|ss|tasklist|systeminfo|ps|ls|dir|top|lsof|id|uname|arp|route|nslookup|dig|ping|tracert|traceroute|gpresult|gpupdate|sfc|chkdsk|quser|klist|setspn|nltest|dsquery|reboot|shutdown|logoff|halt|poweroff)\b",
    )
});

/// The grammar of shells.
static SHELL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?ix)
        \|\s*(?:ba|z|da|k|c)?sh\b | \|\s*(?:iex|python\d?|perl|xargs|tee|base64)\b | && | \$\( | ;\s*(?:rm|curl|wget|sh|bash|chmod)\b | >\s*/(?:etc|dev|tmp)/ | \b(?:rm|del|rd)\s+[-/][rfsq] | \bchmod\s+[+0-7] | \|\|
        | \w \s \| \s \w
        | \b (?: iex | invoke-expression ) \s* [(\$"'|] | \( \s* (?: iwr | irm | curl | wget | new-object ) \b
        "#,
    )
});

/// A program with an option, a drive, or an address.
static OPTION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix) \b (?:
            (?: curl | wget | iwr | irm | invoke-[a-z0-9_]+ | set-[a-z0-9_]+ | remove-item | stop-[a-z0-9_]+ | add-mppreference | powershell | pwsh | cmd | bash | sh | nc | ncat | netcat
            | certutil | bitsadmin | del | net1? | netsh | reg | sc | schtasks | wmic | chown | sudo | python\d? | perl | ruby | php | msiexec | rundll32 | regsvr32 | mshta | iptables | nft | ufw
            | systemctl | service | kill | pkill | taskkill | docker | podman | kubectl | aws | az | gcloud | ssh | scp | psexec | usermod | useradd | userdel | passwd | apt | apt-get | yum | dnf
            | pip | npm | crontab | chattr | mount | dd | vssadmin | bcdedit | wevtutil | auditctl | setenforce | icacls | takeown | attrib ) (?:\.exe)?
            \s+ (?: -{1,2}[a-z0-9_][a-z0-9_-]* | [a-z]:[\\/]\S+ | /[a-z][a-z0-9_]{0,15}\b | https?\S* )
            | (?: curl | wget | ssh | scp | sftp | ftp | telnet | nc | ncat | netcat | iwr | irm ) (?:\.exe)? \s+ (?: [^\ ]*\d\.\d[^\ ]* | [^\ ]+@[^\ ]+ | [^\ ]+\.[a-z]{2,}/[^\ ]* )
            | (?: with | via | using | run | running | execute | executing ) \s+ ['″‘“]? (?-i:[a-z][A-Za-z0-9_.-]*) \s+ (?: --?[a-z][a-z0-9_-]* | /[a-z]{1,3}\b )
            | (?-i: [A-Z][a-z]+-[A-Z][A-Za-z0-9_]+ \s (?: [^\ ]+ \s )? -[A-Z][A-Za-z0-9_]+ ) )",
    )
});

/// A program with one of its own verbs. Many of these are words of everyday language too, so only an order counts.
static VERB: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix) \b (?: net1? | netsh | reg | sc | schtasks | wmic | sudo | python\d? | msiexec | ufw | systemctl | service | docker | podman | kubectl | (?-i: aws | az | gcloud | git ) | apt | apt-get | yum | dnf
            | pip | npm | vssadmin | bcdedit | wevtutil ) (?:\.exe)?
            \s+ (?:user|group|add|delete|stop|disable|create|install|remove|set|query|update|run|exec|start|restart|advfirewall|localgroup|s3|iam|ec2|cloudtrail|clone|pull|uninstall|kill|rm|cl)\b \s+ \S+
            | \b sudo \s+ [a-z][a-z0-9_-]+",
    )
});
