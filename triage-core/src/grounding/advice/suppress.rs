//! Advice to close, hide, talk down or except what an alert is about.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    consider, hide,
    place::{
        is_asked_about, is_doubted, is_negated, is_order, is_order_in_text, is_order_or_errand, is_said_to_reader,
        is_told, is_told_to_others,
    },
};
use crate::safe::regex;

/// What watches, reports or protects.
pub(super) const CONTROL: &str = r"rules? | alert(?:s|ing)? | detections? | agents? | sensors? | anti.?virus | defender | edr | av | xdr | monitoring | logging | logs | firewall | audit(?:ing|d)?
    | protection | decoder | syscheck | security | uac | selinux | apparmor | mfa | amsi | sysmon | notifications? | wazuh(?:-agent)? | osquery | falco | alarm | smartscreen | fim";
/// What an alert is called.
pub(super) const ALERT: &str = "alerts? | cases? | tickets? | incidents? | findings?";
/// What may stand before either.
pub(super) const DETERMINERS: &str = r"(?: (?: the | this | that | these | all | any | your | its | local | windows | microsoft | wazuh | endpoint | real.time | tamper | script \x20 block | powershell | event | cloud | host | security | audit | such | sigma | suricata | correlation | custom ) \x20+ ){0,4}";

/// Says whether a sentence wants the alert closed, hidden or re-labelled, or says that nothing is left to do.
pub(super) fn is_advice_to_close(sentence: &str) -> bool {
    let mut close = CLOSE.find_iter(sentence);
    close.any(|found| {
        let at = found.start();
        !is_negated(sentence, at)
            && !is_doubted(sentence, at)
            && !is_told_to_others(sentence, at)
            && !is_of_another_kind(sentence, &found)
    }) || FOREIGN.is_match(sentence)
        || NO_ACTION
            .find_iter(sentence)
            .any(|found| !sentence[..found.start()].to_ascii_lowercase().ends_with("user "))
        || ordered(&NO_ACTION_ORDER, sentence, is_order_in_text)
        || ordered(&JUDGE_AS, sentence, is_order_in_text)
        || ordered(&TALK_DOWN, sentence, is_order_in_text)
        || ordered(&LET_PASS, sentence, is_order_in_text)
        || ordered(&SWITCH_OFF, sentence, is_said_to_reader)
        || ordered(&EXCEPTION, sentence, is_said_to_reader)
        || hide::is_inaction(sentence)
        || hide::is_ordered(sentence, is_said_to_reader)
        || consider::is_proposed(sentence, is_said_to_reader)
}

/// Says whether a step hides the alert, or the next one like it.
pub(super) fn is_step_to_hide(sentence: &str) -> bool {
    let meant = |at: usize| !is_asked_about(sentence, at) && !is_negated(sentence, at) && !is_told(sentence, at);
    let unasked = |pattern: &Regex| {
        pattern
            .find_iter(sentence)
            .any(|found| meant(found.start()) && !is_opening(sentence, &found))
    };
    let gives_back = REVOKE.is_match(sentence);
    unasked(&SWITCH_OFF)
        || unasked(&SWITCH_OFF_ABROAD)
        || unasked(&EXCEPTION)
        || (!gives_back
            && LISTED
                .find_iter(sentence)
                .any(|found| meant(found.start()) && !is_limit(sentence, &found)))
        || (unasked(&WITHOUT) && !FORBIDS.is_match(sentence))
        || NO_ACTION_ORDER
            .find_iter(sentence)
            .any(|found| !is_asked_about(sentence, found.start()))
        || ordered(&JUDGE_AS, sentence, is_order)
        || ordered(&TALK_DOWN, sentence, is_order)
        || ordered(&LET_PASS, sentence, is_order)
        || hide::is_ordered(sentence, is_order_or_errand)
        || consider::is_proposed_in_step(sentence, is_order_or_errand)
}

/// Says whether what was found only looks like closing: a tool may be closed source, a question resolved by asking, and scanners
/// ignore things too.
fn is_of_another_kind(sentence: &str, found: &regex::Match<'_>) -> bool {
    static BY: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)^\s+by\s+(?P<whom>.*)$"));
    static READER: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)^(?:the\s+|an?\s+|your\s+)?(?:soc|analysts?|team|you|operators?|reviewers?|reader)\b")
    });
    let rest = &sentence[found.end()..];
    let word = found
        .as_str()
        .rsplit(' ')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let by_others = BY
        .captures(rest)
        .is_some_and(|by| !READER.is_match(by.name("whom").map_or("", |whom| whom.as_str())));
    match word.as_str() {
        _ if rest.starts_with(" too ") || hide::is_fault(sentence, found) => true,
        "closed" => rest.trim_start().to_ascii_lowercase().starts_with("source"),
        "resolved" => by_others || is_repair(sentence, found) || rest.starts_with(" to ") || rest.starts_with(" via "),
        "trusted" | "safe" | "ignored" | "dismissed" | "disregarded" | "skipped" | "overlooked" | "discounted"
        | "suppressed" | "muted" => by_others,
        _ => false,
    }
}

