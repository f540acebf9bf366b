"""What a form shows, as finished text: one view per kind of paper, for HTML and PDF alike.

Here: views built from frozen documents and reports, every number and word already in the
customer's language. Add a module per part of a page. Keep out: markup, and arithmetic on money.
"""
