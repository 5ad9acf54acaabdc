#!/usr/bin/env bash
# Starts the sidecar with the app's options, and tells the Supervisor where Home Assistant finds it.
set -euo pipefail

readonly options=/data/options.json data=/data/bridge port=8129
export Bridge__Data=$data
export Bridge__Listen="*:$port"
export Bridge__Nats__Listen="*:4222"
Bridge__LogLevel=$(jq -r .log_level "$options")
Bridge__Simulate=$(jq -r .simulate "$options")
export Bridge__LogLevel Bridge__Simulate

# announce: once the sidecar is ready. Home Assistant asks the person, and needs no URL and no token typed.
announce() {
  until curl -fs "http://127.0.0.1:$port/api/health" >/dev/null; do sleep 1; done
  jq -n --arg host "$(hostname)" --argjson port "$port" --rawfile token "$data/token" \
    '{service: "nats_bridge", config: {host: $host, port: $port, token: ($token | rtrimstr("\n"))}}' |
    curl -fsS -X POST -H "Authorization: Bearer $SUPERVISOR_TOKEN" -H 'Content-Type: application/json' \
      --data @- http://supervisor/discovery >/dev/null || echo "The Supervisor did not take the announcement; set the integration up by hand."
}

if [ -n "${SUPERVISOR_TOKEN:-}" ]; then announce & fi
exec /opt/hanatsbridge/hanatsbridge run
