"""Stage rating: the dbt models."""
