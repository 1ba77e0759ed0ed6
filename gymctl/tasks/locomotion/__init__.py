"""Robots that walk and run: Ant, Humanoid, Anymal, AnymalTerrain, and Walker, for a robot of the user's."""
