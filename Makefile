# The commands of Cadre Ledger, the same on a laptop and in continuous integration. `make help` lists them.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --no-builtin-rules

VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8000
HOME_DIR ?=
ARGS ?=
WHEELS ?=

INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
INSTALLED_NODE := node_modules/.installed
KAFKA := $(VENV)/kafka
CLIENT := $(VENV)/client/.installed
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
OFFLINE := $(if $(WHEELS),--no-index --find-links $(WHEELS))
LOCKED := --require-hashes --only-binary :all:
NPM_CI = npm ci --loglevel=error --ignore-scripts --prefer-offline

# what is imported is compiled once, not by every process of the tests, also where the environment says otherwise
export PYTHONDONTWRITEBYTECODE :=

# $(call quietly,name,command): one line when the command succeeds, all its output when it fails
define quietly
	@out=$$($(2) 2>&1) && echo "ok    $(1)" || { code=$$?; printf '%s\n' "$$out"; echo "FAIL  $(1)"; exit $$code; }
endef

.PHONY: help
help:  ## list the targets
	@echo 'make run starts it. All targets:'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'Settings: PORT=8000  HOME_DIR=folder of the data  PYTHON=python3.12  WHEELS=folder of make wheels  ARGS=...'

# ---- install: once, then again only when a lock changes

PYTHON ?=
$(VENV)/pyvenv.cfg:
	@set -e; found=; \
	for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Python 3.11 or newer is needed; $$(python3 --version 2>&1 || true) was found. Name one with PYTHON=..." >&2; exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "Python is here but cannot make virtual environments. On Debian: apt install python3-venv" >&2; exit 1; \
	fi; \
	echo "using $$("$$found" --version) in $(VENV)"; \
	"$$found" -m venv --clear $(VENV)

$(INSTALLED): requirements.txt requirements.in pyproject.toml $(VENV)/pyvenv.cfg
	@echo 'installing the product'
	@$(PIP) install $(OFFLINE) $(LOCKED) -r requirements.txt
	@$(PIP) install $(OFFLINE) --no-deps --no-build-isolation -e .
	@touch $@

$(INSTALLED_DEV): requirements-dev.txt $(INSTALLED)
	@echo 'installing the tools'
	@$(PIP) install $(OFFLINE) --no-compile $(LOCKED) -r requirements-dev.txt
	@touch $@

# what checks the scripts of the page: ESLint and TypeScript, on Node.js 18.18 or newer
$(INSTALLED_NODE): package-lock.json package.json
	@command -v node >/dev/null && command -v npm >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo 'installing Node.js'; apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null; \
		else echo 'Node.js and npm are needed to check the scripts of the page. On Debian: apt install nodejs npm' >&2; exit 1; fi; }
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 18 || (a === "18" && b >= 18) ? 0 : 1)' || { \
		echo "Node.js 18.18 or newer is needed; $$(node --version) was found." >&2; exit 1; }
	@echo 'installing the tools for scripts'
	@$(NPM_CI) $(if $(WHEELS),--offline --cache $(WHEELS)/npm) >/dev/null
	@touch $@

.PHONY: install
install: $(INSTALLED)  ## what the product needs, into .venv

.PHONY: install-dev
install-dev: $(INSTALLED_DEV)  ## also what tests and checks need

.PHONY: wheels
wheels: $(VENV)/pyvenv.cfg  ## download it all into wheels/, for a machine without a network
	@$(PIP) download $(LOCKED) -d $(or $(WHEELS),wheels) -r requirements-dev.txt
	@$(NPM_CI) --cache $(or $(WHEELS),wheels)/npm >/dev/null
	@$(PIP) download $(LOCKED) -d $(or $(WHEELS),wheels) -r requirements-client.txt

# ---- run

.PHONY: run
run: $(INSTALLED)  ## start the ledger on this machine
	@exec $(BIN)/cadre $(if $(HOME_DIR),--home $(HOME_DIR)) run --port $(PORT) $(ARGS)

.PHONY: demo-accounts
demo-accounts: $(INSTALLED)  ## start the demonstration with four accounts, in a folder of its own; its pages say how to sign in
	@$(BIN)/cadre --home $(or $(HOME_DIR),$(HOME)/cadre-demo-accounts) demo --accounts
	@exec $(BIN)/cadre --home $(or $(HOME_DIR),$(HOME)/cadre-demo-accounts) run --port $(PORT) $(ARGS)

