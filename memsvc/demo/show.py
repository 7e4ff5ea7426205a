"""Start a service, write the sample to it over HTTP, ask it, print hits with their reasons."""

import json
import sys
import time
from importlib.resources import files
from pathlib import Path

from memsvc.sdk.client import Space
from memsvc.sdk.wire import Hit
from memsvc.spawned import spawned

HITS_SHOWN = 3
REASONS_SHOWN = 3


def show(data: Path, *, port: int) -> None:
    """Run the whole demonstration; at a terminal, leave the service up until Enter is pressed."""
    sample = json.loads((files("memsvc.demo") / "conversation.json").read_text())
    with spawned(data, port=port) as service:
        space = service.client.space(sample["space"])
        _write(space, sample["sessions"])
        for question in sample["questions"]:
            _ask(space, question)
        context = space.recall(sample["questions"][0], k=2, budget_tokens=200).context
        print(f"\nThe same, ready for a prompt:\n\n{context}\n")
        print(f"The admin page:   {service.address}/admin/  (key: {data / 'admin.key'})")
        print(f"The API's pages:  {service.address}/docs")
        print("Your own service: memsvc serve")
        if sys.stdin.isatty():
            input("The demo's service is still up. Press Enter to stop it. ")


def _write(space: Space, sessions: list[dict[str, object]]) -> None:
    for session in sessions:
        begun = time.perf_counter()
        written = space.write(
            str(session["stream"]),
            session["turns"],  # type: ignore[arg-type]  # JSON of our own, checked by the wire
            title=str(session["title"]),
        )
        took_ms = (time.perf_counter() - begun) * 1_000
        print(
            f"wrote {len(written.turns)} turns to {session['stream']}: durable, embedded and "
            f"searchable after {took_ms:.0f} ms (ledger position {written.position})"
        )


def _ask(space: Space, question: str) -> None:
    begun = time.perf_counter()
    recalled = space.recall(question, k=HITS_SHOWN)
    took_ms = (time.perf_counter() - begun) * 1_000
    print(f"\n? {question}   ({took_ms:.0f} ms)")
    for place, hit in enumerate(recalled.hits, start=1):
        print(f"  {place}. {hit.speaker}, {hit.at:%d %B %Y}: {hit.text}")
        print(f"     score {hit.score:.2f} = {_reasons(hit)}")


def _reasons(hit: Hit) -> str:
    """Name what added most to the hit's score, with the hit's rank there."""
    arms = sorted(hit.why.items(), key=lambda arm: -arm[1].share)[:REASONS_SHOWN]
    return " + ".join(f"{name} {score.share:.2f} (rank {score.rank})" for name, score in arms)
