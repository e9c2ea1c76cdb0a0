//! The words of steering, by meaning: a verb that takes the reader's rules away, a verdict that is wished for, a frame that is imitated.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::{Regex, RegexSet, RegexSetBuilder};

use super::FlagKind;
use crate::text::is_listed;

/// Searches everything that a text may try.
pub(super) fn search(text: &str, kinds: &mut Vec<FlagKind>) {
    search_instructions(text, kinds);
    if HINTS_OF_FORM.is_match(text) {
        for at in &FORMS.matches(text) {
            kinds.push(FORM_KINDS[at].0);
        }
    }
    if text.contains('_') || text.contains("[REDACTED:") || text.contains("[DECODED:") {
        for _ in &PLACEHOLDERS.matches(text) {
            kinds.push(FlagKind::Placeholder);
        }
    }
}

/// Searches instructions and reassurance only.
pub(super) fn search_instructions(text: &str, kinds: &mut Vec<FlagKind>) {
    if !is_hinted(text) {
        return;
    }
    for at in &INSTRUCTIONS.matches(text) {
        kinds.push(INSTRUCTION_KINDS[at].0);
    }
    if speaks_as_system(text) {
        kinds.push(FlagKind::Override);
    }
}

// The patterns know any number of blanks and the capitals of every alphabet; the hints know one blank, and capitals of ASCII.
fn is_hinted(text: &str) -> bool {
    if HINTS.is_match(text) {
        return true;
    }
    if text.is_ascii() && !text.contains("  ") && !text.contains(['\t', '\n', '\r']) {
        return false;
    }
    let lower = text.to_lowercase();
    HINTS.is_match(&lower.split_whitespace().collect::<Vec<_>>().join(" "))
}

// `system: you are …` takes a turn; `installed on the system: run …` ends half a sentence.
fn speaks_as_system(text: &str) -> bool {
    const BEFORE: &str = "\
        the a an this that these your our its their each every any another other same operating file host local \
        remote target entire whole linux unix windows macos base init package logging";
    SYSTEM_TURN.find_iter(text).any(|found| {
        let before = text[..found.start()].trim_end_matches([' ', '\t']);
        let after_a_word = before.len() < found.start();
        let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        !after_a_word || !is_listed(BEFORE, &word.to_ascii_lowercase())
    })
}

static SYSTEM_TURN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\bsystem\s*:\s").expect("a constant pattern that a test compiles"));

// Without one of these pieces no pattern below can match: honest text costs one pass.
static HINTS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    automaton(
        "\
        ignor;disregard;forget;overrid;bypass;prompt;instruct;verdict;benign;false;harmless;pretend;safe;\
        you are;act as;assistant;chatbot;language model;\x20ai\x20;llm;gpt;system;triage;analyst;severity;\
        confidence;approved;authori;pentest;pen test;pen-test;penetration;red team;redteam;red-team;\
        honeypot;decoy;do_not;do not;donot;no action;no_action;no-action;chg;rfc;previous;reviewed;verbatim;\
        summary;recommended;next step;repeat;play a game;role;evaluation;sanctioned;allowlist;allow-list;\
        whitelist;known;maintenance;new task;policy;hot line;hotline;call the;call us;max tokens;\
        step by step;malicious;legitimate;expected;vergiss;missachte;anweisung;fehlalarm;gutartig;harmlos;\
        unbedenklich;oublie;consigne;faux positif;olvida;instruccion;falso positivo;instruç;istruzion;\
        dimentica;negeer;instructie;zignoruj;instrukcj;polece;pokyn;talimat;yoksay;игнор;забудь;инструкц;\
        указани;ложн;безопасн;忽略;无视;無視;忘记;指令;指示;误报;誤報;良性;誤検知;무시;지시;오탐;تجاهل;التعليمات;नज़रअंदाज़;निर्देश;\
        close;resolved;test lab;lab test;nothing to see;exercise;drill;simulation;answer;respond;classif;\
        mark ;label;talimat;komut;zararsız;hướng dẫn;chỉ dẫn;an toàn;інструкц;ігнор;безпечн;report;this event;\
        compliance;scheduled;scan;clean;signed;lab ;qa ;sandbox;image build;tested by;production data;closed by;by our program",
    )
});

