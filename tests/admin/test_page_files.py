"""The page's files: how they go out, and what must never be in them."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import memsvc.server.admin as package
from tests.server.front import Front, open_front

PAGE = Path(package.__file__).parent / "page"
OWN = sorted(path for path in PAGE.rglob("*.*") if "vendor" not in path.parts)
SCRIPTS = [path for path in OWN if path.suffix == ".js"]
VENDOR = PAGE / "vendor"

DANGERS = (
    r"innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|srcdoc",
    r"document\.write|DOMParser|createContextualFragment",
    r"\beval\(|new Function|setTimeout\(['\"]|setInterval\(['\"]",
    r"https?://(?!www\.w3\.org/|graphml\.graphdrawing\.org/xmlns)",
)
"""Ways from text to markup or code, and addresses elsewhere."""


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with open_front(tmp_path_factory.mktemp("files")) as opened:
        yield opened


@pytest.mark.parametrize("path", OWN, ids=lambda path: str(path.relative_to(PAGE)))
def test_no_file_makes_markup_of_text_or_names_another_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert [found for danger in DANGERS for found in re.findall(danger, text)] == []


def test_the_document_has_no_script_and_no_style_of_its_own() -> None:
    text = (PAGE / "index.html").read_text(encoding="utf-8")

    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(PAGE)))
def test_every_import_of_a_module_is_a_file_of_the_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"(?:from |import\()'([^']+)'", text)

    assert [name for name in named if not (path.parent / name).resolve().is_file()] == []


def test_what_is_from_others_is_what_its_list_says() -> None:
    told = (VENDOR / "README.md").read_text(encoding="utf-8")
    bundles = sorted(VENDOR.glob("*.js"))

    assert bundles
    for bundle in bundles:
        digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
        assert re.search(rf"^\| `{re.escape(bundle.name)}` \|.*\| {digest} \|$", told, re.MULTILINE)
    licences = (VENDOR / "LICENSES.txt").read_text(encoding="utf-8")
    packages = re.findall(r"^\| ([a-z0-9-]+) \| ([\d.]+) \| [0-9a-f]{64} \|$", told, re.MULTILINE)
    assert len(packages) == 7
    for name, version in packages:
        assert f"=== {name} {version} ===" in licences


@pytest.mark.parametrize("name", ["", "app.js", "style/base.css", "icon.svg", "vendor/sigma.js"])
def test_every_file_goes_out_guarded(front: Front, name: str) -> None:
    answer = front.ask("GET", f"/admin/{name}", key=None)

    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(
        policy.split("; ")
    )
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_the_document_is_never_kept_and_a_file_only_while_it_is_the_same(front: Front) -> None:
    assert front.ask("GET", "/admin/", key=None).headers["Cache-Control"] == "no-store"
    first = front.ask("GET", "/admin/app.js", key=None)

    known = {"If-None-Match": first.headers["ETag"]}
    again = front.ask("GET", "/admin/app.js", key=None, headers=known)

    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["Content-Type"].startswith("text/javascript")
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "name", ["nothing.js", "../routes.py", "..%2f..%2froutes.py", "%2e%2e/sessions.py", "views"]
)
def test_nothing_but_the_pages_files_is_there(front: Front, name: str) -> None:
    answer = front.ask("GET", f"/admin/{name}", key=None)

    assert answer.status_code == 404
    assert "def " not in answer.text


def test_the_address_without_its_slash_leads_to_the_page(front: Front) -> None:
    answer = front.ask("GET", "/admin", key=None)

    assert (answer.status_code, answer.headers["Location"]) == (308, "admin/")
