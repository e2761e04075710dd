"""Questions about appeals: `mine` for the customer's own doors, `titles` for what is contested in
words, `figures` for the numbers of a span of time."""
