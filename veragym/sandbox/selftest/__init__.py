"""Does a backend keep in what it says it does? Attacks it, and looks from outside.

scene      what is planted to be stolen, broken and reached
watch      what the kernel says of an attack's processes
attack     what an attack is, and the judges
escapes    attacks on files, secrets, processes, network and other sessions
pressure   attacks on memory, disk, the kernel and the protocol
trial      one attack in a fresh session; all of them; the report
"""

from veragym.sandbox.selftest.trial import ATTACKS, Finding, Report, named, selftest, try_attack

__all__ = ["ATTACKS", "Finding", "Report", "named", "selftest", "try_attack"]
