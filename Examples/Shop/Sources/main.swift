import ContractAsyncHTTPClient
import Foundation
import HeksherSettings
import Logging
import ServiceLifecycle

enum Cart {
    static let limit = Setting("cart.limit", configurableBy: ["tenant"], default: 20)
}

let logger = Logger(label: "shop")

struct Shop: Service {
    func run() async throws {
        for await limit in Cart.limit.values(for: ["tenant": "acme"]) {
            logger.info("acme may have \(limit) items in a cart")
        }
    }
}

let address = ProcessInfo.processInfo.environment["HEKSHER_URL"] ?? "http://127.0.0.1:8080"
let reader = SettingsReader(AsyncHTTPClientTransport(baseURL: address), settings: [Cart.limit])
do {
    try await reader.loadValues()
} catch is DeclarationError {
    // The log has the reason.
    exit(1)
}
try await ServiceGroup(
    services: [reader, Shop()], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
).run()
