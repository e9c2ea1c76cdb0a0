//! Starting, looking into and stopping a sandbox.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use super::{
    Fault, LoggedRequest, StoredAlert, manage,
    server::{self, Command, Shared},
    state::State,
};
use crate::{AlertId, CustomerId, Permission};

/// A running sandbox. Dropping it stops it and closes every connection.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use iris_client::{AlertFilter, IrisClient, sandbox::{Fault, Sandbox}};
/// let iris = Sandbox::builder().start().await.unwrap();
/// let client = IrisClient::builder(&iris.url()).token(iris.token().into()).build().unwrap();
/// iris.fault(Fault::bad_gateway().once());
/// client.alerts().filter(&AlertFilter::default()).await.unwrap();
/// assert_eq!(iris.request_count(), 2, "a read that fails for a passing reason is sent again");
/// # });
/// ```
pub struct Sandbox {
    address: SocketAddr,
    tls: bool,
    token: String,
    admin_token: String,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Sandbox {
    /// Starts with a fresh installation, one customer, and one service account that may read and write alerts.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder {
            bind: "127.0.0.1:0".to_owned(),
            users: Vec::new(),
            admin_key: None,
            default_user: true,
            service_time: None,
            keep_alive: None,
            tls: None,
        }
    }

    /// Address to reach it by, without a slash at the end.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Key of the first account that was given to the builder, else of the service account that is there by itself.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Key of the administrator.
    pub fn admin_token(&self) -> &str {
        &self.admin_token
    }

    /// Every alert, oldest first.
    pub fn alerts(&self) -> Vec<StoredAlert> {
        self.shared.state().alerts.values().cloned().collect()
    }

    /// One alert.
    pub fn alert(&self, id: AlertId) -> Option<StoredAlert> {
        self.shared.state().alerts.get(&id.0).cloned()
    }

    /// How many alerts are stored.
    pub fn alert_count(&self) -> usize {
        self.shared.state().alerts.len()
    }

    /// Changes an alert with the hand of an analyst: nothing else follows from it. Says whether there is such an alert.
    ///
    /// Its number and uuid stay what they were.
    pub fn edit(&self, id: AlertId, change: impl FnOnce(&mut StoredAlert)) -> bool {
        let mut state = self.shared.state();
        let state = &mut *state;
        let Some(alert) = state.alerts.get_mut(&id.0) else {
            return false;
        };
        state.index.forget(alert);
        let uuid = alert.uuid;
        change(alert);
        alert.id = id;
        alert.uuid = uuid;
        state.index.learn(alert);
        true
    }

    /// Every tag that was ever used: IRIS keeps them for ever.
    pub fn tags(&self) -> Vec<String> {
        let mut tags: Vec<_> = self.shared.state().tags.iter().cloned().collect();
        tags.sort_unstable();
        tags
    }

    /// Makes a customer and returns its number.
    pub fn add_customer(&self, name: &str) -> CustomerId {
        let mut state = self.shared.state();
        CustomerId(state.add_customer(name, "".into(), "".into(), serde_json::json!({})))
    }

    /// Makes an account and returns its key.
    pub fn add_user(&self, user: &User) -> String {
        user.add_to(&mut self.shared.state())
    }

    /// Removes every alert and starts their numbers again; accounts, tags and cases stay.
    pub fn reset_alerts(&self) {
        self.shared.state().reset_alerts();
    }

    /// Requests to the API so far, those that were not answered included.
    pub fn request_count(&self) -> u64 {
        self.shared.log().total()
    }

    /// The last requests to the API, oldest first; at most 100,000.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.log().requests()
    }

    /// Lets something go wrong.
    pub fn fault(&self, fault: Fault) {
        self.shared.fault(fault);
    }

    /// How many faults are on; one that is for some requests only goes off after them.
    pub fn fault_count(&self) -> usize {
        self.shared.faults().len()
    }

    /// The most requests to the API that were under way at the same moment.
    pub fn most_at_once(&self) -> usize {
        self.shared.most_at_once()
    }

    /// Lets everything go well again.
    pub fn clear_faults(&self) {
        self.shared.clear_faults();
    }

    /// Stops it. When this returns, its port is free.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.command(Command::Stop);
        if let Some(thread) = self.thread.take() {
            // What it could say, it has said to its clients.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

/// An account of the sandbox.
///
/// ```
/// use iris_client::{CustomerId, Permission, sandbox::User};
/// let reader = User::new("svc_ro").permissions(&[Permission::AlertsRead]).customers(&[CustomerId(1)]);
/// ```
#[derive(Debug, Clone)]
pub struct User {
    login: String,
    key: Option<String>,
    permissions: Vec<Permission>,
    customers: Vec<CustomerId>,
}

impl User {
    /// An account that may read and write alerts of customer 1.
    pub fn new(login: &str) -> Self {
        Self {
            login: login.to_owned(),
            key: None,
            permissions: vec![Permission::AlertsRead, Permission::AlertsWrite],
            customers: vec![CustomerId(1)],
        }
    }

    /// Sets its key; otherwise one is made.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// Sets what it may.
    #[must_use]
    pub fn permissions(mut self, permissions: &[Permission]) -> Self {
        self.permissions = permissions.to_vec();
        self
    }

    /// Sets whose alerts it may see and make.
    #[must_use]
    pub fn customers(mut self, customers: &[CustomerId]) -> Self {
        self.customers = customers.to_vec();
        self
    }

    fn add_to(&self, state: &mut State) -> String {
        let key = self.key.clone().unwrap_or_else(manage::new_key);
        let email = format!("{}@localhost", self.login);
        let id = state.add_user(&self.login, &self.login, &email, &key, true);
        if let Some(user) = state.users.get_mut(&id) {
            user.own_permissions = self
                .permissions
                .iter()
                .fold(0, |mask, permission| mask | permission.value());
            user.customers = self.customers.iter().map(|customer| customer.0).collect();
        }
        key
    }
}

/// Settings of a sandbox.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use iris_client::{Permission, sandbox::{Sandbox, User}};
/// let reader = User::new("svc_ro").key("key-of-the-reader").permissions(&[Permission::AlertsRead]);
/// let iris = Sandbox::builder().admin_key("key-of-the-administrator").user(reader).start().await.unwrap();
/// assert_eq!((iris.token(), iris.admin_token()), ("key-of-the-reader", "key-of-the-administrator"));
/// # });
/// ```
#[derive(Clone)]
#[must_use = "a sandbox does nothing until it is started"]
pub struct SandboxBuilder {
    bind: String,
    users: Vec<User>,
    admin_key: Option<String>,
    default_user: bool,
    service_time: Option<Duration>,
    keep_alive: Option<Duration>,
    tls: Option<TlsAcceptor>,
}

impl SandboxBuilder {
    /// Sets where it listens; a free port of 127.0.0.1 otherwise.
    pub fn bind(mut self, address: &str) -> Self {
        address.clone_into(&mut self.bind);
        self
    }

    /// Adds an account. With one of your own, the service account is not there by itself.
    pub fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self.default_user = false;
        self
    }

    /// Leaves the service account away: only the administrator is there, as after an installation.
    pub fn without_service_account(mut self) -> Self {
        self.default_user = false;
        self
    }

    /// Sets the key of the administrator.
    pub fn admin_key(mut self, key: &str) -> Self {
        self.admin_key = Some(key.to_owned());
        self
    }

    /// Lets every write take this long, during which others come between; IRIS needs about 26 ms.
    pub fn service_time(mut self, time: Duration) -> Self {
        self.service_time = Some(time);
        self
    }

    /// Closes connections that wait for a request this long; gunicorn does so after 2 s.
    pub fn keep_alive(mut self, limit: Duration) -> Self {
        self.keep_alive = Some(limit);
        self
    }

    /// Speaks TLS, with whatever certificate this says.
    pub fn tls(mut self, config: rustls::ServerConfig) -> Self {
        self.tls = Some(TlsAcceptor::from(Arc::new(config)));
        self
    }

    /// Starts it on a thread of its own.
    ///
    /// # Errors
    /// If the address cannot be bound.
    #[expect(
        clippy::unused_async,
        reason = "callers are asynchronous, and it may have to wait one day"
    )]
    pub async fn start(self) -> io::Result<Sandbox> {
        self.start_blocking()
    }

    /// The same where there is no runtime.
    ///
    /// # Errors
    /// If the address cannot be bound.
    pub fn start_blocking(self) -> io::Result<Sandbox> {
        let listener = TcpListener::bind(&self.bind)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let admin_token = self.admin_key.unwrap_or_else(manage::new_key);
        let mut state = State::fresh(&admin_token);
        let mut users = self.users;
        if self.default_user {
            users.push(User::new("svc_wazuh_iris"));
        }
        let keys: Vec<_> = users.iter().map(|user| user.add_to(&mut state)).collect();
        let token = keys.into_iter().next().unwrap_or_else(|| admin_token.clone());
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut shared = Shared::new(state, sender);
        shared.service_time = self.service_time;
        shared.keep_alive = self.keep_alive;
        let shared = Arc::new(shared);
        let (tls, served) = (self.tls.clone(), shared.clone());
        let thread = std::thread::Builder::new()
            .name("iris-sandbox".to_owned())
            .spawn(move || server::run(listener, tls.as_ref(), &served, receiver))?;
        Ok(Sandbox {
            address,
            tls: self.tls.is_some(),
            token,
            admin_token,
            shared,
            thread: Some(thread),
        })
    }
}

impl fmt::Debug for SandboxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("bind", &self.bind)
            .finish_non_exhaustive()
    }
}
