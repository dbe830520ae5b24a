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

## make bench   token throughput beside the machine's own limit
bench:
	cargo run --release -p gatewright-lab -- bench token
