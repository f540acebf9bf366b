"""The dbt project on a small warehouse of its own."""
