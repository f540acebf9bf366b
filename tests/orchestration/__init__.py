"""Tests: facts about Meterbook, one folder for each room."""
