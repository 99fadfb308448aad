"""The conformance kit for games of several players: PettingZoo's AEC and Parallel forms.

    subject      which targets are games, and how each is made again
    table        one way to sit at either kind of game, and records of what was seen there
    elsewhere    the same games in a fresh interpreter
    protocol     PettingZoo's own tests, the dead, bad moves, copies, closing
    episodes     spaces, rewards, order, deaths and endings, turn by turn
    masks        what is forbidden is refused, what is allowed is played
    reads        looking changes nothing
    fairness     declared sums, seats and referees
    determinism  the same seed and moves give the same bytes, anywhere
    leak         what is hidden changes nothing that can be seen
    hidden       the same, where the game says what is hidden
    forms        AEC and Parallel are one game
    leftovers    nothing is left behind
    card         what the code of a game says of it, for its card

A new witness is a module here and a line in `GAME_WITNESSES`.
"""

from veragym.check.games import (
    determinism,
    episodes,
    fairness,
    forms,
    leak,
    leftovers,
    masks,
    protocol,
    reads,
)
from veragym.check.games.subject import game_of
from veragym.check.witnesses.witness import Witness

GAME_WITNESSES: tuple[Witness, ...] = (
    Witness("protocol", protocol.examine),
    Witness("episodes", episodes.examine),
    Witness("masks", masks.examine),
    Witness("reads", reads.examine),
    Witness("fairness", fairness.examine),
    Witness("determinism", determinism.examine),
    Witness("leak", leak.examine),
    Witness("forms", forms.examine),
    Witness("leftovers", leftovers.examine),
)

__all__ = ["GAME_WITNESSES", "game_of"]
