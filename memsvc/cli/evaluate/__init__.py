"""`memsvc eval`: how well the service finds, measured on public data beside plain baselines."""

import click

from memsvc.cli.named import Home, Named

HOMES = {
    "abstain": Home(
        "memsvc.cli.evaluate.abstaining",
        "Ask the questions in PATHS with their evidence in memory and without it.",
    ),
    "all": Home(
        "memsvc.cli.evaluate.everything",
        "Measure recall on every data set below FOLDER, and keep one dated report of all.",
        written="evaluate_all",
    ),
    "answer": Home(
        "memsvc.cli.evaluate.answers",
        "Let a language model answer the questions in PATH: alone, and with what is recalled.",
    ),
    "beam": Home(
        "memsvc.cli.evaluate.recall",
        "Ask the questions of BEAM's chats in FOLDER, each chat in a space of its own.",
    ),
    "conflict": Home(
        "memsvc.cli.evaluate.truth",
        "Tell passages that contradict each other from those that do not, in ConflictQA's FILE.",
    ),
    "diff": Home(
        "memsvc.cli.evaluate.recall",
        "Compare two REPORTS of the same questions: what the second finds more than the first.",
    ),
    "forget": Home(
        "memsvc.cli.evaluate.forgetting",
        "Forget a tenth of the conversations in FILES, as LoCoMo has them, and look for it.",
    ),
    "halves": Home(
        "memsvc.cli.evaluate.everything",
        "Choose the default's weights anew by half of FOLDER's questions, and ask the other half.",
        written="evaluate_halves",
    ),
    "locomo": Home(
        "memsvc.cli.evaluate.recall",
        "Ask the questions of LoCoMo FILES, each conversation in a space of its own.",
    ),
    "longmemeval": Home(
        "memsvc.cli.evaluate.recall",
        "Ask the questions of LongMemEval FILES, each haystack in a space of its own.",
    ),
    "multihop": Home(
        "memsvc.cli.evaluate.recall",
        "Ask the multi-hop QUESTIONS of a corpus of passages, all in one space.",
    ),
    "notes": Home(
        "memsvc.cli.evaluate.notes",
        "Ask the questions in PATHS with and without notes, and with their links followed.",
    ),
    "orders": Home(
        "memsvc.cli.evaluate.orders",
        "Let a language model answer with the same context in several orders, and count flips.",
    ),
    "poison": Home(
        "memsvc.cli.evaluate.trust",
        "Plant the attacks of FOLDER among passages, and ask: what gets into the first five hits.",
    ),
    "recognition": Home(
        "memsvc.cli.evaluate.forgetting",
        "Ask whether the turns in PATHS are known again, altered or new, and found by a cue.",
    ),
    "retention": Home(
        "memsvc.cli.evaluate.forgetting",
        "Ask the questions in PATHS where but a part of the turns may answer, kept in many ways.",
    ),
    "segmentation": Home(
        "memsvc.cli.evaluate.order",
        "Cut the dialogues in FILES into events, beside plain ways to cut them.",
    ),
    "sort": Home(
        "memsvc.cli.evaluate.order",
        "Ask which of two segments came first, of texts or data sets in PATHS (the task of SORT).",
        written="evaluate_sort",
    ),
    "synonyms": Home(
        "memsvc.cli.evaluate.names",
        "Choose the cosine from which two names are synonyms, by labelled pairs of names.",
    ),
    "updates": Home(
        "memsvc.cli.evaluate.truth",
        "Ask for what was updated: whether the newer is above the older, and labelled rightly.",
    ),
}


@click.group("eval", cls=Named, homes=HOMES)
def evaluate() -> None:
    """Measure recall on public data; each run has its baselines beside it."""
