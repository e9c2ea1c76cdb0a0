//! The client: settings, and the calls that are about the server itself.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::{Duration, SystemTime},
};

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use url::{Host, Url};

use crate::{
    Account, Alerts, ApiVersion, Catalog, CustomerId, Error, Manage, Permission, Result, RetryPolicy, TlsMode,
    Versions,
    catalog::Names,
    transport::{Call, Transport},
};

/// A client of one IRIS server, for one account. Cloning it is cheap; clones share connections and limits.
///
/// Reads are sent again after passing failures; writes never, because only the caller knows whether that is safe.
///
/// ```
/// use iris_client::{IrisClient, TlsMode};
/// # fn main() -> Result<(), iris_client::Error> {
/// let iris = IrisClient::builder("https://iris.example.org")
///     .token("key-of-a-service-account".into())
///     .tls(TlsMode::Fingerprint("ab".repeat(32)))
///     .build()?;
/// assert_eq!(iris.base_url().host_str(), Some("iris.example.org"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct IrisClient {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) transport: Transport,
    version: AtomicU8,
    pub(crate) names: Names,
}

impl IrisClient {
    /// Starts a client for the server at this address, with or without a trailing slash; Wazuh's `hook_url`, which ends in
    /// `/alerts/add`, is taken as well.
    pub fn builder(base_url: &str) -> IrisClientBuilder {
        IrisClientBuilder {
            base_url: base_url.to_owned(),
            token: None,
            tls: TlsMode::Verify,
            connect_timeout: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(45),
            call_timeout: Duration::from_mins(1),
            // gunicorn closes after 2 s.
            pool_idle_timeout: Duration::from_millis(1500),
            max_concurrency: 4,
            retry: RetryPolicy::default(),
            customer: None,
            version: ApiVersion::V2,
        }
    }

    /// The address that a client for this text talks to: texts with the same one are the same IRIS.
    ///
    /// # Errors
    /// [`Error::Configuration`], as [`IrisClientBuilder::build`] says it.
    pub fn address_of(base_url: &str) -> Result<Url> {
        parse_base(base_url)
    }

    /// Address of the server.
    pub fn base_url(&self) -> &Url {
        &self.inner.transport.base
    }

    /// Calls about alerts.
    pub fn alerts(&self) -> Alerts<'_> {
        Alerts::new(self)
    }

    /// Calls about what an administrator manages.
    pub fn manage(&self) -> Manage<'_> {
        Manage::new(self)
    }

    /// Names of severities, types and so on as ids of this server; remembered.
    pub fn catalog(&self) -> Catalog<'_> {
        Catalog::new(self)
    }

    /// Asks whether the server answers and accepts the key.
    pub async fn ping(&self) -> Result<()> {
        self.get::<Value>("/api/ping").await.map(drop)
    }

    /// Asks what time it is there, to the second: by the clock of IRIS, or of a proxy in front of it. `None` where the answer says no time.
    pub async fn date(&self) -> Result<Option<SystemTime>> {
        let answer = self.inner.transport.send(Call::read(Method::GET, "/api/ping")).await?;
        Ok(answer.date())
    }

    /// Asks what the server is.
    pub async fn versions(&self) -> Result<Versions> {
        self.get("/api/versions").await
    }

    /// Asks which account the key belongs to.
    pub async fn whoami(&self) -> Result<Account> {
        self.get("/user/whoami").await
    }

    /// Asks whether the account has a permission.
    pub async fn has_permission(&self, permission: Permission) -> Result<bool> {
        let body = json!({"permission_name": permission.name(), "permission_value": permission.value()});
        let call = Call::read(Method::POST, "/user/has-permission").json(&body)?;
        match self.inner.transport.send(call).await {
            Ok(_) => Ok(true),
            Err(Error::Forbidden { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Asks what the server is, and uses its routes from then on, in every clone of this client.
    pub async fn detect_version(&self) -> Result<ApiVersion> {
        let version = self.versions().await?.api_version();
        self.inner.version.store(version as u8, Ordering::Relaxed);
        Ok(version)
    }

    /// Which routes are used.
    pub fn api_version(&self) -> ApiVersion {
        if self.inner.version.load(Ordering::Relaxed) == ApiVersion::V3 as u8 {
            ApiVersion::V3
        } else {
            ApiVersion::V2
        }
    }

    /// Starts a request that has no typed call: `path` begins with a slash and is below the base URL.
    ///
    /// ```no_run
    /// # async fn example(iris: iris_client::IrisClient) -> Result<(), iris_client::Error> {
    /// let answer = iris.request("GET", "/manage/tags/list").query("page", "2").send().await?;
    /// println!("{}", answer["data"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: &str, path: &str) -> RawRequest<'_> {
        RawRequest {
            client: self,
            method: method.to_owned(),
            call: Call::write(Method::GET, path),
            error: None,
        }
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.inner.transport.send(Call::read(Method::GET, path)).await?.data()
    }

    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        let call = Call::write(Method::POST, path).json(body)?;
        self.inner.transport.send(call).await?.data()
    }
}

impl fmt::Debug for IrisClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IrisClient")
            .field("base_url", &self.base_url().as_str())
            .field("version", &self.api_version())
            .finish_non_exhaustive()
    }
}

