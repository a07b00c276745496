"""Who somebody is: ids, namesakes, groups and roles."""

from __future__ import annotations

import pytest
from hubkin_kit.clock import HOUR
from hubkin_kit.database import Database
from hubkin_kit.journal import journal
from hubkin_users import (
    AmbiguousOwner,
    HubUser,
    Identity,
    OwnerKind,
    Role,
    UserGone,
    enroll,
    ensure_owner,
    find_owner,
    forget,
    identify,
    may_use,
    mirror,
    names,
    news,
    preferences,
    recall,
    set_entitlements,
    set_preferences,
    set_roles,
    store,
)
from hubkin_users.tables import memberships
from sqlalchemy import func, select

from tests.support.clock import HandClock


class TickingClock(HandClock):
    def now(self) -> int:
        self.at += 1
        return self.at


@pytest.fixture
def database(database_url: str):
    database = Database(database_url, clock=TickingClock())
    database.create_all()
    yield database
    database.close()


def model(name: str = "ada", created: str | None = "2026-11-01T08:00:00.000001Z", **more) -> dict:
    return {"kind": "user", "name": name, "created": created, "groups": [], "scopes": [], **more}


def happenings(database: Database) -> int:
    return database.read_sync(lambda c: c.execute(select(func.count()).select_from(journal)).scalar())


async def test_the_same_hub_user_keeps_their_id(database: Database) -> None:
    one = await identify(database, model())
    other = await identify(database, model())

    assert one == other
    assert one.user_id.startswith("user-")


async def test_a_second_look_writes_nothing(database: Database) -> None:
    await identify(database, model(groups=["vision-lab"]))
    before = happenings(database)

    again = database.read_sync(lambda c: recall(c, HubUser.of(model(groups=["vision-lab"]))))

    assert isinstance(again, Identity)
    assert happenings(database) == before


async def test_a_hub_user_created_anew_gets_a_new_id(database: Database) -> None:
    old = await identify(database, model(groups=["vision-lab"]))
    new = await identify(database, model(created="2026-11-20T08:00:00Z"))

    assert new.user_id != old.user_id
    assert new.groups == ()


async def test_the_token_of_a_deleted_user_is_refused_once_a_namesake_came(database: Database) -> None:
    await identify(database, model())
    await identify(database, model(created="2026-11-20T08:00:00Z"))

    with pytest.raises(UserGone, match="'ada' was deleted"):
        await identify(database, model())


async def test_an_old_token_that_was_never_seen_does_not_displace_the_namesake(database: Database) -> None:
    new = await identify(database, model(created="2026-11-20T08:00:00Z"))

    with pytest.raises(UserGone):
        await identify(database, model(created="2026-11-01T08:00:00Z"))

    assert (await identify(database, model(created="2026-11-20T08:00:00Z"))).user_id == new.user_id


async def test_a_deleted_user_is_not_revived_by_a_late_request(database: Database) -> None:
    ada = await identify(database, model())
    gone = database.write_sync(lambda tx: mirror(tx, [model("bob")]))

    assert gone == [ada.user_id]
    with pytest.raises(UserGone):
        await identify(database, model())


async def test_somebody_who_came_after_the_list_was_asked_for_is_not_missing_from_it(
    database: Database,
) -> None:
    asked_at = database.clock.now()
    ada = await identify(database, model())

    assert database.write_sync(lambda tx: mirror(tx, [model("bob")], asked_at=asked_at)) == []
    assert (await identify(database, model())).user_id == ada.user_id


async def test_somebody_whom_the_hub_has_not_shown_yet_is_not_deleted(database: Database) -> None:
    early = database.write_sync(lambda tx: ensure_owner(tx, "ada", OwnerKind.USER))

    assert database.write_sync(lambda tx: mirror(tx, [model("bob")])) == []
    assert (await identify(database, model())).user_id == early.id


async def test_somebody_who_is_in_the_list_again_is_back(database: Database) -> None:
    ada = await identify(database, model(groups=["vision-lab"]))
    database.write_sync(lambda tx: mirror(tx, []))
    database.write_sync(lambda tx: mirror(tx, [model(groups=["vision-lab"])]))

    back = await identify(database, model(groups=["vision-lab"]))
    assert back.user_id == ada.user_id
    assert [group.name for group in back.groups] == ["vision-lab"]


