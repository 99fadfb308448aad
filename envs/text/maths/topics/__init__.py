"""The catalogue of topics. Importing this package fills `TOPICS`."""

from veragym.envs.text.maths.topic import TOPICS, Topic
from veragym.envs.text.maths.topics import arithmetic

__all__ = ["TOPICS", "Topic", "arithmetic"]
