//! Web servers and applications.

use super::line;
use crate::rules::{
    signals::{
        Signal,
        Test::{Has, Lacks},
    },
    view::Place::{Field, Group, Log, Title, Trait, Url},
};

#[rustfmt::skip]
pub(super) const SIGNALS: &[Signal] = &[
    line("sql_injection", 5, "T1190", "the request holds SQL that breaks out of a value",
        &[Has(Group, r"^(web|accesslog|attack|web_attack|sqlinjection|sql_injection|appsec|apache|nginx|modsecurity|waf|iis)$"),
          Has(Url, r#"['")]\s*(\)|\s)*(union|or|and|having|order|group|;|--|\|\|)\b?.*(select|sleep|benchmark|waitfor|--|#|=|null|by)|union(/\*.*\*/|\s)+(all\s+)?select\s+(null|\d|@|char|concat|version|user|database|group_concat|.*\bfrom\s+\w+(--|#|;)?)|\b(sleep|benchmark|pg_sleep|waitfor\s+delay|extractvalue|updatexml|load_file|xp_cmdshell)\s*\(?|information_schema|into\s+(out|dump)file|;\s*(drop|insert|update|delete|exec)\s|'\s*or\s*'?\d"#)]),
    line("path_traversal", 5, "T1190", "the request climbs out of the web folder or asks for a file of the system",
        &[Has(Url, r"(\.\.[/\\]){2,}|\.\.;/|/etc/(passwd|shadow|hosts)\b|boot\.ini|win\.ini|/proc/self|php://(filter|input)|/windows/system32|wp-config\.php(\.|~|$)|/\.(git/config|env|aws/credentials|ssh/|htpasswd|svn/)")]),
    line("command_injection", 5, "T1190", "the request holds a command for a shell",
        &[Has(Url, r"([;|`&]|\$\()\s*(/bin/)?(cat|ls|id|whoami|wget|curl|nc|bash|sh|ping|uname|nslookup|powershell|python)\b|cmd(\.exe)?[ /]+c\b|<\?php|system\(|eval\(|base64_decode\(|assert\(|passthru\(|shell_exec|/bin/(ba)?sh|invokefunction|call_user_func_array|\bthink\\\\?app|allow_url_include|auto_prepend_file|classloader|ognl|\$\{@|%\{\(#")]),
    line("log_lookup", 6, "T1190", "text that makes loggers fetch code",
        &[Has(Log, r"\$\{(jndi|[^}]*\$\{|lower:|upper:|env:|::-)|jndi:(ldaps?|rmi|dns|iiop|nis)")]),
    line("log_lookup_url", 6, "T1190", "text that makes loggers fetch code",
        &[Has(Url, r"\$\{(jndi|[^}]*\$\{|lower:|upper:|env:|::-)|jndi:(ldaps?|rmi|dns|iiop|nis)")]),
    line("shellshock", 6, "T1190", "text that makes old shells run commands",
        &[Has(Log, r"\(\)\s*\{\s*(:|[^}]*);?\s*\}\s*;")]),
    line("scanner_agent", 3, "T1595.002", "the client calls itself a scanner",
        &[Has(Log, r"sqlmap|nikto|nmap scripting|nuclei|masscan|zgrab|dirbuster|gobuster|wpscan|acunetix|nessus|openvas|havij|w3af|arachni|feroxbuster|ffuf|hydra|zmeu|muieblackcat|morfeus|jorgee|l9explore")]),
    line("script_in_request", 3, "T1190", "the request holds script for browsers",
        &[Has(Url, r"<\s*script|‹\s*script|javascript:|on(error|load|mouseover|focus|click|toggle)\s*=|<\s*(img|svg|iframe|body|details)\b|document\.cookie|alert\(|string\.fromcharcode")]),
    line("web_shell_call", 5, "T1505.003", "a script in an upload folder or a known web shell is called with a command",
        &[Has(Url, r"/(uploads?|images?|tmp|cache|files|avatars?)/\S*\.(php\d?|phtml|jspx?|aspx?)\b|/(c99|r57|wso|b374k|alfa|shell|cmd|backdoor|webshell|china|aspxspy)\w*\.(php|jsp|aspx?)|\?(cmd|exec|command|c|pass|shell)=\S*(whoami|id|ls|cat|dir|net\s|wget|curl|powershell|/bin)")]),
    line("probe_for_holes", 2, "T1595.002", "the request looks for a known hole or a forgotten file",
        &[Has(Url, r"/(phpmyadmin|pma|adminer|manager/html|actuator|solr/admin|jenkins|hudson|cgi-bin/|boaform|hnap1|setup\.cgi|vendor/phpunit|eval-stdin\.php|xmlrpc\.php|owa/auth|autodiscover|telescope|druid|console/|wls-wsat|_ignition|geoserver|struts|\.well-known/\S*\.php)")]),
    line("login_storm", 5, "T1110", "many logons to a web application in short time",
        &[Has(Title, r"brute.?force|multiple.*login|login.*(multiple|many)"), Has(Group, r"^(web|appsec|wordpress)$")]),
    line("scan_storm", 3, "T1595.002", "many refused requests from one address in short time",
        &[Has(Title, r"multiple (web server )?(40\d|error|50\d)|(scan|enumerat|crawl|probe)"), Has(Group, r"^(web|accesslog|web_scan|recon)$"), Has(Trait, r"^src:public$")]),
    line("attack_answered", 1, "T1190", "the server answered an attack with success",
        &[Has(Group, r"^attack$"), Has(Field, r"(data\.id|status|http_status|status_code)=20\d$|code returned 200"), Lacks(Title, r"xss|cross.?site")]),
    line("refused", -1, "", "the server refused or did not have what was asked for",
        &[Has(Group, r"^(web|accesslog)$"), Has(Field, r"data\.id=(40\d|30\d)$"), Lacks(Title, r"multiple|brute")]),
    line("not_sign_on", -7, "", "a long answer of a single sign-on, not an attack",
        &[Has(Title, r"too long|long url|length|overflow"), Has(Url, r"(samlresponse|samlrequest|id_token|code=|state=|relaystate|oauth|/callback|/acs\b|access_token|wresult)"), Lacks(Url, r"\.\./|union\s+select|<script|\$\{|/etc/passwd|%00")]),
    line("not_plain_words", -4, "", "plain words in a search, without a mark that SQL needs",
        &[Has(Title, r"sql"), Has(Group, r"^(attack|sql_injection|sqlinjection|web|accesslog)$"), Has(Url, r"^\S*\?[\w.-]+=[\w\s,.&=-]*$"), Lacks(Url, r"null|information_schema|sleep|benchmark|--|\b\d+\s*=\s*\d|concat|version|@|0x|union( all)? select (\d|user|pass|table|column)"), Lacks(Log, r"sqlmap|nikto|havij|%27|%22|%3b|/\*")]),
    line("not_plain_request", -2, "", "nothing in the request looks like an attack",
        &[Has(Title, r"xss|cross.?site|injection|web attack|traversal"), Has(Url, r"^[\w/.,?=&\s:-]{1,120}$"), Lacks(Url, r"select|script|\.\./|/etc/|alert|onerror|%|union|cmd|exec|passwd"), Lacks(Log, r"\(\)\s*\{|\$\{|sqlmap|nikto|nuclei|<script|%3c|%27|\.\.%2f")]),
    line("single_error", -2, "", "one request that the server did not have",
        &[Has(Title, r"^web server (400|500) error code|^web server 4\d\d|page not found|^(apache|nginx).*(does not exist|not found|file not found)"), Lacks(Title, r"multiple"), Lacks(Url, r"select|script|\.\./|/etc/|\$\{|cmd|passwd|phpunit|\.env|\.git"), Lacks(Log, r"\(\)\s*\{|\$\{|sqlmap|nikto|nuclei")]),
    line("search_engine", -1, "", "a search engine or a monitor reads the site",
        &[Has(Log, r"googlebot|bingbot|duckduckbot|uptimerobot|pingdom|statuscake|site24x7|kube-probe|elb-healthchecker|googlehc|zabbix|nagios"), Lacks(Url, r"select|\.\./|<script|\$\{|/etc/|cmd")]),
];
