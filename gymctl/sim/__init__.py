"""Many identical MuJoCo worlds stepped together, behind one protocol."""
