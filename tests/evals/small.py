"""A conversation of our own in LoCoMo's schema, small enough to know by heart."""

import copy
import json
from typing import Any

from memsvc.evals.locomo import Locomo, parse_locomo

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


def read(*samples: dict[str, Any]) -> Locomo:
    return parse_locomo(json.dumps(samples).encode(), name="small")


class Splitting:
    """An `Analyzer` that a reader can follow: lower-case words."""

    fingerprint = "splitting"

    def terms(self, text: str) -> list[str]:
        return [word.strip(".,:!?[]") for word in text.lower().split()]

    def asked(self, question: str) -> list[str]:
        return self.terms(question)
