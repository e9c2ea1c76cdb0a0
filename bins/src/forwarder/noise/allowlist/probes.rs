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
    forms(path).iter().any(|form| count(form, fits) >= TOO_MANY)
}

/// Whether all values of one form fit, or all but one.
pub(super) fn nearly_all_fit(path: &str, fits: &dyn Fn(&str) -> bool) -> bool {
    forms(path).iter().any(|form| count(form, fits) + 1 >= form.len())
}

fn count(form: &[&str], fits: &dyn Fn(&str) -> bool) -> usize {
    form.iter().filter(|probe| fits(probe)).count()
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
fn forms(path: &str) -> &'static [&'static [&'static str]] {
    match path {
        "rule.id" => &[
            &["179", "346", "583", "812"],
            &["1973", "4826", "7259", "9613"],
            &["19738", "46215", "72594", "96137"],
            &["197382", "462151", "725946", "961379"],
        ],
        "agent.id" => &[
            &["017", "048", "073", "096"],
            &["137", "462", "715", "984"],
            &["1374", "4620", "7159", "9846"],
        ],
        "agent.ip" => &[
            &["10.83.7.1", "61.62.63.64", "100.20.30.40", "187.4.5.6"],
            &["2a02:4:5::1", "2c0f:7:8::1", "fd12:3:4::1"],
        ],
        "location" => &[&[
            "/qzxv/kjwq.log",
            "/var/log/qzxv/kjwq.log",
            r"C:\qzxv\kjwq.log",
            "(qzxv) any->/kjwq",
            "qzxv->kjwq",
            "kjwq",
        ]],
        "rule.groups" | "decoder.name" => &[
            &["qzxv", "wvkq", "zvq7"],
            &["kjwq_vfb", "zq_w_v", "qzxv_7", "wqk-zzv", "qz-v"],
        ],
        _ => &[
            &["qzxv07", "kjwq4711", "731", "48293"],
            &["qzxv", "qzxv-07", "kjwq-vfb-3", "vq1.kjwq.example"],
            &["QZXV", "QZXV-07", "KJWQ-VFB-3", "WIN-7F3A2B1CQZX"],
        ],
    }
}