.PHONY: demo-sites
demo-sites: $(INSTALLED)  ## start a province, a city and two wards that exchange facts; PORT and the three after it
	@exec $(BIN)/cadre --home $(or $(HOME_DIR),$(HOME)/cadre-demo-sites) demo-sites --port $(PORT) $(ARGS)

# ---- run as separate processes in containers

COMPOSE = $(if $(shell docker compose version 2>/dev/null),docker compose,docker-compose)
WITH_OIDC = $(if $(wildcard deploy/secrets/oidc/providers.json),-f docker-compose.yml -f deploy/oidc.yml)
export CADRE_PORT = $(PORT)

.PHONY: containers
containers:
	@command -v dockerd >/dev/null && command -v debootstrap >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo 'installing Docker'; apt-get update -qq && apt-get install -y -qq --no-install-recommends docker.io docker-compose debootstrap iptables >/dev/null; \
		else echo 'Docker and debootstrap are needed. On Debian: apt install docker.io docker-compose debootstrap' >&2; exit 1; fi; }

.PHONY: images
images: containers $(INSTALLED) $(KAFKA)  ## every image of docker-compose.yml, built without a registry
	@deploy/offline/build

.PHONY: up
up:  ## start the containers, and say where the page is
	@deploy/make-secrets
	@$(COMPOSE) $(WITH_OIDC) up -d
	@echo "http://127.0.0.1:$(PORT)/#token=$$(sed 's/.*"read": "\([^"]*\)".*/\1/' deploy/secrets/tokens)"

.PHONY: down
down:  ## stop the containers; the data stays
	@$(COMPOSE) down

# ---- test and check

# the page is tested in a real browser; where none is found and we may, Debian's is installed
.PHONY: browser
browser:
	@for name in "$${CHROMIUM:-}" chromium chromium-browser google-chrome; do \
		[ -n "$$name" ] && command -v "$$name" >/dev/null && exit 0; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo 'installing chromium'; apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else \
		echo 'A browser is needed for the tests of the page. On Debian: apt install chromium; or name one with CHROMIUM=...' >&2; exit 1; \
	fi

# a real PostgreSQL and a real Kafka broker, as processes, where no addresses are given
$(KAFKA): deploy/kafka/pom.xml $(VENV)/pyvenv.cfg
	@command -v java >/dev/null && command -v mvn >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo 'installing Java and Maven'; apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless maven >/dev/null; \
		else echo 'Java 17 and Maven are needed for the broker of the tests, or its address in CADRE_TEST_KAFKA' >&2; exit 1; fi; }
	@echo 'fetching the broker'
	@mvn -q -f $< dependency:copy-dependencies -DoutputDirectory=$(abspath $@).new
	@rm -rf $@ && mv $@.new $@

# the generator of HTTP clients; it needs another version of typer than the product, hence its own environment
$(CLIENT): requirements-client.txt $(VENV)/pyvenv.cfg
	@echo 'installing the generator of clients'
	@$(BIN)/python -m venv --clear $(@D)
	@$(@D)/bin/python -m pip --quiet --disable-pip-version-check install $(OFFLINE) $(LOCKED) -r requirements-client.txt
	@touch $@

.PHONY: engines
engines: $(if $(CADRE_TEST_KAFKA),,$(KAFKA))
	@[ -n "$${CADRE_TEST_DATABASE:-}" ] || [ -n "$$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ] || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo 'installing PostgreSQL'; apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql >/dev/null; \
		else echo 'PostgreSQL is needed for the tests, or its address in CADRE_TEST_DATABASE' >&2; exit 1; fi; }

PYTEST := LC_ALL=C.UTF-8 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 8

.PHONY: test test-long faults
test: $(INSTALLED_DEV) $(CLIENT) browser engines  ## every test but the long ones, on all cores
	@$(PYTEST) $(ARGS)
test-long: $(INSTALLED_DEV) $(CLIENT) browser engines  ## faults, compose, laws and oracles at size; ROUNDS=5 of every fault
	@CADRE_FAULT_ROUNDS=$(or $(ROUNDS),5) CADRE_FAULT_AWAY=$(or $(AWAY),8) $(PYTEST) -m long $(ARGS)
faults: $(INSTALLED_DEV) engines  ## fifty rounds of every fault, and counts of what they hit; ROUNDS=5  AWAY=180 seconds without a broker
	@CADRE_FAULT_ROUNDS=$(or $(ROUNDS),50) CADRE_FAULT_AWAY=$(or $(AWAY),60) $(BIN)/python -m pytest -m '' tests/faults $(ARGS)

.PHONY: cover
cover: $(INSTALLED_DEV) $(CLIENT)  ## the tests of `make test`, and the lines they miss
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

.PHONY: mutants
mutants: $(INSTALLED_DEV)  ## change the rules in small ways, and list what no test notices; SINCE=revision  ALL=1  ARGS=core
	@nice $(BIN)/python -m tests.mutation $(if $(ALL),,--since $(or $(SINCE),HEAD~1)) $(ARGS)

.PHONY: check check-lint check-format check-types check-imports check-map check-contract check-settings check-scripts
check: check-lint check-format check-types check-imports check-map check-contract check-settings check-scripts  ## style, types, who may import whom, generated files, the scripts of the page
check-lint: $(INSTALLED_DEV)
	$(call quietly,lint,$(BIN)/ruff check --quiet --output-format concise .)
check-format: $(INSTALLED_DEV)
	$(call quietly,format,$(BIN)/ruff format --check --quiet --output-format concise .)
check-types: $(INSTALLED_DEV)
	$(call quietly,types,$(BIN)/mypy)
check-imports: $(INSTALLED_DEV)
	$(call quietly,imports,$(BIN)/lint-imports --no-logo)
check-map: $(INSTALLED_DEV)
	$(call quietly,map,$(BIN)/cadre map --check)
check-contract: $(INSTALLED_DEV)
	$(call quietly,contract,$(BIN)/cadre contract)
check-scripts: $(INSTALLED_NODE)
	$(call quietly,scripts,npm run --silent check)
check-settings: $(INSTALLED_DEV)
	$(call quietly,settings,$(BIN)/cadre settings --check)

.PHONY: format
format: $(INSTALLED_DEV)  ## format the code
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

.PHONY: bench bench-cluster
bench: $(INSTALLED_DEV)  ## measure how fast it is
	@$(BIN)/python -m tests.bench $(ARGS)

.PHONY: bench-replay
bench-replay: $(INSTALLED_DEV)  ## measure a verified replay, seals and proofs
	@$(BIN)/python -m tests.bench --only audit --only oracles $(ARGS)

bench-cluster: $(INSTALLED_DEV) engines  ## measure over PostgreSQL and Kafka
	@$(BIN)/python -m tests.bench.cluster $(ARGS)

# ---- write

.PHONY: map
map: $(INSTALLED)  ## write the map of services and facts
	@$(BIN)/cadre map --write

.PHONY: contract
contract: $(INSTALLED)  ## write the contracts of the events and of HTTP for others; ARGS=--release when they may rely on it
	@$(BIN)/cadre contract --write $(ARGS)

.PHONY: settings
settings: $(INSTALLED)  ## write the page of all settings
	@$(BIN)/cadre settings --write

.PHONY: five-places
five-places: $(INSTALLED_DEV)  ## write the table of what five places published
	@$(BIN)/python -m tests.five_places

.PHONY: pictures
pictures: $(INSTALLED_DEV) browser  ## take the pictures of the README, and of what each account of the demonstration finds
	@$(BIN)/python -m tests.screenshots

.PHONY: lock
lock: $(INSTALLED_DEV)  ## write the locks from requirements*.in; ARGS=--upgrade takes what is newest
	@for name in requirements requirements-dev requirements-client; do \
		$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
			--custom-compile-command 'make lock' $(ARGS) $$name.in --output-file $$name.txt || exit 1; \
	done

.PHONY: sbom
sbom: $(INSTALLED_DEV)  ## write the bill of materials (CycloneDX) into sbom.json
	@$(BIN)/python -m tests.supply_chain.sbom sbom.json

.PHONY: audit-deps
audit-deps: $(INSTALLED_DEV)  ## ask a source of advisories (OSV) about every library of the lock; ARGS=its address
	@$(BIN)/python -m tests.supply_chain.advisories $(ARGS)

.PHONY: clean
clean:  ## forget what was installed and cached; never the data
	@rm -rf $(VENV) node_modules mutants build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov .coverage .coverage.*
	@find services shared tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
