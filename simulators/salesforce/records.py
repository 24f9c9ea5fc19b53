"""Find, make and change records, and refuse as Salesforce does."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from typing import Any

from simulators.salesforce import objects
from simulators.salesforce.objects import KINDS, READ_ONLY, VERSION, Kind
from simulators.salesforce.soql import MalformedError, Query, parse
from simulators.seed import Fields

PAGE = 2000


class RefusedError(Exception):
    """Hold an error of Salesforce's."""

    def __init__(self, code: str, message: str, *fields: str, status: int = 400, **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.told = {"message": message, "errorCode": code, **({"fields": list(fields)} if fields else {}), **more}


class Org:
    """Work on the records of a state."""

    def __init__(self, state: Fields, now: datetime) -> None:
        self._state = state
        self._now = now

    def query(self, soql: str) -> Fields:
        """Answer a query."""
        try:
            query = parse(soql)
        except MalformedError as error:
            raise RefusedError("MALFORMED_QUERY", str(error)) from None
        if query.source not in KINDS:
            raise RefusedError("INVALID_TYPE", f"sObject type '{query.source}' is not supported.")
        self._check(query)
        found = [one for one in self._state[query.source] if query.fits(partial(self._read, one))]
        for name, downwards in reversed(query.order):
            found.sort(key=lambda one, name=name: str(self._read(one, name) or ""), reverse=downwards)  # type: ignore[misc]
        shown = [self._shown(query, one) for one in found[: query.limit]]
        return {"totalSize": len(shown), "done": len(shown) <= PAGE, "records": shown[:PAGE]}

    def create(self, name: str, told: Fields, *, saves: bool, assigns: bool) -> Fields:
        """Make a record; `saves` it although there are duplicates, and `assigns` a case to whom the rules say."""
        kind = self._kind(name)
        if missing := [one for one in kind.required if told.get(one) in (None, "")]:
            text = f"Required fields are missing: [{', '.join(missing)}]"
            raise RefusedError("REQUIRED_FIELD_MISSING", text, *missing)
        self._check_values(kind, told)
        self._check_unique(name, kind, told)
        if name == "Lead" and not saves and (matches := self._duplicates(told)):
            raise RefusedError("DUPLICATES_DETECTED", "Use one of these records?", duplicateResult=matches)
        record = objects.put(self._state, name, told, self._now)
        if name == "Case" and assigns:
            record["OwnerId"] = objects.queue_of(self._state, objects.RULES_GIVE_TO)
        return {"id": record["Id"], "success": True, "errors": []}

    def update(self, name: str, wanted: str, told: Fields, *, assigns: bool) -> None:
        """Change a record; the rules that `assigns` asks for are also for cases that are there."""
        kind = self._kind(name)
        record = self._found(name, wanted)
        if missing := [one for one in kind.required if one in told and told[one] in (None, "")]:
            text = f"Required fields are missing: [{', '.join(missing)}]"
            raise RefusedError("REQUIRED_FIELD_MISSING", text, *missing)
        self._check_values(kind, told)
        record.update({field: None if value == "" else value for field, value in told.items()})
        record["LastModifiedDate"] = objects.stamp(self._now)
        if name == "Case" and assigns:
            record["OwnerId"] = objects.queue_of(self._state, objects.RULES_GIVE_TO)

    def record(self, name: str, wanted: str) -> Fields:
        """Return a whole record."""
        self._kind(name)
        return {"attributes": _attributes(name, wanted), **self._found(name, wanted)}

    def _kind(self, name: str) -> Kind:
        if name not in KINDS:
            raise RefusedError("NOT_FOUND", "The requested resource does not exist", status=404)
        return KINDS[name]

    def _found(self, name: str, wanted: str) -> Fields:
        record = objects.by_id(self._state, name, wanted)
        if record is None:
            raise RefusedError(
                "NOT_FOUND", "Provided external ID field does not exist or is not accessible", status=404
            )
        return record

    def _check(self, query: Query) -> None:
        for name in (*query.fields, *(name for name, _ in (*query.conditions, *query.order))):
            kind = KINDS[query.source]
            *parents, last = name.split(".")
            for parent in parents:
                kind = KINDS[kind.above.get(f"{parent}Id", (query.source,))[0]]
            if not kind.knows(last) or (parents and f"{parents[0]}Id" not in KINDS[query.source].above):
                text = f"No such column '{name}' on entity '{query.source}'."
                raise RefusedError("INVALID_FIELD", text)
        for name, value in query.conditions:
            kind = KINDS[query.source]
            if name in kind.texts and value is not None and not isinstance(value, str):
                text = f"value of filter criterion for field '{name}' must be of type string and should be in quotes"
                raise RefusedError("INVALID_FIELD", text)
            if name in kind.others and isinstance(value, str):
                text = f"value of filter criterion for field '{name}' should not be enclosed in quotes"
                raise RefusedError("INVALID_FIELD", text)

    def _read(self, record: Fields, name: str) -> Any:
        parent, dot, rest = name.partition(".")
        if not dot:
            return record.get(name)
        wanted = record.get(f"{parent}Id")
        above = next((one for kind in KINDS if (one := objects.by_id(self._state, kind, wanted))), None)
        return None if above is None else self._read(above, rest)

    def _shown(self, query: Query, record: Fields) -> Fields:
        shown: Fields = {"attributes": _attributes(query.source, record["Id"])}
        for name in query.fields:
            parent, dot, rest = name.partition(".")
            if not dot:
                shown[name] = record.get(name)
            elif record.get(f"{parent}Id") is None:
                shown[parent] = None
            else:
                shown.setdefault(parent, {"attributes": {"type": parent}})[rest] = self._read(record, name)
        return shown

    def _check_values(self, kind: Kind, told: Fields) -> None:
        for name, value in told.items():
            if not kind.knows(name):
                raise RefusedError("INVALID_FIELD", f"No such column '{name}' on sobject")
            if name in (*READ_ONLY, *kind.read_only):
                raise RefusedError("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields", name)
            if name in kind.texts and isinstance(value, str) and kind.size_of(name, value) > kind.texts[name]:
                raise RefusedError("STRING_TOO_LONG", f"data value too large (max length={kind.texts[name]})", name)
            if name in ("Email", "SuppliedEmail") and value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
                raise RefusedError("INVALID_EMAIL_ADDRESS", "invalid email address", name)
            if name in kind.picks and value not in kind.picks[name]:
                text = "bad value for restricted picklist field"
                raise RefusedError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, name)
            if name in kind.parents and value is not None:
                parents = kind.parents[name]
                if not any(objects.by_id(self._state, parent, value) for parent in parents):
                    raise RefusedError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", name)

    def _check_unique(self, name: str, kind: Kind, told: Fields) -> None:
        for field in kind.unique:
            wanted = str(told.get(field) or "").lower()
            for one in self._state[name] if wanted else ():
                if str(one[field] or "").lower() == wanted:
                    text = f"duplicate value found: {field} duplicates value on record with id: {one['Id'][:15]}"
                    raise RefusedError("DUPLICATE_VALUE", text)

    def _duplicates(self, told: Fields) -> Fields | None:
        """Return what the standard rules of leads find: the e-mail, or name and company alike, and contacts too."""
        email = str(told.get("Email") or "").lower()
        likeness = [str(told.get(one) or "").lower() for one in ("FirstName", "LastName", "Company")]
        found = []
        for name in ("Lead", "Contact"):
            for one in self._state[name]:
                alike = likeness == [str(one.get(its) or "").lower() for its in ("FirstName", "LastName", "Company")]
                if not one.get("IsConverted") and (alike or (email and email == str(one["Email"] or "").lower())):
                    record = {"attributes": {"type": name}, "Id": one["Id"]}
                    found.append({"entityType": name, "matchRecords": [{"matchConfidence": 98.0, "record": record}]})
        if not found:
            return None
        return {"allowSave": True, "duplicateRule": "Standard_Lead_Duplicate_Rule", "matchResults": found}


def _attributes(name: str, wanted: str) -> Fields:
    return {"type": name, "url": f"/services/data/{VERSION}/sobjects/{name}/{wanted}"}
