"""Tests of prepaid balances in the books."""
