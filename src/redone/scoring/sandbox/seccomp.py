"""A system-call filter for the sandbox, as a classic BPF program.

Namespaces hide files, processes and the network; this closes what they leave: channels between two programs
of one launch (System V memory, message queues, keyrings), looking into another process, and kernel parts
with a record of break-outs (io_uring, bpf, userfaultfd, nested namespaces). Refused calls fail with EPERM.

Numbers: the kernel's ``arch/x86/entry/syscalls/syscall_64.tbl`` and ``include/uapi/asm-generic/unistd.h``.
"""

from __future__ import annotations

import errno
import platform
import struct

_NEWER = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442)
"""Same number everywhere: io_uring (3), the new mount calls (6), pidfd_getfd, mount_setattr."""

# In order: socket; System V memory, semaphores, messages; POSIX queues; ptrace; mount, umount2, pivot_root,
# chroot; unshare, setns; process_vm_readv, process_vm_writev, kcmp; modules (3), kexec; keys (3);
# perf_event_open, bpf, userfaultfd; file handles (2); reboot, swapon, quotactl.
_X86_64 = (
    *(41, 29, 30, 31, 64, 65, 66, 220, 68, 69, 70, 71, 240, 241, 101, 165, 166, 155, 161, 272, 308),
    *(310, 311, 312, 175, 176, 313, 246, 248, 249, 250, 298, 321, 323, 303, 304, 169, 167, 179),
)
_AARCH64 = (
    *(198, 194, 195, 196, 190, 191, 192, 193, 186, 187, 188, 189, 180, 181, 117, 40, 39, 41, 51, 97, 268),
    *(270, 271, 272, 105, 106, 273, 104, 217, 218, 219, 241, 280, 282, 264, 265, 142, 224, 60),
)
# machine -> (audit architecture, refused calls, clone)
_MACHINES = {
    "x86_64": (0xC000003E, _X86_64 + _NEWER, 56),
    "aarch64": (0xC00000B7, _AARCH64 + _NEWER, 220),
}
_CLONE3 = 435
_X32_CALLS = 0x40000000
_NEW_NAMESPACES = 0x7E020000
"""The CLONE_NEW* flags of clone's first argument."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000


def seccomp_filter(machine: str | None = None) -> bytes | None:
    """Return the filter for ``bwrap --seccomp``, or None for a machine whose call numbers we do not hold."""
    known = _MACHINES.get(machine or platform.machine())
    if known is None:
        return None
    architecture, refused, clone = known
    denied = _statement(_RETURN, _FAIL | errno.EPERM)
    parts = [
        _statement(_LOAD, _ARCHITECTURE_AT),
        _jump(_EQUAL, architecture, 1, 0),
        _statement(_RETURN, _KILL),
        _statement(_LOAD, _NUMBER_AT),
        _jump(_AT_LEAST, _X32_CALLS, 0, 1),
        denied,
        # clone3 takes its flags by pointer, which a filter cannot follow; "unknown" sends libc to clone.
        _jump(_EQUAL, _CLONE3, 0, 1),
        _statement(_RETURN, _FAIL | errno.ENOSYS),
    ]
    for number in refused:
        parts += [_jump(_EQUAL, number, 0, 1), denied]
    parts += [
        _jump(_EQUAL, clone, 0, 3),
        _statement(_LOAD, _FIRST_ARGUMENT_AT),
        _jump(_ANY_BIT, _NEW_NAMESPACES, 0, 1),
        denied,
        _statement(_RETURN, _ALLOW),
    ]
    return b"".join(parts)


def _statement(code: int, value: int) -> bytes:
    return _jump(code, value, 0, 0)


def _jump(code: int, value: int, if_true: int, if_false: int) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)
