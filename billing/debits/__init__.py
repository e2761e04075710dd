"""Auto-debit (docs/money-in.md): what is due is taken from the account that a customer named.

`channel` is what a provider has to offer, `sandbox` one that moves no money, `mandates` what
customers allow, `running` the attempts of a due day, `tasks` their clock, `notices` what is told.
"""
