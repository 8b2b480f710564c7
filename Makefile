# volint's make targets. On a new machine with Go, Python 3 and make, `make demo`
# and `make test` fetch what they need into .tools and touch nothing else (as
# root on Debian, `make test` also installs missing packages, and says so).

# The versions of what is fetched. Volatility 3 and protobuf's two halves go with
# the Python at hand: 3.9 ends at protobuf 6.
export PIN_VOLATILITY3        := 2.28.2
export PIN_VOLATILITY3_OLDEST := 2.27.0
# Volatility 3's [full] extras, which 15 of its plugins can't be imported without.
export PIN_YARA               := 4.5.4
export PIN_CAPSTONE           := 5.0.9
export PIN_PYCRYPTODOME       := 3.24.1
export PIN_PILLOW             := 10.4.0
export PIN_LEECHCORE          := 2.23.3
export PIN_VOLATILITY2        := 2.6.2
export PIN_PROTOBUF           := 7.36.2
export PIN_PROTOC             := 36.2
export PIN_PROTOBUF_PY39      := 6.33.6
export PIN_PROTOC_PY39        := 33.6
export PIN_PROTOBUF_PY2       := 3.17.3
export PIN_VIRTUALENV_PY2     := 20.15.1
export PIN_BUF                := 1.75.0
export PIN_SHELLCHECK         := 0.11.0.1
export PIN_NANOPB             := 0.4.9.1
export PIN_PROTOBUF_RUST      := 4.36.2-release
export PIN_CONFORMANCE        := 33.2.0
export PIN_ATHERIS            := 3.0.0
export PIN_VMLINUX_TO_ELF     := 1.4.0
export PIN_LZ4                := 4.4.5
# Go's tools are pinned in go.mod (protoc-gen-go) and tools/go.mod (staticcheck).

PYTHON ?= python3
# Seconds or minutes for each fuzz target, as `go test -fuzztime` takes them, and
# how many random schemas are tried as well.
TIME    ?= 10s
SCHEMAS ?= 4

SETUP   := $(PYTHON) scripts/setup
BIN     := .tools/bin
BUF     := .tools/py3/bin/buf
IMAGE   := .tools/image/linux-6.1-tiny.raw
SYMBOLS := testdata/linux-6.1-tiny

# Flags for go test, as in `make test FLAGS=-race`. Four packages at a time, since
# their tests mostly wait for processes.
FLAGS  ?= -p 4

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | \
		while IFS="$$(printf '\t')" read -r name what; do printf '  make %-16s %s\n' "$$name" "$$what"; done

.PHONY: demo
demo: setup-demo ## List the processes of a real memory image
	@mkdir -p $(BIN) .tools/cache
	@go build -o $(BIN)/ ./cmd/volint
	@echo
	@echo '$$ volint run -f $(notdir $(IMAGE)) linux_pslist'
	@XDG_CACHE_HOME=$(CURDIR)/.tools/cache VOLINT_PYTHON=.tools/py3/bin/python VOLINT_SYMBOLS=$(SYMBOLS) \
		$(BIN)/volint run -f $(IMAGE) linux_pslist

.PHONY: test
test: setup-test ## Run all tests (FLAGS=-race: under the race detector)
	@$(PYTHON) scripts/gotest.py $(FLAGS) ./...

.PHONY: build
build: ## Build volint and protoc-gen-volrender into .tools/bin
	@mkdir -p $(BIN)
	@go build -o $(BIN)/ ./cmd/volint ./cmd/protoc-gen-volrender

.PHONY: setup setup-demo setup-test setup-lint setup-bench setup-fuzz
setup: setup-test setup-lint build ## Fetch all that tests and checks need
setup-demo:
	@$(SETUP) demo
setup-test:
	@$(SETUP) test
setup-lint:
	@$(SETUP) lint
setup-bench:
	@$(SETUP) bench
setup-fuzz:
	@$(SETUP) fuzz

.PHONY: generate
generate: setup-lint ## Regenerate gen/ from schema/
	@sh scripts/generate.sh $(BUF)

