# Each target is one line; what it takes is in scripts/. Build output stays outside the checkout.
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/cloister/target

.PHONY: run test build built bench lint schema setup

# A release build: it takes longer the first time, and what a new user then sees has the speed of the real thing.
run: setup
	cargo run --release --package host --bin cloister -- serve

test:
	scripts/setup-tests && cargo build --workspace && cargo test --manifest-path guest-sdk/agents/Cargo.toml && cargo test --workspace

build: setup
	cargo build --release --package host --bin cloister && echo "$$CARGO_TARGET_DIR/release/cloister"

# All that lint and test run, in one go: what depends on nothing else is built beside what takes long.
built: setup
	cargo build --workspace --bins --tests

bench: setup
	scripts/bench

lint: setup
	for workspace in . guest-sdk/agents tests/guests; do scripts/lint-workspace $$workspace || exit 1; done; cargo run --quiet --bin cloister -- schema | diff schema.graphql -

schema: setup
	cargo run --quiet --bin cloister -- schema > schema.graphql.new && mv schema.graphql.new schema.graphql

setup:
	scripts/setup
