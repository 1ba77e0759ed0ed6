"""``python -m gymctl``."""

from gymctl.commands.app import main

main()
