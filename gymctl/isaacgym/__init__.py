"""The API of the package ``isaacgym`` on gymctl's simulation: task code written for Isaac Gym runs unedited."""
