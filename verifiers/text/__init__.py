"""Text and structure: verifiers of what is said, and of how it is put.

    match         TextMatchVerifier     exact after declared normalisation (`normal.Normal`)
    numeric       NumericVerifier       one number within a declared tolerance
    regular       RegularVerifier       membership in a regular language, linear time
    json_answers  JsonVerifier          strict JSON: equality under declared freedoms, schema
    tags          TagVerifier           <think>/<answer> and the like, content passed on
    choice        ChoiceVerifier, MultiSelectVerifier
    ordering      OrderingVerifier      permutations, Kendall's tau
    similarity    EditVerifier, WordOverlapVerifier
    intervals     IntervalVerifier      temporal IoU, character spans, matched lists
    citations     CitationVerifier      quotes that really stand in the evidence
    refusal       RefusalVerifier, refusal_report (A10)
    paraphrases   ConsistencyVerifier, consistency (A32)
    constraints   ConstraintVerifier    length, words, case, script

`contract` holds what they share: how a task and a response are read, and why form alone is never
enough. Everything is loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from veragym.core.lazy import lazily

if TYPE_CHECKING:
    from veragym.verifiers.text.choice import ChoiceVerifier, MultiSelectVerifier
    from veragym.verifiers.text.citations import CitationVerifier
    from veragym.verifiers.text.constraints import ConstraintVerifier
    from veragym.verifiers.text.contract import TextVerifier
    from veragym.verifiers.text.intervals import IntervalVerifier
    from veragym.verifiers.text.json_answers import JsonVerifier
    from veragym.verifiers.text.match import TextMatchVerifier
    from veragym.verifiers.text.normal import WORDING, Normal
    from veragym.verifiers.text.numeric import NumericVerifier
    from veragym.verifiers.text.ordering import OrderingVerifier
    from veragym.verifiers.text.paraphrases import (
        ConsistencyReport,
        ConsistencyVerifier,
        consistency,
    )
    from veragym.verifiers.text.refusal import (
        RefusalGrammar,
        RefusalReport,
        RefusalVerifier,
        refusal_report,
    )
    from veragym.verifiers.text.regular import Language, RegularVerifier
    from veragym.verifiers.text.similarity import EditVerifier, WordOverlapVerifier
    from veragym.verifiers.text.tags import TagVerifier

__all__ = [
    "WORDING",
    "ChoiceVerifier",
    "CitationVerifier",
    "ConsistencyReport",
    "ConsistencyVerifier",
    "ConstraintVerifier",
    "EditVerifier",
    "IntervalVerifier",
    "JsonVerifier",
    "Language",
    "MultiSelectVerifier",
    "Normal",
    "NumericVerifier",
    "OrderingVerifier",
    "RefusalGrammar",
    "RefusalReport",
    "RefusalVerifier",
    "RegularVerifier",
    "TagVerifier",
    "TextMatchVerifier",
    "TextVerifier",
    "WordOverlapVerifier",
    "consistency",
    "refusal_report",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "choice": "ChoiceVerifier MultiSelectVerifier",
        "citations": "CitationVerifier",
        "constraints": "ConstraintVerifier",
        "contract": "TextVerifier",
        "intervals": "IntervalVerifier",
        "json_answers": "JsonVerifier",
        "match": "TextMatchVerifier",
        "normal": "Normal WORDING",
        "numeric": "NumericVerifier",
        "ordering": "OrderingVerifier",
        "paraphrases": "ConsistencyReport ConsistencyVerifier consistency",
        "refusal": "RefusalGrammar RefusalReport RefusalVerifier refusal_report",
        "regular": "Language RegularVerifier",
        "similarity": "EditVerifier WordOverlapVerifier",
        "tags": "TagVerifier",
    },
)
