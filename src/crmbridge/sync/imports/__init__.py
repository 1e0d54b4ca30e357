"""Touchpoints that no CRM holds: trade fairs, print, out of home, and the exports of web analytics."""

from crmbridge.sync.imports.importing import ImportResult, import_touchpoints, remove_touchpoints
from crmbridge.sync.imports.mapping import TouchpointMapping, load_mapping, mapping_names
from crmbridge.sync.imports.rows import Aside, source_name

__all__ = [
    "Aside",
    "ImportResult",
    "TouchpointMapping",
    "import_touchpoints",
    "load_mapping",
    "mapping_names",
    "remove_touchpoints",
    "source_name",
]
