"""The papers of the played year's last session: every kind from what the services stored, as PDF and Word."""

from __future__ import annotations

import io
import re

import docx
import httpx
import pytest
from pypdf import PdfReader

from services.council.documents.kinds import KINDS
from tests.support.played_year import Played

SESSION = "/v1/sessions/thai-binh/38-kh-hdtdkt-2023/P4"


@pytest.mark.apart
async def test_every_kind_of_paper_is_made_from_the_year_and_names_who_was_proposed(played: Played) -> None:
    stack = played.stack
    headers = {"Authorization": f"Bearer {stack.desk_key}"}
    async with httpx.AsyncClient(base_url=f"{stack.urls['council']}{SESSION}", headers=headers, timeout=120) as http:
        kinds = (await http.get("papers")).json()
        assert {kind["file"] for kind in kinds} >= set(KINDS) - {"urging"}
        texts: dict[str, str] = {}
        for kind in kinds:
            pdf = await http.get(f"papers/{kind['papers'][0]['file']}.pdf")
            word = await http.get(f"papers/{kind['papers'][0]['file']}.docx")
            assert (pdf.status_code, word.status_code) == (200, 200), kind["file"]
            pages = PdfReader(io.BytesIO(pdf.content)).pages
            texts[kind["file"]] = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))
            assert docx.Document(io.BytesIO(word.content)).tables
        bundle = await http.get("papers/bundle.pdf")
        assert len(PdfReader(io.BytesIO(bundle.content)).outline) >= len(kinds) - 2
        assert bundle.content == (await http.get("papers/bundle.pdf")).content
    assert "Cờ thi đua của Ủy ban nhân dân tỉnh: 03 tập thể" in texts["submission"]
    assert "cho 03 tập thể đã có thành tích xuất sắc" in texts["decision"]
    assert "Tổng số: 03 tập thể" in texts["decision"]
    assert "có mặt: 07/09" in texts["minutes"]
    assert "Phạm Văn Tài, Công chức (do Ủy ban nhân dân huyện" in texts["opinion_form"]
    for service in ("council", "intake"):
        assert "Phạm Văn Tài" not in (stack.folder / "logs" / f"{service}.log").read_text(encoding="utf-8")
    for unwanted in ("None", "chưa lấy được họ tên", "\ue000"):
        assert unwanted not in " ".join(texts.values())
