"""A shop of our own making, day by day: what it drops, and what goes wrong with it."""
