"""What the use cases need from the outside, as small protocols written from the caller's side.

Adapters live in `store` and `memsvc.llm`; each port has a plain twin that shows what it means, and
one suite in `tests/contracts` that every adapter passes.
"""
