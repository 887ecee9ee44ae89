"""What the Cedar policies in `policies` say: may a principal do an action to a resource, and where may they do it."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import cedarpy
import msgspec

from shared.core.facts import Confidentiality
from shared.http.principal import EVERYTHING, Principal, Role
from shared.http.scope import WHOLE, Scope

FOLDER = Path(__file__).parent / "policies"
SCHEMA = "schema.cedarschema"
Action = Literal[
    "read",
    "readPersonal",
    "readSensitive",
    "export",
    "replay",
    "recordOrganization",
    "recordPersonnel",
    "recordPlanning",
    "recordRotation",
    "recordAppointment",
    "recordEvaluation",
    "recordRegulation",
    "override",
    "approve",
    "erase",
    "manageAccounts",
    "manageKeys",
]
"""As the schema names them."""
_CACHED = 4096


class Resource(msgspec.Struct, frozen=True):
    """What something is done to."""

    kind: Literal["Unit", "Person", "Installation"]
    id: str
    within: frozenset[str] = frozenset()
    """Of a unit, itself is not among them: the units above it. Of a person: those of their present tenures, entries and
    assignments, with the units above these. Of the tree of now."""
    managed_by: frozenset[str] = frozenset()
    """The bodies that manage a person."""
    secret: bool = False


INSTALLATION = Resource("Installation", "here")
"""The accounts, keys and logs of this installation."""


class Policy:
    """A set of policies with their schema, and its hash."""

    def __init__(self, policies: str, schema: str) -> None:
        self.text, self.schema_text = policies, schema
        self.hash = sha256(f"{schema}\n{policies}".encode()).hexdigest()
        """Hexadecimal; stored with what was decided under these policies."""
        self._schema = cedarpy.Schema.from_str(schema)
        self._policies = cedarpy.PolicySet.from_str(policies)
        self._entities = lru_cache(_CACHED)(self._make_entities)
        self._reaches = lru_cache(_CACHED)(self._find_reach)

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "Policy":
        """The policies of every `.cedar` file of a folder, by name, and its schema."""
        texts = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.cedar"))]
        return cls("\n".join(texts), (folder / SCHEMA).read_text(encoding="utf-8"))

    def validate(self) -> list[str]:
        """What is wrong with the policies by their schema."""
        return [str(error) for error in cedarpy.validate_policies(self.text, self.schema_text).errors]

    def decide(
        self, principal: Principal, action: Action, resource: Resource, day: date, proposer: str = ""
    ) -> bool:
        """Whether a principal may do an action to a resource on a day. `proposer`: the id of whoever proposed it."""
        base = self._entities(principal, day)
        entities = base.with_added_json_str(_to_json([_resource_entity(resource)]))
        request = {
            "principal": _uid("Principal", principal.id),
            "action": _uid("Action", action),
            "resource": _uid(resource.kind, resource.id),
            "context": _to_json({"proposer": {"__entity": _uid("Principal", proposer)}} if proposer else {}),
        }
        return bool(cedarpy.is_authorized(request, self._policies, entities).allowed)

    def scope_of(self, principal: Principal, action: Action, day: date) -> Scope:
        """Where a principal may do an action on a day: the scopes of those roles whose policies permit it; everywhere
        where one of them permits it in an emergency."""
        clearance = principal.clearance
        valid = [grant for grant in principal.grants if grant.is_valid_on(day)]
        if principal.emergency and any(self._reaches(grant.role, action, clearance, True) for grant in valid):
            return WHOLE
        grants = [grant for grant in valid if self._reaches(grant.role, action, clearance, False)]
        return Scope(
            frozenset(unit for grant in grants for unit in grant.units),
            frozenset(body for grant in grants for body in grant.managed_by),
        )

    def scope_of_records(self, principal: Principal, day: date) -> Scope:
        """Of which part a principal may read the facts of accounts and of access: all where they keep the accounts, and
        what is about their scope where they may replay it."""
        if self.decide(principal, "manageAccounts", INSTALLATION, day):
            return WHOLE
        return self.scope_of(principal, "replay", day)

    def _find_reach(self, role: Role, action: Action, clearance: Confidentiality, is_emergency: bool) -> bool:
        """Whether a role may do an action in its scope: asked of the policies about somebody in a unit of their own.
        `is_emergency`: whether it may out of its scope, in an emergency: with a scope that is empty."""
        scope = [] if is_emergency else ["somewhere"]
        attributes = _clearance(clearance) | {
            "emergency": is_emergency,
            role.name.lower(): _reach(scope, []),
        }
        entities = self._parse([_entity("Principal", "somebody", attributes)])
        resource = _resource_entity(Resource("Person", "anybody", frozenset({"somewhere"})))
        request = {
            "principal": _uid("Principal", "somebody"),
            "action": _uid("Action", action),
            "resource": _uid("Person", "anybody"),
            "context": "{}",
        }
        known = entities.with_added_json_str(_to_json([resource]))
        return bool(cedarpy.is_authorized(request, self._policies, known).allowed)

    def _make_entities(self, principal: Principal, day: date) -> cedarpy.Entities:
        attributes = _clearance(principal.clearance) | {"emergency": principal.emergency is not None}
        for role in principal.roles_on(day):
            valid = [each for each in principal.grants if each.role is role and each.is_valid_on(day)]
            attributes[role.name.lower()] = _reach(
                (unit for each in valid for unit in each.units),
                (body for each in valid for body in each.managed_by),
            )
        return self._parse([_entity("Principal", principal.id, attributes)])

    def _parse(self, entities: list[dict[str, Any]]) -> cedarpy.Entities:
        return cedarpy.Entities.from_json_str(_to_json(entities), self._schema)


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _clearance(clearance: Confidentiality) -> dict[str, Any]:
    return {"cleared": clearance == "SECRET", "confidential": clearance in ("CONFIDENTIAL", "SECRET")}


def _uid(kind: str, id_: str) -> dict[str, str]:
    return {"type": kind, "id": id_}


def _units(ids: Iterable[str]) -> list[dict[str, Any]]:
    return [{"__entity": _uid("Unit", id_)} for id_ in sorted(set(ids))]


def _reach(units: Iterable[str], bodies: Iterable[str]) -> dict[str, Any]:
    return {"units": _units(units), "bodies": _units(bodies)}


def _entity(kind: str, id_: str, attributes: dict[str, Any], parents: Iterable[str] = ()) -> dict[str, Any]:
    return {
        "uid": _uid(kind, id_),
        "attrs": attributes,
        "parents": [_uid("Unit", each) for each in sorted(parents)],
    }


def _resource_entity(resource: Resource) -> dict[str, Any]:
    if resource.kind == "Installation":
        return _entity("Installation", resource.id, {})
    attributes: dict[str, Any] = {"secret": resource.secret}
    if resource.kind == "Person":
        attributes["managed_by"] = _units(resource.managed_by)
    return _entity(resource.kind, resource.id, attributes, {*resource.within, EVERYTHING} - {resource.id})
