"""Who may do what kind of thing, as data: denied unless it stands here. Whose things they are is asked separately."""

from __future__ import annotations

from enum import StrEnum

from vividly.steps import Role


class Permission(StrEnum):
    """What a route declares. The first three need nobody to be signed in; the third has a guard of its own."""

    PUBLIC = "public"
    SIGNED_LINK = "signed_link"
    OPERATORS_MACHINE = "operators_machine"
    SIGNED_IN = "signed_in"
    ASK = "ask"
    SEE_REQUESTS = "see_requests"
    CHANGE_REQUESTS = "change_requests"
    WATCH = "watch"
    GIVE_FEEDBACK = "give_feedback"


OPEN = frozenset({Permission.PUBLIC, Permission.SIGNED_LINK, Permission.OPERATORS_MACHINE})

_P = Permission
_EVERYONE = frozenset({_P.SIGNED_IN, _P.SEE_REQUESTS, _P.WATCH})

# An operator looks after the service from the command line; at the doors they may look, not act in a student's name.
GRANTED: dict[Role, frozenset[Permission]] = {
    Role.STUDENT: _EVERYONE | {_P.ASK, _P.CHANGE_REQUESTS, _P.GIVE_FEEDBACK},
    Role.TEACHER: _EVERYONE | {_P.ASK, _P.CHANGE_REQUESTS, _P.GIVE_FEEDBACK},
    Role.ADMIN: _EVERYONE | {_P.ASK, _P.CHANGE_REQUESTS, _P.GIVE_FEEDBACK},
    Role.SUPER_ADMIN: _EVERYONE,
}


def may(role: Role, permission: Permission) -> bool:
    """Is this kind of thing allowed for this role at all?"""
    return permission in OPEN or permission in GRANTED[role]
