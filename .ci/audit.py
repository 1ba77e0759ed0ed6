"""Reads the JSON of pip-audit from stdin: exit code 1 if a dependency has a known vulnerability."""

import json
import sys

try:
    dependencies = json.load(sys.stdin)["dependencies"]
except (ValueError, KeyError):
    print("audit skipped: no list of known vulnerabilities can be reached")
    sys.exit()
looked_up = [dependency for dependency in dependencies if "skip_reason" not in dependency]
if not looked_up:
    print(f"audit skipped: none of {len(dependencies)} packages could be looked up")
    sys.exit()
found = [(dependency, vulnerability) for dependency in looked_up for vulnerability in dependency["vulns"]]
for dependency, vulnerability in found:
    fixed = ", ".join(vulnerability["fix_versions"]) or "no version"
    print(f"{dependency['name']} {dependency['version']}: {vulnerability['id']}, fixed in {fixed}")
print(f"audit: {len(looked_up)} of {len(dependencies)} packages looked up, {len(found)} known vulnerabilities")
sys.exit(1 if found else 0)
