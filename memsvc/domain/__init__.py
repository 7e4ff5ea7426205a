"""The words of the service, as values: standard library only, no I/O, nothing mutable.

Every other package speaks in these types. What a word means is said once, where it is defined.
"""
