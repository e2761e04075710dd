"""How a customer comes in: a one-time code or a password at the portal, a token at the API.

None of it gives rights of staff: `accounts.models.User.customer` says whose rows are seen, and
every question of the portal starts from there.
"""