async def test_the_full_list_does_not_bring_back_a_deleted_namesake(database: Database) -> None:
    await identify(database, model())
    new = await identify(database, model(created="2026-11-20T08:00:00Z"))
    database.write_sync(lambda tx: mirror(tx, [model()]))

    assert (await identify(database, model(created="2026-11-20T08:00:00Z"))).user_id == new.user_id


async def test_only_news_of_the_hub_is_written(database: Database) -> None:
    await identify(database, model("ada"))
    await identify(database, model("bob", groups=["nlp"]))

    def seen(*models: dict) -> list[str] | None:
        found = database.read_sync(lambda c: news(c, models, asked_at=database.clock.now()))
        return found if found is None else [m["name"] for m in found]

    assert seen(model("ada"), model("bob", groups=["nlp"])) is None
    assert seen(model("ada"), model("bob", groups=["lab"]), model("eve")) == ["bob", "eve"]
    assert seen(model("ada")) == []


async def test_news_alone_bring_everybody_in_step(database: Database) -> None:
    ada = await identify(database, model("ada"))
    await identify(database, model("eve"))
    models = [model("ada", groups=["nlp"]), model("bob")]
    asked_at = database.clock.now()
    changed = database.read_sync(lambda c: news(c, models, asked_at=asked_at))

    gone = database.write_sync(lambda tx: mirror(tx, models, asked_at=asked_at, changed=changed))

    assert len(gone) == 1
    assert database.read_sync(lambda c: news(c, models, asked_at=database.clock.now())) is None
    assert (await identify(database, model("ada", groups=["nlp"]))).user_id == ada.user_id


async def test_a_renamed_hub_user_gets_a_new_id(database: Database) -> None:
    ada = await identify(database, model("ada"))
    renamed = await identify(database, model("ada-lovelace"))

    assert renamed.user_id != ada.user_id


async def test_a_user_known_by_name_only_is_adopted_with_their_time_of_creation(database: Database) -> None:
    early = database.write_sync(lambda tx: ensure_owner(tx, "ada", OwnerKind.USER))
    ada = await identify(database, model())

    assert ada.user_id == early.id
    assert (await identify(database, model(created="2026-11-20T08:00:00Z"))).user_id != early.id


async def test_a_model_without_a_time_of_creation_is_the_active_user(database: Database) -> None:
    ada = await identify(database, model())

    assert (await identify(database, model(created=None))).user_id == ada.user_id


async def test_after_deletion_a_model_without_a_time_of_creation_is_somebody_new(database: Database) -> None:
    ada = await identify(database, model())
    database.write_sync(lambda tx: forget(tx, "ada"))

    assert (await identify(database, model(created=None))).user_id != ada.user_id


async def test_people_are_members_unless_the_site_says_more(database: Database) -> None:
    database.write_sync(lambda tx: set_roles(tx, {"vision-lab": {"lea": "lead", "vic": "viewer"}}))
    lea = await identify(database, model("lea", groups=["vision-lab"]))
    ada = await identify(database, model("ada", groups=["vision-lab"]))
    vic = await identify(database, model("vic", groups=["vision-lab"]))

    group = lea.groups[0].group_id
    assert [who.groups[0].role for who in (lea, ada, vic)] == [Role.LEAD, Role.MEMBER, Role.VIEWER]
    assert [who.may_spend(group) for who in (lea, ada, vic)] == [True, True, False]
    assert vic.owners == (vic.user_id, group)


async def test_a_role_without_membership_in_the_hub_gives_nothing(database: Database) -> None:
    database.write_sync(lambda tx: set_roles(tx, {"vision-lab": {"lea": "lead"}}))
    lea = await identify(database, model("lea"))

    assert lea.groups == ()
    group = database.read_sync(lambda c: find_owner(c, "vision-lab"))
    assert not lea.may_spend(group.id)


