//! Web servers and applications.

use super::line;
use crate::rules::{
    signals::{
        Signal,
        Test::{Has, Is, Lacks},
    },
    view::Place::{Field, Group, Log, Title, Trait, Url},
};

/// What the rule looks at stands in no log of requests.
const ELSEWHERE: &str =
    r"\b(body|post|put|payload|parameters?|arguments?|args|headers?|cookies?|fields?|forms?|upload\w*|json|xml)\b";
/// The client sent more than an address.
const SENT: &str = r"\.(protocol|method|verb|http_method)=(post|put|patch|delete)$|″(post|put|patch|delete) ";

#[rustfmt::skip]
pub(super) const SIGNALS: &[Signal] = &[
    line("sql_injection", 5, "T1190", "the request holds SQL that breaks out of a value",
        &[Has(Group, r"^(web|accesslog|attack|web_attack|sqlinjection|sql_injection|appsec|apache|nginx|modsecurity|waf|iis)$"),
          Has(Url, r#"['")]\s*(\)|\s)*(union|or|and|having|order|group|;|--|\|\|)\b?.*(select|sleep|benchmark|waitfor|--|#|=|null|by)|union(/\*.*\*/|\s)+((all|distinct)\s+)?select\s+(null|\d|@|char|concat|version|user|database|group_concat|.*\bfrom\s+\w+(--|#|;)?)|\b(sleep|benchmark|pg_sleep|waitfor\s+delay|extractvalue|updatexml|load_file|xp_cmdshell)\s*\(?|information_schema|into\s+(out|dump)file|;\s*(drop|insert|update|delete|exec)\s|'\s*or\s*'?\d|=-?\d+\)?\s+(and|or)\s+\(?['\w]+\s*(=|<|>|(like|rlike|regexp|between|in)\b)\s*['\w(]|=-?\d+\)?\s+(order|group)\s+by\s+\d|=-?\d+\)?\s+(and|or)\s+\(?select\b|\border\s+by\s+\d+\s*(--|#|/\*)"#)]),
    line("path_traversal", 5, "T1190", "the request climbs out of the web folder or asks for a file of the system",
        &[Has(Url, r"(\.\.[/\\]){2,}|\.\.;/|/etc/(passwd|shadow|hosts)\b|boot\.ini|win\.ini|/proc/self|php://(filter|input)|/windows/system32|wp-config\.php(\.|~|$)|/\.(git/config|env|aws/credentials|ssh/|htpasswd|svn/)")]),
    line("known_exploit", 5, "T1190", "the request calls what is only called to break in",
        &[Has(Group, r"^(web|accesslog|attack|web_attack|appsec|apache|nginx|modsecurity|waf|iis)$"),
          Has(Url, r"vendor/phpunit/\S*eval-stdin|/boaform/admin/form|/hnap1\b|/wls-wsat/|_ignition/execute-solution|/gponform/|/cgi-bin/\S*(luci/;|\.\./)|/solr/\S*(velocity|dataimport)|/setup\.cgi\?\S*(cmd|todo)=|/(autodiscover|powershell)\S*@\S*|/manager/text/deploy|/containers/create\b|/shell\?(cd|wget)|/tmui/login\.jsp/\.\.;|/actuator/(env|heapdump|gateway/routes)")]),
    line("command_injection", 5, "T1190", "the request holds a command for a shell",
        &[Has(Url, r"([;|`&]|\$\()\s*(/bin/)?(cat|ls|id|whoami|wget|curl|nc|bash|sh|ping|uname|nslookup|powershell|python)\b|cmd(\.exe)?[ /]+c\b|<\?php|system\(|eval\(|base64_decode\(|assert\(|passthru\(|shell_exec|/bin/(ba)?sh|invokefunction|call_user_func_array|\bthink\\\\?app|allow_url_include|auto_prepend_file|classloader|ognl|\$\{@|%\{\(#")]),
    line("asks_for_metadata", 5, "T1552.005", "the server is asked to fetch the secrets of the computer that it runs on",
        &[Has(Url, r"169\.254\.169\.254|metadata\.google\.internal|100\.100\.100\.200|\[fd00:ec2::254\]|\b(0xa9fea9fe|2852039166)\b")]),
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
    line("expression_in_request", 5, "T1190", "the request holds an expression that servers of some make run",
        &[Has(Url, r"(\$|%|#)\{.*(java\.lang|getruntime|processbuilder|exec\(|@ognl|memberaccess|classloader|t\()|\bgetruntime\(\)\.exec|\{\{.*(__class__|__globals__|config|self\.|7\*7|cycler|lipsum).*\}\}")]),
    line("hole_answered", 2, "T1190", "the server answered a request for a known hole with success",
        &[Has(Url, r"/(boaform|hnap1|setup\.cgi|vendor/phpunit|eval-stdin\.php|wls-wsat|_ignition|geoserver/wfs|cgi-bin/)"), Has(Field, r"(data\.id|status|http_status|status_code)=20\d$"), Has(Group, r"^attack$")]),
    line("attack_answered", 1, "T1190", "the server answered an attack with success",
        &[Has(Group, r"^attack$"), Has(Field, r"(data\.id|status|http_status|status_code)=20\d$|code returned 200"), Lacks(Title, r"xss|cross.?site")]),
    line("refused", -1, "", "the server refused or did not have what was asked for",
        &[Has(Group, r"^(web|accesslog)$"), Is("data.id", r"40\d|30\d"), Lacks(Title, r"multiple|brute")]),
    line("not_sign_on", -7, "", "a long answer of a single sign-on, not an attack",
        &[Has(Title, r"too long|long url|length|overflow"), Has(Url, r"(samlresponse|samlrequest|id_token|code=|state=|relaystate|oauth|/callback|/acs\b|access_token|wresult)"), Lacks(Url, r"\.\./|union\s+select|<script|\$\{|/etc/passwd|%00")]),
    line("not_plain_words", -4, "", "plain words in a search, or a plain name of a page, without a mark that SQL needs",
        &[Has(Title, r"sql"), Has(Group, r"^accesslog$"), Lacks(Title, ELSEWHERE), Lacks(Field, SENT),
          Has(Url, r"^\S*\?[\w.-]+=[a-z]+([ ,.-]+[a-z]+){2,}$|^/[a-z/-]+(\.(js|css|html?))?$"), Lacks(Url, r"\b(null|information_schema|sleep|benchmark|concat|version)\b|union( all| distinct)? select\b.*\bfrom\b"), Lacks(Log, r"sqlmap|nikto|havij|%27|%22|%3b|/\*")]),
    line("not_plain_request", -2, "", "nothing in the request looks like an attack",
        &[Has(Title, r"xss|cross.?site|injection|web attack|traversal"), Has(Group, r"^accesslog$"), Lacks(Title, ELSEWHERE), Lacks(Field, SENT),
          Has(Url, r"^[\w/.,?=&\s:-]{1,120}$"), Lacks(Url, r"select|script:|\.\./|/etc/|alert|onerror|%|union|cmd|exec|passwd|/\.(env|git|aws|ssh|svn|ht)|phpunit|wp-config|/actuator/|(and|or) \S+ ?=|(and|or|by|like) \d|=https?:|169\.254\.|localhost|127\.0\.0\.1"), Lacks(Log, r"\(\)\s*\{|\$\{|sqlmap|nikto|nuclei|<script|%3c|%27|\.\.%2f")]),
    line("single_error", -2, "", "one request that the server did not have",
        &[Has(Title, r"^web server (400|500) error code|^web server 4\d\d|page not found|^(apache|nginx).*(does not exist|not found|file not found)"), Lacks(Title, r"multiple"), Lacks(Url, r"select|script|\.\./|/etc/|\$\{|cmd|passwd|phpunit|\.env|\.git"), Lacks(Log, r"\(\)\s*\{|\$\{|sqlmap|nikto|nuclei")]),
];
