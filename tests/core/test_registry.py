"""registry.yaml is the single source, and a broken entry says where and what to change."""

import subprocess
import sys
import textwrap

import gymnasium as gym
import pytest

import veragym
from veragym.core import RegistryError, capabilities_of
from veragym.registry import Entry, load_file, own_registry, register

GOOD = {
    "id": "Thing-v0",
    "family": "text",
    "summary": "A thing.",
    "entry_point": "package.module:Thing",
}


def written(tmp_path, text):
    path = tmp_path / "registry.yaml"
    path.write_text(textwrap.dedent(text))
    return path


def entry_text(**changes):
    fields = {**GOOD, **changes}
    return "\n# a comment\n- " + "\n  ".join(
        f"{k}: {v}" for k, v in fields.items() if v is not None
    )


def test_our_own_registry_loads_and_everything_it_names_exists():
    loaded = load_file(own_registry())
    assert [e.id for e in loaded] == [i for i in veragym.entries() if i in {e.id for e in loaded}]
    for entry in loaded:
        assert callable(entry.load())
        for what in ("vector_entry_point", "generator", "verifier"):
            if getattr(entry, what):
                assert callable(entry.load(what))


def test_declared_capabilities_are_offered_and_offered_ones_declared():
    for entry in load_file(own_registry()):
        if entry.api == "gymnasium" and not entry.extras:
            env = veragym.make(entry.id)
            assert sorted(capabilities_of(env)) == sorted(entry.capabilities)


@pytest.mark.parametrize(
    ("changes", "line", "message"),
    [
        ({"id": None}, 3, "field 'id' is missing"),
        ({"id": "Thing"}, 3, "must look like 'Name-v0'"),
        ({"famly": "text"}, 7, "unknown field 'famly'; did you mean 'family'"),
        ({"family": "maths"}, 4, "must be one of text, code"),
        ({"summary": "''"}, 5, "must be a non-empty text"),
        ({"entry_point": "package.module"}, 6, "must have the form 'package.module:Name'"),
        ({"capabilities": "[oracle, flying]"}, 7, "contains 'flying'"),
        ({"capabilities": "oracle"}, 7, "must be a list"),
        ({"seeds": "[A1]"}, 7, "contains 'A1'"),
        ({"cost": "free"}, 7, "must be one of cheap"),
        ({"difficulty": "{2: hard}"}, 7, "must map numbers in"),
        ({"splits": "[dev]"}, 7, "contains 'dev'"),
        ({"kwargs": "[1]"}, 7, "must be a mapping"),
    ],
)
def test_a_broken_entry_names_its_line_and_the_change(tmp_path, changes, line, message):
    path = written(tmp_path, entry_text(**changes))
    with pytest.raises(RegistryError) as caught:
        load_file(path)
    assert f"registry.yaml, line {line}: " in str(caught.value)
    assert message in str(caught.value)


def test_other_breakage_is_reported_too(tmp_path):
    with pytest.raises(RegistryError, match="line 1: the file must be a list"):
        load_file(written(tmp_path, "id: X-v0\n"))
    with pytest.raises(RegistryError, match="line 2: not valid YAML"):
        load_file(written(tmp_path, "- [1, 2\n"))
    with pytest.raises(RegistryError, match="stands twice"):
        load_file(written(tmp_path, "- id: A-v0\n  id: B-v0\n"))
    with pytest.raises(RegistryError, match="cannot read the registry"):
        load_file(tmp_path / "none.yaml")
    assert load_file(written(tmp_path, "")) == []


def test_an_entry_point_that_does_not_exist_is_explained():
    with pytest.raises(RegistryError, match=r"Ghost-v0 .*'veragym.nowhere:Env' cannot be loaded"):
        Entry("Ghost-v0", "text", "s", "veragym.nowhere:Env", source="x.yaml, line 1").load()
    with pytest.raises(RegistryError, match="declares no verifier"):
        Entry("Ghost-v0", "text", "s", "a:b", source="x.yaml, line 1").load("verifier")


def test_an_id_cannot_be_registered_twice():
    taken = veragym.entries()["MathRLVR-v0"]
    with pytest.raises(RegistryError, match="already registered by registry.yaml, line"):
        register(taken)


def test_unknown_ids_suggest_the_nearest():
    with pytest.raises(gym.error.NameNotFound, match="Nearest: MathRLVR-v0"):
        veragym.make("MathsRLVR-v0")
    with pytest.raises(gym.error.NameNotFound, match="MathRLVR"):
        gym.make("MathRLVRR-v0")


def run(code, *path):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(map(str, path))},
        capture_output=True,
        text=True,
    )


def test_the_module_prefix_registers_without_an_import():
    done = run(
        "import gymnasium as gym; e = gym.make('veragym:MathRLVR-v0'); e.reset(seed=0);"
        "print(e.spec.id)"
    )
    assert done.stdout == "MathRLVR-v0\n", done.stderr


def test_importing_pulls_in_nothing_heavy():
    done = run(
        "import veragym, sys; heavy = {'torch', 'sympy', 'transformers', 'pettingzoo', 'rich',"
        "'typer', 'pyarrow', 'matplotlib', 'scipy'}; print(sorted(heavy & set(sys.modules)))"
    )
    assert done.stdout == "[]\n", done.stderr


def third_party(tmp_path, registry):
    package = tmp_path / "thirdparty_envs"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported too early')\n")
    (package / "registry.yaml").write_text(registry)
    info = tmp_path / "thirdparty_envs-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thirdparty-envs\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[veragym.registries]\nthirdparty = thirdparty_envs\n")


def test_other_packages_contribute_without_being_imported(tmp_path):
    third_party(tmp_path, entry_text(id="Third-v0", entry_point="thirdparty_envs:Env"))
    done = run("import veragym; print(veragym.entries()['Third-v0'].source)", tmp_path)
    assert done.stdout == "registry.yaml, line 3\n", done.stderr


def test_a_broken_or_clashing_plugin_is_left_out_with_a_warning(tmp_path):
    third_party(tmp_path, entry_text(id="MathRLVR-v0"))
    done = run("import veragym; print(len(veragym.entries()))", tmp_path)
    assert done.returncode == 0
    assert "registry of 'thirdparty' left out" in done.stderr
    assert "already registered" in done.stderr
