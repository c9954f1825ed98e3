import ContractAsyncHTTPClient
import Foundation
import HeksherSettings
import Logging
import ServiceLifecycle

enum Checkout {
    static let retries = Setting("checkout.retries", configurableBy: ["tenant"], default: 3)
}

struct Shop: Service {
    func run() async throws {
        for await retries in Checkout.retries.values(for: ["tenant": "acme"]) {
            print("acme retries \(retries) times")
        }
    }
}

let address = ProcessInfo.processInfo.environment["HEKSHER_URL"] ?? "http://127.0.0.1:8080"
let reader = SettingsReader(AsyncHTTPClientTransport(baseURL: address), settings: [Checkout.retries])
try await reader.loadValues()
try await ServiceGroup(
    services: [reader, Shop()], gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "checkout")
).run()
