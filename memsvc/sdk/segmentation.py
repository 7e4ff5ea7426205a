"""How the streams of a space are cut into events, as it travels.

The one list of these fields beside that of the domain, whose defaults are the defaults here. A
test holds the two to each other.
"""

from pydantic import BaseModel, Field

from memsvc.domain.episode import Refinement, Segmentation, SurpriseSource
from memsvc.sdk.checked import Measure, Whole

BY_DEFAULT = Segmentation()
A_YEAR_IN_MINUTES = 366 * 24 * 60
FEWEST_AT_MOST = 8
"""As many units an event may be made to have; and so the least that `max_units` can be."""


class SegmentationFields(BaseModel):
    """What is said, and what is answered. Each bound holds by itself, whatever the others are."""

    source: SurpriseSource = Field(
        default=BY_DEFAULT.source,
        description="What tells how unexpected a unit is. around: how far the units before it part "
        "from it and those that follow, so it waits for a few. behind: how little it is like the "
        "open event, at once. tokens: how unlikely a language model finds its words; refused where "
        "none is set up.",
    )
    gamma: Measure = Field(
        default=BY_DEFAULT.gamma,
        ge=0,
        le=10,
        description="How many standard deviations over the mean of those before it a surprise "
        "must be to end an event. More makes fewer, longer events.",
    )
    window: Whole = Field(
        default=BY_DEFAULT.window,
        ge=8,
        le=1_024,
        description="Over how many units before it mean and deviation are taken.",
    )
    prior: Whole = Field(
        default=BY_DEFAULT.prior,
        ge=0,
        le=1_024,
        description="As how many units what surprise usually is counts, so that a stream can be "
        "cut from its beginning. For tokens: how many there must be before one can end an event.",
    )
    context: Whole = Field(
        default=BY_DEFAULT.context,
        ge=1,
        le=16,
        description="How many units on either side are compared, the nearer the more.",
    )
    reach: Whole = Field(
        default=BY_DEFAULT.reach,
        ge=1,
        le=16,
        description="Among how many units on either side a surprise around must stand out.",
    )
    min_units: Whole = Field(
        default=BY_DEFAULT.min_units,
        ge=1,
        le=FEWEST_AT_MOST,
        description="No surprise ends an event of fewer units. A unit is a turn, or a piece of a "
        "long one.",
    )
    max_units: Whole = Field(
        default=BY_DEFAULT.max_units,
        ge=FEWEST_AT_MOST,
        le=256,
        description="An event ends after so many units at the latest.",
    )
    gap_minutes: Measure = Field(
        default=BY_DEFAULT.gap_minutes,
        gt=0,
        le=A_YEAR_IN_MINUTES,
        description="A longer pause than this ends an event.",
    )
    refinement: Refinement = Field(
        default=BY_DEFAULT.refinement,
        description="By what a boundary found by surprise is moved to where it parts best what is "
        "least alike: not at all, by modularity or by conductance.",
    )
