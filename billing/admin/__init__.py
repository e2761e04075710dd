"""The desk of the book: facts, bills, entries, plans, terms, and the calendar of its days."""

from billing.admin import book, channels, days, debits, holidays, terms, write_offs

__all__ = ["book", "channels", "days", "debits", "holidays", "terms", "write_offs"]
