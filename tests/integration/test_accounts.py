"""Signing in and out on a real database: tries counted across processes, tokens that end, families that are revoked."""

import asyncio
import stat
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import argon2
import jwt
import pytest

from vividly.accounts import actions, passwords, store, tokens
from vividly.accounts.demo import PASSWORD, SCHOOL, demo_exists, ensure_demo_school
from vividly.accounts.model import Newcomer, Throttled
from vividly.accounts.tokens import TokenKeys
from vividly.db.engine import open_pool, row, rows, transaction
from vividly.errors import Misconfigured, NotPossible
from vividly.steps import Role

EMAIL = "student@demo.school"


async def signed_in(pool, keys, *, email=EMAIL, password=PASSWORD, client="1.2.3.4", now=None):
    return await actions.sign_in(pool, keys=keys, email=email, password=password, client=client, now=now)


def refused(code):
    return pytest.raises(NotPossible, match=f"^{code}:")


# --- signing in --------------------------------------------------------------------------------------------------------


async def test_a_student_signs_in_and_is_known_by_their_token(pool, demo_school, token_keys):
    there = await signed_in(pool, token_keys, email=" Student@Demo.School ")
    assert there.person.person_id == demo_school["student"].person_id
    assert there.person.last_login_at is not None
    assert there.tokens.expires_in == 600
    present = await actions.person_of(pool, keys=token_keys, access_token=there.tokens.access_token)
    assert (present.person, present.session_id) == (there.person, there.session_id)
    assert await actions.person_of_session(pool, session_id=there.session_id) == there.person


async def test_the_access_token_says_what_the_contract_promises(pool, demo_school, token_keys):
    there = await signed_in(pool, token_keys)
    claims = jwt.decode(there.tokens.access_token, options={"verify_signature": False})
    assert claims["sub"] == str(there.person.person_id)
    assert claims["sid"] == str(there.session_id)
    assert claims["type"] == "access"
    assert (claims["role"], claims["org"]) == ("student", str(SCHOOL))
    assert claims["exp"] - claims["iat"] == 600


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "wrong password"),
        ("nobody@demo.school", PASSWORD),
        ("no e-mail", PASSWORD),
        ("a\x00b@c.d", "\x00"),
        (EMAIL, PASSWORD + " "),
    ],
)
async def test_wrong_is_wrong_and_never_says_which(pool, demo_school, token_keys, email, password):
    with refused("wrong_credentials"):
        await signed_in(pool, token_keys, email=email, password=password)


async def test_an_unknown_email_costs_the_same_work(pool, demo_school, token_keys, monkeypatch):
    checked = []
    fits = passwords._fits
    monkeypatch.setattr(passwords, "_fits", lambda known, password: checked.append(known) or fits(known, password))
    for email in (EMAIL, "nobody@demo.school"):
        with refused("wrong_credentials"):
            await signed_in(pool, token_keys, email=email, password="not this one")
    assert len(checked) == 2
    settings = [argon2.extract_parameters(known) for known in checked]
    assert settings[0] == settings[1]
    assert not passwords.outdated(passwords.NOBODYS_HASH)


@pytest.mark.parametrize("status", ["pending", "disabled"])
async def test_who_is_not_active_is_told_so_only_with_the_right_password(pool, demo_school, token_keys, status):
    before = await signed_in(pool, token_keys)
    async with transaction(pool) as conn:
        await store.set_status(conn, person_id=before.person.person_id, school_id=SCHOOL, status=status)
    with refused("not_active"):
        await signed_in(pool, token_keys)
    with refused("wrong_credentials"):
        await signed_in(pool, token_keys, password="not this one")
    with refused("not_active"):
        await actions.person_of(pool, keys=token_keys, access_token=before.tokens.access_token)
    with refused("not_active"):
        await actions.refresh(pool, keys=token_keys, refresh_token=before.tokens.refresh_token)
    assert await actions.person_of_session(pool, session_id=before.session_id) is None


async def test_a_weak_old_hash_is_made_anew_at_sign_in(pool, demo_school, token_keys):
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    async with transaction(pool) as conn:
        await store.set_password_hash(conn, person_id=demo_school["student"].person_id, password_hash=weak)
    await signed_in(pool, token_keys)
    async with transaction(pool) as conn:
        _, known_hash = await store.person_by_email(conn, email=EMAIL)
    assert known_hash != weak
    assert not passwords.outdated(known_hash)
    await signed_in(pool, token_keys)


