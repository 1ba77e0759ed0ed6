"""Between a simulation and a task: named blocks of a model, drives, ground, contacts, model properties."""
