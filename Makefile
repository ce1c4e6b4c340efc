# make run    install, build, audit the shipped disclosure into out/, serve on 127.0.0.1:8000
# make test   install what the tests need and run them
# make check  lint, types, layers        make fmt  format        make bench  measure speed
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
DISCLOSURE := catalog_data/sources/xiaoyi-civil-affairs-2026-budget.txt
BOOK := out/孝义市民政局2026年预算判定.xlsx

.PHONY: run test check fmt bench

run: .venv/.run
	@$(BIN)/python -m catalog_service build
	@$(BIN)/python -m catalog_service audit $(DISCLOSURE) -o $(BOOK)
	@$(BIN)/python -m catalog_service serve --port $(PORT)

test: .venv/.dev
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: .venv/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: .venv/.dev
	@for bench in tagging search load pages; do $(BIN)/python -m benchmarks.$$bench; done

fmt: .venv/.dev
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "缺少 Python：请安装 Python 3.11 或更高版本，或用 make PYTHON=路径 指定"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 版本过低：需要 3.11 或更高，当前为 $$($(PYTHON) -V)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "缺少 venv 模块：Debian/Ubuntu 请先执行 apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.run: requirements.txt .venv/bin/python
	@echo "安装运行所需的库 ……"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt || { echo "安装失败：请检查网络或 pip 镜像设置"; exit 1; }
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.run
	@echo "安装测试所需的库 ……"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt || { echo "安装失败：请检查网络或 pip 镜像设置"; exit 1; }
	@touch $@
