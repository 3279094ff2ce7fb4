"""marshmallow schemas for the documented API, derived from the wire shapes.

Their fields are for the OpenAPI document; their `load` is the contract's own judgment, so there is no second opinion.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import msgspec

from contract import wire

_CACHE: dict[tuple[Any, bool], type[ma.Schema]] = {}


class WireSchema(ma.Schema):
    """A schema of one wire shape. `from_text` is for query strings, where a number arrives as text."""

    class Meta:
        unknown = ma.RAISE

    wire_shape: type
    from_text = False

    def __deepcopy__(self, _memo: Any) -> WireSchema:
        """Itself: nothing changes a schema. flask-smorest copies an endpoint's documentation for each way of being refused, and
        again for each app; the fields in it were half of the time that a server took to start."""
        return self

    def load(self, data: Any, **_options: Any) -> Any:
        """The shape, or a ValidationError that carries the contract's code as `problem`."""
        try:
            if self.from_text:
                return read_text(dict(data), self.wire_shape)
            return wire.convert(data, self.wire_shape)
        except wire.Malformed as bad:
            refused = ma.ValidationError({bad.field or "_schema": [bad.code]})
            refused.problem = bad  # type: ignore[attr-defined]
            raise refused from bad


def read_text(data: dict[str, Any], shape: Any) -> Any:
    """The shape out of texts (a query string, a form). Raises wire.Malformed."""
    return wire.convert(data, shape, from_text=True)


def schema_of(shape: type, *, from_text: bool = False) -> type[ma.Schema]:
    """The marshmallow schema class of a wire shape. The same class for the same shape, so OpenAPI names it once."""
    known = _CACHE.get((shape, from_text))
    if known is None:
        members: dict[str, Any] = {
            field.encode_name: _field(field.type, required=field.required) for field in _members(shape)
        }
        name = shape.__name__ + ("Query" if from_text and not shape.__name__.endswith("Query") else "")
        known = type(f"{name}Schema", (WireSchema,), {**members, "wire_shape": shape, "from_text": from_text})
        _CACHE[shape, from_text] = known
    return known


def _members(shape: type) -> Any:
    info: Any = msgspec.inspect.type_info(shape)
    return info.fields


def _field(info: Any, *, required: bool) -> ma.fields.Field[Any]:
    options: dict[str, Any] = {"required": required}
    extra: dict[str, Any] = {}
    while isinstance(info, msgspec.inspect.Metadata):
        extra.update(info.extra_json_schema or {})
        info = info.type
    if isinstance(info, msgspec.inspect.UnionType):
        kinds = info.types
        plain = [t for t in info.types if not isinstance(t, msgspec.inspect.NoneType)]
        options["allow_none"] = len(plain) < len(info.types)
        while isinstance(plain[0], msgspec.inspect.Metadata):
            extra.update(plain[0].extra_json_schema or {})
            plain = [plain[0].type]
        info = plain[0]
        if len(plain) > 1:
            return ma.fields.Raw(metadata=_any_of(kinds), **options)
    if "description" in extra:
        options["metadata"] = {"description": extra["description"]}
    match info:
        case msgspec.inspect.StrType():
            checks: list[Any] = []
            if info.min_length is not None or info.max_length is not None:
                checks.append(ma.validate.Length(min=info.min_length, max=info.max_length))
            if info.pattern is not None:
                checks.append(ma.validate.Regexp(info.pattern))
            return ma.fields.String(validate=checks or None, **options)
        case msgspec.inspect.IntType():
            return ma.fields.Integer(strict=True, validate=_range(info), **options)
        case msgspec.inspect.FloatType():
            return ma.fields.Float(validate=_range(info), **options)
        case msgspec.inspect.BoolType():
            return ma.fields.Boolean(**options)
        case msgspec.inspect.LiteralType():
            choices = ma.validate.OneOf(list(info.values))
            if all(isinstance(one, int) for one in info.values):
                return ma.fields.Integer(strict=True, validate=choices, **options)
            return ma.fields.String(validate=choices, **options)
        case msgspec.inspect.EnumType():
            return ma.fields.Enum(info.cls, by_value=True, **options)
        case msgspec.inspect.ListType() | msgspec.inspect.VarTupleType():
            given = info.min_length is not None or info.max_length is not None
            bounds = ma.validate.Length(min=info.min_length, max=info.max_length) if given else None
            return ma.fields.List(_field(info.item_type, required=True), validate=bounds, **options)
        case msgspec.inspect.TupleType():
            kinds = info.item_types
            item = _field(kinds[0], required=True) if all(one == kinds[0] for one in kinds) else ma.fields.Raw()
            return ma.fields.List(item, validate=ma.validate.Length(min=len(kinds), max=len(kinds)), **options)
        case msgspec.inspect.DictType():
            keys, values = _field(info.key_type, required=True), _field(info.value_type, required=True)
            return ma.fields.Dict(keys=keys, values=values, **options)
        case msgspec.inspect.StructType():
            return ma.fields.Nested(schema_of(info.cls), **options)
        case _:
            return ma.fields.Raw(**options)


_NAMES: dict[type, str] = {
    msgspec.inspect.StrType: "string",
    msgspec.inspect.IntType: "integer",
    msgspec.inspect.BoolType: "boolean",
    msgspec.inspect.NoneType: "null",
}


def _any_of(kinds: tuple[Any, ...]) -> dict[str, Any]:
    """What is one of several plain kinds, in the document's words; of others it says nothing."""
    return {"anyOf": [{"type": _NAMES[type(one)]} for one in kinds]} if all(type(one) in _NAMES for one in kinds) else {}


def keys_described(converter: Any, field: ma.fields.Field[Any], **_ret: Any) -> dict[str, Any]:
    """For the document's maker: what the keys of an object must look like, of which it says nothing by itself."""
    if not isinstance(field, ma.fields.Dict) or field.key_field is None:
        return {}
    return {"propertyNames": {rule: of for rule, of in converter.field2property(field.key_field).items() if rule != "type"}}


def _range(info: Any) -> ma.validate.Range | None:
    low = info.ge if info.ge is not None else info.gt
    high = info.le if info.le is not None else info.lt
    if low is None and high is None:
        return None
    return ma.validate.Range(
        min=low,
        max=high,
        min_inclusive=info.ge is not None or low is None,
        max_inclusive=info.le is not None or high is None,
    )
