//! What computers and people do all day, and rules of a low level report.
//!
//! A line here closes only what it knows: the whole command, the folder that the system protects, the field that the system fills.
//! Every one asks for a low level or names the account that does such work for a living.

use super::{CLUSTER_USER, EVENT_ID, ODD_PARENT, PROVIDER, line};
use crate::rules::{
    signals::{
        Signal,
        Test::{Has, Is, Lacks},
    },
    view::Place::{Command, Event, Field, File, Group, Line, Log, Parent, Process, Registry, Title, Trait, Url},
};

/// What leads out of a plain command: addresses, shares, writable folders, operators of shells, encoded text.
const OUTWARD: &str =
    r"(https?|ftp|file):|//[\w.]|/(users|temp|tmp|appdata|public|perflogs|downloads|dev/shm)/|[|&;<>$`]|-enc|\[decoded";
/// A program that does not lie in the folder of the programs of Windows itself, which nobody else writes to.
pub(super) const OUTSIDE_WINDOWS: &str = r"^([abd-z]:|/|c:/([^w]|w[^i]|wi[^n]|win[^d]|wind[^o]|windo[^w]|window[^s]|windows[^/]|windows/([^s]|s[^y]|sy[^s]|sys[^tw]|syst[^e]|syste[^m]|system[^3]|sysw[^o])))|^c:/windows/(system32|syswow64)/.*/";
/// What is started to look at the system, or a shell that does: under another program a plain line is forged.
pub(super) const SHOWS: &str = r"^c:/windows/(system32|syswow64)/(windowspowershell/v1\.0/)?(gpresult|gpupdate|ipconfig|hostname|netstat|ping|tracert|pathping|getmac|w32tm|winver|chkdsk|sfc|cleanmgr|defrag|dfrgui|msinfo32|dxdiag|resmon|perfmon|taskmgr|charmap|whoami|net1?|nslookup|quser|query|cmd|powershell)\.exe$|^c:/program files/powershell/7/pwsh\.exe$";
/// A program of Linux that lies in no folder of the system.
const OUTSIDE_SYSTEM: &str =
    r"^/([^bsu]|b([^i]|i([^n]|n[^/]))|s([^bn]|b([^i]|i([^n]|n[^/]))|n([^a]|a([^p]|p[^/])))|u([^s]|s([^r]|r[^/])))";
