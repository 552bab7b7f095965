"""What Top writes in its rows when it shows labels: keys, and what their values weigh."""

from analysis.info import why_empty
from analysis.samples import sample_index, weights
from analysis.table import Column, Table
from analysis.units import percent, report_unit
from parsers.profile.model import Profile
from tui.place import Amounts, Place
from tui.rows.content import Content, Writer, writer
from tui.rows.label_rows import KEY, NONE, Labels, labels
from tui.widgets.line import Part, Run


def labels_content(profile: Profile, place: Place, amounts: Amounts) -> Content:
    """The rows of the labels."""
    index = sample_index(profile, place.view.sample)
    rows = labels(profile, place.view, abs(int(weights(profile, index).sum())))
    if not len(rows):
        return Content(reason=why_empty(profile, index) or "No sample that is left has a label.")
    least = min((abs(rows.weight(row)) for row in range(len(rows)) if rows.weight(row)), default=0)
    whole = profile.whole[index] if profile.whole else rows.total
    unit = report_unit(least, whole, profile.sample_types[index].unit, place.view.unit)
    write = writer(profile, index, whole, amounts, unit, signed=place.diff)
    return Content(
        table=_table(rows, write),
        detail=lambda row: _detail(rows, row, write),
        text=lambda row: _name(rows, row).strip(),
        labels=rows,
    )


def _table(rows: Labels, write: Writer) -> Table:
    def of_key(row: int) -> str:
        tag, value = rows.at(row)
        return "" if value in (KEY, NONE) else percent(rows.weight(row), tag.weight)

    def share(row: int) -> float:
        return abs(rows.weight(row)) / write.total if write.total and not rows.is_key(row) else 0.0

    return Table(
        columns=(
            Column("weight", "weight", ">", 10, lambda row: write(rows.weight(row)), write.value_type.unit),
            Column("weight%", "weight%", ">", 7, lambda row: percent(rows.weight(row), write.total), drop=2),
            Column("key%", "of key", ">", 6, of_key, drop=1),
            Column("name", "label", "<", 0, lambda row: _name(rows, row)),
        ),
        length=len(rows),
        record=lambda row: {"key": rows.at(row)[0].key, "value": _value(rows, row), "weight": rows.weight(row)},
        identity=lambda row: (rows.at(row)[0].key, _value(rows, row)),
        share=share,
    )


def _value(rows: Labels, row: int) -> str | None:
    tag, value = rows.at(row)
    return None if value < 0 else tag.values[value][0]


def _name(rows: Labels, row: int) -> str:
    tag, value = rows.at(row)
    if value == KEY:
        count = len(tag.values)
        return f"{tag.key}  ({count} value{'s' * (count != 1)})"
    return "  (none)" if value == NONE else f"  {tag.values[value][0]}"


def _detail(rows: Labels, row: int, write: Writer) -> tuple[Part, ...]:
    tag, value = rows.at(row)
    name = Run(f" {tag.key}" + (f"={_value(rows, row)}" if value >= 0 else ""), "title", name=True)
    what = {KEY: "all samples that have it", NONE: "samples that do not have it"}.get(value, "samples that have it")
    return name, f"  {write(rows.weight(row))}  {percent(rows.weight(row), write.total).strip()}", (f"  {what}", "dim")