.PHONY: import
import: setup-test ## Bring schema/ up to the Volatilities that are installed
	@go run ./cmd/volint schema import --all --bare -o schema \
		--python .tools/py3/bin/python --python .tools/py3-oldest/bin/python --python .tools/py2/bin/python

.PHONY: lint
lint: lint-go lint-schema lint-python lint-shell ## Run every check that is not a test

.PHONY: lint-go
lint-go: ## gofmt, go vet, staticcheck
	@sh scripts/gofmt.sh
	go vet ./...
	@mkdir -p $(BIN)
	@go -C tools build -o ../$(BIN)/ honnef.co/go/tools/cmd/staticcheck
	$(BIN)/staticcheck ./...

.PHONY: lint-schema
lint-schema: setup-lint ## buf lint, format and breaking
	$(BUF) lint
	$(BUF) format --diff --exit-code
	$(BUF) breaking --against testdata/schema-baseline.binpb

.PHONY: lint-python
lint-python: setup-test ## Compile the Python under 2.7 and 3
	@sh scripts/compile_python.sh

.PHONY: lint-shell
lint-shell: setup-lint ## shellcheck
	.tools/py3/bin/shellcheck .ci/run scripts/*.sh

.PHONY: check-generate
check-generate: generate ## Fail unless gen/ is what generate makes
	@sh scripts/clean_tree.sh gen

.PHONY: fuzz
fuzz: setup-fuzz ## Run each fuzz target for TIME=10s, and SCHEMAS=4 new schemas
	@sh scripts/fuzz.sh $(TIME) $(SCHEMAS)

.PHONY: bench-size
bench-size: setup-bench build ## Compare the sizes of generated code
	@$(PYTHON) bench/size/size.py

.PHONY: bench-generator
bench-generator: setup-bench ## Compare the speed of the generator
	@$(PYTHON) bench/generator/generator.py --write

.PHONY: bench-decode
bench-decode: setup-bench ## Compare the speed of generated code
	@$(PYTHON) bench/decode/decode.py --write

.PHONY: bench-session
bench-session: setup-bench ## Compare the speed of sessions with Volatility's own processes
	@$(PYTHON) bench/session/session.py --write

.PHONY: bench-check
bench-check: setup-bench ## Hold that all that is compared reads the same
	@$(PYTHON) bench/decode/decode.py --check
	@$(PYTHON) bench/session/session.py --check

# A user's own image is compared where its path is given: see docs/images.md.
.PHONY: equality
ifeq ($(origin IMAGE),command line)
equality: setup-demo build
	@VOLINT_PYTHON=$${VOLINT_PYTHON:-.tools/py3/bin/python} $(BIN)/volint equality -f "$(IMAGE)" -o equality.md
else
equality: setup-test ## Compare every plugin in a session with Volatility itself (IMAGE=PATH: on that image)
	@VOLINT_EQUALITY=write go test -count=1 -timeout 4h -v -run '^TestEquality$$' ./internal/equality
endif

.PHONY: bench-kdump
bench-kdump: setup-bench ## Compare the speed of reading kdumps
	@$(PYTHON) bench/memaccess/kdump/kdump.py --write

.PHONY: bench-memaccess
bench-memaccess: bench-kdump ## Compare the speed of reading memory, of kdumps too
	@$(PYTHON) bench/memaccess/memaccess.py --write

.PHONY: baseline
baseline: setup-lint ## Record schema/ as what `buf breaking` compares with
	$(BUF) build --exclude-source-info -o testdata/schema-baseline.binpb

.PHONY: image
image: ## Make the memory image anew (see testdata/recipe)
	$(PYTHON) testdata/recipe .tools/recipe

.PHONY: ci
ci: ## Run what continuous integration runs
	bash .ci/run

.PHONY: clean
clean: ## Remove .tools, what Python compiled, what is compared
	rm -rf .tools bench/decode/build bench/memaccess/build bench/session/build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
