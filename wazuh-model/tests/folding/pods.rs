//! Pods of Kubernetes, and what only looks like one.

use serde_json::{Value, json};

use super::{assert_differ, decoded, field, folds, line, security};

#[test]
fn pods_of_one_set_fold_wherever_their_names_stand() {
    let pods = ["shop-7d9f8b6c5-x2x4z", "shop-6c4d7f9b8-q7r9t", "vault-6c4d7f9b8-q7r9t"];
    let audited = |pod: &str| {
        decoded(
            "json",
            json!({"rule": "Attach/Exec Pod", "output": format!("04:00:01.123: exec in pod (user=bob name={pod} uri=/api/v1/pods/{pod}/exec)"),
                "output_fields": {"ka.target.name": pod, "ka.uri": format!("/api/v1/pods/{pod}/exec"), "ka.verb": "create"}}),
        )
    };
    let event = |pod: &str| {
        let uid = if pod == pods[0] {
            "5770385f-c22a-43e0-bfac-06f5698ffbd9"
        } else {
            "11111111-c22a-43e0-bfac-06f5698ffbd9"
        };
        decoded(
            "json",
            json!({"reason": "BackOff", "message": format!("Back-off restarting failed container in pod {pod}_default({uid})"), "involvedObject": {"name": pod, "uid": uid}}),
        )
    };
    let kubelet = |pod: &str| line(&format!("kubelet[7]: \"Error syncing pod\" pod=\"default/{pod}\""));
    let contained = |pod: &str| {
        decoded(
            "json",
            json!({"rule": "x", "output": "x", "output_fields": {"proc.cmdline": "bash", "container.name": format!("k8s_shop_{pod}_default_5770385f-c22a-43e0-bf4c-06f5698ffbd9_0")}}),
        )
    };
    let amazon = |call: Value| json!({"rule": {"id": "1"}, "agent": {"id": "000"}, "data": {"aws": call}});
    let eks = |pod: &str| {
        amazon(
            json!({"source": "cloudwatchlogs", "verb": "create", "sourceIPs": ["203.0.113.9"], "requestURI": format!("/api/v1/namespaces/default/pods/{pod}/exec"),
                "objectRef": {"resource": "pods", "name": pod}}),
        )
    };
    let finding = |pod: &str| {
        amazon(
            json!({"source": "guardduty", "type": "x", "accountId": "1", "resource": {"kubernetesDetails": {"kubernetesWorkloadDetails": {"name": pod}}}}),
        )
    };
    let of: [&dyn Fn(&str) -> Value; 6] = [&audited, &event, &kubelet, &contained, &eks, &finding];
    for (at, of) in of.iter().enumerate() {
        assert!(
            folds(&of(pods[0]), &of(pods[1])),
            "{at}: {:?}",
            [pods[0], pods[1]].map(|pod| super::of(&of(pod)))
        );
        assert!(!folds(&of(pods[0]), &of(pods[2])), "{at}");
    }
}

#[test]
fn what_only_looks_like_a_pod_is_news() {
    let sid = |end: &str| format!("S-1-5-21-3623811015-1030300820-3361044348-{end}");
    let (one, other) = (sid("24567"), sid("98765"));
    for (id, name) in [(4732, "memberSid"), (4728, "memberSid"), (4765, "sourceSid")] {
        let alert = security(
            id,
            json!({"targetUserName": "Administrators", "subjectUserName": "adm", name: "x"}),
        );
        assert_differ(&alert, &field(name), &one, &other);
    }
    let rights = |sid: &str| format!("D:(A;;FA;;;{sid})");
    let opened = security(4670, json!({"objectName": "x", "subjectUserName": "adm", "newSd": "x"}));
    assert_differ(&opened, &field("newSd"), &rights(&one), &rights(&other));
    let given = |sid: &str| line(&format!("app: member {sid} added to Domain Admins"));
    assert!(!folds(&given(&one), &given(&other)));
    let host = decoded("json", json!({"action": "joined", "hostname": "x"}));
    assert_differ(&host, "/data/hostname", "pc-20261129-24567", "pc-20261129-98765");
    // Whoever serves a file names it.
    let fetched = decoded("json", json!({"action": "download", "url": "x"}));
    let file = |name: &str| format!("http://evil.example/d/{name}.elf");
    let pods = ["drop-7d9f8b6c5-x2x4z", "drop-6c4d7f9b8-q7r9t"];
    assert_differ(&fetched, "/data/url", &file(pods[0]), &file(pods[1]));
    let read = json!({"rule": {"id": "1"}, "agent": {"id": "000"}, "data": {"aws": {"eventName": "GetObject", "userIdentity": {"arn": "arn:aws:iam::1:user/bob"},
        "requestParameters": {"bucketName": "b", "key": "x"}}}});
    assert_differ(&read, "/data/aws/requestParameters/key", pods[0], pods[1]);
}
