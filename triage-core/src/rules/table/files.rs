//! File integrity.

use super::line;
use crate::rules::{
    signals::{
        Signal,
        Test::{Has, Is, Lacks},
    },
    view::Place::{Field, File, Group, Process, Registry, Title},
};

/// Programs that replace others for a living.
const INSTALLERS: &str = r"^(/usr)?(/local)?/s?bin/(dpkg(-[a-z]+)?|rpm|yum|(micro|t)?dnf(-?[\d.]+)?|apt|apt-get|unattended-upgr\w*|packagekitd|zypper|pacman|puppet|ansible\S*|chef-client|salt-minion|update-\w+|ldconfig|mandb|depmod|adduser|useradd|passwd|groupadd)$|^/usr/lib(exec)?/(snapd/snapd|packagekitd|systemd/systemd|apt/\S+|dpkg/\S+)$|^/opt/puppetlabs/|^c:/windows/(servicing|winsxs|softwaredistribution)/|^c:/windows/system32/(msiexec|poqexec|mousocoreworker)\.exe$";
/// Programs of the system.
const SYSTEM: &str = r"^(/usr)?(/local)?/s?bin/|^/lib(64)?/|^/usr/lib(64)?/|^/boot/|^c:/windows/(system32|syswow64)/";

#[rustfmt::skip]
pub(super) const SIGNALS: &[Signal] = &[
    line("file_by_installer", -4, "", "written by the package manager or a tool made for it",
        &[Has(Group, r"^syscheck"), Has(Process, INSTALLERS), Lacks(File, r"/etc/ld\.so\.preload|authorized_keys|/uploads?/")]),
    line("system_program_replaced", 6, "T1554", "a program of the system was overwritten by something that installs nothing",
        &[Has(Group, r"^syscheck"), Has(File, SYSTEM), Has(Process, r"/(curl|wget|nc|ncat|perl|php\S*|bash|sh|dash|cp|mv|dd|tee|scp|sftp-server|rsync|base64|ruby|node|powershell\.exe|cmd\.exe|certutil\.exe|wscript\.exe|rundll32\.exe|nginx|apache2|httpd|java)$")]),
    // Some package managers are scripts, and only the name of their interpreter is recorded.
    line("system_program_by_script", 2, "T1554", "a program of the system was overwritten by a script",
        &[Has(Group, r"^syscheck"), Has(File, SYSTEM), Has(Process, r"/(platform-)?python[\d.]*$")]),
    line("system_program_changed", 1, "T1554", "a program of the system changed, and nothing says who did it",
        &[Has(Group, r"^syscheck"), Has(File, SYSTEM), Lacks(Process, r".")]),
    line("script_by_server", 6, "T1505.003", "a web server wrote a script into its own folder",
        &[Has(Group, r"^syscheck"), Has(File, r"\.(php\d?|pht|phtml?|phps|phar|jsp[xf]?|aspx?|ashx|asmx|asa|cfm|cfc|cgi|shtml|pl|war)$"), Has(Process, r"/(php\S*|apache2|httpd|nginx|w3wp\.exe|java|tomcat\S*|node|lighttpd|caddy)$")]),
    line("script_in_uploads", 5, "T1505.003", "a script lies where visitors may upload",
        &[Has(Group, r"^syscheck"), Has(File, r"/(uploads?|images?|img|media|files|avatars?|tmp|cache|attachments?|userfiles|wp-content/uploads)/([^/]+/)*[^/]*\.(php\d?|pht|phtml?|phps|phar|jsp[xf]?|aspx?|ashx|asmx|asa|cfm|cfc|cgi|shtml|war)$")]),
    line("web_script_changed", 2, "T1505.003", "a script of a web site changed",
        &[Has(Group, r"^syscheck"), Has(File, r"/(www|htdocs|public_html|inetpub/wwwroot|html|webapps|cgi-bin)/.*\.(php\d?|pht|phtml?|phps|phar|inc|jsp[xf]?|aspx?|ashx|asmx|asa|cer|svc|cfm|cfc|cgi|shtml|war|jar)$")]),
    line("not_churn", -4, "", "a cache, picture, log or temporary file, as programs write them all day",
        &[Has(Group, r"^syscheck"), Has(File, r"/(cache|caches|thumbs?|thumbnails|logs?|sessions?|spool|backups?|\.git|node_modules|__pycache__)/|\.(webp|jpe?g|png|gif|svg|ico|css|woff2?|log|gz|tmp|swp|pid|lock|pyc|cache)$|/var/(log|cache|lib/(dpkg|apt|rpm|yum|logrotate))/|/etc/(mtab|adjtime|ld\.so\.cache|cups/(subscriptions|printers)\.conf|blkid)"),
          Lacks(File, r"\.(php\d?|pht|phtml?|phps|phar|inc|jsp[xf]?|aspx?|ashx|asmx|asa|cer|svc|cfm|cfc|cgi|shtml|war|jar|exe|dll|sh|ps1|py|pl|so)$|\.(php|jsp|asp)\.|/auth\.log|/secure|/wtmp|/btmp|/audit\.log|/spool/cron|/cron\.|/hooks/|/\.ssh/|\.htaccess$|/(web\.config|\.user\.ini)$|/systemd/|/init\.d/|/startup/|/profile\.d/|/sudoers|/pam\.d/|/\.[^/]+$"), Lacks(Process, r"/(curl|wget|nc|ncat|socat|bash|sh|dash|python[\d.]*|perl|ruby|php\S*|base64|dd|tee|scp|sftp-server|powershell\.exe|cmd\.exe|certutil\.exe|[wc]script\.exe|mshta\.exe|rundll32\.exe|vim?|nano)$")]),
    line("not_resolver", -4, "", "the network was joined anew",
        &[Has(Group, r"^syscheck"), Has(File, r"^/etc/resolv\.conf$|^/run/systemd/resolve/"), Lacks(Process, r"/(bash|sh|dash|vim?(\.\w+)?|nano|tee|python[\d.]*|perl|curl|wget|cp|mv|sed)$")]),
    line("not_registry_churn", -4, "", "a value that Windows writes by itself all the time",
        &[Has(Group, r"registry"), Has(Registry, r"w32time|securetimelimits|/tcpip/parameters/interfaces|/dhcp|lease|/bits|windowsupdate|/print/|lastused|mrulist|/usn|/eventlog/.*|/perflib|/cryptography/rng|/prefetch|/bam/|/sqmclient|/diagtrack|/timezoneinformation|/deviceclasses|/enum/|/mounteddevices|/schedule/taskcache/tree/microsoft|/wmi/autologger|/nlasvc|/networklist|sharedaccess.*/epoch"),
          Lacks(Registry, r"firewallrules|disable|timeproviders|/print/(monitors|providers|environments)|imagepath|servicedll|dllname|driver|/services/eventlog(/parameters)?$|customsd|notifycmd|restrictguest|autologger/(eventlog-|defender|sense|sysmon)")]),
    line("autostart_registry", 3, "T1547.001", "something will start at logon",
        &[Has(Group, r"^syscheck"), Has(Registry, r"currentversion/run(once)?(/|$)|winlogon|image file execution|appinit_dlls|/services/[^/]+$|active setup|/lsa$")]),
    line("preload_file", 6, "T1574.006", "a library is forced into every program",
        &[Has(File, r"^/etc/ld\.so\.preload$")]),
    line("key_file", 3, "T1098.004", "keys for remote logon changed",
        &[Has(Group, r"^syscheck"), Has(File, r"/\.ssh/authorized_keys2?$|/etc/ssh/sshd_config$")]),
    line("key_file_by_foreign", 3, "T1098.004", "the writer is no editor and no tool for keys",
        &[Has(File, r"/\.ssh/authorized_keys2?$"), Has(Process, r"/(php\S*|apache2|nginx|curl|wget|python[\d.]*|perl|bash|sh|tee|dd|base64|nc|java|redis-server|mysqld|postgres|node)$")]),
    line("account_file", 2, "T1098", "a file of accounts or rights was edited by hand",
        &[Has(Group, r"^syscheck"), Has(File, r"^/etc/(passwd|shadow|group|gshadow|sudoers(\.d/.*)?|pam\.d/.*|security/.*)$"), Lacks(Process, INSTALLERS)]),
    line("rights_by_script", 4, "T1548.003", "a shell, a script or a server wrote the file of rights",
        &[Has(Group, r"^syscheck"), Has(File, r"^/etc/(passwd|shadow|gshadow|sudoers(\.d/.*)?|pam\.d/.*)$"), Has(Process, r"/(bash|sh|dash|tee|dd|curl|wget|python[\d.]*|perl|php\S*|ruby|node|java|nginx|apache2|httpd|nc|busybox)$")]),
    line("autostart_file", 2, "T1053.003", "something will start by itself",
        &[Has(Group, r"^syscheck"), Has(File, r"^/etc/(cron\S*|rc\.local|init\.d/.*|systemd/system/.*|profile(\.d/.*)?|ld\.so\.conf\S*|update-motd\.d/.*|bash\.bashrc)|/var/spool/cron/|/\.(bashrc|profile|bash_profile|zshrc)$|/library/launch(agents|daemons)/|/startup/|/windows/system32/tasks/"), Lacks(Process, INSTALLERS)]),
    line("autostart_by_fetcher", 4, "T1053.003", "what starts by itself was written by a program that fetches or runs what others wrote",
        &[Has(Group, r"^syscheck"), Has(File, r"^/etc/(cron\S*|rc\.local|init\.d/.*|systemd/system/.*|profile(\.d/.*)?|update-motd\.d/.*)|/var/spool/cron/|/library/launch(agents|daemons)/"), Has(Process, r"/(curl|wget|nc|ncat|php\S*|apache2|nginx|httpd|busybox|base64|tftp|redis-server|mysqld|java)$")]),
    line("hidden_dropped", 4, "T1564.001", "a hidden file or program appeared where anybody can write",
        &[Has(Group, r"^syscheck"), Has(Field, r"syscheck\.event=added$"), Has(File, r"^(/tmp|/var/tmp|/dev/shm)/(\.|[^/]*\.(sh|elf|py|pl|so)$)|/(users/public|windows/temp|programdata)/[^/]*\.(exe|dll|ps1|bat|vbs|hta)$")]),
    line("hosts_file", 2, "T1565.001", "names are sent elsewhere",
        &[Has(Group, r"^syscheck"), Has(File, r"^/etc/hosts$|/drivers/etc/hosts$"), Lacks(Process, INSTALLERS)]),
    line("ransom_file", 6, "T1486", "a name as encrypters leave it",
        &[Has(File, r"\.(locked|encrypted|crypt(ed)?|lockbit|ryuk|conti|wncry|akira|blackcat)$|(readme|how_?to|decrypt|recover|restore)[-_ ]?\S*(files|decrypt|recover|ransom)\S*\.(txt|html?|hta)$")]),
    line("many_files", 3, "T1486", "many files changed at once", &[Has(Title, r"(multiple|many|several|mass).{0,30}files? (were )?(modif|delet|renam|chang|encrypt)")]),
    line("rootkit_found", 3, "T1014", "the host check found what rootkits leave",
        &[Has(Group, r"^rootcheck$"), Has(Field, r"(title|full_log|log)=.*(rootkit|trojan|hidden (process|port|file)|anomaly detected|kernel.level)"), Lacks(Field, r"(file|title|full_log)=.*/dev/shm/(postgresql|lttng|pulse|sem|mono|byobu)[\w.-]*([^/\w.-]|$)"), Lacks(Field, r"/bin/(diff|passwd|login|chfn|chsh|ps|netstat|egrep|grep)\b.*(trojaned version|generic signature)|trojaned version of file .*(diff|chfn|chsh|passwd)")]),
    line("not_shared_memory", -4, "", "shared memory of a database or of sound, where programs put it",
        &[Has(Group, r"^rootcheck$"), Is("data.file|data.title|full_log", r"(.* \W?)?/dev/shm/(postgresql|lttng|pulse|sem|mono|byobu)[\w.-]*([^/\w.-].*)?")]),
    line("not_rootcheck_generic", -1, "", "a known mistake of the generic signature",
        &[Has(Group, r"^rootcheck$"), Is("data.title|full_log", r"trojaned version of file .*(diff|chfn|chsh|passwd).*")]),
];