async def test_a_changed_role_closes_the_old_membership_and_opens_another(database: Database) -> None:
    ada = await identify(database, model(groups=["vision-lab"]))
    database.write_sync(lambda tx: set_roles(tx, {"vision-lab": {"ada": "lead"}}))
    await identify(database, model(groups=["vision-lab"]))
    await identify(database, model(groups=[]))

    query = select(memberships).where(memberships.c.user_id == ada.user_id).order_by(memberships.c.id)
    first, second = database.read_sync(lambda c: c.execute(query).all())
    assert (first.role, second.role) == ("member", "lead")
    assert first.until_at == second.from_at
    assert second.until_at is not None


async def test_nobody_may_spend_from_a_group_they_are_not_in(database: Database) -> None:
    await identify(database, model("lea", groups=["vision-lab"]))
    bob = await identify(database, model("bob", groups=["nlp"]))
    vision = database.read_sync(lambda c: find_owner(c, "vision-lab"))

    assert not bob.may_spend(vision.id)
    assert vision.id not in bob.owners


async def test_the_hubs_admin_flag_makes_no_platform_admin(database: Database) -> None:
    root = await identify(database, model("root", admin=True))
    admin = await identify(database, model("boss", scopes=["custom:hubkin:jobs:admin"]))

    assert not root.is_admin
    assert admin.is_admin


async def test_a_service_owns_nothing_and_spends_nothing(database: Database) -> None:
    gate = await identify(database, {"kind": "service", "name": "hubkin-gate", "scopes": []})

    assert gate.owners == ()
    assert not gate.may_spend(gate.user_id)


async def test_a_name_shared_by_user_and_group_must_be_told_apart(database: Database) -> None:
    await identify(database, model("nlp", groups=["nlp"]))

    with pytest.raises(AmbiguousOwner):
        database.read_sync(lambda c: find_owner(c, "nlp"))
    assert database.read_sync(lambda c: find_owner(c, "group:nlp")).kind is OwnerKind.GROUP
    assert database.read_sync(lambda c: find_owner(c, "user:nlp")).kind is OwnerKind.USER


async def test_an_owner_is_found_by_id_too(database: Database) -> None:
    ada = await identify(database, model())

    assert database.read_sync(lambda c: find_owner(c, ada.user_id)).name == "ada"
    assert database.read_sync(lambda c: find_owner(c, "user-unknown")) is None
    assert database.read_sync(lambda c: names(c, [ada.user_id])) == {ada.user_id: "ada"}


async def test_profiles_are_for_everyone_or_for_the_groups_named(database: Database) -> None:
    lea = await identify(database, model("lea", groups=["vision-lab"]))
    bob = await identify(database, model("bob"))
    database.write_sync(lambda tx: set_entitlements(tx, {"cpu": None, "h100": ["vision-lab"]}))

    assert [
        database.read_sync(lambda c, who=who, p=p: may_use(c, who.owners, p))
        for who in (lea, bob)
        for p in ("cpu", "h100", "absent")
    ] == [True, True, False, True, False, False]


async def test_a_withdrawn_entitlement_is_gone(database: Database) -> None:
    database.write_sync(lambda tx: set_entitlements(tx, {"cpu": None, "h100": None}))
    database.write_sync(lambda tx: set_entitlements(tx, {"cpu": None}))

    assert not database.read_sync(lambda c: may_use(c, [], "h100"))


async def test_preferences_keep_what_was_not_named(database: Database) -> None:
    ada = await identify(database, model())
    database.write_sync(lambda tx: set_preferences(tx, ada.user_id, language="zh"))
    database.write_sync(lambda tx: set_preferences(tx, ada.user_id, last_profile="cpu"))

    kept = database.read_sync(lambda c: preferences(c, ada.user_id))
    assert (kept.language, kept.last_profile) == ("zh", "cpu")
    assert (await identify(database, model())).language == "zh"


def test_there_is_one_active_user_of_a_name(database: Database) -> None:
    first = database.write_sync(lambda tx: store.add_user(tx, "hub", "ada", HOUR))
    second = database.write_sync(lambda tx: store.add_user(tx, "hub", "ada", 2 * HOUR))

    assert first == second


def test_enrolling_twice_in_one_moment_gives_one_user(database: Database) -> None:
    user = HubUser.of(model())
    one, other = database.write_sync(lambda tx: (enroll(tx, user), enroll(tx, user)))

    assert one.user_id == other.user_id
