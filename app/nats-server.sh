#!/usr/bin/env bash
# Downloads nats-server into FOLDER while an image is built: nats-server.sh FOLDER
# The archive must have the checksum that its release publishes, else the build fails.
set -euo pipefail

readonly version=2.15.1 folder=$1
readonly release=https://github.com/nats-io/nats-server/releases/download/v$version
name=nats-server-v$version-linux-$(dpkg --print-architecture)
work=$(mktemp -d)
cd "$work"
curl -fsSL --retry 3 -O "$release/$name.tar.gz" -O "$release/SHA256SUMS"
grep -E "^[0-9a-f]{64}[ *]+$name\.tar\.gz\$" SHA256SUMS | sha256sum --check --strict
tar -xzf "$name.tar.gz" "$name/nats-server"
install -m 755 "$name/nats-server" "$folder/nats-server"
rm -rf "$work"
"$folder/nats-server" --version
