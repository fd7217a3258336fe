"""What intake can be told from its environment, beyond what every service can."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from services.intake.web.strict_json import BODY_LIMIT_BYTES
from shared.runtime.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """``operator_key_sha256`` is the digest of the key that may publish plans and units and issue agency keys;
    ``desk_key_sha256`` that of the standing office, which returns reports and grants more time.

    An agency may ask ``rate_burst`` times at once, and ``rate_per_minute`` in the long run, of this process; what
    comes over its inbox topic waits there instead. With ``most_unsent`` documents whose events are not published
    yet, HTTP takes nothing new, so that a broker that is away fills no disk; with ``most_waiting`` records in an
    agency's own inbox, nothing new of that agency's.

    An API key is good for ``key_days`` days from when it is issued.

    ``oidc_issuer`` is where people sign in; empty, nobody comes in with a token. Its tokens must be for
    ``oidc_audience`` and name the agency's code in the claim ``oidc_agency_claim``; who holds ``oidc_operator_role``
    in ``oidc_role_claim`` is an operator, who holds ``oidc_office_role`` is the standing office (empty: none is). A
    claim may be a path ("realm_access.roles").
    """

    province: str = "thai-binh"
    operator_key_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    desk_key_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    body_limit_bytes: int = Field(default=BODY_LIMIT_BYTES, ge=1)
    rate_per_minute: float = Field(default=600, gt=0)
    rate_burst: int = Field(default=200, ge=1)
    most_unsent: int = Field(default=10_000, ge=1)
    most_waiting: int = Field(default=10_000, ge=1)
    key_days: int = Field(default=365, ge=1, le=3650)
    oidc_issuer: str = Field(default="", pattern=r"^(https://\S+|http://(127\.0\.0\.1|localhost)(:\d+)?(/\S*)?)?$")
    oidc_audience: str = ""
    oidc_algorithms: tuple[Literal["RS256", "ES256"], ...] = ("RS256", "ES256")
    oidc_leeway_seconds: int = Field(default=30, ge=0, le=300)
    oidc_agency_claim: str = Field(default="agency", min_length=1)
    oidc_role_claim: str = ""
    oidc_operator_role: str = ""
    oidc_office_role: str = ""

    @model_validator(mode="after")
    def _tokens_are_for_us(self) -> Self:
        if self.oidc_issuer and not self.oidc_audience:
            raise ValueError("oidc_issuer needs oidc_audience: else tokens meant for others would let people in")
        return self
