"""Which platform, token and owner: flag > ``HUBKIN_*`` > project > own file > login > `hubkin up`.

A token belongs to the address it was saved or given for and is sent nowhere else: a project file that
somebody else wrote may name another platform, but it gets no token of ours.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubkin.i18n import _, language, language_variable, listed

API = "/services/hubkin/api/v1"
KEYS = ("url", "owner")


class BadConfig(ValueError):
    """A settings file that cannot be read."""


@dataclass(frozen=True)
class Setting:
    """One value and where it came from."""

    value: str | None
    source: str


@dataclass(frozen=True)
class Config:
    """The settings in force."""

    url: Setting
    token: Setting
    owner: Setting
    language: Setting

    @property
    def is_connected(self) -> bool:
        """Whether there is a platform to ask and a token to ask with."""
        return bool(self.url.value and self.token.value)


def load(flags: Mapping[str, str | None] | None = None, *, folder: Path | None = None) -> Config:
    """Find every setting; `flags` are what the caller gave explicitly.

    Raises:
        BadConfig: A settings file is broken.
    """
    flags = flags or {}
    project, project_path = _project(folder or Path.cwd())
    own, own_path = _own()
    local = _this_machine()
    layers: list[tuple[str, Mapping[str, Any]]] = [
        (_("given"), flags),
        ("HUBKIN_API_URL", _environment("url", "HUBKIN_API_URL")),
        ("HUBKIN_OWNER", _environment("owner", "HUBKIN_OWNER")),
        (str(project_path), project),
        (str(own_path), own),
        (str(_credentials_path()), _credentials()),
        (_("`hubkin up` on this machine"), local),
    ]
    url = _first("url", layers)
    if url.value:
        url = Setting(checked_url(api_url(url.value), url), url.source)
    speaks = _("given") if flags.get("language") else language_variable() or _("not set")
    return Config(
        url=url,
        token=_token(flags.get("token"), url.value, from_project=url.source == str(project_path)),
        owner=_first("owner", layers),
        language=Setting(flags.get("language") or language(), speaks),
    )


def api_url(address: str) -> str:
    """The REST base of a hub's address: what people type has no ``/services/hubkin/api/v1`` in it.

    >>> api_url("https://hub.example.edu/")
    'https://hub.example.edu/services/hubkin/api/v1'
    """
    address = address.strip().rstrip("/")
    if "://" not in address:
        address = ("http://" if address.startswith(("localhost", "127.")) else "https://") + address
    head, found, _tail = address.partition("/services/hubkin")
    return head.removesuffix("/hub") + API if not found or not _tail.startswith("/api") else address


def checked_url(api: str, setting: Setting) -> str:
    """The address, when it can be one.

    Raises:
        BadConfig: It cannot.
    """
    from urllib.parse import urlsplit

    text = _("'{url}' ({source}) is not an address such as https://hub.example.edu.")
    wrong = BadConfig(text.format(url=str(setting.value)[:200], source=setting.source))
    try:
        parts = urlsplit(api)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise wrong from None
    if not fine or not api.isprintable() or any(sign in api for sign in " <>\"'"):
        raise wrong
    return api


def hub_url(api: str) -> str:
    """The hub that an API address belongs to, for links such as its token page."""
    return api.partition("/services/hubkin")[0]


def save_token(api: str, token: str) -> Path:
    """Keep a token for an address in a file of mode 0600, and make the address the default."""
    known = _credentials()
    _write_private(_credentials_path(), {"url": api, "tokens": {**known["tokens"], api: token}})
    return _credentials_path()


def forget_token(api: str) -> bool:
    """Remove the token of an address; says whether there was one."""
    known = _credentials()
    if known["tokens"].pop(api, None) is None:
        return False
    _write_private(_credentials_path(), known)
    return True


def config_folder() -> Path:
    """``~/.config/hubkin``, or where ``XDG_CONFIG_HOME`` says."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "hubkin"


