"""A memory to be measured: a service for one evaluation, and how its spaces are filled."""
