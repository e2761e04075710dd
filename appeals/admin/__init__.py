"""The admin's lists of appeals, and the pages that stand behind their rows."""

from appeals.admin import appeals, records

__all__ = ["appeals", "records"]
