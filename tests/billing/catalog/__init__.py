"""Tests of the catalog: every refusal, slices of time, loading and importers."""
