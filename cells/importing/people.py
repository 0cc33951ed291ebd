"""Who is meant by the names in a file of posts; those not known yet become users who cannot log in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_noop

from cells.importing.post_rows import Row
from cells.importing.rejects import Rejects
from cells.models import Person

SEVERAL = gettext_noop("Several people are called so: give the login.")
OTHER_NAME = gettext_noop("This login is another person's.")
NO_PERSON = gettext_noop("This login is no person of the city.")
NOBODY_TO_STAND_IN_FOR = gettext_noop("The one to stand in for is not known, or several are called so.")
NOT_FOR_HIMSELF = gettext_noop("Nobody stands in for himself.")
USERNAME = "post-"


@dataclass(slots=True)
class Who:
    """A person that a row is about; `is_new` until he is written."""

    person: Person
    username: str
    is_new: bool = False


class People:
    """The people of some rows, by the rows' numbers; new ones are written as this is made.

    `changed` are the rows that gave a person another telephone, `stands_in_for` the people stood in for.
    """

    def __init__(self, rows: list[Row], rejects: Rejects) -> None:
        self.found: dict[int, Who] = {}
        self.stands_in_for: dict[int, int | None] = {}
        self.changed: set[int] = set()
        self._rejects = rejects
        self._by_login: dict[str, Who] = {}
        self._by_name: dict[str, list[Who]] = defaultdict(list)
        self._strangers: set[str] = set()
        self._know(rows)
        for row in rows:
            who = self._who(row)
            if isinstance(who, str):
                rejects.add(row.number, row.person, who, found=row.login)
            else:
                self.found[row.number] = who
                self._take_telephone(row, who)
        self._resolve_substitutes(rows)
        self.added = self._write()

    def _know(self, rows: list[Row]) -> None:
        names = {row.person for row in rows} | {row.stands_in_for for row in rows if row.stands_in_for}
        logins = {row.login for row in rows if row.login} | names
        known = Person.objects.select_related("user")
        people = {p.pk: p for p in known.filter(name_zh__in=names)}
        people |= {p.pk: p for p in known.filter(name_en__in=names)}
        people |= {p.pk: p for p in known.filter(user__username__in=logins)}
        for person in people.values():
            self._remember(Who(person, person.user.get_username()))
        users = get_user_model().objects.filter(username__in=logins, person=None)
        self._strangers = set(users.values_list("username", flat=True))

    def _remember(self, who: Who) -> None:
        if who.username:
            self._by_login[who.username] = who
        for name in {who.person.name_zh, who.person.name_en} - {""}:
            self._by_name[name].append(who)

    def _who(self, row: Row) -> Who | str:
        """Whom a row is about, made where he is not known yet; else why nobody can be meant."""
        if row.login:
            known = self._by_login.get(row.login)
            if known is not None:
                names = {known.person.name_zh, known.person.name_en}
                return known if row.person in names else OTHER_NAME
            return NO_PERSON if row.login in self._strangers else self._new(row)
        called = self._by_name.get(row.person, [])
        if row.telephone:
            exact = [who for who in called if who.person.telephone == row.telephone]
            called = exact or [who for who in called if not who.person.telephone]
        if len(called) > 1:
            return SEVERAL
        return called[0] if called else self._new(row)

    def _new(self, row: Row) -> Who:
        person = Person(
            role_id=row.kind.role_id, territory_id=row.grid, telephone=row.telephone, must_change_password=True
        )
        # A name of Latin letters is an English one.
        person.name_en, person.name_zh = (row.person, "") if row.person.isascii() else ("", row.person)
        made = Who(person, row.login, is_new=True)
        self._remember(made)
        return made

    def _take_telephone(self, row: Row, who: Who) -> None:
        if row.telephone and who.person.telephone != row.telephone:
            who.person.telephone = row.telephone
            self.changed.add(row.number)

    def _resolve_substitutes(self, rows: list[Row]) -> None:
        self._others: dict[int, Who] = {}
        for row in rows:
            if not row.stands_in_for or row.number not in self.found:
                continue
            by_login = self._by_login.get(row.stands_in_for)
            called = [by_login] if by_login else self._by_name.get(row.stands_in_for, [])
            if len(called) != 1 or called[0] is self.found[row.number]:
                reason = NOT_FOR_HIMSELF if len(called) == 1 else NOBODY_TO_STAND_IN_FOR
                self._rejects.add(row.number, row.person, reason, found=row.stands_in_for)
                del self.found[row.number]
            else:
                self._others[row.number] = called[0]

    def _write(self) -> int:
        """Write new people and other telephones; how many are new. Nobody is made for a row that was left out."""
        wanted = {id(who): who for who in [*self.found.values(), *self._others.values()]}
        fresh = [who for who in wanted.values() if who.is_new]
        users = get_user_model()
        serial = users.objects.filter(username__startswith=USERNAME).count()
        taken = set(users.objects.filter(username__startswith=USERNAME).values_list("username", flat=True))
        taken |= {who.username for who in fresh}
        for who in fresh:
            while not who.username:
                serial += 1
                who.username = f"{USERNAME}{serial}" if f"{USERNAME}{serial}" not in taken else ""
        no_password = make_password(None)
        made = users.objects.bulk_create(
            [users(username=who.username, password=no_password) for who in fresh], batch_size=1000
        )
        for who, user in zip(fresh, made, strict=True):
            who.person.user = user
        Person.objects.bulk_create([who.person for who in fresh], batch_size=1000)
        for who in fresh:
            who.is_new = False
        rung = [self.found[n].person for n in self.changed if n in self.found]
        Person.objects.bulk_update({p.pk: p for p in rung}.values(), ["telephone"], batch_size=1000)
        self.stands_in_for = {number: who.person.pk for number, who in self._others.items() if number in self.found}
        return len(fresh)
