"""The figures as a Markdown table."""

from __future__ import annotations

type Column = dict[str, float]


def number(value: float | None) -> str:
    """Three significant digits, thousands separated."""
    if value is None:
        return ""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def render(columns: dict[str, Column], reference: str) -> str:
    """One row a figure, one column a contender; behind each figure its ratio to the reference's of this run."""
    rows = list(dict.fromkeys(row for column in columns.values() for row in column))
    lines = ["| | " + " | ".join(columns) + " |", "| --- |" + " --- |" * len(columns)]
    for row in rows:
        base = columns.get(reference, {}).get(row)
        cells = []
        for name, column in columns.items():
            text = number(column.get(row))
            if name != reference and base and row in column:
                text += f" ({column[row] / base:.2f}×)"  # noqa: RUF001
            cells.append(text)
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
