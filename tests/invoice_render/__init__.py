"""Every form of a document: looks, law, bytes and hostile text."""
