"""The desk's pages about appeals."""

from appeals.admin import letters, offers

__all__ = ["letters", "offers"]
