"""Everything kept: tables, what an actor may see of them, and the databases that hold them."""
