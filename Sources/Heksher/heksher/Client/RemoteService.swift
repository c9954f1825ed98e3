import ArgumentParser
import AsyncHTTPClient
import ContractAsyncHTTPClient
import ContractJSON
import ContractRuntime
import ContractYAML
import Diagnostics
import HeksherAPI
import HeksherClient
import NIOSSL
import PosixSupport
import Synchronization
import Telemetry

/// A service to which commands send requests, and whose responses they print.
struct RemoteService {
    /// The address, for sentences.
    let address: String
    /// The form in which responses are printed.
    let form: OutputForm
    private let timeout: Duration
    /// The reason for changes.
    private let reason: String?
    private let httpClient: HTTPClient
    private let credentials: ClientCredentials<Credentials>
    /// The latest responses, if the same requests are sent again and again.
    private var watched: WatchedResponses?
    private let documents = DocumentCount()

    /// - Parameter authorities: the certificates of the authorities to trust; `nil` for those of the system.
    init(
        _ address: ServiceAddress, token: String?, authorities: [NIOSSLCertificate]? = nil, timeout: Duration,
        reason: String? = nil, form: OutputForm
    ) {
        self.reason = reason
        credentials = ClientCredentials(token.map { [.bearer(BearerToken($0))] } ?? [])
        self.address = address.text
        self.timeout = timeout
        self.form = form
        httpClient = HTTPClients.client(trusting: authorities)
    }

    /// The same service, for requests that are repeated until something changes. The service answers in a few bytes while nothing does.
    var watching: RemoteService {
        var service = self
        service.watched = WatchedResponses()
        return service
    }

    /// Whether the output is repeated after each change.
    var isWatching: Bool { watched != nil }

    /// Sends one request, and prints the response if the user wants it as it is.
    ///
    /// - Parameters:
    ///   - sentence: the text of the error if the thing does not exist and the response has no text.
    ///   - operation: calls one operation, and returns the wanted part of its output.
    /// - Throws: ``Refusal``.
    func ask<Value>(ifUnknown sentence: String? = nil, _ operation: (Client) async throws -> Value) async throws
        -> Value
    {
        try await send(form.isDocument ? showBody : { _ in }, ifUnknown: sentence, operation)
    }

    /// Sends one request whose response is only a means for another one.
    ///
    /// - Throws: ``Refusal``.
    func read<Value>(ifUnknown sentence: String? = nil, _ operation: (Client) async throws -> Value) async throws
        -> Value
    {
        try await send({ _ in }, ifUnknown: sentence, operation)
    }

    /// Warns the user of names that are not context features.
    ///
    /// - Throws: ``Refusal``.
    func warnOfUnknown(_ names: [String]) async throws {
        guard !names.isEmpty else { return }
        let known = try await read { try await $0.listContextFeatures().ok.contextFeatures }
        let others = known.isEmpty ? "there are none" : "there are \(known.joined(separator: ", "))"
        for name in names where !known.contains(name) {
            say("heksher: warning: '\(name)' is not a context feature; \(others)")
        }
    }

    /// Reads a setting.
    ///
    /// - Throws: ``Refusal``.
    func setting(_ name: String) async throws -> Schemas.Setting {
        try await read { try await $0.getSetting(.init(name: name)).ok.body }
    }

    /// The refusal of an unknown name, with a similar name of a setting, or with the names of all context features.
    private func suggesting(_ refusal: Refusal) async -> Refusal {
        guard refusal.status == .notFound, watched == nil else { return refusal }
        let client = Client(
            AsyncHTTPClientTransport(httpClient, baseURL: address, timeout: timeout), credentials: credentials)
        var refusal = refusal
        if let name = refusal.sentence.wholeMatch(of: /the setting (\S+) does not exist/)?.1 {
            let names = try? await client.listSettings().ok.settings.map(\.name)
            if let near = NearMiss.nearest(to: String(name), among: names ?? []) {
                refusal.sentence += "; there is \(near)"
            }
        } else if refusal.sentence.contains(/^the context features? .+ do(es)? not exist$/) {
            let names = try? await client.listContextFeatures().ok.contextFeatures
            switch names?.count {
            case nil: break
            case 0: refusal.sentence += "; there are none"
            case 1: refusal.sentence += "; there is only \(names?.first ?? "")"
            default: refusal.sentence += "; there are \(names?.listed ?? "")"
            }
        }
        return refusal
    }

    private func send<Value>(
        _ showResponse: (APIResponse?) throws -> Void, ifUnknown sentence: String?,
        _ operation: (Client) async throws -> Value
    ) async throws -> Value {
        // A repeated request shows no progress.
        guard watched == nil else {
            return try await send(showResponse, ifUnknown: sentence, onProgress: nil, operation)
        }
        return try await Progress.during("Waiting for \(address)", isForTerminals: true) { progress in
            try await send(
                showResponse, ifUnknown: sentence, onProgress: { progress.reach("\($0.sizeText) received") }, operation)
        }
    }

