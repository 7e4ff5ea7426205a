"""The root of the tree of errors."""

from typing import ClassVar


class MemsvcError(Exception):
    """Root of the tree. `detail` is one sentence for the reader."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
