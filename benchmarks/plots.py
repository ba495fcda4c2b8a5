"""Plots of what grows: one picture for each thing that is plotted, of the lines that a table keeps."""

import math
from collections.abc import Mapping
from pathlib import Path

import pygal
from pygal.style import CleanStyle

from benchmarks.figures import Table


def files(table: Table) -> Mapping[str, str]:
    """The picture's name by what it shows."""
    return {what: f"{table.name}-{number}.svg" for number, what in enumerate(table.lines, 1)}


def draw(table: Table, folder: Path) -> None:
    """What grows tenfold is drawn with both axes going up by times ten, so that what grows in step with its size is a
    straight line; what hardly does, from nought on."""
    for what, file in files(table).items():
        series = table.lines[what]
        sizes = sorted({size for points in series.values() for size, _ in points})
        values = [value for points in series.values() for _, value in points]
        grows = max(values) > 10 * min(values)
        marks = {} if grows else {"range": (0, 1.2 * max(values))}
        chart = pygal.Line(
            title=what,
            logarithmic=grows,
            **marks,
            legend_at_bottom=True,
            legend_at_bottom_columns=len(series),
            width=720,
            height=400,
            dots_size=4,
            js=(),
            style=CleanStyle(
                background="white",
                plot_background="white",
                font_family="sans-serif",
                guide_stroke_color="#ddd",
                major_guide_stroke_color="#ddd",
            ),
        )
        if grows:
            lowest, highest = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
            chart.y_labels = [10**power for power in range(lowest, highest + 1)]
        chart.x_labels = [f"{size:,.0f}".replace(",", " ") for size in sizes]
        chart.value_formatter = lambda value: f"{value:g}"
        for name, points in series.items():
            found = dict(points)
            chart.add(name, [found.get(size) for size in sizes])
        folder.mkdir(exist_ok=True)
        (folder / file).write_bytes(chart.render())
