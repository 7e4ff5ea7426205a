"""A space as a client sees it: each verb shapes a call and hands it to the client."""

from memsvc.sdk.space.space import Space

__all__ = ["Space"]
