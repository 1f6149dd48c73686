"""Diagrams of paths and lifecycles, as Mermaid text and as self-contained SVG."""

from qualipath.domain.drawing.mermaid import lifecycle_mermaid, path_mermaid
from qualipath.domain.drawing.svg import lifecycle_svg, path_svg

__all__ = ["lifecycle_mermaid", "lifecycle_svg", "path_mermaid", "path_svg"]
