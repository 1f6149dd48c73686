"""The stories of real programmes, played over the public API with made-up people."""
