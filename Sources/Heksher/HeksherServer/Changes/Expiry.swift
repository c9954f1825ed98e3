import ContractJSON
import ContractRuntime
import FoundationEssentials

/// The time at which a rule expires.
enum Expiry {
    /// The microseconds since 1970-01-01T00:00:00Z of the member `expires_at`; `nil` if it is `null`.
    ///
    /// - Throws: ``InvalidRequest`` if it is not a time in the future.
    static func microseconds(_ value: JSONValue) throws(InvalidRequest) -> Int? {
        switch value.content {
        case .null: return nil
        case .string(let text): return try microseconds(text)
        default: throw problem("not a time of RFC 3339")
        }
    }

    /// - Throws: ``InvalidRequest`` if it is not a time in the future.
    static func microseconds(_ text: String?) throws(InvalidRequest) -> Int? {
        guard let text else { return nil }
        guard let time = DateTime(text) else { throw problem("not a time of RFC 3339") }
        guard time.timeIntervalSince1970 > Date().timeIntervalSince1970 else {
            throw problem("the time is in the past")
        }
        return time.microseconds
    }

    /// Whether a time has passed.
    static func isPast(_ text: String?) -> Bool {
        text.flatMap { DateTime($0) }.map { $0.timeIntervalSince1970 <= Date().timeIntervalSince1970 } ?? false
    }

    /// The text of a time as rules have it: in UTC, with microseconds.
    static func text(_ microseconds: Int) -> String {
        let text = DateTime(sinceEpoch: .microseconds(microseconds)).text.prefix(19)
        let fraction = String((microseconds % 1_000_000 + 1_000_000) % 1_000_000)
        return "\(text).\(String(repeating: "0", count: 6 - fraction.utf8.count))\(fraction)Z"
    }

    private static func problem(_ message: String) -> InvalidRequest {
        var problems = ValidationProblems()
        problems.add(ValidationProblem(.other, message, at: [.name("body"), .name("expires_at")]))
        return InvalidRequest(problems: problems)
    }
}

extension DateTime {
    /// The microseconds since 1970-01-01T00:00:00Z, rounded down.
    var microseconds: Int {
        let (seconds, attoseconds) = sinceEpoch.components
        return Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
    }
}
