//! The gate.

use super::{alice, at, conf1, mcp, pub1, scopes};
use crate::client::{Client, GrantType};
use crate::permit::{Barred, Basis, GateFacts, UserState, Way, gate};
use crate::{Code, Resource};

fn person(state: UserState, consented: Option<&str>) -> Basis {
    Basis::Person { person: alice(), state, consented: consented.map(scopes), by: Way::Code }
}

fn barred(client: &Client, resource: &Resource, basis: Basis) -> Option<Barred> {
    gate(GateFacts { client, resource, scopes: scopes("read"), basis }).err()
}

#[test]
fn az_22_every_question_can_close_the_gate() {
    let good = || person(UserState::Enabled, Some("read write"));
    assert_eq!(barred(&pub1(), &mcp(), good()), None);
    assert_eq!(barred(&conf1(), &mcp(), Basis::Itself), None);

    let mut client = pub1();
    client.disabled_at = Some(at(0));
    assert_eq!(barred(&client, &mcp(), good()), Some(Barred::ClientDisabled));
    let mut resource = mcp();
    resource.disabled_at = Some(at(0));
    assert_eq!(barred(&pub1(), &resource, good()), Some(Barred::ResourceDisabled));
    assert_eq!(barred(&conf1(), &resource, Basis::Itself), Some(Barred::ResourceDisabled));
    let gone = person(UserState::Disabled, Some("read"));
    assert_eq!(barred(&pub1(), &mcp(), gone), Some(Barred::UserDisabled));
    assert_eq!(barred(&pub1(), &mcp(), person(UserState::Enabled, None)), Some(Barred::NoConsent));
    assert_eq!(barred(&pub1(), &mcp(), person(UserState::Enabled, Some("write"))), Some(Barred::NoConsent));
    let mut resource = mcp();
    resource.scopes.remove(0);
    assert_eq!(barred(&pub1(), &resource, good()), Some(Barred::NothingLeft));
    let mut client = conf1();
    client.metadata.grant_types.remove(&GrantType::AuthorizationCode);
    assert_eq!(barred(&client, &mcp(), good()), Some(Barred::GrantNotAllowed));
}

#[test]
fn ca_04_a_client_without_credentials_does_not_pass_for_itself() {
    let mut client = pub1();
    client.metadata.grant_types.insert(GrantType::ClientCredentials);
    assert_eq!(barred(&client, &mcp(), Basis::Itself), Some(Barred::GrantNotAllowed));
}

#[test]
fn rt_10_refresh_only_for_clients_that_registered_it() {
    let mut client = pub1();
    client.metadata.grant_types.remove(&GrantType::RefreshToken);
    let basis = person(UserState::Enabled, Some("read offline_access"));
    let facts = GateFacts { client: &client, resource: &mcp(), scopes: scopes("read offline_access"), basis };
    let permit = gate(facts).unwrap();
    assert!(!permit.refreshable() && !permit.offline());
}

#[test]
fn the_standard_scopes_need_a_person() {
    let facts =
        GateFacts { client: &conf1(), resource: &mcp(), scopes: scopes("read openid"), basis: Basis::Itself };
    assert_eq!(gate(facts).unwrap().scopes(), &scopes("read"));
}

#[test]
fn each_endpoint_has_its_words_for_no() {
    use Barred::{ClientDisabled, GrantNotAllowed, NoConsent, NothingLeft, ResourceDisabled, UserDisabled};
    for barred in [ClientDisabled, UserDisabled, NoConsent] {
        assert_eq!(barred.at_token().code(), Code::InvalidGrant);
    }
    assert_eq!(GrantNotAllowed.at_token().code(), Code::UnauthorizedClient);
    assert_eq!(ResourceDisabled.at_token().code(), Code::InvalidTarget);
    assert_eq!(NothingLeft.at_authorize().code(), Code::InvalidScope);
    assert_eq!(UserDisabled.at_authorize().code(), Code::AccessDenied);
}
