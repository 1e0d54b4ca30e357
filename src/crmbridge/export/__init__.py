"""Tables for people and programs: what the mirror holds and what was judged, as CSV, JSON Lines, Parquet or Singer."""

from crmbridge.export.codes import Codes
from crmbridge.export.columns import Column, Table, Value
from crmbridge.export.files import ExportedFile, ExportResult, Format, Target, target_of, write_stream, write_tables
from crmbridge.export.judged import center_table, consent_table, value_table
from crmbridge.export.mirrored import MirrorTable, mirror_tables
from crmbridge.export.singer import State, Stream, messages, read_state

__all__ = [
    "Codes",
    "Column",
    "ExportResult",
    "ExportedFile",
    "Format",
    "MirrorTable",
    "State",
    "Stream",
    "Table",
    "Target",
    "Value",
    "center_table",
    "consent_table",
    "messages",
    "mirror_tables",
    "read_state",
    "target_of",
    "value_table",
    "write_stream",
    "write_tables",
]
