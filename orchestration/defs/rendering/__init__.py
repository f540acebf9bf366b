"""Stage rendering: documents as files."""
