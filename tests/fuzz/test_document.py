"""Whatever is asked of any endpoint, with any key: the answer is one that the document promises.

Every operation of the OpenAPI document is asked, without being named here, so that a new endpoint
is fuzzed from its first day. `make fuzz` asks many times more; MEMSVC_FUZZ is how many requests
each operation gets of each kind and role.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, checks
from schemathesis.core.parameters import ParameterLocation

from memsvc.domain.memory import Source
from memsvc.domain.pinned import MOST_EXPECTED
from memsvc.sdk.checked import MAX_NAME, NAME_PATTERN
from tests.fuzz.ground import (
    CHANGE,
    LINES,
    ROLES,
    SPACE,
    Case,
    Ground,
    Operation,
    labels,
    open_ground,
)
from tests.fuzz.known import parameters_of

REQUESTS = int(os.environ.get("MEMSVC_FUZZ", "3"))
MOST_TRIES = 100
POSITIVE = GenerationMode.POSITIVE
IS_LONG = "MEMSVC_FUZZ" in os.environ
EVERY_BOUND, MOST_BOUNDS = 50, 300
"""Values at bounds that are all sent to an operation, and of which one in four is sent after these.
Making them up takes longer than sending them; a long run sends all, up to a thousand."""

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.positive_data_acceptance,
]
"""What is left out asks a second time over a network, or follows one request with another, which
`tests.server` does by name: ignored_auth, use_after_free, ensure_resource_availability."""

READS = ("GET", "HEAD", "OPTIONS", "TRACE")

LONGEST_SPELLED = 256
"""Of texts longer than this with a pattern, one is made that fits it, rather than spelled by the
pattern character by character, as schemathesis does up to 8,192: a minute for the 2,000 characters
of one field at its longest, and for others no text in the end."""
SPELLED = "schemathesis.specs.openapi.coverage._schema.MAX_GENERATED_PATTERN_LENGTH"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with (
        pytest.MonkeyPatch.context() as patched,
        open_ground(tmp_path_factory.mktemp("fuzz")) as opened,
    ):
        patched.setattr(SPELLED, LONGEST_SPELLED)
        yield opened


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("label", labels())
def test_every_answer_is_one_that_the_document_promises(
    ground: Ground, label: str, mode: GenerationMode
) -> None:
    operation = ground.operations[label]
    if mode.is_negative and not takes_anything(operation):
        pytest.skip("no request to it can be wrong")
    chance = Random(f"{label} {mode}")
    for case in drawn(operation, mode):
        # What each role may do is a table of its own (tests.server.test_access).
        for role in ROLES if IS_LONG else (chance.choice(ROLES[:-1]), ROLES[-1]):
            make_ready(ground, operation, chance)
            aim(ground, case, chance)
            send_and_check(ground, case, role)


@pytest.mark.parametrize("label", labels())
def test_every_endpoint_is_reached(ground: Ground, label: str) -> None:
    """A fuzz whose every answer is 404 proves nothing."""
    operation = ground.operations[label]
    chance = Random(label)
    for case in () if label in ground.succeeded else drawn(operation, POSITIVE, MOST_TRIES):
        if label in ground.succeeded:
            break
        make_ready(ground, operation, chance)
        aim(ground, case, chance)
        send_and_check(ground, case, "admin")
    assert label in ground.succeeded, "no request ever reached what this endpoint is for"


@pytest.mark.parametrize("label", labels())
def test_values_at_every_bound_are_answered_as_the_document_promises(
    ground: Ground, label: str
) -> None:
    operation = ground.operations[label]
    schema = operation.schema
    chance = Random(label)
    for number, case in enumerate(
        schema.iter_coverage_cases(
            operation,
            generation_modes=list(GenerationMode),
            generation_config=schema.config.generation,
        )
    ):
        if number >= MOST_BOUNDS and not IS_LONG:
            break
        if number >= EVERY_BOUND and number % 4 and not IS_LONG:
            continue
        make_ready(ground, operation, chance)
        aim(ground, case, chance)
        send_and_check(ground, case, "admin")


def takes_anything(operation: Operation) -> bool:
    return bool(operation.body) or any(
        parameter.name != "Authorization" for parameter in operation.iter_parameters()
    )


def drawn(operation: Operation, mode: GenerationMode, count: int = REQUESTS) -> list[Case]:
    """Return requests of one kind; the same in every run, unless a long one was asked for.

    They are drawn first and sent afterwards: what is sent depends on what exists by then, and
    hypothesis should not take that for a test that cannot make up its mind.
    """
    cases: list[Case] = []

    def keep(case: Case) -> None:
        cases.append(case)

    settings(
        max_examples=count,
        derandomize=not IS_LONG,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )(given(operation.as_strategy(generation_mode=mode))(keep))()
    return cases


def make_ready(ground: Ground, operation: Operation, chance: Random) -> None:
    """See to it that what the operation's path names exists."""
    ground.prepare(operation)
    if operation.path.startswith(CHANGE) and operation.method.upper() == "POST":
        ground.prepare_change(operation.path.removeprefix(CHANGE))
    names = parameters_of(operation.path)
    for maker in ground.makers(operation):
        if names and not ground.known.places[names]:
            for case in drawn(maker, POSITIVE, 3):
                aim(ground, case, chance)
                ground.send(case, role="admin")


