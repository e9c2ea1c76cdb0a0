//! Colons before contents of a file in a command, whose arguments have colons too.

mod found;
mod path;
mod programs;
mod words;

use super::super::path::{has_drive, is_windows};
use super::{begins_drive, is_separator, of_a_file};
use found::Found;
use path::{Name, Path, Slashes, ends_name};
use programs::Programs;
use words::Words;

/// Whether a value names contents, in what may be the name of a file or a command of any system.
pub(in super::super) fn has_some(value: &str) -> bool {
    let has_backslash = value.contains('\\');
    if !value.contains(':') || (value.starts_with('/') && !has_backslash) {
        return false;
    }
    let is_one_path = is_windows(value) && has_drive(value) && !value.contains(char::is_whitespace);
    let colons = if is_one_path {
        of_a_file(value)
    } else {
        colons(value, false)
    };
    !colons.is_empty()
}

/// Where a command names contents: only a path does that begins like one, with a drive, a backslash, a dot or a variable, and that ends with
/// its quotes or, without any, at the next switch. In a command of Windows a slash may be a backslash, and a path may begin with a name:
/// there what stands behind the colon is a file only where it looks like one, since `CORP\svc:F` is an account and `registry/img:1.2` an
/// image.
pub(super) fn colons(value: &str, of_windows: bool) -> Vec<usize> {
    let has_backslash = value.contains('\\');
    if !of_windows && value.starts_with('/') && !has_backslash {
        return Vec::new();
    }
    let programs = Programs::of(value);
    let read = |apostrophes| Reader::of(value, of_windows, apostrophes, &programs).read(value);
    let mut colons = read(Apostrophes::AreQuotes);
    if value.contains('\'') {
        colons.append(&mut read(Apostrophes::AreLetters));
        colons.sort_unstable();
        colons.dedup();
    }
    colons
}

/// What an apostrophe is that stands in a path but in no word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Apostrophes {
    /// As PowerShell reads it.
    AreQuotes,
    /// As most programs read it.
    AreLetters,
}

/// A command, so far as it is read.
struct Reader<'a> {
    of_windows: bool,
    /// A path may begin with a sign (`.`, `%`) or with a drive alone.
    has_signs: bool,
    programs: &'a Programs,
    apostrophes: Apostrophes,
    found: Found,
    path: Option<Path>,
    name: Name,
    /// The word that is read stands behind this.
    behind_quote: Option<char>,
    words: Words,
    /// Where the colon of the last drive stands.
    drive: Option<usize>,
    last: char,
}

impl<'a> Reader<'a> {
    fn of(value: &str, of_windows: bool, apostrophes: Apostrophes, programs: &'a Programs) -> Self {
        let has_apostrophes = programs.are_of_powershell && apostrophes == Apostrophes::AreQuotes;
        Self {
            of_windows,
            has_signs: of_windows || value.contains('\\'),
            programs,
            apostrophes,
            found: Found::default(),
            path: None,
            name: Name::default(),
            behind_quote: None,
            words: Words::of(has_apostrophes),
            drive: None,
            last: ' ',
        }
    }

    /// Where the command names contents.
    fn read(mut self, value: &str) -> Vec<usize> {
        for (at, c) in value.char_indices() {
            let (before, after) = (&value[..at], &value[at + c.len_utf8()..]);
            self.words.go_on(before, c);
            if !self.takes_quote(c, after) {
                self.leave_argument(c);
                self.begin_path(before, c, after);
                self.look_for_contents(before, c, after);
                self.go_on(before, c);
                if self.path.is_none() {
                    self.found.forget();
                }
            }
            self.last = c;
        }
        self.found.certain
    }

    fn quote(&self) -> Option<char> {
        self.path.as_ref().and_then(|path| path.quote)
    }

    fn begins_word(&self) -> bool {
        !self.last.is_alphanumeric() && self.last != '_'
    }

    /// Whether this is a quote, and no letter of a name; if so, goes over it.
    fn takes_quote(&mut self, c: char, after: &str) -> bool {
        let quote = self.quote();
        let begins_argument = quote.is_none() && self.last.is_whitespace();
        // Within a name an apostrophe is one.
        let is_letter = self.apostrophes == Apostrophes::AreLetters && self.path.is_some() && !begins_argument;
        if c != '"' && !(c == '\'' && ((self.begins_word() && !is_letter) || quote == Some(c))) {
            return false;
        }
        let closes = quote == Some(c) && after.chars().next().is_none_or(char::is_whitespace);
        if closes || begins_argument {
            self.path = None;
        }
        if let Some(path) = &mut self.path {
            path.turn(c);
        } else {
            self.found.forget();
        }
        self.behind_quote = Some(c);
        true
    }

