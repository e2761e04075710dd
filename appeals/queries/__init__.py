"""Questions about appeals: `mine` for the customer's own doors, `objecting` for what they may
still object to, `figures` for the numbers of a span of time."""
