# SPDX-License-Identifier: BSD-2-Clause
"""The generated pages are those of the server as built."""
import os
import subprocess

import tandem


def test_generated_pages_are_current():
    done = subprocess.run([tandem.ROOT / "tools/check_docs.sh"], capture_output=True, text=True,
                          env={**os.environ, "TANDEM": str(tandem.TANDEM)}, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
