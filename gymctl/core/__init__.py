"""The ground floor: errors, files, memory."""
