// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// The fault that `make check-freshness-fault` plants and must find.
let plantedFaults: [SwiftSetting] =
    Context.environment["HEKSHER_UNSAFE_SKIP_VALIDATION"] == nil ? [] : [.define("SKIPS_VALIDATION")]

// Products that several targets use.
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
    name: "heksher",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "heksher", targets: ["heksher"]),
        .executable(name: "openapi-generate", targets: ["openapi-generate"]),
        .plugin(name: "ContractGeneratorPlugin", targets: ["ContractGeneratorPlugin"]),
        .plugin(name: "GenerateOpenAPI", targets: ["GenerateOpenAPI"]),
        .library(name: "ContractRuntime", targets: ["ContractRuntime"]),
        .library(name: "ContractHummingbird", targets: ["ContractHummingbird"]),
        .library(name: "ContractAsyncHTTPClient", targets: ["ContractAsyncHTTPClient"]),
        .library(name: "HeksherClient", targets: ["HeksherClient", "HeksherAPI"]),
        .library(name: "HeksherSettings", targets: ["HeksherSettings"]),
        .library(name: "ConfigurationHeksher", targets: ["ConfigurationHeksher"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        // Without traits, these packages use only FoundationEssentials, so that the program is 45 MB smaller.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // Sources/Heksher. The service, its client and its library.
        .executableTarget(
            name: "heksher",
            dependencies: [
                "HeksherServer", "HeksherStore", "HeksherDomain", "DocumentationPages", "HTTPGuard", "ContractJSON",
                "Diagnostics", "PosixSupport", "LibPQ", "PostgresCluster", "HeksherAPI", "HeksherClient",
                "ContractAsyncHTTPClient", "ContractRuntime", "ContractYAML", "Telemetry",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
                logging, nioCore, nioPosix,
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                serviceLifecycle,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/Heksher/heksher"),
        .target(
            name: "HeksherServer",
            dependencies: [
                "HeksherAPI", "HeksherCatalog", "HeksherDomain", "HeksherStore", "DocumentationPages", "HTTPGuard",
                "HTTPRepresentation", "CMalloc", "Telemetry", "LibPQ", "Diagnostics", "ContractAsyncHTTPClient",
                "ContractHummingbird", "ContractRuntime", "ContractJSON", "ContractYAML", "PosixSupport",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Configuration", package: "swift-configuration"),
                logging, nioCore, nioPosix,
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                serviceLifecycle,
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            path: "Sources/Heksher/HeksherServer"),
        .target(
            name: "HeksherCatalog",
            dependencies: [
                "HeksherStore", "HeksherDomain", "LibPQ",
                .product(name: "HashTreeCollections", package: "swift-collections"),
            ],
            path: "Sources/Heksher/HeksherCatalog", swiftSettings: plantedFaults),
        .target(
            name: "HeksherStore", dependencies: ["HeksherDomain", "ContractJSON", "PosixSupport", "LibPQ"],
            path: "Sources/Heksher/HeksherStore", plugins: ["EmbedSQL"]),
        .target(
            name: "HeksherDomain", dependencies: ["ContractJSON"], path: "Sources/Heksher/HeksherDomain"),
        .target(
            name: "HeksherAPI", dependencies: ["ContractRuntime"], path: "Sources/Heksher/HeksherAPI",
            exclude: ["openapi-generator.yaml"], plugins: ["ContractGeneratorPlugin"]),
        .target(
            name: "HeksherClient", dependencies: ["HeksherAPI", "ContractRuntime"],
            path: "Sources/Heksher/HeksherClient", exclude: ["openapi-generator.yaml"],
            plugins: ["ContractGeneratorPlugin"]),
        .target(
            name: "HeksherSettings",
            dependencies: [
                "HeksherClient", "HeksherAPI", "HeksherDomain", "ContractRuntime", "ContractJSON", "PosixSupport",
                logging, serviceLifecycle,
            ],
            path: "Sources/Heksher/HeksherSettings"),
        .target(
            name: "ConfigurationHeksher",
            dependencies: [
                "HeksherSettings", "HeksherClient", "HeksherAPI", "HeksherDomain", "ContractRuntime", "ContractJSON",
                .product(name: "Configuration", package: "swift-configuration"),
                logging, serviceLifecycle,
            ],
            path: "Sources/Heksher/ConfigurationHeksher"),

        // Sources/Service. Parts that any HTTP service on Hummingbird could use. They know nothing about Heksher.
        .target(
            name: "HTTPGuard",
            dependencies: [
                "ContractAsyncHTTPClient", "ContractRuntime", "PosixSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                logging, nioCore, nioPosix,
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            path: "Sources/Service/HTTPGuard"),
        .target(
            name: "DocumentationPages",
            dependencies: [
                "HTTPGuard", "HTTPRepresentation", "ContractRuntime", "ContractJSON",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            path: "Sources/Service/DocumentationPages", resources: [.embedInCode("Embedded")]),
        .target(
            name: "HTTPRepresentation", dependencies: ["CLibCrypto", "CZlib", "ContractRuntime"],
            path: "Sources/Service/HTTPRepresentation"),
        .target(
            name: "Telemetry",
            dependencies: [
                "ContractJSON", "ContractAsyncHTTPClient", "PosixSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "DequeModule", package: "swift-collections"),
                logging, nioCore,
                nioPosix, serviceLifecycle,
            ],
            path: "Sources/Service/Telemetry"),
        .systemLibrary(
            name: "CLibCrypto", path: "Sources/Service/CLibCrypto", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(name: "CMalloc", path: "Sources/Service/CMalloc"),
        .systemLibrary(
            name: "CZlib", path: "Sources/Service/CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),

        // Sources/Database. PostgreSQL for Swift concurrency.
        .target(
            name: "PostgresCluster",
            dependencies: ["PosixSupport", .product(name: "Subprocess", package: "swift-subprocess")],
            path: "Sources/Database/PostgresCluster"),
        .target(
            name: "LibPQ", dependencies: ["CLibPQ", "PosixSupport"], path: "Sources/Database/LibPQ"),
        .executableTarget(
            name: "embed-sql", dependencies: ["PosixSupport"], path: "Sources/Database/embed-sql"),
        .plugin(name: "EmbedSQL", capability: .buildTool(), dependencies: ["embed-sql"]),
        .systemLibrary(
            name: "CLibPQ", path: "Sources/Database/CLibPQ", pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),

        // Sources/Generator. From an OpenAPI document to code.
        .executableTarget(
            name: "openapi-generate",
            dependencies: [
                "ContractGenerator", "ContractDiff", "ContractDocument", "ContractJSON", "ContractYAML", "Diagnostics",
                "PosixSupport", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/Generator/openapi-generate"),
        .plugin(name: "ContractGeneratorPlugin", capability: .buildTool(), dependencies: ["openapi-generate"]),
        .plugin(
            name: "GenerateOpenAPI",
            capability: .command(
                intent: .custom(
                    verb: "generate-openapi",
                    description: "Write Swift of OpenAPI documents into the targets that have one"),
                permissions: [.writeToPackageDirectory(reason: "It writes the folder Generated of targets.")]),
            dependencies: ["openapi-generate"]),
        .target(
            name: "ContractGenerator",
            dependencies: [
                "ContractDocument", "ContractYAML", "ContractJSON", "ContractSchema", "ContractPattern", "Diagnostics",
                "PosixSupport",
            ],
            path: "Sources/Generator/ContractGenerator"),
        .target(
            name: "ContractDiff", dependencies: ["ContractDocument", "ContractYAML", "ContractJSON", "Diagnostics"],
            path: "Sources/Generator/ContractDiff"),
        .target(
            name: "ContractDocument",
            dependencies: [
                "ContractYAML", "ContractJSON", "ContractPattern", "Diagnostics",
                .product(name: "OrderedCollections", package: "swift-collections"),
            ],
            path: "Sources/Generator/ContractDocument"),
        .target(
            name: "ContractYAML", dependencies: ["CLibYAML", "ContractJSON", "Diagnostics"],
            path: "Sources/Generator/ContractYAML"),
        .target(name: "Diagnostics", path: "Sources/Generator/Diagnostics"),
        .systemLibrary(
            name: "CLibYAML", path: "Sources/Generator/CLibYAML", pkgConfig: "yaml-0.1",
            providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),

        // Sources/Runtime. The libraries that generated code depends on, and the only target that knows the C library.
        .target(
            name: "ContractHummingbird",
            dependencies: [
                "ContractRuntime", .product(name: "Hummingbird", package: "hummingbird"),
                logging,
            ],
            path: "Sources/Runtime/ContractHummingbird"),
        .target(
            name: "ContractAsyncHTTPClient",
            dependencies: [
                "ContractRuntime", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                nioCore,
            ],
            path: "Sources/Runtime/ContractAsyncHTTPClient"),
        .target(
            name: "ContractRuntime",
            dependencies: [
                "ContractJSON", "ContractSchema", "ContractPattern",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ],
            path: "Sources/Runtime/ContractRuntime"),
        .target(
            name: "ContractSchema", dependencies: ["ContractJSON", "ContractPattern"],
            path: "Sources/Runtime/ContractSchema"),
        .target(name: "ContractPattern", path: "Sources/Runtime/ContractPattern"),
        .target(name: "PosixSupport", path: "Sources/Runtime/PosixSupport"),
        .target(name: "ContractJSON", path: "Sources/Runtime/ContractJSON"),

        // Benchmarks.
        .executableTarget(
            name: "settings-benchmark",
            dependencies: ["HeksherSettings", "HeksherAPI", "ContractRuntime", "PosixSupport"],
            path: "Benchmarks/settings-benchmark"),
        .executableTarget(
            name: "json-benchmark", dependencies: ["ContractRuntime"],
            path: "Benchmarks/json-benchmark", exclude: ["openapi.yaml", "openapi-generator.yaml"],
            plugins: ["ContractGeneratorPlugin"]),

        // Tests, and the PostgreSQL server that they start.
        .target(
            name: "PostgresTesting", dependencies: ["LibPQ", "PostgresCluster"], path: "Tests/PostgresTesting"),
        .testTarget(
            name: "LibPQTests", dependencies: ["PosixSupport", "LibPQ", "PostgresCluster", "PostgresTesting"]),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "HeksherServer", "HeksherCatalog", "HeksherStore", "HeksherDomain", "HeksherAPI", "HeksherClient",
                "DocumentationPages", "HTTPGuard", "HTTPRepresentation", "LibPQ", "ContractAsyncHTTPClient",
                "ContractRuntime", "ContractJSON", "PostgresTesting",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "InMemoryLogging", package: "swift-log"),
                logging, nioCore,
                nioPosix, serviceLifecycle,
            ],
            path: "Tests/Integration", exclude: ["Databases"]),
        .testTarget(
            name: "HeksherServerTests",
            dependencies: [
                "HeksherServer", "HeksherCatalog", "HeksherStore", "HeksherDomain", "HeksherAPI", "HTTPGuard",
                "ContractJSON", "PostgresTesting",
                .product(name: "Configuration", package: "swift-configuration"),
                logging, nioCore,
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        .testTarget(
            name: "HTTPGuardTests",
            dependencies: [
                "HTTPGuard", "PostgresTesting", nioCore,
                nioPosix,
            ]),
        .testTarget(
            name: "HTTPRepresentationTests", dependencies: ["HTTPRepresentation"]),
        .testTarget(
            name: "HeksherSettingsTests",
            dependencies: [
                "HeksherSettings", "HeksherServer", "HeksherStore", "HeksherDomain", "HeksherAPI", "HeksherClient",
                "ContractAsyncHTTPClient", "ContractRuntime", "ContractJSON", "PostgresTesting",
                .product(name: "InMemoryLogging", package: "swift-log"),
                logging, serviceLifecycle,
            ]),
        .testTarget(
            name: "ConfigurationHeksherTests",
            dependencies: [
                "ConfigurationHeksher", "HeksherSettings", "HeksherServer", "HeksherStore", "HeksherAPI",
                "HeksherClient", "ContractAsyncHTTPClient", "ContractRuntime", "PostgresTesting",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ConfigurationTesting", package: "swift-configuration"),
                logging, serviceLifecycle,
            ]),
        .testTarget(
            name: "TelemetryTests",
            dependencies: [
                "Telemetry", "ContractJSON", "PosixSupport", "PostgresTesting",
                .product(name: "Hummingbird", package: "hummingbird"),
                logging, nioCore,
                nioPosix, serviceLifecycle,
            ]),
        .testTarget(name: "ContractJSONTests", dependencies: ["ContractJSON"]),
        .testTarget(
            name: "ContractSchemaTests", dependencies: ["ContractSchema", "ContractJSON"], exclude: ["Suite"]),
        .testTarget(
            name: "ContractGeneratorTests",
            dependencies: [
                "ContractGenerator", "ContractDiff", "ContractDocument", "ContractRuntime", "ContractYAML",
                "Diagnostics",
            ],
            exclude: ["Documents", "OperationsReference", "Reference"]),
        .testTarget(
            name: "GeneratedCodeTests", dependencies: ["ContractRuntime"],
            plugins: ["ContractGeneratorPlugin"]),
        .testTarget(
            name: "GeneratedOperationsTests",
            dependencies: [
                "ContractRuntime", "ContractHummingbird", "ContractAsyncHTTPClient",
                .product(name: "Hummingbird", package: "hummingbird"), logging,
            ],
            exclude: ["openapi-generator.yaml"], plugins: ["ContractGeneratorPlugin"]),
        .testTarget(
            name: "GeneratedSchemasTests", dependencies: ["ContractRuntime"], exclude: ["openapi-generator.yaml"],
            plugins: ["ContractGeneratorPlugin"]),
        .testTarget(name: "ContractPatternTests", dependencies: ["ContractPattern"]),
        .testTarget(
            name: "ContractYAMLTests", dependencies: ["ContractYAML", "ContractJSON", "Diagnostics"]),
        .testTarget(
            name: "ContractRuntimeTests",
            dependencies: [
                "ContractRuntime", "ContractJSON", .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        .testTarget(
            name: "PostgresClusterTests", dependencies: ["PostgresCluster", "LibPQ"]),
        .testTarget(
            name: "HeksherCommandTests",
            dependencies: [
                "heksher", "HeksherServer", "HeksherClient", "ContractAsyncHTTPClient", "ContractJSON", "LibPQ",
                "PostgresCluster", "PostgresTesting",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                logging, nioCore,
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                nioPosix,
            ]),
        .testTarget(name: "HeksherDomainTests", dependencies: ["HeksherDomain"]),
    ],
    swiftLanguageModes: [.v6]
)

// The programs of `make fuzz`. Each name is a folder in Tests/Fuzzing, and its folder in Corpus contains the first
// inputs. They need libFuzzer, which `-sanitize=fuzzer` links.
if Context.environment["HEKSHER_FUZZING"] != nil {
    let fuzzed: [(name: String, dependencies: [Target.Dependency])] = [
        ("http", ["HeksherServer", "DocumentationPages", .product(name: "NIOEmbedded", package: "swift-nio")]),
        ("json", ["HeksherAPI"]),
        ("openapi", ["ContractGenerator"]),
        ("schema", ["ContractSchema"]),
        ("settings", ["HeksherDomain"]),
        (
            "texts",
            [
                "ContractGenerator", .product(name: "SwiftParser", package: "swift-syntax"),
                .product(name: "SwiftSyntax", package: "swift-syntax"),
            ]
        ),
        ("yaml", ["ContractDocument"]),
    ]
    package.products = []
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-syntax", from: "603.0.1"))
    package.targets.removeAll { $0.type == .test }
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzzing/CLibFuzzer"),
        .target(
            name: "Fuzzing", dependencies: ["CLibFuzzer"], path: "Tests/Fuzzing/Fuzzing"),
    ]
    package.targets += fuzzed.map { target in
        .executableTarget(
            name: "fuzz-\(target.name)", dependencies: ["Fuzzing"] + target.dependencies,
            path: "Tests/Fuzzing/\(target.name)")
    }
}

for target in package.targets where [.regular, .executable, .test].contains(target.type) {
    target.swiftSettings = swiftSettings + (target.swiftSettings ?? [])
}
