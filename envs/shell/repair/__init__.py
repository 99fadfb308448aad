"""CodeRepair-v0.

program    what a family of programs is: modules with places for bugs, rules, ways to use them
programs/  the families
trusted    our own programs, run here to find what is right and to prove what is wrong
driver     uses a package step by step; here, and in the sandbox that judges
visible    tests as the repository shows them
tasks      the generator
tools      file tools
place      a session that files can be written to from outside
verifier   hidden tests elsewhere, and a frame
env        the environment
"""

from veragym.envs.shell.repair.program import FAMILIES, KINDS, Program, family
from veragym.envs.shell.repair.tasks import RepairTasks
from veragym.envs.shell.repair.verifier import RepairVerifier

__all__ = ["FAMILIES", "KINDS", "Program", "RepairTasks", "RepairVerifier", "family"]
