"""Configuration: one table of settings, read from the environment and from a TOML file.

The command line goes before the environment (``CATALOG_`` and the name in capitals), the environment before the
file, the file before the default. The file is the one named by CATALOG_CONFIG, else ``catalog.toml`` in the working
folder where there is one. Whatever cannot be read stops the program with the place and what may be written there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from .setting_kinds import Kind, choice, folder, names, number, origins, switch, text, whole

PREFIX = "CATALOG_"
FILE_VARIABLE = "CATALOG_CONFIG"
DEFAULT_FILE = Path("catalog.toml")


class ConfigError(ValueError):
    """A setting that cannot be used; the message names the place and what may be written, in Chinese."""


def _setting(default: Any, kind: Kind, meaning: str) -> Any:
    return field(default=default, metadata={"kind": kind, "meaning": meaning})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, with its default, the values it may have and its meaning: the one table of configuration."""

    data_dir: Path = _setting(Path("var"), folder(), "存放数据库、索引和上传文件的文件夹")
    auto_line: float = _setting(0.95, number(0.5, 1), "自动判定线：把握不低于此值的判定才可不经人工复核")
    host: str = _setting("127.0.0.1", text("IP 地址或主机名"), "监听地址；0.0.0.0 为本机全部网卡")
    port: int = _setting(8000, whole(1, 65535), "监听端口")
    trusted_hosts: tuple[str, ...] = _setting(
        (), names("主机名"), "只回答用这些主机名的访问，前面加点（.gov.example）包括其下级；空为不限"
    )
    trusted_proxies: int = _setting(
        0, whole(0, 5), "前面有几层自己的反向代理；只采信这几层写入的 X-Forwarded-For 和 X-Forwarded-Proto"
    )
    cors_origins: tuple[str, ...] = _setting((), origins(), "允许其网页脚本读取接口回答的网站；空为不允许跨站读取")
    reading: Literal["loopback", "open", "closed"] = _setting(
        "loopback",
        choice(loopback="本机免登录，其他地址须登录", open="任何人免登录", closed="一律须登录或用令牌"),
        "谁可以不登录就查询、判定；复核、上传和管理总须登录或用令牌",
    )
    https_only: bool = _setting(False, switch(), "登录状态只经 HTTPS 传送；经 HTTPS 访问的请求无论如何都只发给 HTTPS")
    workers: int = _setting(2, whole(0, 16), "处理上传文件的工作进程数，各占一个处理器核；0 为本服务不处理，只排队")
    session_idle_minutes: int = _setting(30, whole(1, 1440), "多少分钟没有操作即自动退出登录")
    session_hours: int = _setting(12, whole(1, 168), "登录后最长多少小时必须重新登录")
    password_length: int = _setting(10, whole(8, 128), "密码最短字符数")
    lock_after: int = _setting(5, whole(3, 100), "同一用户名连续登录失败多少次即锁定；同一地址为其四倍")
    lock_minutes: int = _setting(15, whole(1, 1440), "锁定多少分钟")
    rate_per_second: int = _setting(50, whole(1, 100_000), "每个令牌、用户或地址每秒最多请求数；本机不限")
    count_unanswered: bool = _setting(
        False, switch(), "检索页把查不到结果的检索词记入 unanswered.db 并计次，供补充同义词；不记何人何时，长数字不记"
    )
    rate_burst: int = _setting(200, whole(1, 100_000), "短时间内最多可连续发出的请求数")


def load_settings(environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """The settings in force; ``file`` goes before the one that the environment names. Raises ``ConfigError``."""
    return Settings(**{name: value for name, (value, _) in read_settings(environ, file).items()})


def read_settings(environ: Mapping[str, str], file: Path | None = None) -> dict[str, tuple[Any, str]]:
    """Name -> (value, where it comes from, in Chinese) for every setting. Raises ``ConfigError``."""
    _refuse_misspelt(environ)
    path = file or (Path(environ[FILE_VARIABLE]) if environ.get(FILE_VARIABLE) else None)
    written = _file_values(path) if path else _file_values(DEFAULT_FILE) if DEFAULT_FILE.is_file() else {}
    values: dict[str, tuple[Any, str]] = {}
    for setting in fields(Settings):
        variable = variable_of(setting.name)
        if variable in environ:
            values[setting.name] = (_read(setting.name, environ[variable], f"环境变量 {variable}"), "环境变量")
        elif setting.name in written:
            raw, where = written[setting.name]
            values[setting.name] = (_read(setting.name, raw, where), "配置文件")
        else:
            values[setting.name] = (setting.default, "默认")
    return values


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def settings_table() -> str:
    """The table of settings as Markdown, for docs/configuration.md."""
    rows = ["| 配置项 | 环境变量 | 默认 | 可以写 | 含义 |", "|---|---|---|---|---|"]
    for setting in fields(Settings):
        kind: Kind = setting.metadata["kind"]
        default = shown(setting.default) or "空"
        rows.append(
            f"| `{setting.name}` | `{variable_of(setting.name)}` | {default} | {kind.describe} "
            f"| {setting.metadata['meaning']} |"
        )
    return "\n".join(rows) + "\n"


def shown(value: object) -> str:
    """A setting's value as an operator would write it in the environment."""
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(name: str, raw: object, where: str) -> Any:
    kind: Kind = next(setting.metadata["kind"] for setting in fields(Settings) if setting.name == name)
    try:
        return kind.read(raw)
    except ValueError as error:
        raise ConfigError(f"{where} 的值 {raw!r} 不能用：应为{kind.describe}") from error


def _refuse_misspelt(environ: Mapping[str, str]) -> None:
    """A misspelt variable would leave a default in force unnoticed; foreign names that are like none are let be."""
    known = [variable_of(setting.name) for setting in fields(Settings)]
    for variable in environ:
        if variable.startswith(PREFIX) and variable not in (*known, FILE_VARIABLE):
            for near in get_close_matches(variable, known, n=1, cutoff=0.9):
                raise ConfigError(f"没有环境变量 {variable} 这一配置项，是否应为 {near}")


def _file_values(path: Path) -> dict[str, tuple[object, str]]:
    """Name -> (value, place) of everything the file sets. Raises ``ConfigError``."""
    try:
        content = path.read_text("utf-8")
        values = tomllib.loads(content)
    except OSError as error:
        raise ConfigError(f"不能读取配置文件 {path}（{error.strerror}），请检查路径和权限") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"配置文件 {path} 不是 UTF-8 编码，请另存为 UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"配置文件 {path} 不合 TOML 格式：{error}") from error
    return dict(_placed(path, content, values))


def _placed(path: Path, content: str, values: Mapping[str, object]) -> Iterator[tuple[str, tuple[object, str]]]:
    known = [setting.name for setting in fields(Settings)]
    for name, value in values.items():
        found = re.search(rf"^[ \t]*[\[\"']*{re.escape(name)}\b", content, re.MULTILINE)
        line = content.count("\n", 0, found.start()) + 1 if found else 1
        where = f"配置文件 {path} 第 {line} 行 {name}"
        if name not in known:
            near = "".join(f"，是否应为 {match}" for match in get_close_matches(name, known, n=1))
            raise ConfigError(f"{where}：没有这一配置项{near}")
        yield name, (value, where)
