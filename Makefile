# make run     builds Heksher and serves at http://127.0.0.1:8080, on a PostgreSQL of its own (ARGS="--sample": with sample data)
# make test    builds and passes all tests
# make check   what CI adds: the format, and the contract's validity
# make format  formats all Swift
# make clean   removes what was built, and the data of make run

ARGS ?=
SWIFT_BUILD_FLAGS ?=

SWIFT_FILES = Package.swift Sources Tests Plugins

.PHONY: run test check format clean packages

run: packages
	@echo "Building heksher (a first build takes some minutes)"
	@swift build --product heksher $(SWIFT_BUILD_FLAGS)
	@exec "$$(swift build --show-bin-path $(SWIFT_BUILD_FLAGS))/heksher" dev $(ARGS)

test: packages
	@echo "Building the tests (a first build takes some minutes)"
	swift test $(SWIFT_BUILD_FLAGS)
	.ci/check-readme "$$(swift build --show-bin-path $(SWIFT_BUILD_FLAGS))/heksher"

check: packages
	swift format lint --strict --recursive $(SWIFT_FILES)
	.ci/validate-contract

format:
	swift format --in-place --recursive $(SWIFT_FILES)

packages:
	@.ci/install-packages

clean:
	rm -rf .build .heksher .venv
