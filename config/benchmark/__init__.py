"""How fast the night is, measured against what it cannot beat and against the usual way.

`workshop.py` makes databases to measure in, `book.py` fills them with a synthetic book,
`measure.py` times the night and counts what it writes, `floor.py` writes the same rows without
thinking, `peers.py` does the same work as an ORM loop, `posting.py` times repayments,
`consequences.py` hashes what a night decided, `rounds.py` interleaves them all, `table.py` prints.
"""
