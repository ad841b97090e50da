#!/bin/sh
# Installs what builds the book of `docs/`, mdBook, into the folder $1, once. Without its server and without optimisation: two minutes
# of a processor instead of many.
set -eu
tools=${1:?the folder to install into}
version=0.5.4
[ ! -e "$tools/mdbook-$version.done" ] || exit 0
CARGO_TARGET_DIR="$tools/mdbook-build" CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 \
    cargo install --quiet mdbook --version "$version" --locked --no-default-features --debug --force --root "$tools"
rm -rf "$tools/mdbook-build"
: >"$tools/mdbook-$version.done"
