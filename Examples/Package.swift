// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "examples",
    dependencies: [
        .package(name: "heksher", path: ".."),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        // Serves its own contract, and calls it.
        .executableTarget(
            name: "petstore",
            dependencies: [
                .product(name: "ContractRuntime", package: "heksher"),
                .product(name: "ContractHummingbird", package: "heksher"),
                .product(name: "ContractAsyncHTTPClient", package: "heksher"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            path: "Sources/PetStore",
            plugins: [.plugin(name: "ContractGeneratorPlugin", package: "heksher")]),
        // Serves greetings that depend on settings.
        .executableTarget(
            name: "greeter",
            dependencies: [
                .product(name: "HeksherSettings", package: "heksher"),
                .product(name: "ContractAsyncHTTPClient", package: "heksher"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            path: "Sources/Greeter"),
        // Serves requests of tenants, with a log level for each tenant.
        .executableTarget(
            name: "tenant-logging",
            dependencies: [
                .product(name: "ConfigurationHeksher", package: "heksher"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ContractAsyncHTTPClient", package: "heksher"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/TenantLogging"),
        // The first program of docs/settings.md.
        .executableTarget(
            name: "shop",
            dependencies: [
                .product(name: "HeksherSettings", package: "heksher"),
                .product(name: "ContractAsyncHTTPClient", package: "heksher"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Shop/Sources"),
        // The other code of docs/settings.md.
        .executableTarget(
            name: "settings-guide",
            dependencies: [
                .product(name: "HeksherSettings", package: "heksher"),
                .product(name: "ContractAsyncHTTPClient", package: "heksher"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/SettingsGuide"),
    ],
    swiftLanguageModes: [.v6]
)
