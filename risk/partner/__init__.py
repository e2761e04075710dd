"""The API of partner systems: read customers and their credit, book facts, ask for authorisations,
send settlement files. Each write under an idempotency key (accounts/partner/once.py); each refusal
is a problem with a code that does not change (accounts/api/problems.py)."""
