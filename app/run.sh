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

# For setting up the integration by hand.
(
  until [ -s "$data/token" ]; do sleep 1; done
  install -m 600 "$data/token" /config/token
) &

# Makes Home Assistant discover the integration. The address is this container's name in the Supervisor's network.
(
  until curl -fsS --max-time 5 -o /dev/null "http://127.0.0.1:$port/api/health" 2>/dev/null; do sleep 1; done
  jq -n --arg host "$(hostname)" --argjson port "$port" --rawfile token "$data/token" \
    '{service: "nats_bridge", config: {host: $host, port: $port, token: ($token | rtrimstr("\n"))}}' |
    curl -fsS --max-time 30 -o /dev/null -X POST -H @<(printf 'Authorization: Bearer %s' "$SUPERVISOR_TOKEN") -H "Content-Type: application/json" \
      --data-binary @- http://supervisor/discovery || echo "the discovery message could not be sent to the Supervisor; add the integration by hand" >&2
) &
exec /opt/hanatsbridge/hanatsbridge run
