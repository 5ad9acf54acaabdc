"""Helpers of the tests of the integration."""
