import AsyncHTTPClient
import ContractAsyncHTTPClient
import ContractRuntime
import DocumentationPages
import Foundation
import HTTPRepresentation
import HeksherAPI
import HeksherClient
import HeksherDomain
import HeksherStore
import LibPQ
import Logging
import NIOCore
import PostgresTesting
import ServiceLifecycle
import Testing

@testable import HTTPGuard
@testable import HeksherServer

/// A service with a database of its own. Every response is checked against the contract: by the generated client, and
/// by ``send(_:_:_:contentType:headers:)`` for requests that this client cannot send.
struct ServiceUnderTest: Sendable {
    let database: TestDatabase
    let port: Int
    let transport: AsyncHTTPClientTransport
    let routes: [Route]
    /// Reads the access file again, as after SIGHUP.
    let reload: @Sendable () -> Void
    private let router: Router

    init(database: TestDatabase, port: Int, routes: [Route], reload: @escaping @Sendable () -> Void = {}) {
        self.database = database
        self.port = port
        self.routes = routes
        self.reload = reload
        router = Router(routes)
        transport = AsyncHTTPClientTransport(Self.connections, baseURL: "http://127.0.0.1:\(port)")
    }

    var client: Client { Client(transport) }

    /// A database with the schema, which other databases copy.
    private static let template = Task {
        let server = try await TestServer.shared()
        try await server.run("DROP DATABASE IF EXISTS heksher_template")
        try await server.run("CREATE DATABASE heksher_template")
        let pool = PostgresPool(configuration: try server.configuration(database: "heksher_template"), size: 1)
        try await Store.migrations.apply(pool)
        // PostgreSQL copies a template only if it has no connections.
        pool.close()
        try await server.run(
            """
            DO $$ BEGIN
                WHILE EXISTS (SELECT FROM pg_stat_activity WHERE datname = 'heksher_template') LOOP
                    PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
                END LOOP;
            END $$
            """)
        return "heksher_template"
    }