# --- throttling --------------------------------------------------------------------------------------------------------


async def test_tries_are_counted_across_processes_and_the_right_password_does_not_help_then(
    database, pool, demo_school, token_keys
):
    async with await open_pool(database, min_size=1, max_size=4, name="another process") as other:
        for number in range(actions.TRIES_PER_EMAIL):
            with refused("wrong_credentials"):
                await signed_in((pool, other)[number % 2], token_keys, password="not this one", client=f"10.0.0.{number}")
        for each in (pool, other):
            with pytest.raises(Throttled) as caught:
                await signed_in(each, token_keys, client="10.0.1.1")
            assert 0 < caught.value.retry_after <= actions.WINDOW
            assert caught.value.code == "throttled"
    await signed_in(pool, token_keys, email="student2@demo.school", client="10.0.0.1")  # the others are not locked out


async def test_tries_made_at_once_do_not_slip_through_together(pool, demo_school, token_keys):
    tries = [
        signed_in(pool, token_keys, password="not this one", client="10.0.0.1") for _ in range(actions.TRIES_PER_EMAIL + 5)
    ]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    codes = sorted(outcome.code for outcome in outcomes)
    assert codes == ["throttled"] * 5 + ["wrong_credentials"] * actions.TRIES_PER_EMAIL


async def test_one_client_that_tries_many_accounts_is_stopped(pool, token_keys, monkeypatch):
    monkeypatch.setattr(actions, "TRIES_PER_CLIENT", 3)
    for number in range(3):
        with refused("wrong_credentials"):
            await signed_in(pool, token_keys, email=f"a{number}@demo.school", client="10.9.9.9")
    with pytest.raises(Throttled):
        await signed_in(pool, token_keys, email="b@demo.school", client="10.9.9.9")
    with refused("wrong_credentials"):
        await signed_in(pool, token_keys, email="b@demo.school", client="10.9.9.8")


async def test_a_class_that_signs_in_from_one_address_is_not_counted_against_it(pool, demo_school, token_keys, monkeypatch):
    monkeypatch.setattr(actions, "TRIES_PER_CLIENT", 2)
    for _ in range(5):
        await signed_in(pool, token_keys)


async def test_a_right_password_clears_the_slate(pool, demo_school, token_keys):
    for _ in range(2):
        for _ in range(actions.TRIES_PER_EMAIL - 1):
            with refused("wrong_credentials"):
                await signed_in(pool, token_keys, password="not this one")
        await signed_in(pool, token_keys)


async def test_the_next_window_starts_anew_and_old_windows_are_swept(pool, demo_school, token_keys):
    for _ in range(actions.TRIES_PER_EMAIL):
        with refused("wrong_credentials"):
            await signed_in(pool, token_keys, password="not this one")
    async with transaction(pool) as conn:  # two days go by
        await conn.execute("UPDATE throttle SET window_start = window_start - interval '2 days'")
    await signed_in(pool, token_keys)
    async with transaction(pool) as conn:
        assert await row(conn, "SELECT count(*) AS n FROM throttle WHERE window_start < now() - interval '1 day'", {}) == {
            "n": 0
        }


async def test_who_tried_is_not_written_down(pool, demo_school, token_keys):
    await signed_in(pool, token_keys, client="10.1.2.3")
    async with transaction(pool) as conn:
        kept = str(await rows(conn, "SELECT * FROM throttle", {}))
    assert EMAIL not in kept
    assert "10.1.2.3" not in kept


# --- tokens ------------------------------------------------------------------------------------------------------------


async def test_an_access_token_ends_after_ten_minutes(pool, demo_school, token_keys):
    now = datetime.now(UTC)
    there = await signed_in(pool, token_keys, now=now)

    async def at(seconds):
        return await actions.person_of(
            pool, keys=token_keys, access_token=there.tokens.access_token, now=now + timedelta(seconds=seconds)
        )

    assert await at(599)
    with refused("token_expired"):
        await at(601)


