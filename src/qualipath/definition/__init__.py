"""What people write: paths, lifecycles, prerequisites, and how they are read and reviewed."""
