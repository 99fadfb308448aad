"""Policies: who acts.

    protocol     Policy, Action, Message, Conversation
    tokenizer    bytes as tokens
    transformer  the built-in model (torch)
    sampling     the built-in model as a policy (torch)
    scripted     oracle, null, constant, random

Importing this package does not import torch; the modules marked (torch) do.
"""

from veragym.agents.policy.protocol import Action, Conversation, Message, Policy, opening

__all__ = ["Action", "Conversation", "Message", "Policy", "opening"]
