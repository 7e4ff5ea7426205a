"""What a text says about who wrote it that should always be known: a rule over its clauses.

Three kinds of lines. An *instruction* tells the agent how to behave from now on ("always answer in
French", "call me Ada", "from now on ..."). A *preference* is a lasting liking or a limit ("I prefer
tea", "I can't eat nuts", "my favourite colour is green"). A *fact* is who somebody is ("my name
is", "I live in", "I work as", "my daughter is called").

Made to be right rather than complete, as `memsvc.ingest.updates` is: a clause that asks, supposes,
or likes something that only the conversation knows ("I love that") says nothing here. The words
are English.
"""

import re
from dataclasses import dataclass

from memsvc.domain.profile import LineKind

LONGEST_TEXT = 2_000
"""Characters of a turn that are read: nobody states such things in the file pasted below."""

LONGEST_LINE = 240
"""Characters of a clause that makes a line; a longer one tells a story."""


@dataclass(frozen=True, slots=True)
class Said:
    """A clause of a text that belongs into a profile: its characters from `start` to before `end`.

    Of all clauses of one `slot` by one person the newest holds; None where several may.
    """

    kind: LineKind
    start: int
    end: int
    slot: str | None


_SOON = r"(?:today|tonight|tomorrow|this\ (?:week|weekend|morning|time|year)|next\ \w+)"
_DO = r"""(?:address|add|answer|ask|assume|avoid|be|begin|call|check|cite|convert|do|end|explain|
    follow|format|give\ (?!up|in)|greet|help|include|keep|let|list|make|mention|note|offer|omit|
    order|pick|provide|put|recommend|refer|remember|remind|reply|respond|return|say|send|share|sign|
    skip|speak|spell|start|suggest|summari[sz]e|talk|tell|translate|treat|use|write)\b"""
"""What an agent can be told to do."""
_LANGUAGE = r"""(?:English|French|German|Spanish|Italian|Portuguese|Dutch|Polish|Czech|Swedish|
    Danish|Norwegian|Finnish|Russian|Ukrainian|Turkish|Arabic|Hebrew|Hindi|Chinese|Mandarin|
    Japanese|Korean|Greek|Catalan|Irish)\b"""
_POLITE = r"(?:(?:and|but|so|also|oh|well|ok|okay|hey|hi|now|btw|yes|yeah),?\ )*(?:please,?\ )?"
_REALLY = r"""(?:(?:really|absolutely|truly|actually|just|still|also|always|usually|generally|
    mostly|especially|particularly|personally|definitely|tend\ to|simply|much)\ )*"""
_LIKE = r"""(?:love|hate|prefer|like|enjoy|dislike|adore|can't\ stand|cannot\ stand|don't\ like|
    do\ not\ like|don't\ enjoy|can't\ eat|cannot\ eat|don't\ eat|do\ not\ eat|can't\ drink|
    don't\ drink|do\ not\ drink|avoid)"""
_HERE_AND_NOW = r"""(?:to\ (?:know|hear|see\ (?:you|your|that|what|how)|think|help|try|
    get|have|be)|that|this|it|its|it's|those|these|them|him|her|his|their|you|your|yours|how|what|
    when|where|why|if|seeing\ (?:you|your)|hearing|the|all\ (?:of|the|these|this|that|your)|both|
    one|some\ of|any|everything)\b|to\W*$"""
"""What only the conversation knows, or what is liked in passing: no lasting preference."""
_JOB = r"""(?:accountant|actor|architect|artist|baker|barista|carpenter|chef|coach|consultant|cook|
    counsel(?:l)?or|dancer|dentist|designer|developer|doctor|driver|economist|editor|electrician|
    engineer|entrepreneur|farmer|firefighter|freelancer|gardener|graduate|hairdresser|historian|
    journalist|lawyer|lecturer|librarian|manager|mechanic|musician|nurse|painter|paralegal|
    pharmacist|photographer|physicist|pilot|plumber|poet|producer|professor|programmer|psychologist|
    researcher|retiree|scientist|singer|social\ worker|student|surgeon|teacher|technician|therapist|
    translator|tutor|veterinarian|vet|waiter|waitress|writer)\b"""
_KIN = r"""(?:wife|husband|partner|girlfriend|boyfriend|fiancée?|spouse|son|daughter|child|baby|
    mother|mom|mum|father|dad|brother|sister|twin|grandmother|grandma|grandfather|grandpa|dog|puppy|
    cat|kitten|pet|horse|rabbit|hamster|boss)"""
