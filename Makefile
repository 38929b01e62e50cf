# ssm-only: `make help` says what each target does. Everything a target needs is fetched or built first.
PYTHON ?= python3
export STACK
LOCALAWS = $(PYTHON) -m localaws
BIN = .localaws/venv/bin
DOCTOR = .localaws/doctor
EXAMPLES = examples/pull-requests/*.yml examples/drift/*.yml
LOCK = $(BIN)/uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: help up wait preview down compare blocked status stop reset lint format test roots bench setup schema lock

help: ## what can be asked for
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## bring up a stack on an AWS on this machine, with the policy pack: make up STACK=nat
	@$(LOCALAWS) pulumi up --stack "$${STACK:-privatelink}" --policy-pack policy --policy-pack-config policy/ssm-only.json --yes --skip-preview
	@echo "This AWS is on this machine, and no machine runs on it. Ask it: $(LOCALAWS) aws ec2 describe-instances"

# An emulator starts no machine: where that is all that is in the way, the doctor ends with 3.
wait: $(if $(LOCAL),,$(DOCTOR)/installed) ## wait until a stack's instances on AWS are online, or say why not: make wait STACK=nat; after `make up`: LOCAL=1
	@$(if $(LOCAL),$(LOCALAWS) python,$(DOCTOR)/bin/python) -m doctor --stack "$${STACK:-privatelink}" \
		$(if $(LOCAL),--timeout 0) $(ARGS) $(if $(LOCAL),|| test $$? -eq 3)

$(DOCTOR)/installed: requirements-doctor.lock
	@echo "wait: the packages of $< come into $(DOCTOR) …" >&2
	@$(PYTHON) -m venv --clear $(DOCTOR)
	@$(DOCTOR)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

preview: ## show what an up would change: make preview STACK=igw
	@$(LOCALAWS) pulumi preview --stack "$${STACK:-privatelink}" --policy-pack policy --policy-pack-config policy/ssm-only.json

down: ## take a stack down: make down STACK=nat
	@$(LOCALAWS) pulumi destroy --stack "$${STACK:-privatelink}" --yes --skip-preview

compare: ## what the three variants of a stack cost, side by side: make compare STACK=nat ARGS="--region eu-west-1"
	@$(LOCALAWS) setup --packages
	@$(BIN)/python -m components.prices --stack "$${STACK:-privatelink}" $(ARGS)

blocked: ## try to open port 22 to the world, and see the policy pack stop it
	@$(PYTHON) examples/ssh-bastion/blocked.py

status: ## endpoint, processes, stacks and versions of the AWS on this machine
	@$(LOCALAWS) status

stop: ## end the AWS on this machine, and its stacks with it
	@$(LOCALAWS) stop

reset: ## stop, and forget all but what was built
	@$(LOCALAWS) reset

setup: ## fetch and build everything that the tests need too, run nothing
	@$(LOCALAWS) setup --dev

lint: setup ## style, types, imports, shell, workflows
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy policy/__main__.py
	PYTHONPATH=policy $(BIN)/lint-imports
	$(BIN)/shellcheck components/instance/agent/*.sh components/commands/agent/*.sh components/network/*.sh .ci/run
	.localaws/engine/actionlint -shellcheck $(BIN)/shellcheck
	.localaws/engine/actionlint $(EXAMPLES)
	$(BIN)/zizmor --offline --strict-collection --quiet --pedantic .github
	$(BIN)/zizmor --offline --strict-collection --quiet $(EXAMPLES)

format: setup ## put the style right
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

test: setup ## every test
	$(BIN)/python -m pytest

roots: setup ## the boot script in real roots of Debian, VPCs in Linux; needs Debian, root, debootstrap, gnupg, iproute2, nftables
	$(BIN)/python -m pytest --numprocesses=0 tests/roots

bench: setup ## what the policy pack and the plugin cost, against packs that do nothing and the program, as ratios
	PYTHONPATH=policy $(BIN)/python -m tests.bench.bench_pack
	$(BIN)/python -m tests.bench.bench_plugin

schema: setup ## write the plugin's schema anew
	$(BIN)/python -m tests.plugin.schema

lock: setup ## resolve the pinned versions into lock files with checksums
	$(LOCK) requirements.txt --group localaws --group doctor --output-file requirements.lock
	$(LOCK) requirements-doctor.txt --constraint requirements.lock --output-file requirements-doctor.lock
	$(LOCK) requirements.txt --group localaws --group doctor --group dev --constraint requirements.lock --output-file requirements-dev.lock
