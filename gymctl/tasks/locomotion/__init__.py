"""Robots that walk and run: Ant, Humanoid, Anymal, AnymalTerrain."""
