# make run     builds Heksher and serves at http://127.0.0.1:8080, on a PostgreSQL of its own (ARGS="--sample": with sample data)
# make test    builds and passes all tests
# make check   what CI adds: the format, and the contract's validity
# make bench   measures the service against nginx; make bench-scale, with many rules and connections: see docs/performance.md
# make check-contract, check-sequences, check-freshness, check-faults, check-instances, check-upgrade, check-backup, check-client,
#      check-pages, check-examples, check-image
#              what CI adds besides; see the README
# make check-changes  tells breaking from compatible changes of the contract since the last release
# make fuzz    gives random inputs to whatever reads them (ARGS="json -max_total_time=60": to what, and libFuzzer's arguments)
# make check-tutorial  does what docs/generator/tutorial.md says
# make bench-generator measures the generator on large documents
# make torture, soak, sanitize  what takes too long for CI: faults by the hundred, half an hour of load, all tests with the address and
#              the thread sanitizer; see docs/reliability.md
# make pages   fetches Swagger UI and Redoc for the documentation pages, into .pages
# make site    writes the documentation as a static site into .build/site
# make examples        builds what is in Examples
# make bench-instructions  counts the instructions of a request, by valgrind
# make bench-settings  measures how long it takes to resolve a setting
# make bench-json      measures how long it takes to read and write a JSON body by generated code, beside Foundation
# make format  formats all Swift
# make clean   removes what was built, and the data of make run

ARGS ?=
SWIFT_BUILD_FLAGS ?=

SWIFT_FILES = Package.swift Sources Tests Plugins Examples/Package.swift Examples/Sources

.PHONY: run test check check-contract check-sequences check-freshness check-freshness-fault check-faults check-instances \
	check-upgrade check-backup check-client check-pages check-examples check-image check-changes check-tutorial torture soak sanitize \
	fuzz examples pages site bench bench-scale bench-instructions bench-settings bench-json \
	bench-generator format clean packages heksher optimized

HEKSHER = "$$(swift build --show-bin-path $(SWIFT_BUILD_FLAGS))/heksher"
OPTIMIZED = "$$(swift build -c release --show-bin-path $(SWIFT_BUILD_FLAGS))/heksher"

run: heksher
	@$(MAKE) --silent pages || echo "Without them the documentation pages tell how to get them"
	@exec $(HEKSHER) dev $(ARGS)

heksher: packages
	@echo "Building heksher (a first build takes some minutes)"
	@swift build --product heksher $(SWIFT_BUILD_FLAGS)

test: packages
	@echo "Building the tests (a first build takes some minutes)"
	@# All at once, hundreds of services and databases would get in each other's way.
	@# What failed is said once more at the end, where it is not lost among all that passed.
	@mkdir -p .build
	@bash -o pipefail -c 'SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=16 swift test $(SWIFT_BUILD_FLAGS) 2>&1 | tee .build/test.log' \
		|| { grep -A 3 -E "recorded an issue|error:" .build/test.log >&2; exit 1; }
	.ci/check-readme $(HEKSHER)

check: packages
	swift format lint --strict --recursive $(SWIFT_FILES)
	.ci/validate-contract

check-changes: packages
	@swift build --product openapi-generate $(SWIFT_BUILD_FLAGS)
	.ci/check-changes "$$(swift build --show-bin-path $(SWIFT_BUILD_FLAGS))/openapi-generate"

check-tutorial: packages
	.ci/check-tutorial

bench-generator: packages
	@swift build -c release --product openapi-generate $(SWIFT_BUILD_FLAGS)
	@Benchmarks/generator.py "$$(swift build -c release --show-bin-path $(SWIFT_BUILD_FLAGS))/openapi-generate" $(ARGS)

fuzz: packages
	@.ci/fuzz $(ARGS)

check-contract: heksher
	.ci/python contract .ci/check-contract $(HEKSHER) $(ARGS)

check-sequences: heksher
	.ci/check-sequences $(HEKSHER) $(ARGS)

check-freshness: heksher
	.ci/check-freshness $(HEKSHER) $(ARGS)

check-freshness-fault: packages
	.ci/check-freshness-fault $(SWIFT_BUILD_FLAGS)

check-faults: heksher
	.ci/check-faults $(HEKSHER) $(ARGS)

check-instances: heksher
	.ci/check-instances $(HEKSHER) $(ARGS)

check-upgrade: heksher
	.ci/check-upgrade $(HEKSHER) $(ARGS)

check-backup: heksher
	.ci/check-backup $(HEKSHER) $(ARGS)

torture: optimized
	.ci/check-faults $(OPTIMIZED) --rounds 10 $(ARGS)
	.ci/check-instances $(OPTIMIZED) --operations 40000

soak: optimized
	@.ci/install-packages wrk
	@Benchmarks/soak.py $(OPTIMIZED) $(ARGS)

sanitize: packages
	.ci/sanitize address $(ARGS)
	.ci/sanitize thread $(ARGS)

check-client: heksher
	.ci/python client .ci/check-client $(HEKSHER) $(ARGS)

check-pages: heksher pages
	.ci/install-packages chromium chromium-driver fonts-dejavu-core
	.ci/python browser .ci/check-pages $(HEKSHER)

check-image: packages
	.ci/check-image

check-examples: heksher examples
	.ci/check-examples $(HEKSHER) "$$(swift build --package-path Examples --show-bin-path)"

examples: packages
	swift build --package-path Examples

bench: optimized
	@.ci/install-packages nginx-light wrk
	@Benchmarks/bench.py $(OPTIMIZED) $(ARGS)

bench-scale: optimized
	@Benchmarks/scale.py $(OPTIMIZED) --svg docs/performance.svg $(ARGS)

bench-instructions: optimized
	@.ci/install-packages valgrind
	@Benchmarks/instructions.py $(OPTIMIZED) $(ARGS)

bench-settings: packages
	@swift run --configuration release settings-benchmark

bench-json: packages
	@swift run --configuration release json-benchmark

optimized: packages
	@echo "Building heksher with optimizations (a first build takes some minutes)"
	@swift build -c release --product heksher $(SWIFT_BUILD_FLAGS)

pages: .pages

.pages: .ci/prepare-pages .ci/requirements/pages.txt
	@echo "Fetching Swagger UI and Redoc"
	@.ci/python pages .ci/prepare-pages $@

site: heksher pages
	@$(HEKSHER) docs --output .build/site

format:
	swift format --in-place --recursive $(SWIFT_FILES)

packages:
	@.ci/install-packages

clean:
	rm -rf .build .heksher .pages .venv Examples/.build
