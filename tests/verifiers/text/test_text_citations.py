"""Citations: the quote stands in the document named, and every claim has one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.core.task import Draft
from veragym.core.verdict import Outcome
from veragym.verifiers.text import CitationVerifier, TextMatchVerifier
from veragym.verifiers.text.citations import Claim, claims, quoted_in

DOCUMENTS = {
    "d1": "The Eiffel Tower was built in 1889 by the company of Gustave Eiffel. "
    "It is 330 metres tall.",
    "d2": "Gustave Eiffel also designed the frame of the Statue of Liberty, which opened in 1886.",
    "d3": "Bananas are rich in potassium, and they are grown in many warm countries.",
}
FORM = Draft("", "", {"documents": DOCUMENTS, "format_only": True}, {"sources": ["d1", "d2"]})
GOOD = (
    'The tower dates from 1889 [d1: "was built in 1889 by the company"]. '
    'Its maker also worked on a statue. [d2: "designed the frame of the Statue of Liberty"]'
)

CASES = [
    (GOOD, Outcome.CORRECT),
    (GOOD.replace('"was', "“was").replace('company"', "company”"), Outcome.CORRECT),
    (GOOD.replace("was built in", "was  built\n in"), Outcome.CORRECT),
    # not cited, or cited without a claim
    (GOOD + " It is also very pretty.", Outcome.WRONG),
    ("It is very pretty. " + GOOD, Outcome.WRONG),
    ("The tower dates from 1889. Its maker also worked on a statue.", Outcome.UNPARSABLE),
    ('[d1: "was built in 1889 by the company"]', Outcome.UNPARSABLE),
    ('. [d1: "was built in 1889 by the company"]', Outcome.UNPARSABLE),
    (
        'So [d1: "was built in 1889 by the company"]. Its maker made a statue too'
        ' [d2: "designed the frame of the Statue of Liberty"].',
        Outcome.WRONG,
    ),
    # quotes that are not there
    (GOOD.replace("1889 by", "1890 by"), Outcome.WRONG),
    (
        GOOD.replace("was built in 1889 by the company", "built the company in 1889 by"),
        Outcome.WRONG,
    ),
    (GOOD.replace("was built", "WAS BUILT"), Outcome.WRONG),
    (
        GOOD.replace("was built in 1889 by the company", "as built in 1889 by the comp"),
        Outcome.WRONG,
    ),
    (
        GOOD.replace("was built in 1889 by the company", "The Eiffel Tower ... 330 metres tall"),
        Outcome.WRONG,
    ),
    (GOOD.replace("was built in 1889", "was built іn 1889"), Outcome.WRONG),
    # quotes that point at nothing
    (GOOD.replace("was built in 1889 by the company", "was built in"), Outcome.WRONG),
    (GOOD.replace("was built in 1889 by the company", "the"), Outcome.WRONG),
    (GOOD.replace("was built in 1889 by the company", "- . , -"), Outcome.WRONG),
    # documents
    (GOOD.replace("[d1:", "[d2:"), Outcome.WRONG),
    (GOOD.replace("[d1:", "[d9:"), Outcome.WRONG),
    (GOOD + ' Bananas are good [d3: "Bananas are rich in potassium"].', Outcome.WRONG),
    (GOOD.split(". Its")[0] + ".", Outcome.WRONG),
    # one quote for everything; one citation for an essay
    (
        'A is so [d1: "was built in 1889 by the company"]. '
        'B is so [d1: "was built in 1889 by the company"].'
        ' C is so [d2: "designed the frame of the Statue of Liberty"].',
        Outcome.WRONG,
    ),
    ("and ".join(["many words go here "] * 30) + GOOD, Outcome.WRONG),
    # malformed
    (GOOD.replace("]", "", 1), Outcome.WRONG),
    (GOOD.replace('[d1: "', "[d1: '").replace('company"]', "company']"), Outcome.WRONG),
    (GOOD.replace('[d1: "', '[d1:: "'), Outcome.UNPARSABLE),
    (GOOD * 60, Outcome.UNPARSABLE),
]


@pytest.mark.parametrize(("response", "outcome"), CASES)
def test_every_claim_is_cited_and_every_quote_is_real(response: str, outcome: Outcome) -> None:
    verdict = CitationVerifier()(FORM, response)
    if outcome is Outcome.WRONG:
        assert verdict.outcome in (Outcome.WRONG, Outcome.UNPARSABLE), verdict
    else:
        assert verdict.outcome is outcome, verdict


def test_a_quote_must_stand_in_the_document_named_even_where_any_source_will_do() -> None:
    task = Draft("", "", {"documents": DOCUMENTS, "format_only": True}, {})
    assert CitationVerifier()(task, GOOD).outcome is Outcome.CORRECT
    verdict = CitationVerifier()(task, GOOD.replace("[d1:", "[d3:"))
    assert verdict.outcome is Outcome.WRONG
    assert dict(verdict.parts) == {"cited": 1.0, "verbatim": 0.5}


def test_citing_every_document_does_not_find_the_right_ones() -> None:
    every = GOOD + ' Bananas are good for you [d3: "Bananas are rich in potassium"].'
    verdict = CitationVerifier()(FORM, every)
    assert verdict.outcome is Outcome.WRONG
    assert dict(verdict.parts) == {"cited": 1.0, "verbatim": 1.0, "sources": 0.0}


def test_copying_a_quote_is_not_answering_unless_citing_is_the_task() -> None:
    task = Draft("", "", {"documents": DOCUMENTS}, {"answer": "It was built in 1889"})
    cited = 'It was built in 1889 [d1: "was built in 1889 by the company"].'
    parrot = 'The Eiffel Tower stands [d1: "The Eiffel Tower was built in 1889"].'
    assert CitationVerifier()(task, cited).outcome is Outcome.INFRA_ERROR
    judged = CitationVerifier(TextMatchVerifier())
    assert judged(task, cited).outcome is Outcome.CORRECT
    assert judged(task, parrot).outcome is Outcome.WRONG


def test_the_parts_say_how_much_is_cited_and_real() -> None:
    verdict = CitationVerifier()(FORM, GOOD.replace("1889 by", "1890 by") + " And so on it goes.")
    assert dict(verdict.parts) == {"cited": 2 / 3, "verbatim": 0.5, "sources": 1.0}


def test_claims_and_citations_are_told_apart() -> None:
    text = 'Dr. A. Smith said so [x: "a b"] [y/1: "c d"]. More, e.g. this. Last one [z: "e"]'
    assert claims(text) == [
        Claim("Dr. A. Smith said so", (("x", "a b"), ("y/1", "c d"))),
        Claim("More, e.g. this.", ()),
        Claim("Last one", (("z", "e"),)),
    ]


@given(st.text("ab .", max_size=12), st.text("ab .", min_size=1, max_size=4))
def test_a_quote_stands_where_words_begin_and_end(document: str, quote: str) -> None:
    def whole(at: int) -> bool:
        before, after = document[:at][-1:], document[at + len(quote) :][:1]
        return not (before.isalpha() and quote[0].isalpha()) and not (
            after.isalpha() and quote[-1].isalpha()
        )

    starts = [i for i in range(len(document)) if document.startswith(quote, i)]
    assert quoted_in(quote, document) == any(whole(i) for i in starts)


@pytest.mark.parametrize(
    ("public", "secret"),
    [({}, {}), ({"documents": {}}, {}), ({"documents": ["x"]}, {}), ({"documents": {"a": ""}}, {}),
     ({"documents": {"a": 3}}, {}), ({"documents": {3: "a b"}}, {}),
     ({"documents": DOCUMENTS}, {"sources": ["d7"]}), ({"documents": DOCUMENTS}, {"sources": []})],
)  # fmt: skip
def test_a_citation_task_that_cannot_be_judged_is_nobodys_fault(public: Any, secret: Any) -> None:
    for response in (GOOD, "", "x"):
        verdict = CitationVerifier()(
            Draft("", "", {"format_only": True, **public}, secret), response
        )
        assert verdict.outcome is Outcome.INFRA_ERROR


@pytest.mark.parametrize("options", [{"least_words": 0}, {"most_words": 1.5}, {"supports": True}])
def test_citation_options_outside_their_values_are_refused(options: Any) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        CitationVerifier(**options)
