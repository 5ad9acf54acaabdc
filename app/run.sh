#!/usr/bin/env bash
# Starts the sidecar with the app's options, as a user of its own (/usr/local/bin/hanatsbridge). Only this script is root: the
# Supervisor's folders are. Whatever the sidecar wrote is read as its user, and nothing here follows a link that it made.
set -euo pipefail

readonly options=/data/options.json data=/data/bridge user=hanatsbridge port=8129
Bridge__LogLevel=$(jq -r .log_level "$options")
Bridge__Simulate=$(jq -r .simulate "$options")
Bridge__Nats__Plain=$(jq -r .nats_plain "$options")
Bridge__Nats__TlsName=$(jq -r '.nats_names | join(",")' "$options")
# The Supervisor's discovery tells Home Assistant more: the token too.
Bridge__NoZeroconf=true
export Bridge__NoZeroconf
export Bridge__LogLevel Bridge__Simulate Bridge__Nats__Plain Bridge__Nats__TlsName

# The folder belongs to root where an older version ran.
[ -d "$data" ] || install -d -m 700 "$data"
[ "$(stat -c %U "$data")" = "$user" ] || chown -R --no-dereference "$user:$user" "$data"

read_as_user() { setpriv --reuid="$user" --regid="$user" --clear-groups cat "$data/$1"; }

# For a person: the token for setting up the integration by hand, and the certificate with which devices verify the server.
(
  until read_as_user token >/dev/null 2>&1; do sleep 1; done
  read_as_user token | install -m 600 /dev/stdin /config/token
  if [ "$Bridge__Nats__Plain" = false ]; then
    until read_as_user nats/tls/ca.pem >/dev/null 2>&1; do sleep 1; done
    read_as_user nats/tls/ca.pem | install -m 644 /dev/stdin /config/ca.pem
  fi
) &

# Makes Home Assistant discover the integration. The address is this container's name in the Supervisor's network.
(
  until curl -fsS --max-time 5 -o /dev/null "http://127.0.0.1:$port/api/health" 2>/dev/null; do sleep 1; done
  jq -n --arg host "$(hostname)" --argjson port "$port" --rawfile token <(read_as_user token) \
    '{service: "nats_bridge", config: {host: $host, port: $port, token: ($token | rtrimstr("\n"))}}' |
    curl -fsS --max-time 30 -o /dev/null -X POST -H @<(printf 'Authorization: Bearer %s' "$SUPERVISOR_TOKEN") \
      -H "Content-Type: application/json" --data-binary @- http://supervisor/discovery ||
    echo "the discovery message could not be sent to the Supervisor; add the integration by hand" >&2
) &
exec hanatsbridge run