def cache_folder() -> Path:
    """``~/.cache/hubkin``, or where ``XDG_CACHE_HOME`` says: what can be fetched again."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "hubkin"


def data_folder() -> Path:
    """Where `hubkin up` keeps its data on this machine."""
    chosen = os.environ.get("HUBKIN_DATA")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "hubkin"


def _first(key: str, layers: list[tuple[str, Mapping[str, Any]]]) -> Setting:
    for source, values in layers:
        if values.get(key):
            return Setting(str(values[key]), source)
    return Setting(None, _("not set"))


def _token(given: str | None, url: str | None, *, from_project: bool) -> Setting:
    """The token for this address; the server's own token goes only to the server's own platform."""
    found = _token_of(given, url, from_project=from_project)
    if found.value and not is_token(found.value.strip()):
        raise BadConfig(
            _("The token from {source} is none: it has spaces or other signs.").format(source=found.source)
        )
    return Setting(found.value.strip() if found.value else None, found.source)


def is_token(text: str) -> bool:
    """Whether a text may be sent as a token."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def _token_of(given: str | None, url: str | None, *, from_project: bool) -> Setting:
    if given:
        return Setting(given, _("given"))
    if url is None:
        return Setting(None, _("not set"))
    if os.environ.get("HUBKIN_TOKEN") and not from_project:
        return Setting(os.environ["HUBKIN_TOKEN"], "HUBKIN_TOKEN")
    own = os.environ.get("HUBKIN_API_URL")
    if own and url == api_url(own) and os.environ.get("JUPYTERHUB_API_TOKEN"):
        return Setting(os.environ["JUPYTERHUB_API_TOKEN"], "JUPYTERHUB_API_TOKEN")
    saved = _credentials()["tokens"].get(url)
    if isinstance(saved, str):
        return Setting(saved, str(_credentials_path()))
    local = _this_machine()
    if local.get("token") and api_url(str(local.get("url", ""))) == url:
        return Setting(str(local["token"]), str(data_folder() / "client.json"))
    return Setting(None, _("not set"))


def _credentials_path() -> Path:
    return config_folder() / "credentials.json"


def _credentials() -> dict[str, Any]:
    """``{"url": the default address, "tokens": {address: token}}``."""
    known = _read_json(_credentials_path())
    tokens = known.get("tokens")
    return {"url": known.get("url"), "tokens": tokens if isinstance(tokens, dict) else {}}


def _environment(key: str, variable: str) -> dict[str, str]:
    value = os.environ.get(variable)
    return {key: value} if value else {}


def _project(folder: Path) -> tuple[dict[str, Any], Path]:
    """``hubkin.yaml`` or ``[tool.hubkin]`` of the nearest folder upwards that has one."""
    for place in (folder, *folder.parents):
        path = place / "hubkin.yaml"
        if path.is_file():
            return _checked(_read_yaml(path), path), path
        path = place / "pyproject.toml"
        if path.is_file() and "[tool.hubkin]" in path.read_text(encoding="utf-8", errors="replace"):
            return _checked(_read_toml(path).get("tool", {}).get("hubkin", {}), path), path
    return {}, folder / "hubkin.yaml"


def _checked(values: Any, path: Path) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise BadConfig(_("{path}: settings are keys and values.").format(path=path))
    for key in values:
        if key not in KEYS:
            known = listed(KEYS)
            text = _("{path}: '{key}' is not a setting; there are {known}.")
            raise BadConfig(text.format(path=path, key=key, known=known))
    return values


def _read_yaml(path: Path) -> Any:
    from hubkin import yaml12  # only where such a file exists

    try:
        return yaml12.load(path.read_text(encoding="utf-8"))[0] or {}
    except (yaml12.NotYaml, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}: {error}") from None


def _read_toml(path: Path) -> dict[str, Any]:
    import tomllib  # only where such a file exists

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}: {error}") from None


def _own() -> tuple[dict[str, Any], Path]:
    path = config_folder() / "config.toml"
    return (_checked(_read_toml(path), path), path) if path.is_file() else ({}, path)


def _this_machine() -> dict[str, Any]:
    """What `hubkin up` left here: its address, and a token where it made one for this account."""
    folder = data_folder()
    running = _read_json(folder / "up.json")
    return {"url": running.get("url"), **_read_json(folder / "client.json")}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadConfig(f"{path}: {error}") from None
    return value if isinstance(value, dict) else {}


def _write_private(path: Path, value: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)
    draft.replace(path)
