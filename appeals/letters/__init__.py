"""Decision letters: made from the decision, kept exactly as they were sent."""