_NOW = r"(?:currently\ |now\ |still\ |actually\ |also\ )?"
_IM = r"\bi(?:'m|\ am)\ "


_CUES = """
    always never ever call answer reply respond speak write talk from forward future whenever every
    love hate prefer like enjoy dislike adore stand eat drink avoid allergic intolerant vegan
    vegetarian pescatarian gluten fan favorite favourite name named called live living based moved
    relocated work working i'm born birthday old kids children
"""
CUES = " ".join((_CUES, *re.findall(r"[a-zé]{2,}", f"{_JOB} {_KIN}")))
"""Words by which turns that may say something are looked for.

Every clause that a rule takes holds one of them, but for "I am" with a name or a number alone; a
test holds the two together.
"""


def _rule(kind: LineKind, slot: str | None, told: str) -> "_Rule":
    """Return a rule; white space in `told` counts only where a backslash is before it."""
    return kind, slot, re.compile(told, re.IGNORECASE | re.VERBOSE)


_Rule = tuple[LineKind, str | None, re.Pattern[str]]
_RULES: tuple[_Rule, ...] = (
    _rule(
        LineKind.INSTRUCTION,
        "called",
        rf"""^{_POLITE}(?:(?:you\ can|everyone|everybody|people|just|do|my\ friends)\ )*call\ me[ ]
        (?!(?:back|when|if|at|on|later|tomorrow|today|tonight|crazy|a|an|the|old)\b)\w""",
    ),
    _rule(
        LineKind.INSTRUCTION,
        "language",
        rf"""^{_POLITE}(?:always\ |only\ )*(?:answer|reply|respond|speak|write|talk)
        (?:\ to\ me|\ back|\ with\ me|\ me)?(?:\ only|\ always)?\ in\ {_LANGUAGE}""",
    ),
    _rule(
        LineKind.INSTRUCTION,
        None,
        rf"^{_POLITE}(?:always|never|don't\ ever|do\ not\ ever)\ {_DO}",
    ),
    _rule(
        LineKind.INSTRUCTION,
        None,
        rf"""^{_POLITE}(?:from\ now\ on|going\ forward|in\ (?:the\ )?future),?[ ]
        (?:(?:please|always|never|only|you\ should|you\ must|i\ want\ you\ to|i'd\ like\ you\ to|
        don't|do\ not),?\ )*{_DO}""",
    ),
    _rule(
        LineKind.INSTRUCTION,
        None,
        rf"""^{_POLITE}{_DO}.*\ (?:from\ now\ on|going\ forward|in\ all\ your\ (?:answers|replies)|
        whenever\ i\ (?:ask|say|write|mention)|every\ time\ i\ (?:ask|say|write))\b""",
    ),
    _rule(
        LineKind.INSTRUCTION,
        None,
        rf"""^{_POLITE}(?:i\ (?:want|need)\ you\ to|i'd\ like\ you\ to|make\ sure\ (?:to|you)|
        you\ should|you\ must)\ (?:always|never)\b""",
    ),
    _rule(
        LineKind.PREFERENCE,
        None,
        rf"""^(?:.*?\b(?:and|but|so|because|since|as|though),?\ |[\w'\ ]{{0,24}},\ )??{_POLITE}
        i\ {_REALLY}{_LIKE}\ {_REALLY}(?!{_HERE_AND_NOW})\w""",
    ),
    _rule(
        LineKind.PREFERENCE,
        None,
        rf"""{_IM}(?:\w+\ )?(?:allergic\ to|intolerant\ to|lactose.intolerant|vegan|
        (?:a\ )?vegetarian|(?:a\ )?pescatarian|gluten.(?:free|intolerant)|
        (?:a\ )?(?:huge|big|massive)\ fan\ of\ (?!your|this|that|it\b|the\ idea))""",
    ),
    _rule(
        LineKind.PREFERENCE,
        "favourite",
        r"\bmy\ (?:all.time\ )?favou?rite\ (?:\w+\ ){1,4}?(?:is|are)\b",
    ),
    _rule(
        LineKind.FACT,
        "name",
        rf"""\bmy\ (?:full\ |first\ )?name(?:\ is|'s)\ \w|
        {_IM}(?-i:[A-Z][a-z]+(?:\ [A-Z][a-z]+)?)
        (?:,\ an?\b|,?\ and\ i(?:'m|\ am|\ live|\ work)\b)""",
    ),
    _rule(
        LineKind.FACT,
        "home",
        rf"""\bi\ {_NOW}(?:live|moved|relocated)(?:\ back)?(?:\ here)?\ (?:in|to|near|outside)[ ]
        (?!a\b|an\b|the\ (?:moment|same)|my\b|your|this|that|it\b)(?!.*\b{_SOON})\w|
        {_IM}{_NOW}(?:living|based)\ in\ (?!a\b|an\b|the\ moment)\w""",
    ),
    _rule(
        LineKind.FACT,
        "work",
        rf"""\bi\ {_NOW}work\ (?:as|at|for|with)[ ]
        (?!it\b|that|this|the\ (?:same|moment)|home|them|him|her|night)\w|
        {_IM}{_NOW}working\ as\ an?\b|{_IM}an?\ (?:[\w-]+\ ){{0,3}}{_JOB}(?!\ of\b)""",
    ),
    _rule(
        LineKind.FACT,
        "origin",
        rf"{_IM}(?:originally\ )?from\ (?-i:[A-Z])|\bi\ was\ born\ (?:in|on)\b",
    ),
    _rule(
        LineKind.FACT,
        "birthday",
        r"\bmy\ birthday(?:\ is|'s)\ (?!coming|soon|today|tomorrow)",
    ),
    _rule(LineKind.FACT, "age", rf"{_IM}{_NOW}\d{{1,2}}(?:\ years\ old\b|,?\ and)"),
    _rule(
        LineKind.FACT,
        None,
        rf"""\bmy\ (?:\w+\ )?{_KIN}(?:'s\ name|\ is\ (?:called|named)|'s\ (?:called|named))\b|
        \bi\ have\ (?:a|an|one|two|three|four)\ (?:\w+\ )?(?:{_KIN}s?|kids?|children)\b
        (?!\ (?:of|who\ (?:just|once)))""",
    ),
)
"""What a clause is, in the order in which they are tried, and the slot that it fills."""

