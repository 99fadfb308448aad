"""The catalogue of topics. Importing this package fills `TOPICS`.

Every module of this folder holds one topic or a few of a kind, and is imported: a new topic is a
new class, in a file of its own or beside its kin, and nothing else has to change.
"""

from importlib import import_module
from pkgutil import iter_modules

from veragym.envs.text.maths.topic import TOPICS, Topic

_FIRST = (
    "angles", "arithmetic", "countdown", "derivative", "derivative_at_point", "antiderivative",
    "definite_integral", "limits", "circle_measures", "permutations_count", "combinations_count",
    "lattice_paths", "multiplication", "division_remainder", "order_of_operations", "decimals",
    "rounding", "polynomial_expand", "polynomial_factor", "polynomial_value", "complex_arithmetic",
    "area_perimeter", "pythagoras", "coordinate_geometry", "quadratic_equation", "linear_equation",
    "absolute_value_equation", "linear_system", "fractions", "mixed_numbers", "ratio_sharing",
    "geometry_construction", "linear_inequality", "quadratic_inequality", "matrix_determinant",
    "matrix_product", "matrix_inverse", "multiple_in_range", "gcd_lcm", "prime_factorisation",
    "divisor_count", "modular_power", "modular_inverse", "base_conversion", "digit_puzzles",
    "percentages", "unit_conversion", "unit_rates", "exponents_logs", "dice_probability",
    "urn_probability", "conditional_probability", "expected_value", "radicals", "sequence_next",
    "sequence_sum", "recurrence_term", "set_operations", "inclusion_exclusion", "subsets_count",
    "solids_volume", "word_multistep", "word_shopping", "word_travel", "word_work_rate",
    "word_ages",
)  # fmt: skip
"""The order in which a seed counts the topics; it must not depend on the names of files.

Topics not listed come after these, by name.
"""

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

_known = dict(TOPICS)
TOPICS.clear()
for _name in [*_FIRST, *sorted(set(_known) - set(_FIRST))]:
    TOPICS[_name] = _known[_name]

__all__ = ["TOPICS", "Topic"]