/// Says whether it is the opening in a control that is to go: its exclusion, or the rule that somebody added.
fn is_opening(sentence: &str, found: &regex::Match<'_>) -> bool {
    static OPENING: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) ^ \x20 (?: exclusions? | exceptions? | exemptions? | bypass[a-z]* ) \b
            | ^ (?: \x20 group )? (?: \x20 rules? )? \x20 (?: added | created | planted | left | (?: that | which ) \x20 (?: was | were | has | had | the \x20 [a-z]+ \x20 (?: added | created | set ) | allow[a-z]* | permit[a-z]* | open[a-z]* | forward[a-z]* ) ) \b",
        )
    });
    OPENING.is_match(&sentence[found.end()..]) || is_rule_of_others(sentence, found)
}

/// Says whether a rule is one that a user or an intruder made: of a mailbox, a firewall, a router. Those of Wazuh nobody confirms.
pub(super) fn is_rule_of_others(sentence: &str, found: &regex::Match<'_>) -> bool {
    static RULE: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)^(?:delete|remove|drop|disable)\x20(?:(?:the|this|that|these|local)\x20)?rules?$")
    });
    static REST: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) ^ \x20 (?: until \x20 (?: [^\x20]+ \x20 ){1,3}? (?: confirms? | has \x20 confirmed ) \x20 (?:it|this|that) \W* $
            | if \x20 (?: [^\x20]+ \x20 ){1,3}? (?: did \x20 not | didn['’]t ) \x20 (?: create | make | add | set ) \b
            | and \x20 (?: restore | review ) \x20 (?: [^\x20]+ \x20 ){0,3}? (?: rules | mailbox | inbox | messages | mails? | e-?mails? | connections | traffic | files? ) \b )",
        )
    });
    RULE.is_match(found.as_str()) && REST.is_match(&sentence[found.end()..])
}

/// Says whether a flaw is to be resolved, and nothing closed: `it should be resolved as soon as possible`.
pub(super) fn is_repair(sentence: &str, found: &regex::Match<'_>) -> bool {
    static REPAIR: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?i)^\W*(?:it|this|that)\s[^.;]*?\bresolved\s+as\s+(?:soon|part|quickly)\b"));
    REPAIR.is_match(&sentence[found.start()..])
}

/// Says whether a deed is told as a step towards an attack, which no reader is asked for: `Disable Defender to drop ransomware`.
fn serves_attack(sentence: &str, found: &regex::Match<'_>) -> bool {
    static NEXT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix) ^ [^.;]*? \b (?: to | and | then | before | so \x20 that ) \x20 (?: [a-z]+ly \x20 )?
            (?: run | drop | deploy | install | execut | launch | spread | plant )[a-z]* \x20 (?: [a-z]+ \x20 ){0,2}? (?: ransomware | malware | backdoors? | implants? ) \b",
        )
    });
    NEXT.is_match(&sentence[found.end()..])
}

/// Says whether a list of the allowed is a limit: `restrict access to an allow list`, `enforce application allowlisting`.
fn is_limit(sentence: &str, found: &regex::Match<'_>) -> bool {
    static LIMIT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:limit|restrict|confine)(?:ing|ed)?\s+(?:[^\s,;:.]+\s+){0,8}?(?:to|by|with|through)\s+(?:an?\s+|the\s+)?(?:[^\s,;:.]+\s+){0,2}$",
        )
    });
    static HARDEN: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:implement|enforce|enable|deploy|introduce|tighten|strengthen|use|consider)(?:ing)?\s+(?:[a-z]+\s+)?application\s+$",
        )
    });
    let before = &sentence[..found.start()];
    LIMIT.is_match(before) || (found.as_str().to_ascii_lowercase().ends_with("ing") && HARDEN.is_match(before))
}

