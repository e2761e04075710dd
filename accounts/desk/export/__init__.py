"""A list as a CSV or XLSX file: the rows that its filters and its search leave, all of them.

The rows come through a cursor of the database, some thousands at a time, so that a million of
them take no more memory than a page; the rows of a part get their computed columns together, as
those of a page do. What identifies a person is in the file as it is on the list: masked, unless
somebody with a permission of its own says why it must be in clear (clear.py). A large file is made
by a worker.

An export is two rows in the record: one before the first line leaves, one at the end with the
number of rows. A file whose server died has only the first.
"""
