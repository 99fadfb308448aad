"""ShIOEnv-v0: commands built argument by argument, judged by what they do (A03).

grammar     grammars of utilities (`grammars/*.yaml`) and leftmost derivation
place       working trees that commands are tried on
lab         where commands are run, and the execution cache
similarity  how alike two outputs are
redundancy  what each argument does: the published measure and rewards
verifier    the verdict
search, oracle   right commands, found by trying
survey      which productions hold on this machine (`accepted.json`, `found.json`)
tasks       the generator
env         the environment, for language agents; shown: what they see
grammar_view     the environment with discrete actions and a mask
extract     grammars drafted from `--help` texts
export      pairs of command and behaviour as a data set
"""
