"""Text environments: one question, one answer, judged by a proof.

question   QuestionEnv, the single-turn environment
vector     QuestionVectorEnv, many of them at once
maths      MathRLVR-v0
"""
