# make test    builds and passes all tests
# make check   what CI adds: the format, and the contract's validity
# make format  formats all Swift
# make clean   removes what was built

SWIFT_BUILD_FLAGS ?=

.PHONY: test check format clean packages

test: packages
	@echo "Building the tests (a first build takes some minutes)"
	swift test $(SWIFT_BUILD_FLAGS)

check: packages
	swift format lint --strict --recursive Package.swift Sources Tests Plugins
	.ci/validate-contract

format:
	swift format --in-place --recursive Package.swift Sources Tests Plugins

packages:
	@.ci/install-packages

clean:
	rm -rf .build .heksher .venv