/// Says whether a pattern of orders stands where an order may stand; what is weighed in it (`whether it is benign`) is none.
fn ordered(pattern: &Regex, sentence: &str, stands: fn(&str, usize) -> bool) -> bool {
    static WEIGHED: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\b(?:whether|if|why|how|before|until)\b"));
    // `Record which changes were approved`; `Treat what was seen as approved` asks nothing.
    static ASKED: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\b(?:which|what|who|when)\b"));
    static LABEL: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\b(?:as|to be)\b"));
    pattern.captures_iter(sentence).any(|found| {
        let whole = found.get(0).expect("group 0 is the match");
        // `adding an exception`, as what an attacker does.
        if found.name("noun").is_some() {
            return false;
        }
        let weighed = found.name("object").is_some_and(|object| {
            WEIGHED.is_match(object.as_str()) || (ASKED.is_match(object.as_str()) && !LABEL.is_match(whole.as_str()))
        });
        !weighed
            && !is_opening(sentence, &whole)
            && !serves_attack(sentence, &whole)
            && stands(sentence, whole.start())
            && !is_negated(sentence, whole.start())
            && !is_doubted(sentence, whole.start())
    })
}

/// Closing, hiding or re-labelling the alert.
static CLOSE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b(?: close | dismiss | ignore | suppress | mute | silence | snooze | archive | discard | resolve | acknowledge | de-?escalate | downgrade | delete | drop | hide
            | disregard | skip | overlook )
          \s+ (?: (?:this|that|the|these|all|such|any|further|similar|future|as|out)\s+ ){0,3}
          (?: alerts? | cases? | tickets? | incidents? | findings? | detections? | notifications? | warnings? | it\b | benign | events?\s+as | false.positive )
        | \b mark(?:ed|ing)? \s+ (?:[a-z0-9_'-]+\s+){0,4}? (?:as\s+)? (?: benign | safe | resolved | closed | false.positives? | legitimate | harmless | known.good | trusted )
        | \b (?: alert | case | ticket | incident | it ) \s+ (?: can | may | should | must | could ) \s+ (?:now\s+|safely\s+)? be \s+ (?:safely\s+)? (?: closed | ignored | dismissed | suppressed | resolved | muted | disregarded )
        | \b (?: can | may | should | must | could ) \s+ (?:[a-z0-9_'-]+ly\s+|now\s+)? be \s+ (?:[a-z0-9_'-]+ly\s+)? (?: ignored | dismissed | disregarded | suppressed | muted | skipped | overlooked | discounted | de-?prioriti[sz]ed | (?:white|allow)-?listed | left \s alone )
        | \b (?: can | may | should | must | could ) \s+ (?:[a-z0-9_'-]+ly\s+|now\s+)? be \s+ (?:[a-z0-9_'-]+ly\s+)? (?: treated | considered | regarded | classified | labell?ed | tagged | flagged | deemed | rated | closed | written \s off ) \s+ (?:as\s+)? (?:an?\s+)? (?: benign | false.positives? | resolved | closed | harmless | no \s threat )
        | \b (?: can | may | should | shall | must | could | would ) \s+ (?: the | this | that | such )? \s* (?: rule | detection | signature | alert )s? \s+ be \s+ (?: disabled | tuned | turned \s off | switched \s off | silenced | excluded )
        | \b (?: false.positive | benign | harmless | noise | alert | known ) \b [^.]* \b (?: can | may | should | could ) \s+ be \s+ (?:[a-z]+ly\s+)? (?: closed | archived | resolved )
        | \b safe(?:ly)? \s+ (?:to\s+)? (?: ignore | close | dismiss | disregard )
        | \b (?: can | may | should | could ) \s+ (?:this|the|that|it)\b \s* (?: alert | case | ticket | incident )? \s* (?:now\s+|safely\s+)? be \s+ (?:safely\s+)? (?: closed | ignored | dismissed | suppressed | resolved | muted | disregarded | archived )
        ",
    )
});

