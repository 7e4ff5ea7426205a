"""Which statement may have taken the place of another: a rule over the words of two turns.

"I moved to Lisbon" takes the place of "I live in Porto": somebody speaks twice of one thing that
can be but one way at a time, and the later statement says that it is another way now. No model
judges that here. A statement is a clause that asserts a state or a change of the speaker's own
affairs; two of them meet where they are about the same thing and differ in what they say of it.

It is made to be right rather than complete: what it cannot tell it leaves alone, because a wrong
word on a memory misleads whoever reads it. The words are English, and a text in another language
holds no statement at all.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

SHARED = 0.5
"""The share of the topic words of the shorter statement that both must hold where no matter joins
them. On pairs made by rule a half parts updates from two things of a kind."""

WORDS_OF_A_SLOT = 2
"""So many words may differ on either side where neither a number nor a name does: "rye toast" for
"porridge". What differs in more is another matter."""

LONGEST = 1_000
"""Characters of a turn that are read: what somebody says of themselves stands in a message, not
in the file that was pasted below it."""

_KEPT = 4_096
"""Texts whose statements are remembered."""


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


CHANGES = _listed(
    """
    now currently anymore instead moved relocated switched changed became become joined
    replaced updated upgraded increased decreased raised lowered extended reduced improved postponed
    rescheduled swapped renamed converted grown grew dropped pushed cut reached
    """
)
"""Words of change: what follows was otherwise before."""

_CHANGE_PHRASES = re.compile(
    r"\b(?:no longer|not any ?more|these days|from now on|went up to|went down to|a new job|"
    r"my new|our new)\b"
)

_ENDS = re.compile(r"\b(?:no longer|not any ?more|anymore|stopped)\b")
"""Phrases that say of what was that it is not."""

_STRONG = CHANGES - {"now", "currently"}
"""Words that say by themselves that something is in the place of another."""

NUMBERS = _listed(
    """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty hundred thousand monday tuesday wednesday
    thursday friday saturday sunday january february march april june july august september october
    november december
    """
)
"""Words that count or date, as figures do."""

HOLDS = _listed("have has had own owns got i've we've")
"""Words of having: one may have two things, so that only a number is ever another one."""

STATES = HOLDS | _listed(
    """
    am is are was were live lives lived living work works worked working drive drives drove driving
    eat eats eating drink drinks prefer prefers use uses using used keeping need needs meet meets
    stay pay pays take takes run runs running play plays stand stands stood
    i'm we're it's end ends like likes set learning started keep keeps stopped
    """
)
"""Words that say how something stands. What was done once (went, bought, read) is not among them:
another time does not undo it."""

MATTERS = {
    "home": re.compile(
        r"\b(?:liv(?:e|es|ed|ing)|moved|relocated) (?:back )?(?:to|in|into|by|near|with)\b"
    ),
    "work": re.compile(
        r"\b(?:work(?:s|ed|ing)? (?:at|for)|job (?:at|with)|employed (?:at|by)|joined)\b"
    ),
    "car": re.compile(r"\bdriv(?:e|es|ing) (?:an?|the)\b|\bcar is\b"),
}
"""Things of which one has one at a time, with the phrases that speak of them: two statements of
one matter are about the same although they share no word, as living and having moved are."""

_SELF = _listed("i i'm i've i'd i'll we we're we've")
_OWN = _listed("my our mine ours me us") | _SELF

_FUNCTION = _listed(
    """
    a an the and or but so if then than that this these those there here of to in on at for with
    from by about into over under after before as it its it's he she they them his her their you
    your do does did done will would could should can may might must not no yes be been being just
    really very quite still also too only even more most much many some any all both each such
    same again back out up down off way lot well get getting got go going went make made think know
    want try trying looking thinking planning which who what when where why how because while since
    longer last week month year today yesterday day days ago old new one oh hey wow great thanks by
    gonna won't don't didn't can't isn't it'll that's let's every weekly monthly daily usually
    always been was taken place time
    """
)
"""Words that are about nothing in themselves."""

_CLAUSE = re.compile(
    r"(?<=[.!?;])\s+|\n+|,\s+(?=(?:so |and |but )?(?:can|could|do|did|how|what|"
    r"which|should|is|are|would|will) (?:you|i|we|there|that|it|the)\b)"
)
_ASKS = re.compile(
    r"\?\s*$|^(?:so |and |but )?(?:can|could|do|did|how|what|which|should|would|will|where|when|"
    r"who|why) ", re.IGNORECASE
)  # fmt: skip
_PLAIN = re.compile(r"[a-z]+")
_WORD = re.compile(r"\d+(?:[.,:]\d+)*%?|[^\W_]+(?:['-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Statement:
    """One clause that says how something stands, or that it changed.

    `about` is who or what it is said of: the words before the first verb of state or change, with
    `i` for the speaker. `words` are all its content words but `names` and `numbers`. `holds` where
    it says what somebody has, `changes` where something is otherwise than before, `strong` where it
    took another's place, `ends` where it is no more.
    """

    about: frozenset[str]
    words: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[str]
    matters: frozenset[str]
    holds: bool
    changes: bool
    strong: bool
    ends: bool

    @property
    def named(self) -> frozenset[str]:
        """What of `about` is a name: what is said of Ana does not undo what is said of Bo."""
        return self.about & {_singular(word) for name in self.names for word in name.split()}


def statements_of(text: str) -> tuple[Statement, ...]:
    """Return what a text states, clause by clause; questions state nothing."""
    return _stated(_read(text))


def may_supersede(newer: str, older: str) -> bool:
    """Tell whether something that one text states may no longer hold by the other, said later.

    That both are of one speaker, and near in meaning, is the caller's to see.
    """
    return may_change(newer) and any(
        _supersedes(later, earlier)
        for later in statements_of(newer)
        if later.changes or "home" in later.matters
        for earlier in statements_of(older)
    )


def may_change(text: str) -> bool:
    """Tell by a glance, which takes a tenth of reading, whether a text may say of a change."""
    return _speaks_of_change(_read(text))


def _read(text: str) -> str:
    """Return what is read of a text. Only that is remembered, however long the text is."""
    return text[:LONGEST].replace("\u2019", "'")


@lru_cache(maxsize=_KEPT)
def _stated(read: str) -> tuple[Statement, ...]:
    return tuple(_statements(read))


@lru_cache(maxsize=_KEPT)
def _speaks_of_change(read: str) -> bool:
    lower = read.lower()
    return (
        not CHANGES.isdisjoint(_PLAIN.findall(lower))
        or _CHANGE_PHRASES.search(lower) is not None
        or MATTERS["home"].search(lower) is not None
    )


def _statements(text: str) -> Iterator[Statement]:
    for clause in _CLAUSE.split(text):
        if _ASKS.search(clause):
            continue
        written = _WORD.findall(clause)
        words = [word.lower() for word in written]
        verb = next((n for n, word in enumerate(words) if word in STATES or word in CHANGES), None)
        if verb is None:
            continue
        lower = clause.lower()
        about = _about(words, verb)
        numbers = {word for word in words if word[0].isdigit() or word in NUMBERS}
        names = frozenset(_names(written)) - _SELF - NUMBERS
        content = set(words) - _FUNCTION - _OWN - STATES - CHANGES - numbers
        content -= {word for name in names for word in name.split()}
        yield Statement(
            about=about,
            words=frozenset(map(_singular, content)),
            names=names,
            numbers=frozenset(numbers),
            matters=frozenset(matter for matter, said in MATTERS.items() if said.search(lower)),
            holds=words[verb] in HOLDS and _STRONG.isdisjoint(words),
            changes=not CHANGES.isdisjoint(words) or _CHANGE_PHRASES.search(lower) is not None,
            strong=not _STRONG.isdisjoint(words),
            ends=_ENDS.search(lower) is not None,
        )


def _about(words: list[str], verb: int) -> frozenset[str]:
    """Return of whom something is said; "I'm" and "I've" are their own subject."""
    before = {*words[:verb], *(["i"] if words[verb] in _SELF else [])}
    named = {_singular(word) for word in before - _FUNCTION - _OWN - CHANGES}
    return frozenset(named or ({"i"} if before & _SELF else ()))


def _names(written: list[str]) -> Iterator[str]:
    """Yield names, lower case: capitals inside a clause, those beside each other as one."""
    name: list[str] = []
    for word in [*written[1:], ""]:
        if word[:1].isupper():
            name.append(word.lower())
        elif name:
            yield " ".join(name)
            name = []


def _supersedes(newer: Statement, older: Statement) -> bool:
    if newer.about == older.about and newer.matters & older.matters and newer.about:
        # Where one lives needs no word of change: nobody lives in two places.
        changes = newer.changes or "home" in newer.matters & older.matters
        return changes and bool(older.names) and bool(newer.names - older.names)
    if newer.named != older.named:
        return False
    common = newer.words & older.words
    if newer.ends:
        return len(common) >= SHARED * max(len(newer.words), len(older.words), 1)
    if not newer.changes or len(common) < SHARED * max(min(len(newer.words), len(older.words)), 1):
        return False
    return _one_slot_differs(newer, older)


def _one_slot_differs(newer: Statement, older: Statement) -> bool:
    """Tell whether all that is said otherwise is one thing: a number, a name, or a word or two.

    Where two things differ ("my friend Ana lives in Rome", "my friend Bo in Oslo") it is probably
    said of another.
    """
    common = newer.words & older.words
    gone, come = older.words - common, newer.words - common
    words = bool(gone and come)
    names = [len(older.names - newer.names), len(newer.names - older.names)]
    numbers = [len(older.numbers - newer.numbers), len(newer.numbers - older.numbers)]
    if all(numbers):
        return not words and not any(names)
    if newer.holds or (older.holds and not newer.strong):
        return False
    if all(names):
        return not words and max(names) == 1
    told = {frozenset(newer.about - {"i"}), frozenset(older.about - {"i"})}
    most = WORDS_OF_A_SLOT if any(about and about <= common for about in told) else len(common)
    return words and max(len(gone), len(come)) <= min(WORDS_OF_A_SLOT, most)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and word[-2] != "s" else word  # noqa: PLR2004
