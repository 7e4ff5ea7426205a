"""The edge of the service, layers of plain ASGI around its routes.

`observed` is outermost: it names, times, counts and logs every request. `admitted` comes next: it
decides which request is worked on, which waits and which is refused, by `gate`'s rules, and reads
its body by those of `bodies`. Nothing here knows what a request asks for.
"""