/// Programs that run what others wrote, or let others in.
const OPEN_TOOLS: &str = r"/(powershell|pwsh|cmd|node|python\w*|javaw?|perl|ruby|php\S*|bash|sh|wsl|git|7z\w*|rar|winrar|putty|plink|pscp|psftp|winscp|psexec\w*|nmap|nc\w*|wireshark|dumpcap|tshark|anydesk|teamviewer\w*|screenconnect\w*|rustdesk|splashtop\w*|curl|wget|ssh|scp|sftp|rclone|aws|azcopy|az|gcloud|gsutil|docker\w*|kubectl|sqlcmd|osql|bcp|mysql\w*|psql|pg_dump\w*|mongo\w*|vboxmanage|vmrun|openssl|dotnet|processhacker|procdump\w*|autoit\w*|msbuild|eqnedt32|advanced_\w+_scanner|ipscan\w*|netscan|meshagent\w*|dwagent|logmein\w*|supremo|aeroadmin|winvnc\w*|tvnserver|remote access|atera\w*|ngrok|cloudflared|zerotier\w*|tailscale\w*)\.exe";
/// Options of a browser by which another program steers it, or its guards fall.
const OPENED_BROWSER: &str = r"--(remote-debugging|headless|dump-dom|load-extension|disable-web-security|no-sandbox|proxy-server|host-rules|gpu-launcher|utility-cmd-prefix)";
/// Words of a command that is after passwords.
pub(super) const SECRETS: &str = r"passw|cred|secret|key=clear|/sam\b|/lsa\b|/security\b";
/// Groups and accounts that hold keys.
const POWERFUL: &str = r"(targetusername|membername)=(cn=)?[^,]*(admin|operator|owner|krbtgt|controllers|protected|remote desktop|hyper-v|schema|enterprise|backup|server|tier.?0|root|guest|organization management|exchange|cert publishers|gpo|group policy)";
/// An account that is given the past of another, or is let in or believed with less.
const OPENED_ACCOUNT: &str = r"sidhistory=\W*s-1-|(useraccountcontrol|newuacvalue)=.*%%(2082|2091|2093|2096|2098)";
/// Keys by which something starts, or protection ends.
const TELLING_KEY: &str = r"/run(once)?(/|$)|winlogon|image file|appinit|appcert|imagepath|servicedll|failurecommand|taskcache|/lsa|defender|firewall|policies|clsid|inprocserver|shell/|environment|userinit|disable|providers|monitors|bootexecute|safeboot|amsi|logging|exclusion|security|terminal server|/sam/|netsh|autorun|startup|silentprocess|telemetry";
/// A script that only looks: one look-up, and what picks from its answer, by itself or behind the name of PowerShell.
const SCRIPT_LOOKS: &str = r"^(\S*(powershell|pwsh)(\.exe)?( +-(noprofile|nop|nologo|noninteractive))* +(-c(ommand)? +)?)?\W{0,3}(prompt|import-module( +-name)? +((activedirectory|grouppolicy|dnsserver|dhcpserver|netadapter|nettcpip|netsecurity|storage|hyper-v|servermanager|failoverclusters|psreadline|packagemanagement|powershellget|pswindowsupdate|exchangeonlinemanagement|microsoftteams|microsoft\.\w+(\.\w+)*|az(\.\w+)*|vmware\.\w+(\.\w+)*|sqlserver|sqlps|dism|defender|webadministration|iisadministration|bitlocker|scheduledtasks|appx|pki|printmanagement|smbshare|updateservices|configurationmanager|psdesiredstateconfiguration|pester|posh-git|chocolateyprofile)|c:/program files( \(x86\))?/[\w ./()-]+)( +-(force|disablenamechecking|verbose|global))*|(get-(service|appx\w*|date|module|command|help|host|location|variable|package\w*|psrepository|hotfix|computerinfo|volume|disk|psdrive|net(adapter|ipaddress|ipconfiguration)|printer|culture|executionpolicy|timezone|alias|verb|uptime|counter|random|unique|formatdata)|find-(package|module)|test-(path|netconnection|connection)|set-strictmode)\b[^|;&<>{}$`]*( *\| *((where-object|where|\?) *(\{ *\$_\.\w+ +-\w+ +[\w.*-]+ *\}|[\w.*-]+( +-\w+ +[\w.*-]+)?)|(select-object|select|sort-object|sort|format-(table|list|wide)|ft|fl|measure-object|group-object|out-string)\b[^|;&<>{}$`]*))*) *$";
/// The same as PowerShell reports it call by call.
const CALL_LOOKS: &str = r"^(commandinvocation\((import-module|get-(service|appx\w*|date|module|command|help|host|location|variable|package\w*|psrepository|hotfix|computerinfo|volume|disk|psdrive|net(adapter|ipaddress|ipconfiguration)|printer|culture|executionpolicy|timezone|alias|verb|uptime|counter|random|unique|formatdata)|find-(package|module)|test-(path|netconnection|connection)|set-strictmode|where-object|select-object|sort-object|format-(table|list|wide)|measure-object|group-object|out-(default|string))\): [^()|{}&]*|parameterbinding\([a-z-]+\): [^()|{}&]*)+$";
/// Words of a script that does more than look.
const SCRIPT_ACTS: &str = r"https?:|\[|\$\(|\.\w+\(|//[\w.]|/(temp|tmp|appdata|public|downloads)/|\b(iex|icm|iwr|irm|invoke|start|new|set-(mp|item|exec|service|content|acl|ad\w*|local\w*)|add|remove|register|enable|disable|stop|copy|move|rename|clear|format-volume|uninstall|initialize|restart|suspend|out-(file|printer|gridview)|send|enter|connect|export|convertto|get-(ad|cred|clip|content|wmi|cim|gpp|local))\b|-(enc|computername|asjob)|mimi|kerber|bloodhound|powerview|aadinternals|inveigh|powersploit|nishang|dsinternals|powerup|graphrunner|import-module( +-name)? +[\w.]*\.(ps1|psm1|psd1|dll)\b|value=(\.{1,2}/|[a-z]:/(users|programdata|temp|windows/temp)/)";
/// What carries data out in a question for a name or an echo: kinds of answers that hold text, long labels, a filling of one's own.
pub(super) const NAME_TUNNEL: &str =
    r"\b(txt|null|cname|axfr|any|mx)\b|[0-9a-f]{20,}|[a-z0-9_-]{40,}\.|\bping\d? +(.* )?-p +\S";
