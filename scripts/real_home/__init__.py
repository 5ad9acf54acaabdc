"""A real home for people and tests: sidecar, nats-server and Home Assistant as processes, set up without a person's help."""