/// A request without a type; [`IrisClient::request`]. Nothing is retried.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use iris_client::{IrisClient, sandbox::Sandbox};
/// # let sandbox = Sandbox::builder().start().await.unwrap();
/// # let iris = IrisClient::builder(&sandbox.url()).token(sandbox.token().into()).build().unwrap();
/// let wanted = serde_json::json!({"severity_name": "hi"});
/// let answer = iris.request("POST", "/manage/severities/search").json(&wanted).send().await.unwrap();
/// assert_eq!(answer["data"][0]["severity_name"], "High");
/// # });
/// ```
#[must_use = "a request does nothing until it is sent"]
pub struct RawRequest<'a> {
    client: &'a IrisClient,
    method: String,
    call: Call,
    error: Option<Error>,
}

impl RawRequest<'_> {
    /// Adds a query parameter.
    pub fn query(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.call.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Sets a body.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match self.call.clone().json(body) {
            Ok(call) => self.call = call,
            Err(error) => self.error = Some(error),
        }
        self
    }

    /// Sends it, and returns the whole body of a successful answer; `null` for an empty one.
    pub async fn send(mut self) -> Result<Value> {
        if let Some(error) = self.error {
            return Err(error);
        }
        self.call.method = Method::from_bytes(self.method.as_bytes())
            .map_err(|_| Error::configuration("the method of a request is one word, such as `GET`"))?;
        self.client.inner.transport.send(self.call).await?.json()
    }
}

impl fmt::Debug for RawRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRequest")
            .field("method", &self.method)
            .field("path", &self.call.path)
            .finish_non_exhaustive()
    }
}

/// Settings of a client; see [`IrisClient::builder`].
///
/// ```
/// # use std::time::Duration;
/// use iris_client::{IrisClient, RetryPolicy};
/// let iris = IrisClient::builder("http://127.0.0.1:8000/alerts/add")
///     .token("key".into())
///     .call_timeout(Duration::from_secs(10))
///     .retry(RetryPolicy::never())
///     .build()
///     .unwrap();
/// assert_eq!(iris.base_url().as_str(), "http://127.0.0.1:8000/");
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct IrisClientBuilder {
    base_url: String,
    token: Option<SecretString>,
    tls: TlsMode,
    connect_timeout: Duration,
    answer_timeout: Duration,
    call_timeout: Duration,
    pool_idle_timeout: Duration,
    max_concurrency: usize,
    retry: RetryPolicy,
    customer: Option<CustomerId>,
    version: ApiVersion,
}

impl IrisClientBuilder {
    /// Sets the API key of the account.
    pub fn token(mut self, token: SecretString) -> Self {
        self.token = Some(token);
        self
    }

    /// Sets how the server's certificate is checked.
    pub fn tls(mut self, tls: TlsMode) -> Self {
        self.tls = tls;
        self
    }

    /// Bounds the time until a connection stands; 5 s.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Bounds the silence of the server, before its answer and within; 45 s (IRIS waits up to 30 s for its database).
    pub fn answer_timeout(mut self, limit: Duration) -> Self {
        self.answer_timeout = limit;
        self
    }

