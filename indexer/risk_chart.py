"""The risk-coverage curve as an SVG picture that needs nothing but the page it stands in."""

from __future__ import annotations

from collections.abc import Sequence

from .metrics import CurvePoint

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 20, 52
_TICKS = 5


def risk_chart(points: Sequence[CurvePoint], auto_line: float) -> str:
    """The curve with its 95 % band; a dot marks what stands at the line ``auto_line`` (0..1).

    The horizontal axis is coverage, the vertical one the share of wrong answers up to the worst shown.
    """
    ceiling = _ceiling(points)
    parts = [*_axes(ceiling), _band(points, ceiling), _curve(points, ceiling), *_mark(points, auto_line, ceiling)]
    label = "风险—覆盖曲线：横轴为自动判定的比例，纵轴为其中判错的比例"
    opening = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}" xmlns="http://www.w3.org/2000/svg">'
    return "\n".join((opening, *parts, "</svg>"))


def _ceiling(points: Sequence[CurvePoint]) -> float:
    """The top of the vertical axis: the next tenth above the largest risk, with room for the band."""
    worst = max((point.risk for point in points), default=0.0)
    return min(1.0, (int(worst * 10) + 2) / 10)


def _x(coverage: float) -> float:
    return round(LEFT + coverage * (WIDTH - LEFT - RIGHT), 1)


def _y(risk: float, ceiling: float) -> float:
    return round(TOP + (1 - min(risk, ceiling) / ceiling) * (HEIGHT - TOP - BOTTOM), 1)


def _axes(ceiling: float) -> list[str]:
    left, right, foot = _x(0), _x(1), _y(0, ceiling)
    parts = []
    for tick in range(_TICKS + 1):
        share = tick / _TICKS
        across, up = _x(share), _y(share * ceiling, ceiling)
        parts.append(f'<path d="M{left} {up}H{right}" class="grid"/>')
        parts.append(f'<text x="{left - 8}" y="{up + 4}" text-anchor="end">{share * ceiling:.0%}</text>')
        parts.append(f'<text x="{across}" y="{foot + 18}" text-anchor="middle">{share:.0%}</text>')
    middle = (left + right) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">覆盖：不经人工的项目所占比例</text>')
    parts.append(f'<text x="{left}" y="{TOP - 6}">风险：其中判错的比例</text>')
    return parts


def _band(points: Sequence[CurvePoint], ceiling: float) -> str:
    """The 95 % interval of the risk, upwards along the curve and back."""
    edges = [(_x(point.coverage), point.right.interval or (0.0, 1.0)) for point in points]
    upper = [f"{x} {_y(1 - low, ceiling)}" for x, (low, _) in edges]
    lower = [f"{x} {_y(1 - high, ceiling)}" for x, (_, high) in reversed(edges)]
    return f'<polygon points="{" ".join([*upper, *lower])}" class="band"/>'


def _curve(points: Sequence[CurvePoint], ceiling: float) -> str:
    places = " ".join(f"{_x(point.coverage)} {_y(point.risk, ceiling)}" for point in points)
    return f'<polyline points="{places}" class="curve"/>'


def _mark(points: Sequence[CurvePoint], auto_line: float, ceiling: float) -> list[str]:
    """The last point whose answers all reach the line; none where no answer does."""
    reached = [point for point in points if point.line >= auto_line]
    if not reached:
        return []
    x, y = _x(reached[-1].coverage), _y(reached[-1].risk, ceiling)
    said = f"● 把握不低于 {auto_line:.0%}：覆盖 {reached[-1].coverage:.0%}，风险 {reached[-1].risk:.1%}"
    return [
        f'<circle cx="{x}" cy="{y}" r="5" class="mark"/>',
        f'<text x="{_x(1)}" y="{TOP - 6}" text-anchor="end" class="mark">{said}</text>',
    ]
