"""MathRLVR-v0.

topic      what a topic is
topics/    the catalogue
tasks      the generator: a mixture of topics
source     a user's own file as tasks
env        the environment
vector     many at once
"""

from veragym.envs.text.maths.tasks import MathTasks
from veragym.envs.text.maths.topic import TOPICS, Topic

__all__ = ["TOPICS", "MathTasks", "Topic"]
