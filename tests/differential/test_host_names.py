# SPDX-License-Identifier: BSD-2-Clause
"""The same names through the packaged server and through ours: see packaged_names.py."""
import pathlib

import namespaces


def test_names_lead_to_the_same_sockets():
    namespaces.run(pathlib.Path(__file__).with_name("packaged_names.py"))
