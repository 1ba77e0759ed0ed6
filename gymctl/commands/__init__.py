"""The commands: each module parses flags, prints and sets exit codes; no logic."""