def forged(keys, there, **changes):
    claims = jwt.decode(there.tokens.access_token, options={"verify_signature": False}) | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, keys.secrets[0], headers={"kid": tokens._name(keys.secrets[0])})


async def test_no_forged_token_is_taken(pool, demo_school, token_keys):
    there = await signed_in(pool, token_keys)
    stranger = TokenKeys(("another secret that is long enough, too",))
    good = there.tokens.access_token
    header, claims, signature = good.split(".")
    tried = [
        "",
        "a.b.c",
        "Bearer",
        good[:-2],
        f"{header}.{claims}.",
        f"{header}.{claims[:-4]}AAAA.{signature}",
        "é" * 10,
        forged(stranger, there),
        jwt.encode({"sub": str(there.person.person_id)}, None, algorithm="none"),
        *(
            forged(token_keys, there, **change)
            for change in ({"iss": "x"}, {"aud": "x"}, {"type": "refresh"}, {"sub": "1"}, {"sid": None}, {"exp": None})
        ),
        there.tokens.refresh_token,
    ]
    for token in tried:
        with refused("token_not_valid"):
            await actions.person_of(pool, keys=token_keys, access_token=token)
    assert await actions.person_of(pool, keys=token_keys, access_token=forged(token_keys, there))


async def test_a_token_for_one_person_does_not_open_the_session_of_another(pool, demo_school, token_keys):
    mine, theirs = await signed_in(pool, token_keys), await signed_in(pool, token_keys, email="teacher@demo.school")
    mixed = forged(token_keys, mine, sid=str(theirs.session_id))
    with refused("session_ended"):
        await actions.person_of(pool, keys=token_keys, access_token=mixed)


async def test_keys_are_exchanged_without_signing_anybody_out(pool, demo_school, token_keys):
    there = await signed_in(pool, token_keys)
    newer = replace(token_keys, secrets=("a newer secret of the tests, long too", *token_keys.secrets))
    assert await actions.person_of(pool, keys=newer, access_token=there.tokens.access_token)
    again = await actions.refresh(pool, keys=newer, refresh_token=there.tokens.refresh_token)
    with refused("token_not_valid"):
        await actions.person_of(pool, keys=token_keys, access_token=again.tokens.access_token)


def test_short_keys_are_refused_and_a_kept_one_is_private(tmp_path):
    with pytest.raises(Misconfigured):
        TokenKeys(("short",))
    path = tmp_path / "token.key"
    secret = tokens.secret_from_file(path)
    assert tokens.secret_from_file(path) == secret
    assert TokenKeys((secret,))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [path] == list(tmp_path.iterdir())
    path.chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod"):
        tokens.secret_from_file(path)


async def test_refreshing_rotates(pool, demo_school, token_keys):
    first = await signed_in(pool, token_keys)
    second = await actions.refresh(pool, keys=token_keys, refresh_token=first.tokens.refresh_token)
    third = await actions.refresh(pool, keys=token_keys, refresh_token=second.tokens.refresh_token)
    assert first.session_id == second.session_id == third.session_id
    assert len({first.tokens.refresh_token, second.tokens.refresh_token, third.tokens.refresh_token}) == 3
    assert await actions.person_of(pool, keys=token_keys, access_token=third.tokens.access_token)


async def test_a_reused_refresh_token_ends_its_whole_family_and_no_other(pool, demo_school, token_keys):
    first = await signed_in(pool, token_keys)
    other = await signed_in(pool, token_keys)
    second = await actions.refresh(pool, keys=token_keys, refresh_token=first.tokens.refresh_token)
    with refused("refresh_reused"):
        await actions.refresh(pool, keys=token_keys, refresh_token=first.tokens.refresh_token)
    with refused("session_ended"):
        await actions.refresh(pool, keys=token_keys, refresh_token=second.tokens.refresh_token)
    for there in (first, second):
        with refused("session_ended"):
            await actions.person_of(pool, keys=token_keys, access_token=there.tokens.access_token)
    assert await actions.person_of_session(pool, session_id=first.session_id) is None
    assert await actions.person_of(pool, keys=token_keys, access_token=other.tokens.access_token)


