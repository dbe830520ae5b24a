//! Another provider, of our making: it does what it should, or whatever a test wants it to do wrong.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatewright_jose::{Algorithm, SigningKey};
use gatewright_server::Config;
use gatewright_server::clock::{Clock as _, ShiftedClock};
use gatewright_server::config::{SignUp, Speaks, Upstream};
use gatewright_tests::internet::{Received, Reply, Site, authority};
use gatewright_tests::{Agent, Az, Page, World, challenge};
use serde_json::{Value, json};

/// The provider.
pub(super) const ISSUER: &str = "https://idp.test";
/// Who we are there.
pub(super) const CLIENT: &str = "gatewright";
/// Our secret there, with characters that have to be encoded.
pub(super) const SECRET: &str = "s3cret:with %&+ signs";

/// What the next ID token says instead of the truth; `null` leaves a claim out.
pub(super) type Lies = Vec<(&'static str, Value)>;

/// The provider.
pub(super) struct Idp {
    /// Its site.
    pub site: Site,
    state: Arc<Mutex<State>>,
}

struct State {
    clock: Arc<ShiftedClock>,
    key: SigningKey,
    published: Vec<Value>,
    codes: HashMap<String, Asked>,
    redeemed: usize,
    lies: Lies,
    document: Value,
    secret_signs: bool,
    token_reply: Option<Reply>,
}

/// What an authorization request asked.
#[derive(Clone)]
struct Asked {
    nonce: String,
    challenge: String,
    redirect_uri: String,
}

/// The configuration of it.
pub(super) fn settings() -> Upstream {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{SECRET}\n")).unwrap();
    Upstream {
        name: "idp".to_owned(),
        title: "Example Login".to_owned(),
        speaks: Speaks::OpenIdConnect,
        issuer: ISSUER.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret_file: Some(file.into_temp_path().keep().unwrap()),
        scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
        sign_up: SignUp::Open,
        domains: Vec::new(),
        allow_networks: Vec::new(),
        trust_amr: false,
    }
}

/// A server that lets people sign in with it.
pub(super) fn configured(change: impl FnOnce(&mut Upstream)) -> impl FnOnce(&mut Config) {
    move |config: &mut Config| {
        let mut upstream = settings();
        change(&mut upstream);
        config.upstream = vec![upstream];
        config.fetch.ca_file = Some(authority());
    }
}

impl Idp {
    /// The provider on a server's internet, with the same time.
    pub async fn on(world: &World) -> Idp {
        let site = world.internet.site("idp.test").await;
        let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
        let published = vec![serde_json::to_value(key.public_jwk()).unwrap()];
        let document = json!({
            "issuer": ISSUER,
            "authorization_endpoint": format!("{ISSUER}/authorize"),
            "token_endpoint": format!("{ISSUER}/token"),
            "jwks_uri": format!("{ISSUER}/keys"),
            "userinfo_endpoint": format!("{ISSUER}/userinfo"),
            "authorization_response_iss_parameter_supported": true,
            "id_token_signing_alg_values_supported": ["ES256", "HS256"],
            "code_challenge_methods_supported": ["S256"],
        });
        let state = State {
            clock: Arc::clone(&world.clock),
            key,
            published,
            codes: HashMap::new(),
            redeemed: 0,
            lies: Vec::new(),
            document,
            secret_signs: false,
            token_reply: None,
        };
        let state = Arc::new(Mutex::new(state));
        let judged = Arc::clone(&state);
        site.judge(move |received| judged.lock().unwrap().answer(received));
        Idp { site, state }
    }

    /// What ID tokens say from now on instead of the truth.
    pub fn lie(&self, lies: Lies) {
        self.state.lock().unwrap().lies = lies;
    }

    /// Changes the discovery document.
    pub fn document(&self, name: &str, value: Value) {
        self.state.lock().unwrap().document[name] = value;
    }

    /// Whether ID tokens are signed with the client's secret from now on.
    pub fn sign_with_secret(&self) {
        self.state.lock().unwrap().secret_signs = true;
    }

    /// The token endpoint answers this from now on.
    pub fn answer_tokens(&self, reply: Option<Reply>) {
        self.state.lock().unwrap().token_reply = reply;
    }

    /// Signs with another key from now on, published beside the old one or instead.
    pub fn rotate(&self) {
        let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
        let mut state = self.state.lock().unwrap();
        state.published.push(serde_json::to_value(key.public_jwk()).unwrap());
        state.key = key;
    }

    /// How many codes were redeemed.
    pub fn redeemed(&self) -> usize {
        self.state.lock().unwrap().redeemed
    }

    /// The person allows it: the address they are sent back to.
    pub fn allow(&self, way: &str) -> String {
        let url = url::Url::parse(way).unwrap();
        assert!(way.starts_with(&format!("{ISSUER}/authorize?")), "{way}");
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["client_id"], CLIENT);
        assert_eq!(query["code_challenge_method"], "S256");
        assert!(query["scope"].split(' ').any(|scope| scope == "openid"));
        assert!(query["nonce"].len() >= 43 && query["state"].len() > 100);
        let asked = Asked {
            nonce: query["nonce"].clone(),
            challenge: query["code_challenge"].clone(),
            redirect_uri: query["redirect_uri"].clone(),
        };
        let mut state = self.state.lock().unwrap();
        let code = format!("code-{}", state.codes.len());
        state.codes.insert(code.clone(), asked);
        let mut back = url::Url::parse(&query["redirect_uri"]).unwrap();
        back.query_pairs_mut()
            .append_pair("code", &code)
            .append_pair("state", &query["state"])
            .append_pair("iss", ISSUER);
        back.into()
    }
}

