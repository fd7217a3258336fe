"""What comes in from outside is taken exactly if its JSON Schema takes it, in every field of every input model.

A model may still find a contradiction between two fields, which no schema says. Texts are tidied first, as at every
entrance.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from services.intake.reports.receipt_routes import Reason
from shared.contracts.conferral import AwardingDecision, RevokingDecision
from shared.contracts.council import DecisionGiven, JudgementGiven, JudgementOfMany
from shared.contracts.extensions import ExtensionAnswer, ExtensionRequest
from shared.contracts.intake import Report
from shared.contracts.model import Verdict
from shared.contracts.nominations import NominationGiven
from shared.contracts.opinions import OpinionAnswered, OpinionAsked
from shared.runtime.http.strict_input import validate_strictly
from shared.runtime.http.strict_json import tidied
from tests.support.movement import register, s0, s1
from tests.support.reports import every_kind
from tests.support.spoiling import DELETED, places, spoilt

pytestmark = pytest.mark.thorough

_NOMINATION = {"movement": "m-1", "award": "B6", "kind": "can_bo", "note": "x"}
_PERSON = {"name": "Trần Thị Minh Họa", "born": "1980-05-02", "position": "Chuyên viên"}
_DECISION = {"award": "C1", "subject": "336", "status": "granted", "reason": "x", "by": "x", "session": "P4"}

_REQUEST = {"number": "12/CV", "date": "2024-01-15"}
_PAPER = {**_REQUEST, "signer": "Chủ tịch", "awards": [{"award": "C1", "subject": "336"}]}

INPUTS: dict[str, tuple[Any, list[Any]]] = {
    "report": (Report, every_kind()),
    "nomination": (
        NominationGiven,
        [
            {**_NOMINATION, "person": _PERSON},
            {**_NOMINATION, "kind": "tap_the", "unit": "so-noi-vu"},
            {**_NOMINATION, "kind": "tap_the", "name": "Phòng Một"},
        ],
    ),
    "extension": (
        ExtensionRequest,
        [{"movement": "m-1", "obligation": "OB06", "period": "2023", "until": "2023-12-05", "reason": "x"}],
    ),
    "answer": (ExtensionAnswer, [{"granted": True, "until": "2023-12-05", "reason": "x"}]),
    "reason": (Reason, [{"reason": "x"}]),
    "judgements": (
        Annotated[list[JudgementGiven], Field(min_length=1, max_length=2000)],
        [[{"unit": "336", "criterion": "c-1", "verdict": Verdict.PASS.value, "reason": "x", "by": "x"}]],
    ),
    "judgement of many": (
        JudgementOfMany,
        [{"units": ["336"], "criterion": "c-1", "verdict": Verdict.PASS.value, "reason": "x"}],
    ),
    "awarding decision": (AwardingDecision, [{**_PAPER, "recorded_afterwards": True, "correction": "x"}]),
    "revoking decision": (RevokingDecision, [{**_PAPER, "reason": "x"}]),
    "opinion asked": (
        OpinionAsked,
        [{"agencies": ["a"], **_REQUEST, "answer_by": "2024-01-20", "award": "C1", "subjects": ["336"], "about": "x"}],
    ),
    "opinion answered": (OpinionAnswered, [{**_REQUEST, "answer": "x"}]),
    "decisions": (Annotated[list[DecisionGiven], Field(min_length=1, max_length=2000)], [[_DECISION]]),
}

FORMS = tuple(INPUTS)


def _models_in(value: Any) -> Iterator[BaseModel]:
    """A model and all models in it."""
    if isinstance(value, BaseModel):
        yield value
        for name in type(value).model_fields:
            yield from _models_in(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _models_in(item)


# A plan is large, so each of its models is read alone, with as many different fields as the examples have.
for _part in (part for whole in (s0(), s1(), register()) for part in _models_in(whole)):
    _type, _filled = type(_part), _part.model_dump(mode="json", by_alias=True, exclude_unset=True)
    _, _known = INPUTS.setdefault(_type.__name__, (_type, []))
    if len(_known) < 3 and all(_filled.keys() - _one.keys() for _one in _known):
        _known.append(_filled)

SPOILT: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.0, 1.5, -0.0, 0.1234567, 10**7, 10**30, 3600),
    *("", " ", "x", "X", "so", "no", "yes", "true", "True", "a" * 3000, "\u2028", "so-noi-vu\n", "A1", "B6"),
    *("8_5", "８８", "1_0", "1E+2", "1e2", "+5", ".5", "5.", "05", "-0", "-0.0", "-5", "91,25", "91.25", "1.0000000"),
    *("NaN", "Infinity", "1000000", "0", "1701302400", "-86400", "2023-11-30", "2023-11-30T00:00:00"),
    *("2023-11-30T00:00:00Z", "2023-02-30", "2023-11-3", "20231130", "２０２３-11-30", "2023", "２０２３", "2023-Q4"),
    *("08:00", "08:00:00", "3600", [], ["so"], ["so", "so"], {}, {"a": 1}, [{}], [None], DELETED),
)
FEW: tuple[Any, ...] = (None, True, 1, "", "x", [], {}, DELETED)
"""For models that are large, and whose parts are tested with all values."""


@lru_cache
def reader_and_schema(name: str) -> tuple[TypeAdapter[Any], Any]:
    adapter: TypeAdapter[Any] = TypeAdapter(INPUTS[name][0])
    return adapter, jsonschema_rs.validator_for(adapter.json_schema(), validate_formats=True)


def disagreement(name: str, body: Any) -> str | None:
    """Where reader and schema differ about a body, which is tidy."""
    adapter, schema = reader_and_schema(name)
    by_schema = schema.is_valid(body)
    try:
        validate_strictly(adapter, json.dumps(body, ensure_ascii=False))
        refusals = []
    except ValidationError as invalid:
        refusals = invalid.errors(include_url=False)
    # A list of which every row is contradictory is empty to pydantic, and so too short.
    consequences = ("too_short",) if any(error["type"] == "value_error" for error in refusals) else ()
    by_fields = [error for error in refusals if error["type"] not in ("value_error", "assertion_error", *consequences)]
    if by_schema and by_fields:
        return f"the schema takes what the reader refuses: {by_fields[0]['loc']} {by_fields[0]['msg']}"
    if not by_schema and not refusals:
        return f"the reader takes what the schema refuses: {next(iter(schema.iter_errors(body))).message}"
    return None


@pytest.mark.parametrize("name", INPUTS)
def test_the_bases_are_valid(name: str) -> None:
    """A refusal is therefore caused by the spoilt field. They are tidy, so only a spoilt value still has to be."""
    adapter, schema = reader_and_schema(name)
    for base in INPUTS[name][1]:
        assert tidied(base) == base
        assert schema.is_valid(base), [error.message for error in schema.iter_errors(base)]
        validate_strictly(adapter, json.dumps(base))


@pytest.mark.parametrize("name", INPUTS)
def test_a_spoilt_field_is_refused_exactly_if_the_schema_refuses_it(name: str) -> None:
    """Every field of every input model, with every value of another type, form or size."""
    wrong = []
    for base in INPUTS[name][1]:
        for place in places(base):
            for value in FEW if name in ("Plan", "UnitRegister") else SPOILT:
                if not place and value is DELETED:
                    continue
                if difference := disagreement(name, spoilt(base, place, value if value is DELETED else tidied(value))):
                    wrong.append(f"{place} = {value!r}: {difference}")
    assert not wrong, "\n".join([f"{len(wrong)} differences", *wrong[:40]])


_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"]), max_size=20)
_VALUES = st.one_of(
    st.integers(-(10**7), 10**7),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: float(f"{number:.6g}")),
    _TEXTS,
    st.from_regex(r"[-+]?[0-9]{0,7}[.,]?[0-9]{0,7}(e[0-9])?", fullmatch=True),
    st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]*)?", fullmatch=True),
    st.lists(_TEXTS, max_size=2),
)


@pytest.mark.parametrize("name", FORMS)
@given(data=st.data())
def test_a_random_value_in_a_random_field_is_refused_exactly_if_the_schema_refuses_it(
    name: str, data: st.DataObject
) -> None:
    """Whatever the value."""
    base = data.draw(st.sampled_from(INPUTS[name][1]))
    place = data.draw(st.sampled_from([*places(base)]))
    assert disagreement(name, spoilt(base, place, tidied(data.draw(_VALUES)))) is None


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"score": "8_5"}, "score"),
        ({"score": "８８"}, "score"),
        ({"score": "1E+2"}, "score"),
        ({"as_of": 0}, "as_of"),
        ({"as_of": "0"}, "as_of"),
        ({"as_of": "2023-11-30T10:00:00"}, "as_of"),
        ({"declared_rank": True}, "declared_rank"),
        ({"declared_rank": "1_0"}, "declared_rank"),
        ({"complete_tiers": "so"}, "complete_tiers"),
        ({"complete_tiers": {"so": 1}}, "complete_tiers"),
    ],
)
def test_what_agencies_sent_by_mistake_is_refused(body: dict[str, Any], wrong: str) -> None:
    """Each of these was taken for something its sender did not mean."""
    base = every_kind()[0]
    row = {name: body[name] for name in ("score", "declared_rank") if name in body}
    report = {**base, **{name: value for name, value in body.items() if name not in row}}
    report["rows"] = [{**base["rows"][0], **row}]
    adapter, _ = reader_and_schema("report")
    with pytest.raises(ValidationError) as caught:
        validate_strictly(adapter, json.dumps(report))
    assert wrong in caught.value.errors()[0]["loc"]


@pytest.mark.parametrize(
    ("score", "kept"), [(-0.0, "0.0"), ("-0", "0"), (100.0, "100.0"), ("87.50", "87.50"), (90, "90")]
)
def test_a_score_has_one_canonical_form(score: Any, kept: str) -> None:
    """No exponent and no sign of zero, on topics, boards and pages; the decimals stay as they were sent."""
    base = every_kind()[0]
    report = {**base, "rows": [{"unit": "336", "score": score}]}
    read = validate_strictly(reader_and_schema("report")[0], json.dumps(report))
    assert read.model_dump(mode="json")["rows"][0]["score"] == kept


def test_a_stored_score_with_an_exponent_is_still_read_and_written_without_it() -> None:
    """Releases up to 0.2.0 kept "1E+2" as it was sent."""
    base = every_kind()[0]
    stored = {**base, "rows": [{"unit": "336", "score": "1E+2"}]}
    read = reader_and_schema("report")[0].validate_json(json.dumps(stored))
    assert read.model_dump(mode="json")["rows"][0]["score"] == "100"