    /// Bounds a whole call: waiting for a free place, all attempts and the pauses between them; 60 s.
    pub fn call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = limit;
        self
    }

    /// Bounds how long an idle connection is kept; 1.5 s, because gunicorn closes them after 2 s and a request that is sent
    /// into the closing one is lost.
    pub fn pool_idle_timeout(mut self, limit: Duration) -> Self {
        self.pool_idle_timeout = limit;
        self
    }

    /// Bounds how many requests are under way at once; 4, because IRIS gets no faster with more. 0 is taken as 1.
    pub fn max_concurrency(mut self, limit: usize) -> Self {
        self.max_concurrency = limit.max(1);
        self
    }

    /// Sets how reads are sent again.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Adds `?cid=` to every request, for servers that are reached through something that looks at it.
    ///
    /// IRIS 2.4 itself reads it nowhere in the alerts API; to see the alerts of one customer, use [`crate::AlertFilter::customer`].
    pub fn customer(mut self, customer: CustomerId) -> Self {
        self.customer = Some(customer);
        self
    }

    /// Sets which routes are used, where the server is not to be asked; see [`IrisClient::detect_version`].
    pub fn api_version(mut self, version: ApiVersion) -> Self {
        self.version = version;
        self
    }

    /// Checks the settings and makes the client. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::Configuration`], with what to write instead.
    pub fn build(self) -> Result<IrisClient> {
        let base = parse_base(&self.base_url)?;
        let loopback = is_loopback(&base);
        if base.scheme() == "http" && !loopback && self.tls != TlsMode::DangerousOff {
            return Err(Error::configuration(
                "the address of IRIS begins with http://, which would send the key and every alert in the clear; \
                 write https://, or switch TLS checks off explicitly if that is what you want",
            ));
        }
        let token = self
            .token
            .ok_or_else(|| Error::configuration("no API key is set; in IRIS, it stands under My settings"))?;
        let token = SecretString::from(token.expose_secret().trim().to_owned());
        if token.expose_secret().is_empty() || token.expose_secret().chars().any(|c| !c.is_ascii_graphic()) {
            return Err(Error::configuration(
                "the API key is empty, or holds characters that no key of IRIS has; copy it again from My settings",
            ));
        }
        // Without TLS there is nobody to verify, and reading the roots of the system takes its time.
        let tls = if base.scheme() == "http" && self.tls == TlsMode::Verify {
            crate::tls::trusting_nobody()?
        } else {
            self.tls.client_config()?
        };
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(self.connect_timeout)
            .read_timeout(self.answer_timeout)
            .pool_idle_timeout(self.pool_idle_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .http1_only()
            .user_agent(concat!("iris-client/", env!("CARGO_PKG_VERSION")));
        if loopback {
            http = http.no_proxy();
        }
        let http = http
            .build()
            .map_err(|error| Error::configuration(format!("cannot set up HTTP: {error}")))?;
        Ok(IrisClient {
            inner: Arc::new(Inner {
                transport: Transport {
                    http,
                    base,
                    token,
                    customer: self.customer,
                    retry: self.retry,
                    call_timeout: self.call_timeout,
                    slots: Semaphore::new(self.max_concurrency),
                },
                version: AtomicU8::new(self.version as u8),
                names: Names::default(),
            }),
        })
    }
}

fn parse_base(text: &str) -> Result<Url> {
    let wrong = |why: &str| {
        Error::configuration(format!(
            "the address of IRIS {why}; write it like https://iris.example.org"
        ))
    };
    // The text itself is not repeated: it may hold a password.
    let mut url = Url::parse(text.trim()).map_err(|error| wrong(&format!("cannot be read ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("begins with neither https:// nor http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("holds a user name or password"));
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/alerts/add").unwrap_or(path);
    let path = path.trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(url: &str) -> Result<IrisClient> {
        IrisClient::builder(url).token("key".into()).build()
    }

    #[test]
    fn the_hook_url_of_wazuh_trailing_slashes_and_what_follows_the_path_are_cut_off() {
        for (given, base) in [
            ("https://h:8443", "https://h:8443/"),
            ("https://h:8443/", "https://h:8443/"),
            ("https://h:8443/alerts/add", "https://h:8443/"),
            ("https://h/iris/alerts/add/", "https://h/iris"),
            (" https://h/iris?cid=1#x ", "https://h/iris"),
            ("https://h/alerts/add?cid=1", "https://h/"),
            ("https://h/iris/alerts/add/?cid=1#x", "https://h/iris"),
            ("https://h/alerts/add//#/", "https://h/"),
            ("https://h?next=/alerts/add", "https://h/"),
        ] {
            assert_eq!(build(given).unwrap().base_url().as_str(), base, "{given}");
        }
    }

    #[test]
    fn plain_http_goes_to_this_machine_only() {
        for fine in [
            "http://127.0.0.1:8000",
            "http://localhost",
            "http://[::1]:1",
            "http://iris.localhost",
        ] {
            assert!(build(fine).is_ok(), "{fine}");
        }
        for refused in [
            "http://10.0.0.1",
            "http://localhost.example.org",
            "http://127.0.0.1.example.org",
        ] {
            let error = build(refused).unwrap_err();
            assert!(error.to_string().contains("https://"), "{error}");
        }
        let explicit = IrisClient::builder("http://10.0.0.1")
            .token("key".into())
            .tls(TlsMode::DangerousOff);
        assert!(explicit.build().is_ok());
    }

    #[test]
    fn what_cannot_work_is_said_without_repeating_secrets() {
        for url in ["", "iris.example.org", "ftp://h", "https://user:hunter2@h"] {
            let error = build(url).unwrap_err();
            assert!(
                error.is_configuration() && !format!("{error} {error:?}").contains("hunter2"),
                "{error}"
            );
        }
        for key in ["", " ", "two words", "line\nfeed"] {
            assert!(
                IrisClient::builder("https://h").token(key.into()).build().is_err(),
                "{key:?}"
            );
        }
        assert!(IrisClient::builder("https://h").build().is_err());
    }

    #[test]
    fn debug_shows_no_key() {
        let builder = IrisClient::builder("https://h").token("sesame".into());
        let client = builder.clone().build().unwrap();
        assert!(!format!("{builder:?} {client:?}").contains("sesame"));
    }
}
