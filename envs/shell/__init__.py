"""Shell environments: commands in a sandbox, judged by what they did."""
