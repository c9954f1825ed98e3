import ArgumentParser
import Configuration
import HeksherServer

/// Which service is asked, and how its answers are printed.
struct ServiceOptions: ParsableArguments {
    @Option(
        help: "The address of the service. (default: HEKSHER_URL of the environment, else http://127.0.0.1 at PORT)")
    var url: String?

    @Option(
        help:
            "A token for the service, if it asks for one. Others on this machine can see it: HEKSHER_TOKEN of the environment is better."
    )
    var token: String?

    @Option(help: "How many seconds an answer may take.")
    var timeout = 30

    @Flag(help: "Print what the service answers, for programs; nothing if it answers without a body.")
    var json = false

    func validate() throws {
        if !(1...3600).contains(timeout) { throw ValidationError("--timeout takes a number of seconds from 1 to 3600") }
        do {
            if let url { _ = try ServiceAddress(parsing: url) }
        } catch {
            throw ValidationError("--url: \(error)")
        }
    }

    /// The service to ask. It is not connected to until it is asked.
    ///
    /// - Throws: `ConfigurationError`.
    func service() throws -> RemoteService {
        let environment = ConfigReader.environment
        let inherited = environment.string(forKey: ConfigKey(["HEKSHER_TOKEN"]), isSecret: true)
        let token = token ?? inherited.flatMap { $0.isEmpty ? nil : $0 }
        return RemoteService(try address(), token: token, timeout: .seconds(timeout), showsJSON: json)
    }

    private func address() throws -> ServiceAddress {
        if let url { return try ServiceAddress(parsing: url) }
        let environment = ConfigReader.environment
        if let text = environment.string(forKey: ConfigKey(["HEKSHER_URL"])), !text.isEmpty {
            do {
                return try ServiceAddress(parsing: text)
            } catch {
                throw ConfigurationError("HEKSHER_URL: \(error)")
            }
        }
        return try ServiceAddress(parsing: "http://127.0.0.1:\(ServiceConfiguration.port(environment))")
    }
}
