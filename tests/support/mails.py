"""Notices of every kind, and the mails they become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from email.message import EmailMessage
from functools import lru_cache
from typing import Any

from services.notify.mails.letterhead import Background, CitedPlan, Contact, Letterhead, plan_key
from services.notify.mails.messages import message
from services.notify.mails.templates import Templates
from shared.contracts.model import VIETNAM
from shared.contracts.notify import Notice, NoticeLine
from shared.contracts.plan import Plan
from shared.plans.load import load_plan
from shared.plans.working_days import viet_nam
from tests.support.movement import register, s0, s1
from tests.support.provinces import OFFICE, THAI_BINH

_AT_ONCE = ("returned", "asked", "granted", "refused")

LETTERHEAD = Letterhead(
    mail_domain="thai-binh.example",
    office=OFFICE,
    environment="production",
    public_url="https://thidua.thai-binh.example",
    contact=Contact("Trần Thị Mai", "Phó Trưởng phòng Nghiệp vụ", "0227 3 000 000"),
)


@lru_cache
def s3() -> Plan:
    """KH 52/KH-UBND as the project carries it."""
    return load_plan(THAI_BINH / "s3-52-kh-ubnd.yaml")


@lru_cache
def templates() -> Templates:
    """The templates of the release, read and tried once."""
    return Templates()


def background(*plans: Plan) -> Background:
    """What the province knows: the plans, or without any KH 46, KH 38 and KH 52."""
    all_plans = plans or (s0(), s1(), s3())
    documents = {plan.source.key: plan.source for plan in all_plans}
    return Background(
        plans={plan_key(plan.ref): CitedPlan(plan, documents) for plan in all_plans},
        register=register(),
        calendar=viet_nam(),
        sessions=s1().sessions,
    )


def mail(notice: Notice, *plans: Plan, letterhead: Letterhead = LETTERHEAD) -> EmailMessage:
    domain = letterhead.mail_domain
    return message(
        notice,
        background(*plans),
        letterhead,
        templates(),
        sender=f"{OFFICE}@{domain}",
        to=f"{notice.recipient}@{domain}",
    )


def text_of(message: EmailMessage) -> str:
    """The text part, with the newlines of text files."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def eight(day: date) -> datetime:
    """08:00 of a local day."""
    return datetime.combine(day, time(8), VIETNAM).astimezone(UTC)


def line(plan: Plan, duty: str, stage: str, **changes: Any) -> NoticeLine:
    """A line about an obligation (``OB16-2023`` of a yearly one) or a task of a plan, as the new ledger writes it."""
    task = next((task for task in plan.tasks if task.id == duty), None)
    if task is not None:
        fields = {"what": task.name, "last_day": task.day or task.window.last, "cite": task.cite}
    else:
        name, _, year = duty.partition("-20")
        obligation, period = plan.obligation[name], f"20{year}" if year else "2023"
        fields = {
            "what": obligation.what,
            "last_day": obligation.last_day(period),
            "cite": obligation.cite,
            "obligation": name,
            "period": period,
        }
    return NoticeLine.model_validate({"duty": duty, "stage": stage, "plan": plan.ref, **fields, **changes})


def notice(recipient: str, day: date, lines: Sequence[NoticeLine], plan: Plan | None = None, **changes: Any) -> Notice:
    """A notice of a local day at 08:00, as the new ledger writes it."""
    at = eight(day)
    plan_ref = plan.ref if plan is not None else lines[0].plan
    given: Mapping[str, Any] = {
        "id": f"n-{recipient}-{day:%y%j}",
        "plan": plan_ref,
        "recipient": recipient,
        "due_at": at,
        "sent_at": at,
        "lines": tuple(lines),
        "day": None if lines[0].stage in _AT_ONCE else day,
        **changes,
    }
    return Notice.model_validate(given)


def _late(duty: str, day: date, **changes: Any) -> NoticeLine:
    reminded = (date(2023, 11, 14), date(2023, 11, 23), date(2023, 11, 29), date(2023, 12, 1), date(2023, 12, 4))
    urged = tuple(d for d in (date(2023, 12, 5), date(2023, 12, 7), date(2023, 12, 11), date(2023, 12, 13)) if d < day)
    return line(s0(), duty, f"L+{2 * len(urged) + 1}", nth=len(urged) + 1, reminded_on=(*reminded, *urged), **changes)


