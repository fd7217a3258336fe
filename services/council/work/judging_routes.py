"""The routes of *Ghi ý kiến thẩm định*."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, Response

from services.council.acts import CouncilActs
from services.council.desk.addresses import CRITERIA
from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.choosing import movement_id_of
from services.council.desk.criteria import JUDGING, CriteriaAsked, award_asked
from services.council.desk.criteria_routes import criteria_asked
from services.council.desk.room import Room, no_plan
from services.council.desk.watching import results_stream
from services.council.standings import MovementResults
from services.council.state import StoredEntries
from services.council.work.judging import ROW, JudgingView, ManyJudged, judgements_of, judging_view
from services.council.work.posting import PACKAGE, post
from shared.contracts.council import Judgement
from shared.contracts.plan import Plan
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.forms import Form
from shared.runtime.http.pages.frame import Place
from shared.runtime.http.pages.submitted import FRESH, FormState, Submitted
from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import service_router

_FORM = Form[ManyJudged](ManyJudged, "Ý kiến thẩm định")
_ABOVE: Final = (Place("Xét tiêu chuẩn", CRITERIA),)


_NONE: Final[StoredEntries[Judgement]] = StoredEntries("", 0, {})
Judged = Callable[[Plan], Awaitable[StoredEntries[Judgement]]]
"""Reads the judgements of a plan's movement."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which units and which criterion the address names; ``ticked`` is whether they are ticked beforehand."""

    movement: str
    of: CriteriaAsked
    criterion: str
    ticked: bool


async def _asked(
    movement: Annotated[str, Query(alias="phong-trao")] = "",
    of: CriteriaAsked = Depends(criteria_asked),
    criterion: Annotated[str, Query(alias="tieu-chuan")] = "",
    ticked: Annotated[str, Query(alias="chon")] = "",
) -> _Asked:
    return _Asked(movement, of, criterion, ticked != "khong")


def judging_routes(room: Room, acts: CouncilActs, reading: ReaderOf) -> APIRouter:
    """The form for many units, and what it does."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    async def load(query: _Asked, judged: Judged) -> tuple[MovementResults, JudgingView, str]:
        """The results, the page as it stands, and the address of its stream."""
        if (chosen := room.chosen(room.ranked_plans(), query.movement)) is None:
            raise no_plan()
        plan = chosen[0]
        award, standing = award_asked(plan, query.of), await judged(plan)
        results = await room.results(*chosen, [award])

        def made() -> tuple[JudgingView, str]:
            view = judging_view(results, award, query.of, query.criterion, standing.by_key, query.ticked)
            return view, results_stream(results, award, standing.revision)

        return results, *room.views.view(("judging", award.id, query), [results, standing], made)

    async def as_shown(plan: Plan) -> StoredEntries[Judgement]:
        """The judgements for a page that is opened: one object until they change."""
        documents = await room.store.desk.documents(plan.province, [movement_id_of(plan)], ("judgements",))
        return documents.judgements.get(movement_id_of(plan)) or _NONE

    async def as_stored(plan: Plan) -> StoredEntries[Judgement]:
        """The judgements for a form that was sent, also what another process has just written."""
        return await room.store.stored_judgements(plan.province, movement_id_of(plan))

    async def page(reader: Reader, query: _Asked, judged: Judged, form: FormState = FRESH) -> HTMLResponse:
        results, view, stream = await load(query, judged)
        title, at = "Ghi ý kiến thẩm định", results.changed_at
        return reader.answer(
            "judging.html", view, title, CRITERIA, at, _ABOVE, form=form, package=PACKAGE, stream=stream
        )

    @router.get(JUDGING)
    async def show_form(reader: Reader = Depends(reading), query: _Asked = Depends(_asked)) -> HTMLResponse:
        return await page(reader, query, as_shown)

    @router.post(JUDGING)
    async def judge(
        reader: Reader = Depends(reading),
        query: _Asked = Depends(_asked),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        results, view, _ = await load(query, as_stored)
        body = submitted.body({"seen"}, {"rows": "chosen"})

        async def record() -> None:
            form = _FORM.parse(body.value)
            given, problems = judgements_of(form)
            if problems:
                raise Refusal(422, "incomplete", str(problems[0]["detail"]), problems=problems)
            plan = results.plan
            await acts.judge_seen(plan.province, movement_id_of(plan), given, form.seen, reader.person.name, ROW)

        return await post(
            reader, submitted, record, lambda form: page(reader, query, as_stored, form), f"{view.address}#da-ghi", body
        )

    return router
