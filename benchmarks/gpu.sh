#!/bin/sh
# Everything that needs a CUDA device: the marked tests, and the agent's speed at three sizes.
# usage: benchmarks/gpu.sh [PYTHON]
# The results go to benchmarks/results/agent_cuda.{json,md}; copy them out if the machine is lent.
set -eu
cd "$(dirname "$0")/.."
python=${1:-python3}
"$python" -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' || {
  echo "no CUDA device is visible to torch; nothing to do" >&2
  exit 1
}
"$python" -m pytest -m gpu tests/agents
"$python" benchmarks/agent.py --device cuda --widths 128 512 1024 --prompts 256
