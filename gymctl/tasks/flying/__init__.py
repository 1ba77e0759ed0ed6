"""The flying tasks: Ingenuity and Quadcopter."""
