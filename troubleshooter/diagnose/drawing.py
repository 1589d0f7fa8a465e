"""The few SVG shapes for pictures of the rules: same input, same bytes; readable in light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

# Colours of report.css; those of the lines are Okabe and Ito's, told apart with any kind of colour vision
# (https://jfly.uni-koeln.de/color/), darkened or lightened until they stand off the paper by 3 to 1.
_STYLE = """\
svg { --paper: #ffffff; --wash: #f6f7f9; --ink: #1a1d21; --soft: #545c66; --line: #dfe3e8;
  --problem: #a8201a; --on_its_way: #7a5200; --fine: #0d6636;
  --l0: #0072b2; --l1: #b35900; --l2: #00805c; --l3: #a8518a; --l4: #5a4fb0; --l5: #3c4a57;
  --l6: #8a6d00; --l7: #2f7fa6; }
@media (prefers-color-scheme: dark) { svg { --paper: #14171b; --wash: #1c2026; --ink: #e8eaed;
  --soft: #a6afba; --line: #323840; --problem: #ff9d94; --on_its_way: #f0c266; --fine: #7fd7a4;
  --l0: #6cb6ee; --l1: #f0a35a; --l2: #4fd0a8; --l3: #e39cc8; --l4: #a9a0f5; --l5: #c2ccd6;
  --l6: #e5cc55; --l7: #8ed3f0; } }
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  font-size: 13px; fill: var(--ink); }
.soft { fill: var(--soft); } .small { font-size: 11px; } .head { font-weight: 600; font-size: 14px; }
.end { text-anchor: end; } .number { fill: var(--soft); font-size: 11px; text-anchor: end; }
.paper { fill: var(--paper); } .wash { fill: var(--wash); }
.rule { stroke: var(--line); stroke-width: 1; }
"""


def svg(width: int, height: int, title: str, description: str, body: Sequence[str]) -> str:
    """A whole picture with its own colours, a title and a description for who cannot see it."""
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"',
        f' viewBox="0 0 {width} {height}" role="img" aria-labelledby="title description">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="description">{escape(description)}</desc>',
        f"<style>\n{_STYLE}</style>",
        f'<rect class="paper" width="{width}" height="{height}" rx="8"/>',
        *body,
        "</svg>",
    )
    return "\n".join(parts) + "\n"


def text(x: float, y: float, words: str, kind: str = "", turn: int = 0) -> str:
    """Words at their baseline; `turn` in degrees around that point."""
    style = f' class="{kind}"' if kind else ""
    turned = f' transform="rotate({turn} {x:g} {y:g})"' if turn else ""
    return f'<text x="{x:g}" y="{y:g}"{style}{turned}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = "", width: float = 1) -> str:
    """A straight line; without a colour a faint one."""
    style = f'stroke="var(--{stroke})" stroke-width="{width:g}" stroke-linecap="round"' if stroke else ""
    kind = "" if stroke else ' class="rule"'
    return f'<line{kind} x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" {style}/>'.replace(" />", "/>")


def dot(x: float, y: float, radius: float, colour: str, name: str, *, ring: bool = False) -> str:
    """A dot, or a ring on paper, that says its name when pointed at."""
    fill = (
        f'fill="var(--paper)" stroke="var(--{colour})" stroke-width="3"'
        if ring
        else f'fill="var(--{colour})"'
    )
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" {fill}><title>{escape(name)}</title></circle>'


def sign(x: float, y: float, state: str) -> str:
    """The state's sign: a triangle for a problem, a clock for what is on its way, a tick for fine."""
    if state == "problem":
        return f'<path d="M{x:g} {y - 6:g}l6 11h-12z" fill="var(--problem)"/>'
    if state == "fine":
        return (
            f'<path d="M{x - 5:g} {y:g}l4 4 7-8" fill="none" stroke="var(--fine)" stroke-width="2.5" '
            'stroke-linecap="round"/>'
        )
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="5" fill="none" stroke="var(--on_its_way)" stroke-width="2"/>'
        f'<path d="M{x:g} {y - 3:g}v3h2.5" fill="none" stroke="var(--on_its_way)" stroke-width="1.5"/>'
    )
