"""Stage ingestion: landing files into raw tables."""
