"""MathRLVR-v0.

topic      what a topic is
topics/    the catalogue
kinds      topics of several sorts of problem; tales: those told as short stories
writing    how exact values are written; expressions, terms, chances, story_settings, sizes,
           slips, triangles: what several topics share
tasks      the generator: a mixture of topics
source     a user's own file as tasks
env        the environment
vector     many at once
"""

from veragym.envs.text.maths.tasks import MathTasks
from veragym.envs.text.maths.topic import TOPICS, Topic

__all__ = ["TOPICS", "MathTasks", "Topic"]
