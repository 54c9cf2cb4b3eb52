# `make help` lists the targets. Everything that is installed or built outside this folder is in a cache: see testbed/README.md.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/claudejob
export PATH := $(CACHE)/bin:$(PATH)
export HELM := $(CACHE)/bin/helm
MVN := mvn -B -ntp $(MVN_FLAGS)
IT_FLAGS = -DkubeApiTestDir=$(CACHE)/kubeapitest
JAVA_SOURCES = $(shell find src/main pom.xml -type f)

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##### Use it

.PHONY: demo
demo: install ## Run a first ClaudeJob for real, from nothing to its answer
	@testbed/demo.sh

.PHONY: install
install: cluster-up images ## Install the operator and the stand-in API in the testbed, by the chart
	@testbed/install.sh

.PHONY: uninstall
uninstall: ## Remove the operator from the testbed; the CRD and its jobs stay
	@KUBECONFIG=$$(testbed/kubeconfig.sh) helm uninstall claudejob -n claudejob-system --ignore-not-found

.PHONY: cluster-up
cluster-up: ## Start the testbed: a real single-node Kubernetes
	@testbed/up.sh

.PHONY: cluster-down
cluster-down: ## Stop the testbed; nothing is left running
	@testbed/down.sh

.PHONY: kubeconfig
kubeconfig: ## Print the path of the testbed's kubeconfig
	@testbed/kubeconfig.sh

.PHONY: bench
bench: target/claudejob.jar ## Measure the helper beside Envoy: memory, start, added time, throughput
	@testbed/bench.sh

##### Build it

.PHONY: build
build: target/claudejob.jar ## Build the operator's jar

target/claudejob.jar: $(JAVA_SOURCES)
	@echo "building the operator" >&2
	@rm -rf target/image
	@$(MVN) -q package -DskipUnitTests
	@touch $@

.PHONY: images
images: target/claudejob.jar ## Build the images and load them into the testbed's node
	@testbed/images.sh
	@testbed/image.sh build claudejob/operator:dev images/operator/Dockerfile .
	@testbed/image.sh build claudejob/runner:dev images/runner/Dockerfile .
	@testbed/image.sh build claudejob/standin:dev images/standin/Dockerfile .
	@testbed/image.sh load claudejob/operator:dev claudejob/runner:dev claudejob/standin:dev

.PHONY: generate
generate: ## Write crds/, docs/reference/, deploy/ and the chart's tables anew from their sources
	@testbed/binaries.sh >/dev/null
	@$(MVN) -q test -Dtest='*GoldenTest' -DupdateGolden=true -Dsurefire.failIfNoSpecifiedTests=false
	@deploy/generate.sh

.PHONY: format
format: ## Format the Java sources
	@$(MVN) -q spotless:apply

.PHONY: clean
clean: ## Remove what the build made in this folder
	@rm -rf target

##### Test it

.PHONY: test
test: lint test-it test-e2e ## Run all tests: lint, unit, apiserver, real node

.PHONY: lint
lint: ## Check formatting, shell scripts, the chart and generated files
	@testbed/binaries.sh >/dev/null
	@testbed/lint.sh
	@$(MVN) -q spotless:check

.PHONY: test-unit
test-unit: ## Run the unit tests
	@$(MVN) test

.PHONY: test-it
test-it: ## Run the unit tests and the tests on a real kube-apiserver
	@testbed/binaries.sh >/dev/null
	@$(MVN) verify $(IT_FLAGS)
	@touch target/claudejob.jar

PLANS ?= 350

.PHONY: faults
faults: ## Run jobs under dying operators and failing lines to the apiserver: PLANS=350
	@testbed/binaries.sh >/dev/null
	@$(MVN) -q verify $(IT_FLAGS) -Dit.test=FaultsIT -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false \
		-Dfaults.plans=$(PLANS) -Dtest.log=OFF

.PHONY: test-e2e
test-e2e: install ## Run the tests on the testbed's real node
	@KUBECONFIG=$$(testbed/kubeconfig.sh) $(MVN) verify -Pe2e $(IT_FLAGS)

.PHONY: rotation
rotation: install ## Measure how long requests wait while a running job's Secret is rotated: 50 times for each kind
	@KUBECONFIG=$$(testbed/kubeconfig.sh) $(MVN) verify -Pe2e $(IT_FLAGS) -Dit.test=RotationE2E -Drotations=50 -De2e.timeout='20 m' | grep -E '^ROTATION|ERROR|FAIL|Tests run'