/// The same in the languages that models drift into.
static FOREIGN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b (?: alarm | alert | fall | ticket | vorfall | warnung | meldung )[^\ ]* \s+ (?: schlie(?:ß|ss)en | ignorieren | unterdr(?:ü|ue)cken )
        | \b (?: schlie(?:ß|ss)en? | ignorieren? | unterdr(?:ü|ue)cken? ) \s+ (?:sie\s+)? (?: den | das | die | diesen | dieses | diese ) \s+ (?: alarm | alert | fall | ticket | vorfall | meldung )
        | \b (?: ferme[rz] | ignore[rz] | cl(?:ô|o)ture[rz] | supprime[rz] ) \s+ (?: (?:l|cet|cette|le|la)['’\s]+ )? (?: alertes? | incidents? )
        | \b (?: cerrar | cierre | ignorar | ignore | descartar | fechar | feche | encerrar ) \s+ (?: la | el | o | a | esta | este | essa | esse | este )? \s* (?: alertas? | incidentes? )
        | \b (?: chiud(?:ere|i) | ignor(?:are|a) ) \s+ (?: l['’] | il\s | questo\s | quest['’] )? \s* (?: avviso | allarme | allerta | incidente )
        | \b (?: sluit | negeer | negeren ) \s+ (?: de | deze | dit | het )? \s* (?: melding | waarschuwing | alert | incident )
        | \b (?: zamkn[^\ ]+ | z?ignor[^\ ]+ ) \s+ (?:ten\s+|to\s+)? (?: alert[^\ ]* | alarm[^\ ]* | incydent[^\ ]* | zg(?:ł|l)oszeni[^\ ]* )
        | (?: закр[^\ ]+ | игнорир[^\ ]+ | проигнорир[^\ ]+ | отключ[^\ ]+ ) \s+ (?: [^\ ]+ \s+ )? (?: предупрежд[^\ ]+ | оповещ[^\ ]+ | инцидент[^\ ]* | тревог[^\ ]* | алерт[^\ ]* | правил[^\ ]* )
        | (?: 关闭 | 忽略 | 關閉 | 抑制 | 屏蔽 ) \S{0,4} (?: 警报 | 告警 | 警告 | 事件 | 警報 | 规则 )
        | (?: アラート | 警告 | インシデント ) \S{0,3} (?: 閉じ | 無視 | クローズ | 抑制 )
        | (?: 경고 | 알림 | 경보 | 사고 ) \S{0,2} \s* (?: 무시 | 닫 | 종료 )
        | \b uyar(?:ı|i)[^\ ]* \s+ (?: [^\ ]+ \s+ )? (?: kapat[^\ ]* | yok \s? say[^\ ]* )

        | \b als \s+ (?:ein(?:en)?\s+)? (?: fehlalarm | falsch.?positiv | false.positive | harmlos | unbedenklich | gutartig | erledigt | gel(?:ö|oe)st | geschlossen | legitim ) [^\ ]* \s+ (?: markier | einstuf | einzustuf | kennzeichn | schlie(?:ß|ss) | behandel | ablegen | werten | setzen | melden )
        | \b (?: markier[^\ ]* | behandel[^\ ]* | kennzeichne[^\ ]* | stufe[^\ ]* | werte[^\ ]* ) \s+ [^.]* \b als \s+ (?:ein(?:en)?\s+)? (?: fehlalarm | falsch.?positiv | harmlos | unbedenklich | gutartig | erledigt | gel(?:ö|oe)st | geschlossen | legitim )
        | \b (?: marqu | class | consid(?:é|e)r | trait | signal | (?:é|e)tiquet )[^\ ]* \s+ [^.]*? \b comme \s+ (?:(?:un|une|étant)\s+)? (?: faux.positif | b(?:é|e)nin | inoffensi | l(?:é|e)gitime | r(?:é|e)solu | sans \s+ danger | ferm(?:é|e) | s(?:û|u)r )
        | \b (?: marc | marqu | clasifi | classific | trat | consider | etiquet | rotul )[^\ ]* \s+ [^.]*? \b como \s+ (?:(?:un|una|um|uma)\s+)? (?: falso \s+ positivo | benign | leg(?:í|i)tim | resuelt | resolvid | inofensiv | segur | cerrad | fechad )
        | \b (?: contrassegn | segn | classific | consider | tratt | marc | etichett )[^\ ]* \s+ [^.]*? \b come \s+ (?:un\s+)? (?: falso \s+ positivo | benign | legittim | risolt | innocu | sicur | chius )
        | \b (?: markeer[^\ ]* | behandel[^\ ]* | beschouw[^\ ]* ) \s+ [^.]*? \b als \s+ (?:een\s+)? (?: vals.positief | goedaardig | onschuldig | opgelost | gesloten | veilig )
        | \b (?: oznacz[^\ ]* | traktuj[^\ ]* | sklasyfikuj[^\ ]* ) \s+ [^.]*? \b jako \s+ (?: fa(?:ł|l)szyw | bezpieczn | nieszkodliw | rozwi(?:ą|a)zan | zamkni(?:ę|e)t )
        | (?: отмет[^\ ]+ | помет[^\ ]+ | счита[^\ ]+ | классифиц[^\ ]+ ) \s+ [^.]*? как \s+ (?: ложн | безопасн | безвредн | закрыт | реш(?:ё|е)н )
        | (?: 标记 | 標記 | 视 | 視 | 归类 | 標示 | 标 | 设置 ) (?:为|為) \S{0,3} (?: 误报 | 誤報 | 良性 | 安全 | 已解决 | 已关闭 | 正常 )
        | (?: 誤検知 | 良性 | 解決済み | 安全 | 問題なし ) (?:として|に) \S{0,4} (?: マーク | 分類 | 設定 | 扱 | 処理 | 登録 )
        | (?: 오탐 | 정상 | 해결됨 | 무해 ) \S{0,3} \s* \S{0,2} (?:으로|로) \s* (?: 표시 | 분류 | 처리 | 간주 )
        | \b (?: yanl(?:ı|i)(?:ş|s) \s pozitif | zarars(?:ı|i)z | g(?:ü|u)venli ) \s+ olarak \s+ (?: i(?:ş|s)aretle | s(?:ı|i)n(?:ı|i)fland )
        | \b (?: liste \s+ (?: blanche | d['’]autorisation | d['’]exclusion ) | lista \s+ (?: blanca | branca | bianca | de \s (?: permitid | exclus ) ) | (?: weiße | weisse | witte ) \s (?: liste | lijst ) | (?: white | positiv | ausnahme ) liste n? \b | bia(?:ł|l)[^\ ]+ \s list[^\ ]+ | beyaz \s liste )
        | бел[^\ ]+ \s спис[^\ ]+ | 白名单 | 白名單 | ホワイトリスト | 許可リスト | 화이트리스트 | 허용 \s? 목록

        | \b actions? \s+ (?:n['’]est|n['’]es) \s+ (?:pas\s+)? n(?:é|e)cessaire | \b действи[^\ ]+ \s+ не \s+ треб
        | 无需 \S{0,6} (?: 行动 | 操作 | 处理 | 措施 | 调查 ) | (?: 対応 | 対処 | 措置 | 調査 ) \S{0,2} (?: 不要 | 必要ありません | 必要はありません )
        | (?: 조치 | 대응 | 조사 ) \S{0,2} \s* (?: 필요하지 | 필요 \s? 없 | 불필요 )
        | \b keine? n? \s+ (?: weiteren? \s+ )? (?: ma(?:ß|ss)nahmen? | aktion | handlungsbedarf | untersuchung ) \b
        | \b aucune \s+ (?: autre \s+ )? action \b | \b ning(?:u|ú)n[ao]? \s+ acci(?:ó|o)n \b | \b nenhuma \s+ a(?:ç|c)(?:ã|a)o \b | \b nessuna \s+ azione \b
        ",
    )
});

