//! What computers and people do all day, and rules of a low level report.
//!
//! A line here closes only what it knows: the whole command, the folder that the system protects, the field that the system fills.
//! Every one asks for a low level or names the account that does such work for a living.

use super::{ODD_PARENT, line};
use crate::rules::{
    signals::{
        Signal,
        Test::{Has, Lacks},
    },
    view::Place::{Command, Event, Field, File, Group, Log, Parent, Process, Registry, Title, Trait, Url},
};

/// What leads out of a plain command: addresses, shares, writable folders, operators of shells, encoded text.
const OUTWARD: &str =
    r"(https?|ftp|file):|//[\w.]|/(users|temp|tmp|appdata|public|perflogs|downloads|dev/shm)/|[|&;<>$`]|-enc|\[decoded";
/// A program that does not lie in the folder of Windows.
const OUTSIDE_WINDOWS: &str = r"^([abd-z]:|//|c:/([^w]|w[^i]|wi[^n]))|^c:/windows/(temp|tasks|tracing|debug|fonts)/";
/// Programs that run what others wrote, or let others in.
const OPEN_TOOLS: &str = r"/(powershell|pwsh|cmd|node|python\w*|javaw?|perl|ruby|php\S*|bash|sh|wsl|git|7z\w*|rar|winrar|putty|plink|pscp|psftp|winscp|psexec\w*|nmap|nc\w*|wireshark|dumpcap|tshark|anydesk|teamviewer\w*|screenconnect\w*|rustdesk|splashtop\w*|curl|wget|ssh|scp|sftp|rclone|processhacker|procdump\w*|autoit\w*|msbuild)\.exe";
/// Groups and accounts that hold keys.
const POWERFUL: &str = r"(targetusername|membername)=(cn=)?[^,]*(admin|operator|owner|krbtgt|controllers|protected|remote desktop|hyper-v|schema|enterprise|backup|server|tier.?0|root)";
/// Keys by which something starts, or protection ends.
const TELLING_KEY: &str = r"/run(once)?(/|$)|winlogon|image file|appinit|appcert|imagepath|servicedll|failurecommand|taskcache|/lsa|defender|firewall|policies|clsid|inprocserver|shell/|environment|userinit|disable|providers|monitors|bootexecute|safeboot|amsi|logging|exclusion|security|terminal server|/sam/|netsh|autorun|startup|silentprocess|telemetry";
/// The first word of a script that only looks, by itself or behind the name of PowerShell.
const SCRIPT_LOOKS: &str = r"^(\S*(powershell|pwsh)(\.exe)?( +-(noprofile|nop|nologo|noninteractive))* +(-c(ommand)? +)?|commandinvocation\()?\W{0,3}(import-module|prompt$|get-(service|appx\w*|date|module|command|help|host|location|variable|package\w*|psrepository|hotfix|computerinfo|volume|disk|psdrive|net(adapter|ipaddress|ipconfiguration)|printer|culture|executionpolicy|timezone|alias|verb|uptime|counter|random|unique|formatdata)|find-(package|module)|test-(path|netconnection|connection)|set-strictmode)\b";
/// Words of a script that does more than look.
const SCRIPT_ACTS: &str = r"https?:|\[|\$\(|\.\w+\(|//[\w.]|/(temp|tmp|appdata|public|downloads)/|\b(iex|icm|iwr|irm|invoke|start|new|set-(mp|item|exec|service)|add|remove|register|enable|disable|stop|copy|move|out|send|enter|connect|export|convertto|get-(ad|cred|clip|content|wmi|cim|gpp|local))\b|-(enc|computername|asjob)|mimi|kerber|bloodhound|powerview";

