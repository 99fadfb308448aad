"""Judging by rubric: programs where possible, a model where not, and never a pass by accident.

windowed      RubricVerifier               a transcript, window by window, against a rubric (A15)
rubric        Item, Signal, State          what is asked, its states, and the score
predicates    Predicate, BUILT_IN          items judged by a program
transcript    Message, messages_of         what is judged
questions     asked, read_signals          one window's question, and how its reply is read
pairwise      ModelComparer                a model as pairwise judge (C22)
client        JudgeClient                  recorded answer first, then the backend
cache         AnswerCache                  answers on disk: re-scoring bit for bit, offline
backend       Backend, Offline             the interface; having no endpoint
endpoint      OpenAIBackend                an OpenAI-compatible chat endpoint
request       Request, read_reply          fences, nonces, strict JSON
failure       JudgeFailure                 no judgement was had
"""

from __future__ import annotations

from veragym.verifiers.judge.backend import Backend, Offline
from veragym.verifiers.judge.cache import AnswerCache
from veragym.verifiers.judge.client import JudgeClient
from veragym.verifiers.judge.endpoint import OpenAIBackend
from veragym.verifiers.judge.failure import JudgeFailure
from veragym.verifiers.judge.pairwise import ModelComparer
from veragym.verifiers.judge.predicates import Predicate
from veragym.verifiers.judge.request import Request
from veragym.verifiers.judge.rubric import Item, Signal, State
from veragym.verifiers.judge.transcript import Call, Message
from veragym.verifiers.judge.windowed import RubricVerifier

__all__ = [
    "AnswerCache",
    "Backend",
    "Call",
    "Item",
    "JudgeClient",
    "JudgeFailure",
    "Message",
    "ModelComparer",
    "Offline",
    "OpenAIBackend",
    "Predicate",
    "Request",
    "RubricVerifier",
    "Signal",
    "State",
]
