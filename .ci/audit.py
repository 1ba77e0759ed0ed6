"""Reads the JSON of pip-audit from stdin: exit code 1 if a dependency has a known vulnerability that isn't accepted."""

import json
import sys

ACCEPTED = {  # by CVE; each only as long as no version fixes it
    "CVE-2025-3000": "PyTorch crashes compiling a hostile function: gymctl compiles its own and the user's",
}

try:
    dependencies = json.load(sys.stdin)["dependencies"]
except (ValueError, KeyError):
    print("audit skipped: no list of known vulnerabilities can be reached")
    sys.exit()
looked_up = [dependency for dependency in dependencies if "skip_reason" not in dependency]
if not looked_up:
    print(f"audit skipped: none of {len(dependencies)} packages could be looked up")
    sys.exit()
found = accepted = 0
for dependency in looked_up:
    for vulnerability in dependency["vulns"]:
        names = [vulnerability["id"], *vulnerability.get("aliases", ())]
        fixed = ", ".join(vulnerability["fix_versions"])
        reason = "" if fixed else next((ACCEPTED[name] for name in names if name in ACCEPTED), "")
        found, accepted = found + (not reason), accepted + bool(reason)
        status = f"accepted: {reason}" if reason else f"fixed in {fixed or 'no version'}"
        print(f"{dependency['name']} {dependency['version']}: {vulnerability['id']}, {status}")
known = f"{found} known vulnerabilities" + (f", {accepted} accepted" if accepted else "")
print(f"audit: {len(looked_up)} of {len(dependencies)} packages looked up, {known}")
sys.exit(1 if found else 0)
