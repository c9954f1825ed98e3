// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "examples",
    dependencies: [
        .package(name: "heksher", path: ".."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        // Serves a contract of its own, and calls it.
        .executableTarget(
            name: "petstore",
            dependencies: [
                .product(name: "OpenAPIRuntime", package: "heksher"),
                .product(name: "OpenAPIHummingbird", package: "heksher"),
                .product(name: "OpenAPIAsyncHTTPClient", package: "heksher"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            path: "Sources/PetStore",
            plugins: [.plugin(name: "OpenAPIGeneratorPlugin", package: "heksher")]),
        // Serves greetings that depend on settings.
        .executableTarget(
            name: "greeter",
            dependencies: [
                .product(name: "HeksherSettings", package: "heksher"),
                .product(name: "OpenAPIAsyncHTTPClient", package: "heksher"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            path: "Sources/Greeter"),
    ],
    swiftLanguageModes: [.v6]
)
