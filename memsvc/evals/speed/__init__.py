"""How fast the service is and how much it bears: one kind of work a file, beside bare parts.

`service` says what a measured figure is. Costs, capacity and their simulation are here as well.
"""
