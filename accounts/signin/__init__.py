"""How staff sign in: a password, a second factor, a bounded number of attempts, all on record."""
