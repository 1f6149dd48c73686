"""The stories of real programmes, played through the public API: people, courses, what became."""
