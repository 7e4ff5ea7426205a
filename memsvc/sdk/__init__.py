"""The Python SDK: wire shapes, requests without I/O, and the client that sends them."""
