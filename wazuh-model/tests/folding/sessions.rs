//! Sessions of assumed roles: people name theirs, programs make them up.

use serde_json::json;

use super::clouds::called;
use super::{assert_differ, assert_fold, of, pair};

#[test]
fn a_role_is_one_caller_whatever_session_a_program_makes_up_for_it() {
    let call = called(
        "aws",
        json!({"eventName": "GetObject", "userIdentity": {"type": "AssumedRole", "arn": "x"}}),
    );
    let arn = "/data/aws/userIdentity/arn";
    let role = |role: &str, session: &str| format!("arn:aws:sts::1:assumed-role/{role}/{session}");
    for (one, other) in [
        ("botocore-session-1796000001", "botocore-session-1796000999"),
        ("i-0a1b2c3d4e5f60718", "i-0fedcba9876543210"),
        ("1796000001123456789", "1796000009999999999"),
        ("AWSCLI-Session-17", "AWSCLI-Session-18"),
        (
            "1b2c3d4e-beef-4a1b-9c3d-0a1b2c3d4e5f",
            "9f8e7d6c-fa12-4b2c-8d4e-1f2e3d4c5b6a",
        ),
        (
            "eks-c-agent-1b2c3d4e-beef-4a1b-9c3d-0a1b2c3d4e5f",
            "eks-c-agent-9f8e7d6c-fa12-4b2c-8d4e-1f2e3d4c5b6a",
        ),
        ("run-3f9a1c", "run-7b2e0d"),
        ("3f9a1c7b", "7b2e0d4a"),
        ("0a1b2c3d4e", "f9e8d7c6b5"),
        // Of a state machine, a secret store, a pod, a pipeline.
        ("aBqZtRxKpLmWvXuTyOoSxQrPzLkJhGfD", "kTwQzHnRbVxPcJaMoLeSdFgYiUrEwXqZ"),
        (
            "vault-approle-deploy-1796000001-q8Zt1xKpM2wR7yLbT4vN",
            "vault-approle-deploy-1796000999-Zz3kLm9QxW1rTb6YpDh7",
        ),
        (
            "eks-prod-shop-7d9f8b6c5-x2x4z-1b2c3d4e-beef-4a1b-9c3d-0a1b2c3d4e5f",
            "eks-prod-shop-6c4d7f9b8-q7r9t-9f8e7d6c-fa12-4b2c-8d4e-1f2e3d4c5b6a",
        ),
        ("ci-q8Zt1xKpM2wR", "ci-Zz3kLm9QxW1r"),
        ("ci-q8zt1xkp", "ci-7m2wr7yl"),
        ("deploy1796000001", "deploy1796000999"),
        ("deploy-12345", "deploy-12346"),
        ("mysession12345", "mysession12346"),
    ] {
        assert_fold(&call, arn, &role("node", one), &role("node", other));
    }
    assert_differ(&call, arn, &role("node", "a1"), &role("admin", "a1"));
    assert_differ(
        &call,
        arn,
        &role("node", "bob@corp.example"),
        &role("node", "eve@corp.example"),
    );
    for (one, other) in [
        ("john.doe", "jane.roe"),
        ("bob", "eve"),
        ("j.doe", "ann.lee"),
        ("ada", "tom"),
        ("admin1", "admin2"),
        ("ad1234", "ad4321"),
        ("DE0417", "BE0912"),
        ("jane-fab001", "jane-fab002"),
        ("admin1-3f99999c", "admin2-3f99999c"),
        ("admin1-1796000001", "admin2-1796000001"),
        ("svc.a-b", "svc-a.b"),
        ("ec2user", "ec2admin"),
        ("facade", "decade"),
        ("JDJohnson", "MKSchmidt"),
        ("CIDeployer", "DBDeployer"),
        ("ITAdminJones", "ITAdminSmith"),
        ("PKowalskiADM", "JKowalskiADM"),
        ("svc-john2smith", "svc-jane2smith"),
        ("corp_jsmith1a", "corp_jdoe1b"),
        ("app-web01a", "app-web02a"),
        ("johnsmith1985admin", "janejones1985admin"),
        ("e123456", "e654321"),
        ("A12345", "B54321"),
        ("A12345", "A12346"),
        ("emp123456", "emp654321"),
        ("jsmith12345", "jsmith54321"),
        ("AB12345", "CD12345"),
        ("j0hnsm1th", "m4ryj4ne"),
        ("k5t8w2", "m3r7x9"),
        (
            "1b2c3d4e-beef-4a1b-9c3d-0a1b2c3d4e5f@corp.example",
            "2b2c3d4e-beef-4a1b-9c3d-0a1b2c3d4e5f@corp.example",
        ),
    ] {
        assert_differ(&call, arn, &role("node", one), &role("node", other));
    }
    let [one, other] = pair(
        &call,
        arn,
        [
            json!(role("node", "bob@corp.example")),
            json!(role("node", "eve@corp.example")),
        ],
    );
    assert_eq!(of(&one).key, of(&other).key, "many are bounded in one window");
}