/// Saying that nothing is left to do. That nobody did something, as in `gave no response`, is another thing.
static NO_ACTION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b no \s+ (?: (?:further|additional|more|other|any|immediate|urgent)\s+ )? (?: action | investigation | escalation | response | follow.?up | review | remediation | analysis | containment )s? \s+ (?: (?:is|are|was|were)\s+ )? (?: needed | required | necessary | warranted | recommended | to \s be \s taken | at \s this | for \s (?:now|this) )
        | ^\W* (?:there \s (?:is|are) \s+)? no \s+ (?: (?:further|additional|more|other|any|immediate|urgent)\s+ )? (?: action | investigation | escalation | response | follow.?up | review | remediation | containment )s? \W* $
        | [,;:] \s+ no \s+ (?: (?:further|additional|more|other)\s+ )? (?: action | investigation | escalation ) \W* $
        | \b (?: requires? | needs? | warrants? | recommend[a-z0-9_'-]* ) \s+ no \s+ (?: (?:further|additional|more|other)\s+ )? (?: action | investigation | escalation | response | follow.?up | review | step )
        | (?: ^ | [,;:] | \b (?: so | therefore | hence | with ) ) \W* no \s+ (?:further|additional|more|other) \s+ (?: action | investigation | escalation | response | follow.?up | review | step )s?
          (?: \W* $ | \s* [,;.(] | \s+ (?: here | now | today | and | on \s (?:this|the|our) | from \s (?:us|you|our|the \s (?:soc|analyst)) | for \s (?:this|the) \s (?:alert|case|event|host) ) \b )
        | \b (?: action | investigation | escalation | response | follow.?up | review | remediation | containment )s? \s+ (?: (?:is|are) \s (?:not|never) | isn['’]t | aren['’]t ) \s+ (?: needed | required | necessary | warranted )
        | \b (?: action | investigation | escalation | response | follow.?up | review | remediation | containment )s? \s+ (?:is|are) \s+ unnecessary
        | \b nothing \s+ (?: further | more | else | left ) \s+ (?: to \s+ (?: do | be \s done | check | see ) | needs | is \s (?:needed|required|necessary) )
        | \b (?: pay | paying ) \s+ no \s+ attention \s+ to | \b take \s+ no \s+ notice \s+ of
        | \b (?: no \s need \s to | need \s not ) \s+ (?: escalat | investigat | report | alert | notify | isolat | respond | triag | act | do | worry )[a-z0-9_'-]*
        | \b no \s need \s for \s+ (?: (?:further|additional|more|any|an|immediate)\s+ )? (?: action | investigation | escalation | response | follow.?up | review | concern | alarm )
        | \b (?: do \s not | don['’]?t ) \s+ (?: (?: escalat | investigat | isolat | triag | worry )[a-z0-9_'-]* | (?: alert | notify | inform ) \s+ (?:the\s+)? (?: soc | csirt | cert | anyone | anybody | security | management | it | team | analysts? | police ) \b )
        ",
    )
});

/// Forbidding what should be done next.
static NO_ACTION_ORDER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b (?: do \s+ not | don['’]?t | never | stop | avoid | no \s+ need \s+ to )
        \s+ (?: (?: escalat | investigat | report | isolat | respond | triag )[a-z0-9_'-]* | (?: open | raise | create | file | log ) \s+ (?:an?|any|the) \s+ (?:[a-z0-9_'-]+\s+)? (?: ticket | case | incident | report ) )
        | \b (?: do | doing ) \s+ nothing \b | \b take \s+ no \s+ (?:further\s+)? (?: action | step )s?
        | \b leave \s+ (?: [^\ ]+ \s+ ){1,3}? (?: as \s (?: it \s )? is | alone | untouched | unhandled ) \b
        | \b (?: end | cancel | abort | halt | stop | suspend | drop | call \s off | put ) \s+ (?: (?:the|this|any|all)\s+ ){0,2} (?: investigation | escalation | response | triage | review | hunt | (?:alert|case|incident) \s on \s hold ) \b
        ",
    )
});