    /// Ends what an argument ends, before this begins another.
    fn leave_argument(&mut self, c: char) {
        if c.is_whitespace() {
            self.behind_quote = None;
            if let Some(path) = self.path.as_mut().filter(|path| path.quote.is_none()) {
                // The next argument is another.
                self.found.forget();
                path.slashes = Slashes::None;
                path.sign.take_if(|sign| *sign == '%');
            }
        }
        if self.last.is_whitespace() && self.quote().is_none() && matches!(c, '/' | '-') {
            self.path = None;
        }
    }

    /// Begins a path where this does, or goes on with the one that is read.
    fn begin_path(&mut self, before: &str, c: char, after: &str) {
        let begins_word = self.begins_word();
        let begins_argument = self.last.is_whitespace() || "\"'=,;()".contains(self.last);
        let of_a_folder = begins_drive(c, after) || (self.of_windows && begins_argument && begins_share(c, after));
        let of_a_sign = self.has_signs && !is_separator(self.last) && "\\.%$~".contains(c);
        let of_a_drive = self.has_signs && begins_argument && c.is_ascii_alphabetic() && after.starts_with(':');
        if begins_word && (of_a_folder || of_a_sign || of_a_drive) {
            // A sign within a word is a letter of the name that it begins with.
            let begins = |path: &Path| {
                let begins_argument = self.last.is_whitespace();
                if path.begins_with_a_name {
                    return of_a_folder || (begins_argument && has_separator(c, after));
                }
                begins_argument && path.quote.is_none() && !may_have_blanks(path, before.trim_end())
            };
            if self.path.as_ref().is_none_or(begins) {
                // What is quoted may be one name, with such a sign in it.
                let in_name = self.path.as_ref().filter(|_| "%$~".contains(c));
                self.begin(Path {
                    quote: in_name.and_then(|path| path.quote),
                    sign: Some(c).filter(|_| of_a_sign && c != '\\'),
                    is_first: before.is_empty(),
                    is_value: before.ends_with('=') || before.ends_with(":\"") || before.ends_with("=\""),
                    ..Path::default()
                });
            }
            let quote_of_name = self.words.quote().filter(|_| is_separator(c) && self.ends_name(before));
            if let Some(path) = &mut self.path {
                path.quote = path.quote.or(self.behind_quote).or(quote_of_name);
                let of_an_argument = of_a_drive || (of_a_sign && path.is_first && self.last.is_whitespace());
                if of_a_folder || (of_an_argument && self.of_windows) {
                    path.slashes = Slashes::Certain;
                }
            }
            if begins_drive(c, after) {
                self.drive = Some(before.len() + c.len_utf8());
            }
        } else if self.of_windows && is_separator(c) && self.ends_name(before) {
            self.begin_with_a_name(before, c);
        }
    }

    /// Whether what is read may be a name before a separator, and no switch, share or scheme.
    fn ends_name(&self, before: &str) -> bool {
        !self.last.is_whitespace() && self.last != ':' && !is_separator(self.last) && !self.words.are_opened(before)
    }

    /// Begins a path before its first separator, with the name that is read.
    fn begin_with_a_name(&mut self, before: &str, separator: char) {
        if separator == '/' && (self.programs.have_references(before.len()) || self.words.are_an_address()) {
            return;
        }
        match &mut self.path {
            Some(path) if separator == '/' && path.quote.is_none() && !self.name.is_of_a_command => {
                if path.is_first && path.slashes == Slashes::None {
                    path.slashes = Slashes::InDoubt;
                }
            }
            Some(path) if separator == '\\' || path.quote.is_some() => {}
            _ => self.begin(Path {
                quote: self.behind_quote.or(self.words.quote()),
                slashes: if separator == '/' {
                    Slashes::Certain
                } else {
                    Slashes::None
                },
                // That of a file is one in any case.
                begins_with_a_name: !self.words.are_an_address_of_a_file(),
                ..Path::default()
            }),
        }
    }

    fn begin(&mut self, path: Path) {
        self.found.forget();
        self.name = Name::default();
        self.path = Some(path);
    }

