"""Instructions: whether a text reads as if it told a language model what to do.

Rules over words, each with what it looks for. They are asked about what untrusted sources say (web
pages, mails, files of strangers), where an imperative that is meant for the assistant has no
business; they would hold half of what users say. A rule never decides for good: what it finds is
held, and somebody looks. What it does not find is as untrusted as before.

Kinds of attack: indirect prompt injection (Greshake et al., arXiv:2302.12173), measured on BIPIA
(arXiv:2312.14197); docs/reports has what is found of it, and how often a clean text is.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from memsvc.domain.admission import Reason

LONGEST_LOOK = 100_000
"""Characters of a text that are looked at from either end."""

INVISIBLE = re.compile("[\u200b-\u200f\u2060-\u2064\u00ad\ufeff]")
HIDDEN = re.compile(
    "[\u202d\u202e]|(?:^|[^\U0001f3f4\U000e0020-\U000e007f])[\U000e0020-\U000e007f]"
)
"""Tag characters, which show nothing and spell ASCII (but for those of flags), and what forces the
direction of reading."""

MANY_INVISIBLE = 8
"""Joiners belong to some scripts and to emoji: only so many side by side hide something."""

INVISIBLE_RUN = re.compile(f"[\u200b-\u200d\u2060-\u2064\u00ad\ufeff]{{{MANY_INVISIBLE},}}")
STYLED_AWAY = re.compile(
    r"(display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d]))",
    re.IGNORECASE,
)
BLOB = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/]{64,}={0,2}(?![\w+/=-])")
ESCAPES = re.compile(
    r"(?:\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}|&#x?[0-9a-f]{2,5};){12,}"
)
LEGIBLE = 0.95
"""The share of printable characters from which what a blob decodes to is text."""

_MODEL = (
    r"(?:a\.?i\.?|assistants?|language models?|llms?|chat ?bots?|chatgpt|gpt(?:-\d)?|claude|gemini|"
    r"copilot|agents?|bots?)"
)
_ANSWER = r"(?:response|reply|answer|output|summary|message|completion)s?(?:['\u2019]s?)?"
_WITHIN = r"(?:[^.!?\n]|\.(?=\S))"
"""Any character of a sentence; a full stop inside an address does not end one."""

_EDIT = (
    r"(?:add|include|insert|append|prepend|integrate|incorporate|modify|alter|augment|enhance|"
    r"replace|substitute|use|provide|render|convert|remove|group|combine|merge|scramble|jumble|"
    r"rearrange|shuffle|misspell|anagram|introduce|encode|translate|end|begin|start|finish|mention|"
    r"suggest|tease|promote|recommend|format|write|give|repeat|state|say|emphasi[sz]e|insist|embed)"
)
_TASK = (
    r"(?:translate|summari[sz]e|paraphrase|draft|compose|write|create|generate|develop|explain|"
    r"describe|provide|give|list|outline|break down|show|calculate|implement)"
)
_PIECE = (
    r"(?:poem|story|essay|letter|speech|introduction|paragraph|article|song|joke|haiku|limerick|"
    r"recipe|equivalent|translation|example|function|script|program|code|query|regex|snippet|"
    r"algorithm|theory|process|life ?cycle|plot|concept|difference|importance|meaning|"
    r"how (?:to|do|does|is|are|\w+ works?)|following (?:sentence|text|phrase|paragraph|words?))"
)
_PRIVATE = (
    r"(?:passwords?|passphrases?|credentials?|secrets?|api[ _-]?keys?|access tokens?|private keys?|"
    r"(?:system|hidden|initial) prompt|chat history|conversations?|memor(?:y|ies)|contacts|"
    r"credit card|session cookies?|environment variables?|\.env\b|ssh keys?)"
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """What one rule looks for; `found` gets the text as it reads, and as it was written."""

    name: str
    explanation: str
    found: Callable[[str, str], bool]


def reasons_in(text: str) -> tuple[Reason, ...]:
    """Say which rules find something that a model might take for an instruction.

    An empty tuple for a text in which none does. Time is linear in the length of the text.
    """
    if len(text) > 2 * LONGEST_LOOK:
        text = text[:LONGEST_LOOK] + "\n" + text[-LONGEST_LOOK:]
    read = _as_read(text)
    return tuple(Reason(rule.name, rule.explanation) for rule in RULES if rule.found(read, text))


def _as_read(text: str) -> str:
    """Return the text as a model would read it: one form of each letter, nothing invisible."""
    plain = INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return plain.replace("\u2019", "'").replace("\u2018", "'")


def _any(*patterns: str) -> Callable[[str, str], bool]:
    compiled = [re.compile(pattern, re.IGNORECASE | re.MULTILINE) for pattern in patterns]
    return lambda read, _written: any(pattern.search(read) for pattern in compiled)


def _hides(_read: str, written: str) -> bool:
    return bool(
        HIDDEN.search(written) or INVISIBLE_RUN.search(written) or STYLED_AWAY.search(written)
    )


def _is_encoded(_read: str, written: str) -> bool:
    return bool(ESCAPES.search(written)) or any(map(_is_legible, _decoded(written)))


def _decoded(text: str) -> Iterator[bytes]:
    for found in BLOB.finditer(text):
        blob = found.group().rstrip("=")
        try:
            yield base64.b64decode(blob + "=" * (-len(blob) % 4))
        except (binascii.Error, ValueError):
            continue


def _is_legible(raw: bytes) -> bool:
    printable = sum(32 <= byte < 127 or byte in b"\t\n\r" for byte in raw)  # noqa: PLR2004  ASCII
    return bool(raw) and printable >= LEGIBLE * len(raw)


_BEGINS = r"(?:^|[.!?:;\"'\)\]>|]\s*|\n\s*|,\s+)(?:please,?\s+|now,?\s+|also,?\s+|then,?\s+)*"
"""Where a sentence begins, or what may be told to do something does."""

RULES = (
    _Rule(
        "override",
        "It asks to set earlier instructions or rules aside.",
        _any(
            r"\b(?:ignore|disregard|forget|override|bypass|overlook|discard)\b[^.!?\n]{0,40}"
            r"\b(?:previous|prior|above|earlier|preceding|foregoing|all|any|your|these|those|"
            r"system|the)\b[^.!?\n]{0,30}"
            r"\b(?:instructions?|prompts?|rules|directions|directives|guidelines|constraints|"
            r"polic(?:y|ies)|context|training|programming)\b",
            r"\b(?:new|updated|revised|real|actual|special) (?:system )?instructions?\s*:",
            r"\b(?:do not|don't|stop) follow(?:ing)? (?:your|the|any|these|previous)\b",
        ),
    ),
    _Rule(
        "role",
        "It holds markers of a dialogue with a model, or gives the reader another role.",
        _any(
            r"<\|?\s*(?:im_start|im_end|system|assistant|endoftext|start_header_id)\b"
            r"[^>]{0,20}\|?>",
            r"</?(?:system|assistant|instructions?|sys)>",
            r"\[/?INST\]|<</?SYS>>",
            r"^\s*#{2,}\s*(?:system|assistant|instructions?|response|human)\b\s*:?\s*$",
            r"^\s*(?:system|assistant|developer)(?: (?:prompt|message|note))?\s*:\s*\S",
            r"\byou are (?:now|no longer)\b[^.!?\n]{0,20}\b(?:an?|the|in|bound|named)\b",
            r"\bfrom now on,? you (?:are|will|must|should|shall)\b",
            r"\b(?:act|behave|respond|answer|roleplay) as (?:if you|an? (?:ai|unrestricted|dan)\b)",
            r"\b(?:developer|debug|jailbreak|god|dan|admin) mode\b[^.!?\n]{0,20}"
            r"\b(?:on|enabled|activated)",
        ),
    ),
    _Rule(
        "addressed",
        "It speaks to a language model, an assistant or an agent.",
        _any(
            rf"\b(?:dear|hey|hi|hello|attention|note (?:to|for)|notice to|message (?:to|for)|"
            rf"instructions? (?:to|for))[,:]?\s+(?:all |any |the |every |an? )?{_MODEL}\b",
            rf"\bif you (?:are|'re) an? (?:large )?{_MODEL}\b",
            rf"\b{_MODEL} (?:reading|processing|parsing|summari[sz]ing|analy[sz]ing) "
            r"(?:this|the)\b",
            rf"^\s*{_MODEL}\s*[:,]\s*"
            r"(?:please|you|do|ignore|send|reply|say|tell|add|always|never)\b",
        ),
    ),
    _Rule(
        "answer",
        "It says how an answer is to be written, or what is to stand in it.",
        _any(
            rf"{_BEGINS}{_EDIT}\b{_WITHIN}{{0,200}}?\byour (?:\w+ ){{0,2}}{_ANSWER}(?!\w)",
            rf"\bin your (?:\w+ )?{_ANSWER},? (?:please )?{_EDIT}\b",
            rf"{_BEGINS}{_EDIT} [\"”'][^\n\"”]{{0,200}}[\"”'] {_WITHIN}{{0,60}}?\byour {_ANSWER}",
            r"\b(?:always|only|never) (?:answer|respond|reply|recommend|say) "
            r"(?:with|in|that|by|to)\b",
            r"\b(?:when(?:ever)?|if) "
            r"(?:you are |you're |the user (?:is )?|someone |anyone |a user )?"
            r"(?:asked|asks|answering|responding)\b[^.!?\n]{0,80}"
            r"\b(?:say|answer|respond|reply|tell|claim|recommend)\b",
            r"\breplace (?:all |every |the )?(?:\w+ )?(?:vowels?|letters?|words?|consonants?) "
            r"(?:with|by)\b",
        ),
    ),
    _Rule(
        "task",
        "It gives a task that assistants are given.",
        _any(
            rf"{_BEGINS}{_TASK}\b(?: \w+){{0,4}}? (?:['\"]?\w+['\"]? )?{_PIECE}\b",
            r"\b(?:can|could|would|will) you (?:please )?(?:show|write|explain|translate|give|help|"
            r"generate|create|summari[sz]e|provide)\b(?! (?:us|you) (?:a call|feedback))",
            r"\bhow do you say\b",
            r"\bhow (?:do|can|would) i (?:solve|calculate|implement|write|code)\b",
        ),
    ),
    _Rule(
        "action",
        "It asks to send, reveal or run something.",
        _any(
            rf"\b(?:send|forward|e?mail|post|upload|transmit|exfiltrate|leak|share|copy|submit)\b"
            r"[^.!?\n]{0,60}\b(?:the|your|all|any|user'?s?|my|their|his|her)\b"
            rf"[^.!?\n]{{0,30}}\b{_PRIVATE}\b",
            rf"\b(?:reveal|print|repeat|output|display|disclose|dump|expose|recite)\b[^.!?\n]{{0,40}}"
            rf"\b(?:{_PRIVATE}|your instructions)\b",
            r"\b(?:execute|run|invoke|call)\b[^.!?\n]{0,20}"
            r"\b(?:the following|this|these|following)\b"
            r"[^.!?\n]{0,20}\b(?:commands?|code|script|tools?|functions?|shell|query)\b",
            r"\brm -rf\b|\bcurl\b[^\n|]{0,200}\|\s*(?:ba|z)?sh\b|\bpowershell -e",
            r"\b(?:delete|erase|wipe|drop) (?:all|every|the entire|the whole)\b[^.!?\n]{0,30}"
            r"\b(?:files?|records?|memor(?:y|ies)|database|tables?|data|e?mails?)\b",
        ),
    ),
    _Rule(
        "concealment",
        "It asks to keep something from the user.",
        _any(
            r"\b(?:do not|don't|never|without)\b[^.!?\n]{0,20}\b(?:tell|telling|mention|mentioning|"
            r"inform|informing|notify|notifying|alert|alerting|show|reveal)\b[^.!?\n]{0,30}"
            r"\b(?:the user|users|the human|this (?:message|instruction|prompt))\b",
        ),
    ),
    _Rule("hidden", "It holds text that nobody sees.", _hides),
    _Rule("encoded", "It holds text in an encoding that hides what it says.", _is_encoded),
)
"""All rules, in the order in which reasons are told."""
