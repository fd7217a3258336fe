"""What happens in the demo's year: who does what, when, over which channel. Pure: the seed determines everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from deploy.demo.scores import NOTE, Figures
from deploy.demo.steps import (
    CorrectScore,
    FreezeAgenda,
    GrantExtension,
    HoldSession,
    PublishPlan,
    RecordAwards,
    RecordDecisions,
    RecordJudgements,
    ReportBody,
    ReportRow,
    RequestExtension,
    RevokeAward,
    Step,
    SubmitDocuments,
    SubmitNomination,
    SubmitReport,
    WithdrawNomination,
    WithdrawReport,
    Year,
)
from services.notify.ladder import ladder, offices, opens_week
from shared.contracts.json_values import JsonObject
from shared.contracts.model import VIETNAM, Tier
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.authority import reporters
from shared.plans.duties import duties
from shared.plans.working_days import viet_nam

MOVEMENT = "trach-nhiem-ky-cuong-2023"
CASCADE = "trach-nhiem-ky-cuong-2023-snnptnt"
CASCADE_PLAN = "kh-snnptnt-2023"
SESSION = ("38-kh-hdtdkt-2023", "P4")
START = datetime(2023, 4, 5, 9, 0, tzinfo=VIETNAM)
END = datetime(2024, 1, 15, 9, 0, tzinfo=VIETNAM)


def _at(day: int, month: int, hour: int, minute: int = 0, second: int = 0, year: int = 2023) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=VIETNAM)


@dataclass
class _YearBuilder:
    """Builds the year's steps from the plans and the units.

    ``unit_on_hold`` is set by ``reports``: a unit that only an open case keeps from a certificate; empty if none.
    """

    plans: Mapping[str, Plan]
    register: UnitRegister
    figures: Figures
    unit_on_hold: str = field(init=False, default="")

    def reports(self) -> Iterator[Step]:
        """Early, late, refused, returned, withdrawn, repeated and corrected reports, and one with an extension.

        One case is opened and closed, another stays open.
        """
        figures, register = self.figures, self.register
        all_tiers = (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN)
        attendance = figures.body("OB01")
        commune = register.of_tier(Tier.XA, date(2023, 11, 30))[0].code
        foreign: ReportRow = {"unit": commune, "invited": 5, "present": 5}
        wrong: ReportBody = {**attendance, "rows": [*attendance["rows"], foreign]}
        reform = figures.body("OB06")
        raised = [_raised(row) for row in reform["rows"][-3:]]
        corrected: ReportBody = {**reform, "rows": raised, "note": f"đính chính, {NOTE}"}
        party = figures.body("OB03")
        interim = figures.body("OB07", tiers=(Tier.SO, Tier.HUYEN), as_of=date(2023, 8, 31))
        population = figures.body("OB08", tiers=all_tiers)
        tasks = figures.body("OB02")
        council = figures.body("OB04")
        discipline = figures.body("OB05")
        digital = figures.body("OB07", tiers=all_tiers)
        listed = figures.body("OB09", tiers=(Tier.SO, Tier.HUYEN))
        district = figures.star(Tier.HUYEN)
        self.unit_on_hold = _unit_to_hold(
            register, figures.star(Tier.SO), (reform, population, digital), tasks, discipline
        )
        yield SubmitReport(_at(11, 9, 10), "so-tttt", "35/BC-STTTT", "kafka", interim)
        yield SubmitReport(_at(1, 12, 9), "cong-an-tinh", "512/BC-CAT", "kafka", population)
        yield SubmitReport(_at(1, 12, 14), "vp-ubnd-tinh", "210/BC-VPUBND", "http", wrong)
        yield SubmitReport(_at(1, 12, 15), "vp-ubnd-tinh", "211/BC-VPUBND", "http", attendance)
        yield SubmitReport(_at(1, 12, 15, 30), "vp-ubnd-tinh", "212/BC-VPUBND", "http", tasks)
        yield SubmitReport(_at(2, 12, 10), "vp-tinh-uy", "88/BC-VPTU", "kafka", party)
        yield SubmitReport(_at(2, 12, 10, 5), "vp-tinh-uy", "88/BC-VPTU", "kafka", party)
        signed = "Báo cáo chưa có chữ ký của lãnh đạo Văn phòng"
        yield WithdrawReport(_at(4, 12, 8, 30), "vp-tinh-uy", "88/BC-VPTU", "standing_office", signed)
        yield SubmitReport(_at(4, 12, 14), "vp-tinh-uy", "89/BC-VPTU", "http", party)
        late = "Kỳ họp cuối năm kết thúc ngày 05/12"
        yield RequestExtension(_at(30, 11, 9), "vp-doan-dbqh-hdnd", "OB04", date(2023, 12, 8), late)
        yield GrantExtension(_at(1, 12, 8), "vp-doan-dbqh-hdnd")
        yield SubmitReport(_at(6, 12, 15), "vp-doan-dbqh-hdnd", "64/BC-VPHDND", "http", council)
        yield SubmitReport(_at(4, 12, 10), "so-noi-vu", "301/BC-SNV", "kafka", discipline)
        yield SubmitReport(_at(4, 12, 11), "so-noi-vu", "302/BC-SNV", "kafka", reform)
        yield SubmitReport(
            _at(2, 12, 8), "so-tttt", "70/BC-STTTT", "http", {**digital, "rows": digital["rows"][::-1][:40]}
        )
        yield WithdrawReport(_at(2, 12, 9), "so-tttt", "70/BC-STTTT", "agency", "Gửi nhầm bản chưa thẩm định")
        yield SubmitReport(_at(4, 12, 23, 59, 59), "so-tttt", "71/BC-STTTT", "kafka", digital)
        opened = [self._case(district, "17/QĐ-TTr", opened=date(2023, 12, 1))]
        opened += [self._case(self.unit_on_hold, "21/QĐ-TTr", opened=date(2023, 12, 5))] if self.unit_on_hold else []
        yield SubmitReport(_at(6, 12, 9), "so-noi-vu", "309/BC-SNV", "kafka", self._cases(opened, date(2023, 12, 5)))
        yield SubmitReport(_at(7, 12, 16), "so-khdt", "150/BC-SKHDT", "http", listed)
        yield SubmitReport(_at(8, 12, 9), "so-noi-vu", "318/BC-SNV", "kafka", corrected)
        closed = [self._case(district, "17/QĐ-TTr", opened=date(2023, 12, 1), closed=date(2023, 12, 18))]
        yield SubmitReport(_at(19, 12, 9), "so-noi-vu", "333/BC-SNV", "kafka", self._cases(closed, date(2023, 12, 18)))

    def _case(self, unit: str, case: str, *, opened: date, closed: date | None = None) -> ReportRow:
        row: ReportRow = {"unit": unit, "case": case, "signs_of_violation": True, "opened": opened.isoformat()}
        if closed is not None:
            row["closed"] = closed.isoformat()
        return row

    def _cases(self, rows: Sequence[ReportRow], as_of: date) -> ReportBody:
        return {
            "movement": MOVEMENT,
            "obligation": "OB05",
            "period": "2023",
            "kind": "inspection",
            "as_of": as_of.isoformat(),
            "note": NOTE,
            "rows": list(rows),
        }

    def documents(self) -> Iterator[Step]:
        """Plans and reviews as documents: most in time, a few late, one district's missing."""
        s0, s3 = self.plans["46-kh-ubnd-2023"], self.plans["52-kh-ubnd-2023"]
        yield self._submit_documents(
            s3, "OB15", _at(15, 6, 10), "KH", "Kế hoạch và tiêu chí thi đua lĩnh vực được giao", 0, 40
        )
        yield self._submit_documents(
            s3, "OB15", _at(3, 7, 9), "KH", "Kế hoạch và tiêu chí thi đua lĩnh vực được giao", 40, None
        )
        yield self._submit_documents(
            s3, "OB16", _at(30, 11, 10), "BC", "Tình hình thực hiện phong trào năm 2023", 0, 49
        )
        yield self._submit_documents(
            s3, "OB16", _at(13, 12, 9), "BC", "Tình hình thực hiện phong trào năm 2023", 49, 51
        )
        yield self._submit_documents(s0, "OB11", _at(8, 12, 15), "BC", "Tổng kết phong trào thi đua năm 2023", 0, None)

    def _submit_documents(
        self, plan: Plan, obligation_id: str, at: datetime, symbol: str, title: str, first: int, end: int | None
    ) -> SubmitDocuments:
        obligation = plan.obligation[obligation_id]
        assert plan.movement is not None
        reports: list[SubmitReport] = []
        for n, agency in enumerate(reporters(plan, obligation, self.register, at.date())[first:end], start=first + 1):
            number = f"{10 + n}/{symbol}-{agency.replace('-', '').upper()}-{obligation_id}"
            document = {"number": number, "issued": (at - timedelta(days=2)).date().isoformat(), "title": title}
            body: ReportBody = {
                "movement": plan.movement.id,
                "obligation": obligation_id,
                "period": "2023",
                "kind": "document",
                "document": document,
            }
            reports.append(SubmitReport(at, agency, number, "http", body))
        return SubmitDocuments(at, tuple(reports))

    def nominations(self) -> Iterator[Step]:
        """A department's award that uses up its provincial quota, a district's third person, one person twice."""
        unit = {"award": "S4-TT", "kind": "tap_the", "unit": "nnptnt-thuy-loi"}
        yield SubmitNomination(_at(11, 12, 9), "so-nnptnt", "40/TTr-SNN", {"movement": CASCADE, **unit})
        other = {
            "award": "B4",
            "kind": "tap_the",
            "name": "Phòng Tổ chức Cán bộ, Sở Nông nghiệp và Phát triển nông thôn",
        }
        yield SubmitNomination(
            _at(11, 12, 10), "so-nnptnt", "41/TTr-SNN", {"movement": MOVEMENT, **other}, "quota_full"
        )
        for n, name in enumerate(("Nguyễn Văn Minh", "Trần Thị Hòa", "Phạm Văn Tài"), start=1):
            nomination = _person(name, date(1980, n, 10 + n))
            yield SubmitNomination(
                _at(12, 12, 8 + n), "338", f"{n}/TTr-UBND", nomination, "quota_full" if n == 3 else None
            )
        yield WithdrawNomination(_at(12, 12, 14), "338", "2/TTr-UBND")
        yield SubmitNomination(_at(12, 12, 15), "338", "4/TTr-UBND", _person("Phạm Văn Tài", date(1980, 3, 13)))
        yield SubmitNomination(
            _at(12, 12, 16), "so-y-te", "9/TTr-SYT", _person("Nguyễn Văn Minh", date(1980, 1, 11)), "one_route"
        )
        proposal = {"movement": MOVEMENT, "award": "C1", "kind": "tap_the"}
        star = self.figures.star(Tier.SO)
        yield SubmitNomination(
            _at(13, 12, 9), star, f"1/TTr-{star.replace('-', '').upper()}", {**proposal, "unit": star}
        )


