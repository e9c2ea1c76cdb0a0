//! Everything the sandbox remembers.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::civil::DateTime;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{index::Index, similar::SimilarCache, stored::StoredAlert, time};

pub(super) struct State {
    pub(super) alerts: BTreeMap<i64, StoredAlert>,
    pub(super) index: Index,
    /// Every tag that was ever used; IRIS forgets none.
    pub(super) tags: HashSet<String>,
    pub(super) similar: SimilarCache,
    pub(super) users: BTreeMap<i64, UserRow>,
    pub(super) groups: BTreeMap<i64, GroupRow>,
    pub(super) customers: BTreeMap<i64, CustomerRow>,
    pub(super) cases: BTreeMap<i64, CaseRow>,
    pub(super) started: DateTime,
    sequences: HashMap<&'static str, i64>,
}

#[derive(Debug, Clone)]
pub(super) struct UserRow {
    pub(super) id: i64,
    pub(super) uuid: Uuid,
    pub(super) name: String,
    pub(super) login: String,
    pub(super) email: String,
    pub(super) key: String,
    pub(super) active: bool,
    pub(super) service_account: bool,
    pub(super) groups: BTreeSet<i64>,
    pub(super) customers: BTreeSet<i64>,
    /// Permissions that come from no group.
    pub(super) own_permissions: u32,
}

#[derive(Debug, Clone)]
pub(super) struct GroupRow {
    pub(super) id: i64,
    pub(super) uuid: Uuid,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) permissions: u32,
}

#[derive(Debug, Clone)]
pub(super) struct CustomerRow {
    pub(super) id: i64,
    pub(super) uuid: Uuid,
    pub(super) name: String,
    pub(super) description: Value,
    pub(super) sla: Value,
    pub(super) attributes: Value,
    pub(super) created: DateTime,
}

#[derive(Debug, Clone)]
pub(super) struct CaseRow {
    pub(super) id: i64,
    pub(super) uuid: Uuid,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) soc_id: String,
    pub(super) customer_id: i64,
    pub(super) classification_id: Option<i64>,
    pub(super) severity_id: Option<i64>,
    pub(super) state_id: Option<i64>,
    pub(super) user_id: i64,
    pub(super) opened: DateTime,
    pub(super) history: Value,
}

impl State {
    /// A fresh installation: the administrator, three groups, one customer, one case.
    pub(super) fn fresh(admin_key: &str) -> Self {
        let started = time::now();
        let mut state = Self {
            alerts: BTreeMap::new(),
            index: Index::default(),
            tags: HashSet::new(),
            similar: SimilarCache::default(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            customers: BTreeMap::new(),
            cases: BTreeMap::new(),
            started,
            sequences: HashMap::new(),
        };
        for (name, permissions) in [
            ("Administrators", u32::MAX),
            ("Analysts", 1 | 4 | 8 | 32),
            ("Extras", 0),
        ] {
            state.add_group(name, name, permissions);
        }
        state.add_customer("IrisInitialClient", Value::Null, Value::Null, Value::Null);
        let admin = state.add_user(
            "administrator",
            "administrator",
            "administrator@localhost",
            admin_key,
            false,
        );
        if let Some(admin) = state.users.get_mut(&admin) {
            admin.groups.insert(1);
            admin.customers.insert(1);
        }
        let id = state.next("case");
        state.cases.insert(
            id,
            CaseRow {
                id,
                uuid: Uuid::new_v4(),
                name: format!("#{id} - Initial Demo"),
                description: "This is a demonstration.".to_owned(),
                soc_id: "soc_id_demo".to_owned(),
                customer_id: 1,
                classification_id: None,
                severity_id: None,
                state_id: None,
                user_id: admin,
                opened: started,
                history: Value::Null,
            },
        );
        state
    }

    /// Next number of a sequence. A number is spent even if what wanted it fails, as PostgreSQL does.
    pub(super) fn next(&mut self, sequence: &'static str) -> i64 {
        let last = self.sequences.entry(sequence).or_insert(0);
        *last += 1;
        *last
    }

    /// The number that was spent last.
    pub(super) fn last(&self, sequence: &'static str) -> i64 {
        self.sequences.get(sequence).copied().unwrap_or_default()
    }

    pub(super) fn add_group(&mut self, name: &str, description: &str, permissions: u32) -> i64 {
        let id = self.next("group");
        self.groups.insert(
            id,
            GroupRow {
                id,
                uuid: Uuid::new_v4(),
                name: name.to_owned(),
                description: description.to_owned(),
                permissions,
            },
        );
        id
    }

    pub(super) fn add_customer(&mut self, name: &str, description: Value, sla: Value, attributes: Value) -> i64 {
        let id = self.next("customer");
        self.customers.insert(
            id,
            CustomerRow {
                id,
                uuid: Uuid::new_v4(),
                name: name.to_owned(),
                description,
                sla,
                attributes,
                created: time::now(),
            },
        );
        id
    }

    pub(super) fn add_user(&mut self, name: &str, login: &str, email: &str, key: &str, service_account: bool) -> i64 {
        let id = self.next("user");
        self.users.insert(
            id,
            UserRow {
                id,
                uuid: Uuid::new_v4(),
                name: name.to_owned(),
                login: login.to_owned(),
                email: email.to_owned(),
                key: key.to_owned(),
                active: true,
                service_account,
                groups: BTreeSet::new(),
                customers: BTreeSet::new(),
                own_permissions: 0,
            },
        );
        id
    }

    pub(super) fn permissions(&self, user: &UserRow) -> u32 {
        let of_groups = user.groups.iter().filter_map(|id| self.groups.get(id));
        of_groups.fold(user.own_permissions, |mask, group| mask | group.permissions)
    }

    /// Name of the account in histories.
    pub(super) fn login(&self, user: i64) -> String {
        self.users
            .get(&user)
            .map_or_else(String::new, |user| user.login.clone())
    }

    pub(super) fn print_case(case: &CaseRow) -> Value {
        json!({
            "case_name": case.name,
            "case_description": case.description,
            "case_soc_id": case.soc_id,
            "case_customer": case.customer_id,
            "classification_id": case.classification_id,
            "reviewer_id": null,
            "severity_id": case.severity_id,
            "case_id": case.id,
            "open_date": case.opened.date().to_string(),
            "close_date": null,
            "closing_note": null,
            "user_id": case.user_id,
            "owner_id": case.user_id,
            "status_id": 0,
            "state_id": case.state_id,
            "custom_attributes": null,
            "case_uuid": case.uuid,
            "review_status_id": null,
            "modification_history": case.history,
        })
    }

    /// Forgets every alert with its comments and starts their numbers again. Everything else stays.
    pub(super) fn reset_alerts(&mut self) {
        self.alerts.clear();
        self.index = Index::default();
        self.similar = SimilarCache::default();
        for sequence in ["alert", "comment"] {
            self.sequences.remove(sequence);
        }
    }

    /// Removes an alert and everything that hangs on it.
    pub(super) fn remove_alert(&mut self, id: i64) {
        if let Some(alert) = self.alerts.remove(&id) {
            self.index.forget(&alert);
            self.similar.forget(id);
        }
    }
}
