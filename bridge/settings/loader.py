"""Read the deployment file and the environment, once, with errors that say what to change."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import overload
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from bridge.errors import SettingsError
from bridge.settings.connections import Connection, Reached
from bridge.settings.mail import Mail, MailServer, parse_server
from bridge.settings.marked import Marked, checked, read
from bridge.settings.part import Reference
from bridge.settings.schema import Deployment, Settings
from bridge.settings.user_tokens import HostKey, UserTokens, what_is_wrong

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var"
DEMOS = ("demo", "sandbox")
"""Deployments with invented people: they get demo data, and may be broken on purpose."""


def load(deployment: str | None = None) -> Settings:
    """Return the settings of this process.

    Args:
        deployment: a name under deployments/ or a path, instead of what DEPLOYMENT says.

    Reads DEPLOYMENT (a name under deployments/ or a path), DATABASE_URL, HOST, PORT, INTERNAL_PORT, RASA_PORT,
    ACTIONS_PORT, ACTIONS_METRICS_PORT, RELAY_METRICS_PORT, TRACKER_URL, FRONTDESK_SECRET, FRONTDESK_INTERNAL_SECRET,
    FRONTDESK_USER_TOKEN_SECRET, FAULTS and OTEL_EXPORTER_OTLP_ENDPOINT
    (or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT), HTTPS_PROXY, HTTP_PROXY and NO_PROXY for systems, and what the references
    of the deployment lead to.

    Raises:
        SettingsError: naming the variable, or the file and field, and what is wrong.
    """
    name = deployment or os.environ.get("DEPLOYMENT") or "demo"
    content, source = _deployment(name)
    return Settings(
        deployment=content,
        database_url=os.environ.get("DATABASE_URL") or f"sqlite:///{VAR / 'frontdesk.db'}",
        host=os.environ.get("HOST") or "127.0.0.1",
        port=_port("PORT", 8080),
        internal_port=_port("INTERNAL_PORT", 8081),
        rasa_port=_port("RASA_PORT", 5005),
        actions_port=_port("ACTIONS_PORT", 5055),
        secret=os.environ.get("FRONTDESK_SECRET") or _kept_secret("secret"),
        internal_secret=os.environ.get("FRONTDESK_INTERNAL_SECRET") or _kept_secret("internal_secret"),
        user_token_secret=os.environ.get("FRONTDESK_USER_TOKEN_SECRET") or None,
        demo=name in DEMOS,
        mail_server=_mail_server(content.mail),
        user_token_keys=_host_keys(content.user_tokens),
        faults=_faults(allowed=name in DEMOS or content.allow_faults),
        actions_metrics_port=_port("ACTIONS_METRICS_PORT", 5056),
        relay_metrics_port=_port("RELAY_METRICS_PORT", None),
        traces_endpoint=_first("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        alert_webhook=_address("alerts.webhook", content.alerts.webhook),
        tracker_url=os.environ.get("TRACKER_URL") or None,
        connections=_reached(content, source),
        token_secrets=tuple(_referred("token_secrets", one).strip() for one in content.token_secrets),
        source=source,
    )


def _deployment(name: str) -> tuple[Deployment, Marked]:
    path = Path(name) if name.endswith((".yml", ".yaml")) else ROOT / "deployments" / f"{name}.yml"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in (ROOT / "deployments").glob("*.yml")))
        raise SettingsError(f"DEPLOYMENT: there is no file {path}; known here: {known}")
    source = read(path)
    return checked(Deployment, source), source


def _reached(deployment: Deployment, source: Marked) -> dict[str, Reached]:
    """Follow the references of the connections that are used."""
    return {
        name: _follow(connection, source, name)
        for name, connection in deployment.connections.items()
        if name in deployment.systems.dict().values()
    }


def _follow(connection: Connection, source: Marked, name: str) -> Reached:
    def at(*field: str) -> str:
        return source.at("connections", name, *field)

    base = connection.base_url
    base_url = base if isinstance(base, str) else _address(at("base_url"), base) or ""
    secrets = {
        secret: tuple(_referred(at("secrets", secret), one).strip() for one in ones)
        for secret, ones in connection.secrets.items()
    }
    return Reached(
        base_url=base_url,
        secrets=secrets,
        proxy=_address(at("proxy"), connection.proxy) or _proxy_of_machine(base_url),
        **connection.dict(include={"auth", "fields", "mapping", "ca_bundle", "insecure"}),
    )


def _proxy_of_machine(url: str) -> str | None:
    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    return getproxies().get(parts.scheme)


def _faults(*, allowed: bool) -> str:
    text = os.environ.get("FAULTS", "").strip()
    if text and not allowed:
        raise SettingsError(
            "FAULTS: breaks systems on purpose: only the demo and a deployment with allow_faults take it"
        )
    return text


@overload
def _port(variable: str, default: int) -> int: ...
@overload
def _port(variable: str, default: None) -> int | None: ...
def _port(variable: str, default: int | None) -> int | None:
    text = os.environ.get(variable, "") or str(default or "")
    if not text:
        return None
    if not (re.fullmatch(r"[0-9]{1,5}", text) and 1 <= int(text) <= 65535):
        raise SettingsError(f"{variable}: must be a port from 1 to 65535, not {text!r}")
    return int(text)


def _first(*variables: str) -> str | None:
    return next((text for variable in variables if (text := os.environ.get(variable))), None)


def _address(field: str, where: Reference | None) -> str | None:
    """Return the web address that a reference leads to; it may hold a token, so no message shows it."""
    if where is None:
        return None
    text = _referred(field, where).strip()
    if not re.fullmatch(r"https?://[^\s/?#]+\S*", text):
        raise SettingsError(f"{field}: what {where.env or where.file} holds is no address such as https://host/path")
    return text


def _mail_server(mail: Mail) -> MailServer | None:
    if mail.server is None:
        return None
    try:
        return parse_server(_referred("mail.server", mail.server).strip())
    except ValueError as error:
        raise SettingsError(f"mail.server: what {mail.server.env or mail.server.file} holds {error}") from None


def _host_keys(tokens: UserTokens) -> tuple[HostKey, ...]:
    keys = []
    for place, source in enumerate(tokens.keys):
        field = f"user_tokens.keys.{place}.key"
        material = _referred(field, source.key).strip()
        if wrong := what_is_wrong(source.algorithm, material):
            raise SettingsError(f"{field}: what {source.key.env or source.key.file} holds {wrong}")
        keys.append(HostKey(source.kid, source.algorithm, material))
    return tuple(keys)


def _referred(field: str, where: Reference) -> str:
    if where.env:
        text = os.environ.get(where.env, "")
        if not text:
            raise SettingsError(f"{field}: the variable {where.env} is not set")
        return text
    try:
        return Path(where.file or "").read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise SettingsError(f"{field}: {where.file} cannot be read ({type(error).__name__})") from None


def _kept_secret(name: str) -> str:
    """Return this machine's own secret, made at the first start and readable by its owner only."""
    path = VAR / name
    VAR.mkdir(exist_ok=True)
    if not path.exists():
        _make_secret(path)
    text = path.read_text()
    if not text:
        raise SettingsError(f"{path}: is empty; delete it, and it is made anew")
    return text


def _make_secret(path: Path) -> None:
    # Written apart and then linked, so that of processes starting at once one wins and none reads half a secret.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.") as file:  # made with 0600
        file.write(secrets.token_urlsafe(32))
        file.flush()
        os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)