    /// Whether the name may be that of a file before these contents, where nothing but its separator says so. A sentence has blanks
    /// before a slash and behind what a colon parts: `"Backup 2026/11/29 10:30 done on srv.acme.local"`, `"Job web/api: failed"`.
    fn may_be_a_file(&self, contents: &str) -> bool {
        let behind_number = contents.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_sentence = self.name.follows == Some('/')
            && self.words.have_blanks_in_quotes()
            && behind_number.starts_with(char::is_whitespace);
        !is_sentence && self.name.may_be_a_file(contents)
    }

    fn look_for_contents(&mut self, before: &str, c: char, after: &str) {
        if c == ':'
            && before.len() > 1
            && let Some(path) = self.path.as_ref().filter(|path| path.may_end_in(&self.name))
            && begins_contents(self.last, after, path.quote.is_some())
            && (!path.is_by_name(&self.name) || self.may_be_a_file(after))
        {
            self.found
                .add(before.len(), path.is_in_doubt(&self.name, before, after));
        }
        // Behind a slash a number of a version is no ending.
        let is_ending = |c: char| c.is_alphabetic() || (c.is_alphanumeric() && self.name.follows == Some('\\'));
        if c == '.' && after.starts_with(is_ending) {
            self.found.confirm();
        }
    }

    /// Takes this into the name and the path that are read.
    fn go_on(&mut self, before: &str, c: char) {
        if is_separator(c) {
            if let Some(path) = &mut self.path {
                let of_an_address = self.last == ':' && self.drive != before.len().checked_sub(1);
                // A slash behind a variable is one of its path.
                if of_an_address {
                    path.slashes = Slashes::None;
                } else if self.of_windows && path.sign.is_some() {
                    path.slashes = Slashes::Certain;
                }
                path.sign = None;
            }
            // Contents have no separators in their names.
            self.found.forget();
            self.name = Name {
                follows: Some(c),
                ..Name::default()
            };
            return;
        }
        if self.quote().is_none() {
            let may_go_on = |path: &Path| may_have_blanks(path, before);
            let ends_argument = c.is_whitespace() && !self.path.as_ref().is_some_and(may_go_on);
            self.name.is_of_a_command |= ends_argument || ends_name(c);
        }
        let in_quotes = self.quote().is_some();
        self.name.go_on(c, in_quotes);
        self.path.take_if(|path| path.ends_at(c));
    }
}

/// Whether the word that begins so is a path: `.\x`, `%TEMP%\x`, and not `$x`.
fn has_separator(c: char, after: &str) -> bool {
    let rest = after.split(|c: char| c.is_whitespace() || c == '"').next();
    is_separator(c) || rest.is_some_and(|rest| rest.contains(is_separator))
}

/// Whether a path, so far as it is written, may go on behind a blank: that of the program does up to its ending.
fn may_have_blanks(path: &Path, before: &str) -> bool {
    path.is_first && !ends_like_a_file(before)
}

/// Whether a name ends like that of a program: `C:\Tools\x.exe`, and not `C:\Program`.
fn ends_like_a_file(before: &str) -> bool {
    let is_ending =
        |ending: &str| (2..=4).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let end = before.bytes().rev().take(5).position(|byte| byte == b'.');
    before.ends_with(char::is_whitespace) || end.is_some_and(|len| is_ending(&before[before.len() - len..]))
}

/// Whether a slash, and what stands behind it, are the beginning of a share: `//nas/share`, and not `//nologo`.
fn begins_share(c: char, after: &str) -> bool {
    let machine = after.strip_prefix('/').filter(|_| c == '/');
    machine.is_some_and(|machine| {
        let end = machine.find(|c: char| c == '/' || c == '"' || c.is_whitespace());
        machine.starts_with(char::is_alphanumeric) && end.is_some_and(|end| machine[end..].starts_with('/'))
    })
}

