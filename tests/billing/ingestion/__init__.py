"""Tests of ingestion, each a fact about delivered files."""
