"""Domain randomisation: what the config asks for, written to the worlds' models, observations and actions."""
