//! Where commands stand in what classic events of PowerShell have in one value.

/// The commands. What stands around them has the numbers of versions of modules, and of programs: `name="MinimumVersion"; value="1.0.0.1"`.
pub(super) fn commands(text: &str) -> impl Iterator<Item = &str> {
    const DETAILS: [&str; 2] = ["CommandInvocation(", "ParameterBinding("];
    let details = DETAILS.iter().filter_map(|mark| text.find(mark)).min();
    let text = &text[..details.unwrap_or(text.len())];
    let host = text.split_once("HostApplication=").map(|(_, command)| {
        // The host writes it behind all that it was started with.
        command
            .rsplit_once("EngineVersion=")
            .map_or(command, |(command, _)| command)
    });
    // What follows is the command's own.
    let marks = ["ScriptName=", "CommandLine="].into_iter();
    let first = marks.filter_map(|mark| Some(text.find(mark)? + mark.len())).min();
    host.into_iter().chain(first.map(|at| &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_are_looked_through_and_none_ends_itself() {
        for (text, expected) in [
            (
                "Available, HostVersion=5.1.1.1 HostApplication=p.exe -c a EngineVersion=5.1.1.2 ScriptName=C:\\x.ps1 CommandPath= CommandLine=b",
                &["p.exe -c a ", "C:\\x.ps1 CommandPath= CommandLine=b"][..],
            ),
            (
                "a 1.0.0.1, HostApplication=p.exe EngineVersion=1 b EngineVersion=5 CommandLine=c CommandInvocation(x): \"x\" value=\"1.0.0.1\"",
                &["p.exe EngineVersion=1 b ", "c "],
            ),
            ("Pipeline, ParameterBinding(x): value=\"HostApplication=1.0.0.1\"", &[]),
            ("", &[]),
        ] {
            assert_eq!(commands(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
