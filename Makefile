# `make` lists what there is.

.PHONY: help dev test lint sqlx bench

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make dev     the server with a private database, an account and a demo MCP server
dev:
	scripts/setup.sh dev
	cargo run -- dev

## make test    everything that CI tests; installs what is missing first
test:
	scripts/setup.sh
	cargo test --workspace

## make lint    formatting, clippy and documentation, warnings as errors
lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features --quiet

## make sqlx    checks every statement against the migrations and rewrites crates/store/.sqlx
sqlx:
	scripts/sqlx-cache.sh

## make bench   the speed table, each figure beside the machine's own limit: about twelve minutes
bench:
	cargo build --release -p gatewright-lab -p gatewright-cli
	cargo run --release -p gatewright-lab -- bench token --seconds 3 --rounds 1
	cargo run --release -p gatewright-lab -- bench lone --seconds 3
	cargo run --release -p gatewright-lab -- bench login --seconds 10
	cargo run --release -p gatewright-lab -- bench nodes --seconds 3 --rounds 2
	cargo run --release -p gatewright-lab -- bench memory --seconds 60
	cargo run --release -p gatewright-lab -- bench grants --grants 200000 --seconds 5
