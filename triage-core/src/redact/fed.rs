//! Secrets that are fed to a command: `echo PW | sudo -S`, `chpasswd << EOF`, `kinit bob <<< PW`.

use super::keys::Announces;
use super::quotes::Pairing;
use super::spans::{self, Span};
use super::tools::name_of;
use super::value::{self, Joint};
use super::variables;
use super::words::{self, Command, Word};
use crate::text::is_listed;

/// Lines that are fed to a command and looked at.
const LINES: usize = 16;
/// Commands in one pair of brackets that are looked at.
const GROUP: usize = 8;
/// Words among which the one that names the command is looked for.
const REACH: usize = 8;

/// Programs that only ask for a password where they read at all.
const READERS: &str = "\
    wg lpass bw keepassxc-cli ipa kinit cryptsetup smbpasswd vncpasswd sshpass pdbedit ecryptfs-add-passphrase \
    kadmin realm adcli encfs passwd secret-tool runas ssh-add ssh-keygen gpg-preset-passphrase";
/// Programs that run another one, named by a word behind them.
const RUNNERS: &str = "\
    env nohup time nice ionice exec command setsid stdbuf timeout doas ssh plink chroot arch-chroot docker podman \
    nerdctl kubectl oc k3s lxc pct nsenter machinectl systemd-run runuser wsl cmd busybox toybox if then \
    else do while until !";
/// Programs that take what they read for what it is: a file, a script, a request.
const CONSUMERS: &str = "\
    tee cat dd grep egrep fgrep rg sed awk gawk mawk sort uniq wc cut tr head tail xargs sh bash dash zsh ksh fish \
    ash csh tcsh powershell pwsh python python2 python3 perl ruby node php psql sqlite3 curl wget nc ncat netcat \
    socat telnet at batch crontab patch base64 xxd less more logger mail sendmail find findstr clip";

/// How a program reads what is fed to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// `user:password`, a pair a line.
    Pairs,
    /// A password.
    Password,
    /// sudo, and su with a command: a password, and the rest goes to that command.
    Starter(Rest),
    /// su: a password, or what the user's shell will run.
    Su,
}

/// What the command that sudo starts does with the rest of what is fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// It runs it.
    Runs,
    /// It takes it for what it is.
    Takes,
    /// It does not read.
    Leaves,
}

/// Finds the secrets that are fed to the command at this place, or by it to the next one. Linear.
pub(super) fn find(commands: &[Command<'_>], at: usize, out: &mut Vec<Span>) {
    let command = &commands[at];
    if command.piped
        && let Some(next) = commands.get(at + 1)
    {
        piped(&commands[group(commands, at)..=at], next, out);
    }
    here_string(command, out);
    here_document(command, &commands[at + 1..], out);
}

// `(echo PW; echo PW) |`: where the commands in brackets begin whose last one is this.
fn group(commands: &[Command<'_>], last: usize) -> usize {
    let closes = |command: &Command<'_>| command.words.last().is_some_and(|word| word.text.ends_with([')', '}']));
    // `sh -c (echo PW; …`, `# (echo PW; …`
    let opens = |command: &Command<'_>| command.words.iter().any(|word| word.text.starts_with(['(', '{']));
    if !closes(&commands[last]) {
        return last;
    }
    (last.saturating_sub(GROUP)..=last)
        .rev()
        .find(|&at| opens(&commands[at]))
        .unwrap_or(last)
}

// `echo PW | sudo -S`: what feeds a program that reads a password.
fn piped(from: &[Command<'_>], into: &Command<'_>, out: &mut Vec<Span>) {
    let Some(reader) = reader(&into.words) else {
        return;
    };
    for command in from {
        let Some(first) = command.words.iter().position(|word| {
            name_of(word.text).is_some_and(|name| {
                matches!(
                    name.as_ref(),
                    "echo" | "printf" | "write-output" | "write-host" | "print" | "yes"
                )
            })
        }) else {
            continue;
        };
        let words: Vec<Word<'_>> = command.words[first + 1..]
            .iter()
            .filter(|word| !(word.text.starts_with('-') && word.text.len() <= 3 || redirects(word)))
            .copied()
            .collect();
        mask(&words, reader, out);
    }
}

// `2>/dev/null`
fn redirects(word: &Word<'_>) -> bool {
    !word.quoted
        && word
            .text
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == '&')
            .starts_with(['>', '<'])
}

// `sudo -S id <<< 'PW'`
fn here_string(command: &Command<'_>, out: &mut Vec<Span>) {
    let Some(at) = command.words.iter().position(|word| word.text.starts_with("<<<")) else {
        return;
    };
    let Some(reader) = reader(&command.words[..at]) else {
        return;
    };
    let word = command.words[at];
    let fed = word.text[3..].trim_start_matches(['"', '\'']);
    let glued = Word {
        text: fed.trim_end_matches(['"', '\'']),
        start: word.end() - fed.len(),
        quoted: false,
    };
    let fed = if word.text.len() > 3 {
        Some(glued)
    } else {
        command.words.get(at + 1).copied()
    };
    if let Some(fed) = fed {
        mask(&[fed], reader, out);
    }
}

// `chpasswd << EOF`, and the lines up to that word.
fn here_document(command: &Command<'_>, behind: &[Command<'_>], out: &mut Vec<Span>) {
    let opens = |word: &Word<'_>| word.text.starts_with("<<") && !word.text.starts_with("<<<");
    let Some(at) = command.words.iter().position(opens) else {
        return;
    };
    let end = match command.words[at].text.trim_start_matches(['<', '-']) {
        "" => command.words.get(at + 1).map_or("", |word| word.text),
        glued => glued.trim_matches(['"', '\'']),
    };
    let ends = |line: &Command<'_>| line.words.first().is_some_and(|word| word.text == end);
    let (Some(reader), Some(lines)) = (reader(&command.words[..at]), behind.iter().take(LINES).position(ends)) else {
        return;
    };
    for line in &behind[..lines] {
        mask(&line.words, reader, out);
    }
}

// Masks the words that are fed together, unless they are no password: a mask must not hide a command.
fn mask(words: &[Word<'_>], reader: Reader, out: &mut Vec<Span>) {
    let mut line = String::new();
    for word in words.iter().filter(|word| !word.text.starts_with('%')) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word.text.trim_matches(['"', '\'', ')', '}']));
    }
    if reader != Reader::Pairs && !may_be_password(line.trim_end_matches("\\n"), reader) {
        return;
    }
    for word in words {
        mask_fed(word, reader, out);
    }
}

