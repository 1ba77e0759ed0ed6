"""The audit of the dependencies: it fails for a known vulnerability, and never for want of a network."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[2] / ".ci" / "audit.py"
SAFE = {"name": "safe", "version": "1", "vulns": []}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}
UNSAFE = {"name": "bad", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}


def audit(text):
    done = subprocess.run([sys.executable, AUDIT], input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_a_known_vulnerability_fails_and_is_named():
    code, told = audit(json.dumps({"dependencies": [SAFE, UNKNOWN, UNSAFE]}))
    assert code == 1
    assert told.startswith("bad 2: CVE-1, fixed in 3\n")


def test_without_one_it_passes():
    code, told = audit(json.dumps({"dependencies": [SAFE, UNKNOWN]}))
    assert (code, told) == (0, "audit: 1 of 2 packages looked up, 0 known vulnerabilities\n")


@pytest.mark.parametrize(
    ("vulnerability", "code"),
    [
        ({"id": "CVE-2025-3000", "fix_versions": []}, 0),
        ({"id": "PYSEC-2025-194", "aliases": ["CVE-2025-3000"], "fix_versions": []}, 0),
        ({"id": "CVE-2025-3000", "fix_versions": ["99"]}, 1),
        ({"id": "CVE-2025-3001", "fix_versions": []}, 1),
    ],
)
def test_one_is_accepted_for_a_reason_and_until_a_version_fixes_it(vulnerability, code):
    given = {"name": "torch", "version": "2", "vulns": [{"aliases": [], **vulnerability}]}
    done, told = audit(json.dumps({"dependencies": [given]}))
    assert done == code
    assert told.startswith(f"torch 2: {vulnerability['id']}, {'fixed in' if code else 'accepted: PyTorch'}")


@pytest.mark.parametrize("text", ["", "Traceback", "{}", json.dumps({"dependencies": [UNKNOWN]})])
def test_without_a_network_it_says_that_it_skipped(text):
    code, told = audit(text)
    assert code == 0
    assert told.startswith("audit skipped")
