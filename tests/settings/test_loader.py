"""The deployment and the environment: what is wrong is named with its place; what is secret is not shown."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import SettingsError
from bridge.registry import ADAPTERS, adapter_class
from bridge.settings import load, loader
from tests.support.frontdesk import ROOT, make_settings

PORTS = ("PORT", "INTERNAL_PORT", "RASA_PORT", "ACTIONS_PORT", "ACTIONS_METRICS_PORT")
SECRETS = ("FRONTDESK_SECRET", "FRONTDESK_INTERNAL_SECRET", "FRONTDESK_USER_TOKEN_SECRET")
VARIABLES = ("DEPLOYMENT", "DATABASE_URL", "HOST", *PORTS, *SECRETS)
GOOD = {"name": "Shop", "contact": {"phone": "+1 202-555-0143", "email": "help@example.test"}}


@pytest.fixture(autouse=True)
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep this machine's own files and variables out of the tests."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(loader, "VAR", tmp_path / "var")
    return tmp_path / "var"


def deploy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: object) -> Path:
    path = tmp_path / "mine.yml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setenv("DEPLOYMENT", str(path))
    return path


def refusal() -> str:
    with pytest.raises(SettingsError) as refused:
        load()
    return str(refused.value)


def test_without_any_variable_the_demo_starts_on_loopback(var: Path) -> None:
    settings = load()
    assert (settings.demo, settings.host, settings.port) == (True, "127.0.0.1", 8080)
    assert settings.database_url == f"sqlite:///{var / 'frontdesk.db'}"


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    before = load()
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    assert load() == before


def test_what_the_environment_says_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deploy(tmp_path, monkeypatch, GOOD)
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg2://localhost/mine")
    monkeypatch.setenv("FRONTDESK_USER_TOKEN_SECRET", "of the host site")
    settings = load()
    assert (settings.deployment.name, settings.port, settings.demo) == ("Shop", 9000, False)
    assert settings.database_url.endswith("/mine")
    assert settings.user_token_secret == "of the host site"


@pytest.mark.parametrize("variable", PORTS)
@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "80.0", " ", "\u00b2", "\uff18\uff10", "1" * 5000])
def test_a_bad_port_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    assert refusal().startswith(f"{variable}: must be a port from 1 to 65535")


def test_an_unknown_deployment_lists_the_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPLOYMENT", "dmeo")
    assert "dmeo.yml" in refusal()
    assert refusal().endswith("known here: demo, sandbox")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("colour", "blue"),
        ("timezone", "Mars/Olympus"),
        ("locale", "not a locale"),
        ("phone_region", "USA"),
        ("contact.phone", None),
        ("contact.hours.opens", "9 o'clock"),
        ("contact.hours.opens", "25:00"),
        ("contact.hours.opens", "\u00b2:00"),
        ("contact.hours.days", ["mon", "someday"]),
        ("contact.hours.timezone", "Mars/Olympus"),
        ("contact.hours.closes", "08:00"),
        ("systems.shop", "embedded"),
        ("shop.checkout_url", "/checkout/"),
        ("tickets.first_answer_hours.soon", 1),
        ("tickets.first_answer_hours.low", -1),
        ("chat.messages_per_minute", 0),
        ("chat.messages_per_minute", "many"),
        ("chat.token_minutes", -1),
    ],
)
def test_a_wrong_field_is_named_with_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str, value: object
) -> None:
    content = yaml.safe_load(yaml.safe_dump(GOOD))
    *parents, last = field.split(".")
    part = content
    for parent in parents:
        part = part.setdefault(parent, {})
    if value is None:
        del part[last]
    else:
        part[last] = value
    path = deploy(tmp_path, monkeypatch, content)
    told = refusal()
    wanted = re.escape(field.removesuffix(".soon").removesuffix(".someday"))
    assert re.match(rf"{re.escape(str(path))}:[0-9]+: {wanted}", told), told


def test_all_wrong_fields_are_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(tmp_path, monkeypatch, {"colour": "blue", "contact": {"phone": "1"}})
    assert [line.split(": ")[1] for line in refusal().splitlines()] == ["name", "contact.email", "colour"]


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "just words", "a: [", "1: 2\nname: x\n", "\t"])
def test_a_file_that_is_no_deployment_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    path = deploy(tmp_path, monkeypatch, content)
    assert refusal().startswith(f"{path}: ")


def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.yml"
    path.write_bytes(b"name: \xff\xfe")
    monkeypatch.setenv("DEPLOYMENT", str(path))
    assert refusal().startswith(f"{path}: ")
    path.unlink()
    path.mkdir()
    assert refusal().startswith(f"{path}: ")


@given(text=st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=60))
def test_any_text_is_a_deployment_or_a_settings_error(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_text", lambda *_, **__: text)
        with pytest.raises(SettingsError):
            loader._deployment("any.yml")


def test_no_secret_is_shown() -> None:
    settings = make_settings("postgresql+psycopg2://shop:hunter2@localhost/shop")
    for shown in (repr(settings), str(settings), f"{settings!r}"):
        assert "hunter2" not in shown
        assert "ssss" not in shown
        assert "iiii" not in shown


def test_a_secret_is_made_once_and_kept_from_others(var: Path) -> None:
    first, second = load(), load()
    assert (first.secret, first.internal_secret) == (second.secret, second.internal_secret)
    assert first.secret != first.internal_secret
    assert len(first.secret) >= 32
    for name in ("secret", "internal_secret"):
        assert stat.S_IMODE((var / name).stat().st_mode) == 0o600
    assert sorted(path.name for path in var.iterdir()) == ["internal_secret", "secret"]


def test_processes_that_start_at_once_share_one_secret(var: Path) -> None:
    program = (
        "import sys, pathlib; from bridge.settings import loader; "
        "loader.VAR = pathlib.Path(sys.argv[1]); sys.stdin.read(1); print(loader.load().secret)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(var)],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("g")
        process.stdin.flush()
    secrets = {process.communicate()[0] for process in started}
    assert [process.returncode for process in started] == [0, 0, 0]
    assert secrets == {(var / "secret").read_text() + "\n"}


def test_a_cut_off_secret_is_never_taken(var: Path) -> None:
    var.mkdir()
    (var / "secret").write_text("")
    assert "secret: is empty" in refusal()


def test_every_deployment_that_comes_with_us_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in re.findall(r"env: (\w+)", (ROOT / "deployments" / "sandbox.yml").read_text()):
        monkeypatch.setenv(variable, "https://acme.example.test")
    for path in (ROOT / "deployments").glob("*.yml"):
        monkeypatch.setenv("DEPLOYMENT", path.stem)
        systems = load().deployment.systems
        for domain in ("commerce", "helpdesk", "crm"):
            assert adapter_class(domain, getattr(systems, domain))


# The registry


def test_every_registered_adapter_can_be_imported() -> None:
    for domain, name in ADAPTERS:
        assert adapter_class(domain, name).__module__ == f"bridge.adapters.{name}.{domain}"


KNOWN = f"known: {', '.join(sorted(name for domain, name in ADAPTERS if domain == 'helpdesk'))}"


@pytest.mark.parametrize(("name", "hint"), [("embeded", "did you mean 'embedded'?"), ("zzz", KNOWN), ("", KNOWN)])
def test_a_wrong_adapter_is_answered_with_the_right_ones(name: str, hint: str) -> None:
    with pytest.raises(SettingsError) as refused:
        adapter_class("helpdesk", name)
    assert str(refused.value) == f"systems.helpdesk: there is no adapter {name!r}; {hint}"
