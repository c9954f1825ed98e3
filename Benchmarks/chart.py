"""Draws panels of curves over a logarithmic axis, side by side, as SVG."""
import dataclasses
import html
import math

WIDTH, HEIGHT, PLOT_LEFT, PLOT_TOP, PLOT_WIDTH, PLOT_HEIGHT = 350, 300, 56, 48, 260, 190
COLOURS = ["#0b62a8", "#c2410c"]
# The ratio of the highest to the lowest value from which an axis is logarithmic.
WIDE = 20


@dataclasses.dataclass
class Panel:
    title: str
    unit: str
    xs: list
    # By name. The name of a single curve may be empty.
    curves: dict


def drawn(panels, label):
    inner = "\n".join(panel_drawn(panel, number * WIDTH, label) for number, panel in enumerate(panels))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH * len(panels)}" height="{HEIGHT}" '
            f'viewBox="0 0 {WIDTH * len(panels)} {HEIGHT}" font-family="sans-serif" font-size="11" fill="#222">\n'
            f'<rect width="100%" height="100%" fill="#fff"/>\n{inner}\n</svg>\n')


def panel_drawn(panel, offset, label):
    values = [value for curve in panel.curves.values() for value in curve]
    ticks, place = axis(min(values), max(values))
    x_place = logarithmic(min(panel.xs), max(panel.xs))
    left, top, bottom = offset + PLOT_LEFT, PLOT_TOP, PLOT_TOP + PLOT_HEIGHT

    def point(x, y):
        return left + x_place(x) * PLOT_WIDTH, bottom - place(y) * PLOT_HEIGHT

    parts = [text(offset + PLOT_LEFT, 20, panel.title, weight="bold"), text(offset + PLOT_LEFT, 36, panel.unit)]
    for tick in ticks:
        y = bottom - place(tick) * PLOT_HEIGHT
        parts.append(f'<line x1="{left}" x2="{left + PLOT_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(text(left - 6, y + 4, number(tick), anchor="end"))
    for x in panel.xs:
        parts.append(text(left + x_place(x) * PLOT_WIDTH, bottom + 18, number(x), anchor="middle"))
    parts.append(text(left + PLOT_WIDTH / 2, bottom + 38, label, anchor="middle"))
    for colour, (row, (name, curve)) in zip(COLOURS, enumerate(panel.curves.items())):
        points = [point(x, y) for x, y in zip(panel.xs, curve)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        if name:
            parts.append(text(left + 8 + row * 110, bottom + 54, f"● {name}", colour=colour))
    return "\n".join(parts)


def logarithmic(lowest, highest):
    width = math.log(highest / lowest) or 1
    return lambda value: math.log(value / lowest) / width


def axis(lowest, highest):
    """The ticks, and a function from a value to its position between 0 and 1."""
    if lowest > 0 and highest / lowest > WIDE:
        first, last = math.floor(math.log10(lowest)), math.ceil(math.log10(highest))
        return [10.0**power for power in range(first, last + 1)], logarithmic(10.0**first, 10.0**last)
    lowest, highest = min(lowest, 0), max(highest, 1)
    step = 10 ** math.floor(math.log10((highest - lowest) / 2))
    step *= next(times for times in [1, 2, 5, 10] if (highest - lowest) / (step * times) <= 5)
    first, last = math.floor(lowest / step), math.ceil(highest / step)
    return [step * count for count in range(first, last + 1)], lambda value: (value / step - first) / (last - first)


def number(value):
    return f"{value:,.0f}" if abs(value) >= 10 or value == round(value) else f"{value:g}"


def text(x, y, content, anchor="start", weight="normal", colour="#222"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" fill="{colour}">'
            f"{html.escape(content)}</text>")
