//! Codes, grants and sessions: what may happen to them, and what ends them.

use gatewright_oauth::ClientId;
use gatewright_store::codes::{self, CodeState, Failed};
use gatewright_store::count::{self, Counts};
use gatewright_store::grants::{self, Reason, Revocation, Revoked};
use gatewright_store::sessions::{self, NewSession, Renewal};
use gatewright_store::standing::{Ended, Standing};
use gatewright_store::users::NewPassword;
use gatewright_store::{clients, credentials, resources, users};

use crate::world::{World, applied, at, digest, id, lost, scopes, trace};

#[tokio::test]
async fn a_code_becomes_a_grant_within_budget() {
    let world = World::new().await;
    let (code, grant) = world.code().await;
    let (facts, counts) = count::scope(codes::for_redemption(&world.store, &code)).await;
    assert_eq!(counts, Counts { reads: 1, writes: 0 });
    let facts = facts.unwrap().unwrap();
    assert_eq!(facts.code.state, CodeState::Open { failures: 0 });
    assert_eq!(facts.standing, Standing::Live);
    assert_eq!(facts.code.client, world.client.id);
    assert_eq!(facts.code.auth_time, at(1));
    assert_eq!(facts.code.nonce.as_deref(), Some("n"));
    assert_eq!(facts.code.challenge.unwrap().as_bytes(), &[7; 32]);
    assert_eq!(facts.resource.identifier, "https://mcp.example/mcp");
    assert_eq!(facts.user.username, "Alice");

    let (redeemed, counts) = count::scope(world.redeem(&code)).await;
    applied(redeemed);
    assert_eq!(counts, Counts { reads: 0, writes: 1 });
    let facts = codes::for_redemption(&world.store, &code).await.unwrap().unwrap();
    assert_eq!(facts.code.state, CodeState::Redeemed { at: at(20), grant_lives: true });

    let (state, counts) = count::scope(grants::state(&world.store, grant)).await;
    assert_eq!(counts, Counts { reads: 1, writes: 0 });
    let state = state.unwrap().unwrap();
    assert!(state.lives(at(25)));
    assert!(!state.lives(at(5000)));
    assert_eq!(state.scope, scopes("files:read"));
}

#[tokio::test]
async fn a_code_of_another_client_or_expired_is_lost() {
    let world = World::new().await;
    let (code, _) = world.code().await;
    let redemption = codes::Redemption {
        digest: &code,
        client: &ClientId::parse("c_other").unwrap(),
        refreshable: true,
        offline: true,
        salt: &[0; 16],
        idle_expires_at: at(1000),
        expires_at: at(5000),
    };
    lost(codes::redeem(&world.store, &redemption, &trace(20)).await);
    let own = codes::Redemption { client: &world.client.id, ..redemption };
    lost(codes::redeem(&world.store, &own, &trace(70)).await);
    applied(codes::redeem(&world.store, &own, &trace(69)).await);
}

#[tokio::test]
async fn the_third_wrong_verifier_burns_the_code() {
    let world = World::new().await;
    let (code, _) = world.code().await;
    let fail = async |client: &ClientId| codes::fail_verifier(&world.store, &code, client, &trace(20)).await;
    lost(fail(&ClientId::parse("c_other").unwrap()).await);
    assert_eq!(applied(fail(&world.client.id).await), Failed::Counted);
    assert_eq!(applied(fail(&world.client.id).await), Failed::Counted);
    assert_eq!(applied(fail(&world.client.id).await), Failed::Burned);
    lost(fail(&world.client.id).await);
    lost(world.redeem(&code).await);
    let facts = codes::for_redemption(&world.store, &code).await.unwrap().unwrap();
    assert_eq!(facts.code.state, CodeState::Burned { at: at(20) });
}

#[tokio::test]
async fn a_replayed_code_revokes_its_grant_once() {
    let world = World::new().await;
    let (code, grant) = world.code().await;
    applied(world.redeem(&code).await);
    let revocation =
        Revocation { grant, reason: Reason::CodeReplayed, client: Some(&world.client.id), user: None };
    applied(grants::revoke(&world.store, &revocation, &trace(25)).await);
    lost(grants::revoke(&world.store, &revocation, &trace(26)).await);
    let facts = codes::for_redemption(&world.store, &code).await.unwrap().unwrap();
    assert_eq!(facts.code.state, CodeState::Redeemed { at: at(20), grant_lives: false });
    let facts = grants::for_refresh(&world.store, grant).await.unwrap().unwrap();
    assert_eq!(facts.grant.revoked, Some(Revoked { at: at(25), reason: Reason::CodeReplayed }));
    assert_eq!(world.number("SELECT count(*) FROM events WHERE kind = 'code.replayed'").await, 1);
}

