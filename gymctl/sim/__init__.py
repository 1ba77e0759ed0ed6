"""Many identical MuJoCo worlds stepped together, on a CPU or a GPU, behind one contract."""
