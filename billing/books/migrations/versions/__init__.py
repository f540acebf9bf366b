"""One revision per file, in order; a released revision is never edited."""
