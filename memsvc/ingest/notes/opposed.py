"""Whether what two notes say may not hold together, by the rule for turns.

A note keeps whose words it holds (`Speaker: ...`, a line each), and only words of one and the same
speaker are held against each other: that Ana moved to Lisbon says nothing of where Bo lives.

`memsvc.ingest.contradiction` is not asked besides. It weighs passages that argue for yes or no; of
small talk it makes too much. Of 900 pairs of turns of one speaker in LoCoMo's development
conversations that share words and contradict each other nowhere that was read, it scores 51 over .5
and 23 over .7 ("Can't wait to see it!" denies nothing), this rule none; each would be a link that
says something false, and a call of the evolver. It also takes 30 times as long, .9 ms a pair.
"""

from collections.abc import Mapping

from memsvc.ingest.updates import may_supersede

LEAST_COSINE = 0.4
"""From which two notes may be about one matter."""

_SPEAKER = 60
"""Characters of a speaker's name at most; what is longer before a colon is a clause."""


def may_contradict(newer: str, older: str, *, cosine: float) -> bool:
    """Tell whether something that the older content says may no longer hold by the newer."""
    if cosine < LEAST_COSINE:
        return False
    before = _by_speaker(older)
    return any(
        speaker in before and may_supersede(said, before[speaker])
        for speaker, said in _by_speaker(newer).items()
    )


def _by_speaker(content: str) -> Mapping[str, str]:
    said: dict[str, str] = {}
    for line in content.splitlines():
        speaker, colon, words = line.partition(": ")
        if not colon or len(speaker) > _SPEAKER:
            speaker, words = "", line
        said[speaker] = f"{said[speaker]}\n{words}" if speaker in said else words
    return said