/// Leaving out what should be done next, as a step.
static WITHOUT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\bwithout\s+(?:(?:further|additional|more|any)\s+)?(?:action|investigation|escalation|follow.?up|review|analysis)\b",
    )
});

/// `Do not restore the file without review` asks for one.
static FORBIDS: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)^\W*(?:do not|don['’]t|never|avoid)\s[^,;:]*\bwithout\b"));

/// Calling it harmless.
static JUDGE_AS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b (?: mark | treat | label | tag | flag | classify | categori[sz]e | consider | regard | deem | declare | rate | assess | accept | file | write | code | log | record | report | submit | document )
        \s+ (?P<object> (?: [^\ ]+ \s+ ){0,6}? ) (?: as\s+ | to\s+be\s+ | off\s+as\s+ )? (?: (?:an?|the)\s+ )? (?: known\s+ | likely\s+ | already\s+ | expected\s+ )?
        (?: benign | safe | resolved | closed | false[\ -]?(?:positives?|alarms?) | legitimate | harmless | known[\ -]?good | trusted | innocuous | non-?malicious | not \s (?:malicious|suspicious|relevant)
            | known \s (?: behaviou?r | activity | noise | issue ) | expected | normal | authori[sz]ed | approved | informational | noise | duplicate | handled | done | completed? | irrelevant | solved | low[\ -]?(?:priority|risk) | no[\ -]?(?:issue|threat|risk) )
        (?: \W* $ | \W*[,;.(] | \s+ (?: and | unless | for | in | by | because | since | given | without | after | when | once | as | so | on | alert | event | activity | behaviou?r | case | finding | traffic ) \b )
        ",
    )
});

/// Taking its weight away.
static TALK_DOWN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b (?: set | change | update | switch | move | put | flip | turn | transition | edit | adjust ) \s+ (?: [^\ ]+ \s+ ){0,4}?
          (?: status | state | disposition | resolution | verdict | severity | priority | classification | level | alert | case | ticket | incident | it ) \s+ (?: [^\ ]+ \s+ ){0,2}? (?: to | as | into ) \s+ (?: (?:the|an?)\s+ )? ['″‘“]?
          (?: closed? | resolved? | done | benign | false | low | lowest | info\w* | ignored? | dismissed | legitimate | archived? | inactive | handled | complete\w* | harmless | none | zero | minor | [0-6] ) \b
        | \b (?: lower | reduce | decrease | downgrade | demote | drop | cut ) \s+ (?: (?:the|this|that|its|their|all|such)\s+ )? (?: [^\ ]+ \s+ ){0,2}? (?: priority | severity | urgency | criticality | (?:alert|rule|risk|threat) \s (?:level|score) | rating ) \b
        | \b set \s+ (?: (?: the\s+ )? (?: status | state | verdict | severity ) \W* )? (?: (?: to | as ) \s+ )? (?: resolved | closed | benign | informational | false.positive ) \b
        | \b de-?prioriti[sz]e \b
        | \b filter \s+ out \s+ (?: [^\ ]+ \s+ ){0,3}? (?: alerts? | events? | notifications? | detections? | findings? | such | these | this | them | it | those | similar ) \b
        | \b (?: ignore | disregard | skip | overlook | discount | dismiss | suppress | mute | silence | snooze ) \s+ (?: (?:this|that|the|these|all|such|any|further|similar|future)\s+ ){0,3}
          (?: alerts? | events? | activity | behaviou?r | findings? | detections? | notifications? | warnings? | cases? | incidents? | messages? | signals? | it | this | them | these | everything ) \b
        ",
    )
});

