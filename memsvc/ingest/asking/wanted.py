"""What kind of answer a question wants: a moment, a list, an order, advice, the assistant's words.

Rules over the words, one for each kind and several at once where several hold. Advice is a request
for help with something yet to be done; what asks about the past, about what was said, or about how
something of the asker's own stands is none, however politely it begins ("can you remind me ...").
`memsvc.ingest.latest` judges what wants the latest. The words are English; of others nothing is
wanted, which changes nothing.
"""

import re

from memsvc.domain.asking import Wanted
from memsvc.ingest.latest import wish_of

LONGEST = 2_000
"""Characters of a question that are read."""


def wanted_of(question: str) -> frozenset[Wanted]:
    """Return the kinds of answer that a question wants; none where no rule says so."""
    asked = " ".join(question[:LONGEST].replace("\u2019", "'").lower().split())
    wanted = {kind for kind, rule in _RULES.items() if rule.search(asked)}
    if wish_of(asked) is not None:
        wanted.add(Wanted.LATEST)
    looks_back = _LOOKS_BACK.search(asked) is not None or not wanted.isdisjoint(_OF_MEMORY)
    if _REQUEST.search(asked) and not looks_back:
        wanted.add(Wanted.ADVICE)
    return frozenset(wanted)


def _rule(told: str) -> re.Pattern[str]:
    """Return a rule; white space in `told` counts only where a backslash is before it."""
    return re.compile(told, re.VERBOSE)


_UNIT = r"(?:second|minute|hour|day|night|week|weekend|month|year|decade)s?"
_SAID = r"""(?:said|told|mentioned|recommended|suggested|provided|gave|listed|advised|explained|
    described|wrote|showed|walked|proposed|named|shared|offered|answered|taught|sent|came\ up)"""
_SAY = r"""(?:say|tell|mention|recommend|suggest|provide|give|list|advise|explain|describe|write|
    show|walk|propose|name|share|offer|answer|teach|send|come\ up)"""
_TALKS = r"(?:conversation|chat|session|discussion|exchange|message|talk)s?"
_HELP = r"""(?:help|show|walk|explain|suggest|recommend|give|tell|guide|write|create|set|make|
    provide|draft|plan|design|build|outline|teach|find|compare|check|review|improve|translate|
    describe|propose|prepare|put\ together|come\ up)\b"""
_HABIT = r"""(?:usually|normally|typically|often|always|currently|still|ever|have|own|live|work|
    like|love|prefer|enjoy|hate|know|think|feel|want|drive|play|take|keep)\b"""

_RULES = {
    Wanted.MOMENT: _rule(
        rf"""^(?:and\ |so\ )?when\b|
        \bwhen\ (?:did|was|were|is|are|do|does|has|have|had|will|would|am)\b|
        \b(?:what|which|on\ what)\ (?:date|day|month|year|week|weekend|season|time)\b|
        \bhow\ (?:long|recently|soon)\b|\bsince\ when\b|
        \bhow\ many\ (?:\w+\ )?{_UNIT}\b(?!\ (?:a|an|per|each|every|off)\b)"""
    ),
    Wanted.MANY: _rule(
        rf"""\bhow\ many\ (?!(?:\w+\ )?{_UNIT}\b)|\bhow\ many\ times\b|
        \bhow\ much\b.*\b(?:spen[dt]|total|altogether|all|saved?|earn(?:ed)?|raised?|pa(?:y|id))\b|
        \b(?:in\ total|altogether|combined|total\ (?:number|amount|cost|of))\b|
        \b(?:list|name|count|tell\ me)\ (?:me\ )?(?:all|every|each)\b|
        \ball\ (?:the|of\ the|my|our)\ |
        \b(?:what|which)\ (?:\w+\ ){{0,3}}?(?!this\b|does\b|was\b)\w{{2,}}[a-rt-z]s
        \ (?:\w+\ ){{0,2}}?(?:have|has|had|do|does|did|are|were|am)\b"""
    ),
    Wanted.ORDER: _rule(
        r"""\bin\ (?:which|what|the\ (?:correct|right|same)|chronological)\ order\b|
        \bin\ order\b(?!\ (?:to|for|that)\b)|\b(?:the|an?)\ order\ (?:in|of|that)\b|
        \bchronolog|\bsequence\ (?:in|of|that)\b|\btimeline\b|\bbefore\ or\ after\b|
        \b(?:come|came|happen|happened|start|started|begin|began|finish|finished|do|did|was|went|go|
        bought|visit|visited|read|met|got|get|mention|mentioned)\b[^.?!]{0,40}\b(?:first|last)\b
        (?:\W*$|,|:|\ -|\ or\b|\ the\b)|\bfrom\ (?:first|earliest|oldest)\ to\b|\bearliest\b"""
    ),
    Wanted.OWN_WORDS: _rule(
        rf"""\byou(?:'d|'ve|\ had|\ have)?\ (?:\w+ly\ |just\ |also\ |once\ |already\ )?{_SAID}\b|
        \b(?:did|had|have)\ you\b[^.?!]{{0,40}}\b(?:{_SAY}|{_SAID})\b|\bby\ you\b|
        \byour\ (?:previous|earlier|last|first|own|answer|repl(?:y|ies)|recommendation|suggestion|
        advice|explanation|list|response|proposal)|\bwe\ (?:had\ |have\ )?(?:discussed|talked|spoke|
        agreed|decided|settled|came\ up|went\ (?:over|through)|covered)\b|
        ^(?!.*\bi\ (?:br(?:ing|ought)|sa(?:y|id)|mention|told|tell|ask))
        .*\bour\ (?:\w+\ ){{0,2}}{_TALKS}\b"""
    ),
    Wanted.SUMMARY: _rule(
        r"""\bsummar(?:y|i[sz]e|ies)|\boverview\b|\brecap\b|\bsum\ up\b|\bup\ to\ speed\b|
        \bin\ broad\ strokes\b|\beverything\ (?:you\ know|i|we|about)\b|
        \bhow\ (?:has|have|did)\b.*\b(?:progress|develop|evolve|chang|unfold|grow|gone)"""
    ),
}
"""What each kind is told by, in lower case."""

