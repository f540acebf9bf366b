"""Which model a name in a log means: a model's id, an alias, else the first pattern that fits.

Here: reading the catalog's names once more, a name at a time. Keep out: usage keys
(`usage_keys`) and prices.
"""

from billing.audit.catalog_rows import CatalogFiles


class ModelNames:
    """Answers for the names of one catalog."""

    def __init__(self, files: CatalogFiles) -> None:
        self._models = files.models
        self._aliases = files.model_aliases
        self._patterns = sorted(files.model_patterns, key=lambda row: row.precedence)
        self._known: dict[str, str] = {"": ""}

    def model_of(self, name: str) -> str:
        """Return the model that `name` means; a name nobody knows means itself."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> str:
        if name in self._models:
            return name
        if name in self._aliases:
            return self._aliases[name]
        for row in self._patterns:
            if _fits(row.pattern.split("*"), name):
                return row.model_id
        return name


def _fits(parts: list[str], name: str) -> bool:
    """Tell whether the parts between the stars stand in `name` one after the other."""
    first, *middle, last = parts
    if len(name) < len(first) + len(last):
        return False
    if not name.startswith(first) or not name.endswith(last):
        return False
    place, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True
