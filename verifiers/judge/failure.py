"""The one error of this package: no judgement was had."""

from __future__ import annotations

from veragym.core.errors import VeragymError


class JudgeFailure(VeragymError):
    """The judge was not there, was too slow, or said nothing usable.

    Nothing may be concluded about the text that was to be judged: callers turn this into an
    `infra_error`. The message never quotes the request or the reply, which hold the task's secret.
    """
