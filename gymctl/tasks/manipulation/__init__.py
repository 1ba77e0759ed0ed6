"""Arms: Reach, for an arm of the user's."""