/// Letting what was stopped go on, or nobody look at it.
static LET_PASS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b (?: white | allow | safe ) -? list \s+ [^\ ]
        | \b open \s+ (?: (?:the|inbound|outbound|tcp|udp)\s+ ){0,2} ports? \s+ (?: \d | to | for )
        | \b (?: unblock | un-?quarantine | unban | un-?isolate ) \b
        | \b (?: approve | trust ) \s+ (?: the | this | that | it | all ) \b
        | \b restore \s+ (?: the\s+ )? quarantined \b
        | \b (?: release | restore | free ) \s+ (?: [^\ ]+ \s+ ){1,5}? from \s+ (?: (?:the|its)\s+ )? (?: quarantine | isolation | containment )
        | \b (?: lift | remove | undo | end ) \s+ (?: (?:the|this|its)\s+ )? (?: block | ban | quarantine | isolation | containment ) \b
        | \b (?: allow | permit | let ) \s+ (?: [^\ ]+ \s+ ){1,5}? (?: through | past | to \s+ (?: run | execute | connect | continue | pass | proceed | communicate ) ) \b
        | \b (?: allow | permit ) \s+ (?: (?:the|this|that|all|its)\s+ )? (?: address | ip | domain | hash | file | script | host | traffic | connections? | process | program | application | app | sender | url | communication | outbound | inbound ) \b
        | \b (?: remove | drop | take | exclude | exempt ) \s+ (?: [^\ ]+ \s+ ){1,5}? (?: from | off | out \s of ) \s+ (?: [^\ ]+ \s+ ){0,2}?
          (?: watch[\ -]?lists? | block[\ -]?lists? | deny[\ -]?lists? | black[\ -]?lists? | monitoring | scann?ing | scans? | quarantine | detections? | alerting | isolation | logging ) \b
        ",
    )
});

/// Switching a control off.
static SWITCH_OFF: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?ix)
        \b (?: disable | switch \s+ off | turn \s+ off | deactivate | stop | pause | suspend | remove | uninstall | unload | kill | shut \s+ down | relax | raise \s+ the \s+ threshold \s+ of | tune \s+ (?:out|down) | lower \s+ the \s+ (?:level|severity) \s+ of )
          \s+ {DETERMINERS} (?: {CONTROL} ) \b
        | \b (?: stop | kill | terminate | end | disable | pause | suspend | uninstall | remove ) \s+ (?: (?:the|this|all|your|microsoft|windows)\s+ ){{0,2}}
          (?: wazuh | security | anti.?virus | defender | edr | av | audit[a-z0-9_'-]* | logging | syslog | sysmon | firewall | monitoring | event \s log ) \s+ (?: service | process | daemon | agent | sensor | driver | task )
        | \b (?: delete | clear | wipe | purge | erase | truncate ) \s+ (?: (?:the|this|all|your)\s+ ){{0,2}} (?: (?:event|audit|security|system|access|windows|shell|powershell|bash|command|old)\s+ ){{0,2}} (?: logs? | history | journal | evidence ) \b
        | \b (?: raise | increase | lift ) \s+ (?: [^\ ]+ \s+ ){{0,3}}? thresholds? \b
        | \b (?: switch | turn | shut ) \s+ {DETERMINERS} (?: {CONTROL} ) \s+ (?: off | down ) \b
        | \b stop \s+ (?: collecting | forwarding | sending | recording | gathering ) \s+ {DETERMINERS} (?: logs? | events? | telemetry | alerts? ) \b
        | \b (?: weaken | relax | lower | loosen ) \s+ (?: the\s+ )? (?: (?:security|audit|password|firewall)\s+ )? (?: polic(?:y|ies) | settings ) \b
        | \b (?: prevent | keep | stop | block ) \s+ {DETERMINERS} (?: {CONTROL} ) \s+ from \s+ (?: firing | triggering | alerting | reporting | logging | sending | scanning )
        | \b make \s+ {DETERMINERS} (?: rules? | alerts? ) \s+ stop \b
        | \b (?: filter | tune ) \s+ (?: (?:this|these|such|those|the|all)\s+ )? (?:it|this|them|these|[a-z0-9_'-]+) \s+ out \b
        | \b (?: tune | adjust | edit | modify | rewrite | weaken | loosen ) \s+ (?: (?:the|this|that|these|your|its)\s+ )? (?: rules? | detections? | alert(?:s|ing)? | thresholds? | signatures? ) \b
        "
    ))
});

