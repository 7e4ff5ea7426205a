"""Requests as values, one function an endpoint, and the reading of their answers.

Nothing here sends anything: a client takes a `Call`, carries it over whatever transport it has, and
hands status, headers and body to `read`. So a client that waits and one that awaits say the same.
"""

from memsvc.sdk.calls.asking import (
    list_places,
    list_recipes,
    list_timeline,
    novelty,
    order,
    recall,
    recall_together,
    whereabouts,
)
from memsvc.sdk.calls.call import PAGE, Call, Method, given, json_body, read, space_path
from memsvc.sdk.calls.running import (
    back_up,
    health,
    list_keys,
    list_ledger,
    make_key,
    read_enrichment,
    readiness,
    retry_enrichment,
    revoke_key,
    verify_ledger,
)
from memsvc.sdk.calls.spaces import (
    delete_space,
    export_space,
    import_space,
    list_spaces,
    make_space,
    read_space,
    revise_space,
)
from memsvc.sdk.calls.turns import (
    delete_stream,
    delete_turn,
    list_streams,
    list_turns,
    list_versions,
    read_stream,
    read_turn,
    revise_turn,
    write_turns,
)

__all__ = [
    "PAGE",
    "Call",
    "Method",
    "back_up",
    "delete_space",
    "delete_stream",
    "delete_turn",
    "export_space",
    "given",
    "health",
    "import_space",
    "json_body",
    "list_keys",
    "list_ledger",
    "list_places",
    "list_recipes",
    "list_spaces",
    "list_streams",
    "list_timeline",
    "list_turns",
    "list_versions",
    "make_key",
    "make_space",
    "novelty",
    "order",
    "read",
    "read_enrichment",
    "read_space",
    "read_stream",
    "read_turn",
    "readiness",
    "recall",
    "recall_together",
    "retry_enrichment",
    "revise_space",
    "revise_turn",
    "revoke_key",
    "space_path",
    "verify_ledger",
    "whereabouts",
    "write_turns",
]
