"""Games with one fault each, and the sound ones they are made from, of all families.

`FAULTS` says which finding has to reject which; a fault is as small as it can be made.
"""

from __future__ import annotations

from typing import Any

import planted_board
import planted_cards
import planted_deals
import planted_parallel
import planted_pointers
import planted_stored

FAMILIES = {
    "cards": planted_cards,
    "board": planted_board,
    "parallel": planted_parallel,
    "pointers": planted_pointers,
    "deals": planted_deals,
    "stored": planted_stored,
}

SOUND: tuple[Any, ...] = tuple(game for family in FAMILIES.values() for game in family.SOUND)
FAULTS: dict[Any, str] = {
    game: reason for family in FAMILIES.values() for game, reason in family.FAULTS.items()
}
