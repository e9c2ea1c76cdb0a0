//! Who asks, and what they may.

use std::collections::BTreeSet;

use super::{
    exchange::{Answer, Request},
    state::State,
};
use crate::Permission;

/// The account that a key belongs to.
pub(super) struct Caller {
    pub(super) id: i64,
    pub(super) login: String,
    pub(super) name: String,
    permissions: u32,
    customers: BTreeSet<i64>,
}

impl Caller {
    /// Finds the account of a request.
    pub(super) fn of(state: &State, request: &Request) -> Result<Self, Answer> {
        let refused = || Answer::refused(401, "Authentication required");
        let header = request
            .iris_auth
            .as_deref()
            .or(request.authorization.as_deref())
            .ok_or_else(refused)?;
        let key = header.replacen("Bearer ", "", 1);
        let user = state
            .users
            .values()
            .find(|user| user.active && !key.is_empty() && user.key == key);
        let user = user.ok_or_else(refused)?;
        Ok(Self {
            id: user.id,
            login: user.login.clone(),
            name: user.name.clone(),
            permissions: state.permissions(user),
            customers: user.customers.clone(),
        })
    }

    pub(super) fn has(&self, permission: Permission) -> bool {
        self.permissions & permission.value() != 0
    }

    pub(super) fn is_admin(&self) -> bool {
        self.has(Permission::ServerAdministrator)
    }

    pub(super) fn require(&self, permission: Permission) -> Result<(), Answer> {
        // IRIS gives an administrator every permission through its group, and none beyond.
        if self.has(permission) {
            return Ok(());
        }
        Err(Answer::refused(403, "Permission denied"))
    }

    pub(super) fn customers(&self) -> BTreeSet<i64> {
        self.customers.clone()
    }

    pub(super) fn may_use(&self, customer: i64) -> bool {
        self.is_admin() || self.customers.contains(&customer)
    }

    /// Whether one of the permission's bits is there, as `POST /user/has-permission` asks.
    pub(super) fn has_bits(&self, bits: u32) -> bool {
        self.permissions & bits != 0
    }
}
