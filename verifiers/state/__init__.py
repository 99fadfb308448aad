"""What has become of files: a final state judged from outside, by predicates and a frame.

verifier    StateVerifier, FinalState   conditions, frame and typed answer together
check       read_check, Check, Report   the language, from plain data to a function of two trees
conditions                              what can be said of one name
contents                                what can be said of one file's content
archives    members_of                  tar and zip, read without writing anything
frame       Frame, matches              what else may have changed
records     tree_to_json, tree_from_json
"""

from veragym.verifiers.state.archives import members_of
from veragym.verifiers.state.check import Check, CheckFault, Report, read_check
from veragym.verifiers.state.frame import Frame, matches
from veragym.verifiers.state.records import tree_from_json, tree_to_json
from veragym.verifiers.state.verifier import FinalState, StateVerifier

__all__ = [
    "Check",
    "CheckFault",
    "FinalState",
    "Frame",
    "Report",
    "StateVerifier",
    "matches",
    "members_of",
    "read_check",
    "tree_from_json",
    "tree_to_json",
]
