# SPDX-License-Identifier: BSD-2-Clause
"""Runs a file of tests in network and mount namespaces of its own: what they change of the machine
is theirs alone."""
import os
import subprocess
import sys


def run(path, seconds=120):
    done = subprocess.run(
        ["unshare", "--map-root-user", "--net", "--mount", sys.executable, "-m", "pytest", "-q",
         "-p", "no:cacheprovider", path],
        env={**os.environ, "TANDEM_NAMESPACE": "1"}, capture_output=True, text=True,
        timeout=seconds, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
