"""The families of programs; importing one registers it."""

from veragym.envs.shell.repair.programs import (
    caches,
    calendars,
    codes,
    configs,
    figures,
    graphs,
    intervals,
    inventory,
    ledger,
    matrices,
    prices,
    roles,
    schedule,
    states,
    sums,
    texts,
)

__all__ = [
    "caches",
    "calendars",
    "codes",
    "configs",
    "figures",
    "graphs",
    "intervals",
    "inventory",
    "ledger",
    "matrices",
    "prices",
    "roles",
    "schedule",
    "states",
    "sums",
    "texts",
]
