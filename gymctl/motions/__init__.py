"""Recorded motions of robots: reading clips, and sampling them in batches."""