def aim(ground: Ground, case: Case, chance: Random) -> None:
    """Point a request at what exists, where no schema can tell what that is.

    A name in the path, unless that is what was made wrong; a page's cursor, an item's present
    version, a recipe, the spaces to ask, a time that is not past; JSON within a parameter, and
    lines of an export, which are a text to the schema.
    """
    path = case.operation.path
    places = ground.known.places[parameters_of(path)]
    is_wrong = case.meta is not None and case.meta.is_negative_at(ParameterLocation.PATH)
    if places and not is_wrong:
        case.path_parameters.update(chance.choice(places))
    if "cursor" in case.query:
        cursors = ground.known.cursors[path]
        case.query.pop("cursor")
        if cursors:
            case.query["cursor"] = chance.choice(cursors)
    aim_query(case)
    aim_back(case)
    if case.operation.headers.get("If-Match") and chance.random() < 0.5:
        item, of_item = (each.removesuffix("/supersede") for each in (case.formatted_path, path))
        item, of_item = (each.removesuffix("/decide") for each in (item, of_item))
        held = ground.front.ask("GET", item)
        ground.known.learn("GET", of_item, dict(case.path_parameters), held)
        case.headers["If-Match"] = held.headers.get("ETag", '"0"')
    is_wrong = case.meta is not None and case.meta.is_negative_at(ParameterLocation.BODY)
    if path.startswith(CHANGE) and isinstance(case.body, dict) and not is_wrong:
        case.body = with_models(case.body, ground)
    aim_unlinking(case, ground)
    if isinstance(case.body, dict):
        case.body = with_notes(with_turns(with_existing(case.body), ground), ground)
    if isinstance(case.body, str) and case.media_type == LINES:
        case.body = ground.front.ask("GET", f"/v1/spaces/{SPACE}/export").text


def aim_unlinking(case: Case, ground: Ground) -> None:
    """Unlink what a turn names: no list of turns tells what that is."""
    wrong = [ParameterLocation.PATH, ParameterLocation.BODY]
    is_wrong = case.meta is not None and any(map(case.meta.is_negative_at, wrong))
    if case.operation.path.endswith("/unlink") and not is_wrong:
        case.path_parameters["entity"] = "Heron"
        case.body = {"turns": [*ground.front.write(SPACE, "We met Heron again.", stream="names")]}


def with_models(body: dict[str, Any], ground: Ground) -> dict[str, Any]:
    """Return a change to a model that is there, and questions to a space that is."""
    if "model" in body:
        return {**body, "model": ground.other_model()}
    asked = [{**each, "space": SPACE} for each in body.get("questions", ())]
    return {**body, "questions": asked}


def aim_back(case: Case) -> None:
    """Ask as of what was: the ledger may not have reached a position, nor the space begun."""
    is_wrong = case.meta is not None and case.meta.is_negative_at(ParameterLocation.QUERY)
    if "as_of" in case.query and not is_wrong:
        case.query["as_of"] = "1"
    if isinstance(case.body, dict) and case.body.keys() & {"min_position", "min_positions"}:
        case.body.pop("as_of", None)  # a question about the past waits for nothing
    is_wrong = case.meta is not None and case.meta.is_negative_at(ParameterLocation.BODY)
    if isinstance(case.body, dict) and case.body.get("to") is not None and not is_wrong:
        case.body["to"] = EXISTING["as_of"]  # the present, so that what was prepared stays


def aim_query(case: Case) -> None:
    """Have a query hold what no schema can tell: JSON in a parameter, one of node and question."""
    if isinstance(case.query.get("metadata"), str):
        case.query["metadata"] = json.dumps({"kind": "bird"})
    if not case.operation.path.endswith("/graph"):
        return
    if "node" not in case.query and "question" not in case.query:
        case.query["node"] = "entity:Owl"
    elif "node" in case.query:
        case.query.pop("question", None)


EXISTING: dict[str, Any] = {
    "into": "Owl",
    "recipe": "default",
    "space": SPACE,
    "spaces": [SPACE],
    "min_positions": {SPACE: 0},
    "expires_at": "2999-01-01T00:00:00Z",
    "as_of": "2999-01-01T00:00:00Z",
}


def is_name(said: object) -> bool:
    """Tell whether something is a name as the document has it."""
    return (
        isinstance(said, str) and len(said) <= MAX_NAME and bool(re.fullmatch(NAME_PATTERN, said))
    )


