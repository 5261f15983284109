"""The one registry of units of the house: pint's, and money. Loaded when a unit is first asked about."""

from __future__ import annotations

from functools import cache, lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pint

# A door thinks in threads: one of them loads the registry (a second of work), the others wait for it.
_LOADING = Lock()


def units() -> pint.UnitRegistry[Any]:
    """Offsets (degrees Celsius) are converted as temperatures, not as differences."""
    with _LOADING:
        return _registry()


@cache
def _registry() -> pint.UnitRegistry[Any]:
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
    registry.define("dollar = [currency] = USD")
    registry.define("cent = 0.01 dollar")
    return registry


@lru_cache(maxsize=1024)
def dimension(unit: str) -> str:
    """Of a unit by its name in pint, as "[length] / [time]"; "" for pure numbers, "?" for what is no unit."""
    import pint

    try:
        found = units().Unit(unit or "dimensionless").dimensionality
    except (pint.UndefinedUnitError, AttributeError, ValueError):
        return "?"
    return " ".join(f"{name}^{power:g}" for name, power in sorted(found.items()))
