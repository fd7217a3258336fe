"""The choices the sources leave open, as switches that a plan sets: every decision A1-A44 that a rule reads."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, ValidationError

from shared.contracts.model import Basis, Code, StrictModel, Text

Value = bool | int | str | tuple[str, ...]


class Parameter(StrictModel):
    """A choice the sources leave open: the decision, the chosen value, the default of a silent plan, and the reason.

    If the decision is a switch (``Choices``), ``value`` must be one of the switch's values. Otherwise rows of the
    plan carry the decision: ``at`` names those rows ("obligations OB07") and ``value`` describes them in words.
    """

    id: Annotated[str, Field(pattern=r"^A[0-9]{1,9}$")]
    value: Value
    default: Value
    reason: Text
    basis: Basis = "assumed"
    at: tuple[Text, ...] = ()


class Choices(StrictModel):
    """The switches by which a plan decides what its source leaves open. The alias of each is the decision's id."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)

    due_day: Literal["exclusive", "inclusive"] = Field("exclusive", alias="A1")
    """Whether "trước ngày D" ends at 00:00 of D or at the end of D."""

    as_of_day: Literal["inclusive", "exclusive"] = Field("inclusive", alias="A2")
    """Whether figures "tính đến ngày D" include D."""

    undated_as_of: Literal["inherit", "none"] = Field("inherit", alias="A3")
    """Whether an obligation without an as-of day, marked ``as_of_inferred``, takes the movement's."""

    certificate_ranks: Literal["all", "any"] = Field("all", alias="A4")
    """Whether a certificate's ranks must all lie within the cut-off or any one of them."""

    graded_by: Literal["rank", "declared"] = Field("rank", alias="A5")
    """Whether "xếp loại" is our rank by score or the class that the field's owner declares."""

    ties: Literal["competition", "dense"] = Field("competition", alias="A6")
    """Whether ranks after a tie are 1, 2, 2, 4 (competition) or 1, 2, 2, 3 (dense)."""

    nearest_shown: Annotated[int, Field(ge=0, le=20)] = Field(3, alias="A7")
    """How many nearest misses are shown if no unit qualifies."""

    certificate_scope: Literal["parent", "tinh"] = Field("parent", alias="A8")
    """Whether awards of scope ``parent`` rank a unit inside its own district or in the whole province."""

    flag_and_certificate: Literal["exclude", "both"] = Field("exclude", alias="A9")
    """Whether a unit may get only one of flag and certificate, or both."""

    unranked: tuple[Code, ...] = Field((), alias="A10")
    """Units that belong to a tier but are not ranked in it."""

    no_feed: Literal["missing", "fail"] = Field("missing", alias="A12")
    """The verdict on a criterion that no agency is obliged to report on."""

    declared_rank: Literal["warn", "ignore"] = Field("warn", alias="A14")
    """Whether to point out a declared rank that differs from the computed one."""

    nothing_due: Literal["missing", "pass"] = Field("missing", alias="A17")
    """The verdict on "100 % of tasks" if no task was due."""

    open_inspection: Literal["hold", "fail", "ignore"] = Field("hold", alias="A18")
    """The effect of an open inspection or complaint with signs of a violation."""

    citizens: Literal["nominator", "free"] = Field("nominator", alias="A19")
    """Whether a citizen counts toward the quota of the nominating agency."""

    business_people: Literal["free", "counted"] = Field("free", alias="A21")
    """Whether a business person nominated as such counts toward the nominator's quota of individuals."""

    past_windows: Literal["historical", "open"] = Field("historical", alias="A24")
    """Whether duties that ended before the plan was issued are historical, or open and overdue."""

    lateness: Literal["first_complete", "latest"] = Field("first_complete", alias="A37")
    """Which version of a report decides whether it came in time."""

    incomplete_board: Literal["missing", "counts"] = Field("missing", alias="A39")
    """Whether a rank on an incomplete board proves nothing, or counts."""

    not_listed: Literal["fail", "missing"] = Field("fail", alias="A40")
    """The verdict on a unit that is not on the list once the list has been reported."""

    judgement: Literal["missing_only", "any"] = Field("missing_only", alias="A41")
    """Whether the council's judgement only replaces MISSING, or overrides reported figures too."""

    commune_proposer: Literal["parent", "itself", "either"] = Field("parent", alias="A42")
    """Which agency proposes a commune for an award."""

    unlisted_tiers: Literal["accept", "refuse"] = Field("accept", alias="A43")
    """Whether an obligation whose list of subjects is not closed accepts figures about other tiers."""


SWITCHES: dict[str, str] = {str(field.alias): name for name, field in Choices.model_fields.items()}
"""The name of the switch that each decision sets, by the decision's id."""


def default_of(decision: str) -> Value:
    """The value of a switch that a plan does not set. Raises ``KeyError`` for a decision that is not a switch."""
    value: Value = Choices.model_fields[SWITCHES[decision]].default
    return value


def allowed_values(decision: str) -> str:
    """The values a switch may have, joined by `` | ``. Raises ``KeyError`` for a decision that is not a switch."""
    kind: Any = Choices.model_fields[SWITCHES[decision]].annotation
    return " | ".join(map(str, get_args(kind))) if isinstance(default_of(decision), str) else str(default_of(decision))


def parameter_error(parameter: Parameter) -> str | None:
    """Why a parameter is invalid, in English; None if it is valid."""
    if parameter.id not in SWITCHES:
        return None if parameter.at else f"{parameter.id} is no switch, so it must name the rows that carry it (at)"
    if parameter.default != default_of(parameter.id):
        return f"the default of {parameter.id} is {default_of(parameter.id)!r}, not {parameter.default!r}"
    try:
        Choices.model_validate({parameter.id: parameter.value})
    except ValidationError:
        return f"{parameter.id} cannot be {parameter.value!r}; it may be {allowed_values(parameter.id)}"
    return None
