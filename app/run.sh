#!/usr/bin/env bash
# Starts the sidecar with the app's options.
set -euo pipefail

readonly options=/data/options.json data=/data/bridge port=8129
export Bridge__Data=$data
export Bridge__Listen="*:$port"
export Bridge__Nats__Listen="*:4222"
Bridge__LogLevel=$(jq -r .log_level "$options")
Bridge__Simulate=$(jq -r .simulate "$options")
export Bridge__LogLevel Bridge__Simulate

# The person who sets the integration up looks for the token here.
(
  until [ -s "$data/token" ]; do sleep 1; done
  install -m 600 "$data/token" /config/token
) &
exec /opt/hanatsbridge/hanatsbridge run
