"""Tests of the rules and the books, mirroring `billing/`."""