impl State {
    fn answer(&mut self, received: &Received) -> Reply {
        let path = received.head.split(' ').nth(1).unwrap();
        match path {
            "/.well-known/openid-configuration" => Reply::json(&self.document),
            "/keys" => Reply::json(&json!({ "keys": self.published })),
            "/token" => self.token_reply.clone().unwrap_or_else(|| self.token(received)),
            "/userinfo" => {
                assert_eq!(received.header("authorization"), Some("Bearer at-1"));
                let sub = self.claims("").get("sub").cloned();
                Reply::json(&json!({ "sub": sub, "email": "late@example.test", "email_verified": true }))
            }
            other => Reply::text("text/plain", other).status(404),
        }
    }

    fn token(&mut self, received: &Received) -> Reply {
        let refuse = |error: &str| Reply::json(&json!({ "error": error })).status(400);
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let basic = STANDARD.encode(format!("{}:{}", encode(CLIENT), encode(SECRET)));
        if received.header("authorization") != Some(&format!("Basic {basic}")) {
            return refuse("invalid_client").status(401);
        }
        let form: HashMap<String, String> =
            url::form_urlencoded::parse(received.body.as_bytes()).into_owned().collect();
        let Some(asked) = form.get("code").and_then(|code| self.codes.remove(code)) else {
            return refuse("invalid_grant");
        };
        if challenge(&form["code_verifier"]) != asked.challenge || form["redirect_uri"] != asked.redirect_uri
        {
            return refuse("invalid_grant");
        }
        self.redeemed += 1;
        let claims = self.claims(&asked.nonce);
        let token = if self.secret_signs {
            let part = |value: &Value| gatewright_jose::base64url::encode(value.to_string());
            let message = format!("{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT" })), part(&claims));
            let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
            let mac = ring::hmac::sign(&key, message.as_bytes());
            format!("{message}.{}", gatewright_jose::base64url::encode(mac.as_ref()))
        } else {
            self.key.sign("JWT", &claims).unwrap()
        };
        Reply::json(&json!({ "access_token": "at-1", "token_type": "Bearer", "id_token": token }))
    }

    fn claims(&self, nonce: &str) -> Value {
        let now = self.clock.now().timestamp();
        let mut claims = json!({
            "iss": ISSUER, "sub": "person-1", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": nonce,
            "email": "ada@example.test", "email_verified": true, "name": "Ada Lovelace",
            "preferred_username": "ada", "amr": ["mfa", "otp", "<b>"],
        });
        for (name, value) in &self.lies {
            match value {
                Value::Null => claims.as_object_mut().unwrap().remove(*name),
                value => claims.as_object_mut().unwrap().insert((*name).to_owned(), value.clone()),
            };
        }
        claims
    }
}

/// Presses the provider's button on a login page: where the browser is sent.
pub(super) async fn press(world: &World, agent: &mut Agent, login: &Page) -> Page {
    assert!(login.body.contains("/upstream/idp\""), "no button: {}", login.body);
    agent.post(&world.url("/upstream/idp"), &[("request", &login.hidden("request"))]).await
}

/// From an app to the address the provider sends the browser back to.
pub(super) async fn leave(world: &World, idp: &Idp, agent: &mut Agent) -> String {
    let login = world.authorize(agent, &Az::of("pub1")).await;
    let sent = press(world, agent, &login).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    idp.allow(sent.location().unwrap())
}

/// The whole way: ends at the consent page, or where it did not work.
pub(super) async fn sign_in(world: &World, idp: &Idp, agent: &mut Agent) -> Page {
    let back = leave(world, idp, agent).await;
    let answer = agent.get(&back).await;
    agent.follow(answer).await
}
