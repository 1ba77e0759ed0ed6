"""``python -m gymctl``."""

from gymctl.cli import main

main()
