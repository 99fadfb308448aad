"""ShellTask-v0.

template   what a template is; words: what templates draw from; repository: git as plain files
themes/    the templates
fresh      other names for files in each draw
tasks      the generator
actions    what a text asks for; screen: what is shown of a command
place      one session for many episodes; rewind: commands that undo an episode
env        the environment
folder     a user's own tasks; outside: their check scripts, in a sandbox apart
"""

from veragym.envs.shell.task.folder import FolderTasks, scaffold, validate
from veragym.envs.shell.task.tasks import ShellTasks
from veragym.envs.shell.task.template import TEMPLATES, Answer, Decoy, Draw, Scene, template

__all__ = [
    "TEMPLATES",
    "Answer",
    "Decoy",
    "Draw",
    "FolderTasks",
    "Scene",
    "ShellTasks",
    "scaffold",
    "template",
    "validate",
]