def _person(name: str, born: date) -> JsonObject:
    person = {"name": name, "born": born.isoformat(), "position": "Công chức"}
    return {"movement": MOVEMENT, "award": "B6", "kind": "can_bo", "person": person}


def _unit_to_hold(
    register: UnitRegister,
    star: str,
    scored: Iterable[ReportBody],
    tasks: ReportBody,
    discipline: ReportBody,
) -> str:
    """A department that only an open case would keep from a certificate; empty if the seed gives none."""
    departments = {unit.code for unit in register.of_tier(Tier.SO, date(2023, 11, 30))}
    eligible = departments - {star}
    for body in scored:
        scores = {row["unit"]: Decimal(row["score"]) for row in body["rows"] if row["unit"] in departments}
        eligible &= {unit for unit in eligible if sum(score > scores[unit] for score in scores.values()) < 5}
    eligible &= {row["unit"] for row in tasks["rows"] if row["due"] == row["done_on_time"]}
    eligible &= {row["unit"] for row in discipline["rows"] if not row["violations"]}
    return min(eligible, default="")


def make_year(seed: int, plans: Iterable[Plan], register: UnitRegister) -> Year:
    """The year of 2023, with all five documents in force."""
    by_id = {plan.id: plan for plan in plans}
    builder = _YearBuilder(by_id, register, Figures(seed, by_id["46-kh-ubnd-2023"], register))
    steps = [
        PublishPlan(_at(23, 6, 8), CASCADE_PLAN),
        *builder.reports(),
        *builder.documents(),
        *builder.nominations(),
        RecordJudgements(_at(20, 12, 9)),
        FreezeAgenda(_at(5, 1, 9, year=2024)),
        CorrectScore(_at(8, 1, 9, year=2024), "cong-an-tinh", "2/BC-CAT"),
        RecordDecisions(_at(12, 1, 9, year=2024)),
        HoldSession(_at(20, 6, 9), "P2"),
        HoldSession(_at(20, 9, 9), "P3"),
        HoldSession(_at(12, 1, 9, year=2024), SESSION[1]),
        RecordAwards(_at(15, 1, 8, year=2024), "57/QĐ-UBND"),
        RevokeAward(_at(15, 1, 9, year=2024), "58/QĐ-UBND"),
    ]
    steps.sort(key=lambda step: step.at)
    extended = {step.last_day for step in steps if isinstance(step, RequestExtension)}
    instants = {START, END, *(step.at for step in steps), *_reminders(by_id.values(), register, extended)}
    return Year(tuple(steps), tuple(sorted(at for at in instants if START <= at <= END)))


def _raised(row: ReportRow) -> ReportRow:
    return {**row, "score": str(min(Decimal(row["score"]) + Decimal("1.25"), Decimal(96)))}


def _reminders(plans: Iterable[Plan], register: UnitRegister, extended: set[date]) -> Iterator[datetime]:
    """Every instant at which a reminder or a digest could be due; ``extended`` are the last days set by extensions."""
    for plan in plans:
        above = offices(plan, register, "")  # every plan with reminders names its office
        for duty in duties(plan, register, START.date()):
            for last_day in {duty.last_day} | (extended if duty.by_report else set()):
                if START.date() <= last_day <= END.date():
                    moved = replace(duty, last_day=last_day)
                    at = {rung.stage.at for rung in ladder(moved, plan, above, viet_nam())}
                    yield from at
                    yield from _digests(at) if duty.by_report else ()


def _digests(ladder_at: set[datetime]) -> Iterator[datetime]:
    """The instants of the digests between the first and the last reminder of a duty."""
    if ladder_at:
        first, last = min(ladder_at), max(ladder_at)
        for n in range((last - first).days + 1):
            if opens_week((first + timedelta(days=n)).date(), viet_nam()):
                yield first + timedelta(days=n)
