"""What happens in the demo's year: who does what, when, by which way. Pure; everything follows from the seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from deploy.demo.scores import NOTE, Figures
from deploy.demo.steps import (
    Correct,
    Decide,
    Freeze,
    GrantTime,
    Judge,
    Nominate,
    Publish,
    RequestExtension,
    Send,
    Step,
    SubmitReport,
    Withdraw,
    WithdrawReport,
    Year,
)
from shared.contracts.model import VIETNAM, Tier
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.authority import reporters
from shared.plans.deadlines import stages
from shared.plans.duties import duties

MOVEMENT = "trach-nhiem-ky-cuong-2023"
LONG_MOVEMENT = "ha-tang-dong-bo-tiet-kiem-2023-2030"
CASCADE = "trach-nhiem-ky-cuong-2023-snnptnt"
CASCADE_PLAN = "kh-snnptnt-2023"
SESSION = ("38-kh-hdtdkt-2023", "P4")
START = datetime(2023, 4, 5, 9, 0, tzinfo=VIETNAM)
END = datetime(2024, 1, 15, 9, 0, tzinfo=VIETNAM)


def _at(day: int, month: int, hour: int, minute: int = 0, second: int = 0, year: int = 2023) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=VIETNAM)


@dataclass
class _Writer:
    """Writes the year's steps from the plans and the units."""

    plans: Mapping[str, Plan]
    register: UnitRegister
    figures: Figures
    held: str = field(init=False, default="")

    def reports(self) -> Iterator[Step]:
        """Early, late, refused, returned, withdrawn, repeated and corrected reports, and one that was given more time;
        one case opened and closed, one left open.
        """
        write, register = self.figures, self.register
        everyone = (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN)
        attendance = write.body("OB01")
        commune = register.of_tier(Tier.XA, date(2023, 11, 30))[0].code
        wrong = {**attendance, "rows": [*attendance["rows"], {"unit": commune, "invited": 5, "present": 5}]}
        reform = write.body("OB06")
        corrected = {**reform, "rows": [_raised(row) for row in reform["rows"][-3:]], "note": f"đính chính, {NOTE}"}
        party = write.body("OB03")
        interim = write.body("OB07", tiers=(Tier.SO, Tier.HUYEN), as_of=date(2023, 8, 31))
        population = write.body("OB08", tiers=everyone)
        tasks = write.body("OB02")
        council = write.body("OB04")
        discipline = write.body("OB05")
        digital = write.body("OB07", tiers=everyone)
        listed = write.body("OB09", tiers=(Tier.SO, Tier.HUYEN))
        district = write.star(Tier.HUYEN)
        self.held = _one_to_hold(register, write.star(Tier.SO), (reform, population, digital), tasks, discipline)
        yield Send(_at(11, 9, 10), "so-tttt", "35/BC-STTTT", "kafka", interim)
        yield Send(_at(1, 12, 9), "cong-an-tinh", "512/BC-CAT", "kafka", population)
        yield Send(_at(1, 12, 14), "vp-ubnd-tinh", "210/BC-VPUBND", "http", wrong)
        yield Send(_at(1, 12, 15), "vp-ubnd-tinh", "211/BC-VPUBND", "http", attendance)
        yield Send(_at(1, 12, 15, 30), "vp-ubnd-tinh", "212/BC-VPUBND", "http", tasks)
        yield Send(_at(2, 12, 10), "vp-tinh-uy", "88/BC-VPTU", "kafka", party)
        yield Send(_at(2, 12, 10, 5), "vp-tinh-uy", "88/BC-VPTU", "kafka", party)
        signed = "Báo cáo chưa có chữ ký của lãnh đạo Văn phòng"
        yield WithdrawReport(_at(4, 12, 8, 30), "vp-tinh-uy", "88/BC-VPTU", "standing_office", signed)
        yield Send(_at(4, 12, 14), "vp-tinh-uy", "89/BC-VPTU", "http", party)
        late = "Kỳ họp cuối năm kết thúc ngày 05/12"
        yield RequestExtension(_at(30, 11, 9), "vp-doan-dbqh-hdnd", "OB04", date(2023, 12, 8), late)
        yield GrantTime(_at(1, 12, 8), "vp-doan-dbqh-hdnd")
        yield Send(_at(6, 12, 15), "vp-doan-dbqh-hdnd", "64/BC-VPHDND", "http", council)
        yield Send(_at(4, 12, 10), "so-noi-vu", "301/BC-SNV", "kafka", discipline)
        yield Send(_at(4, 12, 11), "so-noi-vu", "302/BC-SNV", "kafka", reform)
        yield Send(_at(2, 12, 8), "so-tttt", "70/BC-STTTT", "http", {**digital, "rows": digital["rows"][::-1][:40]})
        yield WithdrawReport(_at(2, 12, 9), "so-tttt", "70/BC-STTTT", "agency", "Gửi nhầm bản chưa thẩm định")
        yield Send(_at(4, 12, 23, 59, 59), "so-tttt", "71/BC-STTTT", "kafka", digital)
        opened = [self._case(district, "17/QĐ-TTr", opened=date(2023, 12, 1))]
        opened += [self._case(self.held, "21/QĐ-TTr", opened=date(2023, 12, 5))] if self.held else []
        yield Send(_at(6, 12, 9), "so-noi-vu", "309/BC-SNV", "kafka", self._cases(opened, date(2023, 12, 5)))
        yield Send(_at(7, 12, 16), "so-khdt", "150/BC-SKHDT", "http", listed)
        yield Send(_at(8, 12, 9), "so-noi-vu", "318/BC-SNV", "kafka", corrected)
        closed = [self._case(district, "17/QĐ-TTr", opened=date(2023, 12, 1), closed=date(2023, 12, 18))]
        yield Send(_at(19, 12, 9), "so-noi-vu", "333/BC-SNV", "kafka", self._cases(closed, date(2023, 12, 18)))

    def _case(self, unit: str, case: str, **days: date) -> dict[str, Any]:
        said = {name: day.isoformat() for name, day in days.items()}
        return {"unit": unit, "case": case, "signs_of_violation": True, **said}

    def _cases(self, rows: Sequence[dict[str, Any]], as_of: date) -> dict[str, Any]:
        about = {"movement": MOVEMENT, "obligation": "OB05", "period": "2023", "kind": "inspection"}
        return {**about, "as_of": as_of.isoformat(), "note": NOTE, "rows": list(rows)}

    def documents(self) -> Iterator[Step]:
        """Plans and reviews handed in: most in time, a few late, one district not at all."""
        s0, s3 = self.plans["46-kh-ubnd-2023"], self.plans["52-kh-ubnd-2023"]
        yield self._submit_report(
            s3, "OB15", _at(15, 6, 10), "KH", "Kế hoạch và tiêu chí thi đua lĩnh vực được giao", 0, 40
        )
        yield self._submit_report(
            s3, "OB15", _at(3, 7, 9), "KH", "Kế hoạch và tiêu chí thi đua lĩnh vực được giao", 40, None
        )
        yield self._submit_report(s3, "OB16", _at(30, 11, 10), "BC", "Tình hình thực hiện phong trào năm 2023", 0, 49)
        yield self._submit_report(s3, "OB16", _at(13, 12, 9), "BC", "Tình hình thực hiện phong trào năm 2023", 49, 51)
        yield self._submit_report(s0, "OB11", _at(8, 12, 15), "BC", "Tổng kết phong trào thi đua năm 2023", 0, None)

    def _submit_report(
        self, plan: Plan, obligation: str, at: datetime, symbol: str, title: str, first: int, end: int | None
    ) -> SubmitReport:
        owed = plan.obligation[obligation]
        assert plan.movement is not None
        sends: list[Send] = []
        for n, agency in enumerate(reporters(plan, owed, self.register, at.date())[first:end], start=first + 1):
            number = f"{10 + n}/{symbol}-{agency.replace('-', '').upper()}-{obligation}"
            document = {"number": number, "issued": (at - timedelta(days=2)).date().isoformat(), "title": title}
            body = {
                "movement": plan.movement.id,
                "obligation": obligation,
                "period": "2023",
                "kind": "document",
                "document": document,
            }
            sends.append(Send(at, agency, number, "http", body))
        return SubmitReport(at, tuple(sends))

    def nominations(self) -> Iterator[Step]:
        """The department's cascade into the province's award, a district's third person, and one person twice."""
        unit = {"award": "S4-TT", "kind": "tap_the", "unit": "nnptnt-thuy-loi"}
        yield Nominate(_at(11, 12, 9), "so-nnptnt", "40/TTr-SNN", {"movement": CASCADE, **unit})
        other = {
            "award": "B4",
            "kind": "tap_the",
            "name": "Phòng Tổ chức Cán bộ, Sở Nông nghiệp và Phát triển nông thôn",
        }
        yield Nominate(_at(11, 12, 10), "so-nnptnt", "41/TTr-SNN", {"movement": MOVEMENT, **other}, "quota_full")
        for n, name in enumerate(("Nguyễn Văn Minh", "Trần Thị Hòa", "Phạm Văn Tài"), start=1):
            given = _person(name, date(1980, n, 10 + n))
            yield Nominate(_at(12, 12, 8 + n), "338", f"{n}/TTr-UBND", given, "quota_full" if n == 3 else None)
        yield Withdraw(_at(12, 12, 14), "338", "2/TTr-UBND")
        yield Nominate(_at(12, 12, 15), "338", "4/TTr-UBND", _person("Phạm Văn Tài", date(1980, 3, 13)))
        yield Nominate(
            _at(12, 12, 16), "so-y-te", "9/TTr-SYT", _person("Nguyễn Văn Minh", date(1980, 1, 11)), "one_route"
        )
        proposal = {"movement": MOVEMENT, "award": "C1", "kind": "tap_the"}
        star = self.figures.star(Tier.SO)
        yield Nominate(_at(13, 12, 9), star, f"1/TTr-{star.replace('-', '').upper()}", {**proposal, "unit": star})


