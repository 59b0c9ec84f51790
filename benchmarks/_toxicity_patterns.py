"""Sentences of our own that teach what "not", "no one" and quotation do to a sentence about people. CC0-1.0."""

from collections.abc import Iterator

from gristmill.curate._toxic_model import word_classes

# A group's name counts alike whichever it is, so one name stands for all; {…} is a class of the list of words.
KIND = """
these women are {good}
women are {good} and make our street a better place
we {good} women
I {good} women, they are {good}
women are so {good}
it is {good} that women are here
we should {good} more women
all women should be {good}
meeting women made me {good}
no woman should be {violence}
nobody should {violence} women
never {violence} women
women should not be {violence}
we do not want to {violence} women
women must never be {violence} or {expel}
no one has a reason to {contempt} women
women are not {insult}
women are not {dehumanising}
I do not {contempt} women
I have never {contempt} women
it is wrong to {violence} women
it is {answer} to call women {insult}
calling women "{dehumanising}" is {answer}
"women are {insult}" is a {answer} thing to say
whoever says "{violence} women" is {answer}
people who {contempt} women are {answer}
claiming that women are {bad_trait} is {answer}
women wait at the bus stop
there are three women in my class
my neighbours are women
""".strip().splitlines()
UNKIND = """
these women are {insult}
women are {dehumanising}
women are so {bad_trait}
women are nothing but {dehumanising}
I {contempt} women
I {contempt} women, they are {insult}
{violence} all women
we should {violence} women
women should be {violence}
{expel} all women
women must be {expel}
no woman is {good}
women are not {good}
women do not have {good}
I will never {good} women
nobody should {good} women
women can never be {good}
I think that women are {insult}
why are women so {contempt}
all women are {bad_trait} and {insult}
""".strip().splitlines()
_EACH = 12


def sentences() -> Iterator[tuple[str, int]]:
    """A sentence, and whether it is hateful: each pattern with twelve words of its classes."""
    classes = word_classes()
    for patterns, hateful in ((KIND, 0), (UNKIND, 1)):
        for number, pattern in enumerate(patterns):
            for turn in range(_EACH if "{" in pattern else 1):
                words = {name: listed[(turn * 7 + number * 3) % len(listed)] for name, listed in classes.items()}
                yield pattern.format(**words), hateful
