import ContractAsyncHTTPClient
import HeksherSettings
import Hummingbird

/// The settings that the service reads from Heksher.
enum Greeting {
    enum Style: String, SettingEnum { case plain, loud }

    static let word = Setting("greeter.word", configurableBy: ["language", "user"], default: "Hello")
    static let style = Setting("greeter.style", configurableBy: ["user"], default: Style.plain)
}

/// Serves `/hello/NAME`, a greeting that depends on the name and the language.
///
/// ENVIRONMENT
///   HEKSHER_URL    the address of Heksher (default: http://127.0.0.1:8080)
///   PORT           the port to listen on (default: a free one)
@main
struct Greeter {
    static func main() async throws {
        let environment = Environment()
        let settings = SettingsReader(
            AsyncHTTPClientTransport(baseURL: environment.get("HEKSHER_URL") ?? "http://127.0.0.1:8080"),
            settings: [Greeting.word, Greeting.style], contexts: ["language": .any, "user": .any],
            refreshInterval: .seconds(1))

        let router = Router()
        router.get("hello/:name") { request, context in
            let name = try context.parameters.require("name")
            let whom: SettingContext = [
                "user": name, "language": request.uri.queryParameters["language"].map(String.init) ?? "en",
            ]
            let greeting = "\(Greeting.word.value(for: whom)), \(name)!"
            return Greeting.style.value(for: whom) == .loud ? greeting.uppercased() : greeting
        }

        // Load the values before the first request. If Heksher is unavailable, the service starts with the defaults.
        try await settings.loadValues()
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: environment.get("PORT", as: Int.self) ?? 0)),
            services: [settings])
        try await application.runService()
    }
}
