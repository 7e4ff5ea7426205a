"""Notes by rule: what an event says in short, what it is linked to, and what that changes."""