/// Whether what stands behind a colon may be the name of contents: not where nothing does, nor another path of a list. Contents without a
/// name have a kind (`::$DATA`); all other pairs of colons are words of PowerShell.
fn begins_contents(last: char, after: &str, in_quotes: bool) -> bool {
    if (last == ':' && !after.starts_with('$')) || (after.starts_with(':') && !after.starts_with(":$")) {
        return false;
    }
    if after.starts_with(char::is_whitespace) {
        let name = after.trim_start();
        return in_quotes && !name.is_empty() && !name.starts_with(['"', '\'', '\\', '/']);
    }
    let mut name = after.trim_start_matches(['"', '\'']).chars();
    name.next()
        .is_some_and(|c| !c.is_whitespace() && !is_separator(c) && !begins_drive(c, name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_and_a_list_of_paths_are_told_from_contents_of_a_file() {
        for command in [
            r"C:\Windows\cmd.exe /c C:\Windows\Tracing:evil.exe",
            r#"cmd.exe /c "C:\Windows\Tracing:evil.exe""#,
            r"cmd.exe /c .\Tracing:evil.exe",
            r"cmd.exe /c \\host\share\x:evil.exe",
            r"cmd.exe /c %windir%\Tracing:evil.exe",
            r"start C:\Program Files\App:evil.exe",
            r"start /d=C:\Windows\Tracing:evil.exe",
            r"C:\data:C",
            r"cmd.exe /c type x>C:\Windows\Tracing:evil.exe",
            r"cmd.exe /c type x>.\Tracing:evil.exe",
            r"cmd.exe /c x<C:\Windows\Tracing:evil.exe",
            r"cmd.exe /c x|C:\Windows\Tracing:evil.exe",
            r"cmd.exe /c x&C:\Windows\Tracing:evil.exe",
            r"cmd.exe /c @C:\Windows\Tracing:evil.exe",
            r"cmd.exe /c copy a+C:\Windows\Tracing:evil.exe",
            r"robocopy.exe C:\a C:\b /log:C:\Windows\Tracing:evil.exe",
            r#"rundll32.exe "C:\Program Files\Acme, Inc\data:evil.dll",Start"#,
            r#"rundll32.exe "C:\ProgramData\Acme - Tools\data:evil.dll",Start"#,
            r#"rundll32.exe "C:\Acme (old)\My Data:evil.dll",Start"#,
            r#"rundll32.exe x" "C:\Acme, Inc\data:evil.dll",Start"#,
            r#"csc.exe "/out:C:\Acme, Inc\data:evil.dll""#,
            r"gc 'C:\Acme, Inc\data:evil.ps1'",
            r"gc 'C:\O''Neil, Inc\data:evil.ps1'",
            r"rundll32.exe C:\Users\O'Neil\data:evil.dll,Start",
            r"C:\Program Files (x86)\App\data:evil.dll -x y",
            r"rundll32.exe C:\Windows\Tracing:_evil.dll,Start",
            r"rundll32.exe C:\Windows\Tracing:.dll,Start",
            r"rundll32.exe C:\Windows\Tracing:^evil.dll,Start",
            r#"rundll32.exe C:\Windows\Tracing:"evil.dll",Start"#,
            r#"rundll32.exe C:\Windows\"Tracing":evil.dll,Start"#,
            r"rundll32.exe C:\Windows/Tracing:evil.dll,Start",
            r"rundll32.exe C:/Windows/Tracing:evil.dll,Start",
            r"certutil -f http://203.0.113.9/x C:\Windows\Tracing:evil.exe",
            r#"wscript.exe "C:\ProgramData\Acme data":evil.vbs"#,
            r#"wscript.exe C:\ProgramData\a", "bc:evil.vbs"#,
            r#"wscript.exe "C:\ProgramData\Acme data: evil.vbs""#,
            r"wscript.exe C:\ProgramData\a,bc:evil.vbs",
            r"wscript.exe C:\ProgramData\a;bc:evil.vbs",
            r"wscript.exe C:\ProgramData\a=bc:evil.vbs",
            r"wscript.exe C:\ProgramData\a::$DATA",
        ] {
            assert!(has_some(command), "{command}");
        }
        for command in [
            r"icacls C:\Data /grant CORP\svc:F",
            r#"icacls C:\Data /grant "CORP\svc:(OI)(CI)F""#,
            r"sqlcmd -S srv\inst -U CORP\svc:x",
            r"docker run -v C:\data:C:\data img",
            r"docker run -v C:\data:/data img",
            r"/usr/bin/chown CORP\svc:users /srv/x",
            r"powershell -c Get-Item HKLM:\Software\App",
            r"C:\a b",
            "ab:c:d",
            r#""C:\Tools\icacls.exe" C:\Data "CORP\svc:(OI)(CI)F" 'CORP\adm:F'"#,
            r"C:\Docker\docker.exe pull registry/img:tag",
            r"C:\Windows\curl.exe http://proxy.example:8080/x",
            r"C:\Tools\x.exe C:\a.txt>NUL 10:30",
            r#"cmd.exe /c "C:\Tools\x.exe" 10:30"#,
            r"schtasks /create /tr C:\x\y.bat /st 10:30",
            "rsync ./a/b:c /srv/x",
            "sed -e s:/var/a:/tmp/b: /srv/x",
        ] {
            assert!(!has_some(command), "{command}");
        }
    }

    #[test]
    fn a_command_of_windows_has_slashes_and_relative_paths_too() {
        for command in [
            "wscript.exe ./Scripts/a:evil.vbs",
            "wscript.exe %TEMP%/x/a:evil.vbs",
            "wscript.exe //nas/share/a:evil.vbs",
            "wscript.exe C:/a.txt:evil.vbs",
            r"cscript.exe //nologo Scripts\a.txt:evil.vbs",
            r#"cscript.exe "Scripts\My Data:evil.vbs""#,
            "wscript.exe ~/Scripts/a:evil.vbs",
            "wscript.exe Scripts/a.txt:evil.vbs",
            r"wscript.exe Scripts\$=a:evil.vbs",
            r"wscript.exe Scripts\a-.b:evil.vbs",
            "wscript.exe C:Scripts/a:evil.vbs",
            r"C:\Program Files\My Data:evil",
            r"C:\Program Files\My Data:evil.exe -x",
            r#"C:\Tools\x.exe -Command "$env:TEMP\a:evil.ps1""#,
        ] {
            assert_eq!(colons(command, true), [command.rfind(':').unwrap()], "{command}");
        }
        for command in [
            r"icacls Data /grant CORP\svc:F",
            r#"icacls Data /grant "CORP\svc:(OI)(CI)F" CORP\adm.x:F"#,
            "docker.exe pull registry/img:1.2 registry/img:tag",
            "git.exe show origin/main:x.rs",
            "appcmd.exe set site /site.name:A /bindings:http/*:80:www.example",
            "appcmd.exe set site /site.name:A /bindings:http/10.0.0.1:80:www.example",
            r"C:\Tools\x.exe 10:30",
            r#"C:\Tools\x.exe -Command "$env:TEMP""#,
            "cscript.exe //nologo //e:vbscript x.vbs",
            "cscript.exe //nologo //t:5 http://proxy.example:8080/x",
            "curl.exe %PROXY% http://proxy.example:8080/x",
            r#"powershell "$u='http://proxy.example:8080/x'""#,
            r"reg.exe add HKLM\Software\App /v a:b.c",
            r"x.exe C:\a.txt,http://proxy.example:8080/x",
            r#"powershell.exe -Command "$x='Stop'; & C:\Scripts\a.ps1; exit [int]::Parse(1)""#,
            r#"powershell.exe -Command "$x='Stop'; & C:\Scripts\a.ps1 -Confirm:$false""#,
            r#"powershell.exe -Command "C:\Scripts\a.ps1; exit [int]::Parse(1)""#,
        ] {
            assert_eq!(colons(command, true), [0; 0], "{command}");
        }
    }

    #[test]
    fn colons_are_read_once() {
        let shapes: [fn(usize) -> String; 5] = [
            |size| format!(r#"cmd.exe /c "a{}"#, "/b:c".repeat(size / 4)),
            |size| format!(r#"cmd.exe /c "a b{}"#, "/b:1 c".repeat(size / 6)),
            |size| format!(r"x.exe C:\ {}", "a:".repeat(size)),
            |size| format!(r"x\{}", "a:".repeat(size)),
            |size| "(//a".repeat(size / 2),
        ];
        // As long for both, so that others who use the machine take as much of each.
        let least = |value: &str, times: usize| {
            let runs = (0..5).map(|_| {
                let started = std::time::Instant::now();
                for _ in 0..times {
                    assert!(colons(value, true).is_empty());
                }
                started.elapsed()
            });
            runs.min().unwrap()
        };
        for shape in shapes {
            let (small, large) = (least(&shape(2_500), 32), least(&shape(80_000), 1));
            // Of 32 times the text each takes 32 times as long if read once, and 1024 times if once for each other.
            assert!(large < small * 10, "{small:?} and {large:?}");
        }
    }
}
