#!/usr/bin/env bash
# Gets the real nodes that come neither from Debian nor as commands: bcoin from npm, dcrd built by Go (1.24 or newer),
# chia-blockchain for Python (3.10 or newer), feeless built by Rust.
# What is there already is left alone.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p ../../.cache/interop
cache=$(realpath ../../.cache/interop)

npm ci --no-audit --no-fund --ignore-scripts --loglevel=error

[ -x "$cache/feeless/debug/nano-feeless" ] || cargo build --quiet --locked --manifest-path nano-feeless/Cargo.toml --target-dir "$cache/feeless"

[ -x "$cache/bin/dcrd" ] || (cd go && go build -o "$cache/bin/dcrd" github.com/decred/dcrd)

if [ ! -x "$cache/chia/bin/chia_full_node" ]; then
  rm -rf "$cache/chia"
  python3 -m venv "$cache/chia"
  "$cache/chia/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement python/requirements.txt
fi
