"""A whole book from files: everything valid, or nothing at all.

`layout.py` says what the files hold; `source.py` opens one and yields its lines, `cells.py` judges
one cell, `read.py` makes rows of lines; `staging.py` copies the rows to temporary tables,
`checks.py` compares them with each other and with the book, `load.py` writes what is new;
`book.py` is the way through all of them.
"""

from config.importing.book import Watcher, import_book
from config.importing.problems import Invalid, Refused
from config.importing.report import Report

__all__ = ["Invalid", "Refused", "Report", "Watcher", "import_book"]
