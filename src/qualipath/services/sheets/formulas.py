"""Formulas in workbooks: the text of each one, by the place of its cell."""

import warnings
from collections import defaultdict
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

from qualipath.services.sheets.problems import refuse


def formulas_of(path: Path, sheet: str) -> Mapping[int, Mapping[int, str]]:
    """Give the formulas of a sheet, `=…`, by row and column, which count from 1.

    One that is shared by many cells is told as each of them has it. Raises `SheetError` where the
    formulas can't be read.
    """
    # It takes as long to import as a short command takes to run.
    from openpyxl import load_workbook  # noqa: PLC0415

    found: dict[int, dict[int, str]] = defaultdict(dict)
    try:
        with warnings.catch_warnings():
            # What openpyxl would lose on saving is no concern of who reads the formulas.
            warnings.simplefilter("ignore")
            workbook = load_workbook(path, read_only=True)
            try:
                cells = workbook[sheet]
                # Else every row is filled up to the width that the file claims to have.
                cells.reset_dimensions()
                for cell in chain.from_iterable(cells.iter_rows()):
                    if cell.data_type == "f" and cell.row and cell.column:
                        found[cell.row][cell.column] = _text(cell.value)
            finally:
                workbook.close()
    except Exception as error:
        # openpyxl has no error of its own for what it does not understand.
        what = f"has formulas on the sheet '{sheet}' that can't be read"
        raise refuse(path.name, 0, what, "write the values instead of the formulas") from error
    return found


def _text(formula: object) -> str:
    # An array's formula is an object that holds it; a data table's is one without any text.
    text = str(getattr(formula, "text", None) or formula) if formula is not None else ""
    return text if text.startswith("=") else f"={text}"
