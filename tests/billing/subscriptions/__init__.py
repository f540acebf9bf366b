"""Tests of subscriptions, keys and what they make of the catalog."""
