"""Subscriptions and keys in the graph: checks, and alerts of their limits."""