    /// Timeouts that no client exceeds because the machine is busy with other tests.
    static var patience: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.arrivalTime = .minutes(5)
        limits.idleTime = .minutes(5)
        limits.sendingGrace = .minutes(5)
        limits.shortSendingGrace = .minutes(5)
        limits.lingeringTime = .minutes(1)
        return limits
    }

    /// Runs a test with a service of its own.
    ///
    /// - Parameter features: the initial context features.
    static func with(
        features: [String] = [], poolSize: Int = 4, limits: ConnectionLimits = patience,
        renderers: Renderers? = nil, logger: Logger? = nil, access: AccessControl? = nil, sharing: OriginSharing? = nil,
        proxies: TrustedProxies = TrustedProxies(), storage: StorageLimits = StorageLimits(),
        configure: (inout ServiceConfiguration) throws -> Void = { _ in },
        _ test: (ServiceUnderTest) async throws -> Void
    ) async throws {
        try await TestDatabase.with(template: template.value) { database in
            for feature in features { _ = try await Store(database.pool).addContextFeature(feature) }
            try await running(
                on: database, poolSize: poolSize, limits: limits, renderers: renderers, logger: logger,
                access: access, sharing: sharing, proxies: proxies, storage: storage, configure: configure, test)
        }
    }

    /// Runs a service on a database.
    static func running(
        on database: TestDatabase, configuration: PostgresConfiguration? = nil, poolSize: Int = 4,
        startupContextFeatures: StartupContextFeatures? = nil, limits: ConnectionLimits = patience,
        renderers: Renderers? = nil, logger: Logger? = nil, access: AccessControl? = nil, sharing: OriginSharing? = nil,
        proxies: TrustedProxies = TrustedProxies(), storage: StorageLimits = StorageLimits(),
        configure: (inout ServiceConfiguration) throws -> Void = { _ in },
        _ test: (ServiceUnderTest) async throws -> Void
    ) async throws {
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let logger = logger ?? quiet
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        var settings = ServiceConfiguration(
            database: configuration ?? database.configuration, poolSize: poolSize, host: "127.0.0.1", port: 0)
        settings.startupContextFeatures = startupContextFeatures
        settings.limits = limits
        settings.storage = storage
        settings.access = access
        settings.sharing = sharing
        settings.trustedProxies = proxies
        settings.renderers = renderers
        // The hosts that tests with raw connections use.
        settings.allowedHosts = try AllowedHosts(parsing: "test, elsewhere", option: "HEKSHER_ALLOWED_HOSTS")
        try configure(&settings)
        let application = HeksherApplication(
            settings, Observability(logger: logger), onRunning: { port.yield($0) })
        let group = ServiceGroup(services: [application], logger: logger)
        let running = Task {
            defer { port.finish() }
            try await group.run()
        }
        let result: Result<Void, any Error>
        do {
            guard let port = await ports.first(where: { _ in true }) else { return try await running.value }
            try await test(
                ServiceUnderTest(
                    database: database, port: port, routes: application.routes, reload: { application.reload(logger) }))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await running.value
        try result.get()
    }

    // MARK: Requests

    private static let connections = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: {
            var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
            configuration.timeout.connect = .seconds(120)
            return configuration
        }())

    /// Sends a request. `path` begins with a slash, and is below `/api/v1` unless it begins with `//`.
    @discardableResult
    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil,
        contentType: String? = "application/json", headers: [(String, String)] = []
    ) async throws -> APIResponse {
        try await send(method, path, bytes: body.map { Array($0.utf8) }, contentType: contentType, headers: headers)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, bytes: [UInt8]?, contentType: String? = "application/json",
        headers: [(String, String)] = []
    ) async throws -> APIResponse {
        let target = path.hasPrefix("//") ? String(path.dropFirst()) : "/api/v1\(path)"
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(target)")
        request.method = .init(rawValue: method.rawValue)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let bytes {
            if let contentType { request.headers.add(name: "Content-Type", value: contentType) }
            request.body = .bytes(bytes)
        }
        let response = try await Self.connections.execute(request, timeout: .seconds(120))
        var fields = HTTPFields()
        for (name, value) in response.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        let received = try await response.body.collect(upTo: 1 << 24)
        let answer = APIResponse(
            status: .init(code: Int(response.status.code)), headerFields: fields,
            body: Array(received.readableBytesView))
        checkContract(method, target, answer)
        return answer
    }

    /// Expects that the contract declares the response.
    private func checkContract(_ method: HTTPRequest.Method, _ target: String, _ answer: APIResponse) {
        let path = String(target.prefix { $0 != "?" })
        guard method != .head, case .route(let route, _) = router.match(method: method, path: path),
            route.operationID != "document"
        else { return }
        var answer = answer
        if answer.headerFields[.contentEncoding] == "gzip" { answer.body = Gzip.decompress(answer.body) ?? [] }
        let problems = API.problems(in: answer, to: route.operationID)
        #expect(problems.isEmpty, "\(method) \(target) → \(answer.summary): \(problems.list)")
    }

    /// Sends a request and expects a response: its summary, or a status and an asterisk for any body.
    func expect(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, is expected: String,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let summary = try await send(method, path, body).summary
        let isExpected =
            expected.hasSuffix(" *") ? summary.hasPrefix(expected.dropLast()) : summary == expected
        #expect(isExpected, "\(summary) instead of \(expected)", sourceLocation: location)
    }

    // MARK: Frequent operations

    /// Declares a setting; by default, a simple one.
    @discardableResult
    func declare(
        _ name: String, features: [String] = ["theme"], type: String = "int", default defaultValue: JSONValue = 0,
        metadata: OrderedDictionary<String, JSONValue> = [:], alias: String? = nil, version: String = "1.0"
    ) async throws -> DeclareSetting.Output {
        try await client.declareSetting(
            body: .init(
                name: name, configurableFeatures: features, type: type, defaultValue: defaultValue,
                metadata: metadata, alias: alias, version: version))
    }

    /// Adds a rule and returns its id.
    @discardableResult
    func addRule(
        _ setting: String, _ conditions: OrderedDictionary<String, String>, _ value: JSONValue
    ) async throws -> Int {
        let rule = Schemas.RuleAddition(setting: setting, featureValues: conditions, value: value)
        return try await client.addRule(body: rule).created.body.ruleId
    }

    /// All context features.
    var features: [String] {
        get async throws { try await client.listContextFeatures().ok.contextFeatures }
    }

    func rename(_ name: String, to newName: String, version: String = "1.0") async throws {
        try await client.renameSetting(name: name, body: .init(name: newName, version: version)).noContent()
    }

    /// Runs SQL in the service's database. Tries again if PostgreSQL resolves a deadlock with a reader by ending this
    /// transaction.
    func sql(_ script: String) async throws {
        while true {
            do {
                return try await run(script)
            } catch let error as PostgresError where error.state == .deadlockDetected {}
        }
    }

    private func run(_ script: String) async throws {
        try await database.pool.withConnection { try await $0.run(script: script) }
    }

    /// Runs `body` with a connection whose transactions use a slot that no other transaction uses: replication has
    /// slots of its own, and this one exists before the service reads anything.
    func withSlotOfItsOwn(_ body: (PostgresConnection) async throws -> Void) async throws {
        try await database.pool.withConnection { connection in
            try await connection.run(
                script: """
                    SET session_replication_role = replica;
                    INSERT INTO settings VALUES ('slot', 'int', '0', '1.0'); DELETE FROM settings WHERE name = 'slot'
                    """)
            try await body(connection)
            try await connection.run(script: "RESET session_replication_role")
        }
    }
}

extension APIResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    /// Status and body in one line. For a response with problems, their locations and types.
    var summary: String {
        if status == .unprocessableContent, let problems { return "422 " + problems.joined(separator: ", ") }
        return body.isEmpty ? "\(status.code)" : "\(status.code) \(text)"
    }

    /// `nil` if the body is not a list of problems.
    private var problems: [String]? {
        var broken = ValidationProblems()
        guard case .unprocessableContent(.json(let answer))? = AddRule.Output(self, &broken) else { return nil }
        return answer.detail.map { problem in
            let path = problem.loc.map { step in
                switch step {
                case .string(let name): name
                case .int(let index): "\(index)"
                }
            }
            return "\(path.joined(separator: ".")) \(problem.type)"
        }
    }
}

extension Schemas.ContextFeatureMove {
    static func after(_ feature: String) -> Self { .init(toAfter: feature) }
    static func before(_ feature: String) -> Self { .init(toBefore: feature) }
}
