"""The vocabulary of the reader: which words and commands mean what.

To teach the reader a function, constant or synonym, add it here.
"""

from __future__ import annotations

FUNCTIONS = frozenset(
    [
        "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh",
        "tanh", "arsinh", "arcosh", "artanh", "ln", "log", "exp", "sqrt", "cbrt", "abs", "floor",
        "ceil", "gcd", "lcm", "max", "min", "binom", "factorial", "det", "mod", "sgn",
    ]
)  # fmt: skip
"""Functions of one or more arguments, as LaTeX commands or plain words."""

ALIASES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "arcsinh": "arsinh",
    "asinh": "arsinh", "acosh": "arcosh", "atanh": "artanh", "ceiling": "ceil", "lg": "log10",
    "sign": "sgn", "binomial": "binom", "Abs": "abs", "comb": "binom", "log": "ln",
}  # fmt: skip
"""Other names of functions. A bare logarithm is the natural one."""

INVERSE = {
    "sin": "arcsin", "cos": "arccos", "tan": "arctan", "sinh": "arsinh",
}  # fmt: skip
"""What `\\sin^{-1}` means."""

PROBLEMS = {
    "sum": "a sum", "prod": "a product", "int": "an integral", "iint": "an integral",
    "oint": "an integral", "lim": "a limit", "limsup": "a limit", "liminf": "a limit",
    "det": "a determinant", "partial": "a derivative",
}  # fmt: skip
"""Operators that state a problem; never part of an answer."""

PLAIN_PROBLEMS = {
    "sum": "sum", "product": "prod", "prod": "prod", "integral": "int", "integrate": "int",
    "Integral": "int", "Sum": "sum", "Product": "prod", "limit": "lim", "Limit": "lim",
    "lim": "lim", "det": "det", "diff": "partial", "Derivative": "partial",
}  # fmt: skip
"""The same as plain words."""

CONSTANTS = {
    "pi": "pi", "infty": "oo", "infinity": "oo", "inf": "oo", "oo": "oo", "e": "e", "i": "i",
    "emptyset": "emptyset", "reals": "reals", "Inf": "oo", "Infinity": "oo",
}  # fmt: skip
"""Names of constants."""

GREEK = frozenset(
    [
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda",
        "mu", "nu", "xi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega", "Gamma", "Delta",
        "Theta", "Lambda", "Sigma", "Phi", "Psi", "Omega", "ell",
    ]
)  # fmt: skip
"""Greek letters, which are variables."""

RELATIONS = {
    "=": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!=",
}  # fmt: skip
"""Signs that compare."""

RELATION_COMMANDS = {
    "le": "<=", "ge": ">=", "ne": "!=", "in": "in",
}  # fmt: skip
"""Commands that compare."""

WORDS = {
    "or": "or", "and": "and", "in": "in", "U": "cup", "union": "cup",
}  # fmt: skip
"""Plain words that join answers."""

MATRICES = frozenset(
    [
        "Bmatrix", "array", "bmatrix", "matrix", "pmatrix", "smallmatrix",
    ]
)  # fmt: skip
"""Environments that hold a matrix."""

IGNORED = frozenset(
    [
        "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl",
        "biggr", "limits", "nolimits", "displaystyle", "textstyle", "scriptstyle", "mathstrut",
        "phantom", "rm", "it", "bf", "thinspace", "medspace", "thickspace", "negthinspace",
        "negmedspace", "negthickspace", "enspace", "enskip",
    ]
)  # fmt: skip
"""Commands that only size or space."""

SAME = {
    "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "leq": "le", "leqslant": "le",
    "geq": "ge", "geqslant": "ge", "neq": "ne", "lt": "<", "gt": ">", "varnothing": "emptyset",
    "lbrace": "{", "rbrace": "}", "lbrack": "[", "rbrack": "]", "lparen": "(", "rparen": ")",
    "dbinom": "binom", "tbinom": "binom", "choose": "binom", "vert": "|", "mid": "|",
    "lvert": "|", "rvert": "|", "ast": "*", "star": "*", "colon": ":", "degree": "circ",
    "varphi": "phi", "vartheta": "theta", "varepsilon": "epsilon", "lor": "or", "land": "and",
    "vee": "or", "wedge": "and", "bigcup": "cup",
}  # fmt: skip
"""Commands that are another spelling of a command or sign."""

OPS = {
    "**": "^", "==": "=", ";": ",",
}  # fmt: skip
"""Signs that are another spelling of a sign."""
