"""Environments for language agents whose rewards are executable proofs.

Importing this package registers every id of `registry.yaml` (and of installed third-party
registries) with Gymnasium, lazily: an environment's code is imported when it is first made.

    import gymnasium as gym, veragym
    env = gym.make("MathRLVR-v0")
"""

from veragym.registry import Entry, entries, make, register_all

__version__ = "0.1.0"
__all__ = ["Entry", "__version__", "entries", "make"]

register_all()
