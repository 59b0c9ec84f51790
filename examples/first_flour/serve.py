"""Serve the packaged model over HTTP, as a llama.cpp server of your own would: for over_http.yaml.

    python examples/first_flour/serve.py --port 8077

prints the base URL when it is ready, and serves until Ctrl-C, or until a pipe at its standard input closes.
"""

import argparse
import contextlib
import os
import signal
import stat
import sys
from pathlib import Path

import xllamacpp

from gristmill.weights import packaged

CONTEXT = 4096


def served(weights: Path, port: int, slots: int) -> xllamacpp.Server:
    """A server on this machine alone. Slots answer side by side; each keeps the turns that its prompts share."""
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.hostnames, params.port = ["127.0.0.1"], port
    params.n_parallel, params.n_ctx = slots, slots * CONTEXT
    params.n_gpu_layers = 0
    # Threads of one answer wait for each other, which costs more processor time than it saves on a busy machine.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.cache_prompt, params.cache_ram_mib = True, 0
    params.ui = params.endpoint_slots = False
    params.verbosity = -1
    return xllamacpp.Server(params)


def main() -> None:
    """Serve until the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8077, help="0: any that is free")
    parser.add_argument("--slots", type=int, default=2, help="prompts that are answered at once")
    chosen = parser.parse_args()
    # Read once, when the runtime loads; without them idle threads spin and take the cores of busy ones.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    server = served(packaged(Path("~/.cache/gristmill").expanduser()), chosen.port, chosen.slots)
    sys.stdout.write(f"{server.listening_address}/v1\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
            sys.stdin.read()
        else:
            signal.pause()


if __name__ == "__main__":
    main()
