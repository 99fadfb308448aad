"""Programs judged by hidden tests: expected outputs never enter the child that runs them.

solutions   ProgramVerifier            Python solutions, called or fed standard input
suite       read_suite                 what a task says about its tests
values      encode, decode, Sameness   typed values between processes, and when they are the same
output      same_output                when printed output is the same
child                                  what runs inside the child; imports nothing of this project
"""

from veragym.verifiers.program.output import same_output
from veragym.verifiers.program.solutions import ProgramVerifier
from veragym.verifiers.program.suite import read_suite
from veragym.verifiers.program.values import Sameness, decode, encode

__all__ = ["ProgramVerifier", "Sameness", "decode", "encode", "read_suite", "same_output"]
