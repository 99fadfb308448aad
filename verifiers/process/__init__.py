"""Process: judging what happened on the way."""
