import LibPQ
import Synchronization

/// Enforces the limits on stored data without reading the tables for each change.
///
/// The meter knows the size at its last measurement, and adds the changes that its own instance has made since then. It learns of the
/// changes of other instances and of SQL when it measures again. It does so at the first change a minute after the last measurement, or
/// later if measuring takes long, so that measuring takes at most a twentieth of the time. Before it refuses a change, it measures again,
/// unless it has just done so.
final class StorageMeter: Sendable {
    private struct State {
        /// `nil` until it has been measured.
        var usage: StorageUsage?
        /// The data that this instance has added since the current measurement began. The measurement may include them or not.
        var addedMeanwhile = StorageUsage()
        var measurement: Task<Void, any Error>?
        var lastEnd = ContinuousClock.now
        var lastDuration = Duration.zero
    }

    /// After this time, the next change starts another measurement.
    private static let interval = Duration.seconds(60)
    /// After a measurement, the meter rests for this many times its duration.
    private static let rest = 20

    let limits: StorageLimits
    private let state = Mutex(State())

    init(_ limits: StorageLimits) {
        self.limits = limits
    }

    /// Counts data before they are stored.
    func add(_ growth: StorageUsage) throws(StorageFull) {
        let refusal: StorageFull? = state.withLock { state in
            let usage = (state.usage ?? StorageUsage()) + growth
            if growth.settings > 0, usage.settings > limits.settings { return .settings(limit: limits.settings) }
            if growth.bytes > 0, usage.bytes > limits.bytes { return .bytes(limit: limits.bytes) }
            state.usage = state.usage.map { $0 + growth }
            state.addedMeanwhile = state.addedMeanwhile + growth
            return nil
        }
        if let refusal { throw refusal }
    }

    /// Counts data that were not stored after all, or were deleted.
    func remove(_ usage: StorageUsage) {
        state.withLock { state in
            state.usage = state.usage.map { $0 - usage }
            state.addedMeanwhile = state.addedMeanwhile - usage
        }
    }

    var isUnmeasured: Bool { state.withLock { $0.usage == nil } }

    /// Whether the last measurement is old enough.
    func isDue(beforeRefusing: Bool) -> Bool {
        state.withLock { state in
            let rest = state.lastDuration * Self.rest
            return ContinuousClock.now - state.lastEnd >= (beforeRefusing ? rest : max(rest, Self.interval))
        }
    }

    /// Measures the stored data, once for all callers that ask at the same time.
    ///
    /// - Throws: `PostgresError` if the database is unavailable and no measurement exists. After any other error, or if measuring takes too
    ///   long, unknown data count as nothing.
    func measure(_ pool: PostgresPool) async throws {
        let measurement = state.withLock { state in
            if let measurement = state.measurement { return measurement }
            state.addedMeanwhile = StorageUsage()
            let measurement = Task { try await self.measureNow(pool) }
            state.measurement = measurement
            return measurement
        }
        try await measurement.value
    }

    private func measureNow(_ pool: PostgresPool) async throws {
        let start = ContinuousClock.now
        let result: Result<StorageUsage?, any Error>
        do {
            let row = try await pool.run(StorageUsage.measure()).first
            result = .success(try row.map { StorageUsage(settings: try $0.int(0), bytes: try $0.int(1)) })
        } catch let error as PostgresError
            where error.isUnavailable && error != .timeout && error.state != .queryCanceled
        {
            result = .failure(error)
        } catch {
            result = .success(nil)
        }
        let isUnknown = state.withLock { state in
            state.measurement = nil
            state.lastEnd = .now
            state.lastDuration = .now - start
            switch result {
            case .success(let measured?): state.usage = measured + state.addedMeanwhile
            case .success(nil): state.usage = state.usage ?? state.addedMeanwhile
            case .failure: break
            }
            return state.usage == nil
        }
        if isUnknown { _ = try result.get() }
    }
}

// Changes that store more.
extension Store {
    /// Runs an operation that may store more than before.
    ///
    /// - Parameter body: runs again if an outdated measurement led to a refusal.
    /// - Throws: ``StorageFull``, and the errors of `body`.
    func storing<Value>(_ body: () async throws -> Value) async throws -> Value {
        // The transaction has a connection, and measuring takes another one, so it must be done before.
        if joined != nil { return try await body() }
        if meter.isUnmeasured { try await meter.measure(pool) }
        defer {
            if meter.isDue(beforeRefusing: false) { Task { [meter, pool] in _ = try? await meter.measure(pool) } }
        }
        do {
            return try await body()
        } catch StorageFull.settings where meter.isDue(beforeRefusing: true),
            StorageFull.bytes where meter.isDue(beforeRefusing: true)
        {
            try await meter.measure(pool)
            return try await body()
        }
    }

    /// Commits queries that change the stored size by `growth`.
    ///
    /// - Throws: ``StorageFull``; `PostgresError`.
    func commit(_ transaction: Transaction, with queries: [Query], growth: StorageUsage) async throws -> [Rows] {
        try meter.add(growth)
        do {
            let rows = try await transaction.commit(with: queries)
            joined?.add(growth)
            return rows
        } catch {
            meter.remove(growth)
            throw error
        }
    }
}