async def test_of_two_that_use_one_refresh_token_at_once_only_one_is_served(pool, demo_school, token_keys):
    there = await signed_in(pool, token_keys)
    both = [actions.refresh(pool, keys=token_keys, refresh_token=there.tokens.refresh_token) for _ in range(2)]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(getattr(outcome, "code", "served") for outcome in outcomes) == ["refresh_reused", "served"]
    assert await actions.person_of_session(pool, session_id=there.session_id) is None


@pytest.mark.parametrize("token", ["", "x", "é\ud800", "A" * 43])
async def test_a_refresh_token_that_was_never_given_is_not_valid(pool, token_keys, token):
    with refused("refresh_not_valid"):
        await actions.refresh(pool, keys=token_keys, refresh_token=token)


async def test_refresh_tokens_and_sessions_end_by_themselves(pool, demo_school, token_keys):
    there = await signed_in(pool, replace(token_keys, refresh_seconds=0))
    with refused("refresh_not_valid"):
        await actions.refresh(pool, keys=token_keys, refresh_token=there.tokens.refresh_token)
    assert await actions.person_of_session(pool, session_id=there.session_id) is None


async def test_refresh_tokens_are_not_readable_in_the_database(pool, demo_school, token_keys):
    there = await signed_in(pool, token_keys)
    async with transaction(pool) as conn:
        kept = await rows(conn, "SELECT token_hash FROM refresh_tokens", {})
    assert [bytes(each["token_hash"]) for each in kept] == [tokens.refresh_hash(there.tokens.refresh_token)]
    assert there.tokens.refresh_token.encode() not in bytes(kept[0]["token_hash"])


async def test_signing_out_ends_one_session_at_once(pool, demo_school, token_keys):
    here, there = await signed_in(pool, token_keys), await signed_in(pool, token_keys)
    await actions.sign_out(pool, session_id=here.session_id)
    await actions.sign_out(pool, session_id=here.session_id)
    with refused("session_ended"):
        await actions.person_of(pool, keys=token_keys, access_token=here.tokens.access_token)
    with refused("session_ended"):
        await actions.refresh(pool, keys=token_keys, refresh_token=here.tokens.refresh_token)
    assert await actions.person_of(pool, keys=token_keys, access_token=there.tokens.access_token)


async def test_signing_out_everywhere_ends_all_of_one_person(pool, demo_school, token_keys):
    mine = [await signed_in(pool, token_keys) for _ in range(3)]
    other = await signed_in(pool, token_keys, email="student2@demo.school")
    await actions.sign_out_everywhere(pool, person_id=mine[0].person.person_id)
    assert [await actions.person_of_session(pool, session_id=each.session_id) for each in mine] == [None] * 3
    assert await actions.person_of_session(pool, session_id=other.session_id)


# --- registering -------------------------------------------------------------------------------------------------------

ZOE = Newcomer("Zoe@Example.org", "correct horse", " Zoe ", "Park", 9, ("Dance",))


async def test_who_registers_waits_for_the_school(pool, demo_school, token_keys):
    person = await actions.register(pool, who=ZOE, client="1.1.1.1", open_registration=False)
    assert (person.email, person.first_name, person.role, person.status) == ("zoe@example.org", "Zoe", Role.STUDENT, "pending")
    with refused("not_active"):
        await signed_in(pool, token_keys, email=ZOE.email, password=ZOE.password)
    assert await actions.waiting(pool, by=demo_school["admin"]) == (person,)
    for nobody in ("student", "teacher", "operator"):
        with refused("not_allowed"):
            await actions.approve(pool, by=demo_school[nobody], person_id=person.person_id)
    await actions.approve(pool, by=demo_school["admin"], person_id=person.person_id)
    there = await signed_in(pool, token_keys, email=ZOE.email, password=ZOE.password)
    await actions.approve(pool, by=demo_school["admin"], person_id=person.person_id, status="disabled")
    assert await actions.person_of_session(pool, session_id=there.session_id) is None


