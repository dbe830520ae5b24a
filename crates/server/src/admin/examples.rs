//! A body for each operation that takes one, for the description and for people. A test sends each of them.

use serde_json::{Value, json};

/// The example of the operation with this id.
pub fn of(id: &str) -> Option<Value> {
    Some(match id {
        "clients.create" => json!({
            "metadata": {
                "client_name": "Helpdesk agent",
                "redirect_uris": ["https://helpdesk.example.com/oauth/callback"],
                "grant_types": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_method": "client_secret_basic",
            },
        }),
        "clients.update" => json!({ "metadata": { "client_name": "Helpdesk agent, new" } }),
        "clients.import" => json!({
            "clients": [{
                "client_id": "helpdesk",
                "client_name": "Helpdesk agent",
                "redirect_uris": ["https://helpdesk.example.com/oauth/callback"],
            }],
        }),
        "clients.pin" => json!({
            "document": {
                "client_id": "https://agent.example.com/client.json",
                "client_name": "Agent",
                "redirect_uris": ["https://agent.example.com/callback"],
            },
        }),
        "clients.rotate_secret" | "webhooks.rotate_secret" | "api_keys.rotate" => {
            json!({ "overlap_hours": 24 })
        }
        "initial_tokens.create" => json!({ "note": "the build server", "uses": 3, "days": 1 }),
        "resources.create" => json!({
            "resource": "https://tickets.example.com/mcp",
            "name": "Tickets",
            "scopes": [
                { "name": "tickets:read", "description": "See tickets" },
                { "name": "tickets:write", "description": "Answer and close tickets" },
            ],
        }),
        "resources.discover" => json!({ "url": "https://tickets.example.com/mcp" }),
        "resources.update" => json!({ "name": "Tickets of all departments" }),
        "users.create" => json!({
            "username": "carol",
            "email": "carol@example.com",
            "name": "Carol",
            "password": "correct horse battery staple",
        }),
        // Lines, not an object.
        "users.import" => Value::String(format!(
            "{}\n",
            json!({ "username": "dave", "email": "dave@example.com", "email_verified": true, "name": "Dave" })
        )),
        "users.update" => json!({ "name": "Carol Smith", "email": null, "locale": "fr" }),
        "users.set_password" => json!({ "password": "another correct horse battery staple" }),
        "users.set_role" => json!({ "role": "auditor" }),
        "bulk.perform" => json!({
            "items": [
                { "method": "POST", "path": "/clients/helpdesk/block" },
                { "method": "PATCH", "path": "/clients/agent", "body": { "profile": "mcp" } },
            ],
        }),
        "settings.update" => json!({ "documents.deny": ["evil.example"], "registration.mode": "token" }),
        "grants.revoke_many" => json!({
            "ids": ["01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e", "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7f"],
        }),
        "webhooks.create" => json!({
            "name": "security desk",
            "url": "https://hooks.example.com/gatewright",
            "kinds": ["client.*", "grant.revoked", "audit.checkpoint"],
        }),
        "webhooks.update" => json!({ "kinds": ["*"] }),
        "webhooks.replay" => json!({ "status": "dead" }),
        "keys.rotate" => json!({ "alg": "ES256" }),
        "api_keys.create" => json!({
            "name": "nightly export",
            "scopes": ["admin:users.read", "admin:events.read"],
            "networks": ["192.0.2.0/24"],
            "days": 30,
        }),
        _ => return None,
    })
}
