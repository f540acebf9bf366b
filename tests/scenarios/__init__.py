"""Scenarios: raw rows in, documents out, each with its arithmetic in a README."""