#[tokio::test]
async fn revoking_for_a_client_spares_the_grants_of_others() {
    let world = World::new().await;
    let grant = world.grant().await;
    let other = ClientId::parse("c_other").unwrap();
    let revocation = Revocation { grant, reason: Reason::Client, client: Some(&other), user: None };
    lost(grants::revoke(&world.store, &revocation, &trace(25)).await);
    applied(world.rotate(grant, 0).await);
    lost(world.rotate(grant, 0).await);
    applied(world.rotate(grant, 1).await);
}

#[tokio::test]
async fn nothing_is_issued_to_what_changed_since_the_page_was_shown() {
    let world = World::new().await;
    let approve = async |world: &World| world.approve(&digest(), &scopes("files:read")).await;

    let mut changed = world.clone();
    changed.client.metadata.client_name = Some("Another name".into());
    lost(approve(&changed).await);

    applied(clients::disable(&world.store, &world.client.id, &trace(5)).await);
    lost(approve(&world).await);
    applied(clients::enable(&world.store, &world.client.id, &trace(6)).await);

    applied(resources::disable(&world.store, world.resource.id, &trace(5)).await);
    lost(approve(&world).await);
    applied(resources::enable(&world.store, world.resource.id, &trace(6)).await);

    let mut renamed = world.resource.clone();
    renamed.name = "Payments".into();
    applied(resources::update(&world.store, &world.resource, &renamed, &trace(7)).await);
    lost(resources::update(&world.store, &world.resource, &renamed, &trace(7)).await);
    lost(approve(&world).await);
    let world = World { resource: renamed, ..world };
    applied(approve(&world).await);

    applied(sessions::end(&world.store, world.session, &trace(8)).await);
    lost(approve(&world).await);
    assert_eq!(world.number("SELECT count(*) FROM codes").await, 1);
    assert_eq!(world.number("SELECT count(*) FROM events WHERE kind = 'code.issued'").await, 1);
}

#[tokio::test]
async fn disabling_a_user_ends_sessions_codes_and_grants_for_good() {
    let world = World::new().await;
    let (code, _) = world.code().await;
    let grant = world.grant().await;
    applied(users::disable(&world.store, world.user, &trace(21)).await);
    lost(users::disable(&world.store, world.user, &trace(21)).await);
    let nothing_lives = async || {
        assert!(sessions::find(&world.store, &world.cookie, at(22)).await.unwrap().is_none());
        lost(world.redeem(&code).await);
        lost(world.rotate(grant, 0).await);
        lost(world.approve(&digest(), &scopes("files:read")).await);
        let state = grants::state(&world.store, grant).await.unwrap().unwrap();
        assert_eq!(state.standing, Standing::Over(Ended::User));
        let facts = codes::for_redemption(&world.store, &code).await.unwrap().unwrap();
        assert_eq!(facts.standing, Standing::Over(Ended::User));
    };
    nothing_lives().await;
    applied(users::enable(&world.store, world.user, &trace(23)).await);
    nothing_lives().await;
    assert_eq!(world.number("SELECT count(*) FROM events WHERE kind LIKE 'user.%abled'").await, 2);
}

