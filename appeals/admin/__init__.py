"""The desk's pages about appeals."""

from appeals.admin import appeals, letters, offers, published, records

__all__ = ["appeals", "letters", "offers", "published", "records"]
