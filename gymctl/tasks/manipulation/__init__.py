"""Arms: FrankaCabinet, and Reach, for an arm of the user's."""