fn may_be_password(fed: &str, reader: Reader) -> bool {
    const ANSWERS: &str = "y n yes no";
    let row = fed.matches(':').count();
    let spoken = fed.contains(' ');
    if is_listed(ANSWERS, &fed.to_ascii_lowercase()) || spoken && (fed.contains("://") || row > 1) || row > 4 {
        return false;
    }
    let signs = fed.contains(['/', '|', ';', '<', '>', '=', '(']);
    let has = |test: fn(&u8) -> bool| fed.as_bytes().iter().any(test);
    match reader {
        _ if !spoken => reader != Reader::Su || !fed.bytes().all(|b| b.is_ascii_lowercase()),
        Reader::Su | Reader::Starter(Rest::Runs) => false,
        // The second line is for the command that it starts.
        Reader::Starter(rest) => !signs && !fed.contains(':') && (rest == Rest::Leaves || has(u8::is_ascii_digit)),
        Reader::Pairs | Reader::Password => !signs,
    }
}

fn mask_fed(word: &Word<'_>, reader: Reader, out: &mut Vec<Span>) {
    let text = word
        .text
        .trim_end_matches([')', '}'])
        .trim_end_matches("\\n")
        .trim_end_matches(['"', '\'']);
    let sign = (reader == Reader::Pairs).then(|| text.find(':')).flatten();
    let skip = sign.map_or(0, |at| at + 1);
    // A row of `passwd` has its password in one field of seven; the others are evidence.
    let fields = text[skip..].matches(':').count();
    let end = text[skip..].find(':').filter(|_| sign.is_some() && fields >= 4);
    let text = end.map_or(text, |end| &text[..skip + end]);
    let secret = &text[skip..];
    let quoted = secret.len() - secret.trim_start_matches(['"', '\'']).len();
    variables::mark(&secret[quoted..], word.start + skip + quoted, out);
    if value::is_secret(&secret[quoted..], Announces::Password, Joint::Flag) && !spans::starts_with_mask(secret) {
        out.push(Span::new(
            word.start + skip + quoted,
            word.start + text.len(),
            "password",
        ));
    }
}

// How the program reads that these words start: the word that names it, not one of its files or arguments.
fn reader(words: &[Word<'_>]) -> Option<Reader> {
    let mut runs_another = true;
    for (at, word) in words.iter().take(REACH).enumerate() {
        let prompted = at > 0 && words[at - 1].text.ends_with([':', '$', '#', '(', '{', '`']);
        if !(runs_another || prompted) || !is_program(word.text) {
            continue;
        }
        // `ssh host 'sudo -S id'`
        if word.text.contains(' ') {
            return words::commands(word.text, 0, Pairing::Shell)
                .first()
                .filter(|inner| inner.words.len() > 1)
                .and_then(|inner| reader(&inner.words));
        }
        let Some(name) = name_of(word.text) else { continue };
        let name = name.as_ref();
        if is_listed(CONSUMERS, name) {
            return None;
        }
        let rest = &words[at + 1..];
        if name == "sudo" {
            let (reads, command) = behind_sudo(rest);
            return if reads {
                Some(Reader::Starter(rest_for(command)))
            } else {
                reader(command)
            };
        }
        if let Some(reader) = reader_of(name, rest) {
            return Some(reader);
        }
        // `LANG=C sudo -S`
        runs_another = is_listed(RUNNERS, name) || runs_another && (at > 0 || word.text.contains('='));
    }
    let from_input = |word: &Word<'_>| {
        word.text == "--key-file=-"
            || word.text.contains("stdin") && ["pass", "token"].iter().any(|what| word.text.contains(what))
    };
    // `--password-stdin`, `--stdin-password`, `-o password_stdin`, `--key-file=-`
    words.iter().any(from_input).then_some(Reader::Password)
}