/// Parts of Windows that it starts by itself, as it starts them.
const PART_OF_WINDOWS: &str = r"^(c:/windows/(system32|syswow64)/|c:/windows/)?(backgroundtaskhost(\.exe)? +-servername:[\w.-]+|search(protocol|filter)host(\.exe)?( +[\w/.:;() -]+)?|dllhost(\.exe)? +/processid:\{[0-9a-f-]{36}\}|splwow64(\.exe)?( +\d+)?|runtimebroker(\.exe)? +-embedding|taskhostw(\.exe)?( +[\w-]+)?|searchindexer(\.exe)? +/embedding|smartscreen(\.exe)? +-embedding|wmiprvse(\.exe)? +(-secured +)?-embedding|mobsync(\.exe)? +-embedding|ctfmon(\.exe)?|audiodg(\.exe)?( +0x[0-9a-f]+)*|sppsvc(\.exe)?|trustedinstaller(\.exe)?|compattelrunner(\.exe)?( +-m:\w+\.dll -f:\w+.*)?) *$";

#[rustfmt::skip]
pub(super) const SIGNALS: &[Signal] = &[
    // Windows: programs.
    line("harmless_program", -3, "", "a program of Windows that only shows, was started plainly",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"1|4688"),
          Has(Command, r"^(c:/windows/(system32|syswow64)/)?(gpresult|gpupdate|ipconfig|hostname|netstat|ping|tracert|pathping|getmac|w32tm|winver|chkdsk|sfc|cleanmgr|defrag|dfrgui|msinfo32|dxdiag|resmon|perfmon|taskmgr|charmap)(\.exe)?( [^|&;<>]*)?$"),
          Lacks(Command, OUTWARD), Has(Process, SHOWS), Lacks(Parent, ODD_PARENT), Lacks(Trait, r"^actor:(web|database)$")]),
    line("part_of_windows", -3, "", "Windows started a part of its own, as it does all day",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"1|4688"), Has(Command, PART_OF_WINDOWS),
          Has(Process, r"^c:/windows/(system32/(wbem/)?|syswow64/|servicing/)?(backgroundtaskhost|search(protocol|filter)host|dllhost|splwow64|runtimebroker|taskhostw|searchindexer|smartscreen|wmiprvse|mobsync|ctfmon|audiodg|sppsvc|trustedinstaller|compattelrunner)\.exe$"),
          Has(Parent, r"^c:/windows/(explorer|system32/(svchost|services|searchindexer|spoolsv|sihost|taskhostw|runtimebroker|userinit|winlogon))\.exe$|^c:/program files( \(x86\))?/"),
          Lacks(Command, r"\{?(3e5fc7f9-9a51-4367-9063-a120244fbec7|d2e7041b-2927-42fb-8e9f-7ce93b6dc937|e9495b87-d950-4ab5-87a5-ff6d70bf3e90|6edd6d74-c007-4e75-b76a-e5740995e24c)")]),
    line("control_panel", -3, "", "a page of the control panel or the printer dialogue was opened",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"1|4688"),
          Has(Command, r"^(c:/windows/(system32|syswow64)/)?(rundll32(\.exe)? +(c:/windows/system32/)?(shell32\.dll,(control_rundll|options_rundll)( +(c:/windows/system32/)?(main|desk|appwiz|timedate|inetcpl|intl|mmsys|ncpa|powercfg|sysdm|firewall|joy|hdwwiz|tabletpc|access|wscui)\.cpl[@,\d ]*)?|printui\.dll,printuientry +/[a-z]{1,3}\b[^|&;<>]*|shwebsvc\.dll,addnetplacerundll)|control(\.exe)?( +(main|desk|appwiz|timedate|inetcpl|intl|mmsys|ncpa|powercfg|sysdm)\.cpl)?) *$"),
          Lacks(Process, OUTSIDE_WINDOWS), Lacks(Parent, ODD_PARENT)]),
    line("scanner_program", -3, "", "the scanner of Windows updates itself or scans",
        &[Has(Trait, r"^rule:low$"), Has(Command, r"^c:/program(data/microsoft| files)/windows defender/(platform/[\d.-]+/)?mpcmdrun(\.exe)? +-?(signatureupdate|scan|scanscheduled\w*)\b[^|&;<>]*$"),
          Lacks(Command, r"remove|restore|download|exclu|disable|https?:")]),
    line("installed_program", -3, "", "an installed program was started plainly",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"1|4688"), Has(Process, r"^c:/program files( \(x86\))?/"), Lacks(Process, OPEN_TOOLS), Lacks(Process, r"/(users|temp|programdata)/"),
          Has(Parent, r"^(c:/windows/(explorer|system32/(svchost|services|userinit|runtimebroker|sihost))\.exe|c:/program files( \(x86\))?/)"), Lacks(Parent, ODD_PARENT), Lacks(Parent, OPEN_TOOLS), Lacks(Command, OUTWARD), Lacks(Command, OPENED_BROWSER)]),
    line("package_manager", -3, "", "a package manager looks for updates or brings them in",
        &[Has(Trait, r"^rule:low$"), Has(Command, r"^\S*(powershell|pwsh|cmd)?(\.exe)?( +(-noprofile|-nologo|-noninteractive|-command|-c|/c))* +(winget|choco|scoop)(\.exe)? +(upgrade|list|outdated|search|show|source +update)\b[^|&;<>$]*$|^(winget|choco|scoop)(\.exe)? +(upgrade|list|outdated|search|show)\b[^|&;<>$]*$"),
          Lacks(Command, r"(https?|ftp):|-enc|hidden|--source +[^m]|--manifest|//[\w.]"), Lacks(Parent, ODD_PARENT)]),
    // Windows: what programs do.
    line("connection_of_program", -3, "", "an installed program talks over a port that such programs use",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"3"), Has(Process, r"^c:/program files( \(x86\))?/"), Lacks(Process, OPEN_TOOLS),
          Is("data.win.eventdata.destinationport", r"53|80|123|443|587|993|3478|3479|3480|3481|5228")]),
    line("not_console_control", -4, "", "the console of Windows hands a key or the end of a session to a program",
        &[Is(EVENT_ID, r"8"), Has(Process, r"^c:/windows/system32/csrss\.exe$"), Is("data.win.eventdata.startfunction", r"ctrlroutine|propagate"), Is("data.win.eventdata.startmodule", r"c:\\windows\\system32\\kernelbase\.dll")]),
    line("not_service_setting", -3, "", "a service of Windows keeps its own settings",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"1[234]"), Has(Process, r"^c:/windows/system32/(svchost|services|lsass|searchindexer|spoolsv|wuauclt|dwm|taskhostw)\.exe$"),
          Lacks(Registry, TELLING_KEY), Lacks(Command, r"powershell|cmd|script|rundll|\.(exe|dll|bat|vbs|ps1|js)\b|https?:")]),
    line("not_stock_consumer", -5, "", "the consumer of management events that Windows itself brings",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"19|20|21"), Is("data.win.eventdata.name|data.win.eventdata.consumer|data.win.eventdata.filter", r"\W*(nteventlogeventconsumer\.name=\W*)?scm event log (consumer|filter)\W*"), Lacks(Field, r"type=(command line|script)")]),
    line("guest_tools", -2, "", "a service of the virtual machine, the cloud or the agent, where such are installed",
        &[Has(Trait, r"^rule:low$"), Is("data.win.eventdata.imagepath|data.win.eventdata.servicefilename", r#""?c:\\program files( \(x86\))?\\(vmware\\vmware tools|oracle\\virtualbox guest additions|qemu-ga|virtio-win|xen\w*|citrix\\xentools|amazon\\(ssm|xentools)|google\\compute engine|windows defender( advanced threat protection)?|ossec-agent)\\[\w\\ .()-]+\.exe"?( +[\w./-]+)*"#), Lacks(Field, super::BENT_PATH)]),
    line("not_ticket", -3, "", "a ticket with strong encryption, as every logon takes some",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"4768|4769|4770"), Is("data.win.eventdata.ticketencryptiontype", r"0x1[12]"), Lacks(Field, r"status=0x[1-9a-f]|preauthtype=0$"), Lacks(Trait, r"^src:public$")]),
    line("allowed_to_run", -2, "", "a program in a folder that the system protects was allowed to run",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"8002|8005|8020"), Is(PROVIDER, r"microsoft-windows-applocker"), Is("data.win.eventdata.filepath", r"%(programfiles|system32|windir)%\\+[^%]*\.(exe|dll|msi)"), Lacks(Field, r"filepath=.*\\(temp|tasks|tracing|spool|debug|fonts)\\|filepath=.*\.\.")]),
    line("account_care", -3, "", "accounts and plain groups are kept by those who do so for a living",
        &[Is(EVENT_ID, r"4722|4725|4726|472[789]|473[0-57]|4738|475[4-8]|4767"), Has(Trait, r"^actor:(staff|keeper)$"), Lacks(Field, POWERFUL), Lacks(Field, OPENED_ACCOUNT)]),
    line("machine_privileges", -2, "", "the system gave itself the rights that it always has",
        &[Is(EVENT_ID, r"4672"), Is("data.win.eventdata.subjectusername", r"system|local service|network service|dwm-\d+|umfd-\d+|[\w-]+\$")]),
    line("desktop_logon", -3, "", "the computer handed a logon at its own desktop on",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"4648"), Has(Process, r"^c:/windows/system32/(svchost|winlogon|lsass|consent)\.exe$"), Has(Trait, r"^src:loopback$"), Is("data.win.eventdata.targetservername", r"localhost")]),
    line("packet_refused", -3, "", "the firewall of Windows refused a packet of Windows or of an installed program",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"5152|5157"), Is("data.win.eventdata.application", r"(\\device\\harddiskvolume\d+\\(windows\\system32\\|program files)|system$).*"), Lacks(Field, r"destport=(22|135|139|445|3389|5985|5986)$"), Lacks(Field, r"application=.*\\(services|lsass|powershell|cmd|rundll32|regsvr32|mshta|[wc]script|certutil|bitsadmin|python\w*)\.exe$")]),
    line("right_not_given", -3, "", "a program asked for a right that matters little",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"4673"), Is("data.win.eventdata.privilegelist", r"se(profilesingleprocess|increasebasepriority|increaseworkingset|shutdown|timezone|changenotify|createglobal)privilege"),
          Has(Process, r"^c:/(program files( \(x86\))?|windows/system32)/"), Lacks(Process, OPEN_TOOLS), Lacks(Process, r"/(rundll32|regsvr32|mshta|[wc]script|notepad|dllhost|mmc|whoami|net1?|sc|wmic|schtasks|reg|at|nltest|quser|query|systeminfo|tasklist|taskkill|certutil|bitsadmin|msiexec)\.exe$")]),
    line("name_of_program", -3, "", "an installed program looked up a name",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"22"), Has(Process, r"^c:/program files( \(x86\))?/"), Lacks(Process, OPEN_TOOLS), Lacks(Field, r"queryname=.*\.(onion|duckdns\.org|ngrok\S*|trycloudflare\.com)$")]),
    line("name_of_maker", -3, "", "a program in the folder that its maker gives it asked for a name of its maker",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"22"), Has(Process, r"^c:/users/[^/]+/appdata/local/(microsoft/(onedrive|teams|edge|edgeupdate)|google/(chrome|update))/([^/]+/){0,3}[\w-]+\.exe$"),
          Is("data.win.eventdata.queryname", r"([\w-]+\.)*(microsoft|office|office365|live|sharepoint|msedge|windows|skype|onedrive|microsoftonline|google|gstatic|googleapis|gvt1|1drv|sfx)\.(com|net|ms)")]),
    line("own_profile", -3, "", "an installed program wrote into its own folder of the user",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"11"), Has(Process, r"^c:/program files( \(x86\))?/(.*/)?(firefox|thunderbird|chrome|msedge|brave|opera|teams|ms-teams|code|slack)\.exe$"), Has(File, r"/appdata/(roaming|local)/(mozilla|thunderbird|google|microsoft/(edge|teams)|bravesoftware|opera software|code|slack)/"), Lacks(File, r"\.(exe|dll|scr|ps1|vbs|hta|bat|cmd|lnk|msi|iso)$|/startup/")]),
    line("stock_pipe", -2, "", "a service of Windows opened the pipe by which it is always reached",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"17"), Has(Process, r"^(c:/windows/system32/(svchost|spoolsv|lsass|services|wininit|winlogon|searchindexer)\.exe|system)$"), Is("data.win.eventdata.pipename", r"\\(spoolss|lsass|wkssvc|srvsvc|samr|netlogon|eventlog|ntsvcs|initshutdown|atsvc|epmapper|browser|lsm_api_service|trkwks|w32time_alt|mssearch\w*|winsock\S*)")]),
    line("installed_agent", -2, "", "an installed agent asks the system for something, as the system",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"1|4688"), Has(Parent, r"^c:/program files( \(x86\))?/"), Has(Trait, r"^actor:system$"), Lacks(Command, OUTWARD), Lacks(Command, SECRETS), Lacks(Parent, ODD_PARENT), Lacks(Parent, OPEN_TOOLS),
          Has(Command, r"^(\S*cmd(\.exe)? +/c +)?(c:/windows/system32/(wbem/)?)?(wmic(\.exe)? +(bios|os|computersystem|csproduct|cpu|memorychip|diskdrive|baseboard)\b.*\bget\b|(systeminfo|hostname|ipconfig|powercfg|tzutil)(\.exe)?\b|schtasks(\.exe)? +/query|sc(\.exe)? +query\w*|reg(\.exe)? +query|netsh(\.exe)? +\S+ +show|fsutil(\.exe)? +\w+ +(query\w*|\w*info)|wevtutil(\.exe)? +(el|gl|qe)|manage-bde(\.exe)? +-status)")]),
    line("housekeeping", -3, "", "Windows or its store of data reports routine work",
        &[Has(Trait, r"^rule:low$"), Is(PROVIDER, r"esent|microsoft-windows-security-spp|microsoft-windows-time-service|microsoft-windows-kernel-general|microsoft-windows-windowsupdateclient|microsoft-windows-restartmanager|vss"), Lacks(Title, r"fail|clear|error|delet|suspicious|shadow"), Lacks(Field, r"ntds")]),
    line("starts_as_needed", -3, "", "a service that Windows switches on and off as needed",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"7040"), Is("data.win.eventdata.param4", r"bits|trustedinstaller|wuauserv|msiserver|dosvc|usosvc|appxsvc|clipsvc|waasmedicsvc|gupdate\w*|edgeupdate\w*|sppsvc|swprv|smphost|wisvc"), Lacks(Field, r"param3=disabled$")]),
    line("script_looks", -3, "", "the recorded script only looks at the system or loads an installed module",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"4104"), Has(Command, SCRIPT_LOOKS), Lacks(Command, SCRIPT_ACTS)]),
    line("calls_look", -3, "", "the recorded calls only look at the system or load an installed module",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"4103"), Has(Command, CALL_LOOKS), Lacks(Command, SCRIPT_ACTS)]),
    line("command_looks", -3, "", "PowerShell was started only to look at the system",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"1|4688"), Has(Command, SCRIPT_LOOKS), Lacks(Command, SCRIPT_ACTS), Lacks(Command, r"[;&<>$`]|\[decoded"), Lacks(Parent, ODD_PARENT), Lacks(Trait, r"^actor:(web|database)$")]),
    line("script_of_domain", -3, "", "the logon script of the domain ran, from where only its controllers write",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"1|4688"), Has(Parent, r"^c:/windows/system32/gpscript\.exe"), Has(Command, r"^\S*cmd(\.exe)? +/c +//[\w.-]+/(sysvol|netlogon)/[\w./{}-]+\.(cmd|bat)$")]),
    line("library_of_windows", -3, "", "an installed program loaded a signed library of Windows",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"7"), Has(Process, r"^c:/program files( \(x86\))?/"), Lacks(Process, OPEN_TOOLS), Has(File, r"^c:/windows/(system32|syswow64)/[\w.-]+\.dll$"), Is("data.win.eventdata.signed", r"true"), Lacks(File, r"/(vaultcli|samlib|dbghelp|dbgcore|comsvcs|system\.management\.automation\S*)\.dll$")]),
    line("policy_share", -2, "", "a computer read the policies of the domain",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"514[05]"), Is("data.win.eventdata.sharename", r"\W*(sysvol|netlogon)"), Has(Trait, r"^actor:machine$")]),
    line("task_of_windows", -2, "", "Windows put away a task of its own",
        &[Has(Trait, r"^rule:low$"), Is(EVENT_ID, r"4699|141"), Is("data.win.eventdata.taskname", r"\\microsoft\\(windows\\(updateorchestrator|windowsupdate|softwareprotectionplatform|servicing|installservice)|office|edgeupdate).*"), Has(Trait, r"^actor:(machine|system)$")]),
    // Linux.
    line("harmless_command", -2, "", "a command that only shows, and nothing secret",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^audit(_command|d)?$"), Lacks(Trait, r"^actor:(web|database)$"),
          Lacks(Process, OUTSIDE_SYSTEM), Has(Command, r"^(/usr)?(/bin/)?(ls|df|du|ps|ss|id|whoami|groups|who|w|last|netstat|lsof|crontab +-l|ip +(-\S+ +)*(a|addr|address|r|route|l|link)|top|free|uptime|date|cal|pwd|which|whereis|uname|lsblk|lscpu|lsmod|dmesg|journalctl|ping6?|tracepath|traceroute|hostname|hostnamectl|timedatectl|stat|file|wc|tty|clear|man|vmstat|iostat|sensors|locale|systemctl +(status|list-\S+|is-\S+)|(docker|podman) +(ps|images|version|info|stats|top|port|(volume|network|container|image) +ls)|crictl +(ps|images|pods)|kubectl +((-n|--namespace|--context)[ =]\S+ +)*(get|describe|top|version|cluster-info|api-resources)|helm +(list|status|history))( [^|;&<>$`]*)?$"),
          Lacks(Command, r"shadow|sudoers|\.ssh|\.aws|\.kube|\.gnupg|id_[re]|passw|secret|credential|/tmp/|/dev/shm|/var/tmp|/proc/|[|;&<>$`]|--(rotate|vacuum|flush|sync|clear|read-clear|console|set|pager|html|kill|compile|files0-from)|\b(set|set-\w+|add|del|delete|change|replace|append|flush|restore|exec|kubeconfig|configmaps?|tokens?)\b|\bdate +(-s|[^-+ ])|\bdate .*-s\b|\bdmesg +(.* )?-\w*[cde]|\bman +(.* )?-[ph]|\bhostname +(-f +|-b +)?[^- ]|\bss +(.* )?-k|\bping\d? +(.* )?-(p|f)|[ /](sudo|sh|bash)\b")]),
    line("package_command", -2, "", "the package manager was called as it is meant to",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^audit(_command|d)?$"), Lacks(Trait, r"^actor:(web|database)$"),
          Lacks(Process, OUTSIDE_SYSTEM), Has(Command, r"^(/usr)?(/bin/)?(apt(-get|-cache)?|dnf|yum|zypper|apk|snap)( +-\S+)* +(update|upgrade|dist-upgrade|full-upgrade|list|search|show|info|check-update|autoremove|clean|autoclean|refresh)( +-\S+)* *$"),
          Lacks(Command, r"-o |https?:|[|;&<>$`]")]),
    line("work_of_person", -2, "", "somebody who is logged on works with code or restarts a service",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^audit(_command|d)?$"), Is("data.audit.auid", r"\d{1,6}"), Lacks(Trait, r"^actor:(web|database)$"),
          Lacks(Process, OUTSIDE_SYSTEM), Has(Command, r"^(/usr)?(/bin/)?(git +(pull|fetch|status|log|diff|commit|push|checkout|switch|branch|add|merge|rebase|stash)( +[\w./=-]+)*|systemctl +(restart|reload)( +[\w.@-]+)+) *$"),
          Lacks(Command, r"wazuh|ossec|auditd|falco|/tmp/|--upload-pack|--exec|https?:")]),
    line("system_group", -2, "", "a group of the system was made, as packages make them",
        &[Has(Group, r"^adduser$"), Has(Line, r"^groupadd: (new group|group added to /etc/g?shadow|group added to /etc/group): name=[\w-]+(, gid=[1-9]\d{2})?$"), Lacks(Log, r"name=(sudo|wheel|admin|root|adm)\b")]),
    line("plain_page", -3, "", "a page that everybody asks for, or that says whether the server lives",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^accesslog$"), Has(Url, r"^/(healthz?|livez|readyz|status|ping|favicon\.ico|robots\.txt|sitemap\.xml|apple-touch-icon[\w-]*\.png|browserconfig\.xml|ads\.txt)$"), Lacks(Log, r"\(\)\s*\{|\$\{|sqlmap|nikto|nuclei|<script")]),
    line("planned_job", -2, "", "the clock started a job of the system or of an installed application",
        &[Has(Trait, r"^rule:low$"), Has(Line, r"^(/usr/sbin/)?(cron|crond): \(\S+\) cmd \("), Lacks(Line, r"\b\d{1,3}(\.\d{1,3}){3}\b|/inet/|\bs_client\b"), Lacks(Log, r"(https?|ftp):|/tmp/|/dev/|/var/tmp|base64|\bnc\b|\|\s*(ba|da|z)?sh\b|authorized_keys|chmod|chattr|/\.\w|python\S* +-c|perl +-e|php +-r|eval|/uploads?/|/(www|html|htdocs|public_html)/|\b(n?cat|netcat|socat|telnet|ssh|scp|sftp|ftp|rsync|curl|wget|useradd|usermod|passwd|chpasswd|chown|insmod|modprobe|iptables|nft|kill\w*|pkill|dd|shred)\b|\brm +-\w*r|\b(stop|disable|mask)\b")]),
    line("site_job", -2, "", "the clock started the job that a web application brings with it",
        &[Has(Trait, r"^rule:low$"), Has(Line, r"^(/usr/sbin/)?(cron|crond): \(\S+\) cmd \( *(cd (/var/www|/srv|/opt)/[\w./-]+ && )?(/usr/bin/)?php[\d.]* (-f +)?((/var/www|/srv|/opt)/[\w./-]+/)?(cron\.php|wp-cron\.php|artisan|occ|bin/console)( [a-z][\w:.-]*)*( *>>? */dev/null( 2>&1)?)?\) *$"), Lacks(Log, r"/(cache|uploads?|tmp|images?|files)/|\.\.")]),
    line("guard_banned", -3, "", "a guard shut an address out, as it was set up",
        &[Has(Trait, r"^rule:low$"), Has(Line, r"^fail2ban[\w.-]*: (\w+ +)?\[\S+\] (un)?ban \S+$|^crowdsec: .*\bban on ip\b")]),
    line("mail_passed", -3, "", "the mail server passed a message on",
        &[Has(Trait, r"^rule:low$"), Has(Line, r"^postfix/(qmgr|smtp|local|lmtp|cleanup|pickup|virtual): [0-9a-z]+: (removed$|to=<.*\bstatus=sent\b|message-id=|from=<|uid=)")]),
    // Clouds and clusters.
    line("cluster_reads", -2, "", "a program of the cluster reads what is no secret",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^(k8s|kubernetes)"), Is(CLUSTER_USER, r"system:(serviceaccount:[\w:-]+|node:\S+|kube-\S+)"), Is("data.verb", r"get|list|watch"), Is("data.objectref.resource", r"configmaps|pods|services|endpoints|endpointslices|nodes|events|leases|namespaces|deployments|replicasets"), Lacks(Field, r"code=[45]\d\d$|subresource=(exec|attach|portforward|proxy)$"), Lacks(Trait, r"^src:public$")]),
    line("cluster_heartbeat", -2, "", "a node or a controller of the cluster says that it is there",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^(k8s|kubernetes)"), Is(CLUSTER_USER, r"system:(node:\S+|kube-\S+|serviceaccount:kube-system:\S+)"), Is("data.objectref.resource", r"leases|events|endpoints|endpointslices"), Lacks(Trait, r"^src:public$")]),
    line("cluster_controller", -2, "", "a controller of the cluster did what it was told to keep up",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^(k8s|kubernetes)"), Is(CLUSTER_USER, r"system:(serviceaccount:kube-system:[\w-]+-controller|kube-controller-manager|kube-scheduler)"), Is("data.objectref.resource", r"pods|replicasets|deployments|jobs|endpoints|endpointslices"), Lacks(Field, r"(privileged|hostpid)=true$|subresource=(exec|attach|portforward)$"), Lacks(Trait, r"^src:public$")]),
    line("cloud_looked_at", -3, "", "the call only looks at what is no secret",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^gcp$"), Has(Event, r"^(v\d+\.|beta\.)?(compute|container|storage\.buckets|dns|run|pubsub|monitoring)\.([\w]+\.)*(get|list|aggregatedlist)$"), Lacks(Field, r"permission_denied|status\.code=7$")]),
    line("cloud_object_read", -3, "", "something inside read an object of the store",
        &[Has(Trait, r"^rule:low$"), Has(Event, r"^storage\.objects\.get$"), Has(Trait, r"^src:internal$")]),
    line("cloud_logon_interrupted", -2, "", "a wrong or old password, or a second factor that was asked for",
        &[Has(Trait, r"^rule:low$"), Is("data.azure.properties.status.errorcode|data.azure.resulttype|data.azure.properties.resulttype|data.office365.errornumber", r"50126|50055|50056|50058|50072|50074|50076|50140"), Lacks(Field, r"risk\w*=(high|medium|atrisk|confirmedcompromised)"), Lacks(Title, r"multiple|brute|spray")]),
    line("cloud_labels", -2, "", "labels were put on things in the cloud",
        &[Has(Trait, r"^rule:low$"), Has(Event, r"^(createtags|tagresources?|puttags|putbuckettagging|putobjecttagging|addtags\w*)$"), Lacks(Field, r"errorcode=|useragent=.*(kali|parrot|pacu|stratus)")]),
    line("cloud_machine_care", -2, "", "an administrator starts or stops a machine in the cloud",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^azure"), Has(Event, r"^(start|restart|deallocate) virtual machine$|^microsoft\.compute/virtualmachines/(start|restart|deallocate)/action$"), Has(Trait, r"^actor:staff$")]),
    line("cloud_group_care", -2, "", "the help desk or an administrator keeps the members of a plain group",
        &[Has(Trait, r"^rule:low$"), Has(Event, r"^(add|remove) member (to|from) group\.?$"), Has(Trait, r"^actor:(staff|keeper)$"), Lacks(Field, r"=[^=]*(admin|owner|privileged|tier.?0|break.?glass)")]),
    line("shared_inside", -3, "", "something was shared with a member of the own house",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^office365$"), Has(Event, r"^(sharingset|addedtosecurelink|addedtogroup)$"), Is("data.office365.targetuserorgrouptype", r"member|securitygroup")]),
];
