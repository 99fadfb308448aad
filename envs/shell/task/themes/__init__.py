"""The templates, one module per theme; importing this package registers them all.

permissions  find  text  archives  tables  histories (git)  logs (and processes)
schedules (cron)  builds (make, C)  records (JSON)  cleanup  configs  scripts  recovery
"""

from veragym.envs.shell.task.themes import (
    archives,
    builds,
    cleanup,
    configs,
    find,
    histories,
    logs,
    permissions,
    records,
    recovery,
    schedules,
    scripts,
    tables,
    text,
)

__all__ = [
    "archives",
    "builds",
    "cleanup",
    "configs",
    "find",
    "histories",
    "logs",
    "permissions",
    "records",
    "recovery",
    "schedules",
    "scripts",
    "tables",
    "text",
]
