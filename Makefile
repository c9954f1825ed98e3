# make run     builds Heksher and serves at http://127.0.0.1:8080, on a private PostgreSQL server (ARGS="--sample": with sample data)
# make test    builds the package and runs all tests
# make check   checks the format of the code, the validity of the contract, and the language of texts (make check-prose)
# make bench   compares the service with nginx; make bench-scale measures many rules and connections: see docs/performance.md
# make check-contract, check-sequences, check-hostile, check-freshness, check-faults, check-instances, check-upgrade, check-backup,
#      check-model, check-caches, check-client, check-clients, check-openfeature, check-pages, check-examples, check-image
#              the other checks of CI; see CONTRIBUTING.md
# make check-changes  lists the changes of the contract since the last release, and marks breaking ones
# make fuzz    runs libFuzzer on everything that parses input (ARGS="json -max_total_time=60": the target, and libFuzzer's arguments)
# make check-tutorial  follows docs/generator/tutorial.md
# make check-coexistence  builds a package that also uses modules of other packages with similar names
# make check-schemas  compares the validation of generated types with that of jsonschema, on 100,000 random values
# make check-cookbook, check-kubernetes  run the programs of docs/http-cookbook.md, and validate the manifests of docs/kubernetes.md
# make check-settings-as-code  runs the job of Examples/settings-as-code
# make configuration   writes the table in docs/configuration.md
# make bench-generator measures the generator on large documents
# make torture, soak, sanitize  checks that take too long for CI: hundreds of faults, half an hour of load, all tests with the address
#              and the thread sanitizer; see docs/reliability.md
# make pages   downloads Swagger UI and Redoc for the documentation pages, into .pages
# make manual  writes the manual of the command line, for the program man, into .build/manual
# make site    writes the documentation and the pages of the API as a static site into .build/site
# make examples        builds the programs in Examples
# make bench-push  measures how fast changes reach 10,000 clients
# make bench-instructions  counts the instructions of a request with valgrind
# make bench-settings  measures how long it takes to resolve a setting
# make bench-json      compares generated code with Foundation for reading and writing JSON
# make format  formats all Swift
# make clean   removes build products, and the data of make run

ARGS ?=
SWIFT_BUILD_FLAGS ?=

SWIFT_FILES = Package.swift Sources Tests Plugins Benchmarks Examples/Package.swift Examples/Sources

.PHONY: run test check check-model check-coexistence check-contract check-sequences check-hostile check-freshness check-freshness-fault check-faults check-instances \
	check-upgrade check-backup check-caches check-client check-clients check-openfeature check-pages check-examples check-image check-changes check-tutorial check-prose \
	check-cookbook check-kubernetes check-settings-as-code check-schemas check-site configuration \
	torture soak sanitize \
	fuzz examples pages site bench bench-scale bench-push bench-instructions bench-settings bench-json \
	bench-generator format clean packages swift manual heksher optimized

HEKSHER = "$$(swift build --show-bin-path $(SWIFT_BUILD_FLAGS))/heksher"
OPTIMIZED = "$$(swift build -c release --show-bin-path $(SWIFT_BUILD_FLAGS))/heksher"

run: heksher
	@$(MAKE) --silent pages >.build/pages.log 2>&1 \
		|| echo "Swagger UI and Redoc cannot be downloaded, so /docs is plain; 'make pages' shows the reason"
	@exec $(HEKSHER) dev $(ARGS)

# On a terminal, Swift shows how far it has got in one line. Elsewhere, it would print a line for each of a thousand files.
heksher: packages
	@echo "Building heksher (a first build takes some minutes)"
	@quiet=--quiet; [ ! -t 1 ] || quiet=; swift build $$quiet --product heksher $(SWIFT_BUILD_FLAGS)

test: packages
	@echo "Building the tests (a first build takes some minutes)"
	@# Without a limit, the tests would start hundreds of services and databases at once, which slow each other down.
	@# The failures are printed again at the end, because they are hard to find among all the tests that passed.
	@mkdir -p .build
	@bash -o pipefail -c 'SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=16 swift test $(SWIFT_BUILD_FLAGS) 2>&1 | tee .build/test.log' \
		|| { grep -A 3 -E "recorded an issue|error:" .build/test.log >&2; exit 1; }
	Tests/System/readme/check $(HEKSHER)
	Tests/System/configuration/check $(HEKSHER)

check: packages
	swift format lint --strict --recursive $(SWIFT_FILES)
	Tests/System/contract/validate
	Tests/System/prose/check
	Tests/System/errors/check
	Tests/System/architecture/check

check-prose:
	Tests/System/prose/check $(ARGS)

check-changes: packages
	@swift build --product openapi-generate $(SWIFT_BUILD_FLAGS)
	Tests/System/changes/check "$$(swift build --show-bin-path $(SWIFT_BUILD_FLAGS))/openapi-generate"

check-coexistence: packages
	Tests/System/coexistence/check $(ARGS)

check-tutorial: packages
	Tests/System/tutorial/check

