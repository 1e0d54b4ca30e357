"""What is written."""

from __future__ import annotations

from crmbridge import PropertySpec
from crmbridge.centers import core
from crmbridge.plugins import Plugins
from docpages.config import ours
from docpages.writing import page, table


def properties_page() -> str:
    """Every property that core and the plugins of this repository write."""
    return page(
        "Properties",
        "What crmbridge writes, with the plugins of this repository and their default settings. The names stand with "
        " the default prefix `crmb_`. *Written* is `yes` by default; the others are named in "
        "`[writeback] properties`, by the first column. A stamp travels only with another change of its record.",
        table(("name", "on the platform", "label", "values", "fold", "written", "by"), map(_property, specs())),
        "The folds are explained in [one value per record](../decisions/0005-one-value-per-record.md).",
    )


def specs() -> tuple[PropertySpec, ...]:
    """The properties of what this repository holds, whatever else is installed."""
    return Plugins.load({}, builtins={"core": core}, entry_points=ours()).properties()


def _property(spec: PropertySpec) -> tuple[object, ...]:
    values = ", ".join(f"`{option.value}`" for option in spec.options)
    kind = {"multi": "several of: ", "enumeration": "one of: "}.get(spec.type, spec.type)
    written = "stamp" if spec.stamp else "yes" if spec.core else "on demand"
    name = f"`{spec.object}.{spec.name}`"
    return name, f"`{spec.platform_name('crmb_')}`", spec.label, kind + values, spec.fold, written, spec.by
