import ArgumentParser
import AsyncHTTPClient
import ContractAsyncHTTPClient
import ContractJSON
import ContractRuntime
import HeksherAPI
import HeksherClient
import NIOCore
import NIOPosix
import PosixSupport
import Synchronization
import Telemetry

/// A service to which commands send requests, and whose responses they print.
struct RemoteService {
    private let address: String
    private let timeout: Duration
    private let showsJSON: Bool
    private let transport: AsyncHTTPClientTransport
    private let credentials: ClientCredentials<Credentials>

    /// Lives as long as the program. It reports at once that nothing listens, instead of retrying. It follows no redirects, because a
    /// redirect would turn a change into a GET request.
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

    /// Sends one request, and prints the response if the user wants JSON.
    ///
    /// - Parameters:
    ///   - sentence: the text of the error if the thing does not exist and the response has no text.
    ///   - operation: calls one operation, and returns the wanted part of its output.
    /// - Throws: ``Refusal``.
    func ask<Value>(ifUnknown sentence: String? = nil, _ operation: (Client) async throws -> Value) async throws
        -> Value
    {
        try await send(showsJSON: showsJSON, ifUnknown: sentence, operation)
    }

    /// Warns the user of names that are not context features.
    ///
    /// - Throws: ``Refusal``.
    func warnOfUnknown(_ names: [String]) async throws {
        guard !names.isEmpty else { return }
        let known = try await send(showsJSON: false) { try await $0.listContextFeatures().ok.contextFeatures }
        Self.warn(ofUnknown: names.filter { !known.contains($0) }, known: known)
    }

    /// - Parameter known: the context features, if they are known.
    static func warn(ofUnknown names: [String], known: [String]? = nil) {
        let others = known.map { $0.isEmpty ? "; there are none" : "; there are \($0.joined(separator: ", "))" } ?? ""
        for name in names { say("heksher: warning: '\(name)' is not a context feature\(others)") }
    }

    private func send<Value>(
        showsJSON: Bool, ifUnknown sentence: String? = nil, _ operation: (Client) async throws -> Value
    ) async throws -> Value {
        let recorder = Recorder(transport)
        func showJSON(_ recorder: Recorder) throws { if showsJSON { try self.showJSON(recorder) } }
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

    /// Prints a text for people.
    func tell(_ text: @autoclosure () -> String) throws {
        if !showsJSON { try show(text()) }
    }

    /// Prints a table, or a sentence if the table is empty.
    func tell(_ table: Table, ifEmpty sentence: String) throws {
        if showsJSON { return }
        if table.isEmpty { say(sentence) } else { try show(table.text(width: terminalWidth())) }
    }

    private func showJSON(_ recorder: Recorder) throws {
        guard showsJSON, let response = recorder.response, response.mediaType == "application/json" else { return }
        // The service returns stored values as they were declared, including line breaks. Here, each response is printed on one line.
        let text =
            (try? JSONValue(parsing: response.body))?.compacted().text ?? String(decoding: response.body, as: UTF8.self)
        // The escaped characters only occur in strings, so the result is the same JSON.
        try show(outputIsTerminal() ? text.printable(keeping: "\n\t") : text)
    }

    private func complaint(of error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where Self.timeouts.contains(error):
            "does not answer in \(timeout.components.seconds) seconds"
        case let error as HTTPClientError: "cannot be reached: \(error.shortDescription)"
        case let error as NIOConnectionError:
            if let failure = error.connectionErrors.last {
                complaint(of: failure.error)
            } else {
                "cannot be reached: its host is unknown"
            }
        case let error as IOError: "cannot be reached: \(String(cString: strerror(error.errnoCode)))"
        default:
            // BoringSSL's errors contain a place in its source code, followed by the error.
            if let match = "\(error)".firstMatch(of: /OPENSSL_internal:(\w+)/) {
                "cannot be reached over TLS: \(match.1)"
            } else {
                "cannot be reached: \(error)"
            }
        }
    }
}

/// Keeps the original response.
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

/// Runs a function for each element. A refusal for one element does not stop the others, and determines the exit status.
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
