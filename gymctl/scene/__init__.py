"""The pieces between a simulation and a task: blocks of a model, drives, contacts, height fields, properties."""