const INSTRUCTION_KINDS: &[(FlagKind, &str)] = &[
    (
        FlagKind::Override,
        r"\b(?:ignor(?:e|es|ing)|disregard|forget|override|bypass|drop|skip|discard|neglect)\b(?:[^\n.]|\.\S|\.\.){0,50}\b(?:previous|prior|above|earlier|preceding|all|your|any|these|the|every|system|former)\b[^\n]{0,40}\b(?:instructions?|prompts?|rules?|guidelines?|directions?|context|polic(?:y|ies)|commands?|orders?|messages?|task|text|constraints?)\b",
    ),
    (
        FlagKind::Override,
        r"\bignore\b[^\n]{0,12}\b(?:previous|prior|above|all previous|everything)\b",
    ),
    (
        FlagKind::Override,
        r"\b(?:previous|prior|above|earlier)\s+(?:system\s+)?(?:instructions?|prompts?)\b",
    ),
    (
        FlagKind::Override,
        r"\b(?:instructions?|rules?|prompt)\b[^\n]{0,30}\b(?:no longer|don't|do not)\s+(?:apply|count|matter)\b",
    ),
    (
        FlagKind::Override,
        r"\b(?:you\s+are\s+(?:now|no longer|a|an|the|in|called|free)\b|from now on\b|we play a game|let'?s play|you\s+(?:\w+\s+){0,3}act\s+as\b|pretend\b[^\n]{0,20}\b(?:you|to be|that)\b|role-?play|your (?:new )?(?:task|role|job|goal|name|instructions?)\b)",
    ),
    // A server that is `set up to act as a proxy`, and one that should `store content and act as a cluster`, is told nothing.
    (
        FlagKind::Override,
        r"(?:^|\n\s*|[^\w\s]\s*|\b(?:please|now|instead|must|always)\s+)act\s+as\b|\bact\s+as\s+(?:if\b|(?:an?|the|my|our)\s+(?:\w+\s+){0,3}(?:assistant|analyst|model|ai|bot|expert|character|persona|judge|reader|triager?)\b)",
    ),
    (
        FlagKind::Override,
        r"\b(?:new|updated|real|actual|hidden|secret|additional|important)\s+(?:system\s+)?(?:task|instructions?|directives?|prompt|orders?)\b|\b(?:system|developer)\s+(?:prompt|message|override|instruction|notice|note)\b|\bdeveloper mode\b|\bjailbreak",
    ),
    (
        FlagKind::Override,
        r"\b(?:ai|llm|gpt|assistant|chatbot|language models?|copilot|triage (?:bot|model|agent|assistant|engine|system)|automated (?:reader|triage|analyst|analysis|system)|soc (?:bot|ai|assistant))\b[^\n]{0,40}\b(?:must|should|shall|please|ignore|instruct|treat|mark|classify|answer|do not|note that|attention|reading this)\b",
    ),
    (
        FlagKind::Override,
        r"\b(?:note|message|attention|memo|hint|instructions?|dear|hello|hey|hi)\b[ ,:]{0,3}(?:to|for)?\s*(?:the\s+)?(?:ai|llm|assistant|language model|model|chatbot|triage|automated)\b",
    ),
    (
        FlagKind::Override,
        r"(?:ignorier|vergiss|vergessen|missacht|übergeh)\w*[^\n]{0,50}(?:anweisung|instruktion|regeln?|vorgaben?|befehl|kontext)",
    ),
    (
        FlagKind::Override,
        r"(?:ignor(?:e[zr]?|a|ez)|oubli\w+|olvid\w+|descart\w+|dimentica\w*|negeer|vergeet|zignoruj|ignoruj|zapomn\w+)[^\n]{0,50}(?:instru[ckçz]\w+|istruzion\w+|consignes?|polece\w+|pokyn\w*|regels?|reglas?|regole|règles)",
    ),
    (
        FlagKind::Override,
        r"(?:ігнор\w*|забудь\w*|не\s+зважай\w*)[^\n]{0,50}(?:інструкц\w*|вказівк\w*|правил\w*)|(?:bỏ qua|quên|lờ đi)[^\n]{0,40}(?:hướng dẫn|chỉ dẫn|lệnh|chỉ thị)|(?:игнорир\w*|забудь\w*|не\s+учитыва\w*|пропусти\w*)[^\n]{0,50}(?:инструкц\w*|указани\w*|правил\w*|команд\w*|вказівк\w*)",
    ),
    (
        FlagKind::Override,
        r"(?:忽略|无视|無視|忘记|忘れ|不要理会)[^\n]{0,20}(?:指令|指示|说明|說明|提示|规则|命令)|(?:指令|指示|命令|プロンプト)[^\n]{0,10}(?:忽略|無視|忘れ)",
    ),
    (
        FlagKind::Override,
        r"(?:지시|명령|프롬프트)[^\n]{0,15}무시|무시[^\n]{0,15}(?:지시|명령)|تجاهل[^\n]{0,40}(?:التعليمات|الأوامر)|(?:talimat\w*|komut\w*)[^\n]{0,30}(?:yok\s?say|unut|dikkate alma|görmezden)|निर्देश[^\n]{0,30}(?:नज़रअंदाज़|अनदेखा)",
    ),
    (
        FlagKind::Steering,
        r"\b(?:verdict|severity|confidence|disposition|classification|triage(?:\s+result)?|assessment|conclusion|outcome|answer|result|rating|risk)\b[^\n]{0,30}?(?:\b(?:must|should|shall|has to|needs to|will|is|be|to|as)\b|[:=])[^\n]{0,25}\b(?:benign|false[ _-]?positives?|benign[ _-]?positives?|informational|harmless|safe|low|clean|not malicious|legitimate|fp)\b",
    ),
    (
        FlagKind::Steering,
        r"\bverdict[ _:=]{1,3}(?:false|benign|fp|low|safe|info|clean|harmless|closed?)",
    ),
    (
        FlagKind::Steering,
        r"\b(?:mark|classif(?:y|ied)|treat|label|report|answer|respond|reply|rate|consider(?:ed)?|close[ds]?|return|say|flag|declare|deem|tag|set|register)\b[^\n]{0,60}\b(?:benign|false[ _-]?positives?|benign[ _-]?positives?|harmless|not[ -]malicious|non-?malicious|informational|safe|legitimate|closed|allow-?list|white-?list)\b",
    ),
    (
        FlagKind::Steering,
        r"\b(?:must|should|shall|please|do)\s+(?:not|never)\s+(?:\w+\s+){0,2}?(?:report|flag|escalate|alert on|raise|treat|classify|mark)\b[^\n]{0,40}\b(?:event|alert|activity|this|malicious|suspicious|incident|attack)\b|\bbenign_positive\b|\bfalse_positive\b|\b(?:authori[sz]e|order|instruct|ask|allow|permit)s?\s+(?:you|the (?:soc|analyst|reader|model|assistant))\s+to\s+(?:close|ignore|dismiss|skip|suppress|approve|mark)\b",
    ),
    (
        FlagKind::Steering,
        r"\balways\s+(?:answer|say|respond|reply|return)\b|\b(?:alerts?|events?|activity|detections?)\b[^\n]{0,40}\b(?:must|should|shall|can|may|to)\s+be\s+(?:closed|ignored|suppressed|dismissed|allow-?listed|white-?listed|benign)\b",
    ),
    (
        FlagKind::Steering,
        r"(?:als|ist|sind)\s+(?:ein\s+)?(?:fehlalarm|harmlos|gutartig|unbedenklich)|faux[ -]positifs?|falsos?[ -]positivos?|falsi? positiv[io]|ложн\w*\s+срабатыван|误报|誤報|良性|誤検知|오탐|إنذار كاذب|fałszywy alarm|vals alarm|yanlış (?:alarm|pozitif)|zararsız\s+(?:olarak|say|işaretle)|(?:đánh dấu|xếp loại|phân loại)[^\n]{0,20}(?:an toàn|vô hại)|познач\w*[^\n]{0,20}(?:безпечн|хибн)\w*|хибн\w*\s+спрацюван|поме[тч]\w*[^\n]{0,20}(?:безопасн|ложн)\w*",
    ),
    (
        FlagKind::Output,
        r"\b(?:repeat|print|copy|output|include|put|write|insert|append|reveal|show|echo back|paste|quote|place|add)\b(?:[^\n.:]|[.:]\S){0,60}\b(?:in|into|to|of|as|under|verbatim|above)\b(?:[^\n.:]|[.:]\S){0,30}\b(?:summary|recommended|next[ _]steps?|steps|prompt|note|answer|field|verdict|instructions|report|output|above)\b",
    ),
    (
        FlagKind::Output,
        r"\b(?:recommended|next|suggested)\s+(?:steps?|actions?)\b[^\n]{0,20}\b(?:must|should|shall|is|are)\b|\btell (?:the )?(?:analyst|user|soc|reader|operator)\b|\b(?:until|use up|exhaust)\b[^\n]{0,12}\b(?:max|all)?\s*tokens\b",
    ),
    (
        FlagKind::Output,
        r"\b(?:call|ring|phone|dial|contact)\b[^\n]{0,40}\+?\d[\d ()./-]{6,}\d|\b(?:five thousand|one thousand|a thousand|\d{3,}) times\b|(?:\brepeat\b[^\n]{0,4}){3,}|\bstep[ -]by[ -]step\b[^\n]{0,20}\b(?:instructions?|guide)\b|\b(?:text|everything|all|words?) above verbatim\b",
    ),
    (
        FlagKind::Output,
        r"\b(?:answer|respond|return|output|give|set|report)\b[^\n]{0,20}\b(?:confidence|mitre|severity|verdict|technique)\b[^\n]{0,20}\b(?:as|with|to|=)\b",
    ),
    (
        FlagKind::Claim,
        r"(?:approv\w+|authori[sz]\w+|sanction\w+|legitimate|planned|scheduled|permitted|agreed)(?:[^\n.]|\.\S){0,30}(?:pen-?\s?test\w*|penetration|red[ -]?team\w*|exercise|engagement|security (?:test|scan|audit|assessment)|scanner|by (?:the )?(?:ciso|soc|security|it\b|management|admin|infosec|blue)|maintenance|(?:\b|_)change|activity|drill)",
    ),
    (
        FlagKind::Claim,
        r"(?:pen-?\s?test\w*|penetration[ _-]?test\w*|red[ _-]?team\w*|security[ _-](?:test|scan|audit)|exercise|drill|simulation)[ _:-]{0,3}[^\n]{0,20}(?:approv|authori[sz]|sanction|planned|scheduled|legit|ok\b|benign|safe|do[ _-]?not)",
    ),
    (
        FlagKind::Claim,
        r"\b(?:CHG|CHANGE|RFC|CRQ|INC|RITM|REQ|TASK)[-_ ]?\d{4,}\b[^\n]{0,40}\b(?:approv|authori|by\b|ok|plan)|\b(?:per|see|under|change(?: number| ticket| request)?|ticket)\b[ :#]{0,3}(?:CHG|RFC|CRQ|INC|RITM|REQ)[-_ ]?\d{4,}",
    ),
    (
        FlagKind::Claim,
        r"honeypot|\bdecoy\b|\bcanary (?:account|host|user)|do[ _-]not[ _-](?:alert|escalate|page|report|investigate|triage)|no[ _-]action[ _-](?:needed|required|necessary)|ignore[ _-](?:this|alert)|nothing to see here|safe[ _-]to[ _-](?:ignore|close)",
    ),
    (
        FlagKind::Claim,
        r"(?:analyst|reviewer|soc|triage|edr|av|sandbox|threat[ _]?intel)[ _-]?(?:comment|note|verdict|result|status|decision)?\s*[:=]\s*(?:benign|clean|safe|false|fp\b|harmless|known|closed)|\b(?:closed|cleared|accepted|approved|tested) by (?:the )?(?:l[123]\b|soc|tier|csirt|analyst|blue|security)|\bthis is (?:only |just )?(?:a|an) (?:drill|test|exercise|simulation)\b|\bchecks made by (?:our|the) program\b|\b(?:qa|test|build|lab|sandbox|dev)\s+(?:automation|machine|host|system|detonation|run)\b[^\n]{0,24}\b(?:safe|benign|expected|harmless|no production)",
    ),
    (
        FlagKind::Claim,
        r"previous(?:ly)?[ _-]?(?:triage|verdict|review|assess|analy[sz])\w*|(?:reviewed|verified|confirmed|cleared|checked|signed[ -]off)[ _-](?:by|as)[ _:-]{0,2}(?:the )?(?:soc|senior|analyst|security|ciso|team|lead|benign|fp|false)|reviewer[ _:=]{1,3}\w*(?:analyst|senior|soc|lead)",
    ),
    (
        FlagKind::Claim,
        r"known[ _-](?:false[ _-]?positive|fp\b|benign)|(?:^|[^\w\s]\s*|\b(?:is|are|as|was|this)\s+)known[ _-]good\b|_known[ _-]good\b|false[ _-]?positive[ _-](?:list|known|confirmed)|(?:evaluation|benchmark|synthetic|training)[ _-](?:pool|sample|data ?set|alert|run)|\btest[ _-]?lab\b|sccm[ _-]nessus|(?:allow|white)-?listed[ _-]?(?:by|per|host|process)",
    ),
];

