"""The ground floor: errors, files, names, numbers, text for terminals, child processes, memory."""
