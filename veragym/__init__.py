"""Environments for language agents whose rewards are executable proofs."""
