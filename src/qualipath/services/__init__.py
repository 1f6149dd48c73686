"""The use cases: each function takes the act first, and recording alone writes what happened."""
