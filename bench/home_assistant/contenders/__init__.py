"""One file for each way into Home Assistant."""
