"""Stage catalog: catalog files into tables."""
