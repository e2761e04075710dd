"""Partner systems over the API: who they are, what their tokens may do, and each write once.

`models.py` service accounts, their tokens, and what was answered under an idempotency key;
`tokens.py` makes, finds and revokes tokens; `once.py` is idempotency; `views.py` the view that
every address of partners is built on.
"""
