"""MathRLVR-v0, many at once."""

from __future__ import annotations

from typing import Any

from gymnasium.vector import AutoresetMode

from veragym.envs.text.maths.env import MathEnv
from veragym.envs.text.vector import QuestionVectorEnv


class MathVectorEnv(QuestionVectorEnv):
    """A batch of `MathEnv`s.

    Args:
        num_envs: batch size.
        autoreset_mode: see `QuestionVectorEnv`.
        **options: as for `MathEnv`.
    """

    def __init__(
        self,
        num_envs: int,
        autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
        **options: Any,
    ) -> None:
        super().__init__(MathEnv(**options), num_envs, autoreset_mode)
