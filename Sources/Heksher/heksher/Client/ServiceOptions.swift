import ArgumentParser
import Configuration
import HeksherServer

/// The service to call, and the form in which its responses are printed.
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

    /// The service to call. The connection is opened with the first request.
    ///
    /// - Throws: `ConfigurationError`.
    func service() throws -> RemoteService {
        let environment = ConfigReader.environment
        let token = try token ?? environment.text(.token)
        return RemoteService(try address(), token: token, timeout: .seconds(timeout), showsJSON: json)
    }

    private func address() throws -> ServiceAddress {
        if let url { return try ServiceAddress(parsing: url) }
        let environment = ConfigReader.environment
        if let text = try environment.text(.url) {
            do {
                return try ServiceAddress(parsing: text)
            } catch {
                throw ConfigurationError("\(EnvironmentVariable.url.name): \(error)")
            }
        }
        return try ServiceAddress(parsing: "http://127.0.0.1:\(ServiceConfiguration.port(environment))")
    }
}
