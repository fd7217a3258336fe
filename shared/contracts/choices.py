"""The choices the sources leave open, as switches a plan can set: every decision A1-A44 that a rule reads."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, ValidationError

from shared.contracts.model import Basis, Code, StrictModel, Text

Value = bool | int | str | tuple[str, ...]


class Parameter(StrictModel):
    """A choice the sources leave open: the decision, the value taken, what it is where a plan says nothing, and why.

    Where the decision is a switch (``Choices``), ``value`` must be one it takes. Otherwise it is carried by rows
    of the plan itself, which ``at`` names ("obligations OB07"), and ``value`` says in words what they say.
    """

    id: Annotated[str, Field(pattern=r"^A\d{1,2}$")]
    value: Value
    default: Value
    reason: Text
    basis: Basis = "assumed"
    at: tuple[Text, ...] = ()


class Choices(StrictModel):
    """How a plan settles what its source leaves open. Each switch says which decision it is and what it may be."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)

    due_day: Literal["exclusive", "inclusive"] = Field("exclusive", alias="A1")
    """Whether "trước ngày D" ends at 00:00 of D or at the end of D."""

    as_of_day: Literal["inclusive", "exclusive"] = Field("inclusive", alias="A2")
    """Whether figures "tính đến ngày D" include D."""

    undated_as_of: Literal["inherit", "none"] = Field("inherit", alias="A3")
    """Whether an obligation without an as-of, marked ``as_of_inferred``, takes the movement's."""

    certificate_ranks: Literal["all", "any"] = Field("all", alias="A4")
    """Whether a certificate's ranks must all lie within the cut-off or any one of them."""

    graded_by: Literal["rank", "declared"] = Field("rank", alias="A5")
    """Whether "xếp loại" is our rank by score or the class its owner declares."""

    ties: Literal["competition", "dense"] = Field("competition", alias="A6")
    """1, 2, 2, 4 or 1, 2, 2, 3."""

    nearest_shown: Annotated[int, Field(ge=0, le=20)] = Field(3, alias="A7")
    """How many nearest misses are shown where nobody qualifies."""

    certificate_scope: Literal["parent", "tinh"] = Field("parent", alias="A8")
    """Whether awards of scope ``parent`` rank a unit inside its own district or in the whole province."""

    flag_and_certificate: Literal["exclude", "both"] = Field("exclude", alias="A9")
    """Whether a unit gets a flag or a certificate, or may get both."""

    unranked: tuple[Code, ...] = Field((), alias="A10")
    """Units that are on a tier's list and not ranked in it."""

    no_feed: Literal["missing", "fail"] = Field("missing", alias="A12")
    """What a criterion is that no agency is obliged to report."""

    declared_rank: Literal["warn", "ignore"] = Field("warn", alias="A14")
    """Whether a rank its owner declares that differs from ours is pointed out."""

    nothing_due: Literal["missing", "pass"] = Field("missing", alias="A17")
    """What "100 % of tasks" is where no task was due."""

    open_inspection: Literal["hold", "fail", "ignore"] = Field("hold", alias="A18")
    """What an open inspection or complaint with signs of violation does."""

    citizens: Literal["nominator", "free"] = Field("nominator", alias="A19")
    """Whether a citizen counts in the quota of who nominates him."""

    business_people: Literal["free", "counted"] = Field("free", alias="A21")
    """Whether a business person nominated as such counts in the nominator's quota of individuals."""

    past_windows: Literal["historical", "open"] = Field("historical", alias="A24")
    """Whether duties that ended before the plan was issued are history, or owed and overdue."""

    lateness: Literal["first_complete", "latest"] = Field("first_complete", alias="A37")
    """Which version of a report tells whether it came in time."""

    incomplete_board: Literal["missing", "counts"] = Field("missing", alias="A39")
    """Whether a rank on a board that is not complete proves nothing, or counts as it stands."""

    not_listed: Literal["fail", "missing"] = Field("fail", alias="A40")
    """What a unit is that is not on the list once the list is in."""

    judgement: Literal["missing_only", "any"] = Field("missing_only", alias="A41")
    """Whether the council's word fills what is MISSING only, or overrides a feed as well."""

    commune_proposer: Literal["parent", "itself", "either"] = Field("parent", alias="A42")
    """Who proposes a commune for an award."""

    unlisted_tiers: Literal["accept", "refuse"] = Field("accept", alias="A43")
    """Whether an obligation whose list of subjects is not closed takes figures about other tiers."""


SWITCHES: dict[str, str] = {str(field.alias): name for name, field in Choices.model_fields.items()}
"""The name of the switch each decision sets, by the decision's id."""


def default_of(decision: str) -> Value:
    """What a switch is where a plan says nothing. Raises ``KeyError`` for a decision that is no switch."""
    value: Value = Choices.model_fields[SWITCHES[decision]].default
    return value


def may_be(decision: str) -> str:
    """What a switch may be, in words."""
    kind: Any = Choices.model_fields[SWITCHES[decision]].annotation
    return " | ".join(map(str, get_args(kind))) if isinstance(default_of(decision), str) else str(default_of(decision))


def wrong_value(parameter: Parameter) -> str | None:
    """Why a parameter cannot be; None where it can."""
    if parameter.id not in SWITCHES:
        return None if parameter.at else f"{parameter.id} is no switch, so it must name the rows that carry it (at)"
    if parameter.default != default_of(parameter.id):
        return f"the default of {parameter.id} is {default_of(parameter.id)!r}, not {parameter.default!r}"
    try:
        Choices.model_validate({parameter.id: parameter.value})
    except ValidationError:
        return f"{parameter.id} cannot be {parameter.value!r}; it may be {may_be(parameter.id)}"
    return None
