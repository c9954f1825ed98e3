/// Repeats a function until it succeeds. After five seconds of a ``PatientStopwatch``, it throws the function's last
/// error.
///
/// Use it for conditions that become true soon, but not at once, and for functions that can run several times.
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
