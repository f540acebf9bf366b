"""Log formats as data: mapping files, checked and compiled to SQL.

Here: the language of `formats/*.yaml`, which operators write too. Add here when a kind of log
cannot be described. Keep out: any single format, and judging rows.
"""

from billing.ingestion.mapping.loading import Formats, format_problems, load_formats, read_format

__all__ = ["Formats", "format_problems", "load_formats", "read_format"]
