"""How a document looks, in every form.

Here: the frozen document model and its pure renderings. Add a form as a module of its own
with its templates. Keep out: arithmetic on money, databases and clocks.
"""
