"""Formats results for people."""


def table(header, rows):
    """A Markdown table with aligned columns, numbers on the right."""
    rows = [list(map(str, row)) for row in rows]
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]

    def line(cells):
        first, *others = (cell.ljust(width) if column == 0 else cell.rjust(width)
                          for column, (cell, width) in enumerate(zip(cells, widths)))
        return "| " + " | ".join([first, *others]) + " |"

    rule = "| " + " | ".join(
        "-" * width if column == 0 else "-" * (width - 1) + ":" for column, width in enumerate(widths)) + " |"
    return "\n".join([line(header), rule, *map(line, rows)])


def milliseconds(seconds):
    return f"{seconds * 1000:.2f}"


def between(values, form="{:.2f}"):
    return f"{form.format(values['median'])} ({form.format(values['lowest'])}–{form.format(values['highest'])})"
