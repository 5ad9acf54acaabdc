#!/usr/bin/env bash
# /usr/local/bin/hanatsbridge: the sidecar's program as its own user, without capabilities and without a way back to them.
# What it does not need of the environment stays here: the Supervisor's token above all.
exec env --unset=SUPERVISOR_TOKEN --unset=HASSIO_TOKEN HOME=/data/bridge \
  setpriv --reuid=hanatsbridge --regid=hanatsbridge --clear-groups --no-new-privs \
  --bounding-set=-all --inh-caps=-all --ambient-caps=-all \
  /opt/hanatsbridge/hanatsbridge "$@"