async def test_where_registration_is_open_one_may_go_in_at_once(pool, demo_school, token_keys):
    await actions.register(pool, who=ZOE, client="1.1.1.1", open_registration=True)
    assert (await signed_in(pool, token_keys, email=ZOE.email, password=ZOE.password)).person.grade_level == 9


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"email": "nobody"}, "invalid_input"),
        ({"email": "a b@c.d"}, "invalid_input"),
        ({"email": "\ua7cb@c.d"}, "invalid_input"),
        ({"email": EMAIL.upper()}, "email_taken"),
        ({"first_name": " "}, "invalid_input"),
        ({"password": "short"}, "weak_password"),
        ({"password": "a" * 30}, "weak_password"),
        ({"password": "zoe@example.org"}, "weak_password"),
        ({"password": "ab" * 300}, "weak_password"),
    ],
)
async def test_registering_wrongly_says_what_is_wrong(pool, demo_school, change, code):
    with refused(code):
        await actions.register(pool, who=replace(ZOE, **change), client="1.1.1.1", open_registration=True)


async def test_registering_needs_to_know_the_school_and_is_throttled(pool, monkeypatch):
    with refused("unknown_school"):
        await actions.register(pool, who=ZOE, client="1.1.1.1", open_registration=True)
    with refused("unknown_school"):
        await actions.register(pool, who=ZOE, client="2.2.2.2", open_registration=True, school_id=uuid.uuid4())
    monkeypatch.setattr(actions, "REGISTRATIONS_PER_CLIENT", 1)
    with refused("throttled"):
        await actions.register(pool, who=ZOE, client="1.1.1.1", open_registration=True)


# --- who may see whom --------------------------------------------------------------------------------------------------


async def test_the_demo_school_is_made_once(pool, token_keys):
    assert not await demo_exists(pool)
    made = await asyncio.gather(*(ensure_demo_school(pool) for _ in range(3)))
    assert made[0] == made[1] == made[2] == await ensure_demo_school(pool)
    assert await demo_exists(pool)
    for account in made[0]:
        assert (await signed_in(pool, token_keys, email=account.email, password=account.password)).person.role is account.role
    async with transaction(pool) as conn:
        assert await row(
            conn, "SELECT (SELECT count(*) FROM people) AS people, (SELECT count(*) FROM class_members) AS members", {}
        ) == {"people": 5, "members": 2}


async def test_nobody_sees_another_schools_students(pool, demo_school):
    async with transaction(pool) as conn:
        school, stranger = uuid.uuid4(), uuid.uuid4()
        await store.add_school(conn, school_id=school, name="South", demo=False)
        south = {}
        for role in (Role.STUDENT, Role.TEACHER, Role.ADMIN):
            who = replace(ZOE, email=f"{role}@south.school")
            south[role] = await store.add_person(
                conn, person_id=uuid.uuid4(), school_id=school, who=who, password_hash="", role=role, status="active"
            )
        unknown = await store.add_person(
            conn,
            person_id=stranger,
            school_id=SCHOOL,
            who=replace(ZOE, email="no@class.school"),
            password_hash="",
            role=Role.STUDENT,
            status="active",
        )
        # A class that somebody of another school was put into, by whatever mistake.
        await store.add_class(conn, class_id=school, school_id=school, name="", teacher_id=south[Role.TEACHER].person_id)
        await store.add_member(conn, class_id=school, person_id=demo_school["student"].person_id)
        await store.add_member(conn, class_id=school, person_id=south[Role.STUDENT].person_id)

    people = demo_school | {
        "unclassed": unknown,
        "south student": south[Role.STUDENT],
        "south teacher": south[Role.TEACHER],
        "south admin": south[Role.ADMIN],
    }
    students = ("student", "student2", "unclassed", "south student")
    seen = {
        viewer: {
            name
            for name in students
            if await actions.may_see_student(pool, viewer=people[viewer], student_id=people[name].person_id)
        }
        for viewer in people
    }
    assert seen == {
        "student": {"student"},
        "student2": {"student2"},
        "unclassed": {"unclassed"},
        "south student": {"south student"},
        "teacher": {"student", "student2"},
        "south teacher": {"south student"},
        "admin": {"student", "student2", "unclassed"},
        "south admin": {"south student"},
        "operator": set(students),
    }
    assert not await actions.may_see_student(pool, viewer=people["operator"], student_id=uuid.uuid4())
    listed = await actions.students_of_teacher(pool, teacher_id=people["teacher"].person_id)
    assert {person.email for person in listed} == {"student@demo.school", "student2@demo.school"}
    listed = await actions.students_of_teacher(pool, teacher_id=people["south teacher"].person_id)
    assert {person.email for person in listed} == {"student@south.school"}
