//! The words of steering, by meaning: a verb that takes the reader's rules away, a verdict that is wished for, a frame that is imitated.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::FlagKind;
use super::signs::{Sign, Signs, sign};
use crate::text::is_listed;

/// Searches everything that a text may try.
pub(super) fn search(text: &str, kinds: &mut Vec<FlagKind>) {
    search_instructions(text, kinds);
    FORMS.search(text, kinds);
    if text.contains('_') || text.contains("[REDACTED:") || text.contains("[DECODED:") {
        for _ in &PLACEHOLDERS.matches(text) {
            kinds.push(FlagKind::Placeholder);
        }
    }
}

/// Searches instructions and reassurance only.
pub(super) fn search_instructions(text: &str, kinds: &mut Vec<FlagKind>) {
    INSTRUCTIONS.search(text, kinds);
    if speaks_as_system(text) {
        kinds.push(FlagKind::Override);
    }
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

const INSTRUCTION_SIGNS: &[Sign] = &[
    sign(
        FlagKind::Override,
        "ignor;disregard;forget;override;bypass",
        r"\b(?:ignor(?:e|es|ing)|disregard|forget|override|bypass)\b(?:[^\n.]|\.\S|\.\.){0,50}\b(?:previous|prior|above|earlier|preceding|all|your|any|these|the|every|system|former)\b[^\n]{0,40}\b(?:instructions?|prompts?|rules?|guidelines?|directions?|context|polic(?:y|ies)|commands?|orders?|messages?|task|text|constraints?)\b",
    ),
    // Firewalls and queues drop and skip all day; what came before is what a reader is told to drop.
    sign(
        FlagKind::Override,
        "drop;skip;discard;neglect",
        r"\b(?:drop|skip|discard|neglect)\b[^\n.]{0,40}(?:\b(?:previous|prior|above|earlier|preceding|your|former)\b[^\n]{0,30}\b(?:instructions?|prompts?|rules?|guidelines?|directions?|context|polic(?:y|ies)|commands?|orders?|constraints?)|\b(?:instructions?|prompts?|rules?|guidelines?|directions?|context|orders?|constraints?)\s+(?:above|before|so far))\b",
    ),
    sign(
        FlagKind::Override,
        "ignore",
        r"\bignore\b[^\n]{0,12}\b(?:previous|prior|above|all previous|everything)\b",
    ),
    sign(
        FlagKind::Override,
        "instruction;prompt",
        r"\b(?:previous|prior|above|earlier)\s+(?:system\s+)?(?:instructions?|prompts?)\b",
    ),
    sign(
        FlagKind::Override,
        "instruction;rule;prompt",
        r"\b(?:instructions?|rules?|prompt)\b[^\n]{0,30}\b(?:no longer|don't|do not)\s+(?:apply|count|matter)\b",
    ),
    sign(
        FlagKind::Override,
        "you;from now on;game;let;pretend;role",
        r"\b(?:you\s+are\s+(?:now|no longer|a|an|the|in|called|free)\b|from now on\b|we play a game|let'?s play|you\s+(?:\l+\s+){0,3}act\s+as\b|pretend\b[^\n]{0,20}\b(?:you|to be|that)\b|role-?play|your (?:new )?(?:task|instructions?)\b|your (?:new )?(?:role|job|goal|name)\s+(?:is|will be|now|shall be)\b)",
    ),
    // A server that is `set up to act as a proxy`, and one that should `store content and act as a cluster`, is told nothing.
    sign(
        FlagKind::Override,
        "act ",
        r"(?:^|\n\s*|[^\l\s]\s*|\b(?:please|now|instead|must|always)\s+)act\s+as\b|\bact\s+as\s+(?:if\b|(?:an?|the|my|our)\s+(?:\l+\s+){0,3}(?:assistant|analyst|model|ai|bot|expert|character|persona|judge|reader|triager?)\b)",
    ),
    sign(
        FlagKind::Override,
        "task;instruction;directive;prompt;order;system;developer mode;developer;jailbreak",
        r"\b(?:new|updated|real|actual|hidden|secret|additional|important)\s+(?:system\s+)?(?:(?:task|instructions?|directives?|prompt)\b|orders\s*(?::|\bare\b))|\b(?:system|developer)\s+(?:prompt|message|override|instruction|notice|note)\b|\bdeveloper mode\b|\bjailbreak",
    ),
    sign(
        FlagKind::Override,
        "must;should;shall;please;ignore;instruct;treat;mark;classify;answer;do not;note that;attention;reading this",
        r"\b(?:ai|llm|gpt|assistant|chatbot|language models?|copilot|triage (?:bot|model|agent|assistant|engine|system)|automated (?:reader|triage|analyst|analysis|system)|soc (?:bot|ai|assistant))\b[^\n]{0,40}\b(?:must|should|shall|please|ignore|instruct|treat|mark|classify|answer|do not|note that|attention|reading this)\b",
    ),
    sign(
        FlagKind::Override,
        "note;message;attention;memo;hint;instruction;dear;hello;hey;hi ;hi,;hi:",
        r"\b(?:note|message|attention|memo|hint|instructions?|dear|hello|hey|hi)\b[ ,:\t\n\r]{1,4}(?:(?:(?:to|for)\b[ ,:\t\n\r]{1,4})?(?:the\s+)?(?:ai|llm|assistant|language model|chatbot)|(?:(?:to|for)\b[ ,:\t\n\r]{1,4}(?:the\s+)?|the\s+)(?:model|triage|automated))\b",
    ),
    sign(
        FlagKind::Override,
        "ignorier;vergiss;vergessen;missacht;übergeh",
        r"(?:ignorier|vergiss|vergessen|missacht|übergeh)\l*[^\n]{0,50}(?:anweisung|instruktion|regeln?|vorgaben?|befehl|kontext)",
    ),
    sign(
        FlagKind::Override,
        "ignor;oubli;olvid;descart;dimentica;negeer;vergeet;zapomn",
        r"(?:ignor(?:e[zr]?|a|ez)|oubli\l+|olvid\l+|descart\l+|dimentica\l*|negeer|vergeet|zignoruj|ignoruj|zapomn\l+)[^\n]{0,50}(?:instru[ckçz]\l+|istruzion\l+|consignes?|polece\l+|pokyn\l*|regels?|reglas?|regole|règles)",
    ),
    sign(
        FlagKind::Override,
        "ігнор;забудь;зважай;bỏ qua;quên;lờ đi;игнорир;учитыва;пропусти",
        r"(?:ігнор\l*|забудь\l*|не\s+зважай\l*)[^\n]{0,100}(?:інструкц\l*|вказівк\l*|правил\l*)|(?:bỏ qua|quên|lờ đi)[^\n]{0,80}(?:hướng dẫn|chỉ dẫn|lệnh|chỉ thị)|(?:игнорир\l*|забудь\l*|не\s+учитыва\l*|пропусти\l*)[^\n]{0,100}(?:инструкц\l*|указани\l*|правил\l*|команд\l*|вказівк\l*)",
    ),
    sign(
        FlagKind::Override,
        "忽略;无视;無視;忘记;忘れ;不要理会",
        r"(?:忽略|无视|無視|忘记|忘れ|不要理会)[^\n]{0,60}(?:指令|指示|说明|說明|提示|规则|命令)|(?:指令|指示|命令|プロンプト)[^\n]{0,30}(?:忽略|無視|忘れ)",
    ),
    sign(
        FlagKind::Override,
        "무시;تجاهل;talimat;komut;निर्देश",
        r"(?:지시|명령|프롬프트)[^\n]{0,45}무시|무시[^\n]{0,45}(?:지시|명령)|تجاهل[^\n]{0,120}(?:التعليمات|الأوامر)|(?:talimat\l*|komut\l*)[^\n]{0,90}(?:yok\s?say|unut|dikkate alma|görmezden)|निर्देश[^\n]{0,90}(?:नज़रअंदाज़|अनदेखा)",
    ),
    sign(
        FlagKind::Steering,
        "verdict;severity;confidence;disposition;classification;triage;assessment;conclusion;outcome;answer;result;rating;risk",
        r"\b(?:verdict|severity|confidence|disposition|classification|triage(?:\s+result)?|assessment|conclusion|outcome|answer|result|rating|risk)\b[^\n]{0,30}?(?:\b(?:must|should|shall|has to|needs to|will|is|be|to|as)\b|[:=])[^\n]{0,25}\b(?:benign|false[ _-]?positives?|benign[ _-]?positives?|informational|harmless|safe|low|clean|not malicious|legitimate|fp)\b",
    ),
    sign(
        FlagKind::Steering,
        "verdict",
        r"\bverdict[ _:=]{1,3}(?:false|benign|fp|low|safe|info|clean|harmless|closed?)",
    ),
    sign(
        FlagKind::Steering,
        "benign;positive;harmless;malicious;informational;safe;legitimate;closed;allowlist;allow-list;whitelist;white-list",
        r"\b(?:mark|classif(?:y|ied)|treat|label|report|answer|respond|reply|rate|consider(?:ed)?|close[ds]?|return|say|flag|declare|deem|tag|set|register)\b[^\n]{0,60}\b(?:benign|false[ _-]?positives?|benign[ _-]?positives?|harmless|not[ -]malicious|non-?malicious|informational|safe|legitimate|closed|(?:allow|white)-?list(?:ed)?)\b",
    ),
    sign(
        FlagKind::Steering,
        "report;flag;escalate;alert on;raise;treat;classify;mark;benign_positive;false_positive;authori;order;instruct;ask;allow;permit",
        r"\b(?:must|should|shall|please|do)\s+(?:not|never)\s+(?:\l+\s+){0,2}?(?:report|flag|escalate|alert on|raise|treat|classify|mark)\b[^\n]{0,40}\b(?:event|alert|activity|this|malicious|suspicious|incident|attack)\b|\bbenign_positive\b|\bfalse_positive\b|\b(?:authori[sz]e|order|instruct|ask|allow|permit)s?\s+(?:you|the (?:soc|analyst|reader|model|assistant))\s+to\s+(?:close|ignore|dismiss|skip|suppress|approve|mark)\b",
    ),
    sign(
        FlagKind::Steering,
        "report;flag;escalate;raise;choose;pick;select",
        r"\bif\s+you\s+(?:report|flag|escalate|raise)\s+(?:it|(?:this|the)(?:\s+(?:alert|event|activity|incident))?)\s*[,;:]|\b(?:choose|pick|select)\s+(?:the|a)\s+(?:\l+\s+){0,2}(?:label|verdict|severity|classification|rating)\b",
    ),
    sign(
        FlagKind::Steering,
        "always;closed;ignored;suppressed;dismissed;listed;benign",
        r"\balways\s+(?:answer|say|respond|reply|return)\b|\b(?:alerts?|events?|activity|detections?)\b[^\n]{0,40}\b(?:must|should|shall|can|may|to)\s+be\s+(?:closed|ignored|suppressed|dismissed|allow-?listed|white-?listed|benign)\b",
    ),
    sign(
        FlagKind::Steering,
        "fehlalarm;harmlos;gutartig;unbedenklich;positif;positivo;positiv;ложн;误报;誤報;良性;誤検知;오탐;إنذار كاذب;fałszywy alarm;vals alarm;yanlış;zararsız;an toàn;vô hại;познач;хибн;помет;помеч",
        r"(?:als|ist|sind)\s+(?:ein\s+)?(?:fehlalarm|harmlos|gutartig|unbedenklich)|faux[ -]positifs?|falsos?[ -]positivos?|falsi? positiv[io]|ложн\l*\s+срабатыван|误报|誤報|良性|誤検知|오탐|إنذار كاذب|fałszywy alarm|vals alarm|yanlış (?:alarm|pozitif)|zararsız\s+(?:olarak|say|işaretle)|(?:đánh dấu|xếp loại|phân loại)[^\n]{0,40}(?:an toàn|vô hại)|познач\l*[^\n]{0,40}(?:безпечн|хибн)\l*|хибн\l*\s+спрацюван|поме[тч]\l*[^\n]{0,40}(?:безопасн|ложн)\l*",
    ),
    sign(
        FlagKind::Output,
        "summary;recommended;next;step;prompt;note;answer;field;verdict;instructions;report;output;above",
        r"\b(?:repeat|print|copy|output|include|put|write|insert|append|reveal|show|echo back|paste|quote|place|add)\b(?:[^\n.:]|[.:]\S){0,60}\b(?:in|into|to|of|as|under|verbatim|above)\b(?:[^\n.:]|[.:]\S){0,30}\b(?:summary|recommended|next[ _]steps?|steps|prompt|note|answer|(?:this|that|each|every|any) field|verdict|instructions|report|your output|above)\b",
    ),
    sign(
        FlagKind::Output,
        "recommended;next;suggested;tell ;tokens",
        r"\b(?:recommended|next|suggested)\s+(?:steps?|actions?)\b[^\n]{0,20}\b(?:must|should|shall|is|are)\b|\btell (?:(?:the )?(?:analyst|soc|reader|operator)|the user)\b|\b(?:until|use up|exhaust)\b[^\n]{0,12}\b(?:max|all)?\s*tokens\b",
    ),
    sign(
        FlagKind::Output,
        "call;ring;phone;dial;contact; times;repeat;step;verbatim",
        r"\b(?:call|ring|phone|dial|contact)\b[^\n]{0,40}(?:\+\d[\d ()./-]{6,}\d|\b0\d{2,4}[ /-]\d[\d ()/-]{4,}\d|\(?\b\d{3}\)?[. -]\d{3}[. -]\d{4}\b)|\b(?:say|repeat|recite|print|write|output)\b[^\n]{0,60}\b(?:five thousand|one thousand|a thousand|\d{3,}) times\b|(?:\brepeat\b[^\n]{0,4}){3,}|\bstep[ -]by[ -]step\b[^\n]{0,20}\b(?:instructions?|guide)\b|\b(?:text|everything|all|words?) above verbatim\b",
    ),
    sign(
        FlagKind::Output,
        "confidence;mitre;severity;verdict;technique",
        r"\b(?:answer|respond|return|output|give|set|report)\b[^\n]{0,20}\b(?:confidence|mitre|severity|verdict|technique)\b[^\n]{0,20}\b(?:as|with|to|=)\b",
    ),
    sign(
        FlagKind::Claim,
        "approv;authori;sanction;legitimate;planned;scheduled;permitted;agreed",
        r"(?:approv\l+|authori[sz]\l+|sanction\l+|legitimate|planned|scheduled|permitted|agreed)(?:[^\n.]|\.\S){0,30}(?:pen-?\s?test\l*|penetration|red[ -]?team\l*|exercise|engagement|security (?:test|scan|audit|assessment)|scanner|by (?:the )?(?:ciso|soc\b|security|it\b|management|admins?\b|infosec|blue)|maintenance|(?:\b|_)change|activity|drill)",
    ),
    sign(
        FlagKind::Claim,
        "pentest;pen test;pen-test;pen- test;penetration;red;security;exercise;drill;simulation",
        r"(?:pen-?\s?test\l*|penetration[ _-]?test\l*|red[ _-]?team\l*|security[ _-](?:test|scan|audit)|exercise|drill|simulation)[ _:-]{0,3}[^\n]{0,20}(?:approv|authori[sz]|sanction|planned|scheduled|legit|ok\b|benign|safe|do[ _-]?not)",
    ),
    sign(
        FlagKind::Claim,
        "chg;change;rfc;crq;inc;ritm;req;task",
        r"\b(?:CHG|CHANGE|RFC|CRQ|INC|RITM|REQ|TASK)[-_ ]?\d{4,}\b[^\n]{0,40}\b(?:approv|authori|ok\b|plan|by (?:the )?(?:cab|ciso|soc|it|security|management|change)\b)|\b(?:per|see|under|change(?: number| ticket| request)?|ticket)\b[ :#]{0,3}(?:CHG|RFC|CRQ|INC|RITM|REQ)[-_ ]?\d{4,}",
    ),
    sign(
        FlagKind::Claim,
        "honeypot;decoy;canary;do not;do-not;do_not;no action;no-action;no_action;ignore;nothing;safe to;safe-to;safe_to",
        r"honeypot|\bdecoy\b|\bcanary (?:account|host|user)|do[ _-]not[ _-](?:alert|escalate|page|report|investigate|triage)|no[ _-]action[ _-](?:needed|required|necessary)|ignore[ _-](?:this|alert)|nothing to see here|safe[ _-]to[ _-](?:ignore|close)",
    ),
    sign(
        FlagKind::Claim,
        "benign;clean;safe;false;fp;harmless;known;closed; by ;this is;checks made;expected;no production",
        r"(?:analyst|reviewer|soc|triage|edr|av|sandbox|threat[ _]?intel)[ _-]?(?:comment|note|verdict|result|status|decision)?\s*[:=]\s*(?:benign|clean|safe|false|fp\b|harmless|known|closed)|\b(?:closed|cleared|accepted|approved|tested) by (?:the )?(?:l[123]\b|soc\b|tier\b|csirt|analyst|blue|security (?:team|operations|officer|department))|\bthis is (?:only |just )?(?:a|an) (?:drill|test|exercise|simulation)\b|\bchecks made by (?:our|the) program\b|\b(?:qa|test|build|lab|sandbox|dev)\s+(?:automation|machine|host|system|detonation|run)\b[^\n]{0,24}\b(?:safe|benign|expected|harmless|no production)",
    ),
    sign(
        FlagKind::Claim,
        "previous;reviewed;verified;confirmed;cleared;checked;signed;reviewer",
        r"previous(?:ly)?[ _-]?(?:triage|verdict|review|assess|analy[sz])\l*|(?:reviewed|verified|confirmed|cleared|checked|signed[ -]off)[ _-](?:by|as)[ _:-]{0,2}(?:the )?(?:(?:soc|senior|analyst|security|ciso|team|lead|fp)(?:\b|_)|benign|false)|reviewer[ _:=]{1,3}\l*(?:analyst|senior|soc|lead)",
    ),
    sign(
        FlagKind::Claim,
        "reviewed;investigated;assessed;triaged",
        r"\b(?:reviewed|investigated|assessed|triaged)\b(?:[^\n.]|\.\S){0,60}\b(?:non-?malicious|not malicious|benign|harmless|false[ _-]?positive)\b",
    ),
    sign(
        FlagKind::Claim,
        "known;positive;evaluation;benchmark;synthetic;training;lab;sccm;listed",
        r"known[ _-](?:false[ _-]?positive|fp\b|benign)|(?:^|[^\l\s]\s*|\b(?:is|are|as|was|this)\s+)known[ _-]good\b|_known[ _-]good\b|false[ _-]?positive[ _-](?:list|known|confirmed)|(?:evaluation|benchmark|synthetic|training)[ _-](?:pool|sample|data ?set|alert|run)|\btest[ _-]?lab\b|sccm[ _-]nessus|(?:allow|white)-?listed[ _-]?(?:by|per|host|process)",
    ),
];

static INSTRUCTIONS: LazyLock<Signs> = LazyLock::new(|| Signs::new(INSTRUCTION_SIGNS));

const FORM_SIGNS: &[Sign] = &[
    sign(
        FlagKind::Forgery,
        "verdict;severity;disposition;if_benign;if_malicious;next_steps;confidence",
        r#"[\\"'“]{1,4}(?:verdict|verdict_confidence|severity|disposition|if_benign|if_malicious|next_steps|confidence)[\\"'”]{1,4}\s*:"#,
    ),
    sign(
        FlagKind::Forgery,
        "end;begin;start;stop;close",
        r"[=*#~_<-]{3,}\s*/?(?:end|begin|start|stop|close)\b[^\n]{0,40}\b(?:untrusted|alert|data|input|block|user|context|prompt|document|evidence|instructions?|log|event)",
    ),
    sign(
        FlagKind::Forgery,
        "role;verdict ;function_;tool_",
        r#"[\\"']role[\\"']{1,4}\s*:\s*[\\"']{1,4}(?:system|assistant|user|developer|tool)\b|\bverdict {2,}(?:true|false|benign|needs)\b|</?(?:function|tool)_(?:results?|calls?|response|output)\s*>"#,
    ),
    sign(
        FlagKind::Forgery,
        "<<; of ",
        r"<<+\s*/?(?:end|begin|start|alert|data|untrusted)\b|\b(?:end|begin(?:ning)?|start) of (?:the )?(?:untrusted|alert|data|input|user|evidence|context|system|prompt)",
    ),
    sign(
        FlagKind::Forgery,
        "<;]]>",
        r"</?\s*(?:alert|data|untrusted|input|instructions?|context|documents?|evidence|facts?|user_input|alert_data|query|example|result|output)\s*>|\]\]>|<!\[CDATA\[",
    ),
    sign(
        FlagKind::Forgery,
        "|;check.;[ait:;ai triage;checks made by",
        r"(?:^|\n|[;|])\s*F\d{1,3}\s*\|\s*[\l.]{2,}\s*\||\bcheck\.\l+\s*[|:=]|\[ait:v?\d|={2,}\s*AI TRIAGE|\bchecks made by our program\b",
    ),
    sign(
        FlagKind::Forgery,
        "#;**",
        r"(?:^|\n)\s*#{1,6}\s*(?:\l+\s+)?(?:triage|verdict|system|instructions?|result|response|analysis|answer)\s*(?:[:\n]|$)|\*\*\s*(?:verdict|severity|result|conclusion)\s*:?\s*\*\*|###\s*(?:instruction|response|system|human|assistant)",
    ),
    sign(
        FlagKind::Forgery,
        "verdict;severity;confidence;system;assistant;human;analyst;example ;answer;hint;note;instruction",
        r"(?:^|\n)\s*(?:(?:verdict|severity|confidence|assistant|human|analyst|example \d+|answer)\s*:\s*|system\s*:\s+)\l|(?:^|\n)\s*(?:hint|note)\s*:\s*(?:(?:to|for)\s+)?(?:the\s+)?(?:ai|llm|assistant|analysts?|soc|model|triage|reader|reviewer|verdict|severity|treat|mark|ignore|classif\l+|answer|close|alert|you|do[ _-]?not|(?:this|these|all|every)\s+(?:alerts?|events?|activity|detections?))\b|\n\s*(?:human|assistant|instruction)\s*:",
    ),
    sign(
        FlagKind::Markup,
        "<;-->",
        r"<\s*/?\s*(?:script|img|svg|iframe|object|embed|a|b|i|u|p|pre|h[1-6]|div|span|table|tr|td|th|font|style|link|meta|form|input|button|details|summary|body|html|base|video|audio|math|marquee|center|br|hr|ul|li|code|textarea|select|template|noscript|xml|!--|!doctype)\b|<!--|-->",
    ),
    sign(
        FlagKind::Markup,
        "](;] (;][;]:;<http;```;javascript:;vbscript:;data:text/html",
        r"!?\[[^\]\n]{0,200}\]\s?\([^)\n]{1,400}\)|\[[^\]\n]{1,100}\]\[[^\]\n]{0,50}\]|(?m:^\s*\[[^\]\n]{1,50}\]:\s*\S+)|<https?://[^>\s]+>|```|javascript:|vbscript:|data:text/html",
    ),
    sign(
        FlagKind::Markup,
        "onerror;onload;onclick;onmouse;onfocus;ontoggle;onstart;onanimation;onpointer;{{;${;{%;hyperlink;importxml;webservice;cmd|;|",
        r"\bon(?:error|load|click|mouseover|mouseenter|focus|toggle|start|animationstart|pointer\l+)\s*=|\{\{[^}\n]{0,200}\}\}|\$\{[^}\n]{0,200}[(.][^}\n]{0,200}\}|\{%[^%\n]{0,100}%\}|=\s*(?:HYPERLINK|IMPORTXML|WEBSERVICE)\s*\(|\bcmd\|'|\|(?:\s*:?-+:?\s*\|){2,}",
    ),
];

static FORMS: LazyLock<Signs> = LazyLock::new(|| Signs::new(FORM_SIGNS));

static PLACEHOLDERS: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new([
        r"(?i)\b(?:USER|HOST|IP_INT|EMAIL|DOMAIN)_\d{1,4}\b",
        r"\[(?:REDACTED|DECODED):",
    ])
    .expect("constant patterns that a test compiles")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_sign_matches_holds_one_of_its_pieces() {
        assert_eq!(INSTRUCTIONS.escapes(), []);
        assert_eq!(FORMS.escapes(), []);
    }
}
