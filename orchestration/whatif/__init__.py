"""A month re-rated under another catalog, with nothing stored."""

from orchestration.whatif.run import rerate

__all__ = ["rerate"]
