/// Tries something again until it succeeds, for five seconds of a ``PatientStopwatch``; then its error is thrown.
///
/// It is for what is well again soon, though not at once, and for what may be done several times.
public func soon<Value>(_ body: () async throws -> Value) async throws -> Value {
    let stopwatch = PatientStopwatch()
    while true {
        do {
            return try await body()
        } catch {
            guard stopwatch.time < .seconds(5) else { throw error }
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}
