//! What the `gatewright` command is made of. The server itself is `gatewright-server`; here is what
//! stands around it on one machine.
//!
//! A command is a module with `Arguments` (its command line) and `run`; `main.rs` lists them. What
//! commands share: [`server`] (a whole server in this process), [`database`] (which PostgreSQL),
//! [`remote`] (a server elsewhere), [`listen`] (sockets), [`failure`] (texts and exit codes).

pub mod administrator;
pub mod apply;
pub mod assent;
pub mod commands;
pub mod database;
pub mod demo;
pub mod dev;
pub mod failure;
pub mod fetch;
pub mod health;
pub mod installation;
pub mod key_files;
pub mod listen;
pub mod managed_postgres;
pub mod master_key;
pub mod output;
pub mod password;
pub mod private_file;
pub mod remote;
pub mod serve;
pub mod server;
pub mod signals;
pub mod telemetry;
pub mod terminal;
pub mod tls;
pub mod trust;
pub mod when;
