//! The table of signals, by what wrote the log.
//!
//! A line says: what must hold, how much it weighs, which technique it shows, and what it means. From [`super::signals`]: weights
//! add up to 5 for an attack, −2 for ordinary work; 3 and above forbids closing. Texts are lower case; commands come without
//! quotes and carets and with `/` for `\`, URLs percent-decoded.
//!
//! A line that knows who acted, or from where, and not what was done, is a `support`: it closes nothing by itself.
//!
//! What speaks for an alert (`Has` in a line below 0) names a whole field with `Is`, or a place where only the system, a product or the
//! rule writes: never [`Log`](super::view::Place::Log) or [`Field`](super::view::Place::Field), in which anybody's words stand.

mod cloud;
mod everyday;
mod files;
mod logon;
mod product;
mod unix;
mod web;
mod windows;

use super::signals::Signal;

pub(super) const TABLES: [&[Signal]; 8] = [
    windows::SIGNALS,
    unix::SIGNALS,
    logon::SIGNALS,
    files::SIGNALS,
    web::SIGNALS,
    cloud::SIGNALS,
    product::SIGNALS,
    everyday::SIGNALS,
];

/// Programs of Windows and of security products that open the logon process as a matter of course.
const GUARDS: &str = r"^c:/windows/(system32/(csrss|wininit|lsm|lsass|services|wbem/wmiprvse|svchost|taskmgr|werfault|lsaiso)|sysmon(64)?)\.exe$|^c:/programdata/microsoft/windows defender/|^c:/program files( \(x86\))?/.*(security|defender|antivirus|endpoint|edr|crowdstrike|sentinel|sophos|eset|mcafee|symantec|trend|kaspersky|bitdefender|cylance|carbon|ossec-agent|wazuh)";
/// Security products among them.
const PRODUCTS: &str = r"^c:/programdata/microsoft/windows defender/|^c:/program files( \(x86\))?/.*(security|defender|antivirus|endpoint|edr|crowdstrike|sentinel|sophos|eset|mcafee|symantec|trend|kaspersky|bitdefender|cylance|carbon|ossec-agent|wazuh)";
/// The same by what packages, services and installers call them, on every system; a part of a pattern.
macro_rules! guards {
    () => {
        r"\b(wazuh|ossec|auditd|falcon-sensor|crowdstrike|sentinel(one|agent|d)|mdatp|microsoft defender|sophos|clam(av|d)|freshclam|fail2ban|crowdsec|rkhunter|chkrootkit|tripwire|samhain|osquery|apparmor|ds_agent|cylance|carbon black|cbagent|cb-defense|cortex xdr|elastic-(agent|endpoint)|auditbeat|filebeat|velociraptor|trellix|mcafee|symantec|kaspersky|bitdefender|suricata|usbguard|(falco|aide|sysmon(64|forlinux)?|esets?|snort|zeek)\d?\b)"
    };
}
/// Parts of a system that guard it and that are changed for others every day; a part of a pattern.
macro_rules! helpers {
    () => {
        r"\b(rsyslog|syslog-ng|firewalld|ufw\b)"
    };
}
/// Packages and programs that let others in, carry data out or attack; a part of a pattern.
macro_rules! tools {
    () => {
        r"\b(nmap|masscan|zmap|hydra|netcat|ncat|socat|proxychains|sqlmap|aircrack|hashcat|metasploit|xmrig|chisel|ligolo|ngrok|cloudflared|localtunnel|frpc?|anydesk|teamviewer|screenconnect|connectwise|rustdesk|atera|splashtop|netsupport|ultraviewer|mesh ?(agent|central)|simplehelp|xrdp|x11vnc|rclone|mega(cmd|sync)|bettercap|ettercap|gobuster|mimikatz|impacket|crackmapexec|netexec|evil-winrm|dnscat|iodine|enum4linux|advanced (ip|port) scanner|process hacker)\d?\b"
    };
}
/// Those that share their name with people, computers and much else: a name only where nothing else stands.
macro_rules! plain_tools {
    () => {
        r"(john|tor|responder)([-.:]\S*)?( |$)"
    };
}
use {guards, helpers, plain_tools, tools};

/// Who should not start anything that a person starts.
const ODD_PARENT: &str = r"/(winword|excel|powerpnt|outlook|w3wp|httpd|nginx|php\S*|javaw?|tomcat\S*|sqlservr|wmiprvse|mshta|rundll32|regsvr32|wscript|cscript|node|python\w*|wsmprovhost)\.exe|/(users|temp|programdata|public|perflogs)/";
/// The path of a service that leads elsewhere than it begins.
const BENT_PATH: &str = r"(imagepath|servicefilename)=.*(\.\.|https?:|[|&;<>])";
/// The number of an event of Windows.
const EVENT_ID: &str = "data.win.system.eventid";
/// What wrote an event of Windows.
const PROVIDER: &str = "data.win.system.providername";
/// Who called a cluster.
const CLUSTER_USER: &str = "data.user.username|data.kubernetes.user.username";

/// One line.
const fn line(
    name: &'static str,
    weight: i32,
    technique: &'static str,
    says: &'static str,
    when: &'static [super::signals::Test],
) -> Signal {
    Signal {
        name,
        weight,
        technique,
        says,
        when,
        closes: true,
    }
}

/// One line that makes ordinary work likelier where another line knows the work itself, and closes nothing without it.
const fn support(name: &'static str, weight: i32, says: &'static str, when: &'static [super::signals::Test]) -> Signal {
    Signal {
        closes: false,
        ..line(name, weight, "", says, when)
    }
}
