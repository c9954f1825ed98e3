import ArgumentParser
import AsyncHTTPClient
import Glibc
import HeksherAPI
import HeksherClient
import NIOCore
import NIOPosix
import OpenAPIAsyncHTTPClient
import OpenAPIRuntime
import Synchronization

/// A service that is asked for something, and whose answers are printed.
struct RemoteService {
    private let address: String
    private let timeout: Duration
    private let showsJSON: Bool
    private let transport: AsyncHTTPClientTransport
    private let credentials: ClientCredentials<Credentials>

    /// Lives as long as the program. It tells at once that nobody listens instead of trying again, and follows no redirect,
    /// which would turn a change into a question.
    private static let httpClient: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    private static let timeouts: [HTTPClientError] = [
        .deadlineExceeded, .connectTimeout, .readTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout,
    ]

    init(_ address: ServiceAddress, token: String?, timeout: Duration, showsJSON: Bool) {
        credentials = ClientCredentials(token.map { [.bearer(BearerToken($0))] } ?? [])
        self.address = address.text
        self.timeout = timeout
        self.showsJSON = showsJSON
        transport = AsyncHTTPClientTransport(Self.httpClient, baseURL: address.text, timeout: timeout)
    }

    /// Asks for one thing, and prints what is answered if that is wanted as JSON.
    ///
    /// - Parameters:
    ///   - sentence: why there is nothing, where the service says nothing about it.
    ///   - operation: calls one operation, and takes what it wants out of its output.
    /// - Throws: ``Refusal``.
    func ask<Value>(ifUnknown sentence: String? = nil, _ operation: (Client) async throws -> Value) async throws
        -> Value
    {
        let recorder = Recorder(transport)
        do {
            let value = try await operation(Client(recorder, credentials: credentials))
            try showJSON(recorder)
            return value
        } catch let refusal as Refusal {
            try showJSON(recorder)
            throw refusal
        } catch let error as ClientError {
            switch (error.reason, error.response) {
            case (.otherOutput, let response?):
                try showJSON(recorder)
                throw Refusal(response, else: sentence)
            case (.contractBroken(let problems), let response?):
                throw Refusal(undeclared: response, problems, from: address)
            case (.noResponse(let error), _): throw Refusal(.unavailable, "\(address) \(complaint(of: error))")
            default: throw error
            }
        }
    }

    /// Prints what a person wants to read.
    func tell(_ text: @autoclosure () -> String) throws {
        if !showsJSON { try show(text()) }
    }

    /// Prints a table, or tells that there is nothing in it.
    func tell(_ table: Table, ifEmpty sentence: String) throws {
        if showsJSON { return }
        if table.isEmpty { say(sentence) } else { try show(table.text(width: terminalWidth())) }
    }

    private func showJSON(_ recorder: Recorder) throws {
        guard showsJSON, let response = recorder.response, response.mediaType == "application/json" else { return }
        let text = String(decoding: response.body, as: UTF8.self)
        // What is escaped here can stand in strings alone, so that it stays the same JSON.
        try show(terminalWidth() == nil ? text : text.printable(keeping: "\n\t"))
    }

    private func complaint(of error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where Self.timeouts.contains(error):
            "does not answer in \(timeout.components.seconds) seconds"
        case let error as HTTPClientError: "cannot be asked: \(error.shortDescription)"
        case let error as NIOConnectionError:
            if let failure = error.connectionErrors.last {
                complaint(of: failure.error)
            } else {
                "cannot be asked: its host is unknown"
            }
        case let error as IOError: "cannot be asked: \(String(cString: strerror(error.errnoCode)))"
        default:
            // BoringSSL's errors name a place in its source, and then what is wrong.
            if let match = "\(error)".firstMatch(of: /OPENSSL_internal:(\w+)/) {
                "cannot be asked over TLS: \(match.1)"
            } else {
                "cannot be asked: \(error)"
            }
        }
    }
}

/// Keeps the response as it came.
private final class Recorder: ClientTransport {
    private let transport: AsyncHTTPClientTransport
    private let last = Mutex<APIResponse?>(nil)

    init(_ transport: AsyncHTTPClientTransport) {
        self.transport = transport
    }

    var response: APIResponse? { last.withLock { $0 } }

    func send(_ request: APIRequest) async throws -> APIResponse {
        let response = try await transport.send(request)
        last.withLock { $0 = response }
        return response
    }
}

/// Does something for each element. What is refused for one keeps nothing from the others, and gives its exit status.
func forEach<Element>(_ elements: [Element], _ body: (Element) async throws -> Void) async throws {
    var first: Refusal.Status?
    for element in elements {
        do {
            try await body(element)
        } catch let refusal as Refusal where refusal.concernsOneRequest {
            refusal.tell()
            first = first ?? refusal.status
        }
    }
    if let first { throw ExitCode(first.rawValue) }
}
