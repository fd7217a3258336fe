"""Render a page: a service's template within the shared layout."""

from __future__ import annotations

from functools import cache
from typing import Final

from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined

from shared.runtime.http.pages.frame import Frame, Page, security_headers
from shared.runtime.http.pages.signs import state
from shared.runtime.http.pages.static_files import address_of
from shared.runtime.http.pages.submitted import FRESH, FormState
from shared.wording.formats import cham, con_lai, gio_ngay, ngay, so

_FILTERS: Final = {
    "ngay": ngay,
    "gio_ngay": gio_ngay,
    "so": so,
    "cham": cham,
    "con_lai": con_lai,
}
"""The formats of ``shared.wording``, so that a template writes dates and numbers as all texts do."""


@cache
def environment(package: str) -> Environment:
    """The templates of a package; the layout and the macros are at ``frame/layout.html`` and ``frame/macros.html``.

    A name that a template does not have raises ``jinja2.UndefinedError``.
    """
    shared = PrefixLoader({"frame": PackageLoader("shared.runtime.http.pages", "templates")})
    created = Environment(
        loader=ChoiceLoader([shared, PackageLoader(package, ".")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    created.filters.update(_FILTERS)
    created.globals |= {"state": state, "static": address_of}
    return created


def render(package: str, template: str, view: object, frame: Frame, page: Page, form: FormState = FRESH) -> str:
    """A page as HTML. ``package`` is the package that holds the template, which finds its rows in ``view``.

    ``form`` is the form that the page shows again, if one was refused.
    """
    chosen = environment(package).get_template(template)
    return chosen.render(view=view, frame=frame, page=page, form=form)


def html_answer(html: str, frame: Frame, status: int = 200) -> HTMLResponse:
    """An answer that carries a page, with the headers that every page has."""
    return HTMLResponse(html, status_code=status, headers=dict(security_headers(frame)))
