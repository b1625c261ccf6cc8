"""Running answers that are programs: ``protocol`` is the promise, ``bubblewrap`` keeps it."""

from redone.scoring.sandbox.opening import open_sandbox
from redone.scoring.sandbox.protocol import Sandbox, SandboxLimits, SandboxResult, SandboxStatus

__all__ = ["Sandbox", "SandboxLimits", "SandboxResult", "SandboxStatus", "open_sandbox"]
