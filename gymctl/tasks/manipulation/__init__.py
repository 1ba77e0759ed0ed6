"""Arms: FrankaCabinet, FrankaCubeStack, and Reach, for an arm of the user's."""
