"""Why a form can be refused.

Here: the one exception of this package. Keep out: recovery; a caller that gets it has no form.
"""


class RenderError(Exception):
    """A document cannot take this form, and the text says which part and what to do."""
