"""The backend that is preferred on Linux: namespaces by `bwrap`, an overlay for home.

backend     BubblewrapSandbox       what works here, and sessions
session     BubblewrapSession       the parent's side of one session
launch      how `bwrap` is called   what the inside looks like
supervisor  the trusted process in there
link        what the two say to each other
files       what an upper folder says about a home folder
templates   trees on this machine's disk, below the overlays
"""

from veragym.sandbox.bubblewrap.backend import BubblewrapSandbox
from veragym.sandbox.bubblewrap.session import BubblewrapSession

__all__ = ["BubblewrapSandbox", "BubblewrapSession"]