def every_kind() -> dict[str, Notice]:
    """A notice of every kind of letter, by the name of its file in ``tests/rules/data/mails``."""
    return {
        "nhac-lan-dau": notice("so-tttt", date(2023, 11, 14), [line(s0(), "OB07", "L-14")]),
        "nhac-lan-2-hai-noi-dung": notice(
            "so-noi-vu",
            date(2023, 11, 23),
            [
                line(s0(), "OB05", "L-7", nth=2, reminded_on=[date(2023, 11, 14)]),
                line(s0(), "OB06", "L-7", nth=2, reminded_on=[date(2023, 11, 14)]),
            ],
        ),
        "nhac-ngay-cuoi-da-gia-han": notice(
            "so-khdt",
            date(2023, 12, 8),
            [
                line(
                    s0(),
                    "OB09",
                    "L-0",
                    nth=6,
                    last_day=date(2023, 12, 8),
                    extended_from=date(2023, 12, 4),
                    reminded_on=[date(2023, 11, 14), date(2023, 12, 7)],
                )
            ],
        ),
        "don-doc-va-nhac-hai-ke-hoach": notice(
            "so-tttt",
            date(2023, 12, 5),
            [_late("OB07", date(2023, 12, 5)), line(s3(), "OB16-2023", "L-3", nth=3)],
        ),
        "nhac-thoi-han-ngay-nghi": notice("344", date(2023, 12, 8), [line(s3(), "OB16-2023", "L-0", nth=5)]),
        "don-doc-lan-2": notice("so-tttt", date(2023, 12, 7), [_late("OB07", date(2023, 12, 7))]),
        "don-doc-hai-noi-dung": notice(
            "so-noi-vu", date(2023, 12, 7), [_late("OB05", date(2023, 12, 7)), _late("OB06", date(2023, 12, 7))]
        ),
        "bao-cao-thu-truong": notice("so-khdt", date(2023, 12, 7), [_late("OB09", date(2023, 12, 7))], role="head"),
        "bao-cao-chu-tich-huyen": notice(
            "344",
            date(2023, 12, 13),
            [line(s3(), "OB16-2023", "L+3", nth=2, reminded_on=[date(2023, 12, 8), date(2023, 12, 11)])],
            role="head",
        ),
        "bao-cao-lanh-dao": notice(
            OFFICE,
            date(2023, 12, 12),
            [_late("OB09", date(2023, 12, 12), agency="so-khdt"), _late("OB07", date(2023, 12, 12), agency="so-tttt")],
            role="leader",
        ),
        "bao-cao-giam-doc-so": notice(
            "so-noi-vu", date(2023, 12, 12), [_late("OB09", date(2023, 12, 12), agency="so-khdt")], role="head"
        ),
        "tong-hop-chu-tich-hoi-dong": notice(
            OFFICE, date(2023, 12, 19), [_late("OB09", date(2023, 12, 19), agency="so-khdt")], role="chair"
        ),
        "tong-hop-hang-tuan": notice(
            OFFICE,
            date(2023, 12, 11),
            [
                line(s0(), "OB09", "weekly", agency="so-khdt"),
                line(s0(), "OB07", "weekly", agency="so-tttt"),
                line(s3(), "OB16-2023", "weekly", agency="344"),
            ],
        ),
        "nhac-viec-noi-bo": notice(
            OFFICE,
            date(2023, 6, 27),
            [line(s1(), "T12", "L-3", nth=3), line(s1(), "T16", "L-3", nth=3)],
        ),
        "nhac-viec-noi-bo-va-chua-gui": notice(
            OFFICE,
            date(2023, 6, 19),
            [
                line(s1(), "T12", "L-7", nth=2),
                *(
                    line(s3(), "OB15", "weekly", agency=agency)
                    for agency in ("so-xay-dung", "so-cong-thuong", "so-y-te")
                ),
            ],
        ),
        "de-nghi-bo-sung": notice(
            "vp-tinh-uy",
            date(2023, 12, 5),
            [
                line(
                    s0(),
                    "OB03",
                    "returned",
                    paper="88/BC-VPTU",
                    paper_date=date(2023, 12, 4),
                    received_at=datetime(2023, 12, 4, 16, 20, tzinfo=VIETNAM),
                    note="Dòng 14, Sở Y tế: số cuộc được mời 12; tổng số cuộc dự, cử người dự thay và vắng là 11.\n"
                    "Chưa có số liệu của 02 đơn vị: Sở Tư pháp, Thanh tra tỉnh.",
                )
            ],
        ),
        "de-nghi-lui-thoi-han": notice(
            OFFICE,
            date(2023, 12, 1),
            [
                line(
                    s0(),
                    "OB06",
                    "asked",
                    last_day=date(2023, 12, 9),
                    extended_from=date(2023, 12, 4),
                    agency="so-noi-vu",
                    note="chờ số liệu của 03 huyện",
                )
            ],
        ),
        "dong-y-lui-thoi-han": notice(
            "so-noi-vu",
            date(2023, 12, 1),
            [
                line(
                    s0(),
                    "OB06",
                    "granted",
                    last_day=date(2023, 12, 8),
                    extended_from=date(2023, 12, 4),
                    note="Đồng ý đến hết thứ Sáu",
                )
            ],
        ),
        "khong-lui-thoi-han": notice(
            "so-noi-vu",
            date(2023, 12, 1),
            [line(s0(), "OB06", "refused", note="Phiên họp tổng kết không lùi được")],
        ),
    }