def is_list_of_names(said: object) -> bool:
    """Tell whether something is a list of at most 50 names, none of them twice."""
    if not isinstance(said, list) or not all(map(is_name, said)):
        return False
    return 0 < len(said) == len(set(said)) <= MOST_EXPECTED


def with_turns(body: dict[str, Any], ground: Ground) -> dict[str, Any]:
    """Return a statement of facts as said by a turn that is there, as far as one is named well.

    Feedback on a turn as on one that is there, likewise, a pin that expects one, and an echo as an
    agent's of such a one.
    """
    if isinstance(body.get("turns"), list):
        return {**body, "turns": [with_original(turn, ground) for turn in body["turns"]]}
    if is_list_of_names(body.get("expected")):
        return {**body, "expected": list(ground.turns())[:1] or body["expected"]}
    judged = body.get("turn")
    if is_name(judged):
        return {**body, "turn": next(iter(ground.turns()), judged)}
    facts = body.get("facts")
    if not isinstance(facts, list):
        return body
    turns = ground.turns()
    return {
        **body,
        "facts": [
            {**fact, "turns": turns[:1]}
            if isinstance(fact, dict)
            and isinstance(fact.get("turns"), list)
            and len(fact["turns"]) == 1
            and isinstance(fact["turns"][0], str)
            and re.fullmatch(NAME_PATTERN, fact["turns"][0])
            else fact
            for fact in facts
        ],
    }


def with_original(turn: Any, ground: Ground) -> Any:
    """Return a turn that names what it repeats as an agent's, of what is there."""
    echo = turn.get("echo_of") if isinstance(turn, dict) else None
    if not (isinstance(echo, str) and len(echo) <= MAX_NAME and re.fullmatch(NAME_PATTERN, echo)):
        return turn
    if turn.get("source") not in [None, *Source]:  # which may be a list itself
        return turn
    left = {name: value for name, value in turn.items() if name != "echo_of"}
    there = ground.turns()
    return {**left, "source": Source.AGENT.value, "echo_of": there[0]} if there else left


def with_notes(body: dict[str, Any], ground: Ground) -> dict[str, Any]:
    """Return a link as between two notes that are there, as far as its ends are named well."""
    ends = [body.get(end) for end in ("start", "end")]
    if not all(isinstance(end, str) and re.fullmatch(NAME_PATTERN, end) for end in ends):
        return body
    notes = ground.notes()
    if len(notes) < len(ends):
        return body
    return {**body, "start": notes[0], "end": notes[1]}


def is_named(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str)


def with_existing(value: Any) -> Any:
    """Return a body in which the fields of these names have these values, wherever they stand."""
    if isinstance(value, list):
        named = {inner["name"]: inner for inner in value if is_named(inner)}
        return [
            with_existing(inner)
            for inner in value
            if not is_named(inner) or named[inner["name"]] is inner  # of one name, one
        ]
    if isinstance(value, dict):
        return {name: EXISTING.get(name, with_existing(inner)) for name, inner in value.items()}
    return value


def send_and_check(ground: Ground, case: Case, role: str) -> None:
    before = ground.changes()
    answer = ground.send(case, role=role)
    is_unchanged = ground.changes() == before
    if case.method.upper() != case.operation.method.upper():
        assert answer.status_code in {404, 405, 413}, case.method
        assert is_unchanged
        return
    excluded = []
    if holds_foreign_name(case):
        excluded.append(checks.negative_data_rejection)
    if b"names nothing" in answer.content or b"must come after valid_from" in answer.content:
        # Which characters a name is made of, and which of two times is later, no schema says.
        excluded.append(checks.positive_data_acceptance)
    if b'"unreadable_document"' in answer.content:
        # What a file must hold to be read as what it is called, no schema says.
        excluded.append(checks.positive_data_acceptance)
    case.validate_response(answer, checks=CHECKS, excluded_checks=excluded)
    if not answer.is_success or case.method in READS:
        assert is_unchanged, "a request that was refused, or only read, has stored something"
    if role in {"nobody", "reader"}:
        assert is_unchanged, f"a {role} has stored something"
    asks_for_a_key = "401" in case.operation.definition.raw["responses"]
    if role == "nobody" and asks_for_a_key and case.operation.path != "/metrics":
        # /metrics answers this machine, where the fuzz runs, without one.
        assert not answer.is_success, "it asks for a key and does without one"


def holds_foreign_name(case: Case) -> bool:
    """Tell whether a name in other than Latin letters is in it, which only looks wrong.

    `\\w` of a name's pattern is a letter of any script to the service; schemathesis reads it as
    ECMA 262 does without its flag for Unicode, as ASCII alone.
    """
    path = [unquote(str(name)) for name in case.path_parameters.values()]
    return any(
        not text.isascii() and re.fullmatch(NAME_PATTERN, text)
        for text in texts_in([path, case.query, case.body])
    )


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from texts_in([*value, *value.values()])
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
