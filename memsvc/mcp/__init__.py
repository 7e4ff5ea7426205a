"""The Model Context Protocol: the memory as a few tools that any agent can plug in.

`tools` is the one toolset; it asks an `AsyncClient`, wherever that leads. `asks` and `answers` are
what its tools take and give, `marks` says that recalled text is data. `protocol` puts the tools
into the protocol's words and `speaking` carries them; nothing else imports the protocol's library,
which the extra `[mcp]` brings.
"""
