"""People for tests that need some: the demo school, in the test's own database."""

from __future__ import annotations

import pytest

from vividly.accounts import actions
from vividly.accounts.demo import ensure_demo_school, person_id
from vividly.accounts.model import Person
from vividly.accounts.tokens import TokenKeys
from vividly.db.engine import Pool


@pytest.fixture
async def demo_school(pool: Pool) -> dict[str, Person]:
    """The people of the demo school by the first part of their e-mail: student, student2, teacher, admin, operator."""
    people = {}
    for account in await ensure_demo_school(pool):
        person = await actions.person(pool, person_id=person_id(account.email))
        assert person is not None
        people[account.email.partition("@")[0]] = person
    return people


@pytest.fixture
def token_keys() -> TokenKeys:
    return TokenKeys(("a secret of tests that is long enough",))
