"""What the desk's pages ask about customers, each in a constant number of queries."""
