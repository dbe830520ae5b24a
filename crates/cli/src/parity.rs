//! Everything the command line can do the admin API can do: a row for every command, with the operations it asks for,
//! or why it has none. A command without a row fails here, and so does a row whose operations are not there.

use std::collections::BTreeSet;

use clap::CommandFactory as _;
use gatewright_server::admin::operation::{Gives, Method};
use gatewright_server::admin::operations;

use crate::CommandLine;
use crate::reference::leaves;

/// Where a command's work is done.
enum Done {
    /// By these operations of the API.
    By(&'static [&'static str]),
    /// On this machine, because.
    Here(&'static str),
}

use Done::{By, Here};

/// Every command, in the order of the help text.
const COMMANDS: &[(&str, Done)] = &[
    ("dev", Here("it is a server")),
    ("serve", Here("it is a server")),
    ("login", Here("it gets what the API is asked with, by the protocol's own endpoints")),
    ("logout", Here("it gives that back, by the protocol's own endpoints")),
    ("client create", By(&["clients.create"])),
    ("client pin", By(&["clients.pin"])),
    ("client import", By(&["clients.import"])),
    ("client list", By(&["clients.list"])),
    ("client show", By(&["clients.show"])),
    ("client approve", By(&["clients.approve"])),
    ("client block", By(&["clients.block"])),
    ("client unblock", By(&["clients.unblock"])),
    ("client delete", By(&["clients.delete"])),
    ("client purge", By(&["clients.purge"])),
    ("client rotate-secret", By(&["clients.rotate_secret"])),
    ("initial-token create", By(&["initial_tokens.create"])),
    ("initial-token list", By(&["initial_tokens.list"])),
    ("initial-token revoke", By(&["initial_tokens.revoke"])),
    ("resource add", By(&["resources.create", "resources.discover"])),
    ("resource update", By(&["resources.update", "resources.show"])),
    ("resource list", By(&["resources.list"])),
    ("resource show", By(&["resources.list"])),
    ("resource disable", By(&["resources.disable"])),
    ("resource enable", By(&["resources.enable"])),
    ("user create", By(&["users.create"])),
    ("user list", By(&["users.list"])),
    ("user disable", By(&["users.disable"])),
    ("user enable", By(&["users.enable"])),
    ("user password", By(&["users.set_password"])),
    ("user role", By(&["users.set_role", "users.show"])),
    ("user invite", By(&["users.create"])),
    ("user reset", By(&["users.reset"])),
    ("user reset-factors", By(&["users.reset_factors"])),
    ("user delete", By(&["users.delete"])),
    ("user import", By(&["users.import"])),
    ("session list", By(&["sessions.list"])),
    ("session end", By(&["sessions.end", "users.end_sessions"])),
    ("grant list", By(&["grants.list"])),
    ("grant revoke", By(&["grants.revoke", "grants.revoke_many"])),
    ("key list", By(&["keys.list"])),
    ("key rotate", By(&["keys.rotate", "keys.activate"])),
    ("key revoke", By(&["keys.revoke"])),
    ("master-key new", Here("it makes a file, and no server hands out a master key")),
    ("master-key list", Here("it compares files of this machine; `GET /server/checks` tells the rest")),
    ("master-key show", Here("it reads a file of this machine")),
    ("master-key rotate", Here("it needs the files of both keys, which no server takes from elsewhere")),
    ("api-key create", By(&["api_keys.create"])),
    ("api-key list", By(&["api_keys.list"])),
    ("api-key revoke", By(&["api_keys.revoke"])),
    ("audit verify", By(&["events.verify"])),
    ("audit checkpoint", By(&["events.checkpoint"])),
    ("events tail", By(&["events.list"])),
    ("events export", By(&["events.export"])),
    ("webhook list", By(&["webhooks.list"])),
    ("webhook create", By(&["webhooks.create"])),
    ("webhook show", By(&["webhooks.show"])),
    ("webhook update", By(&["webhooks.update"])),
    ("webhook enable", By(&["webhooks.enable"])),
    ("webhook disable", By(&["webhooks.disable"])),
    ("webhook delete", By(&["webhooks.delete"])),
    ("webhook test", By(&["webhooks.test", "deliveries.show"])),
    ("webhook rotate-secret", By(&["webhooks.rotate_secret"])),
    ("webhook deliveries", By(&["deliveries.list", "deliveries.show"])),
    ("webhook replay", By(&["webhooks.replay"])),
    ("settings show", By(&["settings.show"])),
    ("settings set", By(&["settings.update"])),
    ("settings unset", By(&["settings.update"])),
    ("job list", By(&["jobs.list"])),
    ("job show", By(&["jobs.show"])),
    ("migrate", Here("a server that can be asked has made its tables already; `GET /server` shows which")),
    ("trace", By(&["traces.list"])),
    ("doctor", By(&["server.checks"])),
    ("plan", By(&["clients.list", "resources.list", "webhooks.list"])),
    (
        "apply",
        By(&[
            "clients.create",
            "clients.update",
            "clients.delete",
            "resources.create",
            "resources.update",
            "resources.disable",
            "webhooks.create",
            "webhooks.update",
            "webhooks.delete",
        ]),
    ),
    ("export", By(&["clients.list", "resources.list", "webhooks.list"])),
    ("api", By(&["server.caller"])),
    ("completions", Here("it is about this program")),
    ("man", Here("it is about this program")),
];

