"""Configuration: one table, read from environment and file, refused clearly where it cannot be used."""

import tomllib
from dataclasses import asdict, fields
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from catalog_service.cli import catalog as command
from catalog_service.config import (
    ConfigError,
    Settings,
    load_settings,
    read_settings,
    settings_table,
    shown,
    variable_of,
)

NAMES = [setting.name for setting in fields(Settings)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "catalog.toml"


def test_without_environment_and_file_the_defaults_are_in_force(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({"PATH": "/bin", "CATALOG_REVIEWER": "张三"}) == Settings()


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(file: Path) -> None:
    file.write_text('port = 8080\nreading = "closed"\ncors_origins = ["https://budget.example"]\n', "utf-8")
    values = read_settings({"CATALOG_CONFIG": str(file), "CATALOG_PORT": "9090"})
    assert values["port"] == (9090, "环境变量") and values["reading"] == ("closed", "配置文件")
    assert values["cors_origins"] == (("https://budget.example",), "配置文件")
    assert values["lock_after"] == (5, "默认")


def test_the_file_in_the_working_folder_is_read(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "catalog.toml").write_text("port = 8081\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_settings({}).port == 8081


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("CATALOG_PORT", "tcp://10.0.0.1:80", "1 到 65535 的整数"),
        ("CATALOG_PORT", "1_000", "1 到 65535 的整数"),
        ("CATALOG_AUTO_LINE", "nan", "0.5 到 1 的数"),
        ("CATALOG_READING", "public", "loopback：本机免登录"),
        ("CATALOG_HTTPS_ONLY", "是", "true 或 false"),
        ("CATALOG_CORS_ORIGINS", "https://a.example/path", "网站来源"),
        ("CATALOG_DATA_DIR", "", "文件夹路径"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_may_be_written(variable: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_settings({variable: value})
    assert variable in str(refused.value) and said in str(refused.value)


def test_a_misspelt_variable_is_refused_and_a_foreign_one_let_be() -> None:
    with pytest.raises(ConfigError, match="CATALOG_READING"):
        load_settings({"CATALOG_READNG": "closed"})
    load_settings({"CATALOG_SERVICE_HOST": "10.0.0.1"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("\n# 端口\nprot = 8000\n", "第 3 行 prot：没有这一配置项，是否应为 port"),
        ("host = '::1'\nport = '高'\n", "第 2 行 port 的值 '高' 不能用"),
        ("port = \n", "不合 TOML 格式"),
        ("[port]\nnumber = 1\n", "第 1 行 port"),
        ("trusted_hosts = [1]\n", "第 1 行 trusted_hosts"),
        ("https_only = 1\n", "第 1 行 https_only"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(file: Path, content: str, said: str) -> None:
    file.write_text(content, "utf-8")
    with pytest.raises(ConfigError) as refused:
        load_settings({}, file)
    assert said in str(refused.value) and str(file) in str(refused.value)


def test_a_file_that_is_missing_or_no_text_is_refused(file: Path) -> None:
    with pytest.raises(ConfigError, match="不能读取配置文件"):
        load_settings({"CATALOG_CONFIG": str(file)})
    file.write_bytes("reading = '公开'".encode("gbk"))
    with pytest.raises(ConfigError, match="UTF-8"):
        load_settings({}, file)


@given(name=st.sampled_from(NAMES), raw=st.text(max_size=30) | st.integers().map(str) | st.floats().map(str))
def test_whatever_a_variable_holds_it_is_read_or_refused(name: str, raw: str) -> None:
    try:
        settings = load_settings({variable_of(name): raw})
    except ConfigError as refused:
        assert variable_of(name) in str(refused)
    else:
        again = load_settings({variable_of(name): shown(asdict(settings)[name])})
        assert again == settings


@given(
    content=st.text(max_size=60) | st.sampled_from(NAMES).flatmap(lambda n: st.text(max_size=9).map(f"{n} = ".__add__))
)
def test_whatever_a_file_holds_it_is_read_or_refused(tmp_path_factory, content: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(content.encode("utf-8", "surrogatepass"))
    try:
        load_settings({}, file)
    except ConfigError as refused:
        assert str(file) in str(refused)
    else:
        assert set(tomllib.loads(file.read_text("utf-8"))) <= set(NAMES)


def test_the_documentation_holds_the_table_of_settings_as_it_is() -> None:
    assert settings_table() in Path("docs/configuration.md").read_text("utf-8"), "运行 catalog config --table"


def test_every_setting_is_used() -> None:
    code = "".join(p.read_text("utf-8") for p in Path("catalog_service").rglob("*.py") if p.name != "config.py")
    assert [name for name in NAMES if f".{name}" not in code] == []


def test_the_command_line_goes_before_the_environment(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        command, ["--data-dir", str(tmp_path / "a"), "user", "list"], env={"CATALOG_DATA_DIR": str(tmp_path / "b")}
    )
    assert result.exit_code == 0 and (tmp_path / "a" / "catalog.db").exists() and not (tmp_path / "b").exists()


def test_a_command_stops_at_a_setting_that_cannot_be_used() -> None:
    result = CliRunner().invoke(command, ["user", "list"], env={"CATALOG_PORT": "x"})
    assert result.exit_code == 1 and "CATALOG_PORT" in result.stderr and "Traceback" not in result.output


def test_the_settings_in_force_are_listed_with_their_origin() -> None:
    result = CliRunner().invoke(command, ["config"], env={"CATALOG_LOCK_AFTER": "7"})
    assert "lock_after = 7\t环境变量" in result.stdout and "lock_minutes = 15\t默认" in result.stdout
