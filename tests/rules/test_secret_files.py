"""Settings as files, and the files that the set-up of a deployment reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.setup.__main__ import main
from deploy.setup.secrets import SecretMissing, Secrets
from services.scoring.settings import ScoringSettings
from shared.runtime.secret_files import secrets_of
from shared.runtime.serving import read_settings


def test_a_folder_holds_settings_and_other_files(tmp_path: Path) -> None:
    (tmp_path / "thidua_kafka_password").write_text("a b\n")
    (tmp_path / "tls.key").write_text("x")
    assert secrets_of({"THIDUA_SECRETS": str(tmp_path)}) == {"THIDUA_KAFKA_PASSWORD": "a b"}
    assert secrets_of({}) == secrets_of({"THIDUA_SECRETS": ""}) == {}


def test_a_service_reads_them_and_names_a_folder_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file counts more than the environment, which an operator may have from an earlier release."""
    for variable in ("THIDUA_MONGO", "THIDUA_KAFKA_PASSWORD"):
        monkeypatch.setenv(variable, "old")
    monkeypatch.setenv("THIDUA_SECRETS", str(tmp_path))
    (tmp_path / "thidua_mongo").write_text("mongodb://x/\n")
    settings = read_settings("scoring", ScoringSettings)
    assert (settings.mongo, settings.kafka_password.get_secret_value()) == ("mongodb://x/", "old")
    monkeypatch.setenv("THIDUA_SECRETS", str(tmp_path / "none"))
    with pytest.raises(SystemExit, match="THIDUA_SECRETS: No such file"):
        read_settings("scoring", ScoringSettings)


def test_the_set_up_names_what_is_missing_and_shows_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = Secrets(tmp_path)
    with pytest.raises(SecretMissing, match=r"kafka-admin cannot be read .*run deploy/secrets.sh"):
        secrets.text("kafka-admin")
    for text in ("", "mongodb://other:secret@mongo/", "mongodb://intake@mongo/"):
        (tmp_path / "mongo-intake").write_text(text)
        with pytest.raises(SecretMissing, match="mongo-intake is") as raised:
            secrets.database_password("intake")
        assert "secret@" not in str(raised.value)
    (tmp_path / "mongo-intake").write_text("mongodb://intake:a%40b@mongo/")
    assert secrets.database_password("intake") == "a@b"
    assert main({"THIDUA_KAFKA": "x"}) == 1
    assert capsys.readouterr().err == "setup: set THIDUA_MONGO, THIDUA_SECRETS\n"
    given = {"THIDUA_KAFKA": "127.0.0.1:1", "THIDUA_MONGO": "mongodb://127.0.0.1:1", "THIDUA_SECRETS": str(tmp_path)}
    assert main(given) == 1
    assert capsys.readouterr().err.startswith("setup: mongo-admin cannot be read")
