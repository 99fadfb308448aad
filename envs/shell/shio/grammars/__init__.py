"""One grammar per utility, as data; `veragym.envs.shell.shio.grammar` says how to read them."""
