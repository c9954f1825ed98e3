import JSON
import Synchronization

/// What came of attempts to read values as alternatives of unions, within the outermost attempt.
///
/// A union that contains itself has several ways to a value with each level that the value is deeper, so that whoever sends it could have
/// it read forever. Each is read once as each alternative.
final class Attempts: Sendable {
    struct Attempt: Hashable {
        let union: ObjectIdentifier
        let number: Int
        let offset: Int
    }

    struct Failure: Sendable {}

    struct Success<Value: Sendable>: Sendable {
        let value: Value
        /// What is behind the value.
        let reader: JSONReader
    }

    private let outcomes = Mutex<[Attempt: any Sendable]>([:])

    /// A ``Failure`` or a ``Success``.
    subscript(attempt: Attempt) -> (any Sendable)? {
        get { outcomes.withLock { $0[attempt] } }
        set { outcomes.withLock { $0[attempt] = newValue } }
    }
}
