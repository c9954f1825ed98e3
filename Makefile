# make run     serves Heksher at http://127.0.0.1:8080 on a PostgreSQL of its own, kept under .heksher/
# make test    builds and passes all tests
# make check   what CI adds: format, the contract's validity, the README's walk-through
# make clean   removes what was built and the private PostgreSQL
#
# Arguments of `heksher dev` go into ARGS: make run ARGS="--sample --port 9000"

SWIFT_BUILD_FLAGS ?=
ARGS ?=

.PHONY: run test build check format clean packages

run: build
	@exec "$$(swift build $(SWIFT_BUILD_FLAGS) --show-bin-path)/heksher" dev $(ARGS)

build: packages
	@echo "Building (a first build takes some minutes)"
	@swift build $(SWIFT_BUILD_FLAGS) --product heksher

test: packages
	@echo "Building the tests (a first build takes some minutes)"
	swift test $(SWIFT_BUILD_FLAGS)

check: build
	swift format lint --strict --recursive Package.swift Sources Tests Plugins
	.ci/validate-contract
	.ci/check-readme

format:
	swift format --in-place --recursive Package.swift Sources Tests Plugins

packages:
	@.ci/install-packages

clean:
	rm -rf .build .heksher .venv