    private func send<Value>(
        _ showResponse: (APIResponse?) throws -> Void, ifUnknown sentence: String?,
        onProgress: (@Sendable (Int) -> Void)?, _ operation: (Client) async throws -> Value
    ) async throws -> Value {
        let recorder = Recorder(
            AsyncHTTPClientTransport(httpClient, baseURL: address, timeout: timeout, onProgress: onProgress), watched,
            reason: reason)
        do {
            let value = try await operation(Client(recorder, credentials: credentials))
            try showResponse(recorder.response)
            return value
        } catch let refusal as Refusal {
            try showResponse(recorder.response)
            throw refusal
        } catch let error as ClientError {
            switch (error.reason, error.response) {
            case (.otherOutput, let response?):
                try showResponse(recorder.response)
                throw await suggesting(Refusal(response, to: recorder.request, else: sentence))
            case (.contractBroken(let problems), let response?):
                throw Refusal(undeclared: response, problems, from: address)
            case (.noResponse(let error), _):
                throw Refusal(.unavailable, "\(address) \(ConnectionProblem(error, timeout: timeout).clause)")
            default: throw error
            }
        }
    }

    // MARK: Output

    /// Prints a text for people.
    func tell(_ text: @autoclosure () -> String) throws {
        if !form.isDocument { try show(text()) }
    }

    /// Prints a table, or a sentence if the table is empty.
    func tell(_ table: Table, ifEmpty sentence: String) throws {
        switch form {
        case .json, .yaml: return
        case .csv: try show(table.csv)
        case .table where table.isEmpty && !isWatching: say(sentence)
        case .table:
            try show(table.text(width: terminalSize()?.columns, isStyled: Style.isEnabled(on: STDOUT_FILENO)))
        }
    }

    /// Prints all attributes of things: as lines for people, with an empty line between two things, or as one table.
    ///
    /// - Parameter table: the table if the user chose a form or columns for it.
    func tell(_ sheets: [FactSheet], as table: Table, isTable: Bool) throws {
        if form == .csv || isTable { return try tell(table, ifEmpty: "") }
        let isStyled = Style.isEnabled(on: STDOUT_FILENO)
        try tell(sheets.map { $0.text(isStyled: isStyled) }.joined(separator: "\n\n"))
    }

    private func showBody(_ response: APIResponse?) throws {
        guard let response, response.mediaType == "application/json" else { return }
        if let value = try? JSONValue(parsing: response.body) {
            try showDocument(value)
        } else {
            try show(String(decoding: response.body, as: UTF8.self))
        }
    }

    /// Prints a value in the chosen form.
    func showDocument(_ value: JSONValue) throws {
        // The service returns stored values as they were declared, including line breaks. As JSON, each value is one line.
        let text = form == .yaml ? YAMLWriter.text(value) : value.compacted().text
        let isFirst = documents.next() == 0
        // Repeated output is compared with the earlier one, so each document begins in the same way.
        let separator = form == .yaml && (isWatching || !isFirst) ? "---\n" : ""
        // The escaped characters only occur in strings, so the result is the same value.
        try show(separator + (outputIsTerminal() ? text.printable(keeping: "\n\t") : text))
    }
}

/// Counts the documents of an output.
private final class DocumentCount: Sendable {
    private let count = Mutex(0)

    /// The number of documents before this one.
    func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }
}

/// Responses with an entity tag, by the target of their request.
final class WatchedResponses: Sendable {
    fileprivate let responses = Mutex<[String: APIResponse]>([:])
}

/// Keeps the original request and response.
private final class Recorder: ClientTransport {
    private let transport: AsyncHTTPClientTransport
    private let watched: WatchedResponses?
    private let reason: String?
    private let last = Mutex<(request: APIRequest, response: APIResponse)?>(nil)

    init(_ transport: AsyncHTTPClientTransport, _ watched: WatchedResponses?, reason: String?) {
        self.transport = transport
        self.watched = watched
        self.reason = reason
    }

    var request: APIRequest? { last.withLock { $0?.request } }
    var response: APIResponse? { last.withLock { $0?.response } }

    func send(_ request: APIRequest) async throws -> APIResponse {
        var conditional = request
        let target = "\(request.path)?\(request.query ?? "")"
        let former = request.method == .get ? watched?.responses.withLock { $0[target] } : nil
        if let tag = former?.headerFields[.eTag] { conditional.headerFields[.ifNoneMatch] = tag }
        if let reason, request.method != .get, let name = HTTPField.Name("X-Change-Reason") {
            conditional.headerFields[name] = PercentEncoding.encode(reason)
        }
        var response = try await transport.send(conditional)
        if response.status == .notModified, let former { response = former }
        if response.headerFields[.eTag] != nil { watched?.responses.withLock { $0[target] = response } }
        last.withLock { $0 = (request, response) }
        return response
    }
}

/// The clients of the program. They live as long as it. They report at once that nothing listens, instead of retrying, and follow no
/// redirects, because a redirect would turn a change into a GET request.
private enum HTTPClients {
    private static let usual = make(HTTPClient.Configuration())
    private static let others = Mutex<[HTTPClient]>([])

    static func client(trusting authorities: [NIOSSLCertificate]?) -> HTTPClient {
        guard let authorities else { return usual }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(authorities)
        let client = make(HTTPClient.Configuration(tlsConfiguration: tls))
        others.withLock { $0.append(client) }
        return client
    }

    private static func make(_ configuration: HTTPClient.Configuration) -> HTTPClient {
        var configuration = configuration
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}

extension Int {
    /// A number of bytes: `310 kB`, `4.2 MB`.
    var sizeText: String {
        self < 1_000_000 ? "\(self / 1000) kB" : "\(self / 1_000_000).\(self / 100_000 % 10) MB"
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
