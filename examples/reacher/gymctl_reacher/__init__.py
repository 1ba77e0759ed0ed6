"""A task for gymctl in a package of its own."""