#[rustfmt::skip]
pub(super) const SIGNALS: &[Signal] = &[
    // Windows: programs.
    line("harmless_program", -3, "", "a program of Windows that only shows, was started plainly",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=(1|4688)$"),
          Has(Command, r"^(c:/windows/(system32|syswow64)/)?(gpresult|gpupdate|ipconfig|hostname|netstat|ping|tracert|pathping|getmac|w32tm|winver|chkdsk|sfc|cleanmgr|defrag|dfrgui|msinfo32|dxdiag|resmon|perfmon|taskmgr|charmap)(\.exe)?( [^|&;<>]*)?$"),
          Lacks(Command, OUTWARD), Lacks(Process, OUTSIDE_WINDOWS), Lacks(Parent, ODD_PARENT), Lacks(Trait, r"^actor:(web|database)$")]),
    line("control_panel", -3, "", "a page of the control panel or the printer dialogue was opened",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=(1|4688)$"),
          Has(Command, r"^(c:/windows/(system32|syswow64)/)?(rundll32(\.exe)? +(c:/windows/system32/)?(shell32\.dll,(control_rundll|options_rundll)( +(c:/windows/system32/)?(main|desk|appwiz|timedate|inetcpl|intl|mmsys|ncpa|powercfg|sysdm|firewall|joy|hdwwiz|tabletpc|access|wscui)\.cpl[@,\d ]*)?|printui\.dll,printuientry +/[a-z]{1,3}\b[^|&;<>]*|shwebsvc\.dll,addnetplacerundll)|control(\.exe)?( +(main|desk|appwiz|timedate|inetcpl|intl|mmsys|ncpa|powercfg|sysdm)\.cpl)?) *$"),
          Lacks(Process, OUTSIDE_WINDOWS), Lacks(Parent, ODD_PARENT)]),
    line("scanner_program", -3, "", "the scanner of Windows updates itself or scans",
        &[Has(Trait, r"^rule:low$"), Has(Command, r"^c:/program(data/microsoft| files)/windows defender/(platform/[\d.-]+/)?mpcmdrun(\.exe)? +-?(signatureupdate|scan|scanscheduled\w*)\b[^|&;<>]*$"),
          Lacks(Command, r"remove|restore|download|exclu|disable|https?:")]),
    line("installed_program", -3, "", "an installed program was started plainly",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=(1|4688)$"), Has(Process, r"^c:/program files( \(x86\))?/"), Lacks(Process, OPEN_TOOLS), Lacks(Process, r"/(users|temp|programdata)/"),
          Has(Parent, r"^(c:/windows/(explorer|system32/(svchost|services|userinit|runtimebroker|sihost))\.exe|c:/program files( \(x86\))?/)"), Lacks(Parent, ODD_PARENT), Lacks(Parent, OPEN_TOOLS), Lacks(Command, OUTWARD)]),
    line("package_manager", -3, "", "a package manager looks for updates or brings them in",
        &[Has(Trait, r"^rule:low$"), Has(Command, r"^\S*(powershell|pwsh|cmd)?(\.exe)?( +(-noprofile|-nologo|-noninteractive|-command|-c|/c))* +(winget|choco|scoop)(\.exe)? +(upgrade|list|outdated|search|show|source +update)\b[^|&;<>$]*$|^(winget|choco|scoop)(\.exe)? +(upgrade|list|outdated|search|show)\b[^|&;<>$]*$"),
          Lacks(Command, r"(https?|ftp):|-enc|hidden|--source +[^m]|--manifest|//[\w.]"), Lacks(Parent, ODD_PARENT)]),
    // Windows: what programs do.
    line("connection_of_program", -3, "", "an installed program talks over a port that such programs use",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=3$"), Has(Process, r"^c:/program files( \(x86\))?/"), Lacks(Process, OPEN_TOOLS),
          Has(Field, r"destinationport=(53|80|123|443|587|993|3478|3479|3480|3481|5228)$")]),
    line("not_console_control", -4, "", "the console of Windows hands a key or the end of a session to a program",
        &[Has(Field, r"eventid=8$"), Has(Process, r"^c:/windows/system32/csrss\.exe$"), Has(Field, r"startfunction=(ctrlroutine|propagate)$"), Has(Field, r"startmodule=c:\\windows\\system32\\kernelbase\.dll$")]),
    line("not_service_setting", -3, "", "a service of Windows keeps its own settings",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=1[234]$"), Has(Process, r"^c:/windows/system32/(svchost|services|lsass|searchindexer|spoolsv|wuauclt|dwm|taskhostw)\.exe$"),
          Lacks(Registry, TELLING_KEY), Lacks(Command, r"powershell|cmd|script|rundll|\.(exe|dll|bat|vbs|ps1|js)\b|https?:")]),
    line("not_stock_consumer", -5, "", "the consumer of management events that Windows itself brings",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=(19|20|21)$"), Has(Field, r"=\W*(nteventlogeventconsumer\.name=\W*)?scm event log (consumer|filter)\W*$"), Lacks(Field, r"type=(command line|script)")]),
    line("guest_tools", -2, "", "a service of the virtual machine, the cloud or the agent, where such are installed",
        &[Has(Trait, r"^rule:low$"), Has(Field, r#"(imagepath|servicefilename)="?c:\\program files( \(x86\))?\\(vmware\\vmware tools|oracle\\virtualbox guest additions|qemu-ga|virtio-win|xen\w*|citrix\\xentools|amazon\\(ssm|xentools)|google\\compute engine|windows defender( advanced threat protection)?|ossec-agent)\\[\w\\ .()-]+\.exe"?( +[\w./-]+)*$"#), Lacks(Field, super::BENT_PATH)]),
    line("not_ticket", -3, "", "a ticket with strong encryption, as every logon takes some",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=(4768|4769|4770)$"), Has(Field, r"ticketencryptiontype=0x1[12]$"), Lacks(Field, r"status=0x[1-9a-f]|preauthtype=0$"), Lacks(Trait, r"^src:public$")]),
    line("account_care", -3, "", "accounts and plain groups are kept by those who do so for a living",
        &[Has(Field, r"eventid=(4722|4725|4726|472[789]|473[0-57]|4738|475[4-8]|4767)$"), Has(Trait, r"^actor:(staff|keeper)$"), Lacks(Field, POWERFUL)]),
    line("machine_privileges", -2, "", "the system gave itself the rights that it always has",
        &[Has(Field, r"eventid=4672$"), Has(Field, r"subjectusername=(system|local service|network service|dwm-\d+|umfd-\d+|[\w-]+\$)$")]),
    line("desktop_logon", -3, "", "the computer handed a logon at its own desktop on",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=4648$"), Has(Process, r"^c:/windows/system32/(svchost|winlogon|lsass|consent)\.exe$"), Has(Trait, r"^src:loopback$"), Has(Field, r"targetservername=localhost$")]),
    line("packet_refused", -3, "", "the firewall of Windows refused a packet of Windows or of an installed program",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=(5152|5157)$"), Has(Field, r"application=(\\device\\harddiskvolume\d+\\(windows\\system32\\|program files)|system$)"), Lacks(Field, r"destport=(22|135|139|445|3389|5985|5986)$"), Lacks(Field, r"application=.*\\(services|lsass|powershell|cmd|rundll32|regsvr32|mshta|[wc]script|certutil|bitsadmin|python\w*)\.exe$")]),
    line("right_not_given", -3, "", "a program asked for a right that matters little",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=4673$"), Has(Field, r"privilegelist=se(profilesingleprocess|increasebasepriority|increaseworkingset|shutdown|timezone|changenotify|createglobal)privilege$"),
          Has(Process, r"^c:/(program files( \(x86\))?|windows/system32)/"), Lacks(Process, OPEN_TOOLS), Lacks(Process, r"/(rundll32|regsvr32|mshta|[wc]script|notepad|dllhost|mmc|whoami|net1?|sc|wmic|schtasks|reg|at|nltest|quser|query|systeminfo|tasklist|taskkill|certutil|bitsadmin|msiexec)\.exe$")]),
    line("name_of_program", -3, "", "an installed program looked up a name",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=22$"), Has(Process, r"^c:/program files( \(x86\))?/"), Lacks(Process, OPEN_TOOLS), Lacks(Field, r"queryname=.*\.(onion|duckdns\.org|ngrok\S*|trycloudflare\.com)$")]),
    line("own_profile", -3, "", "an installed program wrote into its own folder of the user",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=11$"), Has(Process, r"^c:/program files( \(x86\))?/(.*/)?(firefox|thunderbird|chrome|msedge|brave|opera|teams|ms-teams|code|slack)\.exe$"), Has(File, r"/appdata/(roaming|local)/(mozilla|thunderbird|google|microsoft/(edge|teams)|bravesoftware|opera software|code|slack)/"), Lacks(File, r"\.(exe|dll|scr|ps1|vbs|hta|bat|cmd|lnk|msi|iso)$|/startup/")]),
    line("stock_pipe", -2, "", "a service of Windows opened the pipe by which it is always reached",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=17$"), Has(Process, r"^(c:/windows/system32/(svchost|spoolsv|lsass|services|wininit|winlogon|searchindexer)\.exe|system)$"), Has(Field, r"pipename=\\(spoolss|lsass|wkssvc|srvsvc|samr|netlogon|eventlog|ntsvcs|initshutdown|atsvc|epmapper|browser|lsm_api_service|trkwks|w32time_alt|mssearch\w*|winsock\S*)$")]),
    line("installed_agent", -2, "", "an installed agent asks the system for something, as the system",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=(1|4688)$"), Has(Parent, r"^c:/program files( \(x86\))?/"), Has(Trait, r"^actor:system$"), Lacks(Command, OUTWARD), Lacks(Parent, ODD_PARENT), Lacks(Parent, OPEN_TOOLS),
          Has(Command, r"\b(wmic +(bios|os|computersystem|csproduct|cpu|memorychip|diskdrive|baseboard)\b.*\bget\b|systeminfo|hostname|ipconfig|powercfg|schtasks +/query|sc +query\w*|reg +query|netsh +\S+ +show|fsutil|wevtutil +(el|gl|qe)|manage-bde +-status|tzutil)")]),
    line("housekeeping", -3, "", "Windows or its store of data reports routine work",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"providername=(esent|microsoft-windows-security-spp|microsoft-windows-time-service|microsoft-windows-kernel-general|microsoft-windows-windowsupdateclient|microsoft-windows-restartmanager|vss)$"), Lacks(Title, r"fail|clear|error|delet|suspicious|shadow"), Lacks(Field, r"ntds")]),
    line("starts_as_needed", -3, "", "a service that Windows switches on and off as needed",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=7040$"), Has(Field, r"param4=(bits|trustedinstaller|wuauserv|msiserver|dosvc|usosvc|appxsvc|clipsvc|waasmedicsvc|gupdate\w*|edgeupdate\w*|sppsvc|swprv|smphost|wisvc)$"), Lacks(Field, r"param3=disabled$")]),
    line("script_looks", -3, "", "the recorded script only looks at the system or loads an installed module",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=(4103|4104)$"),
          Has(Command, SCRIPT_LOOKS),
          Lacks(Command, SCRIPT_ACTS)]),
    line("command_looks", -3, "", "PowerShell was started only to look at the system",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=(1|4688)$"), Has(Command, SCRIPT_LOOKS), Lacks(Command, SCRIPT_ACTS), Lacks(Command, r"[;&<>$`]|\[decoded"), Lacks(Parent, ODD_PARENT), Lacks(Trait, r"^actor:(web|database)$")]),
    line("script_of_domain", -3, "", "the logon script of the domain ran, from where only its controllers write",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=(1|4688)$"), Has(Parent, r"^c:/windows/system32/gpscript\.exe"), Has(Command, r"^\S*cmd(\.exe)? +/c +//[\w.-]+/(sysvol|netlogon)/[\w./{}-]+\.(cmd|bat)$")]),
    line("library_of_windows", -3, "", "an installed program loaded a signed library of Windows",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=7$"), Has(Process, r"^c:/program files( \(x86\))?/"), Lacks(Process, OPEN_TOOLS), Has(File, r"^c:/windows/(system32|syswow64)/[\w.-]+\.dll$"), Has(Field, r"eventdata\.signed=true$"), Lacks(File, r"/(vaultcli|samlib|dbghelp|dbgcore|comsvcs|system\.management\.automation\S*)\.dll$")]),
    line("policy_share", -2, "", "a computer read the policies of the domain",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=514[05]$"), Has(Field, r"sharename=\W*(sysvol|netlogon)$"), Has(Trait, r"^actor:machine$")]),
    line("task_of_windows", -2, "", "Windows put away a task of its own",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"eventid=(4699|141)$"), Has(Field, r"taskname=\\microsoft\\(windows\\(updateorchestrator|windowsupdate|softwareprotectionplatform|servicing|installservice)|office|edgeupdate)"), Has(Trait, r"^actor:(machine|system)$")]),
    // Linux.
    line("harmless_command", -2, "", "a command that only shows, and nothing secret",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^audit(_command|d)?$"), Lacks(Trait, r"^actor:(web|database)$"),
          Has(Command, r"^(/usr)?(/bin/)?(ls|df|du|ps|ss|id|whoami|groups|who|w|last|netstat|lsof|crontab +-l|ip +(-\S+ +)*(a|addr|address|r|route|l|link)|top|free|uptime|date|cal|pwd|which|whereis|uname|lsblk|lscpu|lsmod|dmesg|journalctl|hostname|hostnamectl|timedatectl|stat|file|wc|tty|clear|man|vmstat|iostat|sensors|locale|systemctl +(status|list-\S+|is-\S+))( [^|;&<>$`]*)?$"),
          Lacks(Command, r"shadow|sudoers|\.ssh|\.aws|\.kube|\.gnupg|id_[re]|passw|secret|credential|/tmp/|/dev/shm|/var/tmp|/proc/|[|;&<>$`]")]),
    line("package_command", -2, "", "the package manager was called as it is meant to",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^audit(_command|d)?$"), Lacks(Trait, r"^actor:(web|database)$"),
          Has(Command, r"^(/usr)?(/bin/)?(apt(-get|-cache)?|dnf|yum|zypper|apk|snap)( +-\S+)* +(update|upgrade|dist-upgrade|full-upgrade|list|search|show|info|check-update|autoremove|clean|autoclean|refresh)( +-\S+)* *$"),
          Lacks(Command, r"-o |https?:|[|;&<>$`]")]),
    line("work_of_person", -2, "", "somebody who is logged on works with code or restarts a service",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^audit(_command|d)?$"), Has(Field, r"audit\.auid=\d{1,6}$"), Lacks(Trait, r"^actor:(web|database)$"),
          Has(Command, r"^(/usr)?(/bin/)?(git +(pull|fetch|status|log|diff|commit|push|checkout|switch|branch|add|merge|rebase|stash)( +[\w./=-]+)*|systemctl +(restart|reload)( +[\w.@-]+)+) *$"),
          Lacks(Command, r"wazuh|ossec|auditd|falco|/tmp/|--upload-pack|--exec|https?:")]),
    line("system_group", -2, "", "a group of the system was made, as packages make them",
        &[Has(Group, r"^adduser$"), Has(Log, r"groupadd\[\d+\]: (new group|group added to /etc/g?shadow|group added to /etc/group): name=[\w-]+(, gid=[1-9]\d{2})?$"), Lacks(Log, r"name=(sudo|wheel|admin|root|adm)\b")]),
    line("plain_page", -3, "", "a page that everybody asks for, or that says whether the server lives",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^accesslog$"), Has(Url, r"^/(healthz?|livez|readyz|status|ping|favicon\.ico|robots\.txt|sitemap\.xml|apple-touch-icon[\w-]*\.png|browserconfig\.xml|ads\.txt)$"), Lacks(Log, r"\(\)\s*\{|\$\{|sqlmap|nikto|nuclei|<script")]),
    line("planned_job", -2, "", "the clock started a job of the system or of an installed application",
        &[Has(Trait, r"^rule:low$"), Has(Log, r"\bcron\[\d+\]: \(\S+\) cmd \("), Lacks(Log, r"(https?|ftp):|/tmp/|/dev/|/var/tmp|base64|\bnc\b|\|\s*(ba|da|z)?sh\b|authorized_keys|chmod|chattr|/\.\w|python\S* +-c|perl +-e|php +-r|eval|/uploads?/")]),
    line("guard_banned", -3, "", "a guard shut an address out, as it was set up",
        &[Has(Trait, r"^rule:low$"), Has(Log, r"fail2ban\S*: .*\[\S+\] (un)?ban \S+$|crowdsec.*\bban on ip\b")]),
    line("mail_passed", -3, "", "the mail server passed a message on",
        &[Has(Trait, r"^rule:low$"), Has(Log, r"postfix/(qmgr|smtp|local|lmtp|cleanup|pickup|virtual)\[\d+\]: .*(: removed|status=sent|message-id=|from=<)")]),
    // Clouds and clusters.
    line("cluster_reads", -2, "", "a program of the cluster reads what is no secret",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"username=system:(serviceaccount:[\w:-]+|node:\S+|kube-\S+)$"), Has(Field, r"\.verb=(get|list|watch)$"), Has(Field, r"objectref\.resource=(configmaps|pods|services|endpoints|endpointslices|nodes|events|leases|namespaces|deployments|replicasets)$"), Lacks(Field, r"code=[45]\d\d$|subresource=(exec|attach|portforward|proxy)$"), Lacks(Trait, r"^src:public$")]),
    line("cluster_heartbeat", -2, "", "a node or a controller of the cluster says that it is there",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"username=system:(node:\S+|kube-\S+|serviceaccount:kube-system:\S+)$"), Has(Field, r"objectref\.resource=(leases|events|endpoints|endpointslices)$"), Lacks(Trait, r"^src:public$")]),
    line("cluster_controller", -2, "", "a controller of the cluster did what it was told to keep up",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"username=system:(serviceaccount:kube-system:[\w-]+-controller|kube-controller-manager|kube-scheduler)$"), Has(Field, r"objectref\.resource=(pods|replicasets|deployments|jobs|endpoints|endpointslices)$"), Lacks(Field, r"(privileged|hostpid)=true$|subresource=(exec|attach|portforward)$"), Lacks(Trait, r"^src:public$")]),
    line("cloud_looked_at", -3, "", "the call only looks at what is no secret",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^gcp$"), Has(Event, r"^(v\d+\.|beta\.)?(compute|container|storage\.buckets|dns|run|pubsub|monitoring)\.([\w]+\.)*(get|list|aggregatedlist)$"), Lacks(Field, r"permission_denied|status\.code=7$")]),
    line("cloud_object_read", -3, "", "something inside read an object of the store",
        &[Has(Trait, r"^rule:low$"), Has(Event, r"^storage\.objects\.get$"), Has(Trait, r"^src:internal$")]),
    line("cloud_logon_interrupted", -2, "", "a wrong or old password, or a second factor that was asked for",
        &[Has(Trait, r"^rule:low$"), Has(Field, r"errorcode=(50126|50055|50056|50058|50072|50074|50076|50140)$"), Lacks(Field, r"risk\w*=(high|medium|atrisk|confirmedcompromised)"), Lacks(Title, r"multiple|brute|spray")]),
    line("cloud_labels", -2, "", "labels were put on things in the cloud",
        &[Has(Trait, r"^rule:low$"), Has(Event, r"^(createtags|tagresources?|puttags|putbuckettagging|putobjecttagging|addtags\w*)$"), Lacks(Field, r"errorcode=|useragent=.*(kali|parrot|pacu|stratus)")]),
    line("cloud_group_care", -2, "", "the help desk or an administrator keeps the members of a plain group",
        &[Has(Trait, r"^rule:low$"), Has(Event, r"^(add|remove) member (to|from) group\.?$"), Has(Trait, r"^actor:(staff|keeper)$"), Lacks(Field, r"=[^=]*(admin|owner|privileged|tier.?0|break.?glass)")]),
    line("shared_inside", -3, "", "something was shared with a member of the own house",
        &[Has(Trait, r"^rule:low$"), Has(Group, r"^office365$"), Has(Event, r"^(sharingset|addedtosecurelink|addedtogroup)$"), Has(Field, r"targetuserorgrouptype=(member|securitygroup)$")]),
];
