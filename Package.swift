// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// A fault on purpose, which `make check-freshness-fault` has to find.
let plantedFaults: [SwiftSetting] =
    Context.environment["HEKSHER_UNSAFE_SKIP_VALIDATION"] == nil ? [] : [.define("SKIPS_VALIDATION")]

let package = Package(
    name: "heksher",
    products: [
        .executable(name: "heksher", targets: ["heksher"]),
        .executable(name: "openapi-generate", targets: ["openapi-generate"]),
        .plugin(name: "OpenAPIGeneratorPlugin", targets: ["OpenAPIGeneratorPlugin"]),
        .plugin(name: "GenerateOpenAPI", targets: ["GenerateOpenAPI"]),
        .library(name: "OpenAPIRuntime", targets: ["OpenAPIRuntime"]),
        .library(name: "OpenAPIHummingbird", targets: ["OpenAPIHummingbird"]),
        .library(name: "OpenAPIAsyncHTTPClient", targets: ["OpenAPIAsyncHTTPClient"]),
        .library(name: "HeksherClient", targets: ["HeksherClient", "HeksherAPI"]),
        .library(name: "HeksherSettings", targets: ["HeksherSettings"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        // Without traits, these do with FoundationEssentials: the program is 45 MB smaller without the rest of Foundation.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
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
        // The generator: OpenAPI documents to Swift. Nothing here knows Heksher.
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "JSON", swiftSettings: swiftSettings),
        .target(name: "ECMAPattern", swiftSettings: swiftSettings),
        .target(name: "JSONSchema", dependencies: ["JSON", "ECMAPattern"], swiftSettings: swiftSettings),
        .target(name: "YAML", dependencies: ["CLibYAML"], swiftSettings: swiftSettings),
        .target(
            name: "OpenAPIDocument",
            dependencies: ["YAML", "JSON", .product(name: "OrderedCollections", package: "swift-collections")],
            swiftSettings: swiftSettings),
        .target(
            name: "OpenAPIDiff", dependencies: ["OpenAPIDocument", "YAML", "JSON"], swiftSettings: swiftSettings),
        .target(
            name: "OpenAPIGenerator", dependencies: ["OpenAPIDocument", "YAML", "JSON", "JSONSchema", "ECMAPattern"],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "openapi-generate",
            dependencies: [
                "OpenAPIGenerator", "OpenAPIDiff", "OpenAPIDocument", "JSON", "YAML",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),
        .plugin(name: "OpenAPIGeneratorPlugin", capability: .buildTool(), dependencies: ["openapi-generate"]),
        .plugin(
            name: "GenerateOpenAPI",
            capability: .command(
                intent: .custom(
                    verb: "generate-openapi",
                    description: "Write Swift of OpenAPI documents into the targets that have one"),
                permissions: [.writeToPackageDirectory(reason: "It writes the folder Generated of targets.")]),
            dependencies: ["openapi-generate"]),

        // What generated code stands on.
        .target(
            name: "OpenAPIRuntime",
            dependencies: [
                "JSON", "JSONSchema", "ECMAPattern",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "OpenAPIHummingbird",
            dependencies: [
                "OpenAPIRuntime", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "OpenAPIAsyncHTTPClient",
            dependencies: [
                "OpenAPIRuntime", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),

        // PostgreSQL.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "Postgres", dependencies: ["CLibPQ"], swiftSettings: swiftSettings),
        .target(
            name: "PostgresCluster", dependencies: [.product(name: "Subprocess", package: "swift-subprocess")],
            swiftSettings: swiftSettings),
        .executableTarget(name: "embed-sql", swiftSettings: swiftSettings),
        .plugin(name: "EmbedSQL", capability: .buildTool(), dependencies: ["embed-sql"]),

        // Log lines and error reports on their way out. Nothing here knows Heksher.
        .target(
            name: "Telemetry",
            dependencies: [
                "JSON", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings),

        // The service.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "HeksherAPI", dependencies: ["OpenAPIRuntime"], exclude: ["openapi-generator.yaml"],
            swiftSettings: swiftSettings, plugins: ["OpenAPIGeneratorPlugin"]),
        .target(
            name: "HeksherClient", dependencies: ["HeksherAPI", "OpenAPIRuntime"], exclude: ["openapi-generator.yaml"],
            swiftSettings: swiftSettings, plugins: ["OpenAPIGeneratorPlugin"]),
        .target(
            name: "HeksherSettings",
            dependencies: [
                "HeksherClient", "HeksherAPI", "OpenAPIRuntime", "JSON",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "settings-benchmark", dependencies: ["HeksherSettings", "HeksherAPI", "OpenAPIRuntime"],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "json-benchmark", dependencies: ["OpenAPIRuntime"],
            exclude: ["openapi.yaml", "openapi-generator.yaml"],
            swiftSettings: swiftSettings, plugins: ["OpenAPIGeneratorPlugin"]),
        .target(name: "HeksherDomain", dependencies: ["JSON"], swiftSettings: swiftSettings),
        .target(
            name: "HeksherStore",
            dependencies: [
                "HeksherDomain", "Postgres", "JSON",
                .product(name: "HashTreeCollections", package: "swift-collections"),
            ],
            swiftSettings: swiftSettings + plantedFaults, plugins: ["EmbedSQL"]),
        .target(
            name: "HeksherServer",
            dependencies: [
                "CZlib", "HeksherAPI", "HeksherDomain", "HeksherStore", "OpenAPIHummingbird", "OpenAPIRuntime",
                "JSON", "Postgres", "Telemetry",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Documentation/Embedded")], swiftSettings: swiftSettings),
        .executableTarget(
            name: "heksher",
            dependencies: [
                "HeksherServer", "HeksherStore", "HeksherDomain", "JSON", "Postgres", "PostgresCluster",
                "HeksherAPI", "HeksherClient", "OpenAPIAsyncHTTPClient", "OpenAPIRuntime",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),

        // A PostgreSQL server for tests.
        .target(
            name: "PostgresTesting", dependencies: ["Postgres", "PostgresCluster"], path: "Tests/PostgresTesting",
            swiftSettings: swiftSettings),
        .testTarget(
            name: "PostgresTests", dependencies: ["Postgres", "PostgresCluster", "PostgresTesting"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "HeksherServerTests",
            dependencies: [
                "HeksherServer", "HeksherStore", "HeksherAPI", "HeksherClient", "HeksherDomain", "OpenAPIRuntime",
                "OpenAPIAsyncHTTPClient", "JSON", "Postgres", "PostgresTesting",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Databases"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "HeksherSettingsTests",
            dependencies: [
                "HeksherSettings", "HeksherServer", "HeksherStore", "HeksherDomain", "HeksherAPI", "HeksherClient",
                "OpenAPIAsyncHTTPClient", "OpenAPIRuntime", "JSON", "PostgresTesting",
                .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "TelemetryTests",
            dependencies: [
                "Telemetry", "JSON", "PostgresTesting", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: swiftSettings),
        .testTarget(
            name: "JSONSchemaTests", dependencies: ["JSONSchema", "JSON"], exclude: ["Suite"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "OpenAPIGeneratorTests",
            dependencies: ["OpenAPIGenerator", "OpenAPIDiff", "OpenAPIDocument", "YAML"],
            exclude: ["Documents", "OperationsReference", "Reference"], swiftSettings: swiftSettings),
        .testTarget(
            name: "GeneratedCodeTests", dependencies: ["OpenAPIRuntime"], swiftSettings: swiftSettings,
            plugins: ["OpenAPIGeneratorPlugin"]),
        .testTarget(
            name: "GeneratedOperationsTests",
            dependencies: [
                "OpenAPIRuntime", "OpenAPIHummingbird", "OpenAPIAsyncHTTPClient",
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["openapi-generator.yaml"],
            swiftSettings: swiftSettings, plugins: ["OpenAPIGeneratorPlugin"]),
        .testTarget(
            name: "GeneratedSchemasTests", dependencies: ["OpenAPIRuntime"], swiftSettings: swiftSettings,
            plugins: ["OpenAPIGeneratorPlugin"]),
        .testTarget(name: "ECMAPatternTests", dependencies: ["ECMAPattern"], swiftSettings: swiftSettings),
        .testTarget(name: "YAMLTests", dependencies: ["YAML"], swiftSettings: swiftSettings),
        .testTarget(
            name: "OpenAPIRuntimeTests",
            dependencies: [
                "OpenAPIRuntime", "JSON", .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "PostgresClusterTests", dependencies: ["PostgresCluster", "Postgres"], swiftSettings: swiftSettings),
        .testTarget(
            name: "HeksherCommandTests",
            dependencies: [
                "heksher", "HeksherClient", "OpenAPIAsyncHTTPClient", "JSON", "Postgres", "PostgresCluster",
                "PostgresTesting",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(name: "HeksherDomainTests", dependencies: ["HeksherDomain"], swiftSettings: swiftSettings),
    ],
    swiftLanguageModes: [.v6]
)

// What `make fuzz` gives random inputs to: each name is a folder in Tests/Fuzzing, with inputs to start from in Corpus. It takes
// libFuzzer, which is linked into whatever is built with -sanitize=fuzzer.
if Context.environment["HEKSHER_FUZZING"] != nil {
    let fuzzed: [(name: String, dependencies: [Target.Dependency])] = [
        ("http", ["HeksherServer", .product(name: "NIOEmbedded", package: "swift-nio")]),
        ("json", ["HeksherAPI"]),
        ("openapi", ["OpenAPIGenerator"]),
        ("schema", ["JSONSchema"]),
        ("settings", ["HeksherDomain"]),
        ("yaml", ["OpenAPIDocument"]),
    ]
    let others: Set = [
        "heksher", "settings-benchmark", "json-benchmark", "HeksherClient", "HeksherSettings", "OpenAPIAsyncHTTPClient",
        "PostgresCluster", "PostgresTesting", "GenerateOpenAPI",
    ]
    package.products = []
    package.targets.removeAll { others.contains($0.name) || $0.type == .test }
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzzing/CLibFuzzer"),
        .target(
            name: "Fuzzing", dependencies: ["CLibFuzzer"], path: "Tests/Fuzzing/Fuzzing", swiftSettings: swiftSettings),
    ]
    package.targets += fuzzed.map { target in
        .executableTarget(
            name: "fuzz-\(target.name)", dependencies: ["Fuzzing"] + target.dependencies,
            path: "Tests/Fuzzing/\(target.name)", swiftSettings: swiftSettings)
    }
}
