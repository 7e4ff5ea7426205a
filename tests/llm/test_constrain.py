"""Answers held to a schema, drawn at random from all that may follow: no model is needed to err."""

import json
from random import Random
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, TypeAdapter

from memsvc.domain.errors import ModelMissing
from memsvc.evals.models.constraining import SHAPES as ASKED_FOR
from memsvc.llm.constrain import Schemas, SchemaUnfit
from memsvc.llm.loading import bare_tokenizer
from memsvc.llm.made import made_tokenizer
from tests.llm.answer_shapes import SHAPES, Links, Title, Verdict

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def told() -> Any:
    return made_tokenizer()


@pytest.fixture(scope="module")
def schemas(told: Any) -> Schemas:
    return Schemas(bare_tokenizer(told, refused=ModelMissing), ends=[told.eos_token_id])


def drawn(schemas: Schemas, schema: Any, *, most: int, chance: Random) -> tuple[str, bool]:
    """Draw tokens from all that may follow, and return what came of it and whether it is whole."""
    held, written = schemas.begin(schema), b""
    for place in range(most):
        allowed = held.allowed()
        every = [allowed] if isinstance(allowed, int) else np.flatnonzero(allowed).tolist()
        if held.take(chance.choice(every), left=most - place) is None:
            break
        written += held.said
        if held.is_done:
            break
    return written.decode(errors="replace"), held.is_whole


@pytest.mark.parametrize("shape", [*ASKED_FOR, *SHAPES])
def test_whatever_is_drawn_fits_however_little_room_there_is(
    schemas: Schemas, shape: type[BaseModel]
) -> None:
    chance = Random(shape.__name__)

    for most in (100, 100, 130, 200, 400) * 4:
        text, is_whole = drawn(schemas, shape.model_json_schema(), most=most, chance=chance)
        assert is_whole
        shape.model_validate_json(text, strict=True)


def test_what_has_no_room_at_all_says_that_it_is_cut_off(schemas: Schemas) -> None:
    text, is_whole = drawn(schemas, Verdict.model_json_schema(), most=5, chance=Random(1))

    assert not is_whole
    assert '{"verdict"'.startswith(text)


def test_a_number_without_end_is_ended(schemas: Schemas) -> None:
    """Places behind the point have no bound in a schema."""
    for seed in range(20):
        text, is_whole = drawn(
            schemas, {"type": "number", "minimum": 0, "maximum": 1}, most=12, chance=Random(seed)
        )
        assert is_whole
        assert 0 <= float(text) <= 1


def test_no_text_is_drawn_that_could_not_be_kept(schemas: Schemas) -> None:
    """Half a character (`\\ud800`) is JSON, and no text."""
    reader = TypeAdapter(str)
    for seed in range(60):
        schema = {"type": "string", "maxLength": 30}
        text, _ = drawn(schemas, schema, most=90, chance=Random(seed))
        reader.validate_json(text).encode()
        assert "\\ud" not in text


def test_lists_may_ask_for_more_than_was_written(schemas: Schemas) -> None:
    class Three(BaseModel):
        names: tuple[str, str, str]

    for seed in range(10):
        text, is_whole = drawn(schemas, Three.model_json_schema(), most=80, chance=Random(seed))
        assert is_whole
        Three.model_validate_json(text)


def test_nothing_is_written_between_what_json_is_made_of(schemas: Schemas) -> None:
    text, _ = drawn(schemas, Links.model_json_schema(), most=400, chance=Random(3))

    read = json.loads(text)
    for link in read["links"]:
        link["reason"] = link["reason"].replace(" ", "")
    assert text.startswith('{"links":[')


def test_a_close_is_not_begun_before_it_must(schemas: Schemas) -> None:
    """A title of letters alone takes all the room that it has."""
    schema = Title.model_json_schema()
    lengths = [len(drawn(schemas, schema, most=60, chance=Random(seed))[0]) for seed in range(9)]

    assert max(lengths) > 50


def test_a_schema_that_cannot_be_held_to_says_why(schemas: Schemas) -> None:
    for unfit in ({"type": "array", "uniqueItems": True}, {"type": "nothing"}):
        with pytest.raises(SchemaUnfit, match=r"\w"):
            schemas.begin(unfit)


def test_a_schema_is_compiled_once(schemas: Schemas) -> None:
    schemas.begin(Title.model_json_schema())
    before = len(schemas._compiled)

    schemas.begin(Title.model_json_schema())

    assert len(schemas._compiled) == before
