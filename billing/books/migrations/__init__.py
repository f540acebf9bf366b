"""How the books came to have the tables they have.

Here: the Alembic environment, shipped with the package, and one revision per change under
`versions/`. Keep out: code that a released revision uses and that may change later.
"""
