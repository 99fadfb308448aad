"""Reference agents: they show that the environments teach.

    policy      who acts: the built-in transformer, scripted policies
    rollout     episodes through reset and step, in groups
    objective   the policy-gradient estimator, made of named parts
    sft         supervised warm start on oracle solutions
    trainer     the loop: collect, estimate, update, save
    evaluate    held-out accuracy with intervals
    demo        the whole of it in six minutes

Importing this package does not import torch; whatever needs it says so when it is missing.
"""
