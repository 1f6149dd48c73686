"""The diagrams' colours, light and dark: a fill, a line and the ink for each tone."""

from collections.abc import Mapping

from qualipath.domain.drawing.graph import Tone

Colours = tuple[str, str, str]

LIGHT: Mapping[Tone, Colours] = {
    Tone.PLAIN: ("#eef3fa", "#33588a", "#14263f"),
    Tone.LOCKED: ("#f3f3f3", "#8a8a8a", "#4a4a4a"),
    Tone.AVAILABLE: ("#ffffff", "#33588a", "#14263f"),
    Tone.OPEN: ("#dfeafa", "#1f5fa8", "#102a4c"),
    Tone.COMPLETED: ("#e0f2e4", "#26773a", "#103a1b"),
    Tone.FAILED: ("#fbe5e3", "#b3372c", "#571710"),
    Tone.ABANDONED: ("#f1eee7", "#7d7462", "#3d382d"),
}
DARK: Mapping[Tone, Colours] = {
    Tone.PLAIN: ("#1d2b40", "#86a9dc", "#e6eefa"),
    Tone.LOCKED: ("#26282b", "#85898f", "#b9bdc3"),
    Tone.AVAILABLE: ("#14181d", "#86a9dc", "#e6eefa"),
    Tone.OPEN: ("#17345a", "#7fb2f2", "#e3eefc"),
    Tone.COMPLETED: ("#15381f", "#6cc584", "#dcf5e2"),
    Tone.FAILED: ("#4a1c18", "#f0948b", "#fde6e3"),
    Tone.ABANDONED: ("#35312a", "#b8ad97", "#f0ebe0"),
}
PAPER = ("#ffffff", "#14181d")
INK = ("#1a1f26", "#e4e8ee")
SOFT = ("#57606c", "#a5aeba")
LINE = ("#3d4856", "#a9b4c2")
FAINT = ("#8b95a3", "#76808d")