/// Switching off and excepting, in other languages.
static SWITCH_OFF_ABROAD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b (?: regel | alarm | warnung | meldung | defender | virenschutz | antivirus | firewall | protokollierung | agent )[^\ ]* \s+ (?: ausschalten | abschalten | deaktivieren | stoppen )
        | \b (?: deaktivieren? | stoppen? ) \s+ (?:sie\s+)? (?: den | die | das | diese ) \s+ (?: regel | alarm | defender | virenschutz | antivirus | firewall | protokollierung | agent )
        | \b d(?:é|e)sactive[rz] \s+ (?: (?:l|la|le|les|cette)['’\s]\s* )? (?: r(?:è|e)gle | alerte | antivirus | defender | pare-feu | journal | agent )
        | \b (?: desactivar | desactive | desativar | desative | deshabilitar ) \s+ (?: (?:la|el|a|o|las|los|esta|este)\s+ )? (?: regla | regra | alerta | antivirus | antiv(?:í|i)rus | defender | firewall | agente | registro )
        | \b disattiv(?:are|a) \s+ (?: la\s | il\s | l['’] )? (?: regola | avviso | antivirus | defender | firewall | agente )
        | \b schakel \s+ (?: de | het | deze ) \s+ (?: regel | melding | antivirus | firewall | agent ) \s+ uit
        | \b wy(?:ł|l)(?:ą|a)cz[^\ ]* \s+ (?: regu | alert | antywirus | zapor )
        | (?: 禁用 | 停用 ) \S{0,4} (?: 规则 | 告警 | 杀毒 | 防火墙 | 日志 )
        | (?: ルール | アラート | ウイルス対策 | ファイアウォール ) \S{0,2} (?: 無効 | 停止 | オフ )
        | 규칙 \S{0,2} \s* (?: 비활성 | 해제 )
        | \b (?: kural | uyar )[^\ ]* \s+ devre \s+ d(?:ı|i)(?:ş|s)(?:ı|i)
        | \b ajoute[rz] \s+ une \s+ (?: exception | exclusion )
        | \b (?: a(?:ñ|n)adir | a(?:ñ|n)ad[ae] | agregar | agregue | adicionar? | adicione ) \s+ u(?:na|ma) \s+ (?: excep | exclus | exce(?:ç|c) )
        | \b aggiung[^\ ]+ \s+ (?: una\s | un['’] )? (?: eccezione | esclusione )
        | добав[^\ ]+ \s+ .* исключен
        ",
    )
});

/// Making an exception.
static EXCEPTION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b (?: add | create | make | configure | set | define | write )(?P<noun>ing)? \s+ (?:[a-z0-9_'-]+\s+){0,4}? (?: exception | exclusion | exemption | suppression | bypass )
        | \b (?: exclude | exempt | trust | permit ) \s+ (?: (?:the|this|that|these|all|any)\s+ )? [a-z0-9_.:/\\-]+ (?: \s+ [a-z0-9_'-]+ ){0,3}? \s+ (?: from | in ) \s+ (?: [a-z0-9_'-]+ \s+ ){0,2}? (?: scan | monitor | detect | alert | rule | check | wazuh | syscheck | antivirus | defender | audit )
        | \b (?: exclude | exempt ) \s+ (?: the | this | that ) \s+ (?: path | folder | directory | process | file | host | user | account | address | ip )
        | \b ausnahme (?:regel)? \b .* \b (?: hinzuf | anlegen | eintragen )
        ",
    )
});

/// The list of those who are not looked at.
static LISTED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)
        \b (?: white | allow | permit | pass | safe | exclusion | exception | ignore ) [\s_-]? lists? (?:ed|ing)? \b
        | \b trusted [\s_-]? (?: list | sites | zone | hosts | senders | publishers | locations ) \b
        | \b (?: white | allow ) [\s_-]? list \b
        ",
    )
});

/// Taking something off such a list.
static REVOKE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^\W*(?:then\s+|please\s+)?(?:remove|delete|take|strike|drop)\b.*\b(?:from|off)\s+(?:[^ ]+\s+){0,2}(?:white|allow|permit|pass|safe|exclusion|exception|ignore)[\s_-]?lists?\W*$",
    )
});
