"""Tests of what customers owe and pay."""
