import ArgumentParser
import AsyncHTTPClient
import HeksherServer
import NIOCore
import NIOSSL

struct Healthcheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a running service whether it is well.",
        discussion: """
            Ends with status 0 if the service answers and its database was reachable at the last check, else with status 1 and \
            a sentence. It is what a container's health check runs.

            ENVIRONMENT
              PORT
                The port of the service on this machine, unless --url is given.
                (default: 8080)
              HEKSHER_TLS_CERTIFICATE
                If it is set, the service is asked over TLS, whatever names its
                certificate has, unless --url is given.
            """)

    @Option(help: "The address of the service. (default: http://127.0.0.1 at PORT)")
    var url: String?

    @Option(help: "How many seconds it may take.")
    var timeout = 3

    func validate() throws {
        if !(1...3600).contains(timeout) { throw ValidationError("--timeout takes a number of seconds from 1 to 3600") }
    }

    /// Asks this machine. It lives as long as the program.
    private static let localClient: HTTPClient = {
        var tls = TLSConfiguration.makeClientConfiguration()
        // The certificate is for the names by which others know this machine, and nobody is in between.
        tls.certificateVerification = .none
        return HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: HTTPClient.Configuration(tlsConfiguration: tls))
    }()

    func run() async throws {
        let scheme = ServiceConfiguration.scheme(.environment)
        let address = try url ?? "\(scheme)://127.0.0.1:\(ServiceConfiguration.port(.environment))"
        let response: HTTPClientResponse
        do {
            let request = HTTPClientRequest(url: "\(address)/api/health")
            response = try await (url == nil ? Self.localClient : .shared).execute(
                request, timeout: .seconds(Int64(timeout)))
        } catch {
            throw HealthError(description: "\(address) does not answer: \(error)")
        }
        guard response.status == .ok else {
            throw HealthError(description: "\(address) is not well: it answers with status \(response.status.code)")
        }
    }
}

private struct HealthError: Error, CustomStringConvertible {
    var description: String
}