#[tokio::test]
async fn a_new_password_ends_what_the_old_one_began() {
    let world = World::new().await;
    let grant = world.grant().await;
    let before = users::for_login(&world.store, "alice@example.com").await.unwrap().unwrap();
    let password = NewPassword { id: id(), sealed: b"new" };
    applied(credentials::set_password(&world.store, world.user, password, &trace(21)).await);
    lost(world.rotate(grant, 0).await);
    assert!(sessions::find(&world.store, &world.cookie, at(22)).await.unwrap().is_none());

    // A login judged by the old password opens nothing.
    let cookie = digest();
    let new = NewSession {
        id: id(),
        digest: &cookie,
        user: world.user,
        era: before.era,
        auth_time: at(22),
        amr: "pwd",
        idle_expires_at: at(3600),
        expires_at: at(36_000),
        device: None,
        browser: &digest(),
    };
    lost(sessions::open(&world.store, &new, &trace(22)).await);
    let after = users::for_login(&world.store, "alice").await.unwrap().unwrap();
    let sealed = after.password.unwrap();
    assert_eq!(sealed.sealed, b"new");
    applied(sessions::open(&world.store, &NewSession { era: after.era, ..new }, &trace(22)).await);

    let rehash = credentials::Rehash { credential: sealed.id, was: b"new", sealed: b"stronger" };
    applied(credentials::rehash(&world.store, &rehash, &trace(23)).await);
    lost(credentials::rehash(&world.store, &rehash, &trace(23)).await);
    assert!(sessions::find(&world.store, &cookie, at(24)).await.unwrap().is_some());
}

#[tokio::test]
async fn the_end_of_a_session_takes_its_bound_grants_and_codes() {
    let world = World::new().await;
    let bound = world.grant().await;
    let (pending, _) = world.code().await;
    let (code, offline) = world.code().await;
    let redemption = codes::Redemption {
        digest: &code,
        client: &world.client.id,
        refreshable: true,
        offline: true,
        salt: &[1; 16],
        idle_expires_at: at(1000),
        expires_at: at(5000),
    };
    applied(codes::redeem(&world.store, &redemption, &trace(20)).await);
    assert_eq!(applied(sessions::end(&world.store, world.session, &trace(21)).await), 1);
    lost(sessions::end(&world.store, world.session, &trace(21)).await);
    lost(world.rotate(bound, 0).await);
    lost(world.redeem(&pending).await);
    applied(world.rotate(offline, 0).await);
    let of_user = grants::Filter { user: Some(world.user), ..grants::Filter::default() };
    let grants = grants::list(&world.store, &of_user, uuid::Uuid::nil(), 10).await.unwrap();
    assert_eq!(grants.len(), 2);
    let reasons: Vec<_> =
        grants.iter().filter_map(|grant| grant.revoked.map(|revoked| revoked.reason)).collect();
    assert_eq!(reasons, [Reason::SessionEnded]);
}

#[tokio::test]
async fn a_renewed_session_keeps_its_id_and_grants_under_another_secret() {
    let world = World::new().await;
    let grant = world.grant().await;
    let era = users::for_login(&world.store, "alice").await.unwrap().unwrap().era;
    let cookie = digest();
    let session = NewSession {
        id: world.session,
        digest: &cookie,
        user: world.user,
        era,
        auth_time: at(25),
        amr: "pwd",
        idle_expires_at: at(4000),
        expires_at: at(40_000),
        device: None,
        browser: &digest(),
    };
    let renewal = Renewal { was: &world.cookie, session };
    applied(sessions::renew(&world.store, &renewal, &trace(25)).await);
    lost(sessions::renew(&world.store, &renewal, &trace(25)).await);
    assert!(sessions::find(&world.store, &world.cookie, at(26)).await.unwrap().is_none());
    let facts = sessions::find(&world.store, &cookie, at(26)).await.unwrap().unwrap();
    assert_eq!((facts.session.id, facts.session.auth_time), (world.session, at(25)));
    applied(world.rotate(grant, 0).await);
}

#[tokio::test]
async fn a_session_ends_by_being_idle_and_by_its_age() {
    let world = World::new().await;
    let lives =
        async |seconds| sessions::find(&world.store, &world.cookie, at(seconds)).await.unwrap().is_some();
    assert!(lives(3599).await);
    assert!(!lives(3600).await);
    applied(world.approve(&digest(), &scopes("files:read")).await);
    assert!(lives(3605).await, "issuing a code is a sign of life");
    assert!(!lives(3610).await);
}

#[tokio::test]
async fn a_paused_resource_loses_nothing() {
    let world = World::new().await;
    let grant = world.grant().await;
    applied(resources::disable(&world.store, world.resource.id, &trace(21)).await);
    lost(world.rotate(grant, 0).await);
    applied(resources::enable(&world.store, world.resource.id, &trace(22)).await);
    applied(world.rotate(grant, 0).await);
}
