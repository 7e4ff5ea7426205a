"""`memsvc restore --at`: a staged store as it stood at a position or a time."""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memsvc.app.stand_as_then import StandAsThen, Stands
from memsvc.domain.ids import SpaceName
from memsvc.local import OWNER
from memsvc.wiring import open_service
from store.directory import KEY_FILE

if TYPE_CHECKING:
    from memsvc.config import Settings


def moment_or_position(at: str | None, *, space: str | None) -> int | datetime | None:
    """Read `--at`: a position, which only one space has, or a time. None for neither given."""
    if at is None:
        if space is not None:
            message = "--space says whose position --at is; name both."
            raise click.UsageError(message)
        return None
    if at.isdecimal():
        if space is None:
            message = "A position is one of a space: name it with --space, or give --at a time."
            raise click.UsageError(message)
        return int(at)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        message = f"--at is neither a position nor a time like 2026-05-01T09:30Z ({error})."
        raise click.UsageError(message) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def stood_again(
    staged: Path, settings: "Settings", *, space: str | None, to: int | datetime
) -> Sequence[Stands]:
    """Have spaces of a staged database stand as they stood; the database is closed again."""
    folder, key_file = staged.parent, settings.data / KEY_FILE
    if not (folder / KEY_FILE).exists():  # else opening it would make another admin key
        shutil.copyfile(key_file, folder / KEY_FILE)
    here = settings.model_copy(update={"data": folder, "database": ""})
    with open_service(here) as service:
        stand = StandAsThen(
            service.inspect.keeping,
            service.inspect,
            service.look_back,
            service.roll_back,
            service.forget,
            service.roll_back.clock,
        )
        return stand(OWNER, None if space is None else SpaceName(space), to)


def told_as_json(stands: Sequence[Stands]) -> list[dict[str, Any]]:
    """Return what stands how, as `--json` prints it."""
    return [
        {
            "space": one.space,
            "to": one.to,
            "position": one.position,
            "digest": one.digest.hex() or None,
            "changed": one.undone,
        }
        for one in stands
    ]


def tell(stands: Sequence[Stands]) -> None:
    """Print a line a space."""
    for one in stands:
        if one.to is None:
            click.echo(f"{one.space}: began later, and is gone")
        else:
            click.echo(
                f"{one.space}: as at position {one.to}, with the digest that it had "
                f"({one.digest.hex()[:16]}); {one.undone:,} changed, now at {one.position}"
            )
