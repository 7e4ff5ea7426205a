"""Between the wire and the domain: requests into values, values into answers.

`*_from` makes a domain value of a request, `*_shape` a wire shape of a domain value.
"""

from memsvc.server.shapes.asked import filter_from, question_from, where_from
from memsvc.server.shapes.kept import (
    deleted_shape,
    imported_shape,
    page_shape,
    space_shape,
    stream_shape,
    turn_shape,
    version_shape,
)
from memsvc.server.shapes.recalled import (
    recalled_shape,
    recalled_together_shape,
    recipe_shapes,
    why_shape,
)
from memsvc.server.shapes.running import (
    backlog_shape,
    entry_shape,
    key_shape,
    made_key_shape,
    verdict_shape,
)
from memsvc.server.shapes.written import SOURCE_OF_ROLE, batch_from, written_shape

__all__ = [
    "SOURCE_OF_ROLE",
    "backlog_shape",
    "batch_from",
    "deleted_shape",
    "entry_shape",
    "filter_from",
    "imported_shape",
    "key_shape",
    "made_key_shape",
    "page_shape",
    "question_from",
    "recalled_shape",
    "recalled_together_shape",
    "recipe_shapes",
    "space_shape",
    "stream_shape",
    "turn_shape",
    "verdict_shape",
    "version_shape",
    "where_from",
    "why_shape",
    "written_shape",
]
