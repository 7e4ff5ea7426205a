"""Made updates: pairs of statements by rule, of which the second supersedes the first or does not.

Templates of the project's own are filled from lists by a seed. An update says twice of one thing
how it is. Two that both hold look as much alike: two trips, two friends, two things of one kind.
Topics in `SEEN` were looked at while the rule was made; the others were not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

SEEN = frozenset(
    (
        *("home", "work", "diet", "budget", "version", "meeting", "sport", "plant"),
        *("trips", "friends", "devices", "siblings", "purchases", "dates"),
    )
)


@dataclass(frozen=True, slots=True)
class Topic:
    """How something is said, said anew and asked for; `{a}` and `{b}` are two different values."""

    name: str
    older: Sequence[str]
    newer: Sequence[str]
    asked: Sequence[str]
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class MadePair:
    """Two statements and what asks for them; `updates` where the newer one supersedes the older."""

    topic: str
    older: str
    newer: str
    asked: str
    updates: bool

    @property
    def kind(self) -> str:
        """Whether its topic was looked at while the rule was made."""
        return "seen" if self.topic in SEEN else "unseen"


CITIES = ("Porto", "Lisbon", "Ghent", "Oslo", "Leeds", "Turin", "Basel", "Gdansk", "Tampere")
FIRMS = ("Nordlys", "Halden Foods", "Brightwell", "Orbis", "Kestrel Labs", "Marlow Bank")
NAMES = ("Ines", "Tomas", "Priya", "Gareth", "Yuki", "Leila", "Anton", "Mireille")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
SUMS = ("1,200", "1,850", "2,400", "3,100", "4,500", "5,000")
COUNTS = ("three", "five", "eight", "eleven", "fourteen", "twenty")

UPDATES = (
    Topic(
        "home",
        (
            "I live in {a}.",
            "We've been living in {a} for years.",
            "I have a flat in {a}, I live by the station.",
        ),
        ("I moved to {b}.", "We relocated to {b} last month.", "By the way, I live in {b} now."),
        ("Where do I live?", "Which city am I living in?"),
        CITIES,
    ),
    Topic(
        "work",
        (
            "I work at {a}.",
            "I have a job at {a}, in the back office.",
            "I'm working for {a} these days.",
        ),
        (
            "I started a new job at {b}.",
            "I joined {b} in spring.",
            "I no longer do that, I work at {b} now.",
        ),
        ("Where do I work?", "Who is my employer?"),
        FIRMS,
    ),
    Topic(
        "diet",
        (
            "I eat {a} for breakfast every day.",
            "My breakfast is {a}.",
            "I usually have {a} for breakfast.",
        ),
        (
            "I switched to {b} for breakfast.",
            "These days I eat {b} for breakfast instead.",
            "My breakfast is {b} now.",
        ),
        ("What do I eat for breakfast?", "What is my breakfast?"),
        ("porridge", "rye toast", "yoghurt", "fried eggs", "granola", "rice soup"),
    ),
    Topic(
        "budget",
        (
            "The budget for the garden is {a} euros.",
            "We have a garden budget of {a} euros.",
            "I set the garden budget at {a} euros.",
        ),
        (
            "The garden budget is {b} euros now.",
            "We raised the garden budget to {b} euros.",
            "I changed the budget for the garden to {b} euros.",
        ),
        ("What is the garden budget?", "How much may the garden cost?"),
        SUMS,
    ),
    Topic(
        "version",
        (
            "Our service runs on Python {a}.",
            "We use Python {a} in the service.",
            "I keep the service on Python {a}.",
        ),
        (
            "We upgraded the service to Python {b}.",
            "Our service now runs on Python {b}.",
            "I moved the service to Python {b}.",
        ),
        ("Which Python does the service run on?", "What version of Python do we use?"),
        ("3.8", "3.9", "3.10", "3.11", "3.12"),
    ),
    Topic(
        "meeting",
        (
            "The weekly planning meeting is on {a}.",
            "We have our planning meeting every {a}.",
            "Our planning meeting takes place on {a}.",
        ),
        (
            "The planning meeting was moved to {b}.",
            "We now have our planning meeting on {b}.",
            "Our planning meeting has been rescheduled to {b}.",
        ),
        ("When is the planning meeting?", "On which day do we plan?"),
        DAYS,
    ),
    Topic(
        "sport",
        (
            "I run {a} kilometres every week.",
            "My weekly run is {a} kilometres.",
            "I've been running {a} kilometres a week.",
        ),
        (
            "I increased my weekly run to {b} kilometres.",
            "I run {b} kilometres every week now.",
            "My weekly run has grown to {b} kilometres.",
        ),
        ("How far do I run every week?", "How many kilometres is my weekly run?"),
        ("12", "18", "24", "30", "36"),
    ),
    Topic(
        "plant",
        (
            "I keep the orchid in the {a}.",
            "My orchid stands in the {a}.",
            "The orchid is in the {a}.",
        ),
        (
            "I moved the orchid to the {b}.",
            "My orchid is in the {b} now.",
            "The orchid stands in the {b} these days.",
        ),
        ("Where is my orchid?", "In which room do I keep the orchid?"),
        ("kitchen", "bathroom", "hallway", "cellar", "bedroom"),
    ),
    Topic(
        "car",
        ("I drive a {a}.", "My car is a {a}.", "We have an old {a} to get around."),
        ("I drive a {b} now.", "I sold the car and got a {b}.", "My new car is a {b}."),
        ("What car do I drive?", "Which car do I have?"),
        ("Skoda Fabia", "Volvo V60", "Fiat Panda", "Toyota Yaris", "Renault Zoe"),
    ),
    Topic(
        "phone",
        (
            "My phone number ends in {a}.",
            "You can reach me on the number ending in {a}.",
            "I have the phone number that ends in {a}.",
        ),
        (
            "I have a new phone number, it ends in {b}.",
            "My phone number changed, it ends in {b} now.",
            "My phone number now ends in {b}.",
        ),
        ("What does my phone number end in?", "What is my phone number?"),
        ("4471", "9020", "3358", "6112", "7785"),
    ),
    Topic(
        "language",
        ("I'm learning {a} in the evenings.", "I take {a} lessons.", "My evening class is {a}."),
        (
            "I dropped that and I'm learning {b} now.",
            "I switched to {b} lessons.",
            "My evening class is {b} now.",
        ),
        ("Which language am I learning?", "What is my evening class?"),
        ("Danish", "Turkish", "Korean", "Welsh", "Arabic"),
    ),
    Topic(
        "team",
        (
            "There are {a} people in my choir.",
            "My choir has {a} singers.",
            "We are {a} in the choir.",
        ),
        (
            "My choir has grown to {b} singers.",
            "There are now {b} people in my choir.",
            "We are {b} in the choir now.",
        ),
        ("How many people are in my choir?", "How many singers does the choir have?"),
        COUNTS,
    ),
    Topic(
        "doctor",
        (
            "My dentist is Dr {a}.",
            "I go to Dr {a} for my teeth, a good dentist.",
            "Dr {a} is my dentist.",
        ),
        (
            "My new dentist is Dr {b}.",
            "I changed dentists, I see Dr {b} now.",
            "My dentist retired and Dr {b} is my dentist now.",
        ),
        ("Who is my dentist?", "Which dentist do I go to?"),
        ("Okafor", "Lindqvist", "Moreau", "Castellano", "Brandt"),
    ),
    Topic(
        "rent",
        (
            "My rent is {a} euros a month.",
            "I pay {a} euros rent a month.",
            "We pay a monthly rent of {a} euros.",
        ),
        (
            "My rent went up to {b} euros.",
            "I now pay {b} euros rent.",
            "Our monthly rent has been raised to {b} euros.",
        ),
        ("How much is my rent?", "What rent do I pay?"),
        ("840", "910", "975", "1,060", "1,130"),
    ),
    Topic(
        "deadline",
        (
            "The thesis is due on {a} June.",
            "I have to hand in my thesis by {a} June.",
            "My thesis deadline is {a} June.",
        ),
        (
            "The thesis deadline was extended to {b} June.",
            "My thesis is due on {b} June now.",
            "They moved my thesis deadline to {b} June.",
        ),
        ("When is my thesis due?", "What is the deadline for the thesis?"),
        ("3", "9", "14", "20", "27"),
    ),
    Topic(
        "colour",
        (
            "My favourite colour is {a}.",
            "I like {a} best of all colours.",
            "{a} is my favourite colour.",
        ),
        (
            "My favourite colour is {b} now.",
            "I prefer {b} these days, of all colours.",
            "{b} has become my favourite colour.",
        ),
        ("What is my favourite colour?", "Which colour do I like best?"),
        ("green", "orange", "violet", "turquoise", "crimson"),
    ),
)

BOTH_HOLD = (
    Topic(
        "trips",
        ("I went to {a} for a long weekend.", "We had a lovely trip to {a}."),
        ("I just came back from a weekend in {b}.", "We recently took a trip to {b}."),
        ("Which cities did I travel to?", "Where did I spend weekends?"),
        CITIES,
    ),
    Topic(
        "friends",
        ("My friend {a} lives by the sea.", "My friend {a} works as a nurse."),
        ("My friend {b} moved to the mountains.", "My friend {b} started a new job as a baker."),
        ("What do my friends do?", "Where do my friends live?"),
        NAMES,
    ),
    Topic(
        "devices",
        ("My {a} is four years old.", "I have an old {a} at home."),
        ("My new {b} has arrived.", "I have a new {b} at home now."),
        ("Which devices do I have?", "What do I have at home?"),
        ("laptop", "printer", "camera", "tablet", "projector"),
    ),
    Topic(
        "siblings",
        ("My brother drives a van for {a}.", "My brother works at {a}."),
        ("My sister works at {b} now.", "My sister joined {b}."),
        ("Where do my siblings work?", "Who do they work for?"),
        FIRMS,
    ),
    Topic(
        "purchases",
        ("I bought a {a} for the kitchen.", "I got a {a} in the sales."),
        ("I recently bought a {b} for the kitchen.", "I just got a {b} in the sales."),
        ("What did I buy?", "What did I get for the kitchen?"),
        ("kettle", "toaster", "blender", "wok", "bread knife"),
    ),
    Topic(
        "books",
        ("I finished reading a book about {a}.", "I read a long novel about {a}."),
        ("I just started a book about {b}.", "I'm now reading a novel about {b}."),
        ("Which books have I read?", "What am I reading about?"),
        ("whaling", "the Alps", "bees", "a lighthouse", "railways"),
    ),
    Topic(
        "projects",
        ("The budget for the {a} is 2,000 euros.", "We have 2,000 euros for the {a}."),
        (
            "The budget for the {b} is 3,500 euros now.",
            "We raised the budget for the {b} to 3,500 euros.",
        ),
        ("What are the budgets?", "How much money do we have for what?"),
        ("roof", "bathroom", "fence", "cellar", "staircase"),
    ),
    Topic(
        "pets",
        ("My cat {a} is nine years old.", "{a}, my cat, sleeps all day."),
        ("My dog {b} is two years old now.", "My dog {b} has just started training."),
        ("Which pets do I have?", "How old are my pets?"),
        NAMES,
    ),
    Topic(
        "meals",
        ("I cooked {a} for the neighbours.", "We had {a} for dinner on Sunday."),
        ("I made {b} for dinner yesterday.", "We recently had {b} with the neighbours."),
        ("What did I cook?", "What did we have for dinner?"),
        ("lasagne", "dumplings", "fish pie", "ramen", "goulash"),
    ),
    Topic(
        "dates",
        ("My meeting with {a} is on Monday.", "I have a meeting with {a} on Monday."),
        ("My meeting with {b} was moved to Friday.", "I now have a meeting with {b} on Friday."),
        ("Whom do I meet?", "When are my meetings?"),
        NAMES,
    ),
)


def made_pairs(*, rounds: int, seed: int) -> Iterator[list[MadePair]]:
    """Yield for each round one pair of every topic, so that no two of a round are of one."""
    random = Random(seed)  # noqa: S311  no secret
    for _ in range(rounds):
        yield [
            *(_made(topic, random, updates=True) for topic in UPDATES),
            *(_made(topic, random, updates=False) for topic in BOTH_HOLD),
        ]


def _made(topic: Topic, random: Random, *, updates: bool) -> MadePair:
    a, b = random.sample(list(topic.values), 2)
    return MadePair(
        topic.name,
        _sentence(random.choice(topic.older).format(a=a)),
        _sentence(random.choice(topic.newer).format(b=b)),
        random.choice(topic.asked),
        updates,
    )


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
