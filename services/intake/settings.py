"""Settings of intake, beyond those that every service has."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from shared.contracts.model import Code
from shared.runtime.http.strict_json import BODY_LIMIT_BYTES
from shared.runtime.settings import KeyedSettings


class IntakeSettings(KeyedSettings):
    """``province`` is the province whose reports intake accepts. ``office`` is the council's standing office: records
    name by its code who acts for it.

    ``operator_key_sha256`` is the digest of the key that may publish plans and units and issue agency keys;
    ``desk_key_sha256`` is that of the standing office, which returns reports and grants extensions.

    Each agency may send this process ``rate_burst`` requests at once and ``rate_per_minute`` in the long run; records
    on its inbox topic are not limited and wait there. While ``most_unsent`` documents have unpublished events, HTTP
    accepts nothing new, so that a broker outage does not fill the disk. While ``most_waiting`` records wait in an
    agency's inbox, HTTP accepts nothing new from that agency.

    An API key is valid for ``key_days`` days from its issue.

    ``oidc_issuer`` is the OpenID issuer whose tokens are accepted; if empty, no token is. Tokens must be for
    ``oidc_audience`` and name the agency's code in the claim ``oidc_agency_claim``. A subject with
    ``oidc_operator_role`` in ``oidc_role_claim`` is an operator, one with ``oidc_office_role`` is the standing office
    (if the role is empty, no subject is). A claim may be a path ("realm_access.roles").

    People sign in at the same issuer as the client ``oidc_client_id`` (the audience, if empty), with its secret if it
    has one. ``sign_in_secret`` is the Ed25519 private key (64 hex digits) that signs their cookies; only intake has it.
    With ``sign_in_links`` the operator may issue one-time links instead, each valid for ``link_minutes``.
    """

    province: Code = Field(description="the code of the province, as its plans have it")
    office: Code = Field(description="the code of the council's standing office in the register of units")
    body_limit_bytes: int = Field(default=BODY_LIMIT_BYTES, ge=1)
    rate_per_minute: float = Field(default=600, gt=0)
    rate_burst: int = Field(default=200, ge=1)
    most_unsent: int = Field(default=10_000, ge=1)
    most_waiting: int = Field(default=10_000, ge=1)
    key_days: int = Field(default=365, ge=1, le=3650)
    oidc_issuer: str = Field(default="", pattern=r"^(https://\S+|http://(127\.0\.0\.1|localhost)(:\d+)?(/\S*)?)?$")
    oidc_audience: str = ""
    oidc_algorithms: tuple[Literal["RS256", "ES256"], ...] = ("RS256", "ES256")
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_scope: str = "openid"
    oidc_leeway_seconds: int = Field(default=30, ge=0, le=300)
    oidc_agency_claim: str = Field(default="agency", min_length=1)
    oidc_role_claim: str = ""
    oidc_operator_role: str = ""
    oidc_office_role: str = ""

    sign_in_secret: SecretStr = SecretStr("")
    sign_in_links: bool = False
    link_minutes: int = Field(default=720, ge=1, le=7 * 24 * 60)

    @field_validator("sign_in_secret")
    @classmethod
    def _require_hex(cls, secret: SecretStr) -> SecretStr:
        if not re.fullmatch(r"([0-9a-f]{64})?", secret.get_secret_value()):
            raise ValueError("the secret is 64 hex digits")
        return secret

    @model_validator(mode="after")
    def _require_an_audience(self) -> Self:
        if self.oidc_issuer and not self.oidc_audience:
            raise ValueError("oidc_issuer needs oidc_audience: otherwise tokens issued for other systems are accepted")
        return self
