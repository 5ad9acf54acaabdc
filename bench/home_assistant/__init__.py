"""The whole path into a real Home Assistant, measured."""