check-schemas: packages
	@swift build --product openapi-generate $(SWIFT_BUILD_FLAGS)
	.ci/python contract Tests/System/schemas/check "$$(swift build --show-bin-path $(SWIFT_BUILD_FLAGS))/openapi-generate" $(ARGS)

bench-generator: packages
	@swift build -c release --product openapi-generate $(SWIFT_BUILD_FLAGS)
	@Benchmarks/generator.py "$$(swift build -c release --show-bin-path $(SWIFT_BUILD_FLAGS))/openapi-generate" $(ARGS)

fuzz: packages
	@Tests/Fuzzing/fuzz $(ARGS)

check-contract: heksher
	.ci/python contract Tests/System/contract/check $(HEKSHER) $(ARGS)

check-sequences: heksher
	Tests/System/sequences/check $(HEKSHER) $(ARGS)

# Without optimization, the service takes about ten times the CPU time. `make torture` checks the exact bound.
check-hostile: heksher
	Tests/System/hostile/check $(HEKSHER) --cpu-factor 10 $(ARGS)

check-freshness: heksher
	Tests/System/freshness/check $(HEKSHER) $(ARGS)

check-freshness-fault: packages
	Tests/System/freshness/check-planted-build $(SWIFT_BUILD_FLAGS)

# Needs no build: the model stands for the code.
check-model:
	.ci/install-packages spin gcc
	Tests/System/model/check $(ARGS)

check-faults: heksher
	Tests/System/faults/check $(HEKSHER) $(ARGS)

check-instances: heksher
	Tests/System/instances/check $(HEKSHER) $(ARGS)

check-upgrade: heksher
	Tests/System/upgrade/check $(HEKSHER) $(ARGS)

check-backup: heksher
	Tests/System/backup/check $(HEKSHER) $(ARGS)

check-caches: heksher
	.ci/install-packages varnish nginx-light
	Tests/System/caches/check $(HEKSHER) $(ARGS)

torture: optimized
	Tests/System/faults/check $(OPTIMIZED) --rounds 10 $(ARGS)
	Tests/System/instances/check $(OPTIMIZED) --operations 40000
	Tests/System/hostile/check $(OPTIMIZED)

soak: optimized
	@.ci/install-packages wrk
	@Benchmarks/soak.py $(OPTIMIZED) $(ARGS)

sanitize: packages
	Tests/System/sanitizers/check address $(ARGS)
	Tests/System/sanitizers/check thread $(ARGS)

check-client: heksher
	.ci/python client Tests/System/client/check $(HEKSHER) $(ARGS)

# Any JDK will do.
check-clients: heksher
	@command -v javac >/dev/null || .ci/install-packages default-jdk-headless
	@.ci/install-packages libjakarta-annotation-api-java node-typescript golang-go golang-gopkg-validator.v2-dev
	.ci/python clients Tests/System/clients/check $(HEKSHER) $(ARGS)

check-cookbook: heksher
	Tests/System/cookbook/check $(HEKSHER)

check-settings-as-code: heksher
	.ci/python contract Tests/System/settings-as-code/check $(HEKSHER) $(ARGS)

check-kubernetes: heksher
	.ci/python kubernetes Tests/System/kubernetes/check $(HEKSHER)

configuration: heksher
	Tests/System/configuration/check $(HEKSHER) --write

check-openfeature: heksher
	.ci/python openfeature Tests/System/openfeature/check $(HEKSHER) $(ARGS)

check-pages: site
	.ci/install-packages chromium chromium-driver fonts-dejavu-core
	.ci/python browser Tests/System/pages/check $(HEKSHER) $(ARGS)

check-image: packages
	Tests/System/image/check

check-examples: heksher examples
	Tests/System/examples/check $(HEKSHER) "$$(swift build --show-bin-path)"

# The examples share the build directory, so that the modules that they use are not built again. SwiftPM keeps its plan there too, and
# would build the package of the last plan.
examples: packages
	swift build --package-path Examples --scratch-path .build --disable-build-manifest-caching
	@rm -f .build/debug.yaml

bench: optimized
	@.ci/install-packages nginx-light wrk
	@Benchmarks/bench.py $(OPTIMIZED) $(ARGS)

bench-scale: optimized
	@Benchmarks/scale.py $(OPTIMIZED) --svg docs/performance.svg $(ARGS)

bench-push: optimized
	@Benchmarks/push.py $(OPTIMIZED) $(ARGS)

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
	@.ci/python site .ci/build-site $(HEKSHER)
	@Tests/System/site/check --links

check-site: site
	.ci/install-packages chromium chromium-driver fonts-dejavu-core
	.ci/python browser Tests/System/site/check

format:
	swift format --in-place --recursive $(SWIFT_FILES)

packages: swift
	@.ci/install-packages

# $(error) prints one line, without the line of make that names the failed target.
swift:
	@$(if $(SWIFT_PROBLEM),$(error $(SWIFT_PROBLEM)))

SWIFT_PROBLEM = $(shell .ci/check-swift)

manual: heksher
	@$(HEKSHER) manual .build/manual/man1
	@echo "Read it with: man -M .build/manual heksher"

clean:
	rm -rf .build .heksher .pages .venv
