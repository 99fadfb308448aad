"""What the documentation shows, works: every Python block, every command line, every table."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PAGES = ["README.md", "docs/verifiers.md", "docs/conformance.md", "docs/sandbox.md"]
GUIDES = ["verifiers.md", "conformance.md", "sandbox.md"]
# The pages below docs/verifiers/ are run by the tests of their own folders.


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.S)


def run(command, cwd, **options):
    env = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, **options
    )


COMMANDS = [
    line
    for page in PAGES
    for block in blocks(page, "bash")
    for line in block.splitlines()
    if line.strip()
]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_line_runs(line, tmp_path):
    words = shlex.split(line)
    if words[0] == "make":
        # The targets run for minutes, and this test is part of one of them: what make would do is
        # checked here, what it does by `make test` itself and by the tests of the demo.
        done = run(["make", "-n", *words[1:]], ROOT)
    else:
        assert words[0] == "veragym", f"unexpected command {line!r}"
        done = run(words, tmp_path, input=":solution\n")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def python_blocks():
    # The blocks of a guide build on one another; those of the README stand alone.
    readme = [(f"README {i}", code) for i, code in enumerate(blocks("README.md", "python"), 1)]
    guides = [(name, "\n".join(blocks(f"docs/{name}", "python"))) for name in GUIDES]
    return [*readme, *guides]


@pytest.mark.parametrize(("name", "code"), python_blocks())
def test_every_python_block_runs(name, code, tmp_path):
    if "trl" in code:
        small_model(tmp_path / "model")
        code = code.replace('"your-model"', repr(str(tmp_path / "model")))
        settings = (
            '"runs/trl", max_steps=2, per_device_train_batch_size=8, num_generations=4, '
            "max_completion_length=8, report_to=[], use_cpu=True"
        )
        code = code.replace('"runs/trl"', settings)
    script = tmp_path / "block.py"
    script.write_text(code)
    done = run([sys.executable, script], tmp_path)
    assert done.returncode == 0, done.stderr
    if name == "verifiers.md":
        assert "PalindromeEnv passes the standard check" in done.stdout
    if name == "README 1":
        assert " wrong " in done.stdout


def small_model(path):
    """A one-layer model with a character tokeniser, made here: nothing is downloaded."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

    characters = ["<pad>", "<eos>", *map(chr, range(32, 127)), "\n"]
    core = Tokenizer(models.WordLevel({c: i for i, c in enumerate(characters)}, unk_token="<eos>"))
    core.pre_tokenizer = pre_tokenizers.Split("", behavior="isolated")
    core.decoder = decoders.Fuse()
    PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", eos_token="<eos>"
    ).save_pretrained(path)
    config = Qwen3Config(
        vocab_size=len(characters),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=1,
    )
    Qwen3ForCausalLM(config).save_pretrained(path)


def test_the_generated_pages_are_fresh():
    done = run([sys.executable, "docs/generate.py", "--check"], ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", [*PAGES, "docs/architecture.md"])
def test_every_relative_link_leads_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text()):
        assert ((ROOT / page).parent / target).exists(), target
