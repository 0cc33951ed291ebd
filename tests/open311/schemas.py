"""What answers must look like: JSON schemas and an XML schema, written from the words of the standard.

The standard has JSON schemas for five of its answers and no XML schema; these say the same and more: nothing that is
not the standard's may stand in an answer unless it was asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import xmlschema

XSD = xmlschema.XMLSchema11(Path(__file__).with_name("georeport.xsd"))
_TEXT = {"type": ["string", "null"]}
_ID = {"type": "string", "minLength": 1}
_WHEN = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$"}
_MAY_BE_WHEN = {"anyOf": [_WHEN, {"type": "null"}]}
_NUMBER = {"type": ["number", "null"]}


def _row(required: tuple[str, ...], /, **fields: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": fields, "additionalProperties": False}


def _list(row: dict[str, Any], *, least: int = 0, most: int = 1000) -> dict[str, Any]:
    return {"type": "array", "items": row, "minItems": least, "maxItems": most}


_REQUEST_FIELDS: dict[str, Any] = {
    "service_request_id": _ID,
    "status": {"enum": ["open", "closed"]},
    "service_code": _ID,
    "requested_datetime": _WHEN,
    "description": {"type": ["string", "null"], "maxLength": 4000},
    "updated_datetime": _MAY_BE_WHEN,
    "expected_datetime": _MAY_BE_WHEN,
    "lat": _NUMBER,
    "long": _NUMBER,
    **dict.fromkeys(
        ("status_notes", "service_name", "agency_responsible", "service_notice", "address", "address_id", "zipcode",
         "media_url"),
        _TEXT,
    ),
}  # fmt: skip
_REQUEST = _row(("service_request_id", "status", "service_code", "requested_datetime"), **_REQUEST_FIELDS)
_EXTENDED = _row(("service_request_id",), **_REQUEST_FIELDS, extended_attributes={"type": "object"})
SCHEMAS: dict[str, dict[str, Any]] = {
    "services": _list(
        _row(
            ("service_code", "service_name", "metadata", "type"),
            service_code=_ID, service_name=_ID, description=_TEXT, metadata={"type": "boolean"},
            type={"enum": ["realtime", "batch", "blackbox"]}, keywords=_TEXT, group=_TEXT,
        )
    ),
    "service_definition": _row(
        ("service_code", "attributes"),
        service_code=_ID,
        attributes=_list(
            _row(
                ("variable", "code", "datatype", "required", "order"),
                variable={"type": "boolean"}, code=_ID, required={"type": "boolean"}, description=_TEXT,
                datatype={"enum": ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]},
                datatype_description=_TEXT, order={"type": "integer", "minimum": 1},
                values=_list(_row(("key", "name"), key=_ID, name=_ID), least=1),
            )
        ),
    ),
    "service_requests": _list(_REQUEST),
    "service_requests+": _list(_EXTENDED),
    "reported": _list(
        _row(("service_request_id",), service_request_id=_ID, service_notice=_TEXT, account_id=_TEXT), least=1, most=1
    ),
    "service_request_updates": _list(
        _row(
            ("update_id", "service_request_id", "status", "updated_datetime"),
            update_id=_ID, service_request_id=_ID, status={"enum": ["open", "closed"]}, description=_TEXT,
            updated_datetime=_WHEN, media_url=_TEXT, external_status_code=_TEXT,
        )
    ),
    "added": _list(_row(("update_id",), update_id=_ID), least=1, most=1),
    "discovery": _row(
        ("changeset", "contact", "key_service", "endpoints"),
        changeset=_WHEN, contact=_ID, key_service=_ID,
        endpoints=_list(
            _row(
                ("specification", "url", "changeset", "type", "formats"),
                specification=_ID, url=_ID, changeset=_WHEN, type={"enum": ["production", "test"]},
                formats=_list({"enum": ["text/xml", "application/json"]}, least=1),
            ),
            least=1,
        ),
    ),
    "errors": _list(
        _row(("code", "description"), code={"type": ["integer", "string"]}, description=_ID), least=1
    ),
}  # fmt: skip


def check_json(name: str, told: Any) -> None:
    """Raises where an answer in JSON is not as its schema says."""
    jsonschema_rs.validator_for(SCHEMAS[name]).validate(told)


def check_xml(body: bytes) -> None:
    """Raises where an answer in XML is not as the schema says."""
    XSD.validate(body.decode())
