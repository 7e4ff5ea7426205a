"""Between the lines of an export and what the use cases speak: written here, read here.

`written` turns a space into lines, a page at a time. `Reader` turns bytes into batches of lines for
an import, checks that they come in the order that the format wants, and names the line that is
wrong. What the lines hold is `memsvc.sdk.lines`.
"""

from memsvc.server.lines.reading import BATCH_LINES, Reader
from memsvc.server.lines.writing import written

__all__ = ["BATCH_LINES", "Reader", "written"]
