//! Whether a matcher of an anchor tells anything apart: tried with values in the field's own form that nobody has given it.

use ipnet::IpNet;

use super::matcher::Matcher;
use super::reading::Readings;
use super::values::Values;

/// So many of one form mean that.
const TOO_MANY: usize = 2;

/// Whether it excludes anything: one that whatever stands in the field passes is no condition.
pub(super) fn tells_apart(path: &str, matcher: &Matcher) -> bool {
    match matcher {
        Matcher::Exists(_) | Matcher::Above(_) | Matcher::Below(_) => return false,
        // Whoever lists names has told them apart.
        Matcher::Exact(_) => return true,
        Matcher::Networks(networks) => return !hold_too_much(networks),
        Matcher::Text { .. } | Matcher::Path { .. } | Matcher::Between(..) => {}
    }
    let fits = |probe: &str| matcher.holds(&Values::of(probe), Readings::All);
    !ANYTHING.iter().any(|probe| fits(probe)) && !too_many_fit(path, &fits)
}

/// Whether so many values of one form fit that the form itself is what fits.
pub(super) fn too_many_fit(path: &str, fits: &dyn Fn(&str) -> bool) -> bool {
    forms(path).iter().any(|form| count(form.some, fits) >= TOO_MANY)
}

/// Whether three of four values of one form fit.
pub(super) fn nearly_all_fit(path: &str, fits: &dyn Fn(&str) -> bool) -> bool {
    forms(path).iter().any(|form| {
        let all = form.some.len() + form.more.len();
        4 * (count(form.some, fits) + count(form.more, fits)) >= 3 * all
    })
}

fn count(probes: &[&str], fits: &dyn Fn(&str) -> bool) -> usize {
    probes.iter().filter(|probe| fits(probe)).count()
}

/// Whether networks hold so many addresses, an eighth of all, that most of the world is in them; IPv6 gives out no more than that.
fn hold_too_much(networks: &[IpNet]) -> bool {
    let share = |wanted: fn(&IpNet) -> bool| {
        let one = |network: &IpNet| 0.5_f64.powi(i32::from(network.prefix_len()));
        IpNet::aggregate(&networks.to_vec())
            .iter()
            .filter(|network| wanted(network))
            .map(one)
            .sum::<f64>()
    };
    share(|network| matches!(network, IpNet::V4(_))) >= 0.125
        || share(|network| matches!(network, IpNet::V6(_))) >= 0.125
}

/// In the form of no anchor.
const ANYTHING: &[&str] = &["no such name, 7f3a", "/no/such/7f3a"];

/// Values that differ in all but their form.
struct Form {
    /// Of which two are too many for one condition.
    some: &'static [&'static str],
    /// With which there are enough of them for conditions that leave something out only together.
    more: &'static [&'static str],
}

const fn form(some: &'static [&'static str], more: &'static [&'static str]) -> Form {
    Form { some, more }
}

fn forms(path: &str) -> &'static [Form] {
    const RULE_IDS: &[Form] = &[
        form(&["179", "346", "583", "812"], &["231", "467", "658", "974"]),
        form(&["1973", "4826", "7259", "9613"], &["2648", "3591", "5734", "8362"]),
        form(
            &["19738", "46215", "72594", "96137"],
            &["24861", "38527", "51946", "83279"],
        ),
        form(
            &["197382", "462151", "725946", "961379"],
            &["248613", "385274", "519468", "832795"],
        ),
    ];
    const AGENT_IDS: &[Form] = &[
        form(&["017", "048", "073", "096"], &["025", "039", "052", "084"]),
        form(&["137", "462", "715", "984"], &["248", "371", "529", "863"]),
        form(&["1374", "4620", "7159", "9846"], &["2481", "3715", "5296", "8630"]),
    ];
    const AGENT_IPS: &[Form] = &[
        form(
            &["10.83.7.1", "61.62.63.64", "100.20.30.40", "187.4.5.6"],
            &["23.9.8.7", "84.17.2.3", "131.5.6.7", "203.8.9.10"],
        ),
        form(
            &["2a02:4:5::1", "2c0f:7:8::1", "fd12:3:4::1"],
            &[
                "2001:5:6::1",
                "2409:8:7::1",
                "2600:9:8::1",
                "2804:1:2::1",
                "fc00:5:6::1",
            ],
        ),
    ];
    const LOCATIONS: &[Form] = &[form(
        &[
            "/qzxv/kjwq.log",
            "/var/log/qzxv/kjwq.log",
            r"C:\qzxv\kjwq.log",
            "(qzxv) any->/kjwq",
            "qzxv->kjwq",
            "kjwq",
        ],
        &["vfb", "wvk->zv"],
    )];
    const WORDS: &[Form] = &[
        form(&["qzxv", "wvkq", "zvq7"], &["bjqx", "fkzq", "hxqj", "mqzx", "tqjk"]),
        form(
            &["kjwq_vfb", "zq_w_v", "qzxv_7", "wqk-zzv", "qz-v"],
            &["bjq_x", "fkz-q_2", "hxq_jv"],
        ),
    ];
    const NAMES: &[Form] = &[
        form(
            &["qzxv07", "kjwq4711", "731", "48293"],
            &["bjqx2", "fkzq19", "tqjk3", "1964"],
        ),
        form(
            &["qzxv", "qzxv-07", "kjwq-vfb-3", "vq1.kjwq.example"],
            &["bjqx", "fkz-q2", "oqjk-11", "tq-jk.example"],
        ),
        form(
            &["QZXV", "QZXV-07", "KJWQ-VFB-3", "WIN-7F3A2B1CQZX"],
            &["BJQX", "FKZ-Q2", "HXQJ-11", "TQ-JK7"],
        ),
    ];
    match path {
        "rule.id" => RULE_IDS,
        "agent.id" => AGENT_IDS,
        "agent.ip" => AGENT_IPS,
        "location" => LOCATIONS,
        "rule.groups" | "decoder.name" => WORDS,
        _ => NAMES,
    }
}