def _person(name: str, born: date) -> dict[str, Any]:
    person = {"name": name, "born": born.isoformat(), "position": "Công chức"}
    return {"movement": MOVEMENT, "award": "B6", "kind": "can_bo", "person": person}


def _one_to_hold(
    register: UnitRegister,
    star: str,
    scored: Iterable[dict[str, Any]],
    tasks: dict[str, Any],
    discipline: dict[str, Any],
) -> str:
    """A department that nothing but an open case keeps from a certificate; empty where the seed gives none."""
    everyone = {unit.code for unit in register.of_tier(Tier.SO, date(2023, 11, 30))}
    able = everyone - {star}
    for body in scored:
        scores = {row["unit"]: Decimal(row["score"]) for row in body["rows"] if row["unit"] in everyone}
        able &= {unit for unit in able if sum(score > scores[unit] for score in scores.values()) < 5}
    able &= {row["unit"] for row in tasks["rows"] if row["due"] == row["done_on_time"]}
    able &= {row["unit"] for row in discipline["rows"] if not row["violations"]}
    return min(able, default="")


def make_year(seed: int, plans: Iterable[Plan], register: UnitRegister) -> Year:
    """The year of 2023, with all five documents in force."""
    by_id = {plan.id: plan for plan in plans}
    write = _Writer(by_id, register, Figures(seed, by_id["46-kh-ubnd-2023"], register))
    steps = [
        Publish(_at(23, 6, 8), CASCADE_PLAN),
        *write.reports(),
        *write.documents(),
        *write.nominations(),
        Judge(_at(20, 12, 9)),
        Freeze(_at(5, 1, 9, year=2024)),
        Correct(_at(8, 1, 9, year=2024), "cong-an-tinh", "2/BC-CAT"),
        Decide(_at(12, 1, 9, year=2024)),
    ]
    steps.sort(key=lambda step: step.at)
    granted = {step.until for step in steps if isinstance(step, RequestExtension)}
    instants = {START, END, *(step.at for step in steps), *_reminders(by_id.values(), register, granted)}
    return Year(tuple(steps), tuple(sorted(at for at in instants if START <= at <= END)))


def _raised(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "score": str(min(Decimal(row["score"]) + Decimal("1.25"), Decimal(96)))}


def _reminders(plans: Iterable[Plan], register: UnitRegister, granted: set[date]) -> Iterator[datetime]:
    """Every instant at which some reminder could be due; ``granted`` are last days somebody was given instead."""
    for plan in plans:
        last_days = {duty.last_day for duty in duties(plan, register, START.date()) if not duty.historical} | granted
        for last_day in last_days:
            if plan.reminders is not None and START.date() <= last_day <= END.date():
                yield from (stage.at for stage in stages(last_day, plan.reminders))
