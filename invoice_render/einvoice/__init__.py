"""Electronic invoices: business terms of EN 16931, and the syntaxes and profiles they take.

Here: terms made from a frozen document (`semantics`), what each profile demands (`profiles`), and
one module per syntax. Add a country as a file in `profiles/`. Keep out: paper and tables.
"""
