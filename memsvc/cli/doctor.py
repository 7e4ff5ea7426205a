"""`memsvc doctor`: is everything there, and does it fit together? It changes nothing.

A directory that nobody has open is looked at directly. One that a running service holds is asked
about over HTTP, where only readiness and ledgers can be seen.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel, TypeAdapter

from memsvc.app.tend import EMBEDDER, LEXICON, MANNERS, MENTIONS
from memsvc.app.verify import Verify
from memsvc.cli.reach import as_json, data_option, settings_with
from memsvc.domain.errors import DataDirectoryInUse, MemsvcError
from memsvc.domain.memory import Page, Space, pages
from memsvc.domain.reembedding import Reembedding
from memsvc.ingest import manner
from memsvc.ingest.extract.named import RULES
from memsvc.ingest.words import words_of
from memsvc.llm.exported import is_ready, read
from memsvc.llm.fakes import HashingEmbedder
from memsvc.llm.provision import slug
from memsvc.local import OWNER
from memsvc.models import (
    HASHING,
    LANGUAGE_MODEL,
    open_language_model,
    open_reranker,
    open_surprisal,
)
from memsvc.ports.language import Ask, Message, Unanswered
from memsvc.ports.models import Passage
from memsvc.sdk.client import Client
from memsvc.server.logs import configure
from store.canaries import met_in_files
from store.checks import Examined
from store.directory import DATABASE, KEY_FILE, SNAPSHOTS
from store.opening import lend_database
from store.schema import HEAD
from store.uow import SqlKeeping

if TYPE_CHECKING:
    from memsvc.config import Settings

FOUND_WRONG = 1
HELLO = Ask((Message("user", "Greet me in one word."),), most_tokens=4)
ABILITIES = {"schemas": "answers by schema", "choices": "odds of choices", "tools": "tools"}
"""What a language model may offer beyond text, in words."""

PAGE = 500


class Finding(BaseModel):
    """What one check found."""

    check: str
    ok: bool
    detail: str


_FINDINGS = TypeAdapter(list[Finding])


@click.command()
@data_option
@as_json
def doctor(*, data: Path | None, as_json: bool) -> None:
    """Check data directory, database, ledgers, lexicon, vectors and models; exit 1 if wrong."""
    settings = settings_with(data=data)
    configure(level="error")
    findings: list[Finding] = []
    with click.progressbar(
        _checks(settings), label="checking", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as running:
        findings.extend(running)
    if as_json:
        click.echo(_FINDINGS.dump_json(findings, indent=2))
    else:
        for finding in findings:
            mark = "ok   " if finding.ok else "WRONG"
            click.echo(f"{mark}  {finding.check}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        sys.exit(FOUND_WRONG)


def _checks(settings: "Settings") -> Iterator[Finding]:
    model, finding = _model(settings)
    yield finding
    yield _surprise_model(settings)
    yield _reranker(settings)
    yield _language_model(settings)
    if not settings.database and not (settings.data / DATABASE).exists():
        yield _good("data directory", f"{settings.data} holds no database yet; `serve` makes one")
        return
    try:
        with lend_database(settings.data, settings.database, readers=2) as engine:
            yield _good("data directory", f"{settings.data}, open to nobody else")
            yield from _inside(settings, Examined(engine), model=model)
    except DataDirectoryInUse:
        yield _good("data directory", f"{settings.data}, open to a running service; asking that")
        yield from _over_http()
    except MemsvcError as error:
        yield _wrong("data directory", error.detail)


def _model(settings: "Settings") -> tuple[str | None, Finding]:
    if settings.embedder == HASHING:
        found = HashingEmbedder().fingerprint.text
        return found, _good("model", f"{found}, for trying things out")
    named = Path(settings.embedder).expanduser()
    folder = named if is_ready(named) else settings.models / slug(settings.embedder)
    try:
        found = read(folder).fingerprint.text
    except MemsvcError as error:
        return None, _wrong("model", f"{error.detail} Run `memsvc model`.")
    return found, _good("model", f"{found} in {folder}")


def _surprise_model(settings: "Settings") -> Finding:
    """Load the model, for only that shows that it can be."""
    try:
        surprisal = open_surprisal(settings)
    except MemsvcError as error:
        return _wrong("surprise model", error.detail)
    if surprisal is None:
        return _good("surprise model", "none is set; events are cut by vectors alone")
    try:
        surprisal.of([Passage(["One more word."])])
    except MemsvcError as error:
        return _wrong("surprise model", error.detail)
    return _good("surprise model", f"{surprisal.fingerprint} in {settings.surprise_model}")


def _reranker(settings: "Settings") -> Finding:
    """Load the model, for only that shows that it can be."""
    try:
        with ExitStack() as stack:
            model = open_language_model(settings) if settings.reranker == LANGUAGE_MODEL else None
            if model is not None:
                stack.callback(model.close)
            reranker = open_reranker(settings, model)
    except MemsvcError as error:
        return _wrong("reranker", error.detail)
    if reranker is None:
        return _good("reranker", "none is set; recalls rank by their recipes alone")
    return _good("reranker", f"{reranker.fingerprint} in {settings.reranker}")


def _language_model(settings: "Settings") -> Finding:
    """Ask the model a few words, for only that shows what it can do and in what time."""
    try:
        model = open_language_model(settings)
    except MemsvcError as error:
        return _wrong("language model", error.detail)
    if model is None:
        return _good("language model", "none is set; nothing needs one")
    with closing(model):
        begun = monotonic()
        try:
            offers = model.offers()
        except MemsvcError as error:
            return _wrong("language model", error.detail)
        tried = monotonic()
        (reply,) = model.replies((HELLO,), within_s=settings.llm_within_s)
        took_s, trying_s = monotonic() - tried, tried - begun
        if isinstance(reply, Unanswered):
            return _wrong("language model", f"{model.name} gives no answer: {reply.why}")
        where = settings.llm or settings.llm_url
        able = [name for name in ABILITIES if getattr(offers, name)]
        detail = (
            f"{model.name} at {where} answers a word in {took_s:.2f} s (what it can do "
            f"found out in {trying_s:.2f} s), reads and writes {model.context_tokens} tokens, "
            f"offers {', '.join(map(ABILITIES.__getitem__, able)) or 'text alone'}"
        )
        return _good("language model", " ".join((f"{detail}.", *offers.missing.values())))


def _inside(settings: "Settings", found: Examined, *, model: str | None) -> Iterator[Finding]:
    revision = found.revision
    if revision != HEAD:
        yield _wrong("database", f"is at revision {revision}, not {HEAD}; run `memsvc migrate`")
        return
    damage = found.damage()
    if damage is not None:
        yield _wrong("database", f"is damaged ({damage}); bring it back with `memsvc restore`")
        return
    yield _good("database", f"revision {revision}, every page in place")
    yield _key_file(settings)
    with found.keeping.read() as reading:
        lexicon, embedder = reading.rules.get(LEXICON), reading.rules.get(EMBEDDER)
        change = reading.reembeddings.last()
        mentions, manners = reading.rules.get(MENTIONS), reading.rules.get(MANNERS)
    yield _agrees("lexicon rules", lexicon, words_of(settings.language).fingerprint)
    yield _agrees("rules of names", mentions, RULES)
    yield _agrees("rules of manners", manners, manner.RULES)
    if change is not None and change.present.fingerprint == embedder:
        yield _good("vectors' model", f"{embedder}, {_told(change)}")
    elif model is not None:
        yield _agrees("vectors' model", embedder, model)
    yield from _counted(found, fingerprint=embedder)
    yield _documents(found)
    yield _events(found)
    yield from _canaries(settings, found)
    yield _good("rows that are gone", f"{found.dead_rows()} wait in the store to be overwritten")
    verify = Verify(found.keeping)
    for space in _all_spaces(found.keeping):
        verdict = verify(OWNER, space.name)
        yield Finding(
            check=f"ledger of {space.name}",
            ok=verdict.is_whole,
            detail=f"{verdict.entries} entries"
            if verdict.is_whole
            else f"broken at position {verdict.broken_at}: {verdict.reason}",
        )


def _key_file(settings: "Settings") -> Finding:
    file = settings.data / KEY_FILE
    if not file.exists():
        return _good("key file", "was taken away; MEMSVC_KEY must hold a key")
    mode = file.stat().st_mode & 0o777
    if mode & 0o077:
        return _wrong("key file", f"{file} can be read by others (mode {mode:o}); chmod 600 it")
    return _good("key file", f"{file}, for its owner alone")


def _all_spaces(keeping: SqlKeeping) -> Iterator[Space]:
    def page_after(cursor: str | None) -> Page[Space]:
        with keeping.read() as reading:
            return reading.spaces.page(among=None, after=cursor, limit=PAGE)

    return (space for page in pages(page_after) for space in page.items)


def _told(change: Reembedding) -> str:
    names = f"from {change.before.name} to {change.after.name}"
    return f"by a change {names} that is {change.stage.value}"


def _agrees(check: str, kept: str | None, wanted: str) -> Finding:
    if kept == wanted:
        return _good(check, wanted)
    return _wrong(check, f"kept for {kept}, set to {wanted}; the next start makes them anew")


def _counted(found: Examined, *, fingerprint: str | None) -> Iterator[Finding]:
    for tally in found.tallies(fingerprint=fingerprint):
        yield Finding(
            check=f"indexes of {tally.space}",
            ok=tally.is_whole,
            detail=f"{tally.turns} turns, {tally.with_terms} with terms, "
            f"{tally.with_vectors} with vectors, {tally.owed} waiting for theirs",
        )
    stray = found.strays()
    yield Finding(
        check="strays",
        ok=stray == 0,
        detail=f"{stray} terms, mentions, facts, vectors and surprisals without their turn",
    )


def _documents(found: Examined) -> Finding:
    torn = found.torn_documents()
    return Finding(
        check="documents", ok=torn == 0, detail=f"{torn} parts or documents without the other"
    )


def _events(found: Examined) -> Finding:
    torn = found.torn_events()
    return Finding(check="events", ok=torn == 0, detail=f"{torn} that the next one does not follow")


def _canaries(settings: "Settings", found: Examined) -> Iterator[Finding]:
    """Look for every canary where it should not be: in all rows and in the files' bytes.

    Backups and exports are wherever somebody put them, and are not looked at.
    """
    with found.keeping.read() as reading:
        canaries = reading.canaries.all()
        met = reading.canaries.sightings(canaries)
    gone = [one for one in canaries if not one.stands]
    files = sorted(settings.data.glob(f"{DATABASE}*"))
    met += met_in_files(gone, files)
    for file in sorted((settings.data / SNAPSHOTS).glob("*")):
        own = file.stem
        strangers = [one for one in canaries if not one.stands or str(one.planted_in) != own]
        met += met_in_files(strangers, [file])
    if canaries or met:
        yield Finding(
            check="canaries",
            ok=not met,
            detail=f"{len(canaries)} looked for in rows, index copies and {DATABASE}'s bytes, "
            f"{len(gone)} of them gone",
        )
    for one in met:
        was = f"planted in {one.canary.space}" + ("" if one.canary.stands else " and gone")
        of = f" of {one.space}" if one.space is not None else ""
        yield _wrong(f"canary {one.canary.id}", f"{was}, is in {one.where}{of}")


def _over_http() -> Iterator[Finding]:
    try:
        with Client(retries=0) as client:
            ready = client.ready()
            for part, state in ready.parts.items():
                yield Finding(check=part, ok=ready.ready, detail=state)
            for space in client.spaces():
                verdict = client.space(space.name).verify_ledger()
                detail = verdict.reason or f"{verdict.entries} entries"
                yield Finding(check=f"ledger of {space.name}", ok=verdict.is_whole, detail=detail)
                yield _canaries_over_http(client, space.name)
    except MemsvcError as error:
        yield _wrong("service", error.detail)


def _canaries_over_http(client: Client, space: str) -> Finding:
    """Have the service look in its rows; canaries of deleted spaces and files it does not tell."""
    looked = client.space(space).canaries.check()
    where = ", ".join(f"{one.id} in {one.where} of {one.space}" for one in looked.found)
    detail = where or f"{looked.canaries} looked for, {looked.gone} of them gone"
    return Finding(check=f"canaries of {space}", ok=looked.ok, detail=detail)


def _good(check: str, detail: str) -> Finding:
    return Finding(check=check, ok=True, detail=detail)


def _wrong(check: str, detail: str) -> Finding:
    return Finding(check=check, ok=False, detail=detail)
