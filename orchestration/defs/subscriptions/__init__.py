"""Subscriptions and keys in the graph: checks."""