// `su`, `/usr/sbin/chpasswd`; not `/etc/passwd`.
fn is_program(word: &str) -> bool {
    let path = word.rsplit(['=', '"', '\'']).next().unwrap_or(word);
    match path.rfind(['/', '\\']) {
        Some(at) => path[..at].ends_with("bin") || path.starts_with(['.', '~']) || path.contains('\\'),
        None => !path.starts_with('-'),
    }
}

// Whether sudo reads a password from its input, and the words of the command that it starts.
fn behind_sudo<'w, 't>(words: &'w [Word<'t>]) -> (bool, &'w [Word<'t>]) {
    const WITH_VALUE: &str = "--user --group --prompt --host --chdir --chroot --close-from --role --type --other-user";
    let mut reads = false;
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let Some(switch) = word.text.strip_prefix('-') else {
            if word.text.contains('=') {
                at += 1;
                continue;
            }
            break;
        };
        at += 1;
        if switch == "-" {
            break;
        }
        if word.text.starts_with("--") {
            reads |= word.text == "--stdin";
            at += usize::from(is_listed(WITH_VALUE, word.text));
            continue;
        }
        // The first letter that takes a value ends the word: `-uS` is a user.
        let taker = switch.find(['u', 'g', 'p', 'h', 'D', 'R', 'C', 'T', 'U', 'r', 't']);
        reads |= switch[..taker.unwrap_or(switch.len())].contains('S');
        at += usize::from(taker.is_some_and(|taker| taker + 1 == switch.len()));
    }
    (reads, words.get(at..).unwrap_or_default())
}

// What the command that sudo or su starts does with its input. A shell without a script or `-c` runs it.
fn rest_for(command: &[Word<'_>]) -> Rest {
    const SHELLS: &str =
        "sh bash dash zsh ksh fish ash csh tcsh su python python2 python3 perl ruby node php powershell pwsh";
    let Some((first, arguments)) = command.split_first() else {
        return Rest::Takes;
    };
    let Some(name) = name_of(first.text) else {
        return Rest::Leaves;
    };
    let is_bare = |word: &Word<'_>| redirects(word) || word.text.starts_with('-') && !word.text.contains(['c', 'e']);
    if is_listed(SHELLS, &name) {
        return if arguments.iter().all(is_bare) {
            Rest::Runs
        } else {
            Rest::Leaves
        };
    }
    if is_listed(CONSUMERS, &name) {
        Rest::Takes
    } else {
        Rest::Leaves
    }
}

fn reader_of(name: &str, rest: &[Word<'_>]) -> Option<Reader> {
    let has = |flag: &str| rest.iter().any(|word| word.text == flag);
    let reads = match name {
        "chpasswd" | "newusers" => return Some(Reader::Pairs),
        "su" => {
            let with_command =
                |word: &Word<'_>| matches!(word.text, "-c" | "--command") || word.text.starts_with("--command=");
            let Some(at) = rest.iter().position(with_command) else {
                return Some(Reader::Su);
            };
            let command = rest[at].text.strip_prefix("--command=");
            let command = command.or_else(|| rest.get(at + 1).map(|word| word.text));
            let commands = words::commands(command.unwrap_or_default(), 0, Pairing::Shell);
            let leaves = commands
                .first()
                .is_none_or(|first| rest_for(&first.words) == Rest::Leaves);
            // `su postgres -c psql`: a statement for it is likelier than a passphrase for su.
            return Some(Reader::Starter(if leaves { Rest::Leaves } else { Rest::Runs }));
        }
        "anydesk" => has("--set-password"),
        "htpasswd" => rest
            .iter()
            .any(|word| word.text.starts_with('-') && word.text.contains('i')),
        "gpg" | "gpg2" => has("--passphrase-fd"),
        "openssl" => has("-stdin") || has("stdin"),
        "rclone" => has("obscure"),
        // `docker secret create X -`, `gcloud secrets versions add X --data-file=-`, `gh secret set X`
        "docker" | "podman" | "gcloud" | "gh" | "glab" | "wrangler" | "fly" | "flyctl" => {
            has("--with-token")
                || rest
                    .iter()
                    .take(3)
                    .any(|word| matches!(word.text, "secret" | "secrets"))
        }
        _ => is_listed(READERS, name),
    };
    reads.then_some(Reader::Password)
}
