"""Parquet, by pyarrow: an extra, which is loaded when a table is written."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, BinaryIO, Final

from crmbridge.errors import FixConfig, FixRequest
from crmbridge.export.columns import Kind, Row, Table

ROW_GROUP: Final = 10_000
"""Rows held at a time."""

DECIMAL: Final = (38, 9)
"""Digits of a decimal: all of them, and those behind the point. It is the widest that all readers know."""


def load_pyarrow() -> Any:
    """Import pyarrow.

    Raises:
        FixConfig: It is not installed.
    """
    try:
        import pyarrow.parquet
    except ImportError:
        raise FixConfig(
            'Parquet needs pyarrow: run `pip install "crmbridge[parquet]"`, or export csv or jsonl'
        ) from None
    return pyarrow


def write_parquet(table: Table, file: BinaryIO) -> int:
    """Write a table in row groups, so that memory stays flat; say how many rows it has.

    Raises:
        FixConfig: pyarrow is not installed.
        FixRequest: A number does not fit its column.
    """
    pa = load_pyarrow()
    types = _types(pa)
    schema = pa.schema([pa.field(column.name, types[column.kind]) for column in table.columns])
    rows, count = table.rows(), 0
    with pa.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while group := list(islice(rows, ROW_GROUP)):
            writer.write_table(pa.Table.from_arrays(_arrays(pa, table.name, schema, group), schema=schema))
            count += len(group)
    return count


def _types(pa: Any) -> dict[Kind, Any]:
    return {
        "text": pa.string(),
        "texts": pa.list_(pa.string()),
        "integer": pa.int64(),
        "number": pa.float64(),
        "decimal": pa.decimal128(*DECIMAL),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "datetime": pa.timestamp("us", tz="UTC"),
    }


def _arrays(pa: Any, table: str, schema: Any, group: Sequence[Row]) -> list[Any]:
    arrays = []
    for field, values in zip(schema, zip(*group, strict=True), strict=True):
        try:
            arrays.append(pa.array(values, field.type))
        except (pa.ArrowInvalid, OverflowError):  # their messages quote the value
            raise FixRequest(
                f"{table}: a value of column {field.name} does not fit Parquet's {field.type}: export csv or jsonl"
            ) from None
    return arrays