static INSTRUCTIONS: LazyLock<RegexSet> = LazyLock::new(|| set(INSTRUCTION_KINDS));

static HINTS_OF_FORM: LazyLock<AhoCorasick> = LazyLock::new(|| {
    automaton(
        "\
        <;]]>;](;[1]:;verdict;severity;===;---;```;f0;f1;f2;f3;{{;${;{%;javascript:;ait:;end of;begin of;\
        start of;beginning of;check.;=hyperlink;cmd|;###;**;|-;= ai;confidence;start ;end ;onerror;\
        onmouseover;note:;hint:;instruction:;assistant:;human:;role;verdict ",
    )
});

const FORM_KINDS: &[(FlagKind, &str)] = &[
    (
        FlagKind::Forgery,
        r#"[\\"'“]{1,4}(?:verdict|verdict_confidence|severity|disposition|if_benign|if_malicious|next_steps|confidence)[\\"'”]{1,4}\s*:"#,
    ),
    (
        FlagKind::Forgery,
        r"[=*#~_<-]{3,}\s*/?(?:end|begin|start|stop|close)\b[^\n]{0,40}\b(?:untrusted|alert|data|input|block|user|context|prompt|document|evidence|instructions?|log|event)",
    ),
    (
        FlagKind::Forgery,
        r#"[\\"']role[\\"']{1,4}\s*:\s*[\\"']{1,4}(?:system|assistant|user|developer|tool)\b|\bverdict {2,}(?:true|false|benign|needs)\b|</?(?:function|tool)_(?:results?|calls?|response|output)\s*>"#,
    ),
    (
        FlagKind::Forgery,
        r"<<+\s*/?(?:end|begin|start|alert|data|untrusted)\b|\b(?:end|begin(?:ning)?|start) of (?:the )?(?:untrusted|alert|data|input|user|evidence|context|system|prompt)",
    ),
    (
        FlagKind::Forgery,
        r"</?\s*(?:alert|data|untrusted|input|instructions?|context|documents?|evidence|facts?|user_input|alert_data|query|example|result|output)\s*>|\]\]>|<!\[CDATA\[",
    ),
    (
        FlagKind::Forgery,
        r"(?:^|\n|[;|])\s*F\d{1,3}\s*\|\s*[\w.]{2,}\s*\||\bcheck\.\w+\s*[|:=]|\[ait:v?\d|={2,}\s*AI TRIAGE|\bchecks made by our program\b",
    ),
    (
        FlagKind::Forgery,
        r"(?:^|\n)\s*#{1,6}\s*\w*\s*(?:triage|verdict|system|instructions?|result|response|analysis|answer)\b|\*\*\s*(?:verdict|severity|result|conclusion)\s*:?\s*\*\*|###\s*(?:instruction|response|system|human|assistant)",
    ),
    (
        FlagKind::Forgery,
        r"(?:^|\n)\s*(?:verdict|severity|confidence|system|assistant|human|analyst|example \d+|answer|output)\s*:\s*\w|(?:^|\n)\s*(?:hint|note)\s*:\s*(?:(?:to|for)\s+)?(?:the\s+)?(?:ai|llm|assistant|analysts?|soc|model|triage|reader|reviewer|verdict|severity|treat|mark|ignore|classif\w+|answer|close|alert|you|do[ _-]?not|(?:this|these|all|every)\s+(?:alerts?|events?|activity|detections?))\b|\n\s*(?:human|assistant|instruction)\s*:",
    ),
    (
        FlagKind::Markup,
        r"<\s*/?\s*(?:script|img|svg|iframe|object|embed|a|b|i|u|p|pre|h[1-6]|div|span|table|tr|td|th|font|style|link|meta|form|input|button|details|summary|body|html|base|video|audio|math|marquee|center|br|hr|ul|li|code|textarea|select|template|noscript|xml|!--|!doctype)\b|<!--|-->",
    ),
    (
        FlagKind::Markup,
        r"!?\[[^\]\n]{0,200}\]\s?\([^)\n]{1,400}\)|\[[^\]\n]{1,100}\]\[[^\]\n]{0,50}\]|(?m:^\s*\[[^\]\n]{1,50}\]:\s*\S+)|<https?://[^>\s]+>|```|javascript:|vbscript:|data:text/html",
    ),
    (
        FlagKind::Markup,
        r"\bon(?:error|load|click|mouseover|mouseenter|focus|toggle|start|animationstart|pointer\w+)\s*=|\{\{[^}\n]{0,200}\}\}|\$\{[^}\n]{0,200}[(.][^}\n]{0,200}\}|\{%[^%\n]{0,100}%\}|=\s*(?:HYPERLINK|IMPORTXML|WEBSERVICE)\s*\(|\bcmd\|'|\|(?:\s*:?-+:?\s*\|){2,}",
    ),
];

static FORMS: LazyLock<RegexSet> = LazyLock::new(|| set(FORM_KINDS));

static PLACEHOLDERS: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new([
        r"(?i)\b(?:USER|HOST|IP_INT|EMAIL|DOMAIN)_\d{1,4}\b",
        r"\[(?:REDACTED|DECODED):",
    ])
    .expect("constant patterns that a test compiles")
});

fn automaton(words: &str) -> AhoCorasick {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(words.split(';'))
        .expect("a constant list that a test builds")
}

fn set(patterns: &[(FlagKind, &str)]) -> RegexSet {
    RegexSetBuilder::new(patterns.iter().map(|(_, pattern)| *pattern))
        .case_insensitive(true)
        .size_limit(64 << 20)
        .dfa_size_limit(2 << 20)
        .build()
        .expect("constant patterns that a test compiles")
}
