"""Maps the three top-level shelves into the `veragym` package and ships `registry.yaml`.

Everything else about the build is in pyproject.toml. Setuptools cannot discover packages
through a `package-dir` mapping, so the package list is read off the tree here.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
SHELVES = {
    "veragym": "veragym",
    "veragym.envs": "envs",
    "veragym.verifiers": "verifiers",
    "veragym.agents": "agents",
}
DATA = ("py.typed", "*.yaml", "*.json", "*.html", "*.txt")


def packages() -> list[str]:
    """Every folder below a shelf that holds an `__init__.py`, as a dotted package name."""
    found = []
    for package, folder in SHELVES.items():
        for init in sorted((ROOT / folder).rglob("__init__.py")):
            below = init.parent.relative_to(ROOT / folder).parts
            found.append(".".join((package, *below)))
    return found


class BuildWithRegistry(build_py):
    """Puts the repository's `registry.yaml` next to the package it describes."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "veragym" / "registry.yaml"
            self.copy_file(str(ROOT / "registry.yaml"), str(target))


setup(
    packages=packages(),
    package_dir=SHELVES,
    package_data={"": list(DATA)},
    cmdclass={"build_py": BuildWithRegistry},
)
