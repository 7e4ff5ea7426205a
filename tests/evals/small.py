"""Small data sets of our own, one in the schema of each that is read."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from memsvc.evals.datasets.dataset import DataSet
from memsvc.evals.datasets.locomo import parse_locomo

SAMPLE: dict[str, Any] = {
    "sample_id": "conv-1",
    "conversation": {
        "speaker_a": "Ada",
        "speaker_b": "Ben",
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_1": [
            {"speaker": "Ada", "dia_id": "D1:1", "text": "I adopted a grey cat."},
            {"speaker": "Ben", "dia_id": "D1:2", "text": "What is its name?"},
            {
                "speaker": "Ada",
                "dia_id": "D1:3",
                "text": "Here it is!",
                "blip_caption": "a cat on a red sofa",
            },
        ],
        "session_2_date_time": "12:09 am on 13 September, 2023",
        "session_2": [
            {"speaker": "Ben", "dia_id": "D2:1", "text": "My bicycle was stolen."},
            {"speaker": "Ada", "dia_id": "D2:2", "text": "", "blip_caption": "a new bicycle"},
        ],
        "session_10_date_time": "9:00 am on 1 October, 2023",
        "session_10": [{"speaker": "Ben", "dia_id": "D10:1", "text": "I learn Portuguese."}],
        "session_11_date_time": "9:00 am on 2 October, 2023",
    },
    "qa": [
        {"question": "Which pet did Ada adopt?", "category": 4, "evidence": ["D1:1"], "answer": 1},
        {"question": "What was stolen?", "category": 2, "evidence": ["D2:1; D2:2", "D:2:9"]},
        {"question": "Does Ada like cats?", "category": 3, "evidence": []},
        {"question": "Is there a sofa?", "category": 5, "evidence": ["D1:3", "D7:1"]},
        {"question": "Who speaks French?", "category": 1, "evidence": ["D9:9"]},
    ],
}


def sample(**changes: object) -> dict[str, Any]:
    return {**copy.deepcopy(SAMPLE), **changes}


def read(*samples: dict[str, Any]) -> DataSet:
    return parse_locomo(json.dumps(samples).encode(), name="small")


def marked(text: str, *, role: str = "user") -> dict[str, Any]:
    """Make a turn of LongMemEval that holds the answer."""
    return {"role": role, "content": text, "has_answer": True}


def plain(text: str, *, role: str = "user") -> dict[str, Any]:
    """Make a turn of LongMemEval that does not, as its authors leave the mark out."""
    return {"role": role, "content": text}


def haystack(
    question_id: str,
    question: str,
    sessions: Mapping[str, list[dict[str, Any]]],
    *,
    question_type: str = "single-session-user",
    **changes: object,
) -> dict[str, Any]:
    """Make a question of LongMemEval with its sessions by id."""
    return {
        "question_id": question_id,
        "question_type": question_type,
        "question": question,
        "answer": 3,
        "question_date": "2023/06/01 (Thu) 10:00",
        "haystack_session_ids": list(sessions),
        "haystack_dates": ["2023/05/27 (Sat) 09:15"] * len(sessions),
        "haystack_sessions": list(sessions.values()),
        "answer_session_ids": [],
        **changes,
    }


LAMP = [marked("I bought a green lamp."), plain("A fine choice.", role="assistant")]
TRAIN = [plain("Which train?", role="assistant"), marked("I take the train at nine.")]

HAYSTACKS = [
    haystack("q1", "Which lamp did I buy?", {"s1": LAMP, "s2": [plain("Hello.")]}),
    haystack(
        "q2",
        "When does my train leave?",
        {"s2": [plain("Hello.")], "s3": TRAIN},
        question_type="temporal-reasoning",
    ),
    haystack("q3_abs", "Which boat did I buy?", {"s1": LAMP}),
]

CHAT: list[dict[str, Any]] = [
    {
        "batch_number": 1,
        "time_anchor": "March-15-2024",
        "turns": [
            [
                {"id": 0, "role": "user", "content": "I build a birdhouse of oak. ->-> 1,1"},
                {"id": 1, "role": "assistant", "content": "Oak lasts."},
            ],
            [{"id": 2, "role": "user", "content": "The roof is red.->-> 1,N/A"}],
        ],
    },
    {
        "batch_number": 2,
        "time_anchor": None,
        "turns": [[{"id": 3, "role": "user", "content": "Now the roof is blue."}]],
    },
]

PROBES: dict[str, list[dict[str, Any]]] = {
    "abstention": [{"question": "Who is my neighbour?"}],
    "information_extraction": [{"question": "Which wood?", "source_chat_ids": [0, 0]}],
    "knowledge_update": [
        {
            "question": "Which colour has the roof?",
            "source_chat_ids": {"original_info": [2], "updated_info": [3]},
        }
    ],
    "summarization": [{"question": "What did I build?", "source_chat_ids": [0, 9]}],
}


class Splitting:
    """An `Analyzer` that a reader can follow: lower-case words."""

    fingerprint = "splitting"

    def terms(self, text: str) -> list[str]:
        return [word.strip(".,:!?[]") for word in text.lower().split()]

    def asked(self, question: str) -> list[str]:
        return self.terms(question)