_CLAUSE = re.compile(
    r"(?:[^.!?\n;]|(?<=\bDr)\.|(?<=\bMr)\.|(?<=\bMs)\.|(?<=\bMrs)\.|"
    r"(?<=\bProf)\.|[.](?=\S))+[.!?;]*"
)
_ASKS_OR_SUPPOSES = re.compile(
    r"\?\s*$|^(?:so |and |but )?(?:if|what if|suppose|imagine|when i was|as if|do|does|did|can|"
    r"could|would|should|how|what|which|who|why|where|wish)\b|\b(?:i wish|if i|as though|used to|"
    r"she said|he said|they said|pretend|act as)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^\s*[>\"\u201c]")
_FAVOURITE = re.compile(
    r"\bmy (?:all.time )?favou?rite ((?:\w+ ){1,4}?)(?:is|are)\b", re.IGNORECASE
)


_HINT = re.compile(
    rf"\b(?:{_IM[2:]}|my |call me|always|ever|never|from now|going forward|future|whenever i|"
    r"every time i|in all your|i was born|i (?:[\w']+ ){0,3}?(?:love|hate|prefer|like|enjoy|"
    r"dislike|adore|stand|eat|drink|avoid|live|moved|relocated|work|have)\b|"
    r"(?:answer|reply|respond|speak|write|talk)\b)",
    re.IGNORECASE,
)
"""What every clause that a rule takes holds: one look instead of one for every rule."""


def said_of_self(text: str) -> list[Said]:
    """Return what a text says for its writer's profile, clause by clause in order."""
    found = []
    read = text[:LONGEST_TEXT].replace("\u2019", "'")  # of the same length, so that places hold
    for match in _CLAUSE.finditer(read):
        clause = match.group().strip()
        if not clause or len(clause) > LONGEST_LINE or _QUOTED.match(clause):
            continue
        if _ASKS_OR_SUPPOSES.search(clause):
            continue
        kind_and_slot = _kind(" ".join(clause.split()))
        if kind_and_slot is not None:
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            found.append(Said(kind_and_slot[0], start, start + len(clause), kind_and_slot[1]))
    return found


def _kind(clause: str) -> tuple[LineKind, str | None] | None:
    """Return which kind of line a clause is, by the first rule that it meets, and its slot."""
    if _HINT.search(clause) is None:
        return None
    for kind, slot, rule in _RULES:
        if rule.search(clause):
            favourite = _FAVOURITE.search(clause)
            if slot == "favourite" and favourite is not None:
                return kind, f"favourite {favourite.group(1).strip().lower()}"
            return kind, slot
    return None
