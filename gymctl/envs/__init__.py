"""The env factory, the VecEnv step contract and its adapters."""