#[test]
fn everything_the_command_line_can_do_the_api_can_do() {
    let mut root = CommandLine::command();
    root.build();
    let commands = leaves(&root);
    let name = |command: &clap::Command| {
        let name = command.get_bin_name().unwrap_or(command.get_name());
        name.strip_prefix("gatewright ").unwrap_or(name).to_owned()
    };
    let written: Vec<String> = COMMANDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        commands.iter().map(|command| name(command)).collect::<Vec<_>>(),
        written,
        "a command needs a row here: the operations of the API that do the same, or why there is none"
    );
    let known: BTreeSet<&str> = operations::all().map(|operation| operation.id).collect();
    for (command, (name, done)) in commands.iter().zip(COMMANDS) {
        match done {
            By(ids) => {
                assert!(!ids.is_empty(), "{name}");
                for id in *ids {
                    assert!(known.contains(id), "{name}: there is no operation {id}");
                }
                let takes =
                    |option: &str| command.get_arguments().any(|argument| argument.get_id() == option);
                assert!(takes("server") && takes("local"), "{name} can be told which server is meant");
            }
            Here(reason) => assert!(reason.len() > 10, "{name}"),
        }
    }
}

/// What an option is called where it is not the parameter's name, or that without its `_id`.
const OTHERWISE: &[(&str, &[&str])] = &[
    // `live` is what is listed of sessions and grants when nothing is said, `all` of keys.
    ("status", &["all", "live"]),
    // Whoever follows waits.
    ("wait", &["follow"]),
    // One argument is either.
    ("request_id", &["about"]),
    ("client_id", &["about"]),
];

/// What a command has for a parameter of the API.
fn option_for<'a>(command: &'a clap::Command, parameter: &str) -> Option<&'a clap::Arg> {
    let otherwise = OTHERWISE.iter().filter(|(name, _)| *name == parameter).flat_map(|(_, options)| *options);
    let own = [parameter, parameter.trim_end_matches("_id")];
    let mut names = own.into_iter().chain(otherwise.copied());
    names.find_map(|name| command.get_arguments().find(|argument| argument.get_id() == name))
}

/// The words of a description that are in backticks.
fn words(description: &str) -> Vec<&str> {
    description.split('`').skip(1).step_by(2).collect()
}

#[test]
fn a_command_that_lists_offers_every_filter_of_its_operation() {
    let mut root = CommandLine::command();
    root.build();
    let commands: Vec<_> = leaves(&root).into_iter().zip(COMMANDS).collect();
    let lists = operations::all().filter(|operation| {
        operation.method == Method::Get && matches!(operation.gives, Gives::List(_) | Gives::Flow(_))
    });
    let mut seen = 0;
    for operation in lists {
        let missing = |command: &clap::Command| -> Vec<&str> {
            let names = operation.query.iter().map(|parameter| parameter.name);
            names.filter(|name| option_for(command, name).is_none()).collect()
        };
        let by: Vec<_> = commands
            .iter()
            .filter(|(_, (_, done))| matches!(done, By(ids) if ids.contains(&operation.id)))
            .collect();
        let complete = by.iter().find(|(command, _)| missing(command).is_empty());
        assert!(by.is_empty() || complete.is_some(), "no command offers all filters of {}", operation.id);
        for (command, (name, _)) in &by {
            // The others ask for a list to find one thing in it.
            if !name.ends_with(" list") && complete.is_none_or(|(_, (of, _))| of != name) {
                continue;
            }
            assert_eq!(missing(command), Vec::<&str>::new(), "{name}: filters of {}", operation.id);
            for parameter in operation.query {
                let argument = option_for(command, parameter.name).unwrap();
                let known = argument.get_possible_values();
                let named: Vec<&str> = known.iter().map(clap::builder::PossibleValue::get_name).collect();
                if argument.get_action().takes_values() && !named.is_empty() {
                    assert_eq!(named, words(parameter.description), "{name}: {}", parameter.name);
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn what_is_done_here_only_is_explained_to_those_who_use_the_api() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/admin-api.md")).unwrap();
    for (name, done) in COMMANDS {
        if let Here(_) = done {
            assert!(
                text.contains(&format!("`{name}`")),
                "docs/admin-api.md does not say why {name} is no operation"
            );
        }
    }
}