_OF_MEMORY = frozenset({Wanted.ORDER, Wanted.OWN_WORDS, Wanted.SUMMARY})
"""What is answered from what was said alone, and so asks for no advice."""

_LOOKS_BACK = _rule(
    rf"""\bdid\b|\b(?:have|had|was|were|has)\ (?:i|you|we|my|our|he|she|they|it)\b|
    \bi(?:'d|'ve|\ have|\ had)?\ (?:already\ )?(?:mentioned|said|told|asked|brought|planned|
    completed|wanted|decided|bought|went|visited|was|had)\b|
    \bremind\ me\b|\b(?:recall|remember)\b|\bthroughout\b|\bso\ far\b|\bover\ time\b|
    \b(?:my|our|these|across|previous|past|earlier|last)\ (?:\w+\ )?{_TALKS}\b|
    \b(?:what|which|who|where|when|how)(?:'s|\ is|\ are|\ do|\ does)\ (?:my|our|your)\b|
    \bhow\ (?:many|much|long|old)\b(?!.*\b(?:should|could|can|would)\ (?:i|we|you)\b)"""
)
"""It asks about the past, about what was said, or how something of the asker's own stands."""

_REQUEST = _rule(
    rf"""\b(?:can|could|would|will)\ you\ (?:\w+\ ){{0,2}}?{_HELP}|
    \b(?:how|what|which|where|when|who)\b[^.?!]{{0,80}}?\b(?:should|could|can|would|must|might|shall)
    \ (?:i|you|we|one)\b|
    \bhow\ do\ (?:i|you|we)\ (?!{_HABIT})|\bhow\ to\b|\bwhat\ do\ you\ (?:suggest|recommend|think)|
    \b(?:should|shall)\ (?:i|we)\b|
    \b(?:what|which)\b[^.?!]{{0,40}}?\b(?:is|are|would\ be|might\ be)\ (?:an?\ good|good|better|
    best|common|typical|
    some\ (?:good|common|typical|easy|simple|ways|tips|ideas|options|things)|the\ (?:\w+\ )?(?:best|
    right|proper|usual|common|different|easiest|simplest|fastest|safest|main|steps|ways?|options))\b|
    \bwhat(?:'s|\ is)\ (?:a|the)\ (?:good|best)\b|
    \bany\ (?:\w+\ )?(?:tips|advice|suggestions|ideas|recommendations|thoughts\ on)\b|
    \b(?:suggest|recommend)\b|\b(?:help|advise)\ me\b|
    \bneed\ (?:some\ |your\ )?(?:help|advice|ideas)\b|
    \bi(?:'m|\ am)\ (?:\w+ly\ )?(?:planning|looking|trying|working|applying|updating|building|
    considering|thinking|preparing|designing|writing|organi[sz]ing|hoping|about\ to)\b|
    \bi(?:'d\ like|\ want|\ need)\ to\b|
    ^(?:please\ )?(?:help|show|walk|explain|suggest|recommend|give|guide|write|create|make|provide|
    draft|plan|design|build|outline|teach|prepare|propose|translate|compare)\b"""
)
