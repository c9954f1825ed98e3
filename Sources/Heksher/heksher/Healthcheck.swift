import ArgumentParser
import AsyncHTTPClient
import Configuration
import HeksherServer
import NIOCore
import NIOSSL

struct Healthcheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a running service whether it is well.",
        discussion: """
            Ends with status 0 if the service answers and its database was reachable at the last check, else with status 1 and \
            a sentence. It is what a container's health check runs.

            The service is asked where the same variables make it listen. If neither an option nor a variable names the place, both \
            loopback addresses are tried, IPv4 first.

            \(EnvironmentVariable.help(for: .healthcheck))
            """)

    @Option(help: "The address of the service. (default: the place that the other options and the variables name)")
    var url: String?

    @OptionGroup var address: Address

    @Option(help: "How many seconds it may take.")
    var timeout = 3

    func validate() throws {
        if !(1...3600).contains(timeout) { throw ValidationError("--timeout takes a number of seconds from 1 to 3600") }
        guard let url else { return }
        if address.host != nil || address.port != nil || address.unixSocket != nil {
            throw ValidationError("--url does not go together with --host, --port or --unix-socket")
        }
        do {
            _ = try ServiceAddress(parsing: url)
        } catch {
            throw ValidationError("--url: \(error)")
        }
    }

    /// Both clients live as long as the program. They follow no redirects: the service sends none for this path, and the port of a redirect
    /// would be unchecked.
    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: HTTPClient.Configuration(redirectConfiguration: .disallow))

    /// Connects to this machine.
    private static let localClient: HTTPClient = {
        var tls = TLSConfiguration.makeClientConfiguration()
        // The certificate contains the names by which other machines know this one, and there is nothing in between.
        tls.certificateVerification = .none
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        // A second address is tried if the first one refuses the connection.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    func run() async throws {
        if let url { return try await ask(url, Self.client) }
        var first: HealthError?
        for address in try places() {
            do {
                return try await ask(address, Self.localClient)
            } catch {
                // If a service responds, it is the right one.
                if error.isAnswer { throw error }
                first = first ?? error
            }
        }
        if let first { throw first }
    }

    /// The addresses on which the service may listen.
    private func places() throws -> [String] {
        let scheme = try ServiceConfiguration.scheme(.environment)
        let place = try ServiceConfiguration.listeningAddress(
            .environment, host: address.host, port: address.port, unixSocket: address.unixSocket)
        switch place {
        case .unixSocket(let path): return ["\(scheme)+unix://\(path.percentEncoded)"]
        case .network(let host, let port):
            let isNamed = try address.host != nil || ConfigReader.environment.text(.host) != nil
            let hosts =
                switch host {
                case "*", "0.0.0.0", "0": ["127.0.0.1", "::1"]
                case "::", "[::]": ["::1", "127.0.0.1"]
                default: isNamed ? [host] : [host, "::1"]
                }
            return hosts.map { "\(scheme)://\(ListeningAddress.bracketed($0)):\(port)" }
        }
    }

    private func ask(_ address: String, _ client: HTTPClient) async throws(HealthError) {
        let response: HTTPClientResponse
        do {
            var request = HTTPClientRequest(url: "\(address)/api/health")
            // The client adds none for a Unix socket.
            if address.contains("+unix:") { request.headers.add(name: "Host", value: "localhost") }
            response = try await client.execute(request, timeout: .seconds(Int64(timeout)))
        } catch {
            let clause = ConnectionProblem(error, timeout: .seconds(timeout)).clause
            throw HealthError(description: "\(address) \(clause)", isAnswer: false)
        }
        guard response.status == .ok else {
            throw HealthError(
                description: "\(address) is not well: it answers with status \(response.status.code)", isAnswer: true)
        }
    }
}

private struct HealthError: Error, CustomStringConvertible {
    var description: String
    /// Whether the service responded.
    var isAnswer: Bool
}

extension String {
    /// The text as the host of a URL, which contains the path of a socket.
    fileprivate var percentEncoded: String {
        utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            default: (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
