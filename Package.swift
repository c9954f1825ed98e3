// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "heksher",
    products: [
        .executable(name: "openapi-generate", targets: ["openapi-generate"]),
        .plugin(name: "OpenAPIGeneratorPlugin", targets: ["OpenAPIGeneratorPlugin"]),
        .library(name: "OpenAPIRuntime", targets: ["OpenAPIRuntime"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    ],
    targets: [
        // The generator: OpenAPI documents to Swift. Nothing here knows Heksher.
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "JSON", swiftSettings: swiftSettings),
        .target(name: "ECMAPattern", swiftSettings: swiftSettings),
        .target(name: "YAML", dependencies: ["CLibYAML"], swiftSettings: swiftSettings),
        .target(
            name: "OpenAPIDocument",
            dependencies: ["YAML", "JSON", .product(name: "OrderedCollections", package: "swift-collections")],
            swiftSettings: swiftSettings),
        .target(
            name: "OpenAPIGenerator", dependencies: ["OpenAPIDocument", "YAML", "JSON", "ECMAPattern"],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "openapi-generate",
            dependencies: ["OpenAPIGenerator", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: swiftSettings),
        .plugin(name: "OpenAPIGeneratorPlugin", capability: .buildTool(), dependencies: ["openapi-generate"]),

        // What generated code stands on.
        .target(
            name: "OpenAPIRuntime",
            dependencies: [
                "JSON", "ECMAPattern",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ],
            swiftSettings: swiftSettings),
        // The service.
        .target(
            name: "HeksherAPI",
            dependencies: [
                "JSON", "OpenAPIRuntime",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ],
            swiftSettings: swiftSettings,
            plugins: ["OpenAPIGeneratorPlugin"]),
        .target(name: "HeksherDomain", dependencies: ["JSON"], swiftSettings: swiftSettings),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: swiftSettings),
        .testTarget(
            name: "OpenAPIGeneratorTests", dependencies: ["OpenAPIGenerator", "YAML"], swiftSettings: swiftSettings),
        .testTarget(name: "HeksherDomainTests", dependencies: ["HeksherDomain"], swiftSettings: swiftSettings),
    ],
    swiftLanguageModes: [.v6]
)
