"""Tests of the bundled data: the sample month and what it is made of."""
