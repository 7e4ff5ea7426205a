"""Every file is read in bounded time and memory, or refused with one clear error."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from memsvc.domain.document import MARKDOWN, PDF, File, Section
from memsvc.domain.errors import Busy, TooLarge, UnreadableDocument
from memsvc.ingest.parts import parts_of
from memsvc.reading.apart import ApartReader, Limits
from tests.reading.files import encrypted, page_stream, pdf, pdf_of

LIMITS = Limits(max_bytes=2_000_000, max_pages=20, seconds=10)
READER = ApartReader(LIMITS)
BIRDS = pdf(["Herons wade.", "Kestrels hover over fields."], ["Owls fly at night."], title="Birds")
TEXT = b"Herons wade in water."


def test_a_pdf_is_read_page_by_page_with_its_title() -> None:
    found = READER.read(File(BIRDS, PDF))

    assert (found.media_type, found.title) == (PDF, "Birds")
    assert found.sections == (
        Section(("Page 1",), ("Herons wade.", "Kestrels hover over fields.")),
        Section(("Page 2",), ("Owls fly at night.",)),
    )


def test_a_pdf_that_only_forbids_printing_is_read() -> None:
    assert READER.read(File(encrypted(BIRDS, user=""), PDF)).title == "Birds"


@pytest.mark.parametrize(
    ("media_type", "name", "kind"),
    [
        ("text/markdown", None, "text/markdown"),
        ("text/markdown; charset=utf-8", None, "text/markdown"),
        ("TEXT/HTML", None, "text/html"),
        (None, "birds.md", "text/markdown"),
        ("application/octet-stream", "birds.HTM", "text/html"),
        ("text/plain", "birds.md", "text/markdown"),
        ("text/plain", "birds.txt", "text/plain"),
    ],
)
def test_what_is_said_of_a_file_and_its_name_tell_what_it_is(
    media_type: str | None, name: str | None, kind: str
) -> None:
    assert READER.read(File(TEXT, media_type, name)).media_type == kind


def test_a_pdf_is_known_without_being_called_one() -> None:
    assert READER.read(File(BIRDS)).media_type == PDF


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        ("Grüße".encode(), "text/plain"),
        ("Grüße".encode("utf-8-sig"), "text/plain"),
        ("Grüße".encode("utf-16"), "text/plain"),
        ("Grüße".encode("utf-32"), "text/plain"),
        ("Grüße".encode("cp1252"), "text/plain; charset=windows-1252"),
        ("Grüße".encode(), "text/plain; charset=nonsense"),
        (b'<meta charset="windows-1252"><p>Gr\xfc\xdfe', "text/html"),
    ],
)
def test_an_encoding_that_is_marked_or_named_is_read(content: bytes, media_type: str) -> None:
    (section,) = READER.read(File(content, media_type)).sections

    assert section.blocks == ("Grüße",)


def test_a_seven_bit_encoding_is_not_taken_for_utf_8() -> None:
    japanese = "鷺は水の中に立つ"
    found = READER.read(File(japanese.encode("iso2022_jp"), "text/plain; charset=iso-2022-jp"))

    assert found.sections[0].blocks == (japanese,)


def random_bytes(count: int) -> bytes:
    return b"\x00\x01\xff" + os.urandom(count)


BAD: Mapping[str, tuple[bytes, str | None, str]] = {
    "nothing": (b"", "text/plain", "empty"),
    "white space": (b" \n\t \n", "text/plain", "empty"),
    "rubbish called text": (random_bytes(10_000), "text/plain", "not_text"),
    "control characters": (b"a\x01\x02\x03b" * 100, "text/plain", "not_text"),
    "another encoding": ("Grüße".encode("cp1252"), "text/plain", "not_text"),
    "rubbish called html": (random_bytes(10_000), "text/html", "not_text"),
    "rubbish called nothing": (random_bytes(10_000), None, "unknown_type"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "image/png", "unknown_type"),
    "a media type of nonsense": (TEXT, ";;\x00=", "unknown_type"),
    "text called PDF": (TEXT, PDF, "wrong_type"),
    "PDF called text": (BIRDS, "text/plain", "wrong_type"),
    "PDF called markdown": (BIRDS, MARKDOWN, "wrong_type"),
    "a PDF cut in half": (BIRDS[: len(BIRDS) // 2], PDF, "damaged"),
    "a PDF without its end": (BIRDS[:-200], PDF, "damaged"),
    "a PDF that ends at once": (b"%PDF-1.7\n", PDF, "damaged"),
    "a PDF of rubbish": (b"%PDF-1.7\n" + random_bytes(10_000), PDF, "damaged"),
    "a PDF behind a password": (encrypted(BIRDS, user="secret"), PDF, "encrypted"),
    "a PDF of pictures": (pdf([], []), PDF, "no_text"),
    "a PDF of no pages": (pdf(), PDF, "no_text"),
    "a PDF that unpacks to much": (pdf_of([b"\0" * 50_000_000], packed=True), PDF, "too_costly"),
}


@pytest.mark.parametrize(("content", "media_type", "reason"), BAD.values(), ids=list(BAD))
def test_a_bad_file_is_refused_with_its_reason(
    content: bytes, media_type: str | None, reason: str
) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        READER.read(File(content, media_type))

    assert refused.value.reason == reason


def test_a_page_of_scripts_says_nothing() -> None:
    found = READER.read(File(b"<script>alert(1)</script>", "text/html"))

    with pytest.raises(UnreadableDocument) as refused:
        parts_of(found.sections)
    assert refused.value.reason == "empty"


@pytest.mark.parametrize(
    ("content", "limit"),
    [
        (pdf(*[["A page."]] * 4), 3),
        (pdf_of([page_stream(["x" * 90] * 100)], packed=True), 5_000),
        (b"x" * 5_001, 5_000),
    ],
    ids=["pages", "text", "bytes"],
)
def test_a_file_over_a_limit_is_refused_with_the_limit(content: bytes, limit: int) -> None:
    strict = ApartReader(Limits(max_bytes=5_000, max_pages=3, seconds=10))

    with pytest.raises(TooLarge) as refused:
        strict.read(File(content, PDF))

    assert refused.value.limit == limit


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"<div>" * 20_000 + TEXT, "text/html"),
        (b"<b><p>" * 20_000 + TEXT, "text/html"),
        (b"<table><tr><td>" * 5_000 + TEXT, "text/html"),
        (b"<!--" * 100_000 + b"-->" + TEXT, "text/html"),
        (b"> " * 20_000 + TEXT, MARKDOWN),
        (b"[" * 50_000 + TEXT, MARKDOWN),
        (b"".join(b" " * n + b"- x\n" for n in range(1_000)) + TEXT, MARKDOWN),
    ],
    ids=["divs", "misnested", "tables", "comments", "quotes", "brackets", "lists"],
)
def test_deep_nesting_is_read_or_refused_and_never_a_crash(content: bytes, media_type: str) -> None:
    try:
        READER.read(File(content, media_type))
    except UnreadableDocument as refused:
        assert refused.reason == "too_costly"  # noqa: PT017  both ends are good ones


def test_reading_is_given_up_after_its_time() -> None:
    hasty = ApartReader(Limits(max_bytes=20_000_000, max_pages=20, seconds=1))

    with pytest.raises(UnreadableDocument) as refused:
        hasty.read(File(b"*a " * 3_000_000, MARKDOWN))

    assert refused.value.reason == "too_costly"


def test_more_files_than_may_wait_are_refused_at_once() -> None:
    full = ApartReader(Limits(max_bytes=1_000, max_pages=1, seconds=1), at_once=0)

    with pytest.raises(Busy):
        full.read(File(TEXT, MARKDOWN))


def test_a_crash_of_the_reader_is_a_damaged_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for the interpreter that dies as a parser in C would."""
    crashing = tmp_path / "python"
    crashing.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crashing.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(crashing))

    with pytest.raises(UnreadableDocument) as refused:
        READER.read(File(TEXT, MARKDOWN))
    assert refused.value.reason == "damaged"


def test_a_reader_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for the library, found before it, that is as good as not there."""
    (tmp_path / "selectolax.py").write_text("raise ModuleNotFoundError(name='selectolax')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(UnreadableDocument, match=r"pip install 'memsvc\[documents\]'") as refused:
        READER.read(File(TEXT, "text/html"))
    assert refused.value.reason == "reader_missing"
